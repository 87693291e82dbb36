/* SPDX-License-Identifier: Apache-2.0 */
/* The traces that were looked at last, and the reading of those that were not.
 *
 * Entries are counted references: one may be dropped while it is read.  Under
 * the lock only lists change; a trace is read outside of it, by two requests at
 * once at worst.  The oldest goes when the memory of all passes the limit. */
#include "query/trace_light.h"

#include "base/alloc.h"
#include "os/thread.h"
#include "query/trace_read.h"

#include <string.h>

enum { MAX_ENTRIES = 64, LIGHT_ARENA_LIMIT = 1 << 30 };

typedef struct Entry {
    TraceLight light; /* first: the caller's pointer is the entry's */
    Arena arena;
    int64_t project_id;
    uint64_t content;
    size_t refs; /* under the lock; one is the list's */
} Entry;

struct TraceCache {
    Mutex lock;
    size_t max_bytes;
    size_t bytes;
    size_t len;
    Entry *entries[MAX_ENTRIES]; /* the one used last first */
};

Status trace_cache_new(size_t max_bytes, TraceCache **out)
{
    TraceCache *c = mem_calloc(1, sizeof *c);

    if (!c)
        return ST_NOMEM;
    c->max_bytes = max_bytes;
    mutex_init(&c->lock);
    *out = c;
    return ST_OK;
}

static void entry_free(Entry *e)
{
    arena_deinit(&e->arena);
    mem_free(e->light.spans);
    mem_free(e);
}

static void entry_unref(Entry *e)
{
    if (!--e->refs)
        entry_free(e);
}

void trace_cache_free(TraceCache *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->len; i++)
        entry_unref(c->entries[i]);
    mutex_deinit(&c->lock);
    mem_free(c);
}

void trace_light_put(TraceCache *c, const TraceLight *t)
{
    union {
        const TraceLight *in;
        Entry *entry;
    } of = {.in = t};

    if (!t)
        return;
    mutex_lock(&c->lock);
    entry_unref(of.entry);
    mutex_unlock(&c->lock);
}

/* To the front. */
static void use(TraceCache *c, size_t at)
{
    Entry *e = c->entries[at];

    memmove(&c->entries[1], &c->entries[0], at * sizeof(Entry *));
    c->entries[0] = e;
}

static Entry *find(TraceCache *c, int64_t project_id, const uint8_t *trace_id, uint64_t content)
{
    Entry *found = NULL;

    mutex_lock(&c->lock);
    for (size_t i = 0; i < c->len && !found; i++) {
        Entry *e = c->entries[i];

        if (e->project_id != project_id || e->content != content ||
            memcmp(e->light.trace_id, trace_id, TRACE_ID_BYTES) != 0)
            continue;
        found = e;
        found->refs++;
        use(c, i);
    }
    mutex_unlock(&c->lock);
    return found;
}

static void drop_last(TraceCache *c)
{
    Entry *e = c->entries[--c->len];

    c->bytes -= e->light.bytes;
    entry_unref(e);
}

static void add(TraceCache *c, Entry *e)
{
    mutex_lock(&c->lock);
    if (e->light.bytes <= c->max_bytes) {
        while (c->len && (c->len == MAX_ENTRIES || c->bytes > c->max_bytes - e->light.bytes))
            drop_last(c);
        c->entries[c->len++] = e;
        c->bytes += e->light.bytes;
        e->refs++;
        use(c, c->len - 1);
    }
    mutex_unlock(&c->lock);
}

static Status read_entry(const Snapshot *snap, const BlockList *blocks, const uint8_t *trace_id,
                         const Cancel *cancel, Entry **out)
{
    Entry *e = mem_calloc(1, sizeof *e);
    Status st;

    if (!e)
        return ST_NOMEM;
    arena_init(&e->arena, LIGHT_ARENA_LIMIT);
    st = trace_read(snap, blocks, trace_id, cancel, &e->arena, &e->light);
    if (st) {
        entry_free(e);
        return st;
    }
    e->light.bytes = sizeof *e + arena_footprint(&e->arena) + e->light.len * sizeof *e->light.spans;
    e->refs = 1;
    *out = e;
    return ST_OK;
}

Status trace_light_take(TraceCache *c, const Snapshot *snap, int64_t project_id,
                        const uint8_t trace_id[TRACE_ID_BYTES], const Cancel *cancel,
                        const TraceLight **out)
{
    BlockList blocks = {0};
    uint64_t content;
    Entry *e = NULL;
    Status st = trace_blocks(snap, trace_id, &blocks, &content);

    if (!st)
        e = find(c, project_id, trace_id, content);
    if (!st && !e) {
        st = read_entry(snap, &blocks, trace_id, cancel, &e);
        if (!st) {
            e->project_id = project_id;
            e->content = content;
            add(c, e);
        }
    }
    VEC_FREE(&blocks);
    if (!st)
        *out = &e->light;
    return st;
}
