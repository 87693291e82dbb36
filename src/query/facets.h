/* SPDX-License-Identifier: Apache-2.0 */
/* Facets: the most frequent values of some fields among matching traces. */
#ifndef VIREO_QUERY_FACETS_H
#define VIREO_QUERY_FACETS_H

#include "query/engine.h"
#include "query/fields.h"

enum { FACET_MAX_FIELDS = 30, FACET_MAX_TOP = 100 };

typedef struct FacetValue {
    Str value;
    uint64_t count; /* traces */
} FacetValue;

typedef struct Facet {
    Str field; /* as the language names it: "status", "model", "tag.country" */
    FacetValue *values;
    size_t len;
} Facet;

typedef struct FacetList {
    Facet *items;
    size_t len;
} FacetList;

typedef struct FacetWish {
    Field fields[FACET_MAX_FIELDS];
    size_t len; /* 0: status, model, type, name, service, session, user and each tag */
    size_t top; /* values of each */
} FacetWish;

/* A value counts once for a trace that has it, wherever its spans are; of a field with more than
 * a hundred thousand values only some.  Fields without a value are left out when they were not
 * asked for.  `engine` may be NULL.  ST_LIMIT: of traces that are spread over blocks, too many
 * have too many values. */
MUST_CHECK Status query_facets(const Snapshot *snap, const Query *q, const QueryWindow *w,
                               const FacetWish *wish, QueryEngine *engine, Arena *arena,
                               FacetList *out);

#endif
