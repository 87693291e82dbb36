/* SPDX-License-Identifier: Apache-2.0 */
/* Single samples in a comparison: which changed how far, and how hard each is. */
#include "base/alloc.h"
#include "domain/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t scratch_memory = (size_t)2 << 30;

/* ------------------------------------------------------------ difficulty */

/* Add how bad each value is, between the best and the worst of the column. */
static void add_badness(const double *values, size_t len, bool higher, double *sums,
                        uint32_t *counts)
{
    double least = INFINITY;
    double most = -INFINITY;

    for (size_t i = 0; i < len; i++) {
        if (!isfinite(values[i]))
            continue;
        least = values[i] < least ? values[i] : least;
        most = values[i] > most ? values[i] : most;
    }
    for (size_t i = 0; i < len; i++) {
        const double share = most > least ? (values[i] - least) / (most - least) : 0;

        if (!isfinite(values[i]))
            continue;
        sums[i] += most > least && higher ? 1 - share : share;
        counts[i]++;
    }
}

/* Of one side, by row; NaN where no directed metric has a value. */
static Status side_difficulty(const Measured *m, const FrameRows *rows, const Directions *told,
                              Arena *scratch, double *out)
{
    size_t count;
    const MetricInfo *metrics = frame_metrics(m->frame, &count);
    double *values = arena_alloc(scratch, (rows->len + 1) * sizeof *values);
    uint32_t *counts = arena_calloc(scratch, rows->len + 1, sizeof *counts);
    Status st = ST_OK;

    if (!values || !counts)
        return ST_NOMEM;
    memset(out, 0, rows->len * sizeof *out);
    for (size_t i = 0; i < count && !st; i++) {
        const Direction d = direction_of(metrics[i].name, told);

        if (d == DIRECTION_UNKNOWN ||
            (metrics[i].kind != METRIC_BOOL && metrics[i].kind != METRIC_NUMBER))
            continue;
        st = frame_numbers(m->frame, rows, i, values);
        if (!st)
            add_badness(values, rows->len, d == DIRECTION_HIGHER, out, counts);
    }
    for (size_t i = 0; i < rows->len; i++)
        out[i] = counts[i] ? out[i] / counts[i] : NAN;
    return st;
}

