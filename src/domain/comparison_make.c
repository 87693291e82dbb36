/* SPDX-License-Identifier: Apache-2.0 */
/* A comparison out of pairs: each evaluation with the baseline, from memory where it was compared
 * before.  Corrections and verdicts are of the whole answer, so they are always made anew.
 *
 * Only what is asked for without strata, and of one target, is taken from pairs: then all of them
 * have the same cases.  A question about one case or few metrics is not worth a whole pair: where a
 * pair is missing it is computed by itself. */
#include "base/alloc.h"
#include "base/vec.h"
#include "domain/comparison.h"
#include "domain/internal.h"
#include "stats/significance.h"

#include <math.h>

enum { PREPARE_QUEUE = 64 };
static const size_t prepare_memory = (size_t)512 << 20;

/* ------------------------------------------------------------ verdicts */

static Verdict verdict_of(const ComparedLine *line, const ComparedValue *v, double alpha)
{
    const bool higher = line->direction == DIRECTION_HIGHER;

    if (isnan(v->corrected))
        return VERDICT_UNKNOWN;
    if (v->corrected > alpha || v->paired.delta == 0)
        return VERDICT_SAME;
    if (line->direction == DIRECTION_UNKNOWN)
        return VERDICT_UNKNOWN;
    return (v->paired.delta > 0) == higher ? VERDICT_IMPROVED : VERDICT_REGRESSED;
}

static Status correct(const ComparisonWish *wish, Comparison *c)
{
    const size_t total = c->len * c->count;
    double *p = mem_array(total + 1, sizeof *p);
    Status st = p ? ST_OK : ST_NOMEM;

    c->tests = 0;
    for (size_t i = 0; i < total && !st; i++) {
        p[i] = c->lines[i / c->count].values[i % c->count].paired.p;
        c->tests += isnan(p[i]) ? 0 : 1;
    }
    if (!st && wish->correction == CORRECTION_HOLM)
        st = correct_holm(p, total);
    else if (!st && wish->correction == CORRECTION_BH)
        st = correct_benjamini_hochberg(p, total);
    for (size_t i = 0; i < total && !st; i++) {
        ComparedLine *line = &c->lines[i / c->count];
        ComparedValue *v = &line->values[i % c->count];

        v->corrected = p[i];
        v->verdict = verdict_of(line, v, 1 - wish->plan.confidence);
    }
    mem_free(p);
    return st;
}

/* ------------------------------------------------------------ pairs */

static PairKey key_of(const EvaluationRow *a, const EvaluationRow *b, const ComparisonWish *wish)
{
    const bool turned = a->id > b->id;
    const EvaluationRow *first = turned ? b : a;
    const EvaluationRow *second = turned ? a : b;

    return (PairKey){.ids = {first->id, second->id},
                     .revisions = {first->revision, second->revision},
                     .given_configuration = wish->configuration != NULL,
                     .configuration = wish->configuration ? *wish->configuration : (Str){0},
                     .plan = wish->plan};
}

static PairedResult turn(PairedResult r)
{
    const PairedResult out = {.test = r.test,
                              .pairs = r.pairs,
                              .up = r.down,
                              .down = r.up,
                              .delta = -r.delta,
                              .low = -r.high,
                              .high = -r.low,
                              .p = r.p};

    return out;
}

static PairLine pair_line(const ComparedLine *line, size_t side, bool turned)
{
    const ComparedValue *first = &line->values[turned ? side : 0];
    const ComparedValue *second = &line->values[turned ? 0 : side];
    const PairedResult paired = line->values[side].paired;

    return (PairLine){.scope = line->scope,
                      .metric = line->metric,
                      .kind = line->kind,
                      .values = {first->value, second->value},
                      .rows = {first->n, second->n},
                      .paired = turned ? turn(paired) : paired};
}

