/* SPDX-License-Identifier: Apache-2.0 */
/* vireo export FILE [QUERY]: the traces that match, into one file or standard output.
 *
 * The server gives pages of whole traces; each is written before the next is
 * asked for.  The file has its name only when it is complete. */
#include "base/alloc.h"
#include "cli/csv_spans.h"
#include "cli/parquet_out.h"
#include "cli/remote.h"
#include "cli/versions.h"
#include "os/file.h"
#include "otlp/decode.h"
#include "otlp/normalise.h"

typedef struct ExportOptions {
    RemoteOptions remote;
    Str format;
    Str where;
    Str from;
    Str to;
    Str columns;
    bool spreadsheet;
} ExportOptions;

static const Option options[] = {
    REMOTE_OPTIONS(ExportOptions),
    {"format", "FORMAT", OPTION_STR, offsetof(ExportOptions, format), NULL,
     "otlp (JSON lines), jsonl (the API's own), protobuf, parquet, csv; else by the file's name"},
    {"where", "QUERY", OPTION_STR, offsetof(ExportOptions, where), NULL,
     "the traces that match, as the second argument"},
    {"from", "TIME", OPTION_STR, offsetof(ExportOptions, from), NULL,
     "traces that start then or later"},
    {"to", "TIME", OPTION_STR, offsetof(ExportOptions, to), NULL, "traces that start before"},
    {"columns", "LIST", OPTION_STR, offsetof(ExportOptions, columns), NULL,
     "csv: fields of the filter language, e.g. time,name,latency,tag.country"},
    {"spreadsheet", NULL, OPTION_BOOL, offsetof(ExportOptions, spreadsheet), NULL,
     "csv: put ' before texts that a spreadsheet would take for a formula"},
};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

enum { EXPORT_CHUNK_MAX = 512 << 20, EXPORT_URL_MAX = 32 * 1024 };

typedef struct Export {
    Cli *cli;
    const ExportOptions *options;
    const char *path;
    Str format;
    Str query;
    bool to_stdout;
    File file;           /* all but Parquet and standard output */
    ParquetOut *out;     /* Parquet */
    CsvColumns *columns; /* CSV */
    Versions versions;
    uint64_t pages;
    uint64_t bytes;
    Err err;
} Export;

/* -------------------------------------------------------------- Parquet */

static Status decode_page(Export *e, Str body, Chunk **out)
{
    OtlpResult result;
    Chunk *chunk;
    Status st = chunk_new(1, EXPORT_CHUNK_MAX, &chunk);

    if (st)
        return st;
    /* The spans point into the body, and the chunk outlives the page. */
    st = arena_copy(&chunk->arena, body, &body);
    if (!st)
        st = otlp_decode_protobuf(body, NULL, &chunk->arena, &result, &e->err);
    if (!st)
        st = otlp_normalise(result.batch, &chunk->arena);
    if (!st)
        st = versions_resolve(&e->versions, result.batch);
    if (st) {
        chunk_free(chunk);
        return st;
    }
    chunk->batch = result.batch;
    *out = chunk;
    return ST_OK;
}

static Status write_parquet(Export *e, Str body)
{
    Chunk *chunk;
    Status st;

    if (!body.len)
        return ST_OK;
    st = decode_page(e, body, &chunk);
    if (st)
        return st;
    if (!chunk->batch.len) {
        chunk_free(chunk);
        return ST_OK;
    }
    return parquet_out_add(e->out, body, chunk);
}

/* ------------------------------------------------------------------ CSV */

static Status write_bytes(Export *e, Str bytes)
{
    if (!e->to_stdout)
        return bytes.len ? file_write(&e->file, bytes) : ST_OK;
    return fwrite(bytes.ptr, 1, bytes.len, e->cli->out) == bytes.len ? ST_OK : ST_IO;
}

static Status write_csv(Export *e, Str body)
{
    CsvWriter w;
    Buf lines;
    Status st;

    buf_init(&lines, EXPORT_CHUNK_MAX);
    w = csv_init(&lines, e->options->spreadsheet);
    if (e->pages == 1)
        csv_columns_headings(e->columns, &w);
    st = csv_spans(e->columns, body, &w, &e->err);
    if (!st)
        st = write_bytes(e, buf_str(&lines));
    buf_deinit(&lines);
    return st;
}

/* ---------------------------------------------------------------- pages */

static Status page_url(Export *e, Str cursor, Buf *url)
{
    Str format = e->format;
    Status st = buf_append(url, STR("/api/v1/projects/"));

    if (str_eq(format, STR("parquet")))
        format = STR("protobuf");
    else if (e->columns)
        format = STR("jsonl");

    if (!st)
        st = url_escape(url, e->options->remote.project);
    if (!st)
        st = buf_append(url, STR("/traces/export?limit=100"));
    if (!st)
        st = url_param(url, "format", format);
    if (!st)
        st = url_param(url, "query", e->query);
    if (!st)
        st = url_param(url, "from", e->options->from);
    if (!st)
        st = url_param(url, "to", e->options->to);
    return st ? st : url_param(url, "cursor", cursor);
}

static Status write_page(Export *e, Str body)
{
    e->pages++;
    e->bytes += body.len;
    if (e->out)
        return write_parquet(e, body);
    return e->columns ? write_csv(e, body) : write_bytes(e, body);
}

