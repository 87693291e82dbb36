/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregates: any measures of the spans (or traces) that match a query, by up to
 * three keys and over time.
 *
 *     AggregatePlan plan = {.top = 10};
 *     st = aggregate_measures(&plan, STR("count,p95(latency)"), &arena, &err);
 *     st = aggregate_keys(&plan, STR("model,tag.country"), &arena, &err);
 *     st = query_aggregate(snap, q, &window, &plan, engine, &arena, &result);
 *
 * Each block becomes a table of groups, and the tables are merged in the order of
 * the blocks, so that an answer does not depend on how the work was divided.
 * Counts are exact; quantiles are within SKETCH_ERROR, distinct counts exact up
 * to DISTINCT_EXACT and about 1 % off past it. */
#ifndef VIREO_QUERY_AGGREGATE_H
#define VIREO_QUERY_AGGREGATE_H

#include "query/engine.h"
#include "query/fields.h"

enum {
    AGGREGATE_MAX_MEASURES = 8,
    AGGREGATE_MAX_KEYS = 3,
    AGGREGATE_MAX_TOP = 1000,
    AGGREGATE_MAX_GROUPS = 10000,
    AGGREGATE_MAX_CELLS = 200000 /* top * buckets */
};

typedef enum MeasureKind {
    MEASURE_COUNT,
    MEASURE_RATE, /* per second */
    MEASURE_ERRORS,
    MEASURE_ERROR_RATE,
    MEASURE_SUM,
    MEASURE_MEAN,
    MEASURE_MIN,
    MEASURE_MAX,
    MEASURE_QUANTILE,
    MEASURE_DISTINCT
} MeasureKind;

/* Largest relative error of quantiles and of large distinct counts. */
#define AGGREGATE_ERROR 0.01

/* What is kept of a field. */
enum { NEED_MOMENTS = 1, NEED_SKETCH = 2, NEED_DISTINCT = 4 };

typedef struct Measure {
    MeasureKind kind;
    size_t field;    /* index in AggregatePlan.fields */
    double quantile; /* 0..1 */
    Str text;        /* canonical: "p95(latency)" */
} Measure;

typedef struct AggregateField {
    Field field;
    unsigned needs;
} AggregateField;

typedef struct AggregatePlan {
    bool of_traces; /* one row a trace: its root */
    Measure measures[AGGREGATE_MAX_MEASURES];
    size_t measure_count;
    AggregateField fields[AGGREGATE_MAX_MEASURES]; /* that measures look at, each once */
    size_t field_count;
    Field keys[AGGREGATE_MAX_KEYS];
    size_t key_count;
    size_t top;                  /* groups that are told, at most AGGREGATE_MAX_TOP */
    size_t order;                /* the measure that they are ordered by, largest first */
    int64_t step_ns;             /* width of time buckets; 0: */
    size_t buckets;              /* about so many; 0: no time axis */
    const ModelAliases *aliases; /* may be NULL */
} AggregatePlan;

/* Parse the parameters of the same names; errors say what was expected. */
MUST_CHECK Status aggregate_measures(AggregatePlan *p, Str text, Arena *arena, Err *err);
MUST_CHECK Status aggregate_keys(AggregatePlan *p, Str text, Arena *arena, Err *err);
/* After aggregate_measures(). */
MUST_CHECK Status aggregate_order(AggregatePlan *p, Str text, Arena *arena, Err *err);
/* Does a measure look at the status? */
bool aggregate_wants_errors(const AggregatePlan *p);
/* What the plan asks of a block, as text: equal plans have equal texts. */
MUST_CHECK Status aggregate_identity(const AggregatePlan *p, Arena *arena, Str *out);

/* Values are doubles in the order of the measures; NaN: no data. */
typedef struct AggregateGroup {
    const Value *key; /* key_count of them */
    double *values;
    double *series; /* measure m at time t: series[m * bucket_count + t]; NULL: no time axis */
} AggregateGroup;

typedef struct Aggregate {
    int64_t from_ns; /* the window, or the data's range where it is open */
    int64_t to_ns;
    int64_t step_ns; /* 0: no time axis */
    int64_t first_ns;
    size_t bucket_count;
    double *total;
    AggregateGroup *groups;
    size_t group_count;
    AggregateGroup other; /* of all other groups; values NULL: there are none */
    size_t other_groups;
    uint64_t rows;       /* that matched */
    uint64_t scanned;    /* rows of blocks that were not skipped */
    bool groups_limited; /* there were more than AGGREGATE_MAX_GROUPS; the rest is in `other` */
    bool cached;         /* every block's part was known */
    bool approximate;    /* spans that were sent twice may count twice */
} Aggregate;

/* ST_LIMIT with `err`: a step that gives too many buckets.  ST_INVALID with `err`: fields of scores
 * together with some that those do not have.  `engine` may be NULL. */
MUST_CHECK Status query_aggregate(const Snapshot *snap, const Query *q, const QueryWindow *w,
                                  const AggregatePlan *plan, QueryEngine *engine, Arena *arena,
                                  Err *err, Aggregate *out);

#endif
