/* SPDX-License-Identifier: Apache-2.0 */
/* items -> their traces, each once -> rows of those -> summaries
 *                                                   -> which row is the judged span, the score */
#include "query/judged.h"

#include "query/summary.h"

#include <string.h>

static const uint32_t no_item = UINT32_MAX;

typedef struct Search {
    const Snapshot *snap;
    Judged *items;
    size_t len;
    Arena *arena;
    IdList traces;
    uint32_t *first; /* trace -> its first item */
    uint32_t *next;  /* item -> the next of its trace */
    RowRefs refs;    /* of all traces */
    RowRefs spans;   /* of judged spans; RowRef.trace is the item */
} Search;

static Status index_items(Search *s)
{
    TraceTable seen = {0};
    TraceState *state;
    Status st = ST_OK;

    s->first = arena_alloc(s->arena, (s->len + 1) * sizeof *s->first);
    s->next = arena_alloc(s->arena, (s->len + 1) * sizeof *s->next);
    if (!s->first || !s->next)
        return ST_NOMEM;
    for (size_t i = 0; i < s->len && !st; i++) {
        const size_t before = seen.len;
        size_t trace;

        st = trace_table_add(&seen, s->items[i].trace_id, &state);
        if (st)
            break;
        trace = (size_t)(state - seen.items);
        if (seen.len > before) {
            st = id_list_add(&s->traces, s->items[i].trace_id);
            s->first[trace] = no_item;
        }
        s->next[i] = s->first[trace];
        s->first[trace] = (uint32_t)i;
    }
    trace_table_deinit(&seen);
    return st;
}

/* A row of some trace: is it a judged span of it, or a score that is sent again? */
static Status note_row(Search *s, RowRef ref, const uint8_t *span_id, int64_t start_ns)
{
    Status st = ST_OK;

    for (uint32_t i = s->first[ref.trace]; i != no_item && !st; i = s->next[i]) {
        Judged *j = &s->items[i];

        if (memcmp(j->id, span_id, SPAN_ID_BYTES) == 0) {
            j->known = true;
            j->known_ns = start_ns;
        }
        if (j->has_span && memcmp(j->span_id, span_id, SPAN_ID_BYTES) == 0)
            st = VEC_PUSH(&s->spans, ((RowRef){i, ref.block, ref.row}), GATHER_MAX_ROWS);
    }
    return st;
}

/* The refs of one block, from `*at` on: they are sorted. */
static Status note_block(Search *s, size_t *at)
{
    const uint32_t block = s->refs.items[*at].block;
    const size_t from = s->refs.items[*at].row;
    size_t end = *at;
    Arena scratch;
    Vector ids;
    Vector starts;
    Status st;

    while (end < s->refs.len && s->refs.items[end].block == block)
        end++;
    arena_init(&scratch, BLOCK_ARENA_LIMIT);
    st = snapshot_read(s->snap, block, STR("span_id"), from, s->refs.items[end - 1].row + (size_t)1,
                       &scratch, &ids);
    if (!st)
        st = snapshot_read(s->snap, block, STR("start"), from,
                           s->refs.items[end - 1].row + (size_t)1, &scratch, &starts);
    for (; *at < end && !st; ++*at) {
        const RowRef ref = s->refs.items[*at];

        st = note_row(s, ref, (const uint8_t *)vector_str(&ids, ref.row - from).ptr,
                      starts.as.i[ref.row - from]);
    }
    arena_deinit(&scratch);
    return st;
}

static Status read_traces(Search *s)
{
    TraceSummary *traces = arena_calloc(s->arena, s->traces.len + 1, sizeof *traces);
    Status st = traces ? summarise(s->snap, &s->traces, &s->refs, LINE_BARE, NULL, s->arena, traces)
                       : ST_NOMEM;

    for (size_t t = 0; t < s->traces.len && !st; t++) {
        for (uint32_t i = s->first[t]; i != no_item && traces[t].root; i = s->next[i]) {
            s->items[i].trace_found = true;
            s->items[i].start_ns = traces[t].start_ns;
            s->items[i].span = s->items[i].has_span ? NULL : traces[t].root;
            s->items[i].tags = &traces[t].tags;
        }
    }
    return st;
}

