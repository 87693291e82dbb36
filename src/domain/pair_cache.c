/* SPDX-License-Identifier: Apache-2.0 */
/* See pair_cache.h. */
#include "domain/pair_cache.h"

#include "base/alloc.h"

struct PairEntry {
    Arena arena;
    PairKey key;
    PairLines lines;
    size_t bytes;
    uint64_t used;
};

void pair_cache_init(PairCache *c)
{
    *c = (PairCache){0};
    mutex_init(&c->lock);
}

static void free_entry(PairEntry *e)
{
    if (!e)
        return;
    arena_deinit(&e->arena);
    mem_free(e);
}

void pair_cache_deinit(PairCache *c)
{
    for (size_t i = 0; i < PAIR_CACHE_ENTRIES; i++)
        free_entry(c->entries[i]);
    mutex_deinit(&c->lock);
}

static bool same_key(const PairKey *a, const PairKey *b)
{
    for (size_t i = 0; i < 2; i++)
        if (a->ids[i] != b->ids[i] || a->revisions[i] != b->revisions[i])
            return false;
    return str_eq(a->about, b->about);
}

static Status copy_lines(const PairLines *from, Arena *arena, PairLines *out)
{
    PairLines copy = {.items = arena_calloc(arena, from->len + 1, sizeof *copy.items)};
    Str scope = {0}; /* the one before: lines of a case stand together */
    Str scope_copy = {0};
    Status st = copy.items ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < 2 && !st; i++)
        st = arena_copy(arena, from->configurations[i], &copy.configurations[i]);
    for (size_t i = 0; i < from->len && !st; i++) {
        const PairLine *line = &from->items[i];

        copy.items[i] = *line;
        if (!i || !str_eq(scope, line->scope)) {
            scope = line->scope;
            st = arena_copy(arena, scope, &scope_copy);
        }
        copy.items[i].scope = scope_copy;
        if (!st)
            st = arena_copy(arena, line->metric, &copy.items[i].metric);
        if (!st)
            st = arena_copy(arena, line->stratum, &copy.items[i].stratum);
    }
    copy.len = from->len;
    if (!st)
        *out = copy;
    return st;
}

bool pair_cache_get(PairCache *c, const PairKey *key, Arena *arena, PairLines *out)
{
    bool found = false;

    mutex_lock(&c->lock);
    for (size_t i = 0; i < PAIR_CACHE_ENTRIES && !found; i++) {
        PairEntry *e = c->entries[i];

        if (!e || !same_key(&e->key, key))
            continue;
        e->used = ++c->clock;
        found = copy_lines(&e->lines, arena, out) == ST_OK;
    }
    mutex_unlock(&c->lock);
    return found;
}

/* ------------------------------------------------------------ keeping */

static PairEntry *make_entry(const PairKey *key, const PairLines *lines)
{
    PairEntry *e = mem_calloc(1, sizeof *e);
    Status st;

    if (!e)
        return NULL;
    arena_init(&e->arena, PAIR_MAX_BYTES);
    e->key = *key;
    st = arena_copy(&e->arena, key->about, &e->key.about);
    if (!st)
        st = copy_lines(lines, &e->arena, &e->lines);
    e->bytes = sizeof *e + arena_footprint(&e->arena);
    if (st) {
        free_entry(e);
        return NULL;
    }
    return e;
}

/* A free place, or that of the entry that was not used for longest; `more`: make room for bytes. */
static size_t find_place(const PairCache *c, bool more)
{
    size_t oldest = PAIR_CACHE_ENTRIES;

    for (size_t i = 0; i < PAIR_CACHE_ENTRIES; i++) {
        if (!c->entries[i]) {
            if (!more)
                return i;
            continue;
        }
        if (oldest == PAIR_CACHE_ENTRIES || c->entries[i]->used < c->entries[oldest]->used)
            oldest = i;
    }
    return oldest;
}

static void drop(PairCache *c, size_t at)
{
    if (at == PAIR_CACHE_ENTRIES || !c->entries[at])
        return;
    c->bytes -= c->entries[at]->bytes;
    free_entry(c->entries[at]);
    c->entries[at] = NULL;
}

void pair_cache_put(PairCache *c, const PairKey *key, const PairLines *lines)
{
    PairEntry *e = make_entry(key, lines);
    size_t at;

    if (!e)
        return;
    mutex_lock(&c->lock);
    for (size_t i = 0; i < PAIR_CACHE_ENTRIES; i++) /* an older state of it, too */
        if (c->entries[i] && c->entries[i]->key.ids[0] == key->ids[0] &&
            c->entries[i]->key.ids[1] == key->ids[1] &&
            (same_key(&c->entries[i]->key, key) ||
             c->entries[i]->key.revisions[0] != key->revisions[0] ||
             c->entries[i]->key.revisions[1] != key->revisions[1]))
            drop(c, i);
    while (c->bytes && c->bytes + e->bytes > PAIR_CACHE_BYTES)
        drop(c, find_place(c, true));
    at = find_place(c, false);
    drop(c, at);
    e->used = ++c->clock;
    c->entries[at] = e;
    c->bytes += e->bytes;
    mutex_unlock(&c->lock);
}
