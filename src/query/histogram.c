/* SPDX-License-Identifier: Apache-2.0 */
/* query_histogram: matching traces by the time that they start. */
#include "query/buckets.h"
#include "query/match.h"

static Status count_traces(const Matcher *m, const Buckets *b, Histogram *h)
{
    for (size_t i = 0; i < m->table.len; i++) {
        const TraceState *t = &m->table.items[i];
        size_t bucket;

        if (!matcher_accepts(m, t) || !buckets_find(b, t->start_ns, &bucket))
            continue;
        h->items[bucket].count++;
        h->items[bucket].errors += t->status == SPAN_ERROR;
        h->total++;
        h->errors += t->status == SPAN_ERROR;
    }
    return ST_OK;
}

Status query_histogram(const Snapshot *snap, const Query *q, const QueryWindow *w, size_t buckets,
                       QueryEngine *engine, Arena *arena, Histogram *out)
{
    const Buckets b = buckets_for(snap, w, buckets);
    Histogram h = {.from_ns = b.from_ns,
                   .to_ns = buckets_end(&b),
                   .bucket_ns = b.step_ns,
                   .items = arena_calloc(arena, b.count, sizeof *h.items),
                   .len = b.count};
    Matcher m;
    Status st;

    if (!h.items)
        return ST_NOMEM;
    for (size_t i = 0; i < b.count; i++)
        h.items[i].start_ns = b.from_ns + (int64_t)i * b.step_ns;
    matcher_init(&m, snap, q, w, engine, MATCH_EVERY);
    st = matcher_all(&m);
    if (!st)
        st = count_traces(&m, &b, &h);
    matcher_deinit(&m);
    if (!st)
        *out = h;
    return st;
}
