/* SPDX-License-Identifier: Apache-2.0 */
/* query_trace: all spans of one trace, each once; query_span: one of them. */
#include "query/gather.h"
#include "query/trace_light.h"

#include <stdlib.h>
#include <string.h>

/* Same ids together, the newest record first. */
static int by_id_then_newest(const void *a, const void *b)
{
    const Span *x = a;
    const Span *y = b;
    const int c = memcmp(x->span_id, y->span_id, SPAN_ID_BYTES);

    return c ? c : (x->seq < y->seq) - (x->seq > y->seq);
}

static int by_start(const void *a, const void *b)
{
    const Span *x = a;
    const Span *y = b;

    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns ? -1 : 1;
    /* A parent and its first child may start at the same tick: the longer first. */
    if (x->end_ns != y->end_ns)
        return x->end_ns > y->end_ns ? -1 : 1;
    if (span_is_root(x) != span_is_root(y))
        return span_is_root(x) ? -1 : 1;
    return memcmp(x->span_id, y->span_id, SPAN_ID_BYTES);
}

static size_t drop_doubled(Span *spans, size_t len)
{
    size_t kept = 0;

    qsort(spans, len, sizeof *spans, by_id_then_newest);
    for (size_t i = 0; i < len; i++)
        if (kept == 0 || memcmp(spans[kept - 1].span_id, spans[i].span_id, SPAN_ID_BYTES) != 0)
            spans[kept++] = spans[i];
    return kept;
}

/* The refs of one block, from `*at` on. */
static Status read_block(const Snapshot *snap, const RowRefs *refs, size_t *at, Arena *arena,
                         Span *out)
{
    const uint32_t block = refs->items[*at].block;
    size_t count = 0;
    size_t *rows;

    while (*at + count < refs->len && refs->items[*at + count].block == block)
        count++;
    rows = arena_calloc(arena, count, sizeof *rows);
    if (!rows)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++)
        rows[i] = refs->items[*at + i].row;
    *at += count;
    return snapshot_spans(snap, block, rows, count, arena, out);
}

static Status read_spans(const Snapshot *snap, const RowRefs *refs, Arena *arena, SpanBatch *out)
{
    Span *spans = arena_calloc(arena, refs->len + 1, sizeof *spans);
    Status st = spans ? ST_OK : ST_NOMEM;

    for (size_t at = 0; at < refs->len && !st;)
        st = read_block(snap, refs, &at, arena, spans + at);
    if (st)
        return st;
    out->len = drop_doubled(spans, refs->len);
    out->spans = spans;
    qsort(spans, out->len, sizeof *spans, by_start);
    return ST_OK;
}

Status query_trace(const Snapshot *snap, const uint8_t trace_id[TRACE_ID_BYTES], Arena *arena,
                   SpanBatch *out)
{
    RowRefs refs = {0};
    IdList ids = {0};
    Status st = id_list_add(&ids, trace_id);

    if (!st)
        st = gather_rows(snap, &ids, NULL, NULL, &refs, NULL);
    if (!st)
        st = refs.len ? read_spans(snap, &refs, arena, out) : ST_NOTFOUND;
    VEC_FREE(&refs);
    VEC_FREE(&ids);
    return st;
}

Status query_trace_scores(const Snapshot *snap, const uint8_t trace_id[TRACE_ID_BYTES],
                          Arena *arena, SpanBatch *out)
{
    RowRefs refs = {0};
    IdList ids = {0};
    Status st = id_list_add(&ids, trace_id);

    *out = (SpanBatch){0};
    if (!st)
        st = gather_scores(snap, &ids, &refs);
    if (!st && refs.len)
        st = read_spans(snap, &refs, arena, out);
    VEC_FREE(&refs);
    VEC_FREE(&ids);
    return st;
}

Status trace_split_scores(SpanBatch *trace, Arena *arena, size_t *spans)
{
    Span *sorted = arena_alloc(arena, (trace->len + 1) * sizeof *sorted);
    size_t n = 0;

    if (!sorted)
        return ST_NOMEM;
    for (size_t i = 0; i < trace->len; i++)
        if (!span_is_score(&trace->spans[i]))
            sorted[n++] = trace->spans[i];
    *spans = n;
    for (size_t i = 0; i < trace->len; i++)
        if (span_is_score(&trace->spans[i]))
            sorted[n++] = trace->spans[i];
    trace->spans = sorted;
    return ST_OK;
}

/* ------------------------------------------------------------- one span */

typedef struct Newest {
    bool found;
    int64_t seq;
    size_t block;
    size_t row;
} Newest;

static Status look_in_block(const Snapshot *snap, size_t block, Str trace_id, Str span_id,
                            Arena *arena, Newest *best)
{
    const size_t rows = snapshot_block(snap, block).rows;
    Vector traces;
    Vector ids;
    Status st = snapshot_read(snap, block, STR("span_id"), 0, rows, arena, &ids);

    if (!st)
        st = snapshot_read(snap, block, STR("trace_id"), 0, rows, arena, &traces);
    for (size_t row = 0; row < rows && !st; row++) {
        Vector seq;

        if (!str_eq(vector_str(&ids, row), span_id) || !str_eq(vector_str(&traces, row), trace_id))
            continue;
        st = snapshot_read(snap, block, STR("seq"), row, row + 1, arena, &seq);
        if (!st && (!best->found || seq.as.i[0] > best->seq))
            *best = (Newest){true, seq.as.i[0], block, row};
    }
    return st;
}

/* Both bloom filters first: mostly one block is left. */
static Status look_for_span(const Snapshot *snap, Str trace_id, Str span_id, Newest *best)
{
    Status st = ST_OK;

    for (size_t block = 0; block < snapshot_block_count(snap) && !st; block++) {
        Arena scratch;

        if (!snapshot_may_contain(snap, block, STR("trace_id"), trace_id) ||
            !snapshot_may_contain(snap, block, STR("span_id"), span_id))
            continue;
        arena_init(&scratch, BLOCK_ARENA_LIMIT);
        st = look_in_block(snap, block, trace_id, span_id, &scratch, best);
        arena_deinit(&scratch);
    }
    return st;
}

Status query_span(const Snapshot *snap, const uint8_t trace_id[TRACE_ID_BYTES],
                  const uint8_t span_id[SPAN_ID_BYTES], Arena *arena, Span *out)
{
    Newest best = {0};
    const Status st = look_for_span(snap, (Str){(const char *)trace_id, TRACE_ID_BYTES},
                                    (Str){(const char *)span_id, SPAN_ID_BYTES}, &best);

    if (st)
        return st;
    return best.found ? snapshot_spans(snap, best.block, &best.row, 1, arena, out) : ST_NOTFOUND;
}
