/* SPDX-License-Identifier: Apache-2.0 */
/* Workflows with their test cases and test suites, all found by name.
 *
 * Names of cases and suites are unique in their workflow.  Versions are immutable: cases get
 * them by edits, suites by another ordered membership.  Bodies are those of docs/api.md. */
#ifndef VIREO_DOMAIN_WORKFLOW_H
#define VIREO_DOMAIN_WORKFLOW_H

#include "catalog/suite.h"
#include "domain/sample.h"

enum { BULK_CASES_MAX = 10000, SCHEMA_MAX = 64 << 10 };

/* {"name", "description"?, "metadata"?, "tags"?, "schema"?}: find or create; a schema with other
 * content is the workflow's next. */
MUST_CHECK Status workflow_put(Domain *d, int64_t project_id, Str body, Arena *arena, SpaceRow *out,
                               bool *created, FieldErr *err);
/* ST_NOTFOUND with field "workflow". */
MUST_CHECK Status workflow_get(Domain *d, int64_t project_id, Str name, Arena *arena, SpaceRow *out,
                               FieldErr *err);
MUST_CHECK Status workflow_list(Domain *d, int64_t project_id, Str after, size_t limit,
                                Arena *arena, SpaceList *out);
/* The newest for version 0.  ST_NOTFOUND. */
MUST_CHECK Status workflow_schema(Domain *d, int64_t workflow_id, int64_t version, Arena *arena,
                                  SchemaRow *out);

/* ------------------------------------------------------------ cases */

/* {"name", "description"?, "samples"?}.  ST_EXISTS: the name is taken. */
MUST_CHECK Status case_create(Domain *d, int64_t workflow_id, Str body, Arena *arena,
                              SampleListRow *out, FieldErr *err);
/* {"cases": [{"name", "description"?, "samples"?}], "reset"?}: all or none; *count of `out`. */
MUST_CHECK Status case_bulk(Domain *d, int64_t workflow_id, Str body, Arena *arena, CaseOut **out,
                            size_t *count, FieldErr *err);
/* {"base_version"?, "reset"?, "description"?, "edits"?, "message"?, "by"?}.  ST_EXISTS:
 * base_version is not the newest. */
MUST_CHECK Status case_commit(Domain *d, const SampleListRow *row, Str body, Arena *arena,
                              CommitOut *out, FieldErr *err);
/* ST_NOTFOUND with field "case". */
MUST_CHECK Status case_get(Domain *d, int64_t workflow_id, Str name, Arena *arena,
                           SampleListRow *out, FieldErr *err);
/* ST_EXISTS: a suite holds it. */
MUST_CHECK Status case_remove(Domain *d, const SampleListRow *row, FieldErr *err);

/* ------------------------------------------------------------ suites */

/* {"name", "description"?, "tags"?, "cases"?}.  ST_EXISTS: the name is taken. */
MUST_CHECK Status suite_create(Domain *d, int64_t workflow_id, Str body, Arena *arena,
                               SuiteRow *out, FieldErr *err);
/* {"base_version"?, "cases"?: [{"name", "version"?}], "description"?, "tags"?, "message"?, "by"?};
 * *made: the membership is another, and so the version. */
MUST_CHECK Status suite_commit(Domain *d, int64_t workflow_id, Str name, Str body, Arena *arena,
                               SuiteRow *out, bool *made, FieldErr *err);
/* ST_NOTFOUND with field "suite". */
MUST_CHECK Status suite_get(Domain *d, int64_t workflow_id, Str name, Arena *arena, SuiteRow *out,
                            FieldErr *err);
MUST_CHECK Status suite_remove(Domain *d, const SuiteRow *row, FieldErr *err);

#endif
