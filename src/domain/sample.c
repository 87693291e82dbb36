/* SPDX-License-Identifier: Apache-2.0 */
/* See sample.h.  A request may hold a quarter of a million samples: each is parsed into an arena
 * of its own, and what stays is a few hashes and pieces of the body's text. */
#include "domain/sample.h"

#include "base/vec.h"
#include "codec/json_canonical.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    ITEM_ARENA = 64 << 20,
    CANONICAL_MAX = 8 << 20, /* escapes can make the text longer */
    REST_MAX = 32 << 20
};

/* ------------------------------------------------------------ bodies */

static Status not_json(FieldErr *err, const JsonScan *s)
{
    return field_err_set(err, ST_INVALID, "", "the body is not valid JSON at byte %zu: %s", s->pos,
                         s->reason ? s->reason : "cut off");
}

/* Copy what is not the large member to `rest`. */
static Status split(JsonScan *s, Str large, Buf *rest, Str *found)
{
    JsonEvent e;
    Status st = buf_append_char(rest, '{');

    while (!st && json_scan_next(s, &e) && e.kind == JSON_EVENT_KEY) {
        const size_t key_at = e.pos;
        Str raw;

        st = json_scan_skip_raw(s, &raw);
        if (st)
            return st;
        if (str_eq(e.text, large)) {
            *found = raw;
            continue;
        }
        if (rest->len > 1)
            st = buf_append_char(rest, ',');
        if (!st)
            st =
                buf_append(rest, str_slice(s->in, key_at, (size_t)(raw.ptr - s->in.ptr) + raw.len));
    }
    if (!st && s->st)
        return s->st;
    if (!st && json_scan_next(s, &e)) /* what follows the object is refused here */
        st = ST_CORRUPT;
    if (!st && s->st)
        return s->st;
    return st ? st : buf_append_char(rest, '}');
}

Status body_split(Str text, const char *large, Arena *arena, LargeBody *out, FieldErr *err)
{
    JsonScan s = json_scan(text, JSON_READ_DEPTH);
    LargeBody body = {0};
    Str kept = {0};
    JsonEvent e;
    Buf rest;
    Err why = {0};
    Status st;

    if (!json_scan_next(&s, &e))
        return not_json(err, &s);
    if (e.kind != JSON_EVENT_OBJECT)
        return field_err_set(err, ST_INVALID, "", "the body must be a JSON object");
    buf_init(&rest, REST_MAX);
    st = split(&s, str_from(large), &rest, &body.large);
    if (s.st)
        st = not_json(err, &s);
    else if (st == ST_LIMIT)
        st = field_err_set(err, ST_INVALID, "", "the body is too large beside %s", large);
    if (!st)
        st = arena_copy(arena, buf_str(&rest), &kept);
    buf_deinit(&rest);
    if (st)
        return st;
    if (str_eq(body.large, STR("null")))
        body.large = (Str){0};
    if (body.large.len && body.large.ptr[0] != '[')
        return field_err_set(err, ST_INVALID, large, "%s: must be an array", large);
    st = json_parse(kept, arena, &body.rest, &why);
    if (st == ST_NOMEM)
        return field_err_set(err, ST_INVALID, "", "the body is too large beside %s", large);
    if (st)
        return field_err_set(err, ST_INVALID, "", "%s", why.msg);
    *out = body;
    return ST_OK;
}

static Status bad_item(FieldErr *err, const char *field, size_t index, const Err *why)
{
    char name[sizeof err->field];

    (void)snprintf(name, sizeof name, "%s[%zu]", field, index);
    return field_err_set(err, ST_INVALID, name, "%s: %s", name, why->msg);
}

