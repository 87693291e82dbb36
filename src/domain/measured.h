/* SPDX-License-Identifier: Apache-2.0 */
/* What an evaluation measured, as people look at it: metrics by case, and rows by sample.
 *
 * Where the evaluator gave no metrics of a case, they are the means of its rows: the share of true
 * ones, the mean of numbers (NaN and null left out). */
#ifndef VIREO_DOMAIN_MEASURED_H
#define VIREO_DOMAIN_MEASURED_H

#include "codec/json_read.h"
#include "domain/evaluation.h"
#include "results/frame.h"

/* An evaluation that is open for reading. */
typedef struct Measured {
    Domain *domain;
    const Evaluation *evaluation;
    const Target *target;
    ResultFrame *frame;
    Str configuration;
} Measured;

/* `configuration` NULL: rows of none, or of the first one when there are no such rows.
 * ST_INVALID: the evaluation has no such configuration. */
MUST_CHECK Status measured_open(Domain *d, const Evaluation *e, const Str *configuration,
                                Measured *out);
void measured_close(Measured *m);

/* Files of rows are damaged, gone or unreadable: what shows many evaluations goes on with the
 * others. */
static inline bool measured_is_damage(Status st)
{
    return st == ST_CORRUPT || st == ST_IO;
}

/* The case of that name, or all samples together when `scope` is empty or `all` and no case has
 * that name.  ST_NOTFOUND. */
MUST_CHECK Status measured_rows(const Measured *m, Str scope, Arena *arena, FrameRows *out);

typedef struct MeanMetric {
    Str name;
    MetricKind kind;
    double mean; /* NaN: no row has a number */
    uint64_t n;  /* rows that have one */
} MeanMetric;

typedef struct CaseSummary {
    Str name;
    uint64_t samples;  /* in the case */
    uint64_t rows;     /* with a result */
    Str given;         /* metrics as the evaluator gave them: JSON object; empty: none */
    Str thresholded;   /* JSON array; empty: none */
    MeanMetric *means; /* of boolean and numeric columns */
    size_t mean_count;
} CaseSummary;

typedef struct CaseSummaries {
    CaseSummary *items; /* in the order of the suite */
    size_t len;
    CaseSummary whole; /* all samples together, each once; name "all" */
} CaseSummaries;

/* The number of a metric that an evaluator gave: numbers, and booleans as 0 or 1. */
bool given_number(const Json *v, double *out);

MUST_CHECK Status measured_cases(const Measured *m, Arena *arena, CaseSummaries *out);

/* All samples together, as in CaseSummaries.whole. */
MUST_CHECK Status measured_whole(const Measured *m, Arena *arena, CaseSummary *out);

/* ------------------------------------------------------------ rows */

typedef struct RowsWish {
    Str scope;
    Str sort; /* a metric; empty: by sample number */
    bool descending;
    Str filter; /* see row_filter.h */
    size_t offset;
    size_t limit;
} RowsWish;

typedef struct RowsPage {
    const MetricInfo *metrics;
    size_t metric_count;
    const int64_t *numbers;
    ResultCell *cells; /* metric_count of them for each row, row after row */
    size_t len;
    uint64_t total; /* rows that fit the filter */
} RowsPage;

/* ST_NOTFOUND: no such case; ST_INVALID with the field: sort or filter. */
MUST_CHECK Status measured_page(const Measured *m, const RowsWish *wish, Arena *arena,
                                RowsPage *out, FieldErr *err);

/* Samples that the model has answered, ascending: those of all with an empty filter, else those
 * whose rows fit it.  ST_INVALID with the field. */
MUST_CHECK Status measured_answered(const Measured *m, Str filter, Arena *arena, int64_t **out,
                                    size_t *len, FieldErr *err);
/* Rows of these samples, ascending; where one has none, its cells are missing. */
MUST_CHECK Status measured_some(const Measured *m, const int64_t *numbers, size_t count,
                                Arena *arena, RowsPage *out);

#endif
