/* SPDX-License-Identifier: Apache-2.0 */
/* trace_runs_make: which traces have several runs is found without a table of all traces.
 *
 *   1. blocks (in parallel): cut into runs; each sets the bit of its trace in one filter.
 *      Where the bit was set already, the trace is a suspect: it has another run, or
 *      shares the bit with another trace.
 *   2. the suspects go into a table, and their bits into a second filter
 *   3. blocks (in parallel): runs whose trace is a suspect
 *   4. a suspect with two runs or more is split; its runs are set apart
 *
 * The first filter has four bits a row or more: of spans in traces of five, a trace in fifty
 * is suspected wrongly.  The costs are two looks at bits for each trace. */
#include "query/trace_runs.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/prefetch.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

enum {
    WORD_BITS = 64,
    LEAST_WORDS = 64,
    ALL_BITS = 4, /* of the first filter, a row */
    FEW_BITS = 32 /* of the second, a suspect */
};

/* One bit for each hash. */
typedef struct Filter {
    _Atomic uint64_t *words;
    uint64_t mask; /* number of words - 1 */
} Filter;

/* A run of a suspect. */
typedef struct Hit {
    uint32_t run;
    uint32_t suspect;
} Hit;

typedef struct Found {
    uint8_t (*ids)[TRACE_ID_BYTES]; /* one a run */
    VEC_OF(uint32_t) seen;          /* runs whose bit was set already */
    VEC_OF(Hit) hits;
} Found;

typedef struct Search {
    const Matcher *matcher;
    bool everything;
    TraceRuns *out;
    Found *found; /* one a block */
    Filter all;
    Filter few;
    TraceTable suspects; /* `mask` counts their runs */
} Search;

/* ----------------------------------------------------------------- filters */

static Status filter_init(Filter *f, size_t bits)
{
    size_t words = LEAST_WORDS;

    while (words < bits / WORD_BITS)
        words *= 2;
    f->words = mem_calloc(words, sizeof *f->words);
    f->mask = words - 1;
    return f->words ? ST_OK : ST_NOMEM;
}

static uint64_t hash_of(const uint8_t *id)
{
    return hash_bytes((Str){(const char *)id, TRACE_ID_BYTES});
}

static uint64_t bit_of(uint64_t hash)
{
    return UINT64_C(1) << hash % WORD_BITS;
}

static _Atomic uint64_t *filter_word(const Filter *f, uint64_t hash)
{
    return &f->words[hash / WORD_BITS & f->mask];
}

/* Was it set before? */
static bool filter_set(const Filter *f, uint64_t hash)
{
    return atomic_fetch_or_explicit(filter_word(f, hash), bit_of(hash), memory_order_relaxed) &
           bit_of(hash);
}

static bool filter_has(const Filter *f, uint64_t hash)
{
    return atomic_load_explicit(filter_word(f, hash), memory_order_relaxed) & bit_of(hash);
}

/* -------------------------------------------------------------------- runs */

typedef struct TraceRow {
    const char *id;
    uint32_t row;
} TraceRow;

static int by_trace(const void *a, const void *b)
{
    const TraceRow *x = a;
    const TraceRow *y = b;
    const int c = memcmp(x->id, y->id, TRACE_ID_BYTES);

    return c ? c : (x->row > y->row) - (x->row < y->row);
}

/* The memtable keeps spans as they came. */
static Status sort_rows(const BlockView *view, const Vector *ids, uint32_t **out)
{
    TraceRow *rows = arena_alloc(view->arena, (view->rows + 1) * sizeof *rows);
    uint32_t *order = mem_array(view->rows + 1, sizeof *order);

    if (!rows || !order) {
        mem_free(order);
        return ST_NOMEM;
    }
    for (size_t i = 0; i < view->rows; i++)
        rows[i] = (TraceRow){vector_str(ids, i).ptr, (uint32_t)i};
    qsort(rows, view->rows, sizeof *rows, by_trace);
    for (size_t i = 0; i < view->rows; i++)
        order[i] = rows[i].row;
    *out = order;
    return ST_OK;
}

static bool trace_counts(const Search *s, const char *id)
{
    const TraceState *state;

    if (s->everything)
        return true;
    state = trace_table_find(&s->matcher->table, (const uint8_t *)id);
    return state && matcher_accepts(s->matcher, state);
}

