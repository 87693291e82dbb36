/* SPDX-License-Identifier: Apache-2.0 */
/* Deleting for good: traces by tombstones, projects whole.
 *
 * What is deleted is gone from every snapshot that is taken after the call, stays
 * gone after a crash, and leaves the disk with the next purge (StoreOptions.
 * purge_after_ns) or compaction; a project's files go as soon as nobody reads them. */
#ifndef VIREO_STORE_DELETION_H
#define VIREO_STORE_DELETION_H

#include "store/store.h"

typedef struct TraceId {
    uint8_t bytes[TRACE_ID_BYTES];
} TraceId;

/* Delete all spans of these traces that were accepted before; *spans of them were
 * there (a span that was sent twice may count twice).  Spans that arrive later are new
 * data.  Flushes first: ST_FULL on a full disk.  ST_LIMIT past MAX_TOMBSTONES
 * at once in a project; ST_UNSUPPORTED: the index knows no deletion. */
MUST_CHECK Status store_delete_traces(Store *s, int64_t project_id, const TraceId *ids,
                                      size_t count, uint64_t *spans);

/* Drop a project with everything that the index has of it.  The id must never be
 * used again: what still comes for it is thrown away. */
MUST_CHECK Status store_drop_project(Store *s, int64_t project_id, uint64_t *spans);

/* Take deleted rows out of all files now, and forget the tombstones that nothing
 * needs any more.  ST_CLOSED: the store is closing. */
MUST_CHECK Status store_purge(Store *s);

#endif
