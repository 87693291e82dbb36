/* SPDX-License-Identifier: Apache-2.0 */
/* Column by column over the rows of one block.
 *
 *   rows that count -> keep[row]      window, query (or the caller's choice)
 *   keys            -> slot of a row  a number for each combination of their codes
 *   slots           -> cells          each combination that occurs is looked up once
 *   time            -> slot of a row  then the cell itself: group * buckets + bucket
 *   measures        -> field cells    slot by slot, see slots.h
 *
 * Nothing is done for a row that could be done for a value, and what is not asked
 * for is not read: a count of all spans by one key reads that key's column only. */
#include "query/aggregate_scan.h"

#include "base/alloc.h"
#include "query/aggregate_measure.h"
#include "query/key_codes.h"
#include "query/numberer.h"

#include <string.h>

enum { DENSE_PAIRS = 1 << 16 };

typedef struct BlockScan {
    const AggregateScan *scan;
    const BlockView *view;
    GroupTable *table;
    uint8_t *keep; /* NULL: every row counts */
    Slots slots;
    uint32_t *cells; /* of the slots that have rows */
} BlockScan;

/* ------------------------------------------------------- which rows count */

static Status choose_rows(BlockScan *b)
{
    const AggregateScan *s = b->scan;

    if (!s->choose)
        return row_filter(s->matcher, s->doubles, b->view, &b->keep);
    b->keep = arena_alloc(b->view->arena, b->view->rows + 1);
    return b->keep ? s->choose(s->choose_context, b->view, b->keep) : ST_NOMEM;
}

/* ------------------------------------------------------------------- slots */

/* Combinations of codes as slots: the place in a table of all possible ones while those are
 * few, else numbers by a hash table of those that occur. */
typedef struct Combos {
    const KeyCodes *keys;
    size_t key_count;
    size_t product;  /* possible ones; above DENSE_PAIRS there may be more */
    Numberer hashed; /* else */
} Combos;

static bool is_dense(const Combos *c)
{
    return c->key_count == 1 || c->product <= DENSE_PAIRS;
}

static uint64_t pattern_of(const Combos *c, size_t row)
{
    uint64_t pattern = 0;

    for (size_t k = 0; k < c->key_count; k++)
        pattern = pattern * c->keys[k].len + c->keys[k].codes[row];
    return pattern;
}

/* The values behind a slot, which is its pattern while nothing is hashed. */
static void key_of_slot(const Combos *c, size_t slot, Value *key)
{
    uint64_t pattern = c->hashed.patterns ? c->hashed.patterns[slot] : slot;

    for (size_t k = c->key_count; k-- > 0; pattern /= c->keys[k].len)
        key[k] = c->keys[k].values[pattern % c->keys[k].len];
}

/* Of several keys. */
static Status number_rows(const BlockScan *b, Combos *c, Slots *out)
{
    Arena *a = b->view->arena;
    uint32_t *slots = arena_alloc(a, b->view->rows * sizeof *slots + 1);
    Status st = slots ? ST_OK : ST_NOMEM;

    if (!st && !is_dense(c))
        st = numberer_init(&c->hashed, b->view->rows, a);
    for (size_t row = 0; row < b->view->rows && !st; row++) {
        const uint64_t pattern = pattern_of(c, row);

        slots[row] = is_dense(c) ? (uint32_t)pattern : numberer_number(&c->hashed, pattern);
    }
    out->of_row = slots;
    out->len = is_dense(c) ? c->product : c->hashed.len;
    return st;
}

static Status choose_slots(const BlockScan *b, Combos *c, Slots *out)
{
    *out = (Slots){.rows = b->view->rows, .len = 1, .keep = b->keep};
    if (c->key_count == 0)
        return ST_OK;
    if (c->key_count > 1)
        return number_rows(b, c, out);
    out->of_row = c->keys[0].codes;
    out->len = c->keys[0].len;
    return ST_OK;
}

/* ------------------------------------------------------------------- cells */

/* The first cell of the group of each slot that has rows. */
static Status find_cells(BlockScan *b, const Combos *c)
{
    Status st = ST_OK;

    b->cells = arena_alloc(b->view->arena, b->slots.len * sizeof *b->cells);
    if (!b->cells)
        return ST_NOMEM;
    for (size_t slot = 0; slot < b->slots.len && !st; slot++) {
        Value key[AGGREGATE_MAX_KEYS];
        size_t group = 0;

        if (!slots_rows(&b->slots, slot))
            continue;
        key_of_slot(c, slot, key);
        st = group_table_find(b->table, key, &group);
        b->cells[slot] = (uint32_t)(group * b->table->buckets);
    }
    return st;
}

