/* SPDX-License-Identifier: Apache-2.0 */
/* Column by column over the rows of one block.
 *
 *   rows that count -> keep[row]           window, query (or the caller's choice)
 *   keys            -> group[row]          codes of the keys, each combination looked up once
 *   time            -> cell[row]           group * buckets + bucket; NO_CELL: does not count
 *   measures        -> cells, field cells  one pass over each column
 *
 * Nothing is done for a row that could be done for a value, and what is not asked
 * for is not read: a count of all spans by one key reads that key's column only. */
#include "query/aggregate_scan.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "query/key_codes.h"

#include <math.h>
#include <string.h>

#define NO_CELL UINT32_MAX

enum { DENSE_PAIRS = 1 << 16 };

typedef struct BlockScan {
    const AggregateScan *scan;
    const BlockView *view;
    GroupTable *table;
    uint8_t *keep;  /* NULL: every row counts */
    uint32_t *cell; /* NULL: all are cell 0 of the only group */
    uint32_t only_cell;
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

static size_t count_kept(const BlockScan *b)
{
    size_t n = 0;

    if (!b->keep)
        return b->view->rows;
    for (size_t row = 0; row < b->view->rows; row++)
        n += b->keep[row];
    return n;
}

/* ------------------------------------------------------------------ groups */

static Status find_group(const BlockScan *b, const KeyCodes *keys, const uint32_t *codes,
                         uint32_t *out)
{
    Value key[AGGREGATE_MAX_KEYS];
    size_t group = 0;
    Status st;

    for (size_t k = 0; k < b->table->key_count; k++)
        key[k] = keys[k].values[codes[k]];
    st = group_table_find(b->table, key, &group);
    *out = (uint32_t)group;
    return st;
}

/* Groups of the combinations of codes: a flat array while there are few
 * possible ones, else a hash table of those that occur.  Slots hold group + 1. */
typedef struct Combos {
    uint32_t *dense;
    uint64_t *patterns; /* of the hash table's slots */
    uint32_t *groups;
    size_t mask;
} Combos;

static Status combos_init(const BlockScan *b, const KeyCodes *keys, Combos *c)
{
    Arena *a = b->view->arena;
    size_t product = 1;
    size_t cap = 1024;

    for (size_t k = 0; k < b->table->key_count && product <= DENSE_PAIRS; k++)
        product *= keys[k].len;
    if (product <= DENSE_PAIRS || b->table->key_count == 1) {
        *c = (Combos){.dense = arena_calloc(a, product, sizeof *c->dense)};
        return c->dense ? ST_OK : ST_NOMEM;
    }
    while (cap < 2 * b->view->rows)
        cap *= 2;
    *c = (Combos){.patterns = arena_alloc(a, cap * sizeof *c->patterns),
                  .groups = arena_calloc(a, cap, sizeof *c->groups),
                  .mask = cap - 1};
    return c->patterns && c->groups ? ST_OK : ST_NOMEM;
}

static uint32_t *combo_slot(Combos *c, uint64_t pattern)
{
    size_t at;

    if (c->dense)
        return &c->dense[pattern];
    at = (size_t)((pattern * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & c->mask;
    while (c->groups[at] && c->patterns[at] != pattern)
        at = (at + 1) & c->mask;
    c->patterns[at] = pattern;
    return &c->groups[at];
}

static Status group_row(const BlockScan *b, const KeyCodes *keys, Combos *c, size_t row)
{
    const size_t count = b->table->key_count;
    uint32_t codes[AGGREGATE_MAX_KEYS] = {0};
    uint64_t pattern = 0;
    uint32_t *slot;
    Status st = ST_OK;

    for (size_t k = 0; k < count; k++) {
        codes[k] = keys[k].codes[row];
        pattern = pattern * keys[k].len + codes[k];
    }
    slot = combo_slot(c, pattern);
    if (!*slot) {
        uint32_t group = 0;

        st = find_group(b, keys, codes, &group);
        *slot = group + 1;
    }
    b->cell[row] = *slot - 1;
    return st;
}

static Status group_rows(BlockScan *b)
{
    const AggregatePlan *p = b->scan->plan;
    KeyCodes keys[AGGREGATE_MAX_KEYS] = {{0}};
    Combos combos;
    Status st = ST_OK;

    for (size_t k = 0; k < b->table->key_count && !st; k++)
        st = key_codes_read(b->view, &p->keys[k], p->aliases, &keys[k]);
    if (!st)
        st = combos_init(b, keys, &combos);
    for (size_t row = 0; row < b->view->rows && !st; row++) {
        if (b->keep && !b->keep[row])
            b->cell[row] = NO_CELL;
        else
            st = group_row(b, keys, &combos, row);
    }
    return st;
}

/* The only group of a table without keys. */
static Status group_all(BlockScan *b)
{
    size_t group = 0;
    const Status st = group_table_find(b->table, NULL, &group);

    b->only_cell = (uint32_t)group;
    for (size_t row = 0; b->cell && row < b->view->rows && !st; row++)
        b->cell[row] = b->keep && !b->keep[row] ? NO_CELL : (uint32_t)group;
    return st;
}

/* -------------------------------------------------------------------- time */

static Status spread_over_time(const BlockScan *b)
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

        if (b->cell[row] == NO_CELL)
            continue;
        if (!known || t < begin || t - begin >= step) {
            const int64_t at = floor_div(t, step) - b->table->first_bucket;

            bucket = at < 0 ? 0 : (uint64_t)at < buckets ? (uint32_t)at : (uint32_t)(buckets - 1);
            begin = floor_div(t, step) * step;
            known = true;
        }
        b->cell[row] = b->cell[row] * (uint32_t)buckets + bucket;
    }
    return st;
}

/* ---------------------------------------------------------------- measures */

static void count_rows(const BlockScan *b)
{
    if (!b->cell) {
        b->table->cells[b->only_cell].count += count_kept(b);
        return;
    }
    for (size_t row = 0; row < b->view->rows; row++)
        if (b->cell[row] != NO_CELL)
            b->table->cells[b->cell[row]].count++;
}

static uint32_t cell_at(const BlockScan *b, size_t row)
{
    if (b->cell)
        return b->cell[row];
    return b->keep && !b->keep[row] ? NO_CELL : b->only_cell;
}

static Status count_errors(const BlockScan *b)
{
    KeyCodes status = {0};
    Field field = {.kind = FIELD_TEXT, .column = STR("status")};
    uint8_t *is_error;
    Status st = key_codes_read(b->view, &field, NULL, &status);

    if (st)
        return st;
    is_error = arena_calloc(b->view->arena, status.len, 1);
    if (!is_error)
        return ST_NOMEM;
    for (size_t i = 0; i < status.len; i++)
        is_error[i] =
            status.values[i].kind == VALUE_STR && str_eq(status.values[i].as.s, STR("error"));
    for (size_t row = 0; row < b->view->rows; row++) {
        const uint32_t cell = cell_at(b, row);

        if (cell != NO_CELL)
            b->table->cells[cell].errors += is_error[status.codes[row]];
    }
    return ST_OK;
}

static void add_moments(FieldCell *c, double value)
{
    c->n++;
    c->sum += value;
    c->min = value < c->min ? value : c->min;
    c->max = value > c->max ? value : c->max;
}

static Status add_number(FieldCell *c, double value, bool sketched)
{
    Status st;

    if (value != value)
        return ST_OK; /* NaN is not a number to be summed */
    add_moments(c, value);
    if (!sketched)
        return ST_OK;
    st = c->sketch ? ST_OK : field_cell_need_sketch(c);
    return st ? st : sketch_add(c->sketch, value);
}

static Status add_numbers(const BlockScan *b, size_t f, bool sketched)
{
    const size_t stride = b->table->field_count;
    FieldCell *cells = b->table->fields + f;
    Numbers n = {0};
    Status st = numbers_read(b->view, &b->scan->plan->fields[f].field, &n);

    if (st || n.none)
        return st;
    for (size_t row = 0; row < b->view->rows && !st; row++) {
        const uint32_t cell = cell_at(b, row);

        if (cell != NO_CELL && (!n.valid || n.valid[row]))
            st = add_number(&cells[cell * stride], n.i ? (double)n.i[row] : n.d[row], sketched);
    }
    return st;
}

static uint64_t hash_of_value(Value v)
{
    const uint64_t bits = v.kind == VALUE_BOOL ? v.as.b : (uint64_t)v.as.i;

    if (v.kind == VALUE_STR || v.kind == VALUE_BYTES || v.kind == VALUE_JSON)
        return hash_bytes(v.as.s);
    return hash_seeded((Str){(const char *)&bits, sizeof bits}, (uint64_t)v.kind + 1);
}

static Status add_distinct(const BlockScan *b, size_t f)
{
    const size_t stride = b->table->field_count;
    FieldCell *cells = b->table->fields + f;
    KeyCodes codes = {0};
    uint64_t *hashes;
    Status st =
        key_codes_read(b->view, &b->scan->plan->fields[f].field, b->scan->plan->aliases, &codes);

    if (st)
        return st;
    hashes = arena_alloc(b->view->arena, codes.len * sizeof *hashes);
    if (!hashes)
        return ST_NOMEM;
    for (size_t i = 0; i < codes.len; i++)
        hashes[i] = hash_of_value(codes.values[i]);
    for (size_t row = 0; row < b->view->rows && !st; row++) {
        const uint32_t cell = cell_at(b, row);
        const uint32_t code = codes.codes[row];
        FieldCell *c;

        if (cell == NO_CELL || codes.values[code].kind == VALUE_NONE)
            continue;
        c = &cells[cell * stride];
        st = c->distinct ? ST_OK : field_cell_need_distinct(c);
        if (!st)
            st = distinct_add(c->distinct, hashes[code]);
    }
    return st;
}

static Status measure(const BlockScan *b)
{
    const AggregatePlan *p = b->scan->plan;
    Status st = ST_OK;

    count_rows(b);
    if (aggregate_wants_errors(p))
        st = count_errors(b);
    for (size_t f = 0; f < p->field_count && !st; f++) {
        const unsigned needs = p->fields[f].needs;

        if (needs & (NEED_MOMENTS | NEED_SKETCH))
            st = add_numbers(b, f, (needs & NEED_SKETCH) != 0);
        if (!st && (needs & NEED_DISTINCT))
            st = add_distinct(b, f);
    }
    return st;
}

/* ------------------------------------------------------------------- block */

static Status scan_view(BlockScan *b)
{
    const bool timed = b->scan->buckets.count != 0;
    Status st = choose_rows(b);

    if (st)
        return st;
    b->table->rows = count_kept(b);
    if (b->table->rows == 0)
        return ST_OK;
    if (timed || b->table->key_count) {
        b->cell = arena_alloc(b->view->arena, b->view->rows * sizeof *b->cell + 1);
        if (!b->cell)
            return ST_NOMEM;
    }
    st = b->table->key_count ? group_rows(b) : group_all(b);
    if (!st && timed)
        st = spread_over_time(b);
    return st ? st : measure(b);
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
    const atomic_bool *cancel = s->matcher->window->cancel;
    Status st = new_table(s, &info, &b.table);

    if (st)
        return st;
    if (cancel && atomic_load_explicit(cancel, memory_order_relaxed)) {
        group_table_free(b.table);
        return ST_CLOSED;
    }
    arena_init(&arena, BLOCK_ARENA_LIMIT);
    st = scan_view(&b);
    arena_deinit(&arena);
    if (st)
        group_table_free(b.table);
    else
        *out = b.table;
    return st;
}
