/* SPDX-License-Identifier: Apache-2.0 */
/* See leaderboard.h. */
#include "domain/leaderboard.h"

#include "base/map.h"
#include "codec/json_read.h"
#include "domain/headline.h"
#include "domain/measured.h"

#include <math.h>
#include <stdlib.h>

enum { EVALUATIONS_READ = 1000, METRICS_MAX = 1000 };

/* Metrics of all evaluations as they are found. */
typedef struct Board {
    const LeaderboardWish *wish;
    Arena *arena;
    Leaderboard *out;
    Map names;
} Board;

/* ------------------------------------------------------------ which evaluations */

/* The version that was tested last, then of each model version the newest (the list is newest
 * first). */
static Status choose(Domain *d, int64_t project_id, Board *b)
{
    EvaluationFilter filter = b->wish->filter;
    EvaluationList list = {0};
    Status st;

    filter.status = STR("complete");
    st = evaluation_list(d, project_id, &filter, EVALUATIONS_READ, b->arena, &list);
    b->out->rows = arena_calloc(b->arena, LEADERBOARD_MAX, sizeof *b->out->rows);
    if (!st && !b->out->rows)
        st = ST_NOMEM;
    for (size_t i = 0; i < list.len && !st; i++)
        if (list.items[i].target.version > b->out->version)
            b->out->version = list.items[i].target.version;
    for (size_t i = 0; i < list.len && !st && b->out->len < LEADERBOARD_MAX; i++) {
        const EvaluationRow *row = &list.items[i];
        bool there = row->target.version != b->out->version;

        for (size_t k = 0; k < b->out->len && !there; k++)
            there = b->out->rows[k].evaluation.version_id == row->version_id;
        if (!there)
            b->out->rows[b->out->len++].evaluation = *row;
    }
    return st;
}

/* ------------------------------------------------------------ values */

static Status put_value(Board *b, BoardRow *row, Str name, double value)
{
    const Direction direction = direction_of(name, &b->wish->told);
    uint64_t *at;
    bool added;
    Status st;

    if (direction == DIRECTION_UNKNOWN ||
        (b->wish->metrics.len && !names_hold(b->wish->metrics, name)))
        return ST_OK;
    st = map_entry(&b->names, name, b->out->metric_count, &at, &added);
    if (st == ST_LIMIT)
        return ST_OK;
    if (!st && added) {
        b->out->metrics[b->out->metric_count].direction = direction;
        st = arena_copy(b->arena, name, &b->out->metrics[b->out->metric_count].name);
        b->out->metric_count++;
    }
    if (!st)
        row->values[*at] = value;
    return st;
}

static Status put_values(Board *b, BoardRow *row, Str numbers)
{
    const Json *all = NULL;
    const Json *metrics;
    Status st = json_parse_object(numbers, b->arena, &all, NULL);

    metrics = st ? NULL : json_get(all, STR("metrics"));
    for (size_t i = 0; metrics && i < metrics->as.object.len && !st; i++) {
        const JsonMember *m = &metrics->as.object.members[i];
        double value;

        if (given_number(&m->value, &value))
            st = put_value(b, row, m->key, value);
    }
    return st;
}

/* ST_INVALID: not run with that configuration. */
static Status read_row(Domain *d, Board *b, BoardRow *row)
{
    Str numbers = {0};
    Status st;

    row->values = arena_alloc(b->arena, METRICS_MAX * sizeof *row->values);
    if (!row->values)
        return ST_NOMEM;
    for (size_t i = 0; i < METRICS_MAX; i++)
        row->values[i] = NAN;
    st = headline_numbers(d, &row->evaluation, b->wish->configuration, b->arena, &numbers);
    return st ? st : put_values(b, row, numbers);
}

/* ------------------------------------------------------------ scores */

/* Twelve places of a score; what lies beyond is what rounding left of values that cancel out. */
static const double score_places = 1e12;

/* Values of one metric on a scale from its smallest (0) to its largest (1). */
typedef struct Scale {
    double least;
    double range; /* not above 0: all are alike, or there are none */
    double mean;  /* of the models, on the scale */
} Scale;

static double on_scale(const Scale *s, double value)
{
    return s->range > 0 ? (value - s->least) / s->range : 0;
}

static Scale scale_of(const Leaderboard *board, size_t metric)
{
    Scale s = {.least = INFINITY};
    double most = -INFINITY;
    double sum = 0;
    size_t n = 0;

    for (size_t i = 0; i < board->len; i++) {
        const double v = board->rows[i].values[metric];

        if (isfinite(v)) {
            s.least = v < s.least ? v : s.least;
            most = v > most ? v : most;
        }
    }
    s.range = most - s.least;
    for (size_t i = 0; i < board->len; i++) {
        if (isfinite(board->rows[i].values[metric])) {
            sum += on_scale(&s, board->rows[i].values[metric]);
            n++;
        }
    }
    s.mean = n ? sum / (double)n : 0;
    return s;
}

static void score(Leaderboard *board, size_t *counts)
{
    for (size_t k = 0; k < board->metric_count; k++) {
        const Scale s = scale_of(board, k);
        const double sign = board->metrics[k].direction == DIRECTION_LOWER ? -1 : 1;

        for (size_t i = 0; i < board->len; i++) {
            const double v = board->rows[i].values[k];

            if (!isfinite(v))
                continue;
            board->rows[i].score += sign * (on_scale(&s, v) - s.mean);
            counts[i]++;
        }
    }
    for (size_t i = 0; i < board->len; i++) {
        const double sum = board->rows[i].score;

        board->rows[i].score =
            counts[i] ? round(sum / (double)counts[i] * score_places) / score_places + 0.0 : NAN;
    }
}

static int best_first(const void *a, const void *b)
{
    const BoardRow *x = a;
    const BoardRow *y = b;

    if (isnan(x->score) != isnan(y->score))
        return isnan(x->score) ? 1 : -1;
    if (x->score != y->score && !isnan(x->score))
        return x->score > y->score ? -1 : 1;
    return x->evaluation.id > y->evaluation.id ? -1 : x->evaluation.id < y->evaluation.id;
}

/* Equal scores share the rank of the first of them; so do models without one, behind the others. */
static void rank(Leaderboard *board)
{
    for (size_t i = 0; i < board->len; i++) {
        const double before = i ? board->rows[i - 1].score : NAN;
        const double ours = board->rows[i].score;
        const bool alike = i && (ours == before || (isnan(ours) && isnan(before)));

        board->rows[i].rank = alike ? board->rows[i - 1].rank : i + 1;
    }
}

Status leaderboard_make(Domain *d, int64_t project_id, const LeaderboardWish *wish, Arena *arena,
                        Leaderboard *out)
{
    Leaderboard board = {.metrics = arena_calloc(arena, METRICS_MAX, sizeof *board.metrics)};
    Board b = {.wish = wish, .arena = arena, .out = &board};
    size_t *counts = arena_calloc(arena, LEADERBOARD_MAX, sizeof *counts);
    Status st = board.metrics && counts ? ST_OK : ST_NOMEM;

    map_init(&b.names, METRICS_MAX);
    if (!st)
        st = choose(d, project_id, &b);
    for (size_t i = 0; i < board.len && !st; i++) {
        st = read_row(d, &b, &board.rows[i]);
        if (st == ST_INVALID || measured_is_damage(st))
            st = ST_OK; /* stays without values */
    }
    map_deinit(&b.names);
    if (st)
        return st;
    score(&board, counts);
    qsort(board.rows, board.len, sizeof *board.rows, best_first);
    rank(&board);
    *out = board;
    return ST_OK;
}
