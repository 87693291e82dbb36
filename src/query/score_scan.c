/* SPDX-License-Identifier: Apache-2.0 */
/* rows of scores, not replaced -> have a field -> in the window, or of a trace that matches
 * -> the formula over one byte a row and atom */
#include "query/score_scan.h"

#include "query/key_codes.h"
#include "query/relation.h"
#include "query/row_filter.h"
#include "query/score_rows.h"

#include <string.h>

/* ------------------------------------------------------------------ the plan */

bool plan_of_scores(const AggregatePlan *p)
{
    for (size_t i = 0; i < p->field_count; i++)
        if (p->fields[i].field.score)
            return true;
    for (size_t i = 0; i < p->key_count; i++)
        if (p->keys[i].score)
            return true;
    return false;
}

/* Does a score's row have the field of what it judges? */
static bool is_copied(const Field *f)
{
    static const char *const columns[] = {"model", "model_version", "session", "user", "trace_id"};

    if (f->kind == FIELD_ATTRIBUTE)
        return str_starts(f->name, STR("tag."));
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (str_eq(f->column, str_from(columns[i])))
            return true;
    return false;
}

static Status check_field(const Field *f, Err *err)
{
    if (f->score || is_copied(f))
        return ST_OK;
    return err_set(err, ST_INVALID, 0,
                   "scores have no '%.*s' (they have judge, model, version, session, user, trace "
                   "and tags): ask for it apart from them",
                   STR_ARG(f->name));
}

Status plan_check_scores(const AggregatePlan *p, Err *err)
{
    Status st = ST_OK;

    if (!plan_of_scores(p))
        return ST_OK;
    for (size_t i = 0; i < p->field_count && !st; i++)
        st = check_field(&p->fields[i].field, err);
    for (size_t i = 0; i < p->key_count && !st; i++)
        st = check_field(&p->keys[i], err);
    return st;
}

/* ------------------------------------------------------------------- atoms */

/* An atom of one term; NULL for a group. */
static const Term *only_term(const Query *q, size_t atom)
{
    const Program *p = &q->atoms[atom];

    return p->len == 1 ? &q->terms[p->ops[0].index] : NULL;
}

/* The term to ask of a score's own row; NULL: the spans are asked. */
static const Term *own_term(const Query *q, size_t atom)
{
    const Term *t = only_term(q, atom);

    if (!t || t->kind == TERM_CHILD || t->kind == TERM_PARENT || term_is_free(t))
        return NULL;
    if (t->kind != TERM_SCORE)
        return is_copied(&t->field) ? t : NULL;
    t = &q->terms[q->relations[t->relation].ops[0].index];
    return t->field.score == SCORE_OF_JUDGE ? t : NULL;
}

/* The spans that have a score that satisfies the atom. */
static const RelationSet *judged_set(const ScoreScan *s, size_t atom)
{
    const Term *t = only_term(s->matcher->query, atom);

    if (t && t->kind == TERM_SCORE)
        return relation_set(s->matcher->relations, t->relation);
    return relation_set(s->sets, atom);
}

Status score_scan_init(ScoreScan *s, const Matcher *m, const AggregatePlan *plan,
                       const Doubles *doubles)
{
    const Query *q = m->query;
    Status st = ST_OK;

    *s = (ScoreScan){.matcher = m, .plan = plan, .doubles = doubles};
    if (m->failed || plan->of_traces || !q->atom_count)
        return m->failed;
    s->sets = relation_sets_new(q->atom_count);
    if (!s->sets)
        return ST_NOMEM;
    for (size_t i = 0; i < q->atom_count && !st; i++) {
        const Term *t = only_term(q, i);

        if (!own_term(q, i) && !(t && t->kind == TERM_SCORE))
            st = relation_of_atom(m, &q->atoms[i], relation_set(s->sets, i));
    }
    return st;
}

void score_scan_deinit(ScoreScan *s)
{
    if (s->matcher)
        relations_free(s->sets, s->matcher->query->atom_count);
    s->sets = NULL;
}

