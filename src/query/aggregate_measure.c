/* SPDX-License-Identifier: Apache-2.0 */
/* Slot by slot: the numbers of a slot's rows are gathered, some hundred at a time, and then added
 * in loops over neighbours. */
#include "query/aggregate_measure.h"

#include "base/hash.h"
#include "query/key_codes.h"

enum { AT_ONCE = 512, LANES = 4 };

typedef struct Measuring {
    const BlockView *view;
    const AggregatePlan *plan;
    const Slots *slots;
    const uint32_t *cells;
    GroupTable *table;
} Measuring;

static size_t row_at(const Slots *s, size_t place)
{
    return s->order ? s->order[place] : place;
}

static FieldCell *field_cell(const Measuring *m, size_t slot, size_t field)
{
    return &m->table->fields[m->cells[slot] * m->table->field_count + field];
}

/* ------------------------------------------------------------------ counts */

static void count_rows(const Measuring *m)
{
    for (size_t slot = 0; slot < m->slots->len; slot++)
        if (slots_rows(m->slots, slot))
            m->table->cells[m->cells[slot]].count += slots_rows(m->slots, slot);
}

static void count_errors_of_rows(const Measuring *m, const uint32_t *codes, const uint8_t *is_error)
{
    const Slots *s = m->slots;

    for (size_t row = 0; row < s->rows; row++)
        if (is_error[codes[row]] && (!s->keep || s->keep[row]))
            m->table->cells[m->cells[s->of_row ? s->of_row[row] : 0]].errors++;
}

static Status count_errors(const Measuring *m)
{
    const Field field = {.kind = FIELD_TEXT, .column = STR("status")};
    KeyCodes status = {0};
    uint8_t *is_error;
    bool any = false;
    Status st = key_codes_read(m->view, &field, NULL, &status);

    if (st)
        return st;
    is_error = arena_calloc(m->view->arena, status.len, 1);
    if (!is_error)
        return ST_NOMEM;
    for (size_t i = 0; i < status.len; i++) {
        is_error[i] =
            status.values[i].kind == VALUE_STR && str_eq(status.values[i].as.s, STR("error"));
        any = any || is_error[i];
    }
    if (any)
        count_errors_of_rows(m, status.codes, is_error);
    return ST_OK;
}

/* ----------------------------------------------------------------- numbers */

/* Those of the places [from, to) that have one; NaN is not a number to be summed. */
static size_t gather(const Slots *s, const Numbers *n, size_t from, size_t to, double *out)
{
    size_t len = 0;

    for (size_t place = from; place < to; place++) {
        const size_t row = row_at(s, place);
        const double value = n->i ? (double)n->i[row] : n->d[row];

        out[len] = value;
        len += (!n->valid || n->valid[row]) && value == value;
    }
    return len;
}

static double lower(double a, double b)
{
    return a < b ? a : b;
}

static double higher(double a, double b)
{
    return a > b ? a : b;
}

/* Several side by side, since an addition or comparison waits for the one before it. */
static void add_moments(FieldCell *c, const double *values, size_t count)
{
    double sums[LANES] = {0};
    double low[LANES] = {c->min, c->min, c->min, c->min};
    double high[LANES] = {c->max, c->max, c->max, c->max};
    size_t i = 0;

    for (; i + LANES <= count; i += LANES) {
        for (size_t k = 0; k < LANES; k++) {
            /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): gather() wrote all */
            sums[k] += values[i + k];
            low[k] = lower(values[i + k], low[k]);
            high[k] = higher(values[i + k], high[k]);
        }
    }
    for (; i < count; i++) {
        /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): gather() wrote all */
        sums[0] += values[i];
        low[0] = lower(values[i], low[0]);
        high[0] = higher(values[i], high[0]);
    }
    c->n += count;
    c->sum += sums[0] + sums[1] + (sums[2] + sums[3]);
    c->min = lower(lower(low[0], low[1]), lower(low[2], low[3]));
    c->max = higher(higher(high[0], high[1]), higher(high[2], high[3]));
}

