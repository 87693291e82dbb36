/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation of atoms over blocks, and the folding of rows into traces. */
#include "query/match.h"

#include "os/thread.h"
#include "query/relation.h"
#include "query/score_rows.h"

#include <string.h>

static bool asks_for_scores(const Query *q)
{
    for (size_t i = 0; i < q->term_count; i++)
        if (q->terms[i].kind == TERM_SCORE)
            return true;
    return false;
}

void matcher_init(Matcher *m, const Snapshot *snap, const Query *q, const QueryWindow *w,
                  QueryEngine *engine, MatchMode mode)
{
    *m = (Matcher){.snap = snap, .query = q, .window = w, .engine = engine, .mode = mode};
    m->keep_all = mode != MATCH_SOME || program_eval_mask(&q->formula, 0);
    arena_init(&m->arena, BLOCK_ARENA_LIMIT);
    if (asks_for_scores(q))
        m->failed = doubles_of_scores(snap, engine, w->cancel, &m->arena, &m->scores);
    if (!m->failed)
        m->failed = relations_make(m);
}

void matcher_deinit(Matcher *m)
{
    trace_table_deinit(&m->table);
    relations_free(m->relations, m->query->relation_count);
    arena_deinit(&m->arena);
}

static int64_t saturating_add(int64_t a, int64_t b)
{
    if (b > 0 && a > INT64_MAX - b)
        return INT64_MAX;
    return b < 0 && a < INT64_MIN - b ? INT64_MIN : a + b;
}

bool matcher_reaches(const Matcher *m, size_t block)
{
    const BlockInfo info = snapshot_block(m->snap, block);

    return info.rows && info.max_time_ns >= saturating_add(m->window->from_ns, -MATCH_REACH_NS) &&
           info.min_time_ns <= saturating_add(m->window->to_ns, MATCH_REACH_NS);
}

bool matcher_in_window(const Matcher *m, const TraceState *t)
{
    return t->start_ns >= m->window->from_ns &&
           (t->start_ns < m->window->to_ns || m->window->to_ns == INT64_MAX);
}

bool matcher_accepts(const Matcher *m, const TraceState *t)
{
    return t->span_seen && matcher_in_window(m, t) &&
           program_eval_mask(&m->query->formula, t->mask);
}

/* ----------------------------------------------------------------- atoms */

static void combine(uint8_t *left, const uint8_t *right, size_t rows, OpCode code)
{
    if (code == OP_AND)
        for (size_t i = 0; i < rows; i++)
            left[i] &= right[i];
    else
        for (size_t i = 0; i < rows; i++)
            left[i] |= right[i];
}

/* What a term read of long texts goes at once: many such terms would hold the block's texts as
 * often. */
static Status search_texts(const BlockView *view, const Term *t, uint8_t *bits)
{
    Arena texts;
    BlockView own = *view;
    Status st;

    arena_init(&texts, BLOCK_ARENA_LIMIT);
    own.arena = &texts;
    st = term_eval(&own, t, bits);
    arena_deinit(&texts);
    return st;
}

static Status eval_term(const Matcher *m, const BlockView *view, const Term *t, uint8_t *bits)
{
    if (term_is_relation(t))
        return relation_mark(m->relations, view, t, bits);
    return term_is_free(t) || t->field.kind == FIELD_CONTAINS ? search_texts(view, t, bits)
                                                              : term_eval(view, t, bits);
}

static Status eval_program(const Matcher *m, const BlockView *view, const Program *atom,
                           uint8_t **out)
{
    uint8_t **stack = arena_calloc(view->arena, atom->len + 1, sizeof *stack);
    size_t top = 0;
    Status st = ST_OK;

    if (!stack)
        return ST_NOMEM;
    for (size_t i = 0; i < atom->len && !st; i++) {
        const Op op = atom->ops[i];

        if (op.code == OP_PUSH) {
            stack[top] = arena_calloc(view->arena, view->rows, 1);
            st = stack[top] ? eval_term(m, view, &m->query->terms[op.index], stack[top]) : ST_NOMEM;
            top++;
        } else if (op.code == OP_NOT) {
            for (size_t row = 0; row < view->rows; row++)
                stack[top - 1][row] ^= 1;
        } else {
            top--;
            combine(stack[top - 1], stack[top], view->rows, op.code);
        }
    }
    if (!st)
        *out = stack[0];
    return st;
}

Status matcher_eval(const Matcher *m, const BlockView *view, const Program *atom, uint8_t **out)
{
    const Status st = eval_program(m, view, atom, out);

    return st ? st : score_rows_clear(view, *out);
}

