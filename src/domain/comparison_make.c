/* SPDX-License-Identifier: Apache-2.0 */
/* A comparison out of pairs: each evaluation with the baseline, from memory or the catalogue where
 * it was compared before.  Corrections and verdicts are of the whole answer, so they are always
 * made anew.
 *
 * Only what is of one target is taken from pairs: then all of them have the same cases.  A question
 * about one case or few metrics is answered from whole pairs where there are any; else what it asks
 * for is computed and kept in memory under that question.  Whole pairs go to the catalogue too. */
#include "base/alloc.h"
#include "base/vec.h"
#include "domain/background.h"
#include "domain/comparison.h"
#include "domain/headline.h"
#include "domain/internal.h"
#include "domain/pair_text.h"
#include "stats/significance.h"

#include <math.h>

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

/* What was asked of a pair, in one text.  The number at its front is of how it is computed: raise
 * it when the same rows give other lines.  `metadata`: the revision of those that strata are cut
 * by; `whole`: all cases and metrics. */
static Status about_of(const ComparisonWish *wish, int64_t metadata, bool whole, Arena *arena,
                       Str *out)
{
    const Str none = {0};
    const Str configuration = wish->configuration ? *wish->configuration : none;
    const Str scope = whole ? none : wish->scope;
    const Str metrics = whole ? none : wish->metrics;

    return arena_printf(arena, out, "2 %d %.17g %lld %d%zu:%.*s %zu:%.*s %zu:%.*s %zu:%.*s",
                        (int)wish->plan.test, wish->plan.confidence, (long long)metadata,
                        wish->configuration != NULL, configuration.len, STR_ARG(configuration),
                        wish->stratify.len, STR_ARG(wish->stratify), scope.len, STR_ARG(scope),
                        metrics.len, STR_ARG(metrics));
}

static Status metadata_revision(Domain *d, const EvaluationRow *row, const ComparisonWish *wish,
                                int64_t *out)
{
    *out = 0;
    return wish->stratify.len ? catalog_target_metadata_revision(d->catalog, &row->target, out)
                              : ST_OK;
}

static bool is_whole(const ComparisonWish *wish)
{
    return !wish->scope.len && !wish->metrics.len;
}

static PairKey key_of(const EvaluationRow *a, const EvaluationRow *b, Str about)
{
    const bool turned = a->id > b->id;
    const EvaluationRow *first = turned ? b : a;
    const EvaluationRow *second = turned ? a : b;

    return (PairKey){.ids = {first->id, second->id},
                     .revisions = {first->revision, second->revision},
                     .about = about};
}

/* From memory, else from the catalogue. */
static bool find_pair(Domain *d, const PairKey *key, Arena *arena, PairLines *out)
{
    Str text;

    if (pair_cache_get(&d->pairs, key, arena, out))
        return true;
    if (catalog_summary_get(d->catalog, key, arena, &text) != ST_OK ||
        pair_text_read(text, arena, out) != ST_OK)
        return false;
    pair_cache_put(&d->pairs, key, out);
    return true;
}

/* A pair that cannot be kept is computed again when it is asked for. */
static void keep_pair(Domain *d, const PairKey *key, bool whole, const PairLines *lines)
{
    Buf text;

    pair_cache_put(&d->pairs, key, lines);
    if (!whole)
        return;
    buf_init(&text, SUMMARY_MAX);
    if (pair_text_write(lines, &text) == ST_OK)
        summary_keep_later(d, key, buf_str(&text));
    buf_deinit(&text);
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
                      .stratum = line->stratum,
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
    PairLines lines = {.items = arena_calloc(arena, c->len + 1, sizeof *lines.items)};

    lines.configurations[turned] = c->configurations[0];
    lines.configurations[!turned] = c->configurations[side];
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
                            const ComparisonWish *how, Str about, Arena *arena, PairLines **out,
                            FieldErr *err)
{
    int64_t ids[COMPARISON_MAX] = {first->id};
    ComparisonWish wish = *how;
    Comparison c;
    Status st;

    wish.ids = ids;
    wish.count = count + 1;
    wish.baseline = 0;
    for (size_t i = 0; i < count; i++)
        ids[i + 1] = others[i]->id;
    st = comparison_compute(d, first->project_id, &wish, arena, &c, err);
    for (size_t i = 0; i < count && !st; i++) {
        const PairKey key = key_of(first, others[i], about);

        st = take_pair(&c, i + 1, arena, out[i]);
        if (!st)
            keep_pair(d, &key, is_whole(how), out[i]);
    }
    return st;
}

