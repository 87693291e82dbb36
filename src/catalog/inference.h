/* SPDX-License-Identifier: Apache-2.0 */
/* Inferences: what a model version answered to a sample, once for all suites that hold it.
 *
 * A sample is its number in a space: that of a workflow or of a dataset.  The hash is of the
 * answer's canonical text, so that a second run can be compared without the answer itself. */
#ifndef VIREO_CATALOG_INFERENCE_H
#define VIREO_CATALOG_INFERENCE_H

#include "catalog/catalog.h"

enum { INFERENCE_HASH_CHARS = 64 };

typedef struct InferenceRow {
    int64_t number;
    Str hash;           /* hex */
    Str inference;      /* JSON */
    Str error;          /* why there is none */
    Str trace_id;       /* hex, or empty */
    int64_t latency_ns; /* -1: not known */
    int64_t created_ns;
} InferenceRow;

/* Whose inferences. */
typedef struct InferenceKey {
    int64_t version_id;
    int64_t space;
} InferenceKey;

/* All of them or none.  One that is there with the same hash stays; with another one it is
 * replaced with `reset`, else ST_EXISTS and its index in *clash. */
MUST_CHECK Status catalog_inferences_put(Catalog *c, const InferenceKey *key,
                                         const InferenceRow *rows, size_t count, bool reset,
                                         size_t *added, size_t *clash);
/* Note a second run: `differs[i]` says whether rows[i] has another hash than what is kept.
 * Rows that have no inference yet do not differ. */
MUST_CHECK Status catalog_inferences_check(Catalog *c, const InferenceKey *key,
                                           const InferenceRow *rows, size_t count, bool *differs);
/* Numbers of the samples that have an inference, ascending. */
MUST_CHECK Status catalog_inference_numbers(Catalog *c, const InferenceKey *key, Arena *arena,
                                            int64_t **out, size_t *len);
/* Numbers of the samples that a second run answered otherwise, ascending. */
MUST_CHECK Status catalog_inference_differing(Catalog *c, const InferenceKey *key, Arena *arena,
                                              int64_t **out, size_t *len);
/* Of those samples, in one state of the catalogue; where there is none, a row with an empty hash.
 */
MUST_CHECK Status catalog_inferences_get(Catalog *c, const InferenceKey *key,
                                         const int64_t *numbers, size_t count, Arena *arena,
                                         InferenceRow *out);

typedef struct InferenceChecks {
    int64_t inferences;
    int64_t checked;   /* that were run a second time */
    int64_t differing; /* of those, with another answer */
    int64_t newest_ns; /* when the last one came */
} InferenceChecks;
MUST_CHECK Status catalog_inference_checks(Catalog *c, const InferenceKey *key,
                                           InferenceChecks *out);

#endif
