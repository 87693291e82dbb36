/* SPDX-License-Identifier: Apache-2.0 */
/* Overlap of n-grams: BLEU and ROUGE-N. */
#ifndef VIREO_STATS_NGRAM_H
#define VIREO_STATS_NGRAM_H

#include "stats/edit.h"

/* Longest n-grams. */
#define NGRAM_MAX 16u

/* What one candidate has in common with its references. */
typedef struct NgramCounts {
    uint64_t matched[NGRAM_MAX]; /* by n - 1: clipped by the largest count in any reference */
    uint64_t total[NGRAM_MAX];   /* n-grams of the candidate */
    uint64_t candidate;          /* its length */
    uint64_t reference;          /* length of the reference nearest to it, the shorter one of two */
} NgramCounts;

/* For n = 1 .. longest <= NGRAM_MAX; *counts is added to, as BLEU of a corpus sums them. */
MUST_CHECK Status ngram_count(Tokens candidate, const Tokens *references, size_t reference_count,
                              unsigned longest, NgramCounts *counts);

typedef enum BleuSmoothing {
    BLEU_NONE,    /* one n without a match makes all 0 */
    BLEU_ADD_ONE, /* 1 is added to both counts of n > 1 (Lin and Och 2004) */
    BLEU_HALVES,  /* the k-th n without a match counts 1 / 2^k of one (NIST, sacreBLEU's "exp") */
} BleuSmoothing;

/* Brevity penalty min(1, exp(1 - reference / candidate)) times the geometric mean of the
 * precisions of n = 1 .. longest.  0 for an empty candidate and for one without n-grams
 * of the longest kind. */
double bleu_score(const NgramCounts *counts, unsigned longest, BleuSmoothing smoothing);

typedef struct Overlap {
    uint64_t matched;
    uint64_t candidate;
    uint64_t reference;
} Overlap;

/* Common n-grams of one pair, each as often as in the one that has fewer of them. */
MUST_CHECK Status ngram_overlap(Tokens candidate, Tokens reference, unsigned n, Overlap *out);

#endif