static Status visit_item(Str raw, const char *field, size_t index, SampleItem *visit, void *visitor,
                         FieldErr *err)
{
    const Json *json = NULL;
    Err why = {0};
    Arena a;
    Status st;

    if (raw.len > SAMPLE_MAX_BYTES) {
        (void)err_set(&why, ST_INVALID, 0, "a sample may have at most %d bytes, not %zu",
                      (int)SAMPLE_MAX_BYTES, raw.len);
        return bad_item(err, field, index, &why);
    }
    arena_init(&a, ITEM_ARENA);
    st = json_parse(raw, &a, &json, &why);
    if (st == ST_CORRUPT || st == ST_LIMIT)
        st = bad_item(err, field, index, &why);
    else if (!st && json->kind != JSON_KIND_OBJECT) {
        (void)err_set(&why, ST_INVALID, 0, "must be an object, not %s", json_kind_name(json->kind));
        st = bad_item(err, field, index, &why);
    }
    if (!st)
        st = visit(visitor, json, index, err);
    arena_deinit(&a);
    return st;
}

bool array_next(JsonScan *s, Str *raw)
{
    const unsigned depth = s->depth;
    JsonEvent first;
    JsonEvent e;

    if (!json_scan_next(s, &first) || first.kind == JSON_EVENT_ARRAY_END)
        return false;
    while (s->depth > depth)
        if (!json_scan_next(s, &e))
            return false;
    *raw = str_slice(s->in, first.pos, s->pos);
    return true;
}

Status samples_each(Str array, const char *field, SampleItem *visit, void *visitor, FieldErr *err)
{
    JsonScan s = json_scan(array, JSON_READ_DEPTH);
    JsonEvent begin;
    Str raw;
    Status st = ST_OK;

    if (!array.len || !json_scan_next(&s, &begin))
        return ST_OK;
    for (size_t i = 0; !st && array_next(&s, &raw); i++) {
        if (i == SAMPLES_A_REQUEST)
            return field_err_set(err, ST_INVALID, field,
                                 "%s: at most %d in one request; stage larger commits", field,
                                 (int)SAMPLES_A_REQUEST);
        st = visit_item(raw, field, i, visit, visitor, err);
    }
    return s.st ? not_json(err, &s) : st;
}

/* ------------------------------------------------------------ hashes */

/* Appends the canonical text of a value; nothing for none. */
static Status append_canonical(const Json *value, Arena *scratch, Buf *out)
{
    return value ? json_canonical(value, scratch, out) : ST_OK;
}

static void hash_hex(Str text, char out[SAMPLE_HASH_CHARS])
{
    uint8_t hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(hash, (const unsigned char *)(text.ptr ? text.ptr : ""), text.len);
    hex_encode(hash, SAMPLE_HASH_CHARS / 2, out);
}

Status json_hash(const Json *value, char out[SAMPLE_HASH_CHARS])
{
    Arena scratch;
    Buf text;
    Status st;

    arena_init(&scratch, ITEM_ARENA);
    buf_init(&text, CANONICAL_MAX);
    st = json_canonical(value, &scratch, &text);
    if (!st)
        hash_hex(buf_str(&text), out);
    buf_deinit(&text);
    arena_deinit(&scratch);
    return st;
}

/* What is versioned beside the input, in one hash.  No canonical text holds a line break. */
static Status hash_content(const Json *expected, const Json *metadata, Str split,
                           char out[SAMPLE_HASH_CHARS])
{
    Arena scratch;
    Buf text;
    Status st;

    arena_init(&scratch, ITEM_ARENA);
    buf_init(&text, CANONICAL_MAX);
    st = append_canonical(expected, &scratch, &text);
    if (!st)
        st = buf_append_char(&text, '\n');
    if (!st)
        st = append_canonical(metadata, &scratch, &text);
    if (!st)
        st = buf_append_char(&text, '\n');
    if (!st)
        st = buf_append(&text, split);
    if (!st)
        hash_hex(buf_str(&text), out);
    buf_deinit(&text);
    arena_deinit(&scratch);
    return st;
}

/* ------------------------------------------------------------ one sample */

/* Where an error is: "samples[17].input". */
typedef struct Place {
    const SampleRules *rules;
    size_t index;
} Place;

static Status refuse(FieldErr *err, const Place *at, const char *member, const char *why)
{
    char name[sizeof err->field];

    (void)snprintf(name, sizeof name, "%s[%zu]%s%s", at->rules->field, at->index,
                   member[0] ? "." : "", member);
    return field_err_set(err, ST_INVALID, name, "%s: %s", name, why);
}

