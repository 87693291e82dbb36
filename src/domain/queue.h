/* SPDX-License-Identifier: Apache-2.0 */
/* Review queues: what people are to judge: traces that a query picks, samples of a dataset, or
 * a model's answers in an evaluation.
 *
 * A queue has a judge that is a person; it is registered with the queue when nobody has.  What
 * is left is what matches and what this judge has not judged, whatever version of it: an answer
 * is a score like any other, of the trace, of the sample, of the model's answer to it. */
#ifndef VIREO_DOMAIN_QUEUE_H
#define VIREO_DOMAIN_QUEUE_H

#include "catalog/queue.h"
#include "domain/domain.h"

enum { QUEUE_MAX_INSTRUCTIONS = 16 << 10 };

/* `body`: {"name", "where", "judge": name, "instructions"} and, for samples, one of "dataset":
 * {"name", "version"?, "split"?} and "evaluation": id; name and judge are required.  `where` is a
 * query over traces, a text in samples, or a filter of rows (row_filter.h).  ST_INVALID, ST_EXISTS
 * or ST_LIMIT with the field. */
MUST_CHECK Status queue_create(Domain *d, int64_t project_id, Str body, Arena *arena, QueueRow *out,
                               FieldErr *err);
/* Members that `body` does not name stay.  ST_NOTFOUND too. */
MUST_CHECK Status queue_update(Domain *d, int64_t project_id, int64_t id, Str body, Arena *arena,
                               QueueRow *out, FieldErr *err);
MUST_CHECK Status queue_get(Domain *d, int64_t project_id, int64_t id, Arena *arena, QueueRow *out);
MUST_CHECK Status queue_list(Domain *d, int64_t project_id, Arena *arena, QueueList *out);
MUST_CHECK Status queue_remove(Domain *d, int64_t project_id, int64_t id);

/* The query of what is left (`done`: of what is reviewed) of a queue of traces. */
MUST_CHECK Status queue_query(const QueueRow *row, bool done, Arena *arena, Str *out);

#endif
