/* SPDX-License-Identifier: Apache-2.0 */
/* query_traces: one page of the list, newest first.
 *
 * Blocks come newest first.  After each, `unseen` is the latest start that a
 * span in a later block can have: traces that start behind it have been seen
 * whole.  As soon as the page is full of such traces, no further block is read,
 * so that the first page costs one or two blocks however much is stored.
 *
 *   look at a block -> candidates: accepted, newest, more than the page needs
 *                   -> verify: gather their rows; a late span may move the start
 *                   -> enough of them start behind `unseen`? done, else next block */
#include "query/summary.h"
#include "query/traces_by.h"

#include <stdlib.h>
#include <string.h>

/* Position in the list: the traces behind it are older, or as old with a lower id. */
typedef struct Position {
    int64_t start_ns;
    uint8_t id[TRACE_ID_BYTES];
} Position;

typedef struct Listing {
    Matcher matcher;
    Position behind;
    size_t want;           /* limit + 1: one more tells whether there is a next page */
    VEC_OF(uint32_t) best; /* indexes into the table, newest first, at most `want` */
    size_t looked;         /* rows of the blocks that were looked at */
    RowRefs rows;          /* of all verified traces; `trace` is an index into the table */
    bool moved;            /* one of them starts before what was looked at for its round */
} Listing;

/* ---------------------------------------------------------------- cursor */

static Status encode_cursor(const TraceState *t, Arena *arena, Str *out)
{
    char hex[2 * TRACE_ID_BYTES];

    hex_encode(t->id, TRACE_ID_BYTES, hex);
    return arena_printf(arena, out, "%lld.%.*s", (long long)t->start_ns, (int)sizeof hex, hex);
}

static Status decode_cursor(Str cursor, Position *out)
{
    Str time;
    Str id;
    Position p;

    if (cursor.len == 0) {
        *out = (Position){.start_ns = INT64_MAX};
        memset(out->id, 0xFF, sizeof out->id);
        return ST_OK;
    }
    (void)str_cut(cursor, '.', &time, &id);
    if (str_to_i64(time, &p.start_ns) || hex_decode(id, p.id, TRACE_ID_BYTES))
        return ST_INVALID;
    *out = p;
    return ST_OK;
}

Status traces_cursor_place(Str cursor, Place *out)
{
    Position p;
    const Status st = decode_cursor(cursor, &p);

    if (st)
        return st;
    *out = (Place){.start_ns = p.start_ns};
    memcpy(out->ids, p.id, TRACE_ID_BYTES);
    return ST_OK;
}

/* ------------------------------------------------------------- candidates */

/* <0: (start, id) of the first is older. */
static int compare_age(int64_t a_start, const uint8_t *a_id, int64_t b_start, const uint8_t *b_id)
{
    if (a_start != b_start)
        return a_start < b_start ? -1 : 1;
    return memcmp(a_id, b_id, TRACE_ID_BYTES);
}

static bool is_in_bounds(const Listing *l, const TraceState *t)
{
    return matcher_in_window(&l->matcher, t) &&
           compare_age(t->start_ns, t->id, l->behind.start_ns, l->behind.id) < 0;
}

/* A start that is not verified may turn out earlier, never later: it excludes
 * at the old end only. */
static bool is_candidate(const Listing *l, const TraceState *t, int64_t unseen)
{
    if (t->start_ns <= unseen || t->start_ns < l->matcher.window->from_ns)
        return false;
    return (!t->verified || (t->span_seen && is_in_bounds(l, t))) &&
           program_eval_mask(&l->matcher.query->formula, t->mask);
}

/* Insert into the short sorted list; `want` is small against the table. */
static Status keep_best(Listing *l, uint32_t index)
{
    const TraceState *items = l->matcher.table.items;
    size_t at = l->best.len;

    if (at == l->want &&
        compare_age(items[index].start_ns, items[index].id, items[l->best.items[at - 1]].start_ns,
                    items[l->best.items[at - 1]].id) < 0)
        return ST_OK;
    if (at == l->want) {
        at--;
    } else {
        const Status st = VEC_PUSH(&l->best, index, QUERY_MAX_LIMIT + 1);

        if (st)
            return st;
    }
    for (; at > 0; at--) {
        const TraceState *before = &items[l->best.items[at - 1]];

        if (compare_age(before->start_ns, before->id, items[index].start_ns, items[index].id) > 0)
            break;
        l->best.items[at] = l->best.items[at - 1];
    }
    l->best.items[at] = index;
    return ST_OK;
}

static Status find_best(Listing *l, int64_t unseen)
{
    const TraceTable *table = &l->matcher.table;

    l->best.len = 0;
    for (size_t i = 0; i < table->len; i++) {
        if (is_candidate(l, &table->items[i], unseen)) {
            const Status st = keep_best(l, (uint32_t)i);

            if (st)
                return st;
        }
    }
    return ST_OK;
}