/* What a comparison, whose baseline is its first, says of that and another side. */
static Status take_pair(const Comparison *c, size_t side, Arena *arena, PairLines *out)
{
    const bool turned = c->evaluations[0].row.id > c->evaluations[side].row.id;
    PairLines lines = {.configuration = c->configuration,
                       .items = arena_calloc(arena, c->len + 1, sizeof *lines.items)};

    if (!lines.items)
        return ST_NOMEM;
    for (size_t i = 0; i < c->len; i++) {
        const ComparedLine *line = &c->lines[i];

        if (!isnan(line->values[0].value) || !isnan(line->values[side].value))
            lines.items[lines.len++] = pair_line(line, side, turned);
    }
    *out = lines;
    return ST_OK;
}

/* Pairs of `first` with `others` (sides of `out`), all in one pass over the columns, and keep
 * them. */
static Status compute_pairs(Domain *d, const EvaluationRow *first,
                            const EvaluationRow *const *others, size_t count,
                            const ComparisonWish *how, Arena *arena, PairLines **out, FieldErr *err)
{
    int64_t ids[COMPARISON_MAX] = {first->id};
    const ComparisonWish wish = {
        .ids = ids, .count = count + 1, .configuration = how->configuration, .plan = how->plan};
    Comparison c;
    Status st;

    for (size_t i = 0; i < count; i++)
        ids[i + 1] = others[i]->id;
    st = comparison_compute(d, first->project_id, &wish, arena, &c, err);
    for (size_t i = 0; i < count && !st; i++) {
        const PairKey key = key_of(first, others[i], how);

        st = take_pair(&c, i + 1, arena, out[i]);
        if (!st)
            pair_cache_put(&d->pairs, &key, out[i]);
    }
    return st;
}

/* ------------------------------------------------------------ assembling */

typedef struct Assembly {
    const ComparisonWish *wish;
    Arena *arena;
    const Evaluation *evaluations;
    PairLines pairs[COMPARISON_MAX]; /* of each with the baseline; the baseline's own is empty */
    size_t at[COMPARISON_MAX];       /* the next line of each pair */
    VEC_OF(ComparedLine) lines;
} Assembly;

static bool is_turned(const Assembly *a, size_t side)
{
    return a->evaluations[a->wish->baseline].row.id > a->evaluations[side].row.id;
}

/* The line of the metric among those of the case at hand, made when there is none. */
static Status line_for(Assembly *a, size_t from, const PairLine *p, ComparedLine **out)
{
    ComparedLine line = {.scope = p->scope, .metric = p->metric, .kind = p->kind};
    Status st;

    for (size_t i = from; i < a->lines.len; i++) {
        if (str_eq(a->lines.items[i].metric, p->metric)) {
            *out = &a->lines.items[i];
            (*out)->kind = (*out)->kind == p->kind ? p->kind : METRIC_NUMBER;
            return ST_OK;
        }
    }
    line.direction = direction_of(p->metric, &a->wish->told);
    line.values = arena_calloc(a->arena, a->wish->count, sizeof *line.values);
    if (!line.values)
        return ST_NOMEM;
    for (size_t i = 0; i < a->wish->count; i++)
        line.values[i] = compared_nothing();
    st = VEC_PUSH(&a->lines, line, COMPARISON_MAX_LINES);
    if (!st)
        *out = &a->lines.items[a->lines.len - 1];
    return st;
}

static Status add_line(Assembly *a, size_t from, size_t side, const PairLine *p)
{
    const size_t ours = is_turned(a, side) ? 0 : 1;
    const PairedResult paired = ours ? p->paired : turn(p->paired);
    ComparedLine *line = NULL;
    ComparedValue *v;
    Status st;

    if (a->wish->metrics.len && !names_hold(a->wish->metrics, p->metric))
        return ST_OK;
    st = line_for(a, from, p, &line);
    if (st)
        return st;
    v = &line->values[side];
    v->value = p->values[ours];
    v->n = p->rows[ours];
    v->paired = paired;
    line->values[a->wish->baseline].value = p->values[1 - ours];
    line->values[a->wish->baseline].n = p->rows[1 - ours];
    return ST_OK;
}

