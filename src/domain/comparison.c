/* SPDX-License-Identifier: Apache-2.0 */
/* A case is taken at a time: the rows of each side, then its columns, shared out among threads.
 * Values are laid out by the samples of the case in all sides alike, NaN where a side has no row,
 * so that pairing needs no look-up and a stratum is a list of places.
 *
 * All lines of a case are made before its columns are read, so that threads only fill in values. A
 * case that has the very rows of all samples together (a suite of one case; the first case of
 * several that hold the same samples) takes over what was found there. */
#include "domain/comparison.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/vec.h"
#include "codec/json_read.h"
#include "domain/internal.h"
#include "os/thread.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* Of the case at hand, as much of all samples together, and of all threads: so a comparison takes
 * three times that at most, besides its answer. */
static const size_t scratch_memory = (size_t)1 << 30;

typedef VEC_OF(ComparedLine) Lines;

typedef struct Side {
    Evaluation *evaluation;
    Measured measured;
    FindingList given;
    FrameRows rows; /* of the case at hand */
    size_t *places; /* of each row among the case's samples */
    bool aligned;   /* row i is sample i */
} Side;

typedef struct Group {
    Str name;
    const uint32_t *places; /* NULL: all */
    size_t len;
} Group;

/* What was found for all samples together. */
typedef struct Whole {
    Arena memory;
    FrameRows rows[COMPARISON_MAX];
    const int64_t *members; /* NULL: not looked at */
    size_t member_count;
    ComparedValue *values; /* of all lines, one a side */
    size_t len;
} Whole;

typedef struct Work {
    Domain *d;
    const ComparisonWish *wish;
    Arena *arena; /* of the answer */
    FieldErr *err;
    Side sides[COMPARISON_MAX];
    size_t count;
    Strata strata;
    Lines lines;
    Whole whole;
    /* Of the case at hand. */
    Arena scratch;
    Str scope;
    const int64_t *members;
    size_t member_count;
    Group groups[STRATA_MAX + 2];
    size_t group_count;
} Work;

static Side *baseline(Work *w)
{
    return &w->sides[w->wish->baseline];
}

/* ------------------------------------------------------------ opening */

Status comparison_open(Domain *d, int64_t project_id, int64_t id, const Str *configuration,
                       Arena *arena, Evaluation *evaluation, Measured *out, FieldErr *err)
{
    Status st = evaluation_get(d, project_id, id, arena, evaluation);

    if (st == ST_NOTFOUND)
        return field_err_set(err, ST_INVALID, "evaluations", "evaluations: there is no %lld",
                             (long long)id);
    if (!st)
        st = measured_open(d, evaluation, configuration, out);
    if (st == ST_INVALID)
        return field_err_set(err, st, "configuration",
                             "configuration: evaluation %lld has no such configuration",
                             (long long)id);
    return st;
}

static Status open_sides(Work *w, int64_t project_id)
{
    Status st = ST_OK;

    for (size_t i = 0; i < w->wish->count && !st; i++) {
        Side *s = &w->sides[i];

        s->evaluation = arena_calloc(w->arena, 1, sizeof *s->evaluation);
        if (!s->evaluation)
            return ST_NOMEM;
        st = comparison_open(w->d, project_id, w->wish->ids[i], w->wish->configuration, w->arena,
                             s->evaluation, &s->measured, w->err);
        if (!st)
            w->count++;
        if (!st)
            st = catalog_findings_list(w->d->catalog, s->evaluation->row.id, STR("metrics"),
                                       w->arena, &s->given);
    }
    for (size_t i = 0; i < w->count && !st; i++)
        if (w->sides[i].evaluation->row.target.space != baseline(w)->evaluation->row.target.space)
            st = field_err_set(w->err, ST_INVALID, "evaluations",
                               "evaluations: %lld and %lld are of different workflows or datasets",
                               (long long)w->wish->ids[w->wish->baseline],
                               (long long)w->wish->ids[i]);
    return st;
}

