/* SPDX-License-Identifier: Apache-2.0 */
/* The store's SegmentIndex that also counts: in the transaction that adds the segments of a
 * flush, the spans and runs in them are added to the catalogue's counters.
 *
 * So the counters are by construction the sum over all segments of level 0 that were ever
 * published.  Compaction does not count: it only writes again what was counted.  A span that
 * was sent twice counts twice when its copies came in different flushes. */
#ifndef VIREO_DOMAIN_PUBLISH_H
#define VIREO_DOMAIN_PUBLISH_H

#include "domain/domain.h"
#include "store/segment_index.h"

/* As SegmentIndexOps.publish; `dir` is the store's directory. */
MUST_CHECK Status publish_segments(Domain *d, const char *dir, const SegmentInfo *add,
                                   size_t add_count, const int64_t *remove, size_t remove_count,
                                   uint64_t flushed_seq);
/* Write the counts of rejected spans. */
MUST_CHECK Status publish_rejected(Domain *d);

#endif