/* Both lists of numbers may be in any order that the other need not have: rows ascend. */
static size_t find_row(const FrameRows *rows, int64_t number)
{
    size_t low = 0;
    size_t high = rows->len;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (rows->numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < rows->len && rows->numbers[low] == number ? low : SIZE_MAX;
}

static Status add_side(const Measured *m, Str scope, const Directions *told, const int64_t *numbers,
                       size_t len, double *sums, uint32_t *counts)
{
    FrameRows rows;
    double *own;
    Arena scratch;
    Status st;

    arena_init(&scratch, scratch_memory);
    st = measured_rows(m, scope, &scratch, &rows);
    own = st ? NULL : arena_alloc(&scratch, (rows.len + 1) * sizeof *own);
    if (!st)
        st = own ? side_difficulty(m, &rows, told, &scratch, own) : ST_NOMEM;
    for (size_t i = 0; i < len && !st; i++) {
        const size_t at = find_row(&rows, numbers[i]);

        if (at == SIZE_MAX || isnan(own[at]))
            continue;
        sums[i] += own[at];
        counts[i]++;
    }
    arena_deinit(&scratch);
    return st;
}

Status comparison_difficulty(const Measured *sides, size_t count, Str scope, const Directions *told,
                             const int64_t *numbers, size_t len, double *out)
{
    uint32_t *counts = mem_calloc(len + 1, sizeof *counts);
    Status st = counts ? ST_OK : ST_NOMEM;

    memset(out, 0, len * sizeof *out);
    for (size_t i = 0; i < count && !st; i++)
        st = add_side(&sides[i], scope, told, numbers, len, out, counts);
    for (size_t i = 0; i < len && !st; i++)
        out[i] = counts[i] ? out[i] / counts[i] : NAN;
    mem_free(counts);
    return st;
}

/* ------------------------------------------------------------ changed samples */

static int farthest_first(const void *a, const void *b)
{
    const ChangedSample *x = a;
    const ChangedSample *y = b;
    const double dx = fabs(x->after - x->before);
    const double dy = fabs(y->after - y->before);

    if (dx != dy)
        return dx > dy ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

typedef struct Column {
    FrameRows rows;
    double *values;
} Column;

static Status read_column(const Measured *m, const ChangedWish *wish, Arena *scratch, Column *out,
                          FieldErr *err)
{
    const size_t metric = frame_find(m->frame, wish->metric);
    Status st;

    if (metric == SIZE_MAX)
        return field_err_set(
            err, ST_INVALID, "metric", "metric: evaluation %lld has no rows with \"%.*s\"",
            (long long)m->evaluation->row.id, STR_ARG(utf8_clip(wish->metric, 100)));
    st = measured_rows(m, wish->scope, scratch, &out->rows);
    if (st == ST_NOTFOUND)
        return field_err_set(err, ST_INVALID, "case", "case: there is no \"%.*s\"",
                             STR_ARG(utf8_clip(wish->scope, 100)));
    if (st)
        return st;
    out->values = arena_alloc(scratch, (out->rows.len + 1) * sizeof *out->values);
    return out->values ? frame_numbers(m->frame, &out->rows, metric, out->values) : ST_NOMEM;
}

static bool on_side(const ChangedWish *wish, double before, double after)
{
    const bool higher = direction_of(wish->metric, &wish->told) != DIRECTION_LOWER;

    if (isnan(before) || isnan(after))
        return false;
    if (!wish->side)
        return true;
    return before != after && (after > before) == ((wish->side > 0) == higher);
}

static size_t collect(const ChangedWish *wish, const Column *before, const Column *after,
                      ChangedSample *out)
{
    size_t len = 0;
    size_t k = 0;

    for (size_t i = 0; i < before->rows.len; i++) {
        while (k < after->rows.len && after->rows.numbers[k] < before->rows.numbers[i])
            k++;
        if (k < after->rows.len && after->rows.numbers[k] == before->rows.numbers[i] &&
            on_side(wish, before->values[i], after->values[k]))
            out[len++] = (ChangedSample){.number = before->rows.numbers[i],
                                         .before = before->values[i],
                                         .after = after->values[k]};
    }
    qsort(out, len, sizeof *out, farthest_first);
    return len;
}

/* The page of them that is asked for, with difficulties. */
static Status take_page(const Measured *sides, const ChangedWish *wish, const ChangedSample *all,
                        size_t len, Arena *arena, ChangedSamples *out)
{
    const size_t from = wish->offset < len ? wish->offset : len;
    const size_t count = len - from < wish->limit ? len - from : wish->limit;
    int64_t *numbers = arena_alloc(arena, (count + 1) * sizeof *numbers);
    double *hard = arena_alloc(arena, (count + 1) * sizeof *hard);
    Status st;

    out->items = arena_calloc(arena, count + 1, sizeof *out->items);
    if (!numbers || !hard || !out->items)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++) {
        out->items[i] = all[from + i];
        numbers[i] = all[from + i].number;
    }
    st = comparison_difficulty(sides, 2, wish->scope, &wish->told, numbers, count, hard);
    for (size_t i = 0; i < count && !st; i++)
        out->items[i].difficulty = hard[i];
    out->len = count;
    out->total = len;
    return st;
}

static Status find_changed(const Measured *sides, const ChangedWish *wish, Arena *arena,
                           ChangedSamples *out, FieldErr *err)
{
    Column before = {0};
    Column after = {0};
    ChangedSample *all;
    Arena scratch;
    Status st;

    arena_init(&scratch, scratch_memory);
    st = read_column(&sides[0], wish, &scratch, &before, err);
    if (!st)
        st = read_column(&sides[1], wish, &scratch, &after, err);
    all = st ? NULL : arena_calloc(&scratch, before.rows.len + 1, sizeof *all);
    if (!st)
        st = all ? take_page(sides, wish, all, collect(wish, &before, &after, all), arena, out)
                 : ST_NOMEM;
    arena_deinit(&scratch);
    return st;
}

Status comparison_changed(Domain *d, int64_t project_id, const ChangedWish *wish, Arena *arena,
                          ChangedSamples *out, FieldErr *err)
{
    Evaluation evaluations[2];
    Measured sides[2] = {{0}, {0}};
    Status st = comparison_open(d, project_id, wish->before, wish->configuration, arena,
                                &evaluations[0], &sides[0], err);

    if (!st)
        st = comparison_open(d, project_id, wish->after, wish->configuration, arena,
                             &evaluations[1], &sides[1], err);
    if (!st && evaluations[0].row.target.space != evaluations[1].row.target.space)
        st = field_err_set(err, ST_INVALID, "evaluations",
                           "evaluations: they are of different workflows or datasets");
    if (!st)
        st = find_changed(sides, wish, arena, out, err);
    for (size_t i = 0; i < 2; i++)
        if (sides[i].frame)
            measured_close(&sides[i]);
    return st;
}