static void close_sides(Work *w)
{
    for (size_t i = 0; i < w->count; i++)
        measured_close(&w->sides[i].measured);
}

/* ------------------------------------------------------------ a case */

/* Where each row's sample is among the members; both lists ascend. */
static Status place_rows(Work *w, Side *s)
{
    size_t at = 0;

    s->aligned = s->rows.len == w->member_count;
    s->places = arena_alloc(&w->scratch, (s->rows.len + 1) * sizeof *s->places);
    if (!s->places)
        return ST_NOMEM;
    for (size_t i = 0; i < s->rows.len; i++) {
        while (at < w->member_count && w->members[at] < s->rows.numbers[i])
            at++;
        s->places[i] = at < w->member_count && w->members[at] == s->rows.numbers[i] ? at : SIZE_MAX;
        s->aligned &= s->places[i] == i;
    }
    return ST_OK;
}

static bool has_case(const Target *t, Str scope)
{
    return target_case(t, scope) || str_eq(scope, STR(TARGET_ALL));
}

static Status enter_case(Work *w, Str scope)
{
    const Target *t = baseline(w)->measured.target;
    const TargetCase *k = target_case(t, scope);
    Status st = ST_OK;

    w->scope = scope;
    w->members = k ? k->numbers : t->all;
    w->member_count = k ? k->count : t->count;
    for (size_t i = 0; i < w->count && !st; i++) {
        Side *s = &w->sides[i];

        s->rows = (FrameRows){0};
        if (has_case(s->measured.target, scope))
            st = measured_rows(&s->measured, scope, &w->scratch, &s->rows);
        if (!st)
            st = place_rows(w, s);
    }
    return st;
}

/* Lists of places, one a stratum, by counting. */
static Status group_members(Work *w)
{
    const Target *t = baseline(w)->measured.target;
    uint32_t *places = arena_alloc(&w->scratch, (w->member_count + 1) * sizeof *places);
    int16_t *of = arena_alloc(&w->scratch, (w->member_count + 1) * sizeof *of);
    size_t starts[STRATA_MAX + 3] = {0};
    size_t at = 0;

    if (!places || !of)
        return ST_NOMEM;
    for (size_t i = 0; i < w->member_count; i++) {
        while (t->all[at] < w->members[i])
            at++;
        of[i] = w->strata.of[at];
        starts[of[i] + 2]++; /* none: 1 */
    }
    for (size_t g = 1; g < w->strata.count + 2; g++)
        starts[g] += starts[g - 1];
    for (size_t g = 0; g < w->strata.count; g++)
        w->groups[g] = (Group){.name = w->strata.names[g], .places = places + starts[g + 1]};
    for (size_t i = 0; i < w->member_count; i++)
        if (of[i] != STRATA_NONE)
            places[starts[of[i] + 1] + w->groups[of[i]].len++] = (uint32_t)i;
    w->group_count = w->strata.count;
    return ST_OK;
}

static Status make_groups(Work *w)
{
    w->group_count = 0;
    if (w->strata.count)
        return group_members(w);
    w->groups[w->group_count++] = (Group){.len = w->member_count};
    return ST_OK;
}

/* ------------------------------------------------------------ columns */

/* Of all sides together: it decides how the column is tested.  METRIC_NONE: it is no column of
 * numbers. */
static MetricKind column_kind(const Work *w, Str metric)
{
    MetricKind kind = METRIC_NONE;

    for (size_t i = 0; i < w->count; i++) {
        const Side *s = &w->sides[i];
        const size_t index = frame_find(s->measured.frame, metric);
        MetricKind own;
        size_t count;

        if (index == SIZE_MAX || !s->rows.len)
            continue;
        own = frame_metrics(s->measured.frame, &count)[index].kind;
        if (own == METRIC_BOOL || own == METRIC_NUMBER)
            kind = kind == METRIC_NONE || kind == own ? own : METRIC_NUMBER;
    }
    return kind;
}

