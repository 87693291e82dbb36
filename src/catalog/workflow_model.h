/* SPDX-License-Identifier: Apache-2.0 */
/* Which versions of models take part in which workflow, with tags.
 *
 * The version itself, its metadata and its page are the registry's (catalog/version.h). */
#ifndef VIREO_CATALOG_WORKFLOW_MODEL_H
#define VIREO_CATALOG_WORKFLOW_MODEL_H

#include "catalog/catalog.h"

enum { WORKFLOW_MODELS_MAX = 10000 };

typedef struct WorkflowModelRow {
    int64_t version_id;
    Str model; /* current name */
    int32_t number;
    Str metadata; /* JSON object, of the version */
    Str tags;     /* JSON array of strings */
    int64_t created_ns;
} WorkflowModelRow;

typedef struct WorkflowModelList {
    WorkflowModelRow *items; /* in the order in which they came */
    size_t len;
} WorkflowModelList;

/* Add when it is not there; one that is stays as it is.  ST_LIMIT. */
MUST_CHECK Status catalog_workflow_model_put(Catalog *c, int64_t space_id, int64_t version_id,
                                             Str tags, int64_t now_ns, bool *created);
/* The one that has the model's name now or had it, in that version; 0: the highest of those that
 * take part.  ST_NOTFOUND. */
MUST_CHECK Status catalog_workflow_model_get(Catalog *c, int64_t project_id, int64_t space_id,
                                             Str name, int32_t number, Arena *arena,
                                             WorkflowModelRow *out);
MUST_CHECK Status catalog_workflow_model_list(Catalog *c, int64_t space_id, Arena *arena,
                                              WorkflowModelList *out);
/* ST_NOTFOUND. */
MUST_CHECK Status catalog_workflow_model_set_tags(Catalog *c, int64_t space_id, int64_t version_id,
                                                  Str tags);

#endif