/* Rows of spans that were sent twice differ in nothing that is wanted here. */
static Status read_spans(Search *s)
{
    Span *lines = arena_calloc(s->arena, s->len + 1, sizeof *lines);
    IdList ids = {0};
    Status st = lines ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < s->len && !st; i++)
        st = id_list_add(&ids, s->items[i].trace_id);
    if (!st && s->spans.len)
        st = span_lines(s->snap, &ids, &s->spans, LINE_BARE, NULL, s->arena, lines);
    for (size_t i = 0; i < s->spans.len && !st; i++)
        s->items[s->spans.items[i].trace].span = &lines[s->spans.items[i].trace];
    VEC_FREE(&ids);
    return st;
}

static Status note_blocks(Search *s)
{
    Status st = ST_OK;

    for (size_t at = 0; at < s->refs.len && !st;)
        st = note_block(s, &at);
    return st;
}

static Status search_begin(Search *s, int64_t first_ns, int64_t last_ns)
{
    const Status st = index_items(s);

    return st ? st
              : gather_rows_near(s->snap, &s->traces, first_ns, last_ns, NULL, NULL, &s->refs,
                                 NULL);
}

static void search_end(Search *s)
{
    VEC_FREE(&s->traces);
    VEC_FREE(&s->refs);
    VEC_FREE(&s->spans);
}

Status query_judged(const Snapshot *snap, Judged *items, size_t len, int64_t first_ns,
                    int64_t last_ns, Arena *arena)
{
    Search s = {.snap = snap, .items = items, .len = len, .arena = arena};
    Status st = search_begin(&s, first_ns, last_ns);

    if (!st)
        st = note_blocks(&s);
    if (!st)
        st = read_traces(&s);
    if (!st)
        st = read_spans(&s);
    search_end(&s);
    return st;
}

/* ------------------------------------------------------------- whole spans */

/* Roots become spans to look for; nothing is read when none is asked for. */
static Status name_roots(Search *s)
{
    bool wanted = false;
    Status st;

    for (size_t i = 0; i < s->len; i++)
        wanted = wanted || !s->items[i].has_span;
    st = wanted ? read_traces(s) : ST_OK;
    for (size_t i = 0; i < s->len && !st; i++) {
        Judged *j = &s->items[i];

        if (!j->has_span && j->span) {
            memcpy(j->span_id, j->span->span_id, SPAN_ID_BYTES);
            j->has_span = true;
        }
        j->span = NULL;
    }
    return st;
}

/* The refs of one block, from `*at` on; of a span that was sent twice the newer row counts. */
static Status read_whole_block(Search *s, size_t *at)
{
    const size_t begin = *at;
    const uint32_t block = s->spans.items[begin].block;
    size_t *rows = arena_alloc(s->arena, (s->spans.len - begin) * sizeof *rows);
    Span *spans = arena_alloc(s->arena, (s->spans.len - begin) * sizeof *spans);
    size_t count = 0;
    Status st;

    if (!rows || !spans)
        return ST_NOMEM;
    for (; *at < s->spans.len && s->spans.items[*at].block == block; ++*at)
        if (count == 0 || rows[count - 1] != s->spans.items[*at].row)
            rows[count++] = s->spans.items[*at].row;
    st = snapshot_spans(s->snap, block, rows, count, s->arena, spans);
    for (size_t i = begin, k = 0; i < *at && !st; i++) {
        Judged *j = &s->items[s->spans.items[i].trace];

        while (rows[k] != s->spans.items[i].row)
            k++;
        if (!span_is_score(&spans[k]) && (!j->span || spans[k].seq > j->span->seq))
            j->span = &spans[k];
    }
    return st;
}

Status query_spans_whole(const Snapshot *snap, Judged *items, size_t len, int64_t first_ns,
                         int64_t last_ns, Arena *arena)
{
    Search s = {.snap = snap, .items = items, .len = len, .arena = arena};
    Status st = search_begin(&s, first_ns, last_ns);

    if (!st)
        st = name_roots(&s);
    if (!st)
        st = note_blocks(&s);
    for (size_t at = 0; at < s.spans.len && !st;)
        st = read_whole_block(&s, &at);
    search_end(&s);
    return st;
}