Status matcher_scores(const Matcher *m, const BlockView *view, size_t relation, uint8_t **out)
{
    uint8_t *scores = NULL;
    Status st = score_rows(view, &scores);

    if (!st && !scores) {
        *out = arena_calloc(view->arena, view->rows + 1, 1);
        return *out ? ST_OK : ST_NOMEM;
    }
    if (!st)
        st = eval_program(m, view, &m->query->relations[relation], out);
    if (st)
        return st;
    combine(*out, scores, view->rows, OP_AND);
    doubles_drop(&m->scores, view->block, *out);
    return ST_OK;
}

/* In a trace a score is found by its own row, without the span that it judges. */
static Status eval_atom(const Matcher *m, const BlockView *view, size_t atom, uint8_t **out)
{
    size_t relation;

    if (m->mode != MATCH_SPANS && atom_is_score(m->query, atom, &relation))
        return matcher_scores(m, view, relation, out);
    return matcher_eval(m, view, &m->query->atoms[atom], out);
}

Status matcher_masks(const Matcher *m, const BlockView *view, uint64_t **out, bool *any)
{
    uint64_t *masks = arena_calloc(view->arena, view->rows, sizeof *masks);

    *any = false;
    if (m->failed || !masks)
        return m->failed ? m->failed : ST_NOMEM;
    for (size_t i = 0; i < m->query->atom_count; i++) {
        uint8_t *bits = NULL;
        const Status st = eval_atom(m, view, i, &bits);

        if (st)
            return st;
        for (size_t row = 0; row < view->rows; row++)
            masks[row] |= (uint64_t)bits[row] << i;
        *any = *any || memchr(bits, 1, view->rows);
    }
    *out = masks;
    return ST_OK;
}

/* ------------------------------------------------------------ rows -> traces */

/* Of the rows that are folded. */
typedef struct TraceColumns {
    size_t *rows; /* which they are; NULL: all of the block */
    size_t count;
    Vector trace_id;
    Vector start;
    Vector parent_id; /* with_status */
    Vector status;
    uint8_t *scores; /* rows of the block that are scores; NULL: none */
    bool with_status;
} TraceColumns;

static Status read_folded(const BlockView *view, const TraceColumns *c, Str column, Vector *out)
{
    return c->rows
               ? snapshot_pick(view->snap, view->block, column, c->rows, c->count, view->arena, out)
               : view_read(view, column, out);
}

/* They are few, and memory that is touched the first time is dear: they are counted first. */
static Status list_marked(const BlockView *view, const uint64_t *masks, TraceColumns *c)
{
    size_t count = 0;
    size_t *rows;

    for (size_t row = 0; row < view->rows; row++)
        count += masks[row] != 0;
    rows = arena_alloc(view->arena, (count + 1) * sizeof *rows);
    if (!rows)
        return ST_NOMEM;
    c->rows = rows;
    c->count = count;
    for (size_t row = 0; row < view->rows; row++)
        if (masks[row])
            *rows++ = row;
    return ST_OK;
}

static Status read_columns(const Matcher *m, const BlockView *view, const uint64_t *masks,
                           TraceColumns *c)
{
    Status st = m->keep_all ? ST_OK : list_marked(view, masks, c);

    if (m->keep_all)
        c->count = view->rows;
    c->with_status = m->mode != MATCH_SOME;
    if (!st)
        st = read_folded(view, c, STR("trace_id"), &c->trace_id);
    if (!st)
        st = read_folded(view, c, STR("start"), &c->start);
    if (!st && c->with_status)
        st = read_folded(view, c, STR("parent_id"), &c->parent_id);
    if (!st && c->with_status)
        st = read_folded(view, c, STR("status"), &c->status);
    return st ? st : score_rows(view, &c->scores);
}

static uint8_t status_code(Str status)
{
    if (str_eq(status, STR("error")))
        return SPAN_ERROR;
    return str_eq(status, STR("ok")) ? SPAN_OK : SPAN_UNSET;
}

/* A score starts with its trace, as far as was known: until a span is seen, so does the trace. */
static void fold_score(TraceState *t, int64_t start, uint64_t mask)
{
    t->mask |= mask;
    if (!t->span_seen && start < t->start_ns)
        t->start_ns = start;
}

/* The root's status wins; without a root, that of the earliest span.  `i` counts the rows that
 * are folded. */
static void fold_status(TraceState *t, const TraceColumns *c, size_t i, size_t block, size_t row)
{
    const int64_t start = c->start.as.i[i];
    const bool root = vector_is_null(&c->parent_id, i);

    if ((root && !t->root_seen) || (root == t->root_seen && start < t->status_start_ns)) {
        t->status = status_code(vector_str(&c->status, i));
        t->status_start_ns = start;
        t->status_block = (uint32_t)block;
        t->status_row = (uint32_t)row;
    }
    t->root_seen = t->root_seen || root;
}