/* ------------------------------------------------------------ assembling */

typedef struct Assembly {
    const ComparisonWish *wish;
    Arena *arena;
    const Evaluation *evaluations;
    FieldErr *err;
    PairLines pairs[COMPARISON_MAX]; /* of each with the baseline; the baseline's own is empty */
    size_t at[COMPARISON_MAX];       /* the next line of each pair */
    size_t hint;                     /* where the next line of a pair is likely to be */
    VEC_OF(ComparedLine) lines;
} Assembly;

static bool is_turned(const Assembly *a, size_t side)
{
    return a->evaluations[a->wish->baseline].row.id > a->evaluations[side].row.id;
}

static bool is_line(const ComparedLine *line, const PairLine *p)
{
    return str_eq(line->metric, p->metric) && str_eq(line->stratum, p->stratum);
}

/* Lines of most pairs are the same in the same order: behind the last one found is the next. */
static ComparedLine *find_line(Assembly *a, size_t from, const PairLine *p)
{
    if (a->hint >= from && a->hint < a->lines.len && is_line(&a->lines.items[a->hint], p))
        return &a->lines.items[a->hint];
    for (size_t i = from; i < a->lines.len; i++)
        if (is_line(&a->lines.items[i], p))
            return &a->lines.items[i];
    return NULL;
}

/* The line of the metric among those of the case at hand, made when there is none. */
static Status line_for(Assembly *a, size_t from, const PairLine *p, ComparedLine **out)
{
    ComparedLine line = {
        .scope = p->scope, .stratum = p->stratum, .metric = p->metric, .kind = p->kind};
    ComparedLine *found = find_line(a, from, p);
    Status st;

    if (found) {
        found->kind = found->kind == p->kind ? p->kind : METRIC_NUMBER;
        *out = found;
        return ST_OK;
    }
    line.direction = direction_of(p->metric, &a->wish->told);
    line.values = arena_calloc(a->arena, a->wish->count, sizeof *line.values);
    if (!line.values)
        return ST_NOMEM;
    for (size_t i = 0; i < a->wish->count; i++)
        line.values[i] = compared_nothing();
    st = VEC_PUSH(&a->lines, line, COMPARISON_MAX_LINES);
    if (st == ST_LIMIT)
        return comparison_too_large(a->err);
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
    if (st || !line)
        return st;
    a->hint = (size_t)(line - a->lines.items) + 1;
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

        a->hint = from;
        for (; a->at[i] < pair->len && str_eq(pair->items[a->at[i]].scope, scope) && !st;
             a->at[i]++)
            if (wanted)
                st = add_line(a, from, i, &pair->items[a->at[i]]);
    }
    return st;
}

static bool has_all(const TargetCases *cases)
{
    for (size_t i = 0; i < cases->len; i++)
        if (str_eq(cases->items[i].name, STR(TARGET_ALL)))
            return true;
    return false;
}

