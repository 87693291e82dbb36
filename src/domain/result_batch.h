/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a request that brings result rows, as columns.
 *
 *     {"case": "rain", "configuration": null, "numbers": [1, 2, 3],
 *      "columns": {"recall": [0.5, 1, {"double": "NaN"}], "labels": [["a"], [], null]}}
 *
 * A column takes the narrowest type that holds all its values: booleans, integers, doubles, texts,
 * and JSON for everything else and for mixtures.  The text is read once, or twice when a column
 * turns out to be wider than its first value. */
#ifndef VIREO_DOMAIN_RESULT_BATCH_H
#define VIREO_DOMAIN_RESULT_BATCH_H

#include "domain/domain.h"

/* ST_INVALID with the field ("columns.recall[2]"), ST_LIMIT, ST_NOMEM.  Texts are in `body` or in
 * the arena. */
MUST_CHECK Status result_batch_parse(Str body, Arena *arena, ResultBatch *out, FieldErr *err);

#endif