Status comparison_too_large(FieldErr *err)
{
    return field_err_set(err, ST_INVALID, "metrics",
                         "too many cases, strata and metrics at once: choose some");
}

ComparedValue compared_nothing(void)
{
    return (ComparedValue){
        .value = NAN,
        .corrected = NAN,
        .paired = {.test = PAIRED_NONE, .delta = NAN, .low = NAN, .high = NAN, .p = NAN}};
}

static Status add_line(Work *w, Str stratum, Str metric, MetricKind kind, ComparedLine **out)
{
    ComparedLine line = {.scope = w->scope, .stratum = stratum, .kind = kind};
    Status st = arena_copy(w->arena, metric, &line.metric);

    line.direction = direction_of(metric, &w->wish->told);
    line.values = arena_calloc(w->arena, w->count, sizeof *line.values);
    if (!line.values)
        return ST_NOMEM;
    for (size_t i = 0; i < w->count; i++)
        line.values[i] = compared_nothing();
    if (!st)
        st = VEC_PUSH(&w->lines, line, COMPARISON_MAX_LINES);
    if (st == ST_LIMIT)
        return comparison_too_large(w->err);
    *out = st ? NULL : &w->lines.items[w->lines.len - 1];
    return st;
}

/* A line for each group. */
static Status add_column(Work *w, Str metric)
{
    const MetricKind kind = column_kind(w, metric);
    Status st = ST_OK;

    for (size_t g = 0; g < w->group_count && !st && kind != METRIC_NONE; g++) {
        ComparedLine *line;

        st = add_line(w, w->groups[g].name, metric, kind, &line);
    }
    return st;
}

static bool wanted(const Work *w, Str metric)
{
    return !w->wish->metrics.len || names_hold(w->wish->metrics, metric);
}

/* Every column of every side, each once, the baseline's first. */
static Status add_columns(Work *w)
{
    Map seen;
    Status st = ST_OK;

    map_init(&seen, (size_t)COMPARISON_MAX * RESULT_MAX_METRICS);
    for (size_t k = 0; k < w->count && !st; k++) {
        const Side *s = &w->sides[(w->wish->baseline + k) % w->count];
        size_t count;
        const MetricInfo *metrics = frame_metrics(s->measured.frame, &count);

        for (size_t i = 0; i < count && !st; i++) {
            uint64_t *there;
            bool added;

            st = map_entry(&seen, metrics[i].name, 1, &there, &added);
            if (!st && added && wanted(w, metrics[i].name))
                st = add_column(w, metrics[i].name);
        }
    }
    map_deinit(&seen);
    return st;
}

/* ------------------------------------------------------------ threads */

enum { THREADS_MAX = 16, FEW_VALUES = 50000 }; /* that are sooner read than a thread is made */

/* The columns of a case: lines [from, to), group_count of them each. */
typedef struct Columns {
    Work *w;
    size_t from;
    size_t to;
    atomic_size_t next; /* line */
} Columns;

/* One thread. */
typedef struct Reader {
    Columns *columns;
    Thread thread;
    Arena scratch;
    double *values[COMPARISON_MAX]; /* of the column at hand, by sample */
    double *rows;                   /* by row */
    double *differences;
    Status st;
} Reader;

/* The most rows that a column has. */
static size_t rows_max(const Work *w)
{
    size_t most = w->member_count;

    for (size_t i = 0; i < w->count; i++)
        most = w->sides[i].rows.len > most ? w->sides[i].rows.len : most;
    return most;
}

static Status reader_init(Reader *r, Columns *columns)
{
    const Work *w = columns->w;
    const size_t most = rows_max(w);
    bool whole;

    *r = (Reader){.columns = columns};
    arena_init(&r->scratch, scratch_memory);
    r->rows = arena_alloc(&r->scratch, (most + 1) * sizeof *r->rows);
    r->differences = arena_alloc(&r->scratch, (most + 1) * sizeof *r->differences);
    whole = r->rows && r->differences;
    for (size_t i = 0; i < w->count && whole; i++) {
        r->values[i] = arena_alloc(&r->scratch, (most + 1) * sizeof *r->values[i]);
        whole = r->values[i] != NULL;
    }
    return whole ? ST_OK : ST_NOMEM;
}

