/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of predicted numbers, and correlations.
 *
 * NaN among the inputs makes the result NaN; so does having no rows, and, for a
 * correlation, a side that does not vary: zero would be an answer. */
#ifndef VIREO_STATS_REGRESSION_H
#define VIREO_STATS_REGRESSION_H

#include "base/status.h"

#include <stdint.h>

double mean_absolute_error(const double *truth, const double *predicted, size_t n);
double mean_squared_error(const double *truth, const double *predicted, size_t n);
/* 1 - squared errors / squared distances from the mean truth.  For a truth that does not
 * vary: 1 when it was met, else 0. */
double r_squared(const double *truth, const double *predicted, size_t n);

double pearson(const double *x, const double *y, size_t n);
/* Pearson's of the ranks, ties sharing their mean rank.  ST_LIMIT past ORDER_MAX. */
MUST_CHECK Status spearman(const double *x, const double *y, size_t n, double *out);
/* Kendall's tau-b, which corrects for ties, in O(n log n) (Knight 1966). */
MUST_CHECK Status kendall_tau(const double *x, const double *y, size_t n, double *out);

#endif
