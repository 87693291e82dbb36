/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing over 32-bit hashes; runs of one value, the usual case in
 * rows ordered by trace, cost one comparison. */
#include "column/dictionary.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/prefetch.h"
#include "column/bits.h"

#include <string.h>

enum {
    FIRST_SLOTS = 256,
    TRIAL = 4096,      /* after so many values they must have repeated */
    PAGE_OVERHEAD = 48 /* of a dictionary page: header, index, metadata */
};

void dictionary_init(Dictionary *d)
{
    *d = (Dictionary){0};
}

void dictionary_deinit(Dictionary *d)
{
    mem_free(d->values);
    mem_free(d->hashes);
    mem_free(d->codes);
    mem_free(d->slots);
    dictionary_init(d);
}

/* At least `want` elements; what was in it is lost. */
static Status room(uint32_t **items, size_t *cap, size_t want)
{
    uint32_t *fresh;

    if (want <= *cap)
        return ST_OK;
    fresh = mem_array(want, sizeof *fresh);
    if (!fresh)
        return ST_NOMEM;
    mem_free(*items);
    *items = fresh;
    *cap = want;
    return ST_OK;
}

static Status set_slots(Dictionary *d, size_t count)
{
    const Status st = room(&d->slots, &d->slot_cap, count);

    if (st)
        return st;
    memset(d->slots, 0, count * sizeof *d->slots);
    d->slot_count = count;
    return ST_OK;
}

static Status add_value(Dictionary *d, Str value, uint32_t hash)
{
    if (d->len == d->cap) {
        const size_t cap = d->cap ? 2 * d->cap : FIRST_SLOTS;
        Str *values = mem_realloc(d->values, cap * sizeof *values);
        uint32_t *hashes;

        if (!values)
            return ST_NOMEM;
        d->values = values;
        hashes = mem_realloc(d->hashes, cap * sizeof *hashes);
        if (!hashes)
            return ST_NOMEM;
        d->hashes = hashes;
        d->cap = cap;
    }
    d->values[d->len] = value;
    d->hashes[d->len++] = hash;
    d->bytes += value.len;
    return ST_OK;
}

static Status grow_slots(Dictionary *d)
{
    const Status st = set_slots(d, 2 * d->slot_count);

    if (st)
        return st;
    for (size_t i = 0; i < d->len; i++) {
        size_t at = d->hashes[i] & (d->slot_count - 1);

        while (d->slots[at])
            at = (at + 1) & (d->slot_count - 1);
        d->slots[at] = (uint32_t)(i + 1);
    }
    return ST_OK;
}

static Status find_code(Dictionary *d, Str value, uint32_t *code)
{
    const uint32_t hash = (uint32_t)hash_bytes(value);
    size_t at = hash & (d->slot_count - 1);

    for (; d->slots[at]; at = (at + 1) & (d->slot_count - 1)) {
        *code = d->slots[at] - 1;
        if (d->hashes[*code] == hash && str_eq(d->values[*code], value))
            return ST_OK;
    }
    *code = (uint32_t)d->len;
    d->slots[at] = (uint32_t)(d->len + 1);
    if (d->len * 2 >= d->slot_count) {
        const Status st = add_value(d, value, hash);

        return st ? st : grow_slots(d);
    }
    return add_value(d, value, hash);
}

/* Sizes that decide. */
typedef struct Cost {
    size_t overhead;
    size_t max_bytes;
    size_t plain; /* bytes of the values as they are */
    bool hopeless;
} Cost;

static size_t page_bytes(const Dictionary *d, const Cost *c)
{
    return d->bytes + d->len * c->overhead;
}

static Status hash_rows(Dictionary *d, const Vector *v, Cost *c)
{
    Status st = set_slots(d, FIRST_SLOTS);
    uint32_t code = 0;

    for (size_t i = 0; i < v->len && !st; i++) {
        Str value;

        if (i + PREFETCH_AHEAD < v->len)
            prefetch(v->as.s[i + PREFETCH_AHEAD].ptr);
        if (vector_is_null(v, i))
            continue;
        value = v->as.s[i];
        if (d->len == 0 || !str_eq(d->values[code], value))
            st = find_code(d, value, &code);
        d->codes[d->code_count++] = code;
        c->plain += value.len + c->overhead;
        c->hopeless =
            page_bytes(d, c) > c->max_bytes || (d->code_count == TRIAL && d->len > TRIAL / 2);
        if (c->hopeless)
            return ST_OK;
    }
    return st;
}

/* Number the values that are used; slots[old code] is the new code + 1. */
static Status renumber_rows(Dictionary *d, const Vector *v, Cost *c)
{
    Status st = set_slots(d, v->dict_len);

    for (size_t i = 0; i < v->len && !st; i++) {
        uint32_t *slot;

        if (vector_is_null(v, i))
            continue;
        slot = &d->slots[v->codes[i]];
        if (!*slot) {
            st = add_value(d, v->as.s[v->codes[i]], 0);
            *slot = (uint32_t)d->len;
        }
        d->codes[d->code_count++] = *slot - 1;
        c->plain += v->as.s[v->codes[i]].len + c->overhead;
        c->hopeless = page_bytes(d, c) > c->max_bytes;
        if (c->hopeless)
            return ST_OK;
    }
    return st;
}

Status dictionary_build(Dictionary *d, const Vector *v, size_t values, size_t overhead,
                        size_t max_bytes, bool *pays)
{
    Cost c = {.overhead = overhead, .max_bytes = max_bytes};
    Status st = room(&d->codes, &d->code_cap, values);
    size_t code_bytes;

    if (st)
        return st;
    d->len = 0;
    d->bytes = 0;
    d->code_count = 0;
    st = v->codes ? renumber_rows(d, v, &c) : hash_rows(d, v, &c);
    if (st)
        return st;
    code_bytes = d->len ? bits_bytes(values, bits_width(d->len - 1)) : 0;
    *pays = !c.hopeless && page_bytes(d, &c) + code_bytes + PAGE_OVERHEAD < c.plain;
    return ST_OK;
}
