/* SPDX-License-Identifier: Apache-2.0 */
/* Groups in flat arrays, so that a row of a block costs an index and an addition.
 *
 * Keys are found by an encoding that tells kinds apart: the text "7", the
 * integer 7 and the double 7.0 are three groups. */
#include "query/aggregate_table.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

enum { FIRST_GROUPS = 8, MAX_TABLE_CELLS = 1 << 18 };

#define KEY_MEMORY   ((size_t)64 << 20)
#define TABLE_MEMORY ((size_t)512 << 20)

/* ------------------------------------------------------------------ memory */

static Status grow(GroupTable *t)
{
    const size_t cap = t->cap ? 2 * t->cap : FIRST_GROUPS;
    const size_t cells = cap * t->buckets;
    const size_t more =
        (cap - t->cap) * t->buckets * (sizeof *t->cells + t->field_count * sizeof *t->fields);
    void *grown;

    if (t->len * t->buckets >= MAX_TABLE_CELLS || more > t->bytes_limit - t->bytes)
        return ST_LIMIT;
    grown = mem_realloc(t->keys, (cap * t->key_count + 1) * sizeof *t->keys);
    if (!grown)
        return ST_NOMEM;
    t->keys = grown;
    grown = mem_realloc(t->cells, cells * sizeof *t->cells);
    if (!grown)
        return ST_NOMEM;
    t->cells = grown;
    grown = mem_realloc(t->fields, (cells * t->field_count + 1) * sizeof *t->fields);
    if (!grown)
        return ST_NOMEM;
    t->fields = grown;
    t->cap = cap;
    t->bytes += more;
    return ST_OK;
}

static Status add_group(GroupTable *t)
{
    const size_t from = t->len * t->buckets;
    const Status st = t->len == t->cap ? grow(t) : ST_OK;

    if (st)
        return st;
    memset(t->cells + from, 0, t->buckets * sizeof *t->cells);
    memset(t->keys + t->len * t->key_count, 0, t->key_count * sizeof *t->keys);
    for (size_t i = from * t->field_count; i < (from + t->buckets) * t->field_count; i++)
        t->fields[i] = (FieldCell){.min = INFINITY, .max = -INFINITY};
    t->len++;
    return ST_OK;
}

Status group_table_new(const AggregatePlan *p, size_t buckets, int64_t first_bucket,
                       const GroupTable *only, GroupTable **out)
{
    GroupTable *t = mem_calloc(1, sizeof *t);
    Status st;

    if (!t)
        return ST_NOMEM;
    t->key_count = p->key_count;
    t->field_count = p->field_count;
    t->buckets = buckets;
    t->first_bucket = first_bucket;
    t->only = only;
    t->bytes_limit = TABLE_MEMORY;
    atomic_init(&t->refs, 1);
    arena_init(&t->arena, KEY_MEMORY);
    map_init(&t->index, AGGREGATE_MAX_GROUPS + 1);
    st = add_group(t);
    if (st)
        group_table_free(t);
    else
        *out = t;
    return st;
}

void group_table_free(GroupTable *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->len * t->buckets * t->field_count; i++) {
        if (t->fields[i].sketch)
            sketch_deinit(t->fields[i].sketch);
        if (t->fields[i].distinct)
            distinct_deinit(t->fields[i].distinct);
        mem_free(t->fields[i].sketch);
        mem_free(t->fields[i].distinct);
    }
    mem_free(t->fields);
    mem_free(t->cells);
    mem_free(t->keys);
    map_deinit(&t->index);
    arena_deinit(&t->arena);
    mem_free(t);
}

Status field_cell_need_sketch(FieldCell *c)
{
    if (!c->sketch)
        c->sketch = mem_calloc(1, sizeof *c->sketch);
    return c->sketch ? ST_OK : ST_NOMEM;
}

Status field_cell_need_distinct(FieldCell *c)
{
    if (!c->distinct)
        c->distinct = mem_calloc(1, sizeof *c->distinct);
    return c->distinct ? ST_OK : ST_NOMEM;
}

/* -------------------------------------------------------------------- keys */

enum { CODE_BYTES = 1 + sizeof(uint64_t) };

static bool is_text(Value v)
{
    return v.kind == VALUE_STR || v.kind == VALUE_BYTES || v.kind == VALUE_JSON;
}

/* Kind, then eight bytes: the value's bits, or the length of a text, which follows. */
static char *encode(Value v, char *to)
{
    uint64_t bits = 0;

    if (is_text(v))
        bits = v.as.s.len;
    else if (v.kind == VALUE_BOOL)
        bits = v.as.b;
    else if (v.kind == VALUE_INT)
        bits = (uint64_t)v.as.i;
    else if (v.kind == VALUE_DOUBLE)
        memcpy(&bits, &v.as.d, sizeof bits);
    *to++ = (char)v.kind;
    memcpy(to, &bits, sizeof bits);
    to += sizeof bits;
    if (is_text(v) && v.as.s.len)
        memcpy(to, v.as.s.ptr, v.as.s.len);
    return to + (is_text(v) ? v.as.s.len : 0);
}

