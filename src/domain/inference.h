/* SPDX-License-Identifier: Apache-2.0 */
/* Inferences of an evaluation's model for the samples of its target.
 *
 * They belong to model version and sample: what one evaluation inferred is there for every
 * other.  One whose model failed counts as missing and may be sent again. */
#ifndef VIREO_DOMAIN_INFERENCE_H
#define VIREO_DOMAIN_INFERENCE_H

#include "catalog/inference.h"
#include "domain/evaluation.h"

enum { INFERENCES_MAX = 100000, INFERENCE_MAX_BYTES = 16 << 20 }; /* a request, one answer */

typedef struct SamplePage {
    TargetSample *items;
    InferenceRow *inferences; /* NULL when they were not asked for */
    size_t len;
    bool more;
    uint64_t total; /* of all pages */
} SamplePage;

/* Samples behind the number `after` that have no inference; `all`: those that have one too. */
MUST_CHECK Status inference_remaining(Domain *d, const EvaluationRow *row, bool all, int64_t after,
                                      size_t limit, Arena *arena, SamplePage *out);

typedef struct InferenceWish {
    Str scope;      /* one case; empty: all of them */
    bool differing; /* only what a second run answered otherwise */
    int64_t after;  /* behind this number */
    size_t limit;
} InferenceWish;

/* Samples with inferences.  ST_NOTFOUND: no such case. */
MUST_CHECK Status inference_list(Domain *d, const EvaluationRow *row, const InferenceWish *wish,
                                 Arena *arena, SamplePage *out);

/* A model of a workflow, and one of its cases in a version (0: the newest). */
typedef struct ModelCase {
    int64_t project_id;
    Str workflow;
    Str model;
    Str scope;
    int64_t version;
} ModelCase;

/* Samples of the case behind `after` that have an inference of the model, evaluated or not.
 * ST_NOTFOUND: no such workflow, model, case or version. */
MUST_CHECK Status inference_list_case(Domain *d, const ModelCase *of, int64_t after, size_t limit,
                                      Arena *arena, SamplePage *out);

typedef struct InferenceSaved {
    size_t added;
    size_t unchanged;
} InferenceSaved;

/* {"inferences": [...], "reset"}: on disk when it returns, all or none.  ST_EXISTS: a sample has
 * another inference already, named in `err`. */
MUST_CHECK Status inference_save(Domain *d, const EvaluationRow *row, Str body, InferenceSaved *out,
                                 FieldErr *err);

typedef struct InferenceVerdict {
    size_t checked;
    int64_t *differing; /* numbers of samples whose second answer was another */
    size_t len;
} InferenceVerdict;
MUST_CHECK Status inference_verify(Domain *d, const EvaluationRow *row, Str body, Arena *arena,
                                   InferenceVerdict *out, FieldErr *err);

#endif
