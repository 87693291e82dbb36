/* SPDX-License-Identifier: Apache-2.0 */
/* A trace may be large, so only one of its spans is a tree at a time: the text is
 * scanned up to the span, the span parsed, and the scan goes on behind it. */
#include "cli/csv_spans.h"

#include "base/nearest.h"
#include "codec/json_scan.h"

enum { SPAN_TREE_MAX = 1 << 30, TRACE_DEPTH = 70 };

#define USUAL                                                                                 \
    "trace,span,parent,time,latency,name,type,model,status,error.type,error.message,service," \
    "session,user,input,output"

static const struct {
    const char *name, *object, *key;
} known[] = {
    {"trace", NULL, "trace_id"},
    {"span", NULL, "span_id"},
    {"parent", NULL, "parent_span_id"},
    {"time", NULL, "start_time"},
    {"end", NULL, "end_time"},
    {"received", NULL, "received_time"},
    {"latency", NULL, "duration_ns"},
    {"duration", NULL, "duration_ns"},
    {"name", NULL, "name"},
    {"type", NULL, "type"},
    {"kind", NULL, "type"},
    {"model", NULL, "model"},
    {"status", "status", "code"},
    {"status.message", "status", "message"},
    {"error.type", "error", "type"},
    {"error", "error", "type"},
    {"error.message", "error", "message"},
    {"service", NULL, "service"},
    {"session", NULL, "session"},
    {"user", NULL, "user"},
    {"input", NULL, "input"},
    {"output", NULL, "output"},
    {"llm.model", "llm", "model"},
    {"llm.provider", "llm", "provider"},
    {"tokens.input", "llm", "input_tokens"},
    {"tokens.output", "llm", "output_tokens"},
    {"cost", "llm", "cost"},
    {"scope", "scope", "name"},
    {"tags", NULL, "tags"},
    {"attributes", NULL, "attributes"},
    {"events", NULL, "events"},
    {"links", NULL, "links"},
};

enum { KNOWN = sizeof known / sizeof *known };

static const char *known_name(const void *context, size_t i)
{
    (void)context;
    return known[i].name;
}

/* ---------------------------------------------------------------- columns */

/* `"odd key"` without its quotes. */
static Status unquote(Str s, Arena *a, Str *out)
{
    const JsonEvent e = {.text = str_slice(s, 1, s.len ? s.len - 1 : 0), .escaped = true};

    if (s.len < 2 || s.ptr[0] != '"' || s.ptr[s.len - 1] != '"') {
        *out = s;
        return ST_OK;
    }
    return json_unescape(&e, a, out);
}

