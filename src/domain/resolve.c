/* SPDX-License-Identifier: Apache-2.0 */
/* See resolve.h.  Neighbouring spans mostly are runs of the same version, so the last
 * answer is kept at hand; the next ones come from the version cache; only what is new asks
 * the catalogue. */
#include "domain/resolve.h"

#include "base/log.h"
#include "domain/internal.h"
#include "domain/project.h"
#include "os/clock.h"

#include <sodium.h>
#include <string.h>

enum { HASH_BYTES = crypto_hash_sha256_BYTES, OUTPUT_TYPE_MAX = 200 };

/* ------------------------------------------------------------ one version */

/* SHA-256 of "<prefix><text>" in hex. */
static Str hash_text(Str prefix, Str text, char hex[FINGERPRINT_CHARS])
{
    crypto_hash_sha256_state state;
    uint8_t hash[HASH_BYTES];

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)prefix.ptr, prefix.len);
    crypto_hash_sha256_update(&state, (const unsigned char *)text.ptr, text.len);
    crypto_hash_sha256_final(&state, hash);
    hex_encode(hash, sizeof hash, hex);
    return (Str){hex, FINGERPRINT_CHARS};
}

/* What counts as the fingerprint of a span.  Another tool's text, of any form, still tells
 * its versions apart. */
static Str fingerprint_of(const Span *s, char hex[FINGERPRINT_CHARS])
{
    uint8_t bytes[HASH_BYTES];

    if (!s->fingerprint.len)
        return hash_text(STR("name:"), s->model, hex);
    if (hex_decode(s->fingerprint, bytes, sizeof bytes))
        return hash_text(STR("text:"), s->fingerprint, hex);
    hex_encode(bytes, sizeof bytes, hex);
    return (Str){hex, FINGERPRINT_CHARS};
}

static Status find_tag(Domain *d, int64_t project_id, const Span *s, Arena *arena, VersionRef *out)
{
    return catalog_version_ref(d->catalog, project_id, s->model, s->model_version, arena, out);
}

static Status find_fingerprint(Domain *d, int64_t project_id, const Span *s, Arena *arena,
                               VersionRef *out)
{
    char hex[FINGERPRINT_CHARS];
    bool created;

    if (name_check(s->model, "model", NULL))
        return ST_INVALID;
    return catalog_version_put(
        d->catalog,
        &(VersionPut){.project_id = project_id,
                      .model = s->model,
                      .fingerprint = fingerprint_of(s, hex),
                      .origin = s->fingerprint.len ? STR("code") : STR("name"),
                      .now_ns = clock_now_ns()},
        arena, out, &created);
}

/* What the answer depends on, for the cache: "#N" for a tag, else the fingerprint. */
static Status key_of(int64_t project_id, const Span *s, Arena *arena, VersionKey *out)
{
    VersionKey key = {project_id, s->model, s->fingerprint};
    const Status st = s->model_version > 0
                          ? arena_printf(arena, &key.fingerprint, "#%d", (int)s->model_version)
                          : ST_OK;

    if (!st)
        *out = key;
    return st;
}

/* The span's version; id 0: it has none. */
static Status find_version(Domain *d, const Span *s, VersionKey key, Arena *arena, VersionRef *out)
{
    uint64_t generation;
    bool known;
    Status st = version_cache_get(&d->versions, key, arena, out, &known, &generation);

    if (st || known)
        return st;
    st = s->model_version > 0 ? find_tag(d, key.project_id, s, arena, out)
                              : find_fingerprint(d, key.project_id, s, arena, out);
    if (st == ST_NOTFOUND || st == ST_INVALID || st == ST_LIMIT) {
        *out = (VersionRef){.model = s->model};
        st = ST_OK;
    }
    if (!st)
        version_cache_put(&d->versions, key, *out, generation);
    return st;
}

/* ------------------------------------------------------------ a batch */

static void observe_type(Domain *d, VersionKey key, const VersionRef *ref, const Span *s)
{
    const Str type = attr_find_str(s->attrs, STR(VIREO_ATTR_OUTPUT_TYPE));

    if (!type.len || type.len > OUTPUT_TYPE_MAX || !utf8_valid(type))
        return;
    if (!version_cache_new_type(&d->versions, key, type))
        return;
    if (catalog_version_observe(d->catalog, ref->id, type))
        log_warn("cannot note an output type", " version=%lld", (long long)ref->id);
}

/* The last answer, and the span as it asked. */
typedef struct Last {
    Str model;
    Str fingerprint;
    int32_t number;
    bool valid;
    VersionKey key;
    VersionRef ref;
} Last;

static Status look_up(Domain *d, int64_t project_id, const Span *s, Arena *arena, Last *last)
{
    Status st;

    if (last->valid && last->number == s->model_version && str_eq(last->model, s->model) &&
        str_eq(last->fingerprint, s->fingerprint))
        return ST_OK;
    *last = (Last){.model = s->model, .fingerprint = s->fingerprint, .number = s->model_version};
    st = key_of(project_id, s, arena, &last->key);
    if (!st)
        st = find_version(d, s, last->key, arena, &last->ref);
    last->valid = !st;
    return st;
}

static Status resolve_one(Domain *d, int64_t project_id, Span *s, bool lenient, Arena *arena,
                          Last *last)
{
    Status st = look_up(d, project_id, s, arena, last);

    if (st && lenient) {
        log_warn("cannot resolve a model's version", " reason=\"%s\"", status_text(st));
        last->ref = (VersionRef){0};
        st = ST_OK;
    }
    if (st)
        return st;
    if (!last->ref.id && span_is_score(s))
        return ST_OK; /* it may come before what it judges: what it says is believed */
    s->model_version = last->ref.id ? last->ref.number : 0;
    if (!last->ref.id)
        return ST_OK;
    observe_type(d, last->key, &last->ref, s);
    s->model = last->ref.model;
    return ST_OK;
}

Status resolve_versions(Domain *d, int64_t project_id, SpanBatch batch, bool lenient, Arena *arena)
{
    Last last = {0};
    Status st = ST_OK;

    for (size_t i = 0; i < batch.len && !st; i++) {
        if (batch.spans[i].model.len)
            st = resolve_one(d, project_id, &batch.spans[i], lenient, arena, &last);
        else
            batch.spans[i].model_version = 0;
    }
    return st;
}
