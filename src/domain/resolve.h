/* SPDX-License-Identifier: Apache-2.0 */
/* From what a span says about its model to the version that it is a run of. */
#ifndef VIREO_DOMAIN_RESOLVE_H
#define VIREO_DOMAIN_RESOLVE_H

#include "domain/domain.h"
#include "model/span.h"

/* Set model (to its current name) and model_version of every span that has a model,.
 * Versions that nobody registered are made:
 *
 *     vireo.model.tag "name:vN"   that version, if it exists
 *     a fingerprint               the version with it; origin `code`
 *     a name alone                fingerprint = SHA-256 of "name:" and the name; origin `name`
 *
 * A span whose version cannot be (a bad name, an unknown tag, too many versions) keeps its
 * model and the version 0.  With `lenient` a failing catalogue does that too; otherwise
 * it fails the batch, whose sender will send it again.
 * Names live in `arena`. */
MUST_CHECK Status resolve_versions(Domain *d, int64_t project_id, SpanBatch batch, bool lenient,
                                   Arena *arena);

#endif
