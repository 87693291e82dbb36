/* SPDX-License-Identifier: Apache-2.0 */
/* What lists and leaderboards show of an evaluation: how many samples, and its metrics over all of
 * them.
 *
 * Computed from the rows once and kept in the catalogue (soon after, in the background) until
 * something more is measured; of an evaluation that is complete that was done in the background
 * already. */
#ifndef VIREO_DOMAIN_HEADLINE_H
#define VIREO_DOMAIN_HEADLINE_H

#include "domain/evaluation.h"

enum {
    HEADLINE_METRICS = 32,  /* most of them that a list shows */
    HEADLINE_NUMBERS = 1000 /* most of them at all */
};

/* {"samples": n, "metrics": {NAME: number, ...}}: means of rows, or what the evaluator gave in
 * their place, then what else it gave; the first HEADLINE_METRICS. */
MUST_CHECK Status headline_get(Domain *d, const EvaluationRow *row, Arena *arena, Str *json);
/* Where it is kept already; else ST_NOTFOUND. */
MUST_CHECK Status headline_find(Domain *d, const EvaluationRow *row, Arena *arena, Str *json);
/* The same with the first HEADLINE_NUMBERS.  `configuration` as of measured_open(): ST_INVALID. */
MUST_CHECK Status headline_numbers(Domain *d, const EvaluationRow *row, const Str *configuration,
                                   Arena *arena, Str *json);

#endif
