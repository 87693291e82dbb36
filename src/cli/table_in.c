/* SPDX-License-Identifier: Apache-2.0 */
/* See table_in.h.  Files are mapped; one row at a time is in memory, of Parquet a few thousand. */
#include "cli/table_in.h"

#include "cli/csv_in.h"
#include "codec/json_read.h"
#include "codec/json_scan.h"
#include "codec/json_write.h"
#include "column/parquet.h"
#include "os/map.h"

enum { ROW_ARENA = 256 << 20, CELL_MAX = 64 << 20, PARQUET_ROWS = 4096, JSON_DEPTH = 60 };

typedef struct Source {
    Str text;
    TableVisit *visit;
    void *visitor;
} Source;

/* ------------------------------------------------------------ cells */

/* Appends JSON; the piece of `out` that it took is the cell. */
static Status text_cell(Str text, Buf *out)
{
    JsonWriter w = jw_init(out);

    jw_str(&w, text);
    return jw_done(&w);
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)? */
static bool is_number(Str s)
{
    size_t i = s.len && s.ptr[0] == '-';
    const size_t whole = i;

    while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
        i++;
    if (i == whole || (s.ptr[whole] == '0' && i > whole + 1))
        return false;
    if (i == s.len)
        return true;
    if (s.ptr[i++] != '.' || i == s.len)
        return false;
    while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
        i++;
    return i == s.len;
}

static Status csv_cell(Str text, Buf *out)
{
    const bool json =
        is_number(text) || str_eq(text, STR("true")) || str_eq(text, STR("false")) ||
        (text.len && (text.ptr[0] == '[' || text.ptr[0] == '{') && json_valid(text, JSON_DEPTH));

    if (!text.len)
        return ST_OK;
    return json ? buf_append(out, text) : text_cell(text, out);
}

/* ------------------------------------------------------------ CSV */

static Status csv_row(const Source *s, const Str *names, const Str *texts, size_t count,
                      size_t number, Arena *a, Err *err)
{
    Str *cells = arena_calloc(a, count, sizeof *cells);
    size_t *ends = arena_calloc(a, count, sizeof *ends);
    Buf out;
    Status st = cells && ends ? ST_OK : ST_NOMEM;

    buf_init(&out, CELL_MAX);
    for (size_t i = 0; i < count && !st; i++) {
        st = csv_cell(texts[i], &out);
        ends[i] = out.len;
    }
    for (size_t i = 0; i < count && !st; i++)
        cells[i] = str_slice(buf_str(&out), i ? ends[i - 1] : 0, ends[i]);
    if (!st)
        st = s->visit(s->visitor, &(TableRow){names, cells, count, number}, err);
    buf_deinit(&out);
    return st;
}

static Status csv_rows(const Source *s, CsvReader *r, const Str *names, size_t count, Err *err)
{
    Status st = ST_OK;

    for (size_t number = 0; !st; number++) {
        const size_t line = r->line;
        Str *texts = NULL;
        size_t found = 0;
        Arena a;

        arena_init(&a, ROW_ARENA);
        st = csv_read_line(r, &a, &texts, &found, err);
        if (!st && !found) {
            arena_deinit(&a);
            break;
        }
        if (!st && found != count)
            st = err_set(err, ST_CORRUPT, 0, "line %zu: %zu cells, the header has %zu", line, found,
                         count);
        if (!st)
            st = csv_row(s, names, texts, count, number, &a, err);
        arena_deinit(&a);
    }
    return st;
}

static Status read_csv(const Source *s, char separator, Err *err)
{
    CsvReader r = csv_reader(s->text, separator);
    Str *names = NULL;
    size_t count = 0;
    Arena a;
    Status st;

    arena_init(&a, ROW_ARENA);
    st = csv_read_line(&r, &a, &names, &count, err);
    for (size_t i = 0; i < count && !st; i++)
        for (size_t k = 0; k < i && !st; k++)
            if (str_eq(names[i], names[k]))
                st = err_set(err, ST_CORRUPT, 0, "the column \"%.*s\" is there twice",
                             STR_ARG(names[i]));
    if (!st && count)
        st = csv_rows(s, &r, names, count, err);
    arena_deinit(&a);
    return st;
}

/* ------------------------------------------------------------ JSON lines */

static Status json_row(const Source *s, Str line, size_t line_number, size_t number, Err *err)
{
    const Json *row = NULL;
    Err why = {0};
    Str *names;
    Str *cells;
    size_t count;
    Arena a;
    Status st;

    arena_init(&a, ROW_ARENA);
    st = json_parse_object(line, &a, &row, &why);
    if (st) {
        arena_deinit(&a);
        return err_set(err, st == ST_NOMEM ? st : ST_CORRUPT, why.pos, "line %zu: %s", line_number,
                       why.msg);
    }
    count = row->as.object.len;
    names = arena_calloc(&a, count + 1, sizeof *names);
    cells = arena_calloc(&a, count + 1, sizeof *cells);
    st = names && cells ? ST_OK : ST_NOMEM;
    for (size_t i = 0; i < count && !st; i++) {
        const JsonMember *m = &row->as.object.members[i];

        names[i] = m->key;
        cells[i] = m->value.kind == JSON_KIND_NULL ? (Str){0} : m->value.raw;
    }
    if (!st)
        st = s->visit(s->visitor, &(TableRow){names, cells, count, number}, err);
    arena_deinit(&a);
    return st;
}

static Status read_json_lines(const Source *s, Err *err)
{
    Str rest = s->text;
    size_t number = 0;
    Status st = ST_OK;

    if (str_starts(rest, STR("\xEF\xBB\xBF")))
        rest = str_slice(rest, 3, rest.len);
    for (size_t line_number = 1; rest.len && !st; line_number++) {
        Str line;

        (void)str_cut(rest, '\n', &line, &rest);
        if (str_trim(line).len)
            st = json_row(s, line, line_number, number++, err);
    }
    return st;
}

