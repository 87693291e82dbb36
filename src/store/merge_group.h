/* SPDX-License-Identifier: Apache-2.0 */
/* One row group of a merged segment, put together column by column.
 *
 *   merge_layout_init -> merge_group* -> merge_layout_deinit
 *
 * The rows are named by keys (row_keys.h) into the row groups of the inputs.  A column of
 * the result is read from each input that has it, as a few ranges of rows, and its
 * values are put to their places; dictionaries are joined, not hashed value by value.
 * Only attributes that change between a column of their own and `attributes_rest` are looked at
 * one by one.  trace_start comes from the keys.
 *
 * Memory: the vectors of the group.  Belongs to one thread. */
#ifndef VIREO_STORE_MERGE_GROUP_H
#define VIREO_STORE_MERGE_GROUP_H

#include "store/attr_plan.h"
#include "store/internal.h"
#include "store/row_keys.h"

/* One row group of one input: what RowKey.source counts. */
typedef struct MergeSource {
    size_t input;
    size_t group;
} MergeSource;

/* A column of an input that has none in the result. */
typedef struct LostColumn {
    Str name;
    ValueKind kind;
    size_t column;
} LostColumn;

typedef struct MergeInput {
    Segment *segment;
    size_t *columns; /* of the file, for each of the result's; SIZE_MAX: it has none */
    LostColumn *lost;
    size_t lost_count;
} MergeInput;

typedef struct MergeLayout {
    const AttrPlan *plan;
    MergeInput *inputs;
    size_t input_count;
    MergeSource *sources;
    size_t source_count;
    size_t column_count; /* of the result */
    Arena arena;
    Map names; /* attribute column of the result -> its index in the plan */
    Map texts; /* scratch: joining dictionaries */
} MergeLayout;

/* `inputs` are pinned and stay so; `plan` is chosen.  Deinit in any case. */
MUST_CHECK Status merge_layout_init(MergeLayout *l, const SegmentList *inputs, const AttrPlan *plan,
                                    const MergeSource *sources, size_t source_count);
void merge_layout_deinit(MergeLayout *l);

/* Vectors of all columns for the rows, in the arena or in the inputs' mappings.  On a
 * failed read *bad is the input. */
MUST_CHECK Status merge_group(MergeLayout *l, const RowKey *keys, size_t count, Arena *a,
                              Vector *vectors, Segment **bad);

#endif