/* `cursor` is moved on; it is empty after the last page. */
static Status next_page(void *context, Buf *cursor, Arena *a)
{
    Export *e = context;
    RemoteCall call = {.method = "GET"};
    RemoteAnswer answer;
    Buf url;
    Status st;

    buf_init(&url, EXPORT_URL_MAX);
    st = page_url(e, buf_str(cursor), &url);
    if (!st) {
        call.path = buf_str(&url);
        st = remote_call(&e->options->remote, &call, a, &answer, &e->err);
    }
    if (!st && answer.status != 200)
        st = err_set(&e->err, ST_IO, 0, "the server answered %d: %.*s", answer.status,
                     STR_ARG(utf8_clip(answer.body, 200)));
    if (!st)
        st = write_page(e, answer.body);
    buf_clear(cursor);
    if (!st)
        st = buf_append(cursor, answer.next_cursor);
    buf_deinit(&url);
    return st;
}

/* ----------------------------------------------------------------- file */

static Str format_of_name(Str path)
{
    static const struct {
        const char *suffix, *format;
    } known[] = {
        {".parquet", "parquet"}, {".pb", "protobuf"},        {".binpb", "protobuf"},
        {".otlp", "protobuf"},   {".traces.jsonl", "jsonl"}, {".csv", "csv"},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (str_ends(path, str_from(known[i].suffix)))
            return str_from(known[i].format);
    }
    return STR("otlp");
}

static bool is_format(Str s)
{
    return str_eq(s, STR("otlp")) || str_eq(s, STR("jsonl")) || str_eq(s, STR("protobuf")) ||
           str_eq(s, STR("parquet")) || str_eq(s, STR("csv"));
}

static Status export_parquet(Export *e)
{
    Status st = parquet_out_open(e->path, &e->err, &e->out);

    if (st)
        return st;
    versions_init(&e->versions, e->cli, &e->options->remote);
    st = remote_pages(EXPORT_CHUNK_MAX, next_page, e);
    versions_deinit(&e->versions);
    return parquet_out_finish(e->out, st, &e->err);
}

/* Under a temporary name until it is whole. */
static Status export_file(Export *e)
{
    Str part;
    Status st = arena_printf(&e->cli->arena, &part, "%s.part%c", e->path, 0);

    if (st)
        return st;
    if (path_exists(part.ptr))
        st = path_remove(part.ptr);
    if (!st)
        st = file_create_new(part.ptr, &e->file);
    if (st)
        return err_set(&e->err, st, 0, "cannot write %s: %s", part.ptr, status_text(st));
    st = remote_pages(EXPORT_CHUNK_MAX, next_page, e);
    if (!st)
        st = file_sync(&e->file);
    file_close(&e->file);
    if (!st)
        st = path_rename(part.ptr, e->path);
    else if (path_remove(part.ptr) != ST_OK)
        cli_error(e->cli, "%s is left over", part.ptr);
    return st;
}

/* The options against each other and the columns; a message when they do not fit. */
static bool complete(Export *e, VerbArgs *args)
{
    const ExportOptions *o = e->options;

    if (args->count < 1 || args->count > 2 || (args->count == 2 && o->where.len)) {
        cli_error(e->cli, "export takes a file and perhaps a query in quotes");
        return false;
    }
    e->path = args->items[0];
    e->to_stdout = str_eq(str_from(e->path), STR("-"));
    e->query = args->count == 2 ? str_from(args->items[1]) : o->where;
    e->format = o->format.len ? o->format : format_of_name(str_from(e->path));
    if (!is_format(e->format)) {
        cli_error(e->cli, "format: must be otlp, jsonl, protobuf, parquet or csv");
        return false;
    }
    if (e->to_stdout && str_eq(e->format, STR("parquet"))) {
        cli_error(e->cli, "format: Parquet needs a file");
        return false;
    }
    if (str_eq(e->format, STR("csv"))) {
        e->columns = arena_alloc(&e->cli->arena, sizeof *e->columns);
        if (!e->columns || csv_columns_parse(o->columns, &e->cli->arena, e->columns, &e->err)) {
            cli_error(e->cli, "%s", e->columns ? e->err.msg : status_text(ST_NOMEM));
            return false;
        }
    } else if (o->columns.len || o->spreadsheet) {
        cli_error(e->cli, "columns and spreadsheet are for --format csv");
        return false;
    }
    return true;
}

static Status run_export(Export *e)
{
    Status st;

    if (str_eq(e->format, STR("parquet")))
        return export_parquet(e);
    if (!e->to_stdout)
        return export_file(e);
    st = remote_pages(EXPORT_CHUNK_MAX, next_page, e);
    return !st && fflush(e->cli->out) ? ST_IO : st;
}

int verb_export(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"export", "FILE [QUERY]",
                       "Write the traces that match into a file: x.jsonl (OTLP), x.traces.jsonl "
                       "(the API's\nTrace), x.pb (OTLP), x.parquet, x.csv (a span a line); - is "
                       "standard output.",
                       NULL};
    ExportOptions o;
    Export e = {.cli = cli, .options = &o, .file = FILE_CLOSED};
    VerbArgs args;
    Status st;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (!complete(&e, &args))
        return EXIT_USAGE;
    st = run_export(&e);
    if (st) {
        cli_error(cli, "%s", e.err.msg[0] ? e.err.msg : status_text(st));
        return EXIT_FAILED;
    }
    if (!e.to_stdout)
        cli_print(cli, "%s: %llu pages, %llu bytes from the server\n", e.path,
                  (unsigned long long)e.pages, (unsigned long long)e.bytes);
    return EXIT_DONE;
}
