/* SPDX-License-Identifier: Apache-2.0 */
/* Noting costs a multiplication and a store a byte: the hashes go to a table of bytes, which
 * is turned into bits once for a run. */
#include "column/ngrams.h"

#include "column/format.h"

#include <string.h>

enum {
    FOLD = 0x20202020,
    LEAST_BYTES = 64,
    NGRAMS_A_BYTE = 2, /* where there is room: a fifth of the bits is set then */
    MOST_A_BYTE = 16,  /* past it nearly all would be set, and tell nothing */
    MAX_RUNS = 1 << 24
};

static uint32_t hash_at(const char *text)
{
    return ((load_u32(text) | FOLD) * UINT32_C(0x9E3779B1)) >> (32 - NGRAM_HASH_BITS);
}

static size_t bit_of(uint32_t hash, size_t bytes)
{
    return (size_t)((uint64_t)hash * 8 * bytes >> NGRAM_HASH_BITS);
}

/* ------------------------------------------------------------------ writing */

void ngrams_note(uint8_t seen[NGRAM_HASHES], Str text)
{
    for (size_t i = 0; i + NGRAM_BYTES <= text.len; i++)
        seen[hash_at(text.ptr + i)] = 1;
}

static size_t count_seen(const uint8_t seen[NGRAM_HASHES])
{
    size_t n = 0;

    for (size_t i = 0; i < NGRAM_HASHES; i++)
        n += seen[i];
    return n;
}

static void set_bits(const uint8_t seen[NGRAM_HASHES], size_t bytes, char *filter)
{
    for (uint32_t hash = 0; hash < NGRAM_HASHES; hash++) {
        const size_t bit = bit_of(hash, bytes);

        filter[bit / 8] = (char)((uint8_t)filter[bit / 8] | seen[hash] << bit % 8);
    }
}

static size_t filter_bytes(const uint8_t seen[NGRAM_HASHES], size_t limit)
{
    const size_t count = count_seen(seen);
    const size_t want = count / NGRAMS_A_BYTE + LEAST_BYTES;
    const size_t most = limit < NGRAM_HASHES / 8 ? limit : NGRAM_HASHES / 8;

    if (limit < LEAST_BYTES || count / MOST_A_BYTE > most)
        return 0;
    return want < most ? want : most;
}

Status ngrams_put_run(Buf *runs, Buf *filters, const uint8_t seen[NGRAM_HASHES], size_t rows,
                      size_t limit)
{
    const size_t bytes = filter_bytes(seen, limit);
    const uint32_t numbers[] = {(uint32_t)rows, (uint32_t)bytes};
    char *filter = NULL;
    Status st = buf_extend(filters, bytes, &filter);

    if (st)
        return st;
    if (bytes) {
        memset(filter, 0, bytes);
        set_bits(seen, bytes, filter);
    }
    return buf_append(runs, (Str){(const char *)numbers, sizeof numbers});
}

/* ------------------------------------------------------------------ reading */

static bool has_all(Str filter, Str text)
{
    for (size_t i = 0; i + NGRAM_BYTES <= text.len; i++) {
        const size_t bit = bit_of(hash_at(text.ptr + i), filter.len);

        if (!((uint8_t)filter.ptr[bit / 8] >> bit % 8 & 1))
            return false;
    }
    return true;
}

static Status add_rows(RowRanges *out, size_t first, size_t from, size_t to)
{
    if (from == to)
        return ST_OK;
    if (out->len > first && out->items[out->len - 1].to == from) {
        out->items[out->len - 1].to = to;
        return ST_OK;
    }
    return VEC_PUSH(out, ((RowRange){from, to}), MAX_RUNS);
}

Status ngrams_find(Str bytes, size_t rows, Str text, RowRanges *out)
{
    const size_t first = out->len;
    size_t row = 0;
    Str numbers;
    Str filters;
    uint32_t runs;

    if (bytes.len < sizeof runs)
        return ST_CORRUPT;
    runs = load_u32(bytes.ptr);
    numbers = str_slice(bytes, sizeof runs, bytes.len);
    if (runs > numbers.len / NGRAM_RUN_NUMBERS)
        return ST_CORRUPT;
    filters = str_slice(numbers, (size_t)NGRAM_RUN_NUMBERS * runs, numbers.len);
    for (size_t i = 0; i < runs; i++) {
        const uint32_t count = load_u32(numbers.ptr + NGRAM_RUN_NUMBERS * i);
        const uint32_t size = load_u32(numbers.ptr + NGRAM_RUN_NUMBERS * i + sizeof count);
        Status st = ST_OK;

        if (count > rows - row || size > filters.len)
            return ST_CORRUPT;
        if (!size || has_all(str_slice(filters, 0, size), text))
            st = add_rows(out, first, row, row + count);
        if (st)
            return st;
        filters = str_slice(filters, size, filters.len);
        row += count;
    }
    return row == rows && !filters.len ? ST_OK : ST_CORRUPT;
}
