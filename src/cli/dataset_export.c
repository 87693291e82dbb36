/* SPDX-License-Identifier: Apache-2.0 */
/* vireo dataset export NAME FILE: the samples of a version, page by page, into one file or standard
 * output.  JSON lines and Parquet say exactly what each value is; CSV does not. */
#include "cli/dataset.h"
#include "codec/json_write.h"
#include "column/parquet.h"
#include "domain/sample.h"
#include "os/file.h"

enum { PAGE_ARENA = 512 << 20, LINES_MAX = 512 << 20, URL_MAX = 32 * 1024, PARTS = 5 };

typedef struct ExportOptions {
    RemoteOptions remote;
    Str format, version, split;
    bool spreadsheet;
} ExportOptions;

#define FIELD(name) offsetof(ExportOptions, name)

static const Option options[] = {
    REMOTE_OPTIONS(ExportOptions),
    {"format", "FORMAT", OPTION_STR, FIELD(format), NULL,
     "jsonl, csv or parquet; else by the file's name, jsonl for -"},
    {"version", "N", OPTION_STR, FIELD(version), NULL, "an older version"},
    {"split", "NAME", OPTION_STR, FIELD(split), NULL, "only samples of it"},
    {"spreadsheet", NULL, OPTION_BOOL, FIELD(spreadsheet), NULL,
     "csv: put ' before texts that a spreadsheet would take for a formula"},
};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

static const char *const parts[PARTS] = {"id", "input", "expected", "metadata", "split"};
static const VectorType part_types[PARTS] = {VECTOR_STR, VECTOR_JSON, VECTOR_JSON, VECTOR_JSON,
                                             VECTOR_STR};

typedef struct Export {
    Cli *cli;
    const ExportOptions *o;
    Str name;
    Str format;
    const char *path; /* NULL: standard output */
    File file;
    ParquetWriter *parquet;
    uint64_t samples;
    Err err;
} Export;

static Status write_bytes(void *export, Str bytes)
{
    Export *e = export;

    if (e->path)
        return bytes.len ? file_write(&e->file, bytes) : ST_OK;
    return fwrite(bytes.ptr, 1, bytes.len, e->cli->out) == bytes.len ? ST_OK : ST_IO;
}

/* ------------------------------------------------------------ a page */

/* Samples of a page, as columns; texts are in the page's answer or arena. */
typedef struct Page {
    Arena *arena;
    Str *cells[PARTS]; /* id and split as text, the others as JSON */
    uint8_t *valid[PARTS];
    size_t len, cap;
} Page;

static Status take_sample(void *visitor, const Json *sample, size_t index, FieldErr *err)
{
    Page *p = visitor;

    (void)err;
    if (index >= p->cap)
        return ST_LIMIT;
    for (size_t i = 0; i < PARTS; i++) {
        const Json *value = json_get(sample, str_from(parts[i]));
        const bool there = value && value->kind != JSON_KIND_NULL;
        Status st = ST_OK;

        p->valid[i][index] = there || i == 1;
        if (there && part_types[i] == VECTOR_STR)
            st = arena_copy(p->arena, value->as.s, &p->cells[i][index]);
        else if (value)
            p->cells[i][index] = value->raw;
        if (st)
            return st;
    }
    p->len++;
    return ST_OK;
}

static Status write_lines(const Page *p, Buf *out)
{
    JsonWriter w;

    for (size_t row = 0; row < p->len; row++) {
        w = jw_init(out);
        jw_object(&w);
        for (size_t i = 0; i < PARTS; i++) {
            jw_key(&w, str_from(parts[i]));
            if (!p->valid[i][row])
                jw_null(&w);
            else if (part_types[i] == VECTOR_STR)
                jw_str(&w, p->cells[i][row]);
            else
                jw_raw(&w, p->cells[i][row]);
        }
        jw_object_end(&w);
        if (w.st || (w.st = buf_append_char(out, '\n')) != ST_OK)
            return w.st;
    }
    return ST_OK;
}

