/* SPDX-License-Identifier: Apache-2.0 */
/* Deleting what was logged: a trace, everything of an end user, a project.
 *
 * It is gone from answers when the call returns, also after a crash, and from the disk
 * a while later (store/deletion.h).  What arrives afterwards is new data, also when it
 * names a trace that was deleted. */
#ifndef VIREO_DOMAIN_DELETION_H
#define VIREO_DOMAIN_DELETION_H

#include "domain/domain.h"
#include "model/span.h"

enum { DELETE_MAX_TRACES = 1000000 }; /* of one user at once */

/* ST_NOTFOUND: there is no such trace. */
MUST_CHECK Status trace_delete(Domain *d, int64_t project_id, const uint8_t id[TRACE_ID_BYTES],
                               uint64_t *spans);
/* All spans of every trace in which a span's `user` is that text.  ST_LIMIT past
 * DELETE_MAX_TRACES, with nothing deleted. */
MUST_CHECK Status user_delete(Domain *d, int64_t project_id, Str user, uint64_t *spans);
/* Everything that it has.  The name is free again; "default" is made
 * again at once, empty. */
MUST_CHECK Status project_delete(Domain *d, int64_t project_id, uint64_t *spans);

/* Remove blobs of dropped projects that a crash left behind; at the start. */
MUST_CHECK Status deletion_finish(Domain *d);

#endif