/* A side's column by sample. */
static Status load_column(Reader *r, size_t side, Str metric)
{
    const Work *w = r->columns->w;
    const Side *s = &w->sides[side];
    const size_t index = frame_find(s->measured.frame, metric);
    double *const values = r->values[side];
    Status st;

    if (index != SIZE_MAX && s->aligned)
        return frame_numbers(s->measured.frame, &s->rows, index, values);
    for (size_t i = 0; i < w->member_count; i++)
        values[i] = NAN;
    if (index == SIZE_MAX || !s->rows.len)
        return ST_OK;
    st = frame_numbers(s->measured.frame, &s->rows, index, r->rows);
    for (size_t i = 0; i < s->rows.len && !st; i++)
        if (s->places[i] != SIZE_MAX)
            values[s->places[i]] = r->rows[i];
    return st;
}

static Status compare_group(Reader *r, const Group *g, ComparedLine *line)
{
    const Work *w = r->columns->w;
    const double *first = r->values[w->wish->baseline];
    Status st = ST_OK;

    for (size_t i = 0; i < w->count && !st; i++) {
        ComparedValue *v = &line->values[i];
        PairedSums sums;

        paired_subtract(first, r->values[i], g->places, g->len, r->differences, &sums);
        v->n = sums.second_count;
        v->value = v->n ? sums.seconds / (double)v->n : NAN;
        if (i != w->wish->baseline)
            st = paired_compare(r->differences, g->len, &sums, line->kind == METRIC_BOOL,
                                &w->wish->plan, &v->paired);
    }
    return st;
}

static void read_columns(void *reader)
{
    Reader *r = reader;
    Columns *c = r->columns;
    Work *w = c->w;

    for (;;) {
        const size_t line = atomic_fetch_add(&c->next, w->group_count);

        if (line >= c->to || r->st)
            return;
        for (size_t i = 0; i < w->count && !r->st; i++)
            r->st = load_column(r, i, w->lines.items[line].metric);
        for (size_t g = 0; g < w->group_count && !r->st; g++)
            r->st = compare_group(r, &w->groups[g], &w->lines.items[line + g]);
    }
}

static size_t reader_count(const Columns *c)
{
    const Work *w = c->w;
    const size_t columns = w->group_count ? (c->to - c->from) / w->group_count : 0;
    const size_t fit = scratch_memory / ((rows_max(w) + 1) * sizeof(double) * (w->count + 2));
    size_t count = thread_processors();

    if (columns * w->count * w->member_count < FEW_VALUES)
        return 1;
    count = count < columns ? count : columns;
    count = count < fit ? count : fit ? fit : 1;
    return count < THREADS_MAX ? count : THREADS_MAX;
}

/* Fill in the lines behind `from`.  A thread that cannot be had is no failure. */
static Status compare_columns(Work *w, size_t from)
{
    Columns columns = {.w = w, .from = from, .to = w->lines.len, .next = from};
    Reader readers[THREADS_MAX];
    const size_t count = reader_count(&columns);
    size_t made = 0;
    Status st = ST_OK;

    for (; made < count && !st; made++)
        st = reader_init(&readers[made], &columns);
    for (size_t i = 1; i < made && !st; i++)
        (void)!thread_start(&readers[i].thread, "compare", read_columns, &readers[i]);
    if (!st)
        read_columns(&readers[0]);
    for (size_t i = 0; i < made; i++) {
        thread_join(&readers[i].thread);
        st = st ? st : readers[i].st;
        arena_deinit(&readers[i].scratch);
    }
    return st;
}

/* ------------------------------------------------------------ the same rows again */

static bool same_bytes(const void *a, const void *b, size_t size)
{
    return size == 0 || memcmp(a, b, size) == 0;
}

