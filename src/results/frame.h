/* SPDX-License-Identifier: Apache-2.0 */
/* Frame: the result rows of one evaluation and configuration, as they stand now.
 *
 *   frame_open -> frame_metrics, frame_rows -> frame_numbers, frame_cells ... -> frame_close
 *
 * Opening maps the files and reads their footers and sample numbers, nothing else; a column is
 * decoded when it is asked for.  Of several rows for a sample, the one of the scope with the
 * higher precedence counts, then the newest part's.
 *
 * A frame belongs to one thread, but reading rows and columns leaves it as it is, so several
 * threads may do that at once.  A part that was replaced meanwhile stays readable. */
#ifndef VIREO_RESULTS_FRAME_H
#define VIREO_RESULTS_FRAME_H

#include "base/arena.h"
#include "results/results.h"

typedef struct ResultFrame ResultFrame;

/* ST_CORRUPT: a listed file is damaged or gone. */
MUST_CHECK Status frame_open(const Results *r, int64_t evaluation_id, Str configuration,
                             ResultFrame **out);
void frame_close(ResultFrame *f);

typedef enum MetricKind {
    METRIC_NONE,   /* null in every row */
    METRIC_BOOL,   /* true and false */
    METRIC_NUMBER, /* integers, doubles, or booleans among them */
    METRIC_TEXT,
    METRIC_OTHER /* lists and objects, or a mixture */
} MetricKind;

typedef struct MetricInfo {
    Str name;
    MetricKind kind;
} MetricInfo;

/* In the order in which they first came; owned by the frame. */
const MetricInfo *frame_metrics(const ResultFrame *f, size_t *count);
/* Index of the metric, or SIZE_MAX. */
size_t frame_find(const ResultFrame *f, Str metric);
/* Files with rows. */
size_t frame_part_count(const ResultFrame *f);
/* Rows in all parts, replaced ones too: 0 when nothing was ever stored. */
uint64_t frame_stored(const ResultFrame *f);

/* Where the row of each sample is. */
typedef struct FrameRows {
    size_t len;
    const int64_t *numbers; /* ascending */
    /* The rows by part: entries [starts[p], starts[p + 1]) are in part p, entry e is row[e] of
     * the file and row slot[e] here. */
    const size_t *starts;
    const uint32_t *row;
    const uint32_t *slot;
    const bool *straight; /* of each part: both count up by one from its first entry */
} FrameRows;

/* The rows of those of `members` (ascending) that have one.  `scopes`: cases whose rows count,
 * the one with the highest precedence last; an empty text stands for rows of no case.  In the
 * arena. */
MUST_CHECK Status frame_rows(const ResultFrame *f, const Str *scopes, size_t scope_count,
                             const int64_t *members, size_t member_count, Arena *arena,
                             FrameRows *out);

/* Values as numbers, rows->len of them: false and true are 0 and 1; NaN for NaN, null, texts. */
MUST_CHECK Status frame_numbers(const ResultFrame *f, const FrameRows *rows, size_t metric,
                                double *out);

typedef enum CellKind {
    CELL_MISSING, /* the row's part has no such metric, or it is null */
    CELL_BOOL,
    CELL_INT,
    CELL_DOUBLE,
    CELL_TEXT,
    CELL_JSON
} CellKind;

typedef struct ResultCell {
    CellKind kind;
    union {
        bool b;
        int64_t i;
        double d;
        Str s;
    } as;
} ResultCell;

/* Values as they are, rows->len of them; texts in the arena. */
MUST_CHECK Status frame_cells(const ResultFrame *f, const FrameRows *rows, size_t metric,
                              Arena *arena, ResultCell *out);
/* Rows `picks` of `rows`, in that order, as rows of their own. */
MUST_CHECK Status frame_pick(const ResultFrame *f, const FrameRows *rows, const size_t *picks,
                             size_t count, Arena *arena, FrameRows *out);

#endif
