/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets: versioned tables of samples, by name.
 *
 * A commit either changes what it says and makes the next version, or changes nothing.  Bodies
 * are those of docs/api.md; errors name the field. */
#ifndef VIREO_DOMAIN_DATASET_H
#define VIREO_DOMAIN_DATASET_H

#include "domain/sample.h"

/* {"name", "description"?, "metadata"?, "tags"?, "id_fields"?}: find or create.  ST_EXISTS: it is
 * there with other id fields. */
MUST_CHECK Status dataset_create(Domain *d, int64_t project_id, Str body, Arena *arena,
                                 SpaceRow *out, bool *created, FieldErr *err);
/* ST_NOTFOUND with field "dataset". */
MUST_CHECK Status dataset_get(Domain *d, int64_t project_id, Str name, Arena *arena, SpaceRow *out,
                              FieldErr *err);
/* {"name"?, "description"?, "metadata"?, "tags"?} */
MUST_CHECK Status dataset_patch(Domain *d, int64_t project_id, Str name, Str body, Arena *arena,
                                SpaceRow *out, FieldErr *err);
MUST_CHECK Status dataset_remove(Domain *d, int64_t project_id, Str name, FieldErr *err);
MUST_CHECK Status dataset_list(Domain *d, int64_t project_id, Str after, size_t limit, Arena *arena,
                               SpaceList *out);

/* {"base_version"?, "mode": "upsert" | "replace", "samples"?, "remove"?, "stage"?, "message"?,
 * "by"?}.  ST_EXISTS: base_version is not the newest. */
MUST_CHECK Status dataset_commit(Domain *d, const SpaceRow *dataset, Str body, Arena *arena,
                                 CommitOut *out, FieldErr *err);
/* Samples that are at hand, as an upsert. */
MUST_CHECK Status dataset_put(Domain *d, const SpaceRow *dataset, const SamplePuts *puts,
                              Str message, Str by, CommitOut *out, FieldErr *err);

MUST_CHECK Status dataset_stage_new(Domain *d, const SpaceRow *dataset, int64_t *stage,
                                    FieldErr *err);
/* {"samples": [...]}: behind those before; *total of the stage. */
MUST_CHECK Status dataset_stage_put(Domain *d, const SpaceRow *dataset, int64_t stage, Str body,
                                    Arena *arena, int64_t *total, FieldErr *err);
MUST_CHECK Status dataset_stage_remove(Domain *d, const SpaceRow *dataset, int64_t stage,
                                       FieldErr *err);

/* The rules by which the dataset reads samples. */
MUST_CHECK Status dataset_rules(const SpaceRow *dataset, const char *field, Arena *arena,
                                SampleRules *out);

/* "3" or "v3" to a number of at most `newest`, empty to `newest`.  ST_NOTFOUND, ST_INVALID. */
MUST_CHECK Status list_version(Str text, int64_t newest, const char *field, int64_t *out,
                               FieldErr *err);

#endif