/* Lines of all pairs for one case; in a pair they stand together, in the order of the cases. */
static Status add_case(Assembly *a, Str scope)
{
    const bool wanted = !a->wish->scope.len || str_eq(a->wish->scope, scope);
    const size_t from = a->lines.len;
    Status st = ST_OK;

    for (size_t i = 0; i < a->wish->count && !st; i++) {
        const PairLines *pair = &a->pairs[i];

        for (; a->at[i] < pair->len && str_eq(pair->items[a->at[i]].scope, scope) && !st;
             a->at[i]++)
            if (wanted)
                st = add_line(a, from, i, &pair->items[a->at[i]]);
    }
    return st;
}

static Status add_cases(Assembly *a, const Target *t)
{
    Status st = ST_OK;

    if (!target_case(t, STR(TARGET_ALL)))
        st = add_case(a, STR(TARGET_ALL));
    for (size_t i = 0; i < t->cases.len && !st; i++)
        st = add_case(a, t->cases.items[i].name);
    return st;
}

/* ------------------------------------------------------------ the answer */

/* All evaluations, or ST_INVALID. */
static Status read_evaluations(Domain *d, int64_t project_id, const ComparisonWish *wish,
                               Arena *arena, Evaluation **out, FieldErr *err)
{
    Status st = ST_OK;

    *out = arena_calloc(arena, wish->count, sizeof **out);
    if (!*out)
        return ST_NOMEM;
    for (size_t i = 0; i < wish->count && !st; i++) {
        st = evaluation_get(d, project_id, wish->ids[i], arena, &(*out)[i]);
        if (st == ST_NOTFOUND)
            st = field_err_set(err, ST_INVALID, "evaluations", "evaluations: there is no %lld",
                               (long long)wish->ids[i]);
    }
    return st;
}

static bool one_target(const Evaluation *e, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (e[i].row.target.space != e[0].row.target.space ||
            e[i].row.target.suite != e[0].row.target.suite ||
            e[i].row.target.version != e[0].row.target.version ||
            !str_eq(e[i].row.split, e[0].row.split))
            return false;
    return true;
}

/* *whole is false when a pair is missing that is not worth computing. */
static Status gather_pairs(Domain *d, Assembly *a, bool *whole, FieldErr *err)
{
    const ComparisonWish *wish = a->wish;
    const EvaluationRow *first = &a->evaluations[wish->baseline].row;
    const EvaluationRow *missing[COMPARISON_MAX];
    PairLines *places[COMPARISON_MAX];
    size_t count = 0;

    for (size_t i = 0; i < wish->count; i++) {
        const PairKey key = key_of(first, &a->evaluations[i].row, wish);

        if (i == wish->baseline || pair_cache_get(&d->pairs, &key, a->arena, &a->pairs[i]))
            continue;
        missing[count] = &a->evaluations[i].row;
        places[count++] = &a->pairs[i];
    }
    *whole = !count || (!wish->scope.len && !wish->metrics.len);
    return count && *whole ? compute_pairs(d, first, missing, count, wish, a->arena, places, err)
                           : ST_OK;
}

static Status assemble(Domain *d, Assembly *a, Comparison *out)
{
    const EvaluationRow *row = &a->evaluations[a->wish->baseline].row;
    const size_t other = a->wish->baseline ? 0 : 1;
    const Target *t;
    Status st = evaluation_target(d, row, &t);

    if (st)
        return st;
    st = add_cases(a, t);
    target_put(d, t);
    out->lines = arena_calloc(a->arena, a->lines.len + 1, sizeof *out->lines);
    if (!st && !out->lines)
        st = ST_NOMEM;
    for (size_t i = 0; i < a->lines.len && !st; i++)
        out->lines[i] = a->lines.items[i];
    out->len = a->lines.len;
    out->count = a->wish->count;
    out->configuration = a->pairs[other].configuration;
    return st;
}

static Status from_pairs(Domain *d, int64_t project_id, const ComparisonWish *wish, Arena *arena,
                         Comparison *out, bool *done, FieldErr *err)
{
    Assembly a = {.wish = wish, .arena = arena};
    Evaluation *evaluations;
    Status st = read_evaluations(d, project_id, wish, arena, &evaluations, err);

    *done = false;
    if (st || !one_target(evaluations, wish->count))
        return st;
    a.evaluations = evaluations;
    st = gather_pairs(d, &a, done, err);
    if (!st && *done)
        st = assemble(d, &a, out);
    out->evaluations = evaluations;
    VEC_FREE(&a.lines);
    return st;
}

