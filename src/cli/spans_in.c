/* SPDX-License-Identifier: Apache-2.0 */
/* The format is told by the name; lines are sent together up to a size. */
#include "cli/spans_in.h"

#include "base/alloc.h"
#include "codec/compress.h"
#include "codec/json_scan.h"
#include "os/map.h"

enum { JSON_DEPTH = 200 };

static Str without(Str name, const char *suffix, bool *had)
{
    *had = str_ends(name, str_from(suffix));
    return *had ? str_slice(name, 0, name.len - str_from(suffix).len) : name;
}

static bool ends_in(Str name, const char *const *suffixes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_ends(name, str_from(suffixes[i])))
            return true;
    }
    return false;
}

static bool is_json(Str name)
{
    static const char *const suffixes[] = {".json", ".jsonl", ".ndjson"};

    return ends_in(name, suffixes, 3);
}

static bool is_protobuf(Str name)
{
    static const char *const suffixes[] = {".pb", ".binpb", ".otlp"};

    return ends_in(name, suffixes, 3);
}

/* The name without its compression, and which that is. */
static Str strip(Str name, Compression *compression)
{
    bool gzip;
    bool zstd;

    name = without(name, ".gz", &gzip);
    name = without(name, ".zst", &zstd);
    *compression = gzip ? COMPRESSION_GZIP : zstd ? COMPRESSION_ZSTD : COMPRESSION_NONE;
    return name;
}

bool spans_known(Str name)
{
    Compression compression;
    const Str plain = strip(name, &compression);

    return is_json(plain) || is_protobuf(plain) ||
           (compression == COMPRESSION_NONE && str_ends(plain, STR(".parquet")));
}

/* ------------------------------------------------------------------ JSON */

static Status bad_line(size_t line, Err *err)
{
    return err_set(err, ST_CORRUPT, 0, "line %zu: not an ExportTraceServiceRequest in JSON", line);
}

/* The array of "resourceSpans", without its brackets. */
static Status find_resource_spans(Str text, Str *out)
{
    JsonScan s = json_scan(text, JSON_DEPTH);
    JsonEvent e;

    if (!json_scan_next(&s, &e) || e.kind != JSON_EVENT_OBJECT)
        return ST_CORRUPT;
    *out = (Str){0};
    while (json_scan_next(&s, &e) && e.kind == JSON_EVENT_KEY) {
        Str value;
        const bool ours =
            str_eq(e.text, STR("resourceSpans")) || str_eq(e.text, STR("resource_spans"));

        if (json_scan_skip_raw(&s, &value) != ST_OK)
            return ST_CORRUPT;
        if (ours && value.len >= 2 && value.ptr[0] == '[')
            *out = str_trim(str_slice(value, 1, value.len - 1));
    }
    while (json_scan_next(&s, &e)) /* nothing may follow */
        continue;
    return s.st;
}

typedef struct Lines {
    SpanSink sink;
    Buf batch; /* {"resourceSpans":[a,b,c */
    Err *err;
} Lines;

static Status flush(Lines *l)
{
    Status st = ST_OK;

    if (!l->batch.len)
        return ST_OK;
    st = buf_append(&l->batch, STR("]}"));
    if (!st)
        st = l->sink.send(l->sink.context, buf_str(&l->batch), true);
    buf_clear(&l->batch);
    return st;
}

static Status add_line(Lines *l, Str line, size_t number)
{
    Str spans;
    Status st;

    if (find_resource_spans(line, &spans) != ST_OK)
        return bad_line(number, l->err);
    if (!spans.len)
        return ST_OK;
    if (l->batch.len && l->batch.len + spans.len > SPANS_BATCH_BYTES) {
        st = flush(l);
        if (st)
            return st;
    }
    st = buf_append(&l->batch, l->batch.len ? STR(",") : STR("{\"resourceSpans\":["));
    if (!st)
        st = buf_append(&l->batch, spans);
    return st ? err_set(l->err, st, 0, "line %zu is too long", number) : ST_OK;
}

static Status read_json(Str text, SpanSink sink, Err *err)
{
    Lines l = {.sink = sink, .err = err};
    size_t number = 0;
    Str spans;
    Status st = ST_OK;

    /* One object over many lines is sent as it is. */
    if (find_resource_spans(text, &spans) == ST_OK)
        return spans.len ? sink.send(sink.context, text, true) : ST_OK;
    buf_init(&l.batch, SPANS_FILE_MAX);
    while (text.len && !st) {
        Str line;

        str_cut(text, '\n', &line, &text);
        number++;
        if (str_trim(line).len)
            st = add_line(&l, line, number);
    }
    if (!st)
        st = flush(&l);
    buf_deinit(&l.batch);
    return st;
}

/* ------------------------------------------------------------------ file */

static Status read_text(Str plain, Str text, SpanSink sink, Err *err)
{
    if (is_json(plain))
        return read_json(text, sink, err);
    return text.len ? sink.send(sink.context, text, false) : ST_OK;
}

static Status read_packed(Str plain, Compression compression, Str bytes, SpanSink sink, Err *err)
{
    Buf text;
    Status st;

    buf_init(&text, SPANS_FILE_MAX);
    st = decompress(compression, bytes, &text);
    if (st)
        (void)err_set(err, st, 0, "cannot decompress: %s", status_text(st));
    else
        st = read_text(plain, buf_str(&text), sink, err);
    buf_deinit(&text);
    return st;
}

Status spans_read_file(const char *path, SpanSink sink, Err *err)
{
    Compression compression;
    const Str plain = strip(str_from(path), &compression);
    FileMap map;
    Str bytes;
    Status st;

    if (!spans_known(str_from(path)))
        return err_set(err, ST_UNSUPPORTED, 0,
                       "unknown kind of file; known are .json .jsonl .ndjson .pb .parquet, also "
                       "with .gz or .zst");
    if (str_ends(plain, STR(".parquet")))
        return spans_read_parquet(path, sink, err);
    st = file_map_open(path, &map);
    if (st)
        return err_set(err, st, 0, "%s", status_text(st));
    bytes = (Str){(const char *)map.data, map.len};
    if (compression == COMPRESSION_NONE)
        st = read_text(plain, bytes, sink, err);
    else
        st = read_packed(plain, compression, bytes, sink, err);
    file_map_close(&map);
    return st;
}
