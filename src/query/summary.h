/* SPDX-License-Identifier: Apache-2.0 */
/* Summaries: one line of the list for each of some traces. */
#ifndef VIREO_QUERY_SUMMARY_H
#define VIREO_QUERY_SUMMARY_H

#include "query/gather.h"

/* LINE_BARE: without the beginnings of input and output, which cost most, and without scores. */
typedef enum LineDetail { LINE_WHOLE, LINE_BARE } LineDetail;

/* `refs` are all rows of the traces `ids` as gather_rows() gave them; out[i] becomes the
 * summary of ids[i].  A trace without a row leaves out[i] as it is.  `engine` may be NULL. */
MUST_CHECK Status summarise(const Snapshot *snap, const IdList *ids, const RowRefs *refs,
                            LineDetail detail, QueryEngine *engine, Arena *arena,
                            TraceSummary *out);

/* out[ref.trace] becomes the line of the span at `ref`; of it only what a list shows is
 * filled.  `ids[ref.trace]` is its trace's id; `refs` are sorted by block, then row,
 * and hold a row once unless `detail` is LINE_BARE. */
MUST_CHECK Status span_lines(const Snapshot *snap, const IdList *ids, const RowRefs *refs,
                             LineDetail detail, QueryEngine *engine, Arena *arena, Span *out);

#endif
