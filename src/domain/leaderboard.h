/* SPDX-License-Identifier: Apache-2.0 */
/* Leaderboard: the models that were tested on one version of a suite or dataset, best first.
 *
 * Of every model version its newest complete evaluation.  A metric counts when it has a direction;
 * a model's score in it is (value - mean of all models) / (largest - smallest), the other way round
 * where lower is better, 0 when all are alike.  The model's score is the mean of these, rounded to
 * 12 places: above 0 it is better than the average of the board.  Equal scores share a rank: 1, 1,
 * 3. */
#ifndef VIREO_DOMAIN_LEADERBOARD_H
#define VIREO_DOMAIN_LEADERBOARD_H

#include "domain/direction.h"
#include "domain/evaluation.h"

enum { LEADERBOARD_MAX = 200 };

typedef struct LeaderboardWish {
    EvaluationFilter filter; /* workflow and suite, or dataset; version 0: the newest tested one */
    const Str *configuration;
    Str metrics; /* separated by commas; empty: all directed ones */
    Directions told;
} LeaderboardWish;

typedef struct BoardMetric {
    Str name;
    Direction direction;
} BoardMetric;

typedef struct BoardRow {
    EvaluationRow evaluation;
    size_t rank;    /* from 1 */
    double score;   /* NaN: none of the metrics */
    double *values; /* one a metric; NaN: none */
} BoardRow;

typedef struct Leaderboard {
    int64_t version; /* of the target; 0: nothing was tested */
    BoardMetric *metrics;
    size_t metric_count;
    BoardRow *rows; /* best first */
    size_t len;
} Leaderboard;

MUST_CHECK Status leaderboard_make(Domain *d, int64_t project_id, const LeaderboardWish *wish,
                                   Arena *arena, Leaderboard *out);

#endif
