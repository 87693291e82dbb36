/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/confusion.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_WIDTH = 16 };

void confusion_init(Confusion *c)
{
    *c = (Confusion){0};
}

void confusion_deinit(Confusion *c)
{
    numbering_deinit(&c->labels);
    mem_free(c->cells);
    confusion_init(c);
}

size_t confusion_labels(const Confusion *c)
{
    return c->labels.len;
}

int64_t confusion_label(const Confusion *c, size_t i)
{
    return (int64_t)c->labels.keys[i];
}

uint64_t confusion_cell(const Confusion *c, size_t truth, size_t predicted)
{
    return c->cells[truth * c->width + predicted];
}

/* Make the matrix wide enough for `labels` of them. */
static Status widen(Confusion *c, size_t labels)
{
    size_t width = c->width ? c->width : FIRST_WIDTH;
    uint64_t *cells;

    while (width < labels)
        width *= 2;
    if (width == c->width)
        return ST_OK;
    cells = mem_calloc(width * width, sizeof *cells);
    if (!cells)
        return ST_NOMEM;
    for (size_t row = 0; row < c->width; row++)
        memcpy(cells + row * width, c->cells + row * c->width, c->width * sizeof *cells);
    mem_free(c->cells);
    c->cells = cells;
    c->width = width;
    return ST_OK;
}

Status confusion_fix(Confusion *c, const int64_t *labels, size_t n)
{
    c->fixed = true;
    for (size_t i = 0; i < n; i++) {
        uint32_t number;
        const Status st =
            numbering_add(&c->labels, (uint64_t)labels[i], CONFUSION_LABELS_MAX, &number);

        if (st)
            return st;
        if (number != i)
            return ST_EXISTS;
    }
    return widen(c, n);
}

static void count_fixed(Confusion *c, const int64_t *truth, const int64_t *predicted, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t row = numbering_find(&c->labels, (uint64_t)truth[i]);
        const uint32_t column = numbering_find(&c->labels, (uint64_t)predicted[i]);

        if (row != NUMBER_NONE && column != NUMBER_NONE)
            c->cells[row * c->width + column]++;
    }
}

Status confusion_add(Confusion *c, const int64_t *truth, const int64_t *predicted, size_t n)
{
    Status st = ST_OK;

    if (c->fixed) {
        count_fixed(c, truth, predicted, n);
        return ST_OK;
    }
    for (size_t i = 0; i < n && !st; i++) {
        uint32_t row = 0;
        uint32_t column = 0;

        st = numbering_add(&c->labels, (uint64_t)truth[i], CONFUSION_LABELS_MAX, &row);
        if (!st)
            st = numbering_add(&c->labels, (uint64_t)predicted[i], CONFUSION_LABELS_MAX, &column);
        if (!st && c->labels.len > c->width)
            st = widen(c, c->labels.len);
        if (!st)
            c->cells[row * c->width + column]++;
    }
    return st;
}

static int compare_labels(const void *a, const void *b)
{
    int64_t x;
    int64_t y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

Status confusion_sort(Confusion *c)
{
    const size_t k = c->labels.len;
    Confusion sorted = {0};
    int64_t *labels = mem_array(k, sizeof *labels);
    Status st = ST_NOMEM;

    if (!labels)
        return ST_NOMEM;
    for (size_t i = 0; i < k; i++)
        labels[i] = confusion_label(c, i);
    if (k)
        qsort(labels, k, sizeof *labels, compare_labels);
    st = confusion_fix(&sorted, labels, k);
    mem_free(labels);
    if (st) {
        confusion_deinit(&sorted);
        return st;
    }
    for (size_t row = 0; row < k; row++)
        for (size_t column = 0; column < k; column++) {
            const size_t to = numbering_find(&sorted.labels, c->labels.keys[row]) * sorted.width +
                              numbering_find(&sorted.labels, c->labels.keys[column]);

            sorted.cells[to] = confusion_cell(c, row, column);
        }
    sorted.fixed = c->fixed;
    confusion_deinit(c);
    *c = sorted;
    return ST_OK;
}

/* ------------------------------------------------------------------ of a matrix */

typedef struct Margins {
    double total;
    double diagonal;
    double crossed; /* sum of row total * column total of the same label */
    double row_squares;
    double column_squares;
} Margins;

static double line_sum(const uint64_t *cells, size_t count, size_t step)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += (double)cells[i * step];
    return sum;
}