/* Text of the user that is shown in lists and paths. */
static const char *bad_text(Str text, size_t most)
{
    if (!text.len)
        return "must not be empty";
    if (text.len > most)
        return "is too long";
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
            return "must not hold control characters";
    return NULL;
}

static Status read_text(const Json *json, const char *member, size_t most, const Place *at,
                        Arena *arena, Str *out, FieldErr *err)
{
    const Json *value = json_get(json, str_from(member));
    const char *why;

    if (!value || value->kind == JSON_KIND_NULL)
        return ST_OK;
    if (value->kind != JSON_KIND_STR)
        return refuse(err, at, member, "must be a string");
    why = bad_text(value->as.s, most);
    if (why)
        return refuse(err, at, member, why);
    return arena_copy(arena, value->as.s, out); /* the tree goes, escapes with it */
}

/* A value that may be left out: NULL for none. */
static const Json *given(const Json *json, Str member)
{
    const Json *value = json_get(json, member);

    return value && value->kind != JSON_KIND_NULL ? value : NULL;
}

static Status read_metadata(const Json *json, const Place *at, const Json **out, FieldErr *err)
{
    const Json *metadata = given(json, STR("metadata"));

    if (metadata && metadata->kind != JSON_KIND_OBJECT)
        return refuse(err, at, "metadata", "must be an object");
    if (metadata && metadata->raw.len > SAMPLE_MAX_METADATA)
        return refuse(err, at, "metadata", "is too long");
    *out = metadata && metadata->as.object.len ? metadata : NULL;
    return ST_OK;
}

/* ------------------------------------------------------------ ids */

static Status missing_field(FieldErr *err, const Place *at, Str field)
{
    char why[200];

    (void)snprintf(why, sizeof why, "must have \"%.*s\" as a text or number: it is the sample's id",
                   STR_ARG(field));
    return refuse(err, at, "input", why);
}

/* The named members: one as it is, several as a JSON array. */
static Status id_from_fields(const Json *input, const Place *at, Arena *arena, Str *out,
                             FieldErr *err)
{
    const SampleRules *rules = at->rules;
    Arena scratch;
    Buf text;
    Status st = ST_OK;

    arena_init(&scratch, ITEM_ARENA);
    buf_init(&text, CANONICAL_MAX);
    for (size_t i = 0; i < rules->id_field_count && !st; i++) {
        const Json *value = json_get(input, rules->id_fields[i]);

        if (!value || value->kind == JSON_KIND_NULL || value->kind == JSON_KIND_ARRAY ||
            value->kind == JSON_KIND_OBJECT) {
            st = missing_field(err, at, rules->id_fields[i]);
            break;
        }
        if (rules->id_field_count > 1)
            st = buf_append_char(&text, i ? ',' : '[');
        if (!st && rules->id_field_count == 1 && value->kind == JSON_KIND_STR)
            st = buf_append(&text, value->as.s);
        else if (!st)
            st = json_canonical(value, &scratch, &text);
    }
    if (!st && rules->id_field_count > 1)
        st = buf_append_char(&text, ']');
    if (!st && bad_text(buf_str(&text), SAMPLE_MAX_ID))
        st = refuse(err, at, "id", bad_text(buf_str(&text), SAMPLE_MAX_ID));
    if (!st)
        st = arena_copy(arena, buf_str(&text), out);
    buf_deinit(&text);
    arena_deinit(&scratch);
    return st;
}

/* Decide the id; input_hash stays empty where the id says it all. */
static Status name_sample(const Json *json, const Json *input, const Place *at, Arena *arena,
                          SamplePut *out, FieldErr *err)
{
    char hash[SAMPLE_HASH_CHARS];
    Str id = {0};
    Str own = {0};
    Status st = json_hash(input, hash);

    if (!st)
        st = arena_copy(arena, (Str){hash, sizeof hash}, &own);
    if (!st)
        st = read_text(json, "id", SAMPLE_MAX_ID, at, arena, &id, err);
    if (st)
        return st;
    out->id = own;
    if (at->rules->id_field_count)
        st = id_from_fields(input, at, arena, &out->id, err);
    else if (id.len && !at->rules->workflow)
        out->id = id;
    if (!st && id.len && !str_eq(id, out->id))
        return refuse(err, at, "id",
                      at->rules->workflow
                          ? "is not that of the input: leave it out"
                          : "is not what the dataset's id fields say: leave it out");
    out->input_hash = str_eq(out->id, own) ? (Str){0} : own;
    return st;
}

