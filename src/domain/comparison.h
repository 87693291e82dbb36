/* SPDX-License-Identifier: Apache-2.0 */
/* Several evaluations on the same samples: how far is each from the baseline, and is that chance?
 *
 * One line is a metric in a case (`all`: every sample once) and a stratum.  Each evaluation has its
 * value there, the mean of its rows or what its evaluator gave for the case; those that have
 * rows of the same samples as the baseline are tested in pairs (paired.h).  p values are corrected
 * for the number of all tests in the answer.  A verdict needs a direction (direction.h) and a test.
 *
 * A value that the evaluator gave and that is not the mean of rows is compared, not tested. */
#ifndef VIREO_DOMAIN_COMPARISON_H
#define VIREO_DOMAIN_COMPARISON_H

#include "domain/direction.h"
#include "domain/measured.h"
#include "domain/paired.h"
#include "domain/strata.h"

enum { COMPARISON_MAX = 10, COMPARISON_MAX_LINES = 100000 };

typedef enum Correction { CORRECTION_HOLM, CORRECTION_BH, CORRECTION_NONE } Correction;

typedef enum Verdict {
    VERDICT_UNKNOWN, /* no test, or no direction for what changed */
    VERDICT_SAME,
    VERDICT_IMPROVED,
    VERDICT_REGRESSED
} Verdict;

typedef struct ComparisonWish {
    const int64_t *ids; /* of evaluations, 1 to COMPARISON_MAX */
    size_t count;
    size_t baseline;          /* which of them */
    const Str *configuration; /* NULL: as measured_open() has it */
    Str scope;                /* one case; empty: `all` and every case */
    Str metrics;              /* names separated by commas; empty: all */
    Str stratify;             /* see strata.h; empty: not */
    Directions told;
    Correction correction;
    PairedPlan plan;
} ComparisonWish;

typedef struct ComparedValue {
    double value; /* NaN: none */
    uint64_t n;   /* rows behind it; 0: given by the evaluator */
    PairedResult paired;
    double corrected; /* p after the correction; NaN without a test */
    Verdict verdict;
} ComparedValue;

typedef struct ComparedLine {
    Str scope;
    Str stratum; /* empty: all samples of the case */
    Str metric;
    MetricKind kind;
    Direction direction;
    ComparedValue *values; /* one an evaluation */
} ComparedLine;

typedef struct Comparison {
    Evaluation *evaluations;
    Str *configurations; /* of each, as it was found */
    size_t count;
    ComparedLine *lines;
    size_t len;
    uint64_t tests;
} Comparison;

/* ST_INVALID: a field, or evaluations of other samples.  Pairs that were compared before are taken
 * from memory (pair_cache.h) or the catalogue (catalog/summary.h). */
MUST_CHECK Status comparison_make(Domain *d, int64_t project_id, const ComparisonWish *wish,
                                  Arena *arena, Comparison *out, FieldErr *err);

/* As comparison_make() without memory, corrections and verdicts. */
MUST_CHECK Status comparison_compute(Domain *d, int64_t project_id, const ComparisonWish *wish,
                                     Arena *arena, Comparison *out, FieldErr *err);
/* ST_INVALID: more than COMPARISON_MAX_LINES. */
MUST_CHECK Status comparison_too_large(FieldErr *err);
/* A value that is none. */
ComparedValue compared_nothing(void);

/* The evaluation is complete: compare it with others of its target in the background, so that
 * whoever looks finds it done. */
void comparison_prepare(Domain *d, const EvaluationRow *row);

/* The values of two sides by sample, of one case and metric. */
typedef struct ChangedSample {
    int64_t number;
    double before;
    double after;
    double difficulty; /* 0 to 1; NaN: no directed metric */
} ChangedSample;

typedef struct ChangedSamples {
    ChangedSample *items; /* by how far they changed, farthest first */
    size_t len;
    size_t total; /* that changed in that direction */
} ChangedSamples;

typedef struct ChangedWish {
    int64_t before, after; /* evaluations */
    const Str *configuration;
    Str scope;
    Str metric;
    Directions told;
    int side; /* 1: better ones, -1: worse ones, 0: all that have both values */
    size_t offset, limit;
} ChangedWish;

MUST_CHECK Status comparison_changed(Domain *d, int64_t project_id, const ChangedWish *wish,
                                     Arena *arena, ChangedSamples *out, FieldErr *err);

/* How hard each of `numbers` is for the evaluations, from 0 to 1: the mean over them and over their
 * directed metrics of how bad the value is between the best and the worst of the case; a metric
 * that is the same everywhere counts 0.  NaN: a sample with no such value. */
MUST_CHECK Status comparison_difficulty(const Measured *sides, size_t count, Str scope,
                                        const Directions *told, const int64_t *numbers, size_t len,
                                        double *out);

/* For the evaluations of a comparison, opened.  ST_NOTFOUND, ST_INVALID with the field. */
MUST_CHECK Status comparison_open(Domain *d, int64_t project_id, int64_t id,
                                  const Str *configuration, Arena *arena, Evaluation *evaluation,
                                  Measured *out, FieldErr *err);

#endif
