/* SPDX-License-Identifier: Apache-2.0 */
/* See tombstone.h. */
#include "store/tombstone.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { PROBE_MAX = 256 /* traces looked up in a bloom filter before just reading */ };
static const size_t hidden_memory = (size_t)1 << 30;
static const size_t column_memory = (size_t)256 << 20;

/* ------------------------------------------------------------ sets of traces */

static int by_trace(const void *a, const void *b)
{
    const DeadTrace *x = a;
    const DeadTrace *y = b;
    const int c = memcmp(x->trace_id, y->trace_id, TRACE_ID_BYTES);

    return c ? c : x->seq > y->seq ? -1 : x->seq < y->seq;
}

static bool covers(const DeadTrace *items, size_t count, const uint8_t *trace_id, uint64_t seq)
{
    size_t from = 0;
    size_t to = count;

    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const int c = memcmp(items[middle].trace_id, trace_id, TRACE_ID_BYTES);

        if (c == 0)
            return seq <= items[middle].seq;
        if (c < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

bool dead_set_covers(const DeadSet *d, const uint8_t *trace_id, uint64_t seq)
{
    return seq <= d->max_seq && covers(d->items, d->count, trace_id, seq);
}

/* The first of each trace stays: the one with the greatest seq. */
static size_t drop_repeated(DeadTrace *items, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (!kept || memcmp(items[i].trace_id, items[kept - 1].trace_id, TRACE_ID_BYTES) != 0)
            items[kept++] = items[i];
    return kept;
}

static void fill(DeadSet *d, const DeadSet *old, const DeadTrace *more, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!old || !dead_set_covers(old, more[i].trace_id, more[i].seq))
            d->added[d->added_count++] = more[i];
        if (more[i].seq > d->max_seq)
            d->max_seq = more[i].seq;
    }
    if (old && old->count)
        memcpy(d->items, old->items, old->count * sizeof *old->items);
    if (d->added_count)
        memcpy(d->items + d->count, d->added, d->added_count * sizeof *d->added);
    d->count += d->added_count;
    if (d->count)
        qsort(d->items, d->count, sizeof *d->items, by_trace);
    d->count = drop_repeated(d->items, d->count);
}

Status dead_set_grow(const DeadSet *old, int64_t project_id, uint64_t generation, DeadTrace *more,
                     size_t count, DeadSet **out)
{
    const size_t before = old ? old->count : 0;
    DeadSet *d;

    if (count > MAX_TOMBSTONES - before)
        return ST_LIMIT;
    d = mem_calloc(1, sizeof *d);
    if (!d)
        return ST_NOMEM;
    atomic_init(&d->refs, 1);
    d->project_id = project_id;
    d->generation = generation;
    d->base = old ? old->generation : 0;
    d->max_seq = old ? old->max_seq : 0;
    d->count = before;
    d->items = mem_array(before + count + 1, sizeof *d->items);
    d->added = mem_array(count + 1, sizeof *d->added);
    if (!d->items || !d->added) {
        dead_set_unref(d);
        return ST_NOMEM;
    }
    if (count)
        qsort(more, count, sizeof *more, by_trace);
    fill(d, old, more, drop_repeated(more, count));
    *out = d;
    return ST_OK;
}

void dead_set_ref(DeadSet *d)
{
    atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
}

void dead_set_unref(DeadSet *d)
{
    if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1)
        return;
    mem_free(d->items);
    mem_free(d->added);
    mem_free(d);
}

/* --------------------------------------------------------- rows of a segment */

static Status hidden_new(size_t groups, uint64_t generation, Hidden **out)
{
    Hidden *h = mem_calloc(1, sizeof *h);

    if (!h)
        return ST_NOMEM;
    atomic_init(&h->refs, 1);
    arena_init(&h->arena, hidden_memory);
    h->generation = generation;
    h->groups = arena_calloc(&h->arena, groups + 1, sizeof *h->groups);
    if (!h->groups) {
        hidden_unref(h);
        return ST_NOMEM;
    }
    *out = h;
    return ST_OK;
}

void hidden_unref(Hidden *h)
{
    if (!h || atomic_fetch_sub_explicit(&h->refs, 1, memory_order_acq_rel) != 1)
        return;
    arena_deinit(&h->arena);
    mem_free(h);
}

static bool may_hold(const Segment *s, size_t group, const DeadTrace *items, size_t count)
{
    const size_t column = s->columns[COLUMN_trace_id];

    if (count > PROBE_MAX)
        return true;
    for (size_t i = 0; i < count; i++)
        if (items[i].seq >= s->info.min_seq &&
            parquet_may_contain(s->reader, group, column,
                                (Str){(const char *)items[i].trace_id, TRACE_ID_BYTES}))
            return true;
    return false;
}