static size_t encoded_len(const Value *key, size_t count)
{
    size_t len = 0;

    for (size_t i = 0; i < count; i++)
        len += CODE_BYTES + (is_text(key[i]) ? key[i].as.s.len : 0);
    return len;
}

static Status keep_key(GroupTable *t, const Value *key)
{
    Value *to = t->keys + (t->len - 1) * t->key_count;

    for (size_t i = 0; i < t->key_count; i++) {
        to[i] = key[i];
        if (is_text(key[i])) {
            const Status st = arena_copy(&t->arena, key[i].as.s, &to[i].as.s);

            if (st)
                return st;
        }
    }
    return ST_OK;
}

static Status find_or_add(GroupTable *t, const Value *key, Str code, size_t *group)
{
    uint64_t at = 0;
    Str kept = {0};
    Status st;

    *group = 0;
    if (map_get(&t->index, code, &at)) {
        *group = (size_t)at;
        return ST_OK;
    }
    if (t->only && !map_get(&t->only->index, code, &at))
        return ST_OK;
    if (t->len > AGGREGATE_MAX_GROUPS) {
        t->limited = true;
        return ST_OK;
    }
    st = arena_copy(&t->arena, code, &kept);
    if (!st)
        st = add_group(t);
    if (!st)
        st = keep_key(t, key);
    if (!st)
        st = map_put(&t->index, kept, t->len - 1);
    if (!st)
        *group = t->len - 1;
    return st;
}

Status group_table_find(GroupTable *t, const Value *key, size_t *group)
{
    char few[256];
    const size_t len = encoded_len(key, t->key_count);
    char *code = len <= sizeof few ? few : mem_alloc(len);
    char *end = code;
    Status st;

    if (!code)
        return ST_NOMEM;
    for (size_t i = 0; i < t->key_count; i++)
        end = encode(key[i], end);
    st = find_or_add(t, key, (Str){code, len}, group);
    if (code != few)
        mem_free(code);
    return st;
}

/* ----------------------------------------------------------------- merging */

static Status merge_sketch(GroupTable *t, FieldCell *into, const FieldCell *from)
{
    const size_t before = into->sketch ? sketch_bytes(into->sketch) : 0;
    Status st = field_cell_need_sketch(into);

    if (!st)
        st = sketch_merge(into->sketch, from->sketch);
    if (!st)
        t->bytes += sketch_bytes(into->sketch) - before;
    return st;
}

static Status merge_distinct(GroupTable *t, FieldCell *into, const FieldCell *from)
{
    const size_t before = into->distinct ? distinct_bytes(into->distinct) : 0;
    Status st = field_cell_need_distinct(into);

    if (!st)
        st = distinct_merge(into->distinct, from->distinct);
    if (!st)
        t->bytes = t->bytes + distinct_bytes(into->distinct) - before;
    return st;
}

static Status merge_field(GroupTable *t, FieldCell *into, const FieldCell *from)
{
    Status st = ST_OK;

    into->n += from->n;
    into->sum += from->sum;
    into->min = from->min < into->min ? from->min : into->min;
    into->max = from->max > into->max ? from->max : into->max;
    if (from->sketch)
        st = merge_sketch(t, into, from);
    if (!st && from->distinct)
        st = merge_distinct(t, into, from);
    return st ? st : t->bytes > t->bytes_limit ? ST_LIMIT : ST_OK;
}

Status group_table_add_cell(GroupTable *t, size_t to_cell, const GroupTable *from, size_t from_cell)
{
    Status st = ST_OK;

    if (!from->cells[from_cell].count)
        return ST_OK;
    t->cells[to_cell].count += from->cells[from_cell].count;
    t->cells[to_cell].errors += from->cells[from_cell].errors;
    for (size_t f = 0; f < t->field_count && !st; f++)
        st = merge_field(t, &t->fields[to_cell * t->field_count + f],
                         &from->fields[from_cell * t->field_count + f]);
    return st;
}

static Status merge_group(GroupTable *into, size_t to, const GroupTable *from, size_t group)
{
    const int64_t shift = from->first_bucket - into->first_bucket;
    Status st = ST_OK;

    for (size_t b = 0; b < from->buckets && !st; b++) {
        const int64_t at = into->buckets == 1 ? 0 : (int64_t)b + shift;

        if (at >= 0 && (uint64_t)at < into->buckets)
            st = group_table_add_cell(into, to * into->buckets + (size_t)at, from,
                                      group * from->buckets + b);
    }
    return st;
}

Status group_table_merge(GroupTable *into, const GroupTable *from)
{
    Status st = merge_group(into, 0, from, 0);

    for (size_t g = 1; g < from->len && !st; g++) {
        size_t to = 0;

        st = group_table_find(into, from->keys + g * from->key_count, &to);
        if (!st)
            st = merge_group(into, to, from, g);
    }
    into->rows += from->rows;
    into->limited = into->limited || from->limited;
    return st;
}