static Status add_slot(const Measuring *m, const Numbers *n, size_t slot, bool sketched,
                       FieldCell *c)
{
    const size_t end = m->slots->begin[slot + 1];
    double values[AT_ONCE];
    Status st = ST_OK;

    for (size_t from = m->slots->begin[slot]; from < end && !st; from += AT_ONCE) {
        const size_t to = end - from < AT_ONCE ? end : from + AT_ONCE;
        const size_t count = gather(m->slots, n, from, to, values);

        add_moments(c, values, count);
        if (count && sketched)
            st = field_cell_need_sketch(c);
        if (!st && count && sketched)
            st = sketch_add_all(c->sketch, values, count);
    }
    return st;
}

static Status add_numbers(const Measuring *m, size_t field, bool sketched)
{
    Numbers n = {0};
    Status st = numbers_read(m->view, &m->plan->fields[field].field, &n);

    if (st || n.none)
        return st;
    for (size_t slot = 0; slot < m->slots->len && !st; slot++)
        if (slots_rows(m->slots, slot))
            st = add_slot(m, &n, slot, sketched, field_cell(m, slot, field));
    return st;
}

/* ---------------------------------------------------------------- distinct */

static uint64_t hash_of_value(Value v)
{
    const uint64_t bits = v.kind == VALUE_BOOL ? v.as.b : (uint64_t)v.as.i;

    if (v.kind == VALUE_STR || v.kind == VALUE_BYTES || v.kind == VALUE_JSON)
        return hash_bytes(v.as.s);
    return hash_seeded((Str){(const char *)&bits, sizeof bits}, (uint64_t)v.kind + 1);
}

/* Codes of a field with their hashes. */
typedef struct HashedCodes {
    KeyCodes codes;
    uint64_t *hashes;
    uint32_t *stamps; /* last slot + 1 that a code was seen in */
} HashedCodes;

static Status read_hashed(const Measuring *m, const Field *field, HashedCodes *out)
{
    Arena *a = m->view->arena;
    const Status st = key_codes_read(m->view, field, m->plan->aliases, &out->codes);

    if (st)
        return st;
    out->hashes = arena_alloc(a, out->codes.len * sizeof *out->hashes);
    out->stamps = arena_calloc(a, out->codes.len, sizeof *out->stamps);
    if (!out->hashes || !out->stamps)
        return ST_NOMEM;
    for (size_t i = 0; i < out->codes.len; i++)
        out->hashes[i] = hash_of_value(out->codes.values[i]);
    return ST_OK;
}

static Status add_distinct_slot(const Measuring *m, HashedCodes *h, size_t slot, FieldCell *c)
{
    Status st = ST_OK;

    for (size_t at = m->slots->begin[slot]; at < m->slots->begin[slot + 1] && !st; at++) {
        const uint32_t code = h->codes.codes[row_at(m->slots, at)];

        if (h->stamps[code] == slot + 1 || h->codes.values[code].kind == VALUE_NONE)
            continue;
        h->stamps[code] = (uint32_t)slot + 1;
        st = field_cell_need_distinct(c);
        if (!st)
            st = distinct_add(c->distinct, h->hashes[code]);
    }
    return st;
}

static Status add_distinct(const Measuring *m, size_t field)
{
    HashedCodes h = {0};
    Status st = read_hashed(m, &m->plan->fields[field].field, &h);

    for (size_t slot = 0; slot < m->slots->len && !st; slot++)
        if (slots_rows(m->slots, slot))
            st = add_distinct_slot(m, &h, slot, field_cell(m, slot, field));
    return st;
}

/* --------------------------------------------------------------------- all */

Status aggregate_measure_all(const BlockView *view, const AggregatePlan *plan, Slots *slots,
                             const uint32_t *cells, GroupTable *table)
{
    const Measuring m = {view, plan, slots, cells, table};
    Status st = ST_OK;

    count_rows(&m);
    if (aggregate_wants_errors(plan))
        st = count_errors(&m);
    if (!st && plan->field_count)
        st = slots_sort(slots, view->arena);
    for (size_t f = 0; f < plan->field_count && !st; f++) {
        const unsigned needs = plan->fields[f].needs;

        if (needs & (NEED_MOMENTS | NEED_SKETCH))
            st = add_numbers(&m, f, (needs & NEED_SKETCH) != 0);
        if (!st && (needs & NEED_DISTINCT))
            st = add_distinct(&m, f);
    }
    return st;
}
