/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a file, and the questions that its footer answers. */
#include "base/alloc.h"
#include "base/hash.h"
#include "codec/thrift.h"
#include "column/bloom.h"
#include "column/metadata.h"
#include "column/ngram_parts.h"
#include "column/run_counts.h"
#include "column/sums.h"

enum { MAGIC_BYTES = 4, TAIL_BYTES = 8, BLOOM_HEADER_MAX = 64 };
#define METADATA_LIMIT ((size_t)1 << 30)

static Status find_footer(Str file, Str *footer, Err *err)
{
    uint32_t length;

    if (file.len < MAGIC_BYTES + TAIL_BYTES || !str_starts(file, STR(PARQUET_MAGIC)))
        return err_set(err, ST_CORRUPT, 0, "not a Parquet file");
    if (str_ends(file, STR("PARE")))
        return err_set(err, ST_UNSUPPORTED, 0, "encrypted Parquet files are not supported");
    if (!str_ends(file, STR(PARQUET_MAGIC)))
        return err_set(err, ST_CORRUPT, file.len, "the end of the Parquet file is missing");
    length = load_u32(file.ptr + file.len - TAIL_BYTES);
    if (length > file.len - MAGIC_BYTES - TAIL_BYTES)
        return err_set(err, ST_CORRUPT, file.len, "the length of the footer is wrong");
    *footer = (Str){file.ptr + file.len - TAIL_BYTES - length, length};
    return ST_OK;
}

Status parquet_reader_open(Str file, Err *err, ParquetReader **out)
{
    ParquetReader *r;
    Str footer;
    Status st = find_footer(file, &footer, err);

    if (st)
        return st;
    r = mem_calloc(1, sizeof *r);
    if (!r)
        return err_set(err, ST_NOMEM, 0, "%s", status_text(ST_NOMEM));
    r->file = file;
    r->footer = footer;
    arena_init(&r->arena, METADATA_LIMIT);
    map_init(&r->names, MAX_COLUMNS);
    st = metadata_read(r, err);
    if (!st)
        st = sums_open(r, err);
    if (!st)
        st = ngram_parts_open(r, err);
    if (!st)
        st = run_counts_open(r, err);
    if (st == ST_NOMEM)
        (void)err_set(err, st, 0, "%s", status_text(st));
    if (st)
        parquet_reader_close(r);
    else
        *out = r;
    return st;
}

void parquet_reader_close(ParquetReader *r)
{
    if (!r)
        return;
    map_deinit(&r->names);
    arena_deinit(&r->arena);
    mem_free(r);
}

void parquet_reader_use_pool(ParquetReader *r, ZstdPool *pool)
{
    r->zstd = pool;
}

size_t parquet_column_count(const ParquetReader *r)
{
    return r->column_count;
}

const ParquetColumn *parquet_column(const ParquetReader *r, size_t column)
{
    return &r->leaves[column].column;
}

size_t parquet_find_column(const ParquetReader *r, Str name)
{
    uint64_t index = 0;

    return map_get(&r->names, name, &index) ? (size_t)index : SIZE_MAX;
}

size_t parquet_group_count(const ParquetReader *r)
{
    return r->group_count;
}

size_t parquet_group_rows(const ParquetReader *r, size_t group)
{
    return r->groups[group].rows;
}

int64_t parquet_row_count(const ParquetReader *r)
{
    return r->rows;
}