static bool known_case(Domain *d, const EvaluationRow *row, Str scope)
{
    const Target *t;
    bool known;

    if (!scope.len || str_eq(scope, STR(TARGET_ALL)))
        return true;
    if (evaluation_target(d, row, &t) != ST_OK)
        return true;
    known = target_case(t, scope) != NULL;
    target_put(d, t);
    return known;
}

Status comparison_make(Domain *d, int64_t project_id, const ComparisonWish *wish, Arena *arena,
                       Comparison *out, FieldErr *err)
{
    Comparison c = {0};
    bool done = false;
    Status st = ST_OK;

    if (wish->count > 1 && !wish->stratify.len)
        st = from_pairs(d, project_id, wish, arena, &c, &done, err);
    if (!st && done && !known_case(d, &c.evaluations[wish->baseline].row, wish->scope))
        return field_err_set(err, ST_INVALID, "case", "case: there is no \"%.*s\"",
                             STR_ARG(utf8_clip(wish->scope, 100)));
    if (!st && !done)
        st = comparison_compute(d, project_id, wish, arena, &c, err);
    if (!st)
        st = correct(wish, &c);
    if (!st)
        *out = c;
    return st;
}

/* ------------------------------------------------------------ in the background */

typedef struct Preparation {
    Domain *d;
    int64_t project_id;
    int64_t id;
} Preparation;

/* With the others that are newest; what fails will be told to whoever asks for it. */
static void prepare_pairs(const Preparation *p, const EvaluationRow *row, Arena *arena)
{
    const ComparisonWish how = {.plan = {.test = PAIRED_AUTO, .confidence = 0.95}};
    const EvaluationFilter filter = {.workflow = row->workflow,
                                     .suite = row->target.suite ? row->target_name : (Str){0},
                                     .dataset = row->target.suite ? (Str){0} : row->target_name,
                                     .version = row->target.version,
                                     .status = STR("complete")};
    const EvaluationRow *missing[COMPARISON_MAX];
    PairLines lines[COMPARISON_MAX];
    PairLines *places[COMPARISON_MAX];
    EvaluationList others = {0};
    size_t count = 0;
    Status st = evaluation_list(p->d, p->project_id, &filter, COMPARISON_MAX, arena, &others);

    for (size_t i = 0; i < others.len && !st && count < COMPARISON_MAX - 1; i++) {
        const EvaluationRow *other = &others.items[i];
        const PairKey key = key_of(row, other, &how);

        if (other->id == row->id || !str_eq(other->split, row->split) ||
            pair_cache_get(&p->d->pairs, &key, arena, &lines[count]))
            continue;
        missing[count] = other;
        places[count] = &lines[count];
        count++;
    }
    if (count)
        (void)!compute_pairs(p->d, row, missing, count, &how, arena, places, NULL);
}

static void prepare(void *preparation)
{
    Preparation *p = preparation;
    Evaluation e;
    Arena arena;

    arena_init(&arena, prepare_memory);
    if (!atomic_load(&p->d->stopping) &&
        evaluation_get(p->d, p->project_id, p->id, &arena, &e) == ST_OK)
        prepare_pairs(p, &e.row, &arena);
    arena_deinit(&arena);
    mem_free(p);
}

/* The thread is made for the first evaluation: most processes complete none. */
static Pool *preparing_pool(Domain *d)
{
    const PoolOptions options = {.name = "compare", .threads = 1, .queue_limit = PREPARE_QUEUE};

    mutex_lock(&d->lock);
    if (!d->preparing && pool_new(&options, &d->preparing) != ST_OK)
        d->preparing = NULL;
    mutex_unlock(&d->lock);
    return d->preparing;
}

void comparison_prepare(Domain *d, const EvaluationRow *row)
{
    Pool *pool = preparing_pool(d);
    Preparation *p = pool ? mem_calloc(1, sizeof *p) : NULL;

    if (!p)
        return;
    *p = (Preparation){d, row->project_id, row->id};
    if (pool_submit(pool, prepare, p) != ST_OK)
        mem_free(p);
}
