/* SPDX-License-Identifier: Apache-2.0 */
/* Models of a workflow: known by name alone, with free-form metadata and tags.
 *
 * Each is a version in the project's registry whose fingerprint is its name, so it has its page
 * and tag like any other.  The tag of a version that is there already ("digits:v2") stands for
 * that version.  What is loaded keeps the metadata and tags that it has. */
#ifndef VIREO_DOMAIN_WORKFLOW_MODEL_H
#define VIREO_DOMAIN_WORKFLOW_MODEL_H

#include "catalog/workflow_model.h"
#include "domain/domain.h"

/* {"metadata", "tags"}, both optional.  ST_NOTFOUND: no such workflow; ST_INVALID. */
MUST_CHECK Status workflow_model_put(Domain *d, int64_t project_id, Str workflow, Str name,
                                     Str body, Arena *arena, WorkflowModelRow *out, bool *created,
                                     FieldErr *err);
/* The same members; what is missing stays.  ST_NOTFOUND: no such workflow or model. */
MUST_CHECK Status workflow_model_patch(Domain *d, int64_t project_id, Str workflow, Str name,
                                       Str body, Arena *arena, WorkflowModelRow *out,
                                       FieldErr *err);
MUST_CHECK Status workflow_model_get(Domain *d, int64_t project_id, Str workflow, Str name,
                                     Arena *arena, WorkflowModelRow *out);
/* Those that have all of `tags` (comma separated; empty: all models). */
MUST_CHECK Status workflow_model_list(Domain *d, int64_t project_id, Str workflow, Str tags,
                                      Arena *arena, WorkflowModelList *out);

#endif