/* -------------------------------------------------------------------- rows */

static Status mark_present(const BlockView *view, const Field *f, uint8_t *present)
{
    KeyCodes codes = {0};
    const Status st = key_codes_read(view, f, NULL, &codes);

    for (size_t row = 0; row < view->rows && !st; row++)
        present[row] |= codes.values[codes.codes[row]].kind != VALUE_NONE;
    return st;
}

/* Rows that have a field that is measured; where none of scores is, one to group by. */
static Status keep_present(const ScoreScan *s, const BlockView *view, uint8_t *keep)
{
    const AggregatePlan *p = s->plan;
    uint8_t *present = arena_calloc(view->arena, view->rows + 1, 1);
    bool measured = false;
    Status st = present ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < p->field_count && !st; i++) {
        if (!p->fields[i].field.score)
            continue;
        measured = true;
        st = mark_present(view, &p->fields[i].field, present);
    }
    for (size_t i = 0; i < p->key_count && !measured && !st; i++)
        if (p->keys[i].score)
            st = mark_present(view, &p->keys[i], present);
    for (size_t row = 0; row < view->rows && !st; row++)
        keep[row] &= present[row];
    return st;
}

static Status keep_window(const QueryWindow *w, const BlockView *view, uint8_t *keep)
{
    Vector start;
    const Status st = view_read(view, STR("start"), &start);

    for (size_t row = 0; row < view->rows && !st; row++)
        keep[row] &=
            start.as.i[row] >= w->from_ns && (start.as.i[row] < w->to_ns || w->to_ns == INT64_MAX);
    return st;
}

static Status keep_traces(const Matcher *m, const BlockView *view, uint8_t *keep)
{
    Vector ids;
    const Status st = view_read(view, STR("trace_id"), &ids);

    for (size_t row = 0; row < view->rows && !st; row++) {
        const TraceState *t =
            keep[row] ? trace_table_find(&m->table, (const uint8_t *)vector_str(&ids, row).ptr)
                      : NULL;

        keep[row] = t && matcher_accepts(m, t);
    }
    return st;
}

static Status eval_atom(const ScoreScan *s, const BlockView *view, size_t atom, uint8_t *bits)
{
    const Term *own = own_term(s->matcher->query, atom);

    return own ? term_eval(view, own, bits) : relation_mark_judged(judged_set(s, atom), view, bits);
}

static Status keep_matching(const ScoreScan *s, const BlockView *view, uint8_t *keep)
{
    const Query *q = s->matcher->query;
    uint64_t *masks = arena_calloc(view->arena, view->rows + 1, sizeof *masks);
    uint8_t *bits = arena_alloc(view->arena, view->rows + 1);

    if (!masks || !bits)
        return ST_NOMEM;
    for (size_t i = 0; i < q->atom_count; i++) {
        Status st;

        memset(bits, 0, view->rows);
        st = eval_atom(s, view, i, bits);
        if (st)
            return st;
        for (size_t row = 0; row < view->rows; row++)
            masks[row] |= (uint64_t)bits[row] << i;
    }
    for (size_t row = 0; row < view->rows; row++)
        keep[row] = keep[row] && program_eval_mask(&q->formula, masks[row]);
    return ST_OK;
}

Status score_scan_choose(const void *context, const BlockView *view, uint8_t *keep)
{
    const ScoreScan *s = context;
    uint8_t *scores = NULL;
    Status st = score_rows(view, &scores);

    memset(keep, 0, view->rows);
    if (st || !scores)
        return st;
    memcpy(keep, scores, view->rows);
    doubles_drop(s->doubles, view->block, keep);
    st = keep_present(s, view, keep);
    if (!st && s->plan->of_traces)
        return keep_traces(s->matcher, view, keep);
    if (!st && !block_inside(s->matcher, view->block))
        st = keep_window(s->matcher->window, view, keep);
    if (!st && s->matcher->query->atom_count)
        st = keep_matching(s, view, keep);
    return st;
}
