/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a pinned segment as the table that it stands for: attribute columns
 * include values that are kept elsewhere in the file - payloads stored once
 * (input_key, output_key) and rare keys (attributes_rest). */
#ifndef VIREO_STORE_SEGMENT_READ_H
#define VIREO_STORE_SEGMENT_READ_H

#include "store/attr_name.h"
#include "store/segment.h"

/* As snapshot_read(); results may point into the segment's mapping. */
MUST_CHECK Status segment_read(const Segment *s, size_t group, Str column, size_t from, size_t to,
                               Arena *a, Vector *out);
/* As snapshot_pick(). */
MUST_CHECK Status segment_pick(const Segment *s, size_t group, Str column, const size_t *rows,
                               size_t count, Arena *a, Vector *out);
/* As snapshot_scan_ids(). */
MUST_CHECK Status segment_scan_ids(const Segment *s, size_t group, ParquetVisit *visit,
                                   void *context);
bool segment_may_contain(const Segment *s, size_t group, Str column, Str value);
bool segment_has(const Segment *s, size_t group, Str column);
/* As snapshot_text_rows(). */
MUST_CHECK Status segment_text_rows(const Segment *s, size_t group, Str column, Str text,
                                    RowRanges *out);
/* As snapshot_dictionary(). */
MUST_CHECK Status segment_dictionary(const Segment *s, size_t group, Str column, Arena *a,
                                     const Str **out, size_t *count);
/* As snapshot_run_counts(). */
MUST_CHECK Status segment_run_counts(const Segment *s, size_t group, Str column, Arena *a,
                                     RunCounts *out);
bool segment_range(const Segment *s, size_t group, Str column, ParquetStats *out);
/* Names are valid during the call. */
MUST_CHECK Status segment_each_column(const Segment *s,
                                      Status (*visit)(void *visitor, Str column, VectorType type),
                                      void *visitor);
/* Encoded keys of attributes whose values may stand in input or output alone. */
MUST_CHECK Status segment_each_elided(const Segment *s, Status (*visit)(void *visitor, Str encoded),
                                      void *visitor);
/* Whole spans of ascending rows; everything lives in the arena. */
MUST_CHECK Status segment_spans(const Segment *s, size_t group, const size_t *rows, size_t count,
                                Arena *a, Span *out);

/* Is every row of the group null there (a column that the file lacks included)? */
bool segment_all_null(const Segment *s, size_t group, size_t column);

#endif
