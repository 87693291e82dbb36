/* SPDX-License-Identifier: Apache-2.0 */
/* See version_cache.h.  A key is its three parts in one piece of memory; the fingerprint's
 * length goes first, so that no two keys have the same bytes. */
#include "domain/version_cache.h"

#include "base/hash.h"
#include "os/clock.h"

#include <string.h>

enum { KEY_MAX = 2048, CACHE_BYTES = 32 << 20 };

void version_cache_init(VersionCache *c)
{
    *c = (VersionCache){0};
    mutex_init(&c->lock);
    map_init(&c->index, VERSION_CACHE_MAX);
    arena_init(&c->arena, CACHE_BYTES);
    c->born_ns = clock_mono_ns();
}

void version_cache_deinit(VersionCache *c)
{
    arena_deinit(&c->arena);
    VEC_FREE(&c->items);
    map_deinit(&c->index);
    mutex_deinit(&c->lock);
}

static void clear(VersionCache *c)
{
    map_clear(&c->index);
    c->items.len = 0;
    arena_deinit(&c->arena);
    arena_init(&c->arena, CACHE_BYTES);
    c->born_ns = clock_mono_ns();
    c->generation++;
}

void version_cache_clear(VersionCache *c)
{
    mutex_lock(&c->lock);
    clear(c);
    mutex_unlock(&c->lock);
}

/* False for a key that is too long to be kept. */
static bool key_bytes(VersionKey key, char out[KEY_MAX], Str *bytes)
{
    const uint64_t head[2] = {(uint64_t)key.project_id, key.fingerprint.len};
    size_t at = sizeof head;

    if (key.fingerprint.len > KEY_MAX / 2 || key.model.len > KEY_MAX / 2 - sizeof head)
        return false;
    memcpy(out, head, sizeof head);
    if (key.fingerprint.len)
        memcpy(out + at, key.fingerprint.ptr, key.fingerprint.len);
    at += key.fingerprint.len;
    if (key.model.len)
        memcpy(out + at, key.model.ptr, key.model.len);
    *bytes = (Str){out, at + key.model.len};
    return true;
}

static CachedVersion *find(VersionCache *c, VersionKey key)
{
    char room[KEY_MAX];
    Str bytes;
    uint64_t at;

    if (!key_bytes(key, room, &bytes) || !map_get(&c->index, bytes, &at))
        return NULL;
    return &c->items.items[at];
}

Status version_cache_get(VersionCache *c, VersionKey key, Arena *arena, VersionRef *out,
                         bool *known, uint64_t *generation)
{
    const CachedVersion *item;
    VersionRef ref = {0};
    Status st = ST_OK;

    mutex_lock(&c->lock);
    if (c->items.len && clock_mono_ns() - c->born_ns > VERSION_CACHE_NS)
        clear(c);
    *generation = c->generation;
    item = find(c, key);
    if (item) {
        ref = item->ref;
        /* Nearly always the caller's own bytes are the answer. */
        if (str_eq(ref.model, key.model))
            ref.model = key.model;
        else
            st = arena_copy(arena, ref.model, &ref.model);
    }
    mutex_unlock(&c->lock);
    if (st)
        return st;
    *known = item != NULL;
    if (*known)
        *out = ref;
    return ST_OK;
}

static Status insert(VersionCache *c, Str bytes, VersionRef ref)
{
    CachedVersion item = {.ref = ref};
    Str key;
    Status st = arena_copy(&c->arena, bytes, &key);

    if (!st)
        st = arena_copy(&c->arena, ref.model, &item.ref.model);
    if (!st)
        st = VEC_PUSH(&c->items, item, VERSION_CACHE_MAX);
    if (st)
        return st;
    st = map_put(&c->index, key, c->items.len - 1);
    if (st)
        c->items.len--;
    return st;
}

void version_cache_put(VersionCache *c, VersionKey key, VersionRef ref, uint64_t generation)
{
    char room[KEY_MAX];
    Str bytes;

    if (!key_bytes(key, room, &bytes))
        return;
    mutex_lock(&c->lock);
    /* A full cache starts over; the next question fills it again. */
    if (c->generation == generation && !find(c, key) && insert(c, bytes, ref))
        clear(c);
    mutex_unlock(&c->lock);
}

bool version_cache_new_type(VersionCache *c, VersionKey key, Str type)
{
    const uint64_t hash = hash_bytes(type);
    CachedVersion *item;
    bool is_new = true;

    mutex_lock(&c->lock);
    item = find(c, key);
    if (item) {
        for (size_t i = 0; i < item->type_count && is_new; i++)
            is_new = item->types[i] != hash;
        if (item->type_count == MAX_OBSERVED_TYPES)
            is_new = false;
        else if (is_new)
            item->types[item->type_count++] = hash;
    }
    mutex_unlock(&c->lock);
    return is_new;
}
