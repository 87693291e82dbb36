/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that one entity's transaction takes in another's tables. */
#ifndef VIREO_CATALOG_INTERNAL_H
#define VIREO_CATALOG_INTERNAL_H

#include "catalog/counter.h"
#include "catalog/naming.h"
#include "catalog/sample_commit.h"
#include "catalog/sql.h"

/* Models that the name $2 may mean in the project $1, as by SQL_NAMED(). */
#define SQL_MODELS_NAMED SQL_NAMED("models", "model_id", "former_names")

/* The model that a name means.  ST_NOTFOUND. */
MUST_CHECK Status model_id_of(Conn *c, int64_t project_id, Str name, int64_t *out);
/* ST_LIMIT past MAX_MODELS_PER_PROJECT. */
MUST_CHECK Status model_insert(Conn *c, int64_t project_id, Str name, int64_t now_ns, int64_t *out);
/* What an evaluation measured has changed.  ST_NOTFOUND. */
MUST_CHECK Status evaluation_revise(Conn *c, int64_t id, int64_t now_ns);
MUST_CHECK Status counters_apply(Conn *c, const CountDeltas *deltas);

/* An empty list of samples.  ST_EXISTS: its space has one of that name; ST_LIMIT past CASES_MAX. */
MUST_CHECK Status sample_list_insert(Conn *c, int64_t space_id, Str name, Str description,
                                     int64_t now_ns, int64_t *out);
MUST_CHECK Status sample_list_read(Conn *c, int64_t list_id, Arena *arena, SampleListRow *out);
MUST_CHECK Status case_find(Conn *c, int64_t space_id, Str name, Arena *arena, SampleListRow *out);
/* One sample of a version by its number, as catalog_samples_each() shows it.  ST_NOTFOUND. */
MUST_CHECK Status sample_visit(Conn *c, int64_t list_id, int64_t version, int64_t number,
                               SampleVisit *visit, void *visitor);
MUST_CHECK Status sample_commit(Conn *c, const CommitIn *in, CommitOut *out, CommitErr *why);
MUST_CHECK Status sample_input_insert(Conn *c, int64_t space_id, int64_t number, const SamplePut *p,
                                      Str metadata);
MUST_CHECK Status sample_stage_drop(Conn *c, int64_t stage_id);
/* All datasets and workflows of a project. */
MUST_CHECK Status sample_spaces_drop(Conn *c, int64_t project_id);

/* The version up to which a row of sample_rows goes when nothing ended it. */
#define SQL_OPEN "9223372036854775807"
/* A row r of sample_rows is in version $2. */
#define SQL_IN_VERSION "r.from_version <= $2 AND r.to_version > $2"

#endif