static Status write_csv(Export *e, const Page *p, Buf *out)
{
    CsvWriter w = csv_init(out, e->o->spreadsheet);

    for (size_t i = 0; i < PARTS && !e->samples; i++)
        csv_text(&w, str_from(parts[i]));
    if (!e->samples)
        csv_end_line(&w);
    for (size_t row = 0; row < p->len && !w.st; row++) {
        for (size_t i = 0; i < PARTS && !w.st; i++) {
            const Json *value = NULL;

            if (!p->valid[i][row])
                csv_json(&w, NULL);
            else if (part_types[i] == VECTOR_STR)
                csv_text(&w, p->cells[i][row]);
            else if (json_parse(p->cells[i][row], p->arena, &value, NULL) == ST_OK)
                csv_json(&w, value);
            else
                return ST_NOMEM;
        }
        csv_end_line(&w);
    }
    return w.st;
}

static Status write_group(Export *e, const Page *p)
{
    Vector vectors[PARTS];

    if (!p->len)
        return ST_OK;
    for (size_t i = 0; i < PARTS; i++)
        vectors[i] = (Vector){
            .type = part_types[i], .len = p->len, .valid = p->valid[i], .as.s = p->cells[i]};
    return parquet_writer_add(e->parquet, vectors);
}

static Status write_page(Export *e, const Page *p)
{
    Buf out;
    Status st;

    if (e->parquet)
        return write_group(e, p);
    buf_init(&out, LINES_MAX);
    st = str_eq(e->format, STR("csv")) ? write_csv(e, p, &out) : write_lines(p, &out);
    if (!st)
        st = write_bytes(e, buf_str(&out));
    buf_deinit(&out);
    return st;
}

/* ------------------------------------------------------------ pages */

static Status page_init(Page *p, Arena *arena)
{
    *p = (Page){.arena = arena, .cap = 5000};
    for (size_t i = 0; i < PARTS; i++) {
        p->cells[i] = arena_calloc(arena, p->cap, sizeof *p->cells[i]);
        p->valid[i] = arena_calloc(arena, p->cap, 1);
        if (!p->cells[i] || !p->valid[i])
            return ST_NOMEM;
    }
    return ST_OK;
}

static Status page_address(Export *e, Str cursor, Buf *url, Str *path)
{
    Status st = buf_append(url, STR("/samples?limit=5000"));

    if (!st)
        st = url_param(url, "version", e->o->version);
    if (!st)
        st = url_param(url, "split", e->o->split);
    if (!st)
        st = url_param(url, "cursor", cursor);
    if (!st)
        st = buf_append_char(url, '\0');
    if (st)
        return st;
    return remote_project_path(e->cli, &e->o->remote, path, "/datasets/", e->name, url->data)
               ? ST_OK
               : ST_NOMEM;
}

static Status ask(Export *e, Str cursor, Arena *a, RemoteAnswer *answer)
{
    RemoteCall call = {.method = "GET"};
    Buf url;
    Status st;

    buf_init(&url, URL_MAX);
    st = page_address(e, cursor, &url, &call.path);
    if (!st)
        st = remote_call(&e->o->remote, &call, a, answer, &e->err);
    buf_deinit(&url);
    if (!st && answer->status != 200)
        return err_set(&e->err, ST_CLOSED, 0, "the server answered %d: %.*s", answer->status,
                       STR_ARG(utf8_clip(answer->body, 200)));
    return st;
}

