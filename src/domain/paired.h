/* SPDX-License-Identifier: Apache-2.0 */
/* Did a metric change on the same samples?  One paired test of two columns.
 *
 *   boolean metric          McNemar, exact; interval: Newcombe's of paired shares
 *   number, 30 pairs or more Student's paired t
 *   number, fewer           Wilcoxon's signed ranks; interval: bootstrap of the mean difference
 *
 * Any of them can be asked for; the bootstrap is given up for Student beyond PAIRED_BOOTSTRAP_MAX
 * pairs, where they agree.  Pairs in which either value is missing (NaN) are left out. */
#ifndef VIREO_DOMAIN_PAIRED_H
#define VIREO_DOMAIN_PAIRED_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { PAIRED_FEW = 30, PAIRED_BOOTSTRAP_MAX = 20000, PAIRED_ROUNDS = 2000 };

typedef enum PairedTest {
    PAIRED_AUTO,
    PAIRED_MCNEMAR,
    PAIRED_T,
    PAIRED_WILCOXON,
    PAIRED_BOOTSTRAP,
    PAIRED_NONE /* there was nothing to test */
} PairedTest;

typedef struct PairedResult {
    PairedTest test;
    uint64_t pairs;
    uint64_t up;   /* in which the second value is larger */
    uint64_t down; /* smaller */
    double delta;  /* mean of second - first; NaN without pairs */
    double low;    /* interval of delta; NaN: none */
    double high;
    double p; /* NaN without a test */
} PairedResult;

typedef struct PairedPlan {
    PairedTest test;
    double confidence;
} PairedPlan;

/* What one walk over two columns tells of them. */
typedef struct PairedSums {
    uint64_t pairs;
    uint64_t up;
    uint64_t down;
    double differences; /* sum of second - first */
    double firsts;      /* sum of the first values of the pairs */
    uint64_t second_count;
    double seconds; /* sum of all second values, also of those without a first one */
} PairedSums;

/* differences[i] = second - first at places[i] (NULL: at i), NaN where one is missing. */
void paired_subtract(const double *first, const double *second, const uint32_t *places, size_t n,
                     double *differences, PairedSums *out);
/* What paired_subtract() left; `boolean`: all values are 0 or 1.  ST_NOMEM. */
MUST_CHECK Status paired_compare(const double *differences, size_t n, const PairedSums *sums,
                                 bool boolean, const PairedPlan *plan, PairedResult *out);
/* "mcnemar", "paired t" ...; NULL for none. */
const char *paired_test_name(PairedTest test);
/* ST_INVALID: no such test. */
MUST_CHECK Status paired_test_from(const char *name, size_t len, PairedTest *out);

#endif
