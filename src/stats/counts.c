/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/counts.h"

#include <math.h>

double ratio_or_zero(double numerator, double denominator)
{
    const double ratio = denominator > 0 ? numerator / denominator : 0;

    return isnan(ratio) ? 0 : ratio;
}

double counts_accuracy(const Counts *c)
{
    return ratio_or_zero(c->tp + c->tn, c->tp + c->fp + c->fn + c->tn);
}

double counts_precision(const Counts *c)
{
    return ratio_or_zero(c->tp, c->tp + c->fp);
}

double counts_recall(const Counts *c)
{
    return ratio_or_zero(c->tp, c->tp + c->fn);
}

double counts_specificity(const Counts *c)
{
    return ratio_or_zero(c->tn, c->tn + c->fp);
}

double counts_fpr(const Counts *c)
{
    return ratio_or_zero(c->fp, c->fp + c->tn);
}

double fbeta_of(double precision, double recall, double beta)
{
    const double square = beta * beta;

    if (isinf(square)) /* the limit */
        return precision > 0 ? recall : 0;
    return ratio_or_zero((1 + square) * precision * recall, square * precision + recall);
}

double counts_fbeta(const Counts *c, double beta)
{
    return fbeta_of(counts_precision(c), counts_recall(c), beta);
}

Scores counts_scores(const Counts *c, double beta)
{
    return (Scores){
        .precision = counts_precision(c),
        .recall = counts_recall(c),
        .fbeta = counts_fbeta(c, beta),
        .support = c->tp + c->fn,
    };
}

static Scores micro_average(const Counts *classes, size_t n, double beta)
{
    Counts sum = {0};

    for (size_t i = 0; i < n; i++) {
        sum.tp += classes[i].tp;
        sum.fp += classes[i].fp;
        sum.fn += classes[i].fn;
    }
    return counts_scores(&sum, beta);
}

Scores counts_average(const Counts *classes, size_t n, Average how, double beta)
{
    Scores mean = {0};
    double weights = 0;

    if (how == AVERAGE_MICRO)
        return micro_average(classes, n, beta);
    for (size_t i = 0; i < n; i++) {
        const Scores s = counts_scores(&classes[i], beta);
        const double weight = how == AVERAGE_WEIGHTED ? s.support : 1;

        mean.precision += weight * s.precision;
        mean.recall += weight * s.recall;
        mean.fbeta += weight * s.fbeta;
        mean.support += s.support;
        weights += weight;
    }
    mean.precision = ratio_or_zero(mean.precision, weights);
    mean.recall = ratio_or_zero(mean.recall, weights);
    mean.fbeta = ratio_or_zero(mean.fbeta, weights);
    return mean;
}