/* Candidates whose start must be made sure of: those of the page, and all that
 * would be too new for it if their start were true. */
static Status list_unverified(const Listing *l, int64_t unseen, IdList *out)
{
    const TraceTable *table = &l->matcher.table;

    for (size_t i = 0; i < l->best.len; i++) {
        const TraceState *t = &table->items[l->best.items[i]];
        const Status st = t->verified || !is_in_bounds(l, t) ? ST_OK : id_list_add(out, t->id);

        if (st)
            return st;
    }
    for (size_t i = 0; i < table->len; i++) {
        const TraceState *t = &table->items[i];

        if (!t->verified && !is_in_bounds(l, t) && is_candidate(l, t, unseen)) {
            const Status st = id_list_add(out, t->id);

            if (st)
                return st;
        }
    }
    return ST_OK;
}

/* Widen [*first, *last] to the trace's start. */
static void note_start(const TraceState *t, int64_t *first, int64_t *last)
{
    *first = t->start_ns < *first ? t->start_ns : *first;
    *last = t->start_ns > *last ? t->start_ns : *last;
}

/* What a round of gathering found for traces that start from `first` on: `refs` and `starts` are by
 * the ids. */
static Status keep_found(Listing *l, const IdList *ids, int64_t first, const RowRefs *refs,
                         const int64_t *starts)
{
    const TraceTable *table = &l->matcher.table;
    Status st = ST_OK;

    for (size_t i = 0; i < ids->len; i++) {
        TraceState *t = trace_table_find(table, ids->items[i].bytes);

        l->moved = l->moved || starts[i] < first;
        t->start_ns = starts[i];
        t->span_seen = t->span_seen || starts[i] != INT64_MAX;
        t->verified = true;
    }
    for (size_t i = 0; i < refs->len && !st; i++) {
        RowRef ref = refs->items[i];

        ref.trace = (uint32_t)(trace_table_find(table, ids->items[ref.trace].bytes) - table->items);
        st = VEC_PUSH(&l->rows, ref, GATHER_MAX_ROWS);
    }
    return st;
}

/* A trace mostly starts a little before the spans by which it was found. */
static Status verify_ids(Listing *l, const IdList *ids)
{
    int64_t *starts = mem_array(ids->len, sizeof *starts);
    int64_t first = INT64_MAX;
    int64_t last = INT64_MIN;
    RowRefs refs = {0};
    Status st = starts ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < ids->len; i++)
        note_start(trace_table_find(&l->matcher.table, ids->items[i].bytes), &first, &last);
    first = first < INT64_MIN + MATCH_REACH_NS ? INT64_MIN : first - MATCH_REACH_NS;
    if (!st)
        st = gather_rows_near(l->matcher.snap, ids, first, last, l->matcher.engine,
                              l->matcher.window->cancel, &refs, starts);
    if (!st)
        st = keep_found(l, ids, first, &refs, starts);
    VEC_FREE(&refs);
    mem_free(starts);
    return st;
}

/* One round: choose, then make sure; *settled when nothing was left to make sure of. */
static Status settle_once(Listing *l, int64_t unseen, bool *settled)
{
    IdList ids = {0};
    Status st = find_best(l, unseen);

    if (!st)
        st = list_unverified(l, unseen, &ids);
    *settled = ids.len == 0;
    if (!st && ids.len)
        st = verify_ids(l, &ids);
    VEC_FREE(&ids);
    return st;
}

/* Fill `best` with verified traces only. */
static Status settle(Listing *l, int64_t unseen)
{
    bool settled = false;
    Status st = ST_OK;

    while (!settled && !st)
        st = settle_once(l, unseen, &settled);
    return st;
}

/* ----------------------------------------------------------------- search */

/* The latest start of a span in the blocks from `next` on. */
static int64_t unseen_before(const Listing *l, size_t next)
{
    return next < snapshot_block_count(l->matcher.snap)
               ? snapshot_block(l->matcher.snap, next).max_time_ns
               : INT64_MIN;
}

enum { FIRST_ROWS = 1 << 14 };

/* Look at the next blocks from *next on: at most `most`, and no more once they have `rows`. */
static Status look_on(Listing *l, size_t most, size_t rows, size_t *next)
{
    const size_t count = snapshot_block_count(l->matcher.snap);
    size_t blocks[MATCH_BATCH];
    size_t len = 0;
    size_t sum = 0;

    for (; *next < count && len < most && sum < rows; (*next)++) {
        if (!matcher_reaches(&l->matcher, *next))
            continue;
        blocks[len++] = *next;
        sum += snapshot_block(l->matcher.snap, *next).rows;
    }
    l->looked += sum;
    return matcher_blocks(&l->matcher, blocks, len);
}

