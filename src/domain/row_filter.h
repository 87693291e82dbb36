/* SPDX-License-Identifier: Apache-2.0 */
/* Which result rows to show: conditions on metrics and metadata, all of which must hold.
 *
 *     filter    = condition { " " condition }
 *     condition = name op value
 *     name      = metric, or metadata.FIELD of the sample where no metric has that name; in double
 *                 quotes where it holds spaces, quotes or operators
 *     op        = "<" | "<=" | ">" | ">=" | "=" | ":" | "!="
 *     value     = number | true | false | null | text, in double quotes where it holds spaces
 *
 * `=` and `:` are the same.  Only = and != take texts; what is missing in a row is null.
 */
#ifndef VIREO_DOMAIN_ROW_FILTER_H
#define VIREO_DOMAIN_ROW_FILTER_H

#include "results/frame.h"

enum { ROW_FILTER_MAX = 20 };

typedef enum RowOp { ROW_LT, ROW_LE, ROW_GT, ROW_GE, ROW_EQ, ROW_NE } RowOp;

typedef struct RowCondition {
    Str metric;
    RowOp op;
    Str value; /* as written, without quotes */
    bool quoted;
} RowCondition;

typedef struct RowConditions {
    RowCondition items[ROW_FILTER_MAX];
    size_t len;
} RowConditions;

/* ST_INVALID with the position. */
MUST_CHECK Status row_filter_parse(Str text, Arena *arena, RowConditions *out, Err *err);
bool row_condition_holds(const RowCondition *c, const ResultCell *cell);

#endif
