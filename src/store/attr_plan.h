/* SPDX-License-Identifier: Apache-2.0 */
/* Which attributes get a column in a segment, and spreading the attributes of
 * rows over those columns.
 *
 *   plan_init -> plan_count* (spans) or plan_count_column* (segments to merge)
 *             -> plan_choose -> PlanSpread* (a row group each) -> plan_deinit
 *
 * Keys are borrowed from what was counted, which must outlive the plan.  One
 * hash look-up an attribute, none when a span has the same keys in the same
 * order as the one before. */
#ifndef VIREO_STORE_ATTR_PLAN_H
#define VIREO_STORE_ATTR_PLAN_H

#include "base/map.h"
#include "base/vec.h"
#include "store/attr_json.h"
#include "store/attr_name.h"
#include "store/span_columns.h"

enum { PLAN_MAX_KEYS = 1 << 17, PLAN_MEMORY = 256 << 20 };

typedef struct PlanKey PlanKey;

/* The entries that the attributes of the last span had, by position. */
typedef struct PlanTrail {
    VEC_OF(PlanKey *) keys;
} PlanTrail;

typedef struct AttrPlan {
    Arena arena;
    Map keys[ATTR_OWNERS]; /* key -> PlanKey */
    PlanTrail trail[ATTR_OWNERS];
    AttrColumn *columns; /* chosen, in the order in which they were first seen */
    Str *names;
    size_t column_count;
    size_t rest_keys; /* keys and kinds that were counted and got no column */
} AttrPlan;

void plan_init(AttrPlan *p);
void plan_deinit(AttrPlan *p);

/* But for the attributes that payloads were taken from. */
MUST_CHECK Status plan_count(AttrPlan *p, const Span *span);
MUST_CHECK Status plan_count_all(AttrPlan *p, const Span *span);
/* `rows` values of a column that another segment has; `c->key` is copied. */
MUST_CHECK Status plan_count_column(AttrPlan *p, const AttrColumn *c, uint64_t rows);
/* Give columns to the `max` most frequent ones. */
MUST_CHECK Status plan_choose(AttrPlan *p, size_t max);

/* The attributes of some rows, being spread over the chosen columns block by block. */
typedef struct PlanSpread {
    AttrPlan *plan;
    Arena *arena;
    size_t rows;
    Cells *cells; /* one a column; len 0 until its first value */
    Cells rest;
    VEC_OF(NamedValue) row_rest;
} PlanSpread;

/* For `rows` rows.  Released by plan_spread_deinit(), also after a failure. */
MUST_CHECK Status plan_spread_init(PlanSpread *s, AttrPlan *p, size_t rows, Arena *a);
void plan_spread_deinit(PlanSpread *s);
/* rows[from] to rows[to - 1]; the attribute that a payload was taken from is left out. */
MUST_CHECK Status plan_spread_block(PlanSpread *s, const Row *rows, size_t from, size_t to);
/* Vectors of all chosen columns, and `attributes_rest`: null where a row's attributes all have
 * columns. */
MUST_CHECK Status plan_spread_finish(const PlanSpread *s, Vector *columns, Vector *rest);

#endif
