/* SPDX-License-Identifier: Apache-2.0 */
/* Summaries: what was computed from the rows of one evaluation, or of a pair of them, so that a
 * restart need not do it again.
 *
 * Each holds for the revisions under which it was made: measuring more makes it as good as gone.
 * What it says is the caller's business, and that includes a mark of how it was computed in
 * `about`. */
#ifndef VIREO_CATALOG_SUMMARY_H
#define VIREO_CATALOG_SUMMARY_H

#include "catalog/catalog.h"

enum { SUMMARIES_MAX = 1024 /* of an evaluation, as the first of a pair */, SUMMARY_MAX = 4 << 20 };

typedef struct SummaryKey {
    int64_t ids[2]; /* of evaluations; the same twice: of one */
    int64_t revisions[2];
    Str about; /* what is summarised, and how */
} SummaryKey;

/* ST_NOTFOUND: there is none, or only of other revisions. */
MUST_CHECK Status catalog_summary_get(Catalog *c, const SummaryKey *key, Arena *arena, Str *body);
/* In the place of an older one, and of another of the first evaluation where it has SUMMARIES_MAX.
 * ST_NOTFOUND: an evaluation is gone; ST_LIMIT: too large. */
MUST_CHECK Status catalog_summary_put(Catalog *c, const SummaryKey *key, Str body);

#endif
