/* SPDX-License-Identifier: Apache-2.0 */
/* Counting in several tables at once: neighbours are often of one slot, and a counter that
 * was just written is slow to read again. */
#include "query/slots.h"

#include <string.h>

enum { TABLES = 4 };

static size_t count_kept(const uint8_t *keep, size_t rows)
{
    size_t n = 0;

    for (size_t row = 0; row < rows; row++)
        n += keep[row];
    return n;
}

static Status count_all(const Slots *s, Arena *arena, uint32_t *counts)
{
    uint32_t *tables = arena_calloc(arena, s->len * TABLES, sizeof *tables);
    size_t row = 0;

    if (!tables)
        return ST_NOMEM;
    for (; row + TABLES <= s->rows; row += TABLES)
        for (size_t t = 0; t < TABLES; t++)
            tables[(size_t)s->of_row[row + t] * TABLES + t]++;
    for (; row < s->rows; row++)
        tables[(size_t)s->of_row[row] * TABLES]++;
    for (size_t slot = 0; slot < s->len; slot++)
        for (size_t t = 0; t < TABLES; t++)
            counts[slot] += tables[slot * TABLES + t];
    return ST_OK;
}

static Status count(const Slots *s, Arena *arena, uint32_t *counts)
{
    if (!s->of_row) {
        counts[0] = (uint32_t)(s->keep ? count_kept(s->keep, s->rows) : s->rows);
        return ST_OK;
    }
    if (!s->keep && s->len <= s->rows / TABLES)
        return count_all(s, arena, counts);
    for (size_t row = 0; row < s->rows; row++)
        counts[s->of_row[row]] += s->keep ? s->keep[row] : 1;
    return ST_OK;
}

Status slots_count(Slots *s, Arena *arena)
{
    uint32_t *begin = arena_calloc(arena, s->len + 1, sizeof *begin);
    const Status st = begin ? count(s, arena, begin + 1) : ST_NOMEM;

    if (st)
        return st;
    for (size_t slot = 1; slot <= s->len; slot++)
        begin[slot] += begin[slot - 1];
    s->begin = begin;
    return ST_OK;
}

static bool has_one_slot(const Slots *s)
{
    for (size_t slot = 0; slot < s->len; slot++)
        if (slots_rows(s, slot))
            return slots_rows(s, slot) == s->rows;
    return true;
}

Status slots_sort(Slots *s, Arena *arena)
{
    uint32_t *order;
    uint32_t *next; /* place of a slot's next row */

    if (has_one_slot(s))
        return ST_OK;
    order = arena_alloc(arena, (s->begin[s->len] + 1) * sizeof *order);
    next = arena_alloc(arena, s->len * sizeof *next);
    if (!order || !next)
        return ST_NOMEM;
    memcpy(next, s->begin, s->len * sizeof *next);
    for (size_t row = 0; row < s->rows; row++)
        if (!s->keep || s->keep[row])
            order[next[s->of_row ? s->of_row[row] : 0]++] = (uint32_t)row;
    s->order = order;
    return ST_OK;
}