static Margins margins_of(const uint64_t *cells, size_t k)
{
    Margins m = {0};

    for (size_t i = 0; i < k; i++) {
        const double row = line_sum(cells + i * k, k, 1);
        const double column = line_sum(cells + i, k, k);

        m.total += row;
        m.diagonal += (double)cells[i * k + i];
        m.crossed += row * column;
        m.row_squares += row * row;
        m.column_squares += column * column;
    }
    return m;
}

void matrix_counts(const uint64_t *cells, size_t k, Counts *counts)
{
    double total = 0;

    for (size_t i = 0; i < k; i++) {
        const double tp = (double)cells[i * k + i];
        const double row = line_sum(cells + i * k, k, 1);

        counts[i] = (Counts){.tp = tp, .fp = line_sum(cells + i, k, k) - tp, .fn = row - tp};
        total += row;
    }
    for (size_t i = 0; i < k; i++)
        counts[i].tn = total - counts[i].tp - counts[i].fp - counts[i].fn;
}

double matrix_accuracy(const uint64_t *cells, size_t k)
{
    const Margins m = margins_of(cells, k);

    return ratio_or_zero(m.diagonal, m.total);
}

static double weight_of(size_t i, size_t j, KappaWeights weights)
{
    const double apart = i < j ? (double)(j - i) : (double)(i - j);

    if (weights == KAPPA_PLAIN)
        return apart > 0;
    return weights == KAPPA_LINEAR ? apart : apart * apart;
}

/* What the weights add up to when each row is spread as all rows together are; from the
 * sums of the lines alone, and without differences of large numbers:
 *
 *   plain      each row with the columns of other labels
 *   linear     |i - j| counts the steps between the two: at each step what is on one side
 *              with what is on the other
 *   quadratic  (i - j)^2 about the mean of the rows, where the mixed term is nothing */
static double expected_plain(const uint64_t *cells, size_t k, double total)
{
    double sum = 0;

    for (size_t i = 0; i < k; i++)
        sum += line_sum(cells + i * k, k, 1) * (total - line_sum(cells + i, k, k));
    return sum;
}

static double expected_linear(const uint64_t *cells, size_t k, double total)
{
    double sum = 0;
    double rows = 0; /* so far */
    double columns = 0;

    for (size_t i = 0; i < k; i++) {
        rows += line_sum(cells + i * k, k, 1);
        columns += line_sum(cells + i, k, k);
        sum += rows * (total - columns) + columns * (total - rows);
    }
    return sum;
}

static double expected_quadratic(const uint64_t *cells, size_t k, double total)
{
    double sum = 0;
    double mean = 0;

    for (size_t i = 0; i < k; i++)
        mean += (double)i * line_sum(cells + i * k, k, 1);
    mean = ratio_or_zero(mean, total);
    for (size_t i = 0; i < k; i++) {
        const double apart = (double)i - mean;

        sum += apart * apart * (line_sum(cells + i * k, k, 1) + line_sum(cells + i, k, k));
    }
    return sum * total;
}

static double observed_weight(const uint64_t *cells, size_t k, KappaWeights weights)
{
    double sum = 0;

    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++)
            sum += weight_of(i, j, weights) * (double)cells[i * k + j];
    return sum;
}

double matrix_kappa(const uint64_t *cells, size_t k, KappaWeights weights)
{
    const double total = line_sum(cells, k * k, 1);
    const double expected = weights == KAPPA_PLAIN    ? expected_plain(cells, k, total)
                            : weights == KAPPA_LINEAR ? expected_linear(cells, k, total)
                                                      : expected_quadratic(cells, k, total);

    return expected > 0 ? 1 - observed_weight(cells, k, weights) * total / expected : 0;
}

double matrix_matthews(const uint64_t *cells, size_t k)
{
    const Margins m = margins_of(cells, k);
    const double square = m.total * m.total;

    return ratio_or_zero(m.diagonal * m.total - m.crossed,
                         sqrt((square - m.column_squares) * (square - m.row_squares)));
}
