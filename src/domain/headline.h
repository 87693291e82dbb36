/* SPDX-License-Identifier: Apache-2.0 */
/* What a list shows of an evaluation: how many samples, and its metrics over all of them.
 *
 * Computed from the rows once and kept in the catalogue (soon after, in the background) until
 * something more is measured; of an evaluation that is complete that was done in the background
 * already. */
#ifndef VIREO_DOMAIN_HEADLINE_H
#define VIREO_DOMAIN_HEADLINE_H

#include "domain/evaluation.h"

enum { HEADLINE_METRICS = 32 }; /* most of them that are shown */

/* {"samples": n, "metrics": {NAME: number, ...}}: means of rows, or what the evaluator gave in
 * their place, then what else it gave; the first HEADLINE_METRICS. */
MUST_CHECK Status headline_get(Domain *d, const EvaluationRow *row, Arena *arena, Str *json);
/* Where it is kept already; else ST_NOTFOUND. */
MUST_CHECK Status headline_find(Domain *d, const EvaluationRow *row, Arena *arena, Str *json);

#endif
