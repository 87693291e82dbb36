/* SPDX-License-Identifier: Apache-2.0 */
/* What scores are worth at every threshold: ROC, precision and recall, their areas.
 *
 * A row is positive when its score is at or above the threshold.  Rows of the same score
 * cross together, so a curve has one point for each distinct score and does not depend
 * on the order of the rows.  The scores of positives and of negatives are sorted apart,
 * without the rows, on two threads when there are many, then merged: O(n).  Two also write the
 * columns of precision and recall, one from each end.
 *
 * Truth is 0 or 1.  Scores may be infinite; one that is NaN has no place: ST_INVALID.
 * ST_LIMIT for more than ORDER_MAX rows.
 *
 * `positives`, where it is asked for, is the number of all there are to find: for
 * detection that of the ground truths, found or not; at least the ones among `truth`. */
#ifndef VIREO_STATS_CURVE_H
#define VIREO_STATS_CURVE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Curve {
    double *x;
    double *y;
    double *thresholds;
    size_t n;
} Curve;

/* False positive rates over x, true ones over y, from (0, 0) at an infinite threshold
 * down.  With `corners`, without the points on the line between their neighbours: the
 * polygon is the same.  Without negatives (positives) their rate is 0 everywhere. */
MUST_CHECK Status roc_curve(const uint8_t *truth, const double *scores, size_t n, bool corners,
                            Curve *out);
/* Recall over x, precision over y, from the lowest threshold up, then precision 1 at
 * recall 0 at an infinite one.  Recall is 0 everywhere when there are no positives. */
MUST_CHECK Status precision_recall_curve(const uint8_t *truth, const double *scores, size_t n,
                                         Curve *out);
void curve_deinit(Curve *c);

/* The chance that a positive scores above a negative, ties half; the area under the ROC
 * from (0, 0) to (1, 1).  NaN without positives or without negatives. */
MUST_CHECK Status roc_auc(const uint8_t *truth, const double *scores, size_t n, double *out);

typedef enum ApMethod {
    AP_STEP,      /* sum of recall gained times the precision there, as scikit-learn */
    AP_VOC,       /* the same with the best precision at that recall or a higher one */
    AP_VOC_11,    /* mean of that best precision at recall 0, 0.1, ... 1 */
    AP_COCO_101,  /* at recall 0, 0.01, ... 1 */
    AP_RETRIEVAL, /* mean over the positives of the precision at their rank, ties by place */
} ApMethod;

/* 0 without positives. */
MUST_CHECK Status average_precision(const uint8_t *truth, const double *scores, size_t n,
                                    uint64_t positives, ApMethod method, double *out);
/* AP_VOC of given points, in any order: what has no point to its right has precision 0. */
MUST_CHECK Status average_precision_of_points(const double *precision, const double *recall,
                                              size_t n, double *out);

/* The lowest threshold among the scores with the largest F1; 0 when that is 0. */
MUST_CHECK Status best_f1_threshold(const uint8_t *truth, const double *scores, size_t n,
                                    uint64_t positives, double *threshold, double *f1);
/* True and false positives at each of `m` thresholds, in any order. */
MUST_CHECK Status counts_at_thresholds(const uint8_t *truth, const double *scores, size_t n,
                                       const double *thresholds, size_t m, uint32_t *tp,
                                       uint32_t *fp);
/* Thresholds to draw curves at: 0, then of the tenths up to 1 and the scores each that is at least
 * 0.01 above the last one kept.  `*out` is the caller's to free. */
MUST_CHECK Status default_thresholds(const double *scores, size_t n, double **out, size_t *m);
/* Trapezoids under points whose x never falls or never rises; the sign is always plus.
 * ST_INVALID when x turns. */
MUST_CHECK Status area_under(const double *x, const double *y, size_t n, double *out);

#endif