static Status group_rows(BlockScan *b)
{
    const AggregatePlan *p = b->scan->plan;
    KeyCodes keys[AGGREGATE_MAX_KEYS] = {{0}};
    Combos c = {.keys = keys, .key_count = p->key_count, .product = 1};
    Status st = ST_OK;

    for (size_t k = 0; k < p->key_count && !st; k++) {
        st = key_codes_read(b->view, &p->keys[k], p->aliases, &keys[k]);
        c.product *= c.product <= DENSE_PAIRS ? keys[k].len : 1;
    }
    if (!st)
        st = choose_slots(b, &c, &b->slots);
    if (!st)
        st = slots_count(&b->slots, b->view->arena);
    return st ? st : find_cells(b, &c);
}

/* -------------------------------------------------------------------- time */

/* The cell of each row that counts. */
static Status cells_of_rows(const BlockScan *b, uint32_t *out)
{
    const size_t buckets = b->table->buckets;
    const int64_t step = b->scan->buckets.step_ns;
    int64_t begin = 0; /* of the bucket that the last row was in */
    uint32_t bucket = 0;
    bool known = false;
    Vector start;
    const Status st = view_read(b->view, STR("start"), &start);

    for (size_t row = 0; row < b->view->rows && !st; row++) {
        const int64_t t = start.as.i[row];

        if (b->keep && !b->keep[row])
            continue;
        if (!known || t < begin || t - begin >= step) {
            const int64_t at = floor_div(t, step) - b->table->first_bucket;

            bucket = at < 0 ? 0 : (uint64_t)at < buckets ? (uint32_t)at : (uint32_t)(buckets - 1);
            begin = floor_div(t, step) * step;
            known = true;
        }
        out[row] = b->cells[b->slots.of_row ? b->slots.of_row[row] : 0] + bucket;
    }
    return st;
}

/* From here on each cell is a slot. */
static Status spread_over_time(BlockScan *b)
{
    const size_t len = b->table->len * b->table->buckets;
    Arena *a = b->view->arena;
    uint32_t *of_row = arena_calloc(a, b->view->rows + 1, sizeof *of_row);
    uint32_t *cells = arena_alloc(a, len * sizeof *cells);
    Status st = of_row && cells ? cells_of_rows(b, of_row) : ST_NOMEM;

    if (st)
        return st;
    for (size_t cell = 0; cell < len; cell++)
        cells[cell] = (uint32_t)cell;
    b->cells = cells;
    b->slots.of_row = of_row;
    b->slots.len = len;
    return slots_count(&b->slots, a);
}

/* ------------------------------------------------------------------- block */

static Status scan_view(BlockScan *b)
{
    Status st = choose_rows(b);

    if (st || (b->keep && !memchr(b->keep, 1, b->view->rows)))
        return st;
    st = group_rows(b);
    if (!st && b->scan->buckets.count)
        st = spread_over_time(b);
    if (st)
        return st;
    b->table->rows = b->slots.begin[b->slots.len];
    return aggregate_measure_all(b->view, b->scan->plan, &b->slots, b->cells, b->table);
}

static Status new_table(const AggregateScan *s, const BlockInfo *info, GroupTable **out)
{
    const int64_t step = s->buckets.step_ns;
    int64_t first;
    int64_t last;

    if (!s->buckets.count)
        return group_table_new(s->plan, 1, 0, s->only, out);
    first = floor_div(s->buckets.from_ns, step);
    last = first + (int64_t)s->buckets.count - 1;
    if (info->min_time_ns > s->buckets.from_ns)
        first = floor_div(info->min_time_ns, step);
    if (floor_div(info->max_time_ns, step) < last)
        last = floor_div(info->max_time_ns, step);
    return group_table_new(s->plan, last < first ? 1 : (size_t)(last - first) + 1, first, s->only,
                           out);
}

Status aggregate_scan(const AggregateScan *s, size_t block, GroupTable **out)
{
    const BlockInfo info = snapshot_block(s->matcher->snap, block);
    Arena arena;
    const BlockView view = {s->matcher->snap, block, info.rows, &arena};
    BlockScan b = {.scan = s, .view = &view};
    Status st = cancel_check(s->matcher->window->cancel);

    if (!st)
        st = new_table(s, &info, &b.table);
    if (st)
        return st;
    arena_init(&arena, BLOCK_ARENA_LIMIT);
    st = scan_view(&b);
    arena_deinit(&arena);
    if (st)
        group_table_free(b.table);
    else
        *out = b.table;
    return st;
}