static Status add_cases(Assembly *a, const TargetCases *cases)
{
    Status st = ST_OK;

    if (!has_all(cases))
        st = add_case(a, STR(TARGET_ALL));
    for (size_t i = 0; i < cases->len && !st; i++)
        st = add_case(a, cases->items[i].name);
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

/* Each evaluation with the baseline: found, else computed. */
static Status gather_pairs(Domain *d, Assembly *a)
{
    const ComparisonWish *wish = a->wish;
    const EvaluationRow *first = &a->evaluations[wish->baseline].row;
    const EvaluationRow *missing[COMPARISON_MAX];
    PairLines *places[COMPARISON_MAX];
    size_t count = 0;
    int64_t metadata;
    Str abouts[2]; /* of whole pairs, and of what is asked */
    Status st = metadata_revision(d, first, wish, &metadata);

    if (!st)
        st = about_of(wish, metadata, true, a->arena, &abouts[0]);
    if (!st)
        st = about_of(wish, metadata, false, a->arena, &abouts[1]);
    for (size_t i = 0; i < wish->count && !st; i++) {
        const PairKey whole = key_of(first, &a->evaluations[i].row, abouts[0]);
        const PairKey asked = key_of(first, &a->evaluations[i].row, abouts[1]);

        if (i == wish->baseline || find_pair(d, &whole, a->arena, &a->pairs[i]) ||
            (!is_whole(wish) && pair_cache_get(&d->pairs, &asked, a->arena, &a->pairs[i])))
            continue;
        missing[count] = &a->evaluations[i].row;
        places[count++] = &a->pairs[i];
    }
    return st || !count
               ? st
               : compute_pairs(d, first, missing, count, wish, abouts[1], a->arena, places, a->err);
}

static bool knows_case(const TargetCases *cases, Str scope)
{
    bool known = !scope.len || str_eq(scope, STR(TARGET_ALL));

    for (size_t i = 0; i < cases->len && !known; i++)
        known = str_eq(cases->items[i].name, scope);
    return known;
}

static void take_configurations(const Assembly *a, Str *out)
{
    for (size_t i = 0; i < a->wish->count; i++) {
        const size_t ours = is_turned(a, i) ? 0 : 1;

        if (i == a->wish->baseline)
            continue;
        out[i] = a->pairs[i].configurations[ours];
        out[a->wish->baseline] = a->pairs[i].configurations[1 - ours];
    }
}

static Status assemble(Domain *d, Assembly *a, Comparison *out)
{
    TargetCases cases;
    Status st = catalog_target_case_names(d->catalog, &a->evaluations[a->wish->baseline].row.target,
                                          a->arena, &cases);

    if (!st && !knows_case(&cases, a->wish->scope))
        st = field_err_set(a->err, ST_INVALID, "case", "case: there is no \"%.*s\"",
                           STR_ARG(utf8_clip(a->wish->scope, 100)));
    if (!st)
        st = add_cases(a, &cases);
    out->lines = arena_calloc(a->arena, a->lines.len + 1, sizeof *out->lines);
    out->configurations = arena_calloc(a->arena, a->wish->count, sizeof *out->configurations);
    if (!st && (!out->lines || !out->configurations))
        st = ST_NOMEM;
    if (!st)
        take_configurations(a, out->configurations);
    for (size_t i = 0; i < a->lines.len && !st; i++)
        out->lines[i] = a->lines.items[i];
    out->len = a->lines.len;
    out->count = a->wish->count;
    return st;
}

/* *done is false for evaluations of several targets. */
static Status from_pairs(Domain *d, int64_t project_id, const ComparisonWish *wish, Arena *arena,
                         Comparison *out, bool *done, FieldErr *err)
{
    Assembly a = {.wish = wish, .arena = arena, .err = err};
    Evaluation *evaluations;
    Status st = read_evaluations(d, project_id, wish, arena, &evaluations, err);

    *done = !st && one_target(evaluations, wish->count);
    if (!*done)
        return st;
    a.evaluations = evaluations;
    st = gather_pairs(d, &a);
    if (!st)
        st = assemble(d, &a, out);
    out->evaluations = evaluations;
    VEC_FREE(&a.lines);
    return st;
}

Status comparison_make(Domain *d, int64_t project_id, const ComparisonWish *wish, Arena *arena,
                       Comparison *out, FieldErr *err)
{
    Comparison c = {0};
    bool done = false;
    Status st = ST_OK;

    if (wish->count > 1)
        st = from_pairs(d, project_id, wish, arena, &c, &done, err);
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
    Str about;
    Status st = evaluation_list(p->d, p->project_id, &filter, COMPARISON_MAX, arena, &others);

    if (!st)
        st = about_of(&how, 0, true, arena, &about);

    for (size_t i = 0; i < others.len && !st && count < COMPARISON_MAX - 1; i++) {
        const EvaluationRow *other = &others.items[i];
        const PairKey key = key_of(row, other, about);

        if (other->id == row->id || !str_eq(other->split, row->split) ||
            find_pair(p->d, &key, arena, &lines[count]))
            continue;
        missing[count] = other;
        places[count] = &lines[count];
        count++;
    }
    if (count)
        (void)!compute_pairs(p->d, row, missing, count, &how, about, arena, places, NULL);
}

static void prepare(void *preparation)
{
    Preparation *p = preparation;
    Evaluation e;
    Arena arena;

    arena_init(&arena, prepare_memory);
    if (!atomic_load(&p->d->stopping))
        results_tidy(p->d, p->id, MERGE_AT_END);
    if (!atomic_load(&p->d->stopping) &&
        evaluation_get(p->d, p->project_id, p->id, &arena, &e) == ST_OK) {
        Str headline;

        (void)!headline_get(p->d, &e.row, &arena, &headline);
        prepare_pairs(p, &e.row, &arena);
    }
    arena_deinit(&arena);
    mem_free(p);
}

void comparison_prepare(Domain *d, const EvaluationRow *row)
{
    Preparation *p = mem_calloc(1, sizeof *p);

    if (!p)
        return;
    *p = (Preparation){d, row->project_id, row->id};
    if (background_submit(d, prepare, p) != ST_OK)
        mem_free(p);
}
