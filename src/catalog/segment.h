/* SPDX-License-Identifier: Apache-2.0 */
/* The store's list of segments and the watermark of its log. */
#ifndef VIREO_CATALOG_SEGMENT_H
#define VIREO_CATALOG_SEGMENT_H

#include "catalog/counter.h"
#include "store/segment_index.h"

/* The catalogue as a SegmentIndex, without counting (see domain/ingest.h for
 * the one that counts).  Valid as long as the catalogue. */
SegmentIndex catalog_segment_index(Catalog *c);

MUST_CHECK Status catalog_segments_list(Catalog *c,
                                        Status (*visit)(void *visitor, const SegmentInfo *s),
                                        void *visitor, uint64_t *flushed_seq);
/* One transaction: add, remove, raise the watermark (0: leave it) and add the
 * counts of what the added segments hold, so that these are exact after a crash.
 * `deltas` may be NULL. */
MUST_CHECK Status catalog_segments_publish(Catalog *c, const SegmentInfo *add, size_t add_count,
                                           const int64_t *remove, size_t remove_count,
                                           uint64_t flushed_seq, const CountDeltas *deltas);

#endif
