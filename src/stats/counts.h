/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of counted outcomes: true and false positives and negatives.
 *
 * One convention for all: a ratio is 0 unless its denominator is above 0.  That is so
 * for nothing counted (0 / 0), and for NaN: what cannot be told does not count as good.
 * Counts are doubles, so that weighted ones work as well. */
#ifndef VIREO_STATS_COUNTS_H
#define VIREO_STATS_COUNTS_H

#include <stddef.h>
#include <stdint.h>

typedef struct Counts {
    double tp;
    double fp;
    double fn;
    double tn;
} Counts;

/* 0 unless the denominator is above 0. */
double ratio_or_zero(double numerator, double denominator);

double counts_accuracy(const Counts *c);    /* (tp + tn) / all */
double counts_precision(const Counts *c);   /* tp / (tp + fp) */
double counts_recall(const Counts *c);      /* tp / (tp + fn), the true positive rate */
double counts_specificity(const Counts *c); /* tn / (tn + fp), the true negative rate */
double counts_fpr(const Counts *c);         /* fp / (fp + tn) */
/* (1 + b^2) P R / (b^2 P + R) of the precision and recall above; b >= 0. */
double counts_fbeta(const Counts *c, double beta);
double fbeta_of(double precision, double recall, double beta);

typedef enum Average {
    AVERAGE_MACRO,    /* plain mean over classes */
    AVERAGE_MICRO,    /* of the summed counts */
    AVERAGE_WEIGHTED, /* mean weighted by support, tp + fn */
} Average;

typedef struct Scores {
    double precision;
    double recall;
    double fbeta;
    double support;
} Scores;

Scores counts_scores(const Counts *c, double beta);
/* Over classes; all 0 for no classes, and weighted for no support. */
Scores counts_average(const Counts *classes, size_t n, Average how, double beta);

#endif