static bool same_rows(const FrameRows *a, const FrameRows *b, size_t parts)
{
    return a->len == b->len && same_bytes(a->starts, b->starts, parts * sizeof *a->starts) &&
           same_bytes(a->row, b->row, a->len * sizeof *a->row) &&
           same_bytes(a->slot, b->slot, a->len * sizeof *a->slot) &&
           same_bytes(a->numbers, b->numbers, a->len * sizeof *a->numbers);
}

static bool is_whole(const Work *w, size_t from)
{
    const Whole *all = &w->whole;
    bool same = all->members && all->len == w->lines.len - from &&
                all->member_count == w->member_count &&
                same_bytes(all->members, w->members, w->member_count * sizeof *w->members);

    for (size_t i = 0; i < w->count && same; i++)
        same = same_rows(&all->rows[i], &w->sides[i].rows,
                         frame_part_count(w->sides[i].measured.frame));
    return same;
}

/* For cases to come.  The rows stay in w->scratch, which is kept. */
static Status keep_whole(Work *w, size_t from)
{
    Whole *all = &w->whole;

    all->len = w->lines.len - from;
    all->values = arena_calloc(&w->scratch, all->len * w->count + 1, sizeof *all->values);
    if (!all->values)
        return ST_NOMEM;
    for (size_t i = 0; i < all->len; i++)
        memcpy(&all->values[i * w->count], w->lines.items[from + i].values,
               w->count * sizeof *all->values);
    for (size_t i = 0; i < w->count; i++)
        all->rows[i] = w->sides[i].rows;
    all->members = w->members;
    all->member_count = w->member_count;
    return ST_OK;
}

static void take_whole(Work *w, size_t from)
{
    for (size_t i = 0; i < w->whole.len; i++)
        memcpy(w->lines.items[from + i].values, &w->whole.values[i * w->count],
               w->count * sizeof *w->whole.values);
}

/* ------------------------------------------------------------ given metrics */

static const Json *given_of(Work *w, const Side *s)
{
    const Str scope =
        str_eq(w->scope, STR(TARGET_ALL)) &&
                !(s->evaluation->row.target.suite && target_case(s->measured.target, w->scope))
            ? (Str){0}
            : w->scope;
    const Json *found = NULL;

    for (size_t i = 0; i < s->given.len; i++) {
        const FindingRow *row = &s->given.items[i];

        /* A dataset's one case and its whole are the same. */
        if (str_eq(row->configuration, s->measured.configuration) &&
            (str_eq(row->scope, scope) ||
             (!s->evaluation->row.target.suite && str_eq(row->scope, STR(TARGET_ALL)))) &&
            json_parse(row->body, &w->scratch, &found, NULL) == ST_OK)
            return found;
    }
    return NULL;
}

static ComparedLine *find_line(Work *w, size_t from, Str metric)
{
    for (size_t i = from; i < w->lines.len; i++)
        if (str_eq(w->lines.items[i].metric, metric))
            return &w->lines.items[i];
    return NULL;
}

/* A value that is the mean of the rows keeps its test. */
static bool same_value(double a, double b)
{
    return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b)) + 1e-12;
}

static Status take_given(Work *w, size_t side, size_t from, Str metric, double value)
{
    ComparedLine *line = find_line(w, from, metric);
    Status st = line ? ST_OK : add_line(w, (Str){0}, metric, METRIC_NUMBER, &line);

    if (st || same_value(line->values[side].value, value))
        return st;
    line->values[side] = compared_nothing();
    line->values[side].value = value;
    return ST_OK;
}

/* A comparison with a value that has no rows is no test: those lines lose theirs. */
static void settle_given(Work *w, size_t from)
{
    const size_t base = w->wish->baseline;

    for (size_t i = from; i < w->lines.len; i++) {
        ComparedLine *line = &w->lines.items[i];

        for (size_t k = 0; k < w->count; k++) {
            ComparedValue *v = &line->values[k];

            if (k == base || (v->n && line->values[base].n))
                continue;
            v->paired = compared_nothing().paired;
            v->paired.delta = v->value - line->values[base].value;
        }
    }
}

