/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluations: one model version run over one version of a suite or dataset by one evaluator.
 *
 * An evaluation is what its key says: putting the same key again finds it, and its
 * configurations accumulate.  `revision` grows with every change of what is measured, so that
 * whatever was computed from an older one is known to be old. */
#ifndef VIREO_CATALOG_EVALUATION_H
#define VIREO_CATALOG_EVALUATION_H

#include "catalog/catalog.h"

enum { EVALUATIONS_MAX = 100000, CONFIGURATIONS_MAX = 100 }; /* of a project, of an evaluation */

/* What is tested against.  Its samples are numbered in their `space`. */
typedef struct TargetKey {
    int64_t space; /* of a dataset or a workflow */
    int64_t suite; /* 0: the dataset */
    int64_t version;
} TargetKey;

typedef struct EvaluationRow {
    int64_t id;
    int64_t project_id;
    int64_t version_id; /* of the model */
    Str model;          /* its current name */
    int32_t model_version;
    TargetKey target;
    Str target_name;
    Str workflow; /* empty for a dataset */
    Str split;    /* of the dataset; empty: all */
    Str evaluator;
    Str status;   /* running, complete, failed */
    Str message;  /* why it failed, or what it is doing */
    int64_t done; /* progress in millionths */
    Str judges;   /* JSON array of tags */
    Str metadata; /* JSON object */
    int64_t revision;
    int64_t created_ns;
    int64_t updated_ns;
} EvaluationRow;

typedef struct EvaluationList {
    EvaluationRow *items; /* newest first */
    size_t len;
    bool more;
} EvaluationList;

typedef struct ConfigurationRow {
    Str name; /* display name; what identifies it */
    Str body; /* JSON */
} ConfigurationRow;

typedef struct ConfigurationList {
    ConfigurationRow *items; /* in the order in which they came */
    size_t len;
} ConfigurationList;

/* Find or make; `row` gives the key (version_id, target, split, evaluator), and for a new one
 * all else but id and revision.  Configurations that are not there yet are added, one with another
 * body replaces it.  ST_LIMIT: too many evaluations or configurations. */
MUST_CHECK Status catalog_evaluation_put(Catalog *c, const EvaluationRow *row,
                                         const ConfigurationList *configurations, int64_t *id,
                                         bool *created);
/* ST_NOTFOUND when the project has no such evaluation. */
MUST_CHECK Status catalog_evaluation_get(Catalog *c, int64_t project_id, int64_t id, Arena *arena,
                                         EvaluationRow *out);
MUST_CHECK Status catalog_evaluation_configurations(Catalog *c, int64_t id, Arena *arena,
                                                    ConfigurationList *out);

/* Empty texts and zeros: whatever it is. */
typedef struct EvaluationFilter {
    int64_t before; /* ids below it; 0: from the newest */
    Str model;      /* by its current name */
    int32_t model_version;
    Str workflow;
    Str suite;
    Str dataset;
    int64_t version; /* of the target */
    Str status;
    Str evaluator;
} EvaluationFilter;

MUST_CHECK Status catalog_evaluation_list(Catalog *c, int64_t project_id,
                                          const EvaluationFilter *filter, size_t limit,
                                          Arena *arena, EvaluationList *out);

/* status, message, done, metadata and updated_ns of `row`.  ST_NOTFOUND. */
MUST_CHECK Status catalog_evaluation_update(Catalog *c, const EvaluationRow *row);
/* With its configurations, metrics, plots and parts; files are the caller's.  ST_NOTFOUND. */
MUST_CHECK Status catalog_evaluation_remove(Catalog *c, int64_t project_id, int64_t id);

/* What an evaluator computed: metrics or plots of one case, or of the whole (case empty). */
typedef struct FindingRow {
    Str kind; /* metrics, plots */
    Str configuration;
    Str scope; /* name of the case; empty: the whole suite or dataset */
    Str body;  /* JSON */
} FindingRow;

typedef struct FindingList {
    FindingRow *items; /* by kind, configuration and scope */
    size_t len;
} FindingList;

/* Put or replace all of them, at once.  ST_NOTFOUND: no such evaluation. */
MUST_CHECK Status catalog_findings_put(Catalog *c, int64_t evaluation_id,
                                       const FindingList *findings, int64_t now_ns);
MUST_CHECK Status catalog_findings_list(Catalog *c, int64_t evaluation_id, Str kind, Arena *arena,
                                        FindingList *out);

#endif