bool parquet_meta(const ParquetReader *r, Str key, Str *value)
{
    for (size_t i = 0; i < r->meta_count; i++) {
        if (str_eq(r->meta[i].key, key)) {
            *value = r->meta[i].value;
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------- statistics */

/* Statistics as they stand in the file; a NULL pointer: not there. */
typedef struct RawStats {
    Str min, max;         /* of the column's order */
    Str old_min, old_max; /* signed order, whatever the type */
    int64_t nulls;
} RawStats;

static RawStats read_stats(const ParquetReader *r, const ChunkMeta *c)
{
    ThriftReader t = thrift_reader(str_slice(r->footer, c->statistics, r->footer.len));
    RawStats s = {.nulls = -1};
    ThriftField f = {0};

    while (c->statistics && thrift_next(&t, &f)) {
        if (f.id == 1)
            s.old_max = thrift_bytes(&t, f.type);
        else if (f.id == 2)
            s.old_min = thrift_bytes(&t, f.type);
        else if (f.id == 3)
            s.nulls = thrift_i64(&t, f.type);
        else if (f.id == 5)
            s.max = thrift_bytes(&t, f.type);
        else if (f.id == 6)
            s.min = thrift_bytes(&t, f.type);
        else
            thrift_skip(&t, f.type);
    }
    return t.st ? (RawStats){.nulls = -1} : s;
}

static size_t plain_size(Physical physical)
{
    static const size_t sizes[] = {
        [PHYSICAL_BOOLEAN] = 1, [PHYSICAL_INT32] = 4,      [PHYSICAL_INT64] = 8,
        [PHYSICAL_INT96] = 12,  [PHYSICAL_FLOAT] = 4,      [PHYSICAL_DOUBLE] = 8,
        [PHYSICAL_FIXED] = 0,   [PHYSICAL_BYTE_ARRAY] = 0,
    };

    return sizes[physical];
}

/* A bound of an integer column; false when it cannot be told as an int64. */
static bool plain_int(const Leaf *leaf, Str s, int64_t *out)
{
    int64_t v = 0;

    if (leaf->physical == PHYSICAL_BOOLEAN)
        v = *s.ptr != 0;
    else if (leaf->physical == PHYSICAL_INT64)
        v = (int64_t)load_u64(s.ptr);
    else
        v = leaf->is_unsigned ? (int64_t)load_u32(s.ptr) : (int64_t)(int32_t)load_u32(s.ptr);
    if (leaf->is_unsigned && v < 0)
        return false;
    if (v > INT64_MAX / leaf->scale || v < INT64_MIN / leaf->scale)
        return false;
    *out = v * leaf->scale;
    return true;
}

static double plain_double(const Leaf *leaf, Str s)
{
    float f;
    double d;

    if (leaf->physical == PHYSICAL_FLOAT) {
        memcpy(&f, s.ptr, sizeof f);
        return (double)f;
    }
    memcpy(&d, s.ptr, sizeof d);
    return d;
}

static void set_range(const Leaf *leaf, Str min, Str max, ParquetStats *out)
{
    const size_t size = plain_size(leaf->physical);

    if (!min.ptr || !max.ptr || (size && (min.len != size || max.len != size)))
        return;
    if (size == 0) {
        out->min.s = min;
        out->max.s = max;
        out->has_range = true;
    } else if (leaf->column.type == VECTOR_DOUBLE) {
        out->min.d = plain_double(leaf, min);
        out->max.d = plain_double(leaf, max);
        /* A NaN bounds nothing; it compares false with everything. */
        out->has_range = out->min.d <= out->max.d;
    } else {
        out->has_range = plain_int(leaf, min, &out->min.i) && plain_int(leaf, max, &out->max.i);
    }
}

void parquet_stats(const ParquetReader *r, size_t group, size_t column, ParquetStats *out)
{
    const Leaf *leaf = &r->leaves[column];
    const RawStats s = read_stats(r, &r->groups[group].chunks[column]);

    *out = (ParquetStats){.null_count = s.nulls};
    if (s.nulls < 0 || (uint64_t)s.nulls > r->groups[group].rows)
        out->null_count = -1;
    set_range(leaf, s.min, s.max, out);
    /* Old statistics of texts and unsigned numbers used the wrong order. */
    if (!out->has_range && plain_size(leaf->physical) && !leaf->is_unsigned)
        set_range(leaf, s.old_min, s.old_max, out);
}

/* ------------------------------------------------------------- bloom filters */

/* The bits of a chunk's filter, or an empty Str when there is none that we
 * understand. */
static Str bloom_bits(const ParquetReader *r, const ChunkMeta *c)
{
    const Str rest = str_slice(r->file, (size_t)c->bloom, r->file.len);
    ThriftReader t = thrift_reader(str_slice(rest, 0, BLOOM_HEADER_MAX));
    ThriftField f = {0};
    int32_t size = 0;
    size_t at;

    while (thrift_next(&t, &f)) {
        ThriftField choice = {0};

        if (f.id == 1) {
            size = thrift_i32(&t, f.type);
            continue;
        }
        /* Algorithm, hash and compression: only their first members exist. */
        if (thrift_struct(&t, f.type) && thrift_next(&t, &choice)) {
            thrift_skip(&t, choice.type);
            if (choice.id != 1 || thrift_next(&t, &choice))
                return (Str){0};
        }
    }
    at = thrift_position(&t);
    if (t.st || size < BLOOM_BLOCK_BYTES || size % BLOOM_BLOCK_BYTES ||
        (size_t)size > rest.len - at)
        return (Str){0};
    return str_slice(rest, at, at + (size_t)size);
}

static bool outside_range(const ParquetReader *r, size_t group, size_t column, Str value)
{
    ParquetStats s;

    parquet_stats(r, group, column, &s);
    return s.has_range && (str_cmp(value, s.min.s) < 0 || str_cmp(value, s.max.s) > 0);
}

bool parquet_may_contain(const ParquetReader *r, size_t group, size_t column, Str value)
{
    const Leaf *leaf = &r->leaves[column];
    const ChunkMeta *c = &r->groups[group].chunks[column];
    Str bits = {0};

    if (leaf->column.type == VECTOR_FIXED && value.len != leaf->column.fixed_len)
        return false;
    if (plain_size(leaf->physical) == 0 && outside_range(r, group, column, value))
        return false;
    if (c->has_bloom)
        bits = bloom_bits(r, c);
    return !bits.len || bloom_has((const uint8_t *)bits.ptr, bits.len, hash_xxh64(value));
}