static bool same_id(const uint8_t *a, const char *b)
{
    uint64_t x[2];
    uint64_t y[2];

    memcpy(x, a, sizeof x);
    memcpy(y, b, sizeof y);
    return x[0] == y[0] && x[1] == y[1];
}

/* Rows are looked at in the order of their places. */
typedef struct Cutter {
    const Search *search;
    BlockRuns *runs;
    Found *found;
    uint8_t id[TRACE_ID_BYTES]; /* of the run that is open */
    bool counts;                /* it does */
} Cutter;

static void begin_run(Cutter *c, const char *id, size_t place)
{
    BlockRuns *b = c->runs;

    memcpy(c->id, id, TRACE_ID_BYTES);
    c->counts = trace_counts(c->search, id);
    if (!c->counts)
        return;
    memcpy(c->found->ids[b->len], id, TRACE_ID_BYTES);
    b->runs[b->len++].begin = (uint32_t)place;
}

static void end_run(Cutter *c, size_t place)
{
    if (c->counts)
        c->runs->runs[c->runs->len - 1].end = (uint32_t)place;
}

static void cut_at(Cutter *c, const char *id, size_t place)
{
    if (place && same_id(c->id, id))
        return;
    end_run(c, place);
    begin_run(c, id, place);
}

static Status cut_page(void *context, size_t first, const Vector *ids)
{
    Cutter *c = context;

    for (size_t i = 0; i < ids->len; i++)
        cut_at(c, vector_str(ids, i).ptr, first + i);
    return ST_OK;
}

/* The memtable's rows are not in order, and not worth a pass of their own. */
static Status cut_sorted(Cutter *c, const BlockView *view)
{
    Vector ids;
    Status st = view_read(view, STR("trace_id"), &ids);

    if (!st)
        st = sort_rows(view, &ids, &c->runs->order);
    for (size_t place = 0; place < view->rows && !st; place++)
        cut_at(c, vector_str(&ids, c->runs->order[place]).ptr, place);
    return st;
}

/* The bits are all over the filter: they are asked for some turns before. */
static Status set_bits(const Search *s, const BlockRuns *b, Found *f)
{
    for (size_t i = 0; i < b->len; i++) {
        Status st = ST_OK;

        if (i + PREFETCH_AHEAD < b->len)
            prefetch(
                (const void *)(uintptr_t)filter_word(&s->all, hash_of(f->ids[i + PREFETCH_AHEAD])));
        if (filter_set(&s->all, hash_of(f->ids[i])))
            st = VEC_PUSH(&f->seen, (uint32_t)i, UINT32_MAX);
        if (st)
            return st;
    }
    return ST_OK;
}

/* Give back what was not used; a smaller piece is as good. */
static void *shrink(void *items, size_t size)
{
    void *less = mem_realloc(items, size ? size : 1);

    return less ? less : items;
}

static Status find_runs(const Search *s, const BlockView *view, BlockRuns *b, Found *f)
{
    Cutter c = {.search = s, .runs = b, .found = f};
    Status st;

    b->runs = mem_array(view->rows, sizeof *b->runs);
    f->ids = mem_array(view->rows, sizeof *f->ids);
    if (!b->runs || !f->ids)
        return ST_NOMEM;
    if (snapshot_block(view->snap, view->block).cache_key == 0)
        st = cut_sorted(&c, view);
    else
        st = snapshot_scan_ids(view->snap, view->block, view->arena, cut_page, &c);
    if (st)
        return st;
    end_run(&c, view->rows);
    b->runs = shrink(b->runs, b->len * sizeof *b->runs);
    f->ids = shrink(f->ids, b->len * sizeof *f->ids);
    return set_bits(s, b, f);
}

static Status cut_block(void *context, size_t block)
{
    const Search *s = context;
    const Matcher *m = s->matcher;
    Arena arena;
    const BlockView view = {m->snap, block, snapshot_block(m->snap, block).rows, &arena};
    Status st;

    st = cancel_check(m->window->cancel);
    if (st)
        return st;
    if (!view.rows || !matcher_reaches(m, block))
        return ST_OK;
    arena_init(&arena, BLOCK_ARENA_LIMIT);
    st = find_runs(s, &view, &s->out->blocks[block], &s->found[block]);
    arena_deinit(&arena);
    return st;
}

/* ---------------------------------------------------------------- suspects */