static void fold_row(TraceState *t, const TraceColumns *c, size_t i, const BlockView *view,
                     uint64_t mask)
{
    const size_t row = c->rows ? c->rows[i] : i;
    const int64_t start = c->start.as.i[i];

    if (c->scores && c->scores[row]) {
        fold_score(t, start, mask);
        return;
    }
    t->mask |= mask;
    if (!t->span_seen || start < t->start_ns)
        t->start_ns = start;
    t->span_seen = true;
    if (c->with_status)
        fold_status(t, c, i, view->block, row);
}

/* Neighbouring rows mostly belong to one trace: they share one look-up. */
static Status fold_rows(Matcher *m, const TraceColumns *c, const uint64_t *masks,
                        const BlockView *view)
{
    TraceState *state = NULL;

    for (size_t i = 0; i < c->count; i++) {
        const uint8_t *id = (const uint8_t *)vector_str(&c->trace_id, i).ptr;

        if (!state || memcmp(state->id, id, TRACE_ID_BYTES) != 0) {
            const Status st = trace_table_add(&m->table, id, &state);

            if (st)
                return st;
        }
        fold_row(state, c, i, view, masks[c->rows ? c->rows[i] : i]);
    }
    return ST_OK;
}

/* ---------------------------------------------------------------- looking */

/* What a look at a block found, until it is folded. */
typedef struct Look {
    Arena arena;
    BlockView view;
    TraceColumns columns;
    uint64_t *masks;
    bool any; /* something is to be folded */
    bool done;
} Look;

/* Looks go on side by side, and are folded in the order of the blocks, so that an answer
 * does not depend on how the work was divided. */
typedef struct Looks {
    Matcher *matcher;
    const size_t *blocks;
    size_t count;
    Look items[MATCH_BATCH];
    Mutex lock; /* for the table and what follows */
    size_t folded;
} Looks;

static Status look(const Matcher *m, Look *l)
{
    bool any = false;
    Status st = matcher_masks(m, &l->view, &l->masks, &any);

    l->any = any || m->keep_all;
    if (!st && l->any)
        st = read_columns(m, &l->view, l->masks, &l->columns);
    if (st || !l->any)
        arena_deinit(&l->arena);
    return st;
}

static Status fold(Matcher *m, Look *l)
{
    const Status st = l->any ? fold_rows(m, &l->columns, l->masks, &l->view) : ST_OK;

    arena_deinit(&l->arena);
    return st;
}

static Status fold_ready(Looks *all)
{
    Status st = ST_OK;

    while (all->folded < all->count && all->items[all->folded].done && !st)
        st = fold(all->matcher, &all->items[all->folded++]);
    return st;
}

static Status look_at(void *context, size_t index)
{
    Looks *all = context;
    const Matcher *m = all->matcher;
    const size_t block = all->blocks[index];
    Look *l = &all->items[index];
    Status st;

    st = cancel_check(m->window->cancel);
    if (st)
        return st;
    l->view = (BlockView){m->snap, block, snapshot_block(m->snap, block).rows, &l->arena};
    arena_init(&l->arena, BLOCK_ARENA_LIMIT);
    st = look(m, l);
    if (st)
        return st;
    mutex_lock(&all->lock);
    l->done = true;
    st = fold_ready(all);
    mutex_unlock(&all->lock);
    return st;
}

Status matcher_blocks(Matcher *m, const size_t *blocks, size_t count)
{
    Looks all = {.matcher = m, .blocks = blocks, .count = count};
    Status st;

    mutex_init(&all.lock);
    cancel_expect(m->window->cancel, count);
    st = engine_each(m->engine, count, look_at, &all);
    for (; all.folded < count; all.folded++) /* after an error */
        if (all.items[all.folded].done)
            arena_deinit(&all.items[all.folded].arena);
    mutex_deinit(&all.lock);
    return st;
}

Status matcher_all(Matcher *m)
{
    const size_t count = snapshot_block_count(m->snap);
    size_t blocks[MATCH_BATCH];
    size_t len = 0;

    for (size_t block = 0; block < count; block++) {
        if (matcher_reaches(m, block))
            blocks[len++] = block;
        if (len == MATCH_BATCH || (len && block + 1 == count)) {
            const Status st = matcher_blocks(m, blocks, len);

            if (st)
                return st;
            len = 0;
        }
    }
    return ST_OK;
}
