/* SPDX-License-Identifier: Apache-2.0 */
/* A small set of hashes that turns into registers when it has grown.
 *
 *   hash     | register (14) |  rest (50): its leading zeros + 1 are the rank |
 *   register the highest rank seen; 0: none */
#include "stats/distinct.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

enum { PRECISION = 14, REGISTERS = 1 << PRECISION, MAX_RANK = 64 - PRECISION + 1, FIRST_CAP = 16 };

void distinct_deinit(Distinct *d)
{
    mem_free(d->few);
    mem_free(d->registers);
    *d = (Distinct){0};
}

size_t distinct_bytes(const Distinct *d)
{
    return d->registers ? REGISTERS : d->few_cap * sizeof *d->few;
}

static void note(uint8_t *registers, uint64_t hash)
{
    const size_t at = hash >> (64 - PRECISION);
    uint64_t rest = hash << PRECISION;
    uint8_t rank = 1;

    while (rank < MAX_RANK && !(rest >> 63)) {
        rest <<= 1;
        rank++;
    }
    if (rank > registers[at])
        registers[at] = rank;
}

/* 0 marks a free slot; the hash 0 goes with 1. */
static uint64_t *find(uint64_t *few, uint32_t cap, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (cap - 1);

    while (few[at] && few[at] != hash)
        at = (at + 1) & (cap - 1);
    return &few[at];
}

static Status grow(Distinct *d)
{
    const uint32_t cap = d->few_cap ? 2 * d->few_cap : FIRST_CAP;
    uint64_t *few = mem_calloc(cap, sizeof *few);

    if (!few)
        return ST_NOMEM;
    for (uint32_t i = 0; i < d->few_cap; i++)
        if (d->few[i])
            *find(few, cap, d->few[i]) = d->few[i];
    mem_free(d->few);
    d->few = few;
    d->few_cap = cap;
    return ST_OK;
}

static Status use_registers(Distinct *d)
{
    uint8_t *registers = mem_calloc(REGISTERS, 1);

    if (!registers)
        return ST_NOMEM;
    for (uint32_t i = 0; i < d->few_cap; i++)
        if (d->few[i])
            note(registers, d->few[i]);
    mem_free(d->few);
    *d = (Distinct){.registers = registers};
    return ST_OK;
}

Status distinct_add(Distinct *d, uint64_t hash)
{
    uint64_t *slot;
    Status st = ST_OK;

    hash += hash == 0;
    if (d->registers) {
        note(d->registers, hash);
        return ST_OK;
    }
    if (d->few_len * 4 >= d->few_cap * 3)
        st = d->few_len >= DISTINCT_EXACT ? use_registers(d) : grow(d);
    if (st)
        return st;
    if (d->registers)
        return distinct_add(d, hash);
    slot = find(d->few, d->few_cap, hash);
    d->few_len += *slot == 0;
    *slot = hash;
    return ST_OK;
}

Status distinct_merge(Distinct *into, const Distinct *from)
{
    Status st = ST_OK;

    for (uint32_t i = 0; i < from->few_cap && !st; i++)
        if (from->few[i])
            st = distinct_add(into, from->few[i]);
    if (st || !from->registers)
        return st;
    if (!into->registers)
        st = use_registers(into);
    if (st || !into->registers)
        return st;
    for (size_t i = 0; i < REGISTERS; i++)
        if (from->registers[i] > into->registers[i])
            into->registers[i] = from->registers[i];
    return st;
}

static double sigma(double x)
{
    double y = 1;
    double z = x;
    double before;

    if (x >= 1)
        return INFINITY;
    do {
        x *= x;
        before = z;
        z += x * y;
        y += y;
    } while (z > before);
    return z;
}

static double tau(double x)
{
    double y = 1;
    double z = 1 - x;
    double before;

    if (x <= 0 || x >= 1)
        return 0;
    do {
        x = sqrt(x);
        before = z;
        y *= 0.5;
        z -= (1 - x) * (1 - x) * y;
    } while (z < before);
    return z / 3;
}

double distinct_count(const Distinct *d)
{
    double ranks[MAX_RANK + 1] = {0};
    double z;

    if (!d->registers)
        return d->few_len;
    for (size_t i = 0; i < REGISTERS; i++)
        ranks[d->registers[i]]++;
    z = REGISTERS * tau(1 - ranks[MAX_RANK] / REGISTERS);
    for (int k = MAX_RANK - 1; k >= 1; k--)
        z = 0.5 * (z + ranks[k]);
    z += REGISTERS * sigma(ranks[0] / REGISTERS);
    return round(REGISTERS / (2 * log(2)) * (REGISTERS / z));
}
