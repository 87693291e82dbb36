/* SPDX-License-Identifier: Apache-2.0 */
/* See sums.h. */
#include "column/sums.h"

#include "base/hash.h"
#include "column/page.h"

#include <inttypes.h>
#include <string.h>

#define CHECK_MAGIC "VIREOSUM"

/* ------------------------------------------------------------------ writing */

Status sums_put_pages(Buf *out, const ChunkRecord *records, size_t count)
{
    Status st = ST_OK;

    for (size_t i = 0; i < count && !st; i++) {
        const uint32_t pages = (uint32_t)records[i].sums.len;

        st = buf_append(out, (Str){(const char *)&pages, sizeof pages});
    }
    for (size_t i = 0; i < count && !st; i++)
        st = buf_append(out, (Str){(const char *)records[i].sums.items,
                                   records[i].sums.len * sizeof(uint64_t)});
    return st;
}

Status sums_put_entry(Buf *out, uint64_t start, Str bytes, size_t pages)
{
    return buf_printf(out, "%" PRIu64 " %zu %zu %016" PRIx64 ",", start, bytes.len, pages,
                      hash_bytes(bytes));
}

Status sums_put_check(Buf *out, Str footer)
{
    const uint64_t sum = hash_bytes(footer);
    const Status st = buf_append(out, STR(CHECK_MAGIC));

    return st ? st : buf_append(out, (Str){(const char *)&sum, sizeof sum});
}

/* ------------------------------------------------------------------ opening */

static bool check_footer(const ParquetReader *r)
{
    const size_t at = (size_t)(r->footer.ptr - r->file.ptr);
    uint64_t sum;

    if (at < FOOTER_CHECK_BYTES ||
        memcmp(r->footer.ptr - FOOTER_CHECK_BYTES, CHECK_MAGIC, sizeof CHECK_MAGIC - 1) != 0)
        return false;
    memcpy(&sum, r->footer.ptr - sizeof sum, sizeof sum);
    return sum == hash_bytes(r->footer);
}

static bool has_check(const ParquetReader *r)
{
    const size_t at = (size_t)(r->footer.ptr - r->file.ptr);

    return at >= FOOTER_CHECK_BYTES &&
           memcmp(r->footer.ptr - FOOTER_CHECK_BYTES, CHECK_MAGIC, sizeof CHECK_MAGIC - 1) == 0;
}

typedef struct Entry {
    uint64_t start, length, pages;
    uint64_t sum;
} Entry;

bool sums_read_place(Str text, uint64_t *const *numbers, size_t count, uint64_t *sum)
{
    uint8_t bytes[8];
    Str item;

    for (size_t i = 0; i < count; i++)
        if (!str_cut(text, ' ', &item, &text) || str_to_u64(item, numbers[i]))
            return false;
    if (hex_decode(text, bytes, sizeof bytes))
        return false;
    *sum = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        *sum = *sum << 8 | bytes[i];
    return true;
}

static bool read_entry(Str text, Entry *out)
{
    uint64_t *const numbers[] = {&out->start, &out->length, &out->pages};

    return sums_read_place(text, numbers, 3, &out->sum);
}

/* Where each column's sums begin; the numbers must be those of the part's bytes. */
static Status place_pages(ParquetReader *r, GroupMeta *g, Str part)
{
    uint32_t *first = arena_alloc(&r->arena, (r->column_count + 1) * sizeof *first);
    size_t total = 0;

    if (!first)
        return ST_NOMEM;
    if (part.len / sizeof(uint32_t) < r->column_count)
        return ST_CORRUPT;
    for (size_t i = 0; i < r->column_count; i++) {
        uint32_t pages;

        memcpy(&pages, part.ptr + i * sizeof pages, sizeof pages);
        first[i] = (uint32_t)total;
        total += pages;
    }
    if (total > UINT32_MAX ||
        part.len - r->column_count * sizeof(uint32_t) != total * sizeof(uint64_t))
        return ST_CORRUPT;
    first[r->column_count] = (uint32_t)total;
    g->sum_first = first;
    g->sums = part.ptr + r->column_count * sizeof(uint32_t);
    return ST_OK;
}

static Status open_group(ParquetReader *r, GroupMeta *g, Str text)
{
    Entry e = {0};
    Str part;

    if (!read_entry(text, &e) || e.start > r->file.len || e.length > r->file.len - e.start ||
        e.pages > e.length)
        return ST_CORRUPT;
    part = (Str){r->file.ptr + e.start, (size_t)e.length};
    if (hash_bytes(part) != e.sum)
        return ST_CORRUPT;
    return place_pages(r, g, str_slice(part, (size_t)e.pages, part.len));
}

Status sums_open(ParquetReader *r, Err *err)
{
    Str text = {0};
    const bool told = parquet_meta(r, STR("vireo.sums"), &text);

    if (!told && !has_check(r))
        return ST_OK;
    if (!told || !check_footer(r))
        return err_set(err, ST_CORRUPT, r->file.len, "the footer has a wrong checksum");
    for (size_t i = 0; i < r->group_count; i++) {
        Str entry;
        Status st;

        (void)str_cut(text, ',', &entry, &text);
        st = open_group(r, &r->groups[i], entry);
        if (st)
            return err_set(err, st, 0, "the indexes of row group %zu have a wrong checksum", i);
    }
    return ST_OK;
}

/* ------------------------------------------------------------------ reading */

size_t sums_pages(const ParquetReader *r, size_t group, size_t column)
{
    const GroupMeta *g = &r->groups[group];

    return g->sums ? g->sum_first[column + 1] - g->sum_first[column] : SIZE_MAX;
}

bool sums_match(const ParquetReader *r, size_t group, size_t column, size_t n, Str header, Str body)
{
    const GroupMeta *g = &r->groups[group];
    uint64_t sum;

    if (!g->sums)
        return true;
    if (n >= sums_pages(r, group, column))
        return false;
    memcpy(&sum, g->sums + (g->sum_first[column] + n) * sizeof sum, sizeof sum);
    return sum == page_sum(header, body);
}
