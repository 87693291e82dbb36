/* SPDX-License-Identifier: Apache-2.0 */
/* GroupTable: groups by key, each with a row of cells over time.
 *
 *            bucket 0   bucket 1   ...            a cell: count, errors, and for each
 *   group 0    cell       cell          the rest  field of the plan a FieldCell
 *   group 1    cell       cell          first key
 *
 * Group 0 takes what found no place: keys past AGGREGATE_MAX_GROUPS, or those not in `only`.
 * One thread fills a table; a finished one is immutable and may be shared.
 * Finding a group is O(1); merging O(cells of the smaller). */
#ifndef VIREO_QUERY_AGGREGATE_TABLE_H
#define VIREO_QUERY_AGGREGATE_TABLE_H

#include "base/map.h"
#include "query/aggregate.h"
#include "stats/distinct.h"
#include "stats/sketch.h"

#include <stdatomic.h>

typedef struct FieldCell {
    uint64_t n; /* rows with a value */
    double sum;
    double min;
    double max;
    Sketch *sketch; /* NULL: nothing came yet, or not asked for */
    Distinct *distinct;
} FieldCell;

typedef struct AggregateCell {
    uint64_t count;
    uint64_t errors;
} AggregateCell;

typedef struct GroupTable GroupTable;

struct GroupTable {
    size_t key_count;
    size_t field_count;
    size_t buckets;       /* cells of a group, at least 1 */
    int64_t first_bucket; /* number of the first: start / step */
    Arena arena;          /* keys */
    Map index;            /* encoded key -> group */
    Value *keys;          /* key_count a group */
    AggregateCell *cells; /* buckets a group */
    FieldCell *fields;    /* field_count a cell */
    size_t len;           /* groups, the rest included */
    size_t cap;
    size_t bytes; /* of all memory, roughly */
    size_t bytes_limit;
    bool limited;           /* a key found no place */
    const GroupTable *only; /* NULL: any key */
    uint64_t rows;
    atomic_size_t refs; /* of the cache */
};

/* `only` and the fields are borrowed. */
MUST_CHECK Status group_table_new(const AggregatePlan *p, size_t buckets, int64_t first_bucket,
                                  const GroupTable *only, GroupTable **out);
void group_table_free(GroupTable *t);

/* The group of a key, made when it is new; 0: it finds no place.  ST_LIMIT: too many cells. */
MUST_CHECK Status group_table_find(GroupTable *t, const Value *key, size_t *group);
/* Add all of `from`: buckets outside `into` are left out. */
MUST_CHECK Status group_table_merge(GroupTable *into, const GroupTable *from);
/* Add one cell to another; their field cells too.  Accounts in t->bytes. */
MUST_CHECK Status group_table_add_cell(GroupTable *t, size_t to_cell, const GroupTable *from,
                                       size_t from_cell);

/* Make what is missing. */
MUST_CHECK Status field_cell_need_sketch(FieldCell *c);
MUST_CHECK Status field_cell_need_distinct(FieldCell *c);

#endif
