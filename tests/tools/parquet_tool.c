/* SPDX-License-Identifier: Apache-2.0 */
/* Our Parquet reader and writer for the tests in other languages.
 *
 *   parquet_tool print FILE              one JSON object a row
 *   parquet_tool verify FILE
 *   parquet_tool copy FROM TO [--group ROWS] [--bloom COLUMN]... [--large COLUMN]...
 *                                        read with our reader, write with our writer
 *   parquet_tool contains FILE COLUMN TEXT   yes (maybe) or no, for each row group
 *   parquet_tool time FILE               decode every column, print its speed
 *
 * Times are printed as whole nanoseconds, bytes as hex. */
#include "codec/json_write.h"
#include "column/parquet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_MARKS = 64, STEP_ROWS = 4096 };
#define ARENA_LIMIT ((size_t)4 << 30)

static int fail(const char *what, Status st, const Err *err)
{
    (void)fprintf(stderr, "%s: %s %s\n", what, status_text(st), err ? err->msg : "");
    return 1;
}

/* The whole file; *out is the caller's to free(). */
static bool load(const char *path, char **out, size_t *len)
{
    FILE *f = fopen(path, "rb");
    char *data = NULL;
    long size = -1;

    if (f && !fseek(f, 0, SEEK_END))
        size = ftell(f);
    if (size >= 0 && !fseek(f, 0, SEEK_SET))
        data = malloc((size_t)size + 1);
    if (data && fread(data, 1, (size_t)size, f) != (size_t)size) {
        free(data);
        data = NULL;
    }
    if (f)
        (void)fclose(f);
    *out = data;
    *len = (size_t)size;
    return data != NULL;
}

/* ------------------------------------------------------------- print */

static void print_value(JsonWriter *w, const Vector *v, size_t row)
{
    if (vector_is_null(v, row)) {
        jw_null(w);
        return;
    }
    switch (v->type) {
    case VECTOR_BOOL:
        jw_bool(w, v->as.b[row]);
        break;
    case VECTOR_INT:
    case VECTOR_TIME:
        jw_int(w, v->as.i[row]);
        break;
    case VECTOR_DOUBLE:
        jw_double(w, v->as.d[row]);
        break;
    case VECTOR_STR:
    case VECTOR_JSON:
        jw_str(w, vector_str(v, row));
        break;
    case VECTOR_BYTES:
    case VECTOR_FIXED:
    default:
        jw_hex(w, (const uint8_t *)vector_str(v, row).ptr, vector_str(v, row).len);
    }
}

static Status print_rows(const ParquetReader *r, size_t group, size_t from, size_t to)
{
    const size_t columns = parquet_column_count(r);
    Vector *vectors = calloc(columns + 1, sizeof *vectors);
    Status st = vectors ? ST_OK : ST_NOMEM;
    Arena arena;
    Buf line;

    arena_init(&arena, ARENA_LIMIT);
    buf_init(&line, ARENA_LIMIT);
    for (size_t i = 0; i < columns && !st; i++)
        st = parquet_read(r, group, i, from, to, &arena, &vectors[i]);
    for (size_t row = 0; row < to - from && !st; row++) {
        JsonWriter w = jw_init(&line);

        buf_clear(&line);
        jw_object(&w);
        for (size_t i = 0; i < columns; i++) {
            jw_key(&w, parquet_column(r, i)->name);
            print_value(&w, &vectors[i], row);
        }
        jw_object_end(&w);
        st = jw_done(&w);
        (void)printf("%.*s\n", STR_ARG(buf_str(&line)));
    }
    buf_deinit(&line);
    arena_deinit(&arena);
    free(vectors);
    return st;
}

static Status print_file(const ParquetReader *r)
{
    for (size_t g = 0; g < parquet_group_count(r); g++) {
        const size_t rows = parquet_group_rows(r, g);

        for (size_t at = 0; at < rows; at += STEP_ROWS) {
            const size_t to = rows - at < STEP_ROWS ? rows : at + STEP_ROWS;
            const Status st = print_rows(r, g, at, to);

            if (st)
                return st;
        }
    }
    return ST_OK;
}

/* ------------------------------------------------------------- copy */

typedef struct CopyOptions {
    size_t group;
    const char *bloom[MAX_MARKS];
    const char *large[MAX_MARKS];
    size_t blooms;
    size_t larges;
} CopyOptions;

static bool listed(const char *const *names, size_t count, Str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(str_from(names[i]), name))
            return true;
    return false;
}

static bool parse_options(int argc, char **argv, CopyOptions *o)
{
    for (int i = 0; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--group"))
            o->group = (size_t)strtoul(argv[i + 1], NULL, 10);
        else if (!strcmp(argv[i], "--bloom") && o->blooms < MAX_MARKS)
            o->bloom[o->blooms++] = argv[i + 1];
        else if (!strcmp(argv[i], "--large") && o->larges < MAX_MARKS)
            o->large[o->larges++] = argv[i + 1];
        else
            return false;
    }
    return argc % 2 == 0;
}

static Status write_file(void *context, Str bytes)
{
    return fwrite(bytes.ptr, 1, bytes.len, context) == bytes.len ? ST_OK : ST_IO;
}