/* ------------------------------------------------------------ Parquet */

static Status vector_cell(const Vector *v, size_t row, Buf *out)
{
    JsonWriter w = jw_init(out);

    if (vector_is_null(v, row))
        return ST_OK;
    switch (v->type) {
    case VECTOR_BOOL:
        jw_bool(&w, v->as.b[row]);
        break;
    case VECTOR_INT:
        jw_int(&w, v->as.i[row]);
        break;
    case VECTOR_DOUBLE:
        jw_double(&w, v->as.d[row]);
        break;
    case VECTOR_TIME:
        jw_time(&w, v->as.i[row]);
        break;
    case VECTOR_STR:
        jw_str(&w, vector_str(v, row));
        break;
    case VECTOR_JSON:
        if (json_valid(vector_str(v, row), JSON_DEPTH))
            jw_raw(&w, vector_str(v, row));
        else
            jw_str(&w, vector_str(v, row));
        break;
    default:
        jw_bytes(&w, vector_str(v, row));
        break;
    }
    return jw_done(&w);
}

typedef struct Table {
    const Source *source;
    const ParquetReader *reader;
    Str *names;
    Vector *vectors;
    Str *cells;
    size_t *ends;
    size_t columns;
    size_t number;
} Table;

static Status visit_rows(Table *t, size_t count, Err *err)
{
    Buf out;
    Status st = ST_OK;

    buf_init(&out, CELL_MAX);
    for (size_t row = 0; row < count && !st; row++) {
        buf_clear(&out);
        for (size_t c = 0; c < t->columns && !st; c++) {
            st = vector_cell(&t->vectors[c], row, &out);
            t->ends[c] = out.len;
        }
        for (size_t c = 0; c < t->columns && !st; c++)
            t->cells[c] = str_slice(buf_str(&out), c ? t->ends[c - 1] : 0, t->ends[c]);
        if (!st)
            st = t->source->visit(t->source->visitor,
                                  &(TableRow){t->names, t->cells, t->columns, t->number++}, err);
    }
    buf_deinit(&out);
    return st;
}

static Status read_group(Table *t, size_t group, Err *err)
{
    const size_t rows = parquet_group_rows(t->reader, group);
    Status st = ST_OK;

    for (size_t from = 0; from < rows && !st; from += PARQUET_ROWS) {
        const size_t to = rows - from < PARQUET_ROWS ? rows : from + PARQUET_ROWS;
        Arena a;

        arena_init(&a, ROW_ARENA);
        for (size_t c = 0; c < t->columns && !st; c++) {
            st = parquet_read(t->reader, group, c, from, to, &a, &t->vectors[c]);
            if (st)
                (void)err_set(err, st, 0, "column \"%.*s\": %s", STR_ARG(t->names[c]),
                              status_text(st));
        }
        if (!st)
            st = visit_rows(t, to - from, err);
        arena_deinit(&a);
    }
    return st;
}

static Status read_groups(const Source *s, const ParquetReader *reader, Err *err)
{
    Table t = {.source = s, .reader = reader, .columns = parquet_column_count(reader)};
    Arena a;
    Status st;

    arena_init(&a, ROW_ARENA);
    t.names = arena_calloc(&a, t.columns + 1, sizeof *t.names);
    t.vectors = arena_calloc(&a, t.columns + 1, sizeof *t.vectors);
    t.cells = arena_calloc(&a, t.columns + 1, sizeof *t.cells);
    t.ends = arena_calloc(&a, t.columns + 1, sizeof *t.ends);
    st = t.names && t.vectors && t.cells && t.ends ? ST_OK : ST_NOMEM;
    for (size_t c = 0; c < t.columns && !st; c++)
        t.names[c] = parquet_column(reader, c)->name;
    for (size_t g = 0; g < parquet_group_count(reader) && !st; g++)
        st = read_group(&t, g, err);
    arena_deinit(&a);
    return st;
}

static Status read_parquet(const Source *s, Err *err)
{
    ParquetReader *reader;
    Status st = parquet_reader_open(s->text, err, &reader);

    if (st)
        return st;
    st = read_groups(s, reader, err);
    parquet_reader_close(reader);
    return st;
}

/* ------------------------------------------------------------ files */

static bool ends_in(Str path, const char *a, const char *b)
{
    return str_ends(path, str_from(a)) || str_ends(path, str_from(b));
}

bool table_known(Str path)
{
    return ends_in(path, ".csv", ".tsv") || ends_in(path, ".jsonl", ".ndjson") ||
           str_ends(path, STR(".parquet"));
}

Status table_read(const char *path, TableVisit *visit, void *visitor, Err *err)
{
    const Str name = str_from(path);
    Source s = {.visit = visit, .visitor = visitor};
    FileMap map;
    Status st;

    if (!table_known(name))
        return err_set(err, ST_UNSUPPORTED, 0,
                       "must be .csv, .tsv, .jsonl, .ndjson or .parquet by its name");
    st = file_map_open(path, &map);
    if (st)
        return err_set(err, st, 0, "%s", status_text(st));
    s.text = (Str){(const char *)map.data, map.len};
    if (str_ends(name, STR(".parquet")))
        st = read_parquet(&s, err);
    else if (ends_in(name, ".csv", ".tsv"))
        st = read_csv(&s, str_ends(name, STR(".tsv")) ? '\t' : ',', err);
    else
        st = read_json_lines(&s, err);
    file_map_close(&map);
    return st;
}