/* In how many more rows the missing traces are to be expected, by those that were looked at. */
static size_t rows_to_go(const Listing *l)
{
    const size_t found = l->matcher.table.len;

    if (found == 0 || found >= l->want || l->looked > SIZE_MAX / QUERY_MAX_LIMIT / 2)
        return SIZE_MAX;
    return l->looked * (l->want - found) / found + 1;
}

/* Few blocks at first, which mostly suffice: one, or two, side by side, where the newest has just
 * been begun; more at once the longer it takes. */
static Status search(Listing *l)
{
    const size_t count = snapshot_block_count(l->matcher.snap);
    size_t next = 0;
    Status st = ST_OK;

    for (size_t most = 2; next < count && !st; most = most < MATCH_BATCH ? 2 * most : most) {
        int64_t unseen;

        st = look_on(l, most, l->looked ? rows_to_go(l) : FIRST_ROWS, &next);
        if (st || l->matcher.table.len < l->want)
            continue;
        unseen = unseen_before(l, next);
        st = find_best(l, unseen);
        if (st || l->best.len < l->want)
            continue;
        st = settle(l, unseen);
        if (l->best.len == l->want)
            return st;
    }
    return st ? st : settle(l, INT64_MIN);
}

/* ------------------------------------------------------------------ pages */

static int by_place(const void *a, const void *b)
{
    const RowRef *x = a;
    const RowRef *y = b;

    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The rows of the page's traces among those that verifying found.  No trace was verified twice, so
 * no row is there twice. */
static Status choose_rows(const Listing *l, size_t len, Arena *arena, RowRefs *out)
{
    uint32_t *line = arena_calloc(arena, l->matcher.table.len + 1, sizeof *line);
    Status st = line ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < len && !st; i++)
        line[l->best.items[i]] = (uint32_t)i + 1;
    for (size_t i = 0; i < l->rows.len && !st; i++) {
        RowRef ref = l->rows.items[i];

        if (line[ref.trace] == 0)
            continue;
        ref.trace = line[ref.trace] - 1;
        st = VEC_PUSH(out, ref, GATHER_MAX_ROWS);
    }
    if (!st && out->len)
        qsort(out->items, out->len, sizeof *out->items, by_place);
    return st;
}

/* Where a trace turned out to start much earlier, there may be spans before what was looked at. */
static Status find_rows(const Listing *l, const IdList *ids, Arena *arena, RowRefs *out)
{
    int64_t first = INT64_MAX;
    int64_t last = INT64_MIN;

    if (!l->moved)
        return choose_rows(l, ids->len, arena, out);
    for (size_t i = 0; i < ids->len; i++)
        note_start(&l->matcher.table.items[l->best.items[i]], &first, &last);
    return gather_rows_near(l->matcher.snap, ids, first, last, l->matcher.engine,
                            l->matcher.window->cancel, out, NULL);
}

static Status make_page(const Listing *l, Arena *arena, TracePage *out)
{
    const TraceState *items = l->matcher.table.items;
    const size_t len = l->best.len < l->want ? l->best.len : l->want - 1;
    TracePage page = {.items = arena_calloc(arena, len + 1, sizeof *page.items), .len = len};
    IdList ids = {0};
    RowRefs refs = {0};
    Status st = page.items ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < len && !st; i++)
        st = id_list_add(&ids, items[l->best.items[i]].id);
    if (!st && len)
        st = find_rows(l, &ids, arena, &refs);
    if (!st)
        st = summarise(l->matcher.snap, &ids, &refs, LINE_WHOLE, l->matcher.engine, arena,
                       page.items);
    if (!st && l->best.len == l->want)
        st = encode_cursor(&items[l->best.items[len - 1]], arena, &page.next_cursor);
    VEC_FREE(&refs);
    VEC_FREE(&ids);
    if (!st)
        *out = page;
    return st;
}

Status query_traces(const Snapshot *snap, const Query *q, const QueryWindow *w, size_t limit,
                    Str cursor, QueryEngine *engine, Arena *arena, TracePage *out)
{
    QueryWindow window = *w;
    Listing l = {.want = (limit < QUERY_MAX_LIMIT ? limit : QUERY_MAX_LIMIT) + 1};
    Status st = decode_cursor(cursor, &l.behind);

    if (st || limit == 0)
        return st ? st : ST_INVALID;
    if (l.behind.start_ns < window.to_ns)
        window.to_ns = l.behind.start_ns + 1;
    matcher_init(&l.matcher, snap, q, &window, engine, MATCH_SOME);
    st = search(&l);
    if (!st)
        st = make_page(&l, arena, out);
    matcher_deinit(&l.matcher);
    VEC_FREE(&l.rows);
    VEC_FREE(&l.best);
    return st;
}
