/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that one entity's transaction takes in another's tables. */
#ifndef VIREO_CATALOG_INTERNAL_H
#define VIREO_CATALOG_INTERNAL_H

#include "catalog/counter.h"
#include "catalog/sql.h"

/* Models that the name $2 may mean in the project $1, for a FROM clause: the one that has it
 * (former = 0), then those that had it, the last one first. */
#define SQL_MODELS_NAMED                                             \
    "(SELECT id AS model_id, 0 AS former, 0 AS position FROM models" \
    " WHERE project_id = $1 AND name = $2"                           \
    " UNION ALL SELECT model_id, 1, position FROM former_names"      \
    " WHERE project_id = $1 AND name = $2) AS named"
#define SQL_NAMED_ORDER " ORDER BY named.former, named.position DESC LIMIT 1"

/* The model that a name means.  ST_NOTFOUND. */
MUST_CHECK Status model_id_of(Conn *c, int64_t project_id, Str name, int64_t *out);
/* ST_LIMIT past MAX_MODELS_PER_PROJECT. */
MUST_CHECK Status model_insert(Conn *c, int64_t project_id, Str name, int64_t now_ns, int64_t *out);
MUST_CHECK Status counters_apply(Conn *c, const CountDeltas *deltas);

#endif