static Status column_of(Str name, Arena *a, CsvColumn *out, Err *err)
{
    static const char *const prefixes[] = {"tag.", "attr.", "resource."};
    static const char *const objects[] = {"tags", "attributes", "resource"};
    const char *near;

    for (size_t i = 0; i < KNOWN; i++) {
        if (str_eq(name, str_from(known[i].name))) {
            *out = (CsvColumn){name, known[i].object, str_from(known[i].key), false};
            return ST_OK;
        }
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        const Str prefix = str_from(prefixes[i]);

        if (str_starts(name, prefix) && name.len > prefix.len) {
            *out = (CsvColumn){.heading = name, .object = objects[i], .tag = i == 0};
            return unquote(str_slice(name, prefix.len, name.len), a, &out->key);
        }
    }
    if (str_find_char(name, '.') < name.len) {
        *out = (CsvColumn){name, "attributes", name, false};
        return ST_OK;
    }
    near = nearest_word(name, known_name, NULL, KNOWN);
    return err_set(err, ST_INVALID, 0, "columns: there is no '%.*s'%s%s%s", STR_ARG(name),
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Bytes before the next comma that stands outside quotes. */
static size_t name_len(Str s)
{
    bool inside = false;

    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\\' && inside)
            i++;
        else if (s.ptr[i] == '"')
            inside = !inside;
        else if (s.ptr[i] == ',' && !inside)
            return i;
    }
    return s.len;
}

Status csv_columns_parse(Str list, Arena *a, CsvColumns *out, Err *err)
{
    out->len = 0;
    if (!str_trim(list).len)
        list = STR(USUAL);
    for (;;) {
        const size_t n = name_len(list);
        Status st;

        if (out->len == CSV_COLUMNS_MAX)
            return err_set(err, ST_INVALID, 0, "columns: at most %d", (int)CSV_COLUMNS_MAX);
        st = column_of(str_trim(str_slice(list, 0, n)), a, &out->items[out->len], err);
        if (st)
            return st;
        out->len++;
        if (n == list.len)
            return ST_OK;
        list = str_slice(list, n + 1, list.len);
    }
}

void csv_columns_headings(const CsvColumns *columns, CsvWriter *w)
{
    for (size_t i = 0; i < columns->len; i++)
        csv_text(w, columns->items[i].heading);
    csv_end_line(w);
}

/* ------------------------------------------------------------------ lines */

static const Json *cell_of(const CsvColumn *column, const Json *span)
{
    const Json *value =
        json_get(column->object ? json_get(span, str_from(column->object)) : span, column->key);

    return value || !column->tag ? value : json_get(json_get(span, STR("attributes")), column->key);
}

static Status write_span(const CsvColumns *columns, Str trace_id, Str text, CsvWriter *w, Err *err)
{
    const Json id = {.kind = JSON_KIND_STR, .as.s = trace_id};
    const Json *span;
    Arena a;
    Status st;

    arena_init(&a, SPAN_TREE_MAX);
    st = json_parse(text, &a, &span, err);
    for (size_t i = 0; !st && i < columns->len; i++) {
        const CsvColumn *c = &columns->items[i];

        csv_json(w, !c->object && str_eq(c->key, STR("trace_id")) ? &id : cell_of(c, span));
    }
    if (!st)
        csv_end_line(w);
    arena_deinit(&a);
    return st ? st : w->st;
}

/* Is an element next in the array, not its end? */
static bool another(const JsonScan *s)
{
    size_t i = s->pos;

    while (i < s->in.len && (s->in.ptr[i] == ' ' || s->in.ptr[i] == ','))
        i++;
    return i < s->in.len && s->in.ptr[i] != ']';
}

static Status write_spans(const CsvColumns *columns, Str trace_id, JsonScan *s, CsvWriter *w,
                          Err *err)
{
    JsonEvent e;
    Status st = ST_OK;

    if (!json_scan_next(s, &e) || e.kind != JSON_EVENT_ARRAY)
        return ST_CORRUPT;
    while (!st && another(s)) {
        Str span;

        st = json_scan_skip_raw(s, &span);
        if (!st)
            st = write_span(columns, trace_id, span, w, err);
    }
    if (!st && !json_scan_next(s, &e))
        st = ST_CORRUPT;
    return st;
}

/* {"trace_id": "...", "spans": [...]} in this order. */
static Status write_trace(const CsvColumns *columns, Str line, CsvWriter *w, Err *err)
{
    JsonScan s = json_scan(line, TRACE_DEPTH);
    JsonEvent e;
    Str trace_id = {0};
    Status st = json_scan_next(&s, &e) && e.kind == JSON_EVENT_OBJECT ? ST_OK : ST_CORRUPT;

    while (!st && json_scan_next(&s, &e) && e.kind == JSON_EVENT_KEY) {
        if (str_eq(e.text, STR("spans")))
            st = write_spans(columns, trace_id, &s, w, err);
        else if (!str_eq(e.text, STR("trace_id")))
            st = json_scan_skip(&s);
        else if (json_scan_next(&s, &e) && e.kind == JSON_EVENT_STR)
            trace_id = e.text;
    }
    return st ? st : s.st;
}

Status csv_spans(const CsvColumns *columns, Str traces, CsvWriter *w, Err *err)
{
    Status st = ST_OK;

    while (!st && traces.len) {
        Str line;

        (void)str_cut(traces, '\n', &line, &traces);
        if (str_trim(line).len)
            st = write_trace(columns, line, w, err);
    }
    if (st && !err->msg[0])
        return err_set(err, st, 0, "the server's answer is no list of traces: %s", status_text(st));
    return st;
}