static size_t mark_rows(const DeadSet *d, const Vector *traces, const Vector *seqs, uint32_t *out)
{
    const uint8_t *last = NULL;
    bool listed = false;
    size_t n = 0;

    for (size_t i = 0; i < traces->len; i++) {
        const uint8_t *id = (const uint8_t *)vector_str(traces, i).ptr;

        /* The spans of a trace are neighbours. */
        if (!last || memcmp(last, id, TRACE_ID_BYTES) != 0)
            listed = covers(d->items, d->count, id, 0);
        last = id;
        if (listed && dead_set_covers(d, id, (uint64_t)seqs->as.i[i]))
            out[n++] = (uint32_t)i;
    }
    return n;
}

static Status hide_group(Hidden *h, const Segment *s, size_t group, const DeadSet *d)
{
    const size_t rows = s->groups[group].rows;
    HiddenGroup *g = &h->groups[group];
    Vector traces = {0};
    Vector seqs = {0};
    uint32_t *found = NULL;
    Arena a;
    Str kept;
    Status st;

    arena_init(&a, column_memory);
    st = parquet_read(s->reader, group, s->columns[COLUMN_trace_id], 0, rows, &a, &traces);
    if (!st)
        st = parquet_read(s->reader, group, s->columns[COLUMN_seq], 0, rows, &a, &seqs);
    if (!st) {
        found = arena_alloc(&a, (rows + 1) * sizeof *found);
        st = found ? ST_OK : ST_NOMEM;
    }
    if (!st) {
        g->count = mark_rows(d, &traces, &seqs, found);
        st = arena_copy(&h->arena, (Str){(const char *)found, g->count * sizeof *found}, &kept);
    }
    if (!st && g->count) {
        g->rows = (const uint32_t *)(const void *)kept.ptr;
        g->key = hash_bytes(kept) | 1;
    }
    arena_deinit(&a);
    return st;
}

static Status keep_group(Hidden *h, const HiddenGroup *old, HiddenGroup *out)
{
    Str kept = {0};
    Status st = ST_OK;

    if (!old->count)
        return ST_OK;
    st = arena_copy(&h->arena, (Str){(const char *)old->rows, old->count * sizeof *old->rows},
                    &kept);
    if (!st)
        *out = (HiddenGroup){(const uint32_t *)(const void *)kept.ptr, old->count, old->key};
    return st;
}

static Status find_rows(Hidden *h, Segment *s, const DeadSet *d, const Hidden *old)
{
    const bool grown = old && old->generation == d->base;
    const DeadTrace *look = grown ? d->added : d->items;
    const size_t count = grown ? d->added_count : d->count;
    Status st = ST_OK;

    for (size_t g = 0; g < s->group_count && !st; g++) {
        if (atomic_load(&s->groups[g].damaged))
            continue;
        if (s->info.min_seq <= d->max_seq && may_hold(s, g, look, count)) {
            st = segment_note(s, g, hide_group(h, s, g, d));
            if (segment_lost(st))
                st = ST_OK; /* nobody sees the group any more */
        } else if (grown) {
            st = keep_group(h, &old->groups[g], &h->groups[g]);
        }
        h->rows += h->groups[g].count;
    }
    return st;
}

/* A reference to what the segment keeps, or NULL. */
static Hidden *known(Segment *s)
{
    Hidden *h;

    mutex_lock(&s->cache->lock);
    h = s->hidden;
    if (h)
        atomic_fetch_add_explicit(&h->refs, 1, memory_order_relaxed);
    mutex_unlock(&s->cache->lock);
    return h;
}

static void keep(Segment *s, Hidden *h)
{
    Hidden *before;

    atomic_fetch_add_explicit(&h->refs, 1, memory_order_relaxed);
    mutex_lock(&s->cache->lock);
    before = s->hidden;
    s->hidden = h;
    mutex_unlock(&s->cache->lock);
    hidden_unref(before);
}

Status segment_hide(Segment *s, const DeadSet *d, Hidden **out)
{
    Hidden *old = known(s);
    Hidden *h = NULL;
    Status st;

    if (old && old->generation == d->generation) {
        *out = old;
        return ST_OK;
    }
    st = hidden_new(s->group_count, d->generation, &h);
    if (!st)
        st = find_rows(h, s, d, old);
    hidden_unref(old);
    if (st) {
        hidden_unref(h);
        return st;
    }
    keep(s, h);
    *out = h;
    return ST_OK;
}

uint32_t hidden_row(const HiddenGroup *g, size_t n)
{
    size_t from = 0;
    size_t to = g->count;

    /* How many hidden rows stand before it: those with rows[i] - i <= n. */
    while (from < to) {
        const size_t middle = from + (to - from) / 2;

        if (g->rows[middle] - middle <= n)
            from = middle + 1;
        else
            to = middle;
    }
    return (uint32_t)(n + from);
}
