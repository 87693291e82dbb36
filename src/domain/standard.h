/* SPDX-License-Identifier: Apache-2.0 */
/* Quality standards: a name for how a project judges its models, for everybody in it.
 *
 *     {"target": {...},
 *      "metric_groups": [{"name": "quality", "metrics": [
 *          {"label": "Recall", "metric": "recall", "higher_is_better": true}]}],
 *      "strata": ["metadata.city", "metadata.age:quantiles=4"]}
 *
 * `target` is the user's own business.  Metrics are in groups under labels, unique in their group;
 * a direction that is null leaves a metric without verdict, one that is left out is guessed. Strata
 * are those of strata.h. */
#ifndef VIREO_DOMAIN_STANDARD_H
#define VIREO_DOMAIN_STANDARD_H

#include "catalog/standard.h"
#include "domain/direction.h"
#include "domain/domain.h"

enum { STANDARD_MAX_BODY = 256 * 1024, STANDARD_MAX_STRATA = 50 };

/* ST_INVALID with the field. */
MUST_CHECK Status standard_put(Domain *d, int64_t project_id, Str name, Str body, Arena *arena,
                               StandardRow *out, FieldErr *err);
MUST_CHECK Status standard_get(Domain *d, int64_t project_id, Str name, Arena *arena,
                               StandardRow *out);
MUST_CHECK Status standard_list(Domain *d, int64_t project_id, Arena *arena, StandardList *out);
MUST_CHECK Status standard_remove(Domain *d, int64_t project_id, Str name);
/* {"to": NAME, "metric_groups": true, "strata": true}: what is true takes the place of what the
 * other standard has, which is made when there is none.  ST_NOTFOUND: `name`. */
MUST_CHECK Status standard_copy(Domain *d, int64_t project_id, Str name, Str body, Arena *arena,
                                StandardRow *out, FieldErr *err);

/* What a comparison needs of a standard. */
typedef struct StandardPlan {
    Str metrics; /* separated by commas, each once */
    Directions told;
    Str strata[STANDARD_MAX_STRATA];
    size_t strata_count;
} StandardPlan;

MUST_CHECK Status standard_plan(const StandardRow *row, Arena *arena, StandardPlan *out);

#endif