static Status copy_rows(const ParquetReader *r, ParquetWriter *w, size_t group, size_t from,
                        size_t to)
{
    const size_t columns = parquet_column_count(r);
    Vector *vectors = calloc(columns + 1, sizeof *vectors);
    Status st = vectors ? ST_OK : ST_NOMEM;
    Arena arena;

    arena_init(&arena, ARENA_LIMIT);
    for (size_t i = 0; i < columns && !st; i++)
        st = parquet_read(r, group, i, from, to, &arena, &vectors[i]);
    if (!st)
        st = parquet_writer_add(w, vectors);
    arena_deinit(&arena);
    free(vectors);
    return st;
}

static Status copy_groups(const ParquetReader *r, ParquetWriter *w, size_t step)
{
    static const ParquetMeta meta[] = {{{"copied.by", 9}, {"parquet_tool", 12}}};

    for (size_t g = 0; g < parquet_group_count(r); g++) {
        const size_t rows = parquet_group_rows(r, g);

        for (size_t at = 0; at < rows; at += step) {
            const Status st = copy_rows(r, w, g, at, rows - at < step ? rows : at + step);

            if (st)
                return st;
        }
    }
    return parquet_writer_finish(w, meta, 1);
}

static Status copy_file(const ParquetReader *r, FILE *out, const CopyOptions *o)
{
    const size_t count = parquet_column_count(r);
    ParquetColumn *columns = calloc(count + 1, sizeof *columns);
    ParquetWriter *w = NULL;
    Status st = columns ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < count && !st; i++) {
        columns[i] = *parquet_column(r, i);
        columns[i].bloom = listed(o->bloom, o->blooms, columns[i].name);
        columns[i].large = listed(o->large, o->larges, columns[i].name);
    }
    if (!st)
        st = parquet_writer_new(columns, count, (ParquetSink){write_file, out}, &w);
    if (!st)
        st = copy_groups(r, w, o->group ? o->group : (size_t)1 << 20);
    parquet_writer_free(w);
    free(columns);
    return st;
}

static int run_copy(const ParquetReader *r, int argc, char **argv)
{
    CopyOptions o = {0};
    FILE *out;
    Status st;

    if (argc < 1 || !parse_options(argc - 1, argv + 1, &o))
        return fail("copy", ST_INVALID, NULL);
    out = fopen(argv[0], "wb");
    if (!out)
        return fail(argv[0], ST_IO, NULL);
    st = copy_file(r, out, &o);
    if (fclose(out) && !st)
        st = ST_IO;
    return st ? fail("copy", st, NULL) : 0;
}

/* ------------------------------------------------------------- the rest */

static int run_contains(const ParquetReader *r, int argc, char **argv)
{
    const size_t column = argc == 2 ? parquet_find_column(r, str_from(argv[0])) : SIZE_MAX;

    if (column == SIZE_MAX)
        return fail("contains", ST_NOTFOUND, NULL);
    for (size_t g = 0; g < parquet_group_count(r); g++)
        (void)puts(parquet_may_contain(r, g, column, str_from(argv[1])) ? "yes" : "no");
    return 0;
}

static double seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int run_time(const ParquetReader *r)
{
    for (size_t i = 0; i < parquet_column_count(r); i++) {
        const double start = seconds();

        for (size_t g = 0; g < parquet_group_count(r); g++) {
            Vector v;
            Arena arena;
            Status st;

            arena_init(&arena, ARENA_LIMIT);
            st = parquet_read(r, g, i, 0, parquet_group_rows(r, g), &arena, &v);
            arena_deinit(&arena);
            if (st)
                return fail("time", st, NULL);
        }
        (void)printf("%-24.*s %8.1f million values/s\n", STR_ARG(parquet_column(r, i)->name),
                     (double)parquet_row_count(r) / (seconds() - start) / 1e6);
    }
    return 0;
}

static int run(const ParquetReader *r, const char *verb, int argc, char **argv)
{
    Err err = {0};
    Status st;

    if (!strcmp(verb, "copy"))
        return run_copy(r, argc, argv);
    if (!strcmp(verb, "contains"))
        return run_contains(r, argc, argv);
    if (!strcmp(verb, "time"))
        return run_time(r);
    if (!strcmp(verb, "print"))
        st = print_file(r);
    else if (!strcmp(verb, "verify"))
        st = parquet_verify(r, &err);
    else
        st = ST_INVALID;
    return st ? fail(verb, st, &err) : 0;
}

int main(int argc, char **argv)
{
    ParquetReader *r = NULL;
    char *data = NULL;
    size_t len = 0;
    Err err = {0};
    Status st;
    int code;

    if (argc < 3) {
        (void)fprintf(stderr, "usage: parquet_tool print|verify|copy|contains|time FILE ...\n");
        return 2;
    }
    if (!load(argv[2], &data, &len))
        return fail(argv[2], ST_IO, NULL);
    st = parquet_reader_open((Str){data, len}, &err, &r);
    code = st ? fail(argv[2], st, &err) : run(r, argv[1], argc - 3, argv + 3);
    parquet_reader_close(r);
    free(data);
    return code;
}
