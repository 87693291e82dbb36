/* SPDX-License-Identifier: Apache-2.0 */
/* API keys.
 *
 * A lookup by hash needs no comparison in constant time: who tries keys learns at most
 * something about hashes, from which no key follows. */
#include "domain/key.h"

#include "base/log.h"
#include "domain/internal.h"
#include "domain/project.h"
#include "os/clock.h"
#include "os/random.h"

#include <sodium.h>
#include <string.h>

#define NOTE_EVERY_NS (INT64_C(60) * 1000000000)
enum { HASH_CHARS = 2 * crypto_hash_sha256_BYTES, ROW_BYTES = 1 << 16 };

static const struct {
    Str text;
    bool may[4]; /* by Action */
} roles[] = {
    /*                           ingest read   edit   admin */
    [ROLE_INGEST] = {{"ingest", 6}, {true, false, false, false}},
    [ROLE_VIEWER] = {{"viewer", 6}, {false, true, false, false}},
    [ROLE_EDITOR] = {{"editor", 6}, {true, true, true, false}},
    [ROLE_ADMIN] = {{"admin", 5}, {true, true, true, true}},
};
enum { ROLE_COUNT = sizeof roles / sizeof roles[0] };

bool role_from_text(Str text, Role *out)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (str_eq(text, roles[i].text)) {
            *out = (Role)i;
            return true;
        }
    }
    return false;
}

Str role_text(Role role)
{
    return roles[role].text;
}

bool role_may(Role role, Action action)
{
    return roles[role].may[action];
}

bool key_may(const KeyGrant *grant, int64_t project_id, Action action)
{
    return (!grant->project_id || grant->project_id == project_id) && role_may(grant->role, action);
}

static void hash_key(Str text, char hex[HASH_CHARS])
{
    uint8_t hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(hash, (const unsigned char *)text.ptr, text.len);
    hex_encode(hash, sizeof hash, hex);
}

/* 43 characters of 62 are 256 bits.  Bytes of 248 and more are thrown away: they would
 * make the first characters of the alphabet likelier. */
static Status random_text(char out[KEY_TEXT_CHARS + 1])
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t len = 3;

    memcpy(out, "vr_", len);
    while (len < KEY_TEXT_CHARS) {
        uint8_t bytes[64];
        const Status st = random_bytes(bytes, sizeof bytes);

        if (st)
            return st;
        for (size_t i = 0; i < sizeof bytes && len < KEY_TEXT_CHARS; i++)
            if (bytes[i] < 248)
                out[len++] = alphabet[bytes[i] % 62];
        sodium_memzero(bytes, sizeof bytes);
    }
    out[len] = '\0';
    return ST_OK;
}

static Status add(Domain *d, Arena *arena, Str name, NewKey *key)
{
    char hash[HASH_CHARS];
    const Str text = {key->text, KEY_TEXT_CHARS};
    Status st = arena_copy(arena, name, &key->row.name);

    if (!st)
        st = arena_copy(arena, str_slice(text, 0, KEY_PREFIX_CHARS), &key->row.prefix);
    if (st)
        return st;
    hash_key(text, hash);
    return catalog_key_add(d->catalog, &key->row, (Str){hash, sizeof hash}, &key->row.id);
}

Status key_create(Domain *d, int64_t project_id, Str name, Str role, Arena *arena, NewKey *out,
                  FieldErr *err)
{
    NewKey key = {.row = {.project_id = project_id, .created_ns = clock_now_ns()}};
    Role r;
    Status st = name_check(name, "name", err);

    if (st)
        return st;
    if (!role_from_text(role, &r))
        return field_err_set(err, ST_INVALID, "role",
                             "role must be ingest, viewer, editor or admin");
    key.row.role = role_text(r);
    st = random_text(key.text);
    if (!st)
        st = add(d, arena, name, &key);
    if (st == ST_EXISTS) /* the only constraint besides chance: the project */
        return field_err_set(err, ST_NOTFOUND, "project", "there is no such project");
    if (st)
        return field_err_set(err, st, "", "cannot keep the key: %s", status_text(st));
    *out = key;
    sodium_memzero(&key, sizeof key);
    return ST_OK;
}

/* Noting a use is a write to the disk: once a minute is enough to see what is in use. */
static void note_use(Domain *d, const KeyRow *row)
{
    const int64_t now = clock_now_ns();
    KeyUse *use = &d->key_uses[(uint64_t)row->id % KEY_USES];
    bool due;

    mutex_lock(&d->lock);
    due = use->key_id != row->id || now - use->noted_ns >= NOTE_EVERY_NS || now < use->noted_ns;
    if (due)
        *use = (KeyUse){row->id, now};
    mutex_unlock(&d->lock);
    if (!due || now - row->last_used_ns < NOTE_EVERY_NS)
        return;
    /* A full disk must not lock everybody out. */
    if (catalog_key_touch(d->catalog, row->id, now))
        log_warn("cannot note the use of a key", " key=%lld", (long long)row->id);
}

Status key_check(Domain *d, Str text, KeyGrant *out)
{
    char hash[HASH_CHARS];
    KeyRow row = {0};
    Role role = ROLE_INGEST;
    Arena a;
    Status st;

    if (text.len != KEY_TEXT_CHARS || !str_starts(text, STR("vr_")))
        return ST_DENIED;
    hash_key(text, hash);
    arena_init(&a, ROW_BYTES);
    st = catalog_key_find(d->catalog, (Str){hash, sizeof hash}, &a, &row);
    if (!st && !role_from_text(row.role, &role))
        st = ST_CORRUPT;
    if (!st) {
        note_use(d, &row);
        *out = (KeyGrant){row.id, row.project_id, role};
    }
    arena_deinit(&a);
    return st == ST_NOTFOUND ? ST_DENIED : st;
}

Status key_list(Domain *d, int64_t project_id, Arena *arena, KeyList *out)
{
    return catalog_key_list(d->catalog, project_id, arena, out);
}

Status key_revoke(Domain *d, int64_t project_id, int64_t id)
{
    return catalog_key_remove(d->catalog, project_id, id);
}

Status key_any(Domain *d, bool *out)
{
    uint64_t count = 0;
    const Status st = catalog_key_count(d->catalog, &count);

    if (!st)
        *out = count > 0;
    return st;
}
