/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks, runs and the table of them. */
#include "store/memtable.h"

#include "base/alloc.h"

Status chunk_new(int64_t project_id, size_t arena_limit, Chunk **out)
{
    HeldChunk *h = mem_calloc(1, sizeof *h);

    if (!h)
        return ST_NOMEM;
    arena_init(&h->chunk.arena, arena_limit);
    h->chunk.project_id = project_id;
    *out = &h->chunk;
    return ST_OK;
}

void chunk_free(Chunk *c)
{
    if (!c)
        return;
    arena_deinit(&c->arena);
    mem_free(c->body);
    mem_free(c);
}

static HeldChunk *held(Chunk *c)
{
    return (HeldChunk *)c;
}

size_t chunk_footprint(Chunk *c)
{
    HeldChunk *h = held(c);

    h->footprint = sizeof *h + arena_footprint(&c->arena) + c->body_cap;
    return h->footprint;
}

void run_ref(Run *r)
{
    atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
}

/* The run's own memory is in its first chunk, which goes last. */
void run_unref(Run *r)
{
    HeldChunk *first;

    if (atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
        return;
    first = r->first;
    for (HeldChunk *h = first->next; h;) {
        HeldChunk *next = h->next;

        chunk_free(&h->chunk);
        h = next;
    }
    chunk_free(&first->chunk);
}

static Run **bucket_of(Memtable *m, int64_t project_id)
{
    return &m->buckets[(uint64_t)project_id % MEMTABLE_BUCKETS];
}

static Run *open_run(Memtable *m, int64_t project_id)
{
    for (Run *r = *bucket_of(m, project_id); r; r = r->next)
        if (r->project_id == project_id)
            return r->chunks < RUN_CHUNKS && r->spans < RUN_SPANS ? r : NULL;
    return NULL;
}

static Run *begin_run(Memtable *m, HeldChunk *h)
{
    Run **bucket = bucket_of(m, h->chunk.project_id);
    Run *r = &h->run;

    r->next = *bucket;
    r->project_id = h->chunk.project_id;
    r->first = h;
    r->last = h;
    r->chunks = 0;
    r->spans = 0;
    r->scores = 0;
    r->min_time_ns = INT64_MAX;
    r->max_time_ns = INT64_MIN;
    atomic_init(&r->refs, 1);
    *bucket = r;
    return r;
}

/* How many of them are scores. */
static size_t note_spans(Run *r, const SpanBatch *batch)
{
    size_t scores = 0;

    for (size_t i = 0; i < batch->len; i++) {
        const int64_t t = batch->spans[i].start_ns;

        r->min_time_ns = t < r->min_time_ns ? t : r->min_time_ns;
        r->max_time_ns = t > r->max_time_ns ? t : r->max_time_ns;
        scores += span_is_score(&batch->spans[i]);
    }
    r->scores += scores;
    return scores;
}

void memtable_put(Memtable *m, Chunk *c, int64_t now_ns)
{
    HeldChunk *h = held(c);
    Run *r = open_run(m, c->project_id);

    h->next = NULL;
    if (r) {
        r->last->next = h;
        r->last = h;
    } else {
        r = begin_run(m, h);
    }
    r->chunks++;
    r->spans += c->batch.len;
    m->scores += note_spans(r, &c->batch);
    m->bytes += h->footprint;
    m->spans += c->batch.len;
    m->newest_ns = now_ns;
    if (!m->oldest_ns)
        m->oldest_ns = now_ns;
}

void memtable_take_back(Memtable *m, Memtable *from)
{
    for (size_t i = 0; i < MEMTABLE_BUCKETS; i++) {
        Run **end = &m->buckets[i];

        while (*end)
            end = &(*end)->next;
        *end = from->buckets[i];
    }
    m->bytes += from->bytes;
    m->spans += from->spans;
    m->scores += from->scores;
    if (from->oldest_ns)
        m->oldest_ns = from->oldest_ns;
    if (from->newest_ns > m->newest_ns)
        m->newest_ns = from->newest_ns;
    *from = (Memtable){0};
}

void memtable_clear(Memtable *m)
{
    for (size_t i = 0; i < MEMTABLE_BUCKETS; i++) {
        for (Run *r = m->buckets[i]; r;) {
            Run *next = r->next;

            run_unref(r);
            r = next;
        }
    }
    *m = (Memtable){0};
}

bool memtable_empty(const Memtable *m)
{
    return m->spans == 0;
}