static Status next_page(void *context, Buf *cursor, Arena *a)
{
    Export *e = context;
    RemoteAnswer answer;
    LargeBody body = {0};
    FieldErr why = {0};
    Page page;
    Str next = {0};
    Status st = ask(e, buf_str(cursor), a, &answer);

    if (!st)
        st = page_init(&page, a);
    if (!st)
        st = body_split(answer.body, "items", a, &body, &why);
    if (!st)
        st = samples_each(body.large, "items", take_sample, &page, &why);
    if (!st)
        st = write_page(e, &page);
    buf_clear(cursor);
    if (st)
        return st;
    e->samples += page.len;
    (void)!json_field_str(body.rest, STR("next_cursor"), JSON_OPTIONAL, &next, NULL);
    return buf_append(cursor, next);
}

/* ------------------------------------------------------------ files */

static Status write_parquet(Export *e)
{
    ParquetColumn columns[PARTS];
    Status st;

    for (size_t i = 0; i < PARTS; i++)
        columns[i] =
            (ParquetColumn){.name = str_from(parts[i]), .type = part_types[i], .required = i < 2};
    st = parquet_writer_new(columns, PARTS, (ParquetSink){write_bytes, e}, &e->parquet);
    if (st)
        return st;
    st = remote_pages(PAGE_ARENA, next_page, e);
    if (!st)
        st = parquet_writer_finish(e->parquet, NULL, 0);
    parquet_writer_free(e->parquet);
    return st;
}

static Status write_file(Export *e)
{
    Str part;
    Status st = arena_printf(&e->cli->arena, &part, "%s.part%c", e->path, '\0');

    if (!st && path_exists(part.ptr))
        st = path_remove(part.ptr);
    if (!st)
        st = file_create_new(part.ptr, &e->file);
    if (st)
        return err_set(&e->err, st, 0, "cannot write %s: %s", e->path, status_text(st));
    st = str_eq(e->format, STR("parquet")) ? write_parquet(e)
                                           : remote_pages(PAGE_ARENA, next_page, e);
    if (!st)
        st = file_sync(&e->file);
    file_close(&e->file);
    if (!st)
        st = path_rename(part.ptr, e->path);
    else if (path_remove(part.ptr) != ST_OK)
        cli_error(e->cli, "%s is left over", part.ptr);
    return st;
}

static Str format_of(const ExportOptions *o, Str path)
{
    if (o->format.len)
        return o->format;
    if (str_ends(path, STR(".parquet")))
        return STR("parquet");
    return str_ends(path, STR(".csv")) ? STR("csv") : STR("jsonl");
}

static bool options_fit(Export *e, const VerbArgs *args)
{
    if (args->count != 2) {
        cli_error(e->cli, "dataset export takes a name and a file, or - for standard output");
        return false;
    }
    e->name = str_from(args->items[0]);
    e->path = str_eq(str_from(args->items[1]), STR("-")) ? NULL : args->items[1];
    e->format = format_of(e->o, str_from(args->items[1]));
    if (!str_eq(e->format, STR("jsonl")) && !str_eq(e->format, STR("csv")) &&
        !str_eq(e->format, STR("parquet"))) {
        cli_error(e->cli, "format: must be jsonl, csv or parquet");
        return false;
    }
    if (!e->path && str_eq(e->format, STR("parquet"))) {
        cli_error(e->cli, "format: Parquet needs a file");
        return false;
    }
    return true;
}

int dataset_export_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"dataset export", "NAME FILE",
                       "Write the samples of a version to a file (.jsonl .csv .parquet), or - for "
                       "standard output.",
                       NULL};
    ExportOptions o;
    Export e = {.cli = cli, .o = &o, .file = FILE_CLOSED};
    VerbArgs args;
    Status st;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (!options_fit(&e, &args))
        return EXIT_USAGE;
    st = e.path ? write_file(&e) : remote_pages(PAGE_ARENA, next_page, &e);
    if (!st && !e.path && fflush(cli->out))
        st = ST_IO;
    if (st) {
        cli_error(cli, "%s", e.err.msg[0] ? e.err.msg : status_text(st));
        return EXIT_FAILED;
    }
    if (e.path)
        cli_print(cli, "%llu samples\n", (unsigned long long)e.samples);
    return EXIT_DONE;
}