static Status list_suspects(Search *s)
{
    size_t count = 0;
    Status st;

    for (size_t b = 0; b < s->out->len; b++)
        count += s->found[b].seen.len;
    st = filter_init(&s->few, count * FEW_BITS);
    for (size_t b = 0; b < s->out->len && !st; b++) {
        const Found *f = &s->found[b];

        for (size_t i = 0; i < f->seen.len && !st; i++) {
            const uint8_t *id = f->ids[f->seen.items[i]];
            TraceState *state;

            (void)filter_set(&s->few, hash_of(id));
            st = trace_table_add(&s->suspects, id, &state);
        }
    }
    return st;
}

static Status find_hits(void *context, size_t block)
{
    const Search *s = context;
    const BlockRuns *b = &s->out->blocks[block];
    Found *f = &s->found[block];

    for (size_t i = 0; i < b->len; i++) {
        const TraceState *state = NULL;
        Status st = ST_OK;

        if (filter_has(&s->few, hash_of(f->ids[i])))
            state = trace_table_find(&s->suspects, f->ids[i]);
        if (state)
            st = VEC_PUSH(&f->hits, ((Hit){(uint32_t)i, (uint32_t)(state - s->suspects.items)}),
                          UINT32_MAX);
        if (st)
            return st;
    }
    return ST_OK;
}

static Status set_apart(const Search *s, BlockRuns *b, const Found *f)
{
    if (!f->hits.len)
        return ST_OK;
    b->split = mem_array(f->hits.len, sizeof *b->split);
    if (!b->split)
        return ST_NOMEM;
    for (size_t i = 0; i < f->hits.len; i++) {
        const Hit h = f->hits.items[i];
        TraceRun *run = &b->runs[h.run];

        if (s->suspects.items[h.suspect].mask < 2)
            continue;
        b->split[b->split_len++] = (SplitRun){*run, h.suspect};
        run->end = run->begin;
    }
    return ST_OK;
}

static Status split(Search *s)
{
    Status st = list_suspects(s);

    if (st || !s->suspects.len)
        return st;
    st = engine_each(s->matcher->engine, s->out->len, find_hits, s);
    for (size_t b = 0; b < s->out->len; b++)
        for (size_t i = 0; i < s->found[b].hits.len; i++)
            s->suspects.items[s->found[b].hits.items[i].suspect].mask++;
    for (size_t b = 0; b < s->out->len && !st; b++)
        st = set_apart(s, &s->out->blocks[b], &s->found[b]);
    return st;
}

/* ------------------------------------------------------------------ making */

static Status make(Search *s)
{
    const size_t blocks = snapshot_block_count(s->matcher->snap);
    size_t rows = 0;
    Status st;

    s->out->blocks = mem_calloc(blocks + 1, sizeof *s->out->blocks);
    s->found = mem_calloc(blocks + 1, sizeof *s->found);
    if (!s->out->blocks || !s->found)
        return ST_NOMEM;
    s->out->len = blocks;
    for (size_t b = 0; b < blocks; b++)
        rows += matcher_reaches(s->matcher, b) ? snapshot_block(s->matcher->snap, b).rows : 0;
    st = filter_init(&s->all, ALL_BITS * rows);
    cancel_expect(s->matcher->window->cancel, blocks);
    if (!st)
        st = engine_each(s->matcher->engine, blocks, cut_block, s);
    return st ? st : split(s);
}

Status trace_runs_make(const Matcher *m, bool everything, TraceRuns *out)
{
    Search s = {.matcher = m, .everything = everything, .out = out};
    Status st;

    *out = (TraceRuns){0};
    st = make(&s);
    for (size_t b = 0; b < out->len; b++) {
        mem_free(s.found[b].ids);
        VEC_FREE(&s.found[b].seen);
        VEC_FREE(&s.found[b].hits);
    }
    mem_free(s.found);
    mem_free(s.all.words);
    mem_free(s.few.words);
    trace_table_deinit(&s.suspects);
    return st;
}

void trace_runs_free(TraceRuns *t)
{
    for (size_t b = 0; b < t->len; b++) {
        mem_free(t->blocks[b].runs);
        mem_free(t->blocks[b].split);
        mem_free(t->blocks[b].order);
    }
    mem_free(t->blocks);
    *t = (TraceRuns){0};
}
