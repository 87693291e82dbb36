/* SPDX-License-Identifier: Apache-2.0 */
/* Review queues: traces that a query picks, for people to judge.
 *
 * A queue has a judge that is a person; it is registered with the queue when nobody has.  What
 * is left are the traces that match and that this judge has not judged, whatever version of
 * it: an answer is a score like any other. */
#ifndef VIREO_DOMAIN_QUEUE_H
#define VIREO_DOMAIN_QUEUE_H

#include "catalog/queue.h"
#include "domain/domain.h"

enum { QUEUE_MAX_INSTRUCTIONS = 16 << 10 };

/* `body`: {"name", "where": query, "judge": name, "instructions"}; name and judge are required.
 * ST_INVALID, ST_EXISTS or ST_LIMIT with the field. */
MUST_CHECK Status queue_create(Domain *d, int64_t project_id, Str body, Arena *arena, QueueRow *out,
                               FieldErr *err);
/* Members that `body` does not name stay.  ST_NOTFOUND too. */
MUST_CHECK Status queue_update(Domain *d, int64_t project_id, int64_t id, Str body, Arena *arena,
                               QueueRow *out, FieldErr *err);
MUST_CHECK Status queue_get(Domain *d, int64_t project_id, int64_t id, Arena *arena, QueueRow *out);
MUST_CHECK Status queue_list(Domain *d, int64_t project_id, Arena *arena, QueueList *out);
MUST_CHECK Status queue_remove(Domain *d, int64_t project_id, int64_t id);

/* The query of what is left (`done`: of what is reviewed) of a queue. */
MUST_CHECK Status queue_query(const QueueRow *row, bool done, Arena *arena, Str *out);

#endif
