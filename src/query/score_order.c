/* SPDX-License-Identifier: Apache-2.0 */
/* rows of scores -> (trace, judged span) -> best value; a span looks up (trace, span), a root
 * also (trace, none) */
#include "query/score_order.h"

#include "query/key_codes.h"
#include "query/score_rows.h"

#include <math.h>
#include <string.h>

enum { KEY_BYTES = TRACE_ID_BYTES + SPAN_ID_BYTES };

static const size_t keys_memory = (size_t)SCORE_ORDER_MAX * 2 * KEY_BYTES;

/* Without a span the trace's own. */
static Str make_key(Str trace_id, Str span_id, char key[KEY_BYTES])
{
    memset(key, 0, KEY_BYTES);
    memcpy(key, trace_id.ptr, trace_id.len < TRACE_ID_BYTES ? trace_id.len : TRACE_ID_BYTES);
    if (span_id.len)
        memcpy(key + TRACE_ID_BYTES, span_id.ptr,
               span_id.len < SPAN_ID_BYTES ? span_id.len : SPAN_ID_BYTES);
    return (Str){key, KEY_BYTES};
}

static uint64_t bits_of(double d)
{
    uint64_t bits;

    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double d;

    memcpy(&d, &bits, sizeof d);
    return d;
}

static bool is_better(const ScoreOrder *o, double value, double than)
{
    return o->ascending ? value < than : value > than;
}

static double none(const ScoreOrder *o)
{
    return o->ascending ? INFINITY : -INFINITY;
}

static Status note(ScoreOrder *o, Str key, double value)
{
    size_t at;
    Status st;

    if (map_find(&o->values, key, &at)) {
        uint64_t *known = &o->values.entries[at].value;

        if (is_better(o, value, double_of(*known)))
            *known = bits_of(value);
        return ST_OK;
    }
    st = arena_copy(&o->keys, key, &key);
    return st ? st : map_put(&o->values, key, bits_of(value));
}

typedef struct Columns {
    Vector trace;
    Vector judged;
    KeyCodes codes;
} Columns;

static Status note_rows(ScoreOrder *o, const Columns *c, const uint8_t *keep, size_t rows)
{
    Status st = ST_OK;

    for (size_t row = 0; row < rows && !st; row++) {
        const double order = value_order(c->codes.values[c->codes.codes[row]]);
        char key[KEY_BYTES];

        if (keep[row] && !isnan(order))
            st = note(
                o,
                make_key(vector_str(&c->trace, row),
                         vector_is_null(&c->judged, row) ? (Str){0} : vector_str(&c->judged, row),
                         key),
                order);
    }
    return st;
}

static Status note_block(ScoreOrder *o, const BlockView *view, const Doubles *doubles,
                         const Field *field)
{
    uint8_t *keep = NULL;
    Columns c;
    Status st = score_rows(view, &keep);

    if (st || !keep)
        return st;
    doubles_drop(doubles, view->block, keep);
    st = view_read(view, STR("trace_id"), &c.trace);
    if (!st)
        st = view_read(view, STR("parent_id"), &c.judged);
    if (!st)
        st = key_codes_read(view, field, NULL, &c.codes);
    return st ? st : note_rows(o, &c, keep, view->rows);
}

Status score_order_init(ScoreOrder *o, const Matcher *m, const Doubles *doubles, const Field *field,
                        bool ascending)
{
    Status st = ST_OK;

    *o = (ScoreOrder){.ascending = ascending};
    map_init(&o->values, SCORE_ORDER_MAX);
    arena_init(&o->keys, keys_memory);
    for (size_t b = 0; b < snapshot_block_count(m->snap) && !st; b++) {
        Arena arena;
        const BlockView view = {m->snap, b, snapshot_block(m->snap, b).rows, &arena};

        if (!matcher_reaches(m, b) || !block_has_scores(&view))
            continue;
        st = cancel_check(m->window->cancel);
        if (st)
            return st;
        arena_init(&arena, BLOCK_ARENA_LIMIT);
        st = note_block(o, &view, doubles, field);
        arena_deinit(&arena);
    }
    return st;
}

void score_order_deinit(ScoreOrder *o)
{
    map_deinit(&o->values);
    arena_deinit(&o->keys);
}

static double look_up(const ScoreOrder *o, Str trace_id, Str span_id, double otherwise)
{
    char key[KEY_BYTES];
    uint64_t bits;

    if (!map_get(&o->values, make_key(trace_id, span_id, key), &bits))
        return otherwise;
    return is_better(o, double_of(bits), otherwise) ? double_of(bits) : otherwise;
}

Status score_order_read(const ScoreOrder *o, const BlockView *view, double *values)
{
    Vector trace;
    Vector span;
    Vector parent;
    Status st = view_read(view, STR("trace_id"), &trace);

    if (!st)
        st = view_read(view, STR("span_id"), &span);
    if (!st)
        st = view_read(view, STR("parent_id"), &parent);
    for (size_t row = 0; row < view->rows && !st; row++) {
        const Str trace_id = vector_str(&trace, row);

        values[row] = look_up(o, trace_id, vector_str(&span, row), none(o));
        if (vector_is_null(&parent, row))
            values[row] = look_up(o, trace_id, (Str){0}, values[row]);
    }
    return st;
}
