/* SPDX-License-Identifier: Apache-2.0 */
/* Writes one segment file: rows in order -> row groups -> Parquet.
 *
 *   segment_writer_new -> segment_writer_add* -> segment_writer_finish -> free
 *
 * The file has a temporary name until finish has synced it: a name that ends in
 * .parquet is a whole file.  Memory: the columns of one row group.  The caller
 * cuts the rows with segment_group_rows(), which bounds it. */
#ifndef VIREO_STORE_SEGMENT_WRITER_H
#define VIREO_STORE_SEGMENT_WRITER_H

#include "store/attr_plan.h"
#include "store/segment_index.h"

typedef struct SegmentWriter SegmentWriter;

/* segments/<project>, segments/<project>/<id>.parquet under `store_dir`. */
MUST_CHECK Status segment_dir_path(Arena *a, const char *store_dir, int64_t project_id,
                                   const char **out);
MUST_CHECK Status segment_path(Arena *a, const char *store_dir, const SegmentInfo *info,
                               const char **out);

/* `info` gives id, project, table and level.  `plan` is chosen and outlives
 * the writer. */
MUST_CHECK Status segment_writer_new(const char *store_dir, const SegmentInfo *info, AttrPlan *plan,
                                     SegmentWriter **out);
/* One row group. */
MUST_CHECK Status segment_writer_add(SegmentWriter *w, const Row *rows, size_t count);
typedef struct GroupNote {
    int64_t min_time_ns; /* of span starts */
    int64_t max_time_ns;
    uint64_t min_seq;
    uint64_t max_seq;
    uint64_t bytes; /* of the spans before encoding */
} GroupNote;
/* One row group given as columns: the fixed ones, then the plan's. */
MUST_CHECK Status segment_writer_add_columns(SegmentWriter *w, const Vector *vectors, size_t rows,
                                             const GroupNote *note);
/* Note an encoded key whose values may stand in input or output alone. */
MUST_CHECK Status segment_writer_elide(SegmentWriter *w, Str encoded);
/* Make the file durable under its name and complete the info. */
MUST_CHECK Status segment_writer_finish(SegmentWriter *w, SegmentInfo *out);
/* Removes the file unless finish succeeded.  NULL is allowed. */
void segment_writer_free(SegmentWriter *w);

/* Bytes of the payloads of a span, roughly. */
size_t span_weight(const Span *s);
/* Most rows of a group with so many attribute columns. */
size_t segment_group_limit(size_t attr_columns);
/* How many of the rows the next group takes: up to the limits of rows, bytes
 * and cells, and then to the end of the trace if that is near. */
size_t segment_group_rows(const Row *rows, size_t count, size_t attr_columns);

enum { SEGMENT_GROUP_ROWS = 1 << 16, SEGMENT_GROUP_BYTES = 64 << 20, SEGMENT_FORMAT = 1 };

#endif
