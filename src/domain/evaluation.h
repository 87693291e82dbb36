/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluations: a model version run over a suite or dataset, and what was measured.
 *
 *   evaluation_start -> inference.h -> evaluation_add_results, evaluation_set_metrics
 *     -> evaluation_patch (complete or failed)
 *
 * Starting the same one again finds it; its configurations accumulate.  Rows and metrics name
 * a case of the target or none, and a configuration of the evaluation or none. */
#ifndef VIREO_DOMAIN_EVALUATION_H
#define VIREO_DOMAIN_EVALUATION_H

#include "catalog/evaluation.h"
#include "domain/domain.h"
#include "domain/target.h"

enum {
    EVALUATION_MAX_TEXT = 200,       /* bytes of evaluator and display names */
    EVALUATION_MAX_MESSAGE = 4096,   /* bytes */
    EVALUATION_MAX_BODY = 1 << 16,   /* bytes of a configuration, metadata or the judges */
    EVALUATION_MAX_FINDING = 8 << 20 /* bytes of the metrics or plots of one case */
};

typedef struct Evaluation {
    EvaluationRow row;
    ConfigurationList configurations;
} Evaluation;

/* From the body of docs/api.md.  ST_INVALID or ST_NOTFOUND with the field. */
MUST_CHECK Status evaluation_start(Domain *d, int64_t project_id, Str body, Arena *arena,
                                   Evaluation *out, bool *created, FieldErr *err);
/* ST_NOTFOUND. */
MUST_CHECK Status evaluation_get(Domain *d, int64_t project_id, int64_t id, Arena *arena,
                                 Evaluation *out);
MUST_CHECK Status evaluation_list(Domain *d, int64_t project_id, const EvaluationFilter *filter,
                                  size_t limit, Arena *arena, EvaluationList *out);
/* running, complete or failed. */
bool evaluation_status_is_known(Str status);
/* {"status", "progress", "message", "metadata"}, what is missing stays. */
MUST_CHECK Status evaluation_patch(Domain *d, int64_t project_id, int64_t id, Str body,
                                   Arena *arena, Evaluation *out, FieldErr *err);
/* With its result rows; inferences stay: other evaluations of the model use them too. */
MUST_CHECK Status evaluation_remove(Domain *d, int64_t project_id, int64_t id);

/* How far inferring is. */
typedef struct EvaluationProgress {
    uint64_t samples;   /* in the target, each once */
    uint64_t remaining; /* without an inference */
    uint64_t checked;   /* inferences of the model in this space that were made a second time */
    uint64_t differing; /* of those, with another answer */
    Str digest; /* another text whenever an inference of the model in this space came or changed */
} EvaluationProgress;
MUST_CHECK Status evaluation_progress(Domain *d, const EvaluationRow *row, Arena *arena,
                                      EvaluationProgress *out);

/* Rows as docs/api.md has them; durable when it returns.  ST_INVALID: an unknown case,
 * configuration or sample. */
MUST_CHECK Status evaluation_add_results(Domain *d, const Evaluation *e, Str body, size_t *rows,
                                         FieldErr *err);
/* {"configuration", "cases": {NAME: {...}}, "suite": {...}, "thresholded": {NAME: [...]},
 * "plots": {NAME: [...]}}: all of it or nothing. */
MUST_CHECK Status evaluation_set_metrics(Domain *d, const Evaluation *e, Str body, FieldErr *err);

/* The target of an evaluation; give it back with target_put(). */
MUST_CHECK Status evaluation_target(Domain *d, const EvaluationRow *row, const Target **out);

#endif
