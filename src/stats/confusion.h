/* SPDX-License-Identifier: Apache-2.0 */
/* Confusion matrix: how often each label was taken for each other one.
 *
 *   confusion_init -> (confusion_fix)? -> confusion_add* -> confusion_sort -> read
 *
 * Labels are whole numbers; whoever has texts numbers them.  They are found while
 * counting, in one pass, unless confusion_fix() has said which ones count: then rows
 * with any other label are left out.  Rows are truths, columns predictions. */
#ifndef VIREO_STATS_CONFUSION_H
#define VIREO_STATS_CONFUSION_H

#include "stats/counts.h"
#include "stats/numbering.h"

#include <stdbool.h>

/* Most labels: 128 MiB of cells. */
#define CONFUSION_LABELS_MAX 4096u

typedef struct Confusion {
    Numbering labels; /* the keys are the labels as uint64_t */
    uint64_t *cells;  /* truth * width + predicted */
    size_t width;
    bool fixed;
} Confusion;

void confusion_init(Confusion *c);
void confusion_deinit(Confusion *c);
/* Only these count, in this order.  Before any row; ST_EXISTS for a label given twice. */
MUST_CHECK Status confusion_fix(Confusion *c, const int64_t *labels, size_t n);
/* Count `n` rows.  ST_LIMIT past CONFUSION_LABELS_MAX labels; rows before the failure count. */
MUST_CHECK Status confusion_add(Confusion *c, const int64_t *truth, const int64_t *predicted,
                                size_t n);
/* Put the labels in ascending order. */
MUST_CHECK Status confusion_sort(Confusion *c);

size_t confusion_labels(const Confusion *c);
int64_t confusion_label(const Confusion *c, size_t i);
uint64_t confusion_cell(const Confusion *c, size_t truth, size_t predicted);

/* Metrics of a matrix `cells[k * k]`, rows truths; 0 for an empty one. */

/* Each label against all others, into counts[k]. */
void matrix_counts(const uint64_t *cells, size_t k, Counts *counts);
/* The diagonal's share. */
double matrix_accuracy(const uint64_t *cells, size_t k);

typedef enum KappaWeights {
    KAPPA_PLAIN,
    KAPPA_LINEAR,    /* disagreement counts by distance of the labels' places */
    KAPPA_QUADRATIC, /* by its square */
} KappaWeights;

/* Cohen's kappa, 1 - observed / expected disagreement.  0 when none is expected: both
 * always gave the same single label, and nothing can be told. */
double matrix_kappa(const uint64_t *cells, size_t k, KappaWeights weights);
/* Matthews's correlation, for any number of labels (Gorodkin 2004); 0 when truth or
 * prediction has one label only. */
double matrix_matthews(const uint64_t *cells, size_t k);

#endif