static Status add_given(Work *w, size_t from)
{
    Status st = ST_OK;

    if (w->strata.count)
        return ST_OK; /* what was given is of the whole case */
    for (size_t k = 0; k < w->count && !st; k++) {
        const Json *given = given_of(w, &w->sides[k]);

        for (size_t i = 0; given && i < given->as.object.len && !st; i++) {
            const JsonMember *m = &given->as.object.members[i];
            double value;

            if (given_number(&m->value, &value) && wanted(w, m->key))
                st = take_given(w, k, from, m->key, value);
        }
    }
    settle_given(w, from);
    return st;
}

static Status compare_case(Work *w, Str scope, bool is_first)
{
    const size_t from = w->lines.len;
    Status st;

    arena_init(&w->scratch, scratch_memory);
    st = enter_case(w, scope);
    if (!st)
        st = make_groups(w);
    if (!st)
        st = add_columns(w);
    if (!st && is_whole(w, from))
        take_whole(w, from);
    else if (!st)
        st = compare_columns(w, from);
    if (!st && is_first)
        st = keep_whole(w, from);
    if (!st)
        st = add_given(w, from);
    if (is_first)
        w->whole.memory = w->scratch;
    else
        arena_deinit(&w->scratch);
    return st;
}

static Status compare_cases(Work *w)
{
    const Target *t = baseline(w)->measured.target;
    Status st = ST_OK;

    if (w->wish->scope.len) {
        if (!has_case(t, w->wish->scope))
            return field_err_set(w->err, ST_INVALID, "case", "case: there is no \"%.*s\"",
                                 STR_ARG(utf8_clip(w->wish->scope, 100)));
        return compare_case(w, w->wish->scope, false);
    }
    if (!target_case(t, STR(TARGET_ALL)))
        st = compare_case(w, STR(TARGET_ALL), true);
    for (size_t i = 0; i < t->cases.len && !st; i++) {
        Str name;

        st = arena_copy(w->arena, t->cases.items[i].name, &name);
        if (!st)
            st = compare_case(w, name, false);
    }
    return st;
}

/* ------------------------------------------------------------ all of it */

static Status hand_over(Work *w, Comparison *out)
{
    const size_t bytes = w->lines.len * sizeof *out->lines;
    Comparison c = {.count = w->count, .len = w->lines.len};
    Status st = ST_OK;

    c.evaluations = arena_calloc(w->arena, w->count, sizeof *c.evaluations);
    c.configurations = arena_calloc(w->arena, w->count, sizeof *c.configurations);
    c.lines = arena_alloc(w->arena, bytes + 1);
    if (!c.evaluations || !c.configurations || !c.lines)
        return ST_NOMEM;
    for (size_t i = 0; i < w->count && !st; i++) {
        c.evaluations[i] = *w->sides[i].evaluation;
        st = arena_copy(w->arena, w->sides[i].measured.configuration, &c.configurations[i]);
    }
    if (bytes)
        memcpy(c.lines, w->lines.items, bytes);
    if (!st)
        *out = c;
    return st;
}

Status comparison_compute(Domain *d, int64_t project_id, const ComparisonWish *wish, Arena *arena,
                          Comparison *out, FieldErr *err)
{
    Work w = {.d = d, .wish = wish, .arena = arena, .err = err};
    Status st;

    assert(wish->baseline < wish->count && wish->count <= COMPARISON_MAX);
    st = open_sides(&w, project_id);
    if (!st && wish->stratify.len)
        st = strata_make(d, baseline(&w)->measured.target, wish->stratify, arena, &w.strata, err);
    if (!st)
        st = compare_cases(&w);
    if (!st)
        st = hand_over(&w, out);
    VEC_FREE(&w.lines);
    arena_deinit(&w.whole.memory);
    close_sides(&w);
    return st;
}
