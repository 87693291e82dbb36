/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that are known: the whole body of an answer about a snapshot is kept as long as
 * nothing that the snapshot sees has changed, so that a dashboard that is looked at again
 * costs a look-up.  Bounded by the engine's cache. */
#ifndef VIREO_API_KNOWN_H
#define VIREO_API_KNOWN_H

#include "api/context.h"

/* True: answered from what is kept.  Else `key` is filled for known_keep().  `extra` is what
 * the answer depends on besides the request and `queries` (may hold NULL). */
bool known_answer(Api *a, const Request *q, Response *r, const Snapshot *snap,
                  const Query *const queries[2], Str extra, PartKey *key);
/* Keep `body`, the answer to the same question. */
void known_keep(Api *a, const PartKey *key, Str body);

#endif