Status sample_read(const Json *json, const SampleRules *rules, size_t index, Arena *arena,
                   SamplePut *out, FieldErr *err)
{
    const Place at = {rules, index};
    const Json *input = json_get(json, STR("input"));
    const Json *expected = given(json, STR("expected"));
    const Json *metadata = NULL;
    SamplePut put = {0};
    Status st;

    if (!input)
        return refuse(err, &at, "input", "is required");
    st = name_sample(json, input, &at, arena, &put, err);
    if (!st)
        st = read_metadata(json, &at, &metadata, err);
    if (!st)
        st = read_text(json, "split", SAMPLE_MAX_SPLIT, &at, arena, &put.split, err);
    if (!st)
        st = hash_content(expected, rules->workflow ? NULL : metadata, put.split, put.content);
    if (st)
        return st;
    put.input = input->raw;
    put.expected = expected ? expected->raw : (Str){0};
    put.metadata = metadata ? metadata->raw : (Str){0};
    *out = put;
    return ST_OK;
}

/* ------------------------------------------------------------ all of an array */

typedef VEC_OF(SamplePut) PutList;

typedef struct Reading {
    const SampleRules *rules;
    Arena *arena;
    PutList puts;
} Reading;

static Status add_sample(void *visitor, const Json *json, size_t index, FieldErr *err)
{
    Reading *r = visitor;
    SamplePut put;
    Status st = sample_read(json, r->rules, index, r->arena, &put, err);

    if (!st)
        st = VEC_PUSH(&r->puts, put, (size_t)SAMPLES_A_REQUEST);
    return st;
}

/* Vectors are freed here: what callers get is in their arena. */
static Status keep_puts(PutList *list, Arena *arena, SamplePuts *out)
{
    SamplePut *items = arena_calloc(arena, list->len + 1, sizeof *items);

    if (!items)
        return ST_NOMEM;
    if (list->len)
        memcpy(items, list->items, list->len * sizeof *items);
    *out = (SamplePuts){items, list->len};
    return ST_OK;
}

Status samples_read(Str array, const SampleRules *rules, Arena *arena, SamplePuts *out,
                    FieldErr *err)
{
    Reading r = {.rules = rules, .arena = arena};
    Status st = samples_each(array, rules->field, add_sample, &r, err);

    if (!st)
        st = keep_puts(&r.puts, arena, out);
    VEC_FREE(&r.puts);
    return st;
}

/* ------------------------------------------------------------ refusals */

Status commit_refused(Status st, const CommitErr *why, const SampleRules *rules,
                      const SamplePuts *puts, FieldErr *err)
{
    const Place at = {rules, (size_t)why->at};
    const Str id = at.index < puts->len ? puts->items[at.index].id : (Str){0};

    if (st != ST_INVALID)
        return st;
    switch (why->why) {
    case COMMIT_STALE:
        return field_err_set(err, ST_EXISTS, "base_version",
                             "base_version: version %lld is the newest; read it and try again",
                             (long long)why->version);
    case COMMIT_TWICE:
        return refuse(err, &at, "id", "stands twice in this commit");
    case COMMIT_METADATA:
        return field_err_set(err, ST_INVALID, rules->field,
                             "%s: the metadata of %.*s, with what it has, are longer than 1 MiB",
                             rules->field, STR_ARG(id));
    case COMMIT_BOTH:
        return field_err_set(err, ST_INVALID, "remove", "remove[%lld]: is put by the same commit",
                             (long long)why->at);
    case COMMIT_NO_STAGE:
        return field_err_set(err, ST_INVALID, "stage",
                             "stage: there is none of that number; it was committed, or is older "
                             "than %d hours",
                             (int)STAGE_HOURS);
    default:
        return field_err_set(err, ST_INVALID, rules->field,
                             "%s: a list keeps at most %d samples and %d versions", rules->field,
                             (int)SAMPLES_MAX, (int)SAMPLE_VERSIONS_MAX);
    }
}
