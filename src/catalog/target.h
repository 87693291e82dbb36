/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: the version of a suite or dataset that an evaluation is about, as lists of sample
 * numbers.
 *
 * A suite has its cases in their order; a dataset has one, `all`.  Versions never change, so what
 * is read here may be kept. */
#ifndef VIREO_CATALOG_TARGET_H
#define VIREO_CATALOG_TARGET_H

#include "catalog/evaluation.h"

#define TARGET_ALL "all"

/* `version` 0: the newest.  ST_NOTFOUND. */
MUST_CHECK Status catalog_target_suite(Catalog *c, int64_t project_id, Str workflow, Str suite,
                                       int64_t version, TargetKey *out);
MUST_CHECK Status catalog_target_dataset(Catalog *c, int64_t project_id, Str dataset,
                                         int64_t version, TargetKey *out);
/* The space of a workflow.  ST_NOTFOUND. */
MUST_CHECK Status catalog_target_workflow(Catalog *c, int64_t project_id, Str workflow,
                                          int64_t *space);

typedef struct TargetCase {
    Str name;
    int64_t list; /* of samples, and its version */
    int64_t list_version;
    int64_t *numbers; /* of the samples, ascending */
    size_t count;
} TargetCase;

typedef struct TargetCases {
    TargetCase *items;
    size_t len;
} TargetCases;

/* `split`: only these samples of a dataset; empty: all. */
MUST_CHECK Status catalog_target_cases(Catalog *c, const TargetKey *key, Str split, Arena *arena,
                                       TargetCases *out);

/* The names alone, without reading samples. */
MUST_CHECK Status catalog_target_case_names(Catalog *c, const TargetKey *key, Arena *arena,
                                            TargetCases *out);

/* Grows whenever metadata change without a new version, which those of a workflow's samples may. */
MUST_CHECK Status catalog_target_metadata_revision(Catalog *c, const TargetKey *key, int64_t *out);

typedef struct TargetSample {
    int64_t number;
    Str id;
    Str input;    /* JSON */
    Str expected; /* JSON; empty: none */
    Str metadata; /* JSON object */
    Str split;
} TargetSample;

/* Samples by number; `cases` as above: expected is the first one's that holds the sample.  One that
 * is in none has an empty id. */
MUST_CHECK Status catalog_target_samples(Catalog *c, const TargetKey *key, const TargetCases *cases,
                                         const int64_t *numbers, size_t count, Arena *arena,
                                         TargetSample *out);
/* The same, with number, metadata and split only: inputs, which may be large, are not read (those
 * of a workflow not copied). */
MUST_CHECK Status catalog_target_metadata(Catalog *c, const TargetKey *key,
                                          const TargetCases *cases, const int64_t *numbers,
                                          size_t count, Arena *arena, TargetSample *out);

#endif
