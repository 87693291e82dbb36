/* SPDX-License-Identifier: Apache-2.0 */
/* query_compare: what distinguishes the traces of one selection from those of another. */
#ifndef VIREO_QUERY_COMPARE_H
#define VIREO_QUERY_COMPARE_H

#include "query/facets.h"

typedef struct Selection {
    const Query *query;
    QueryWindow window;
} Selection;

/* Of one side. NaN: it has no traces. */
typedef struct SideStats {
    uint64_t traces;
    double error_rate;
    double p50_ns; /* of the roots' latency */
    double p95_ns;
} SideStats;

typedef struct Difference {
    Str field;
    Str value;
    uint64_t a; /* traces that have the value */
    uint64_t b;
    double share_a;
    double share_b;
    double z; /* of the two shares */
    double p; /* the chance of such a z when the shares are equal */
} Difference;

typedef struct Comparison {
    SideStats a;
    SideStats b;
    Difference *items; /* the largest |z| first */
    size_t len;
} Comparison;

/* `wish->len` 0: the fields that facets have.  Of each field the COMPARE_VALUES most
 * frequent values of each side are compared; `limit` differences are told. */
enum { COMPARE_VALUES = 1000, COMPARE_LIMIT = 100 };

MUST_CHECK Status query_compare(const Snapshot *snap, const Selection *a, const Selection *b,
                                const FacetWish *wish, size_t limit, QueryEngine *engine,
                                Arena *arena, Comparison *out);

#endif
