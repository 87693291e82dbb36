/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes stand only where they must, so that the usual cell costs one copy. */
#include "cli/csv.h"

CsvWriter csv_init(Buf *out, bool spreadsheet)
{
    return (CsvWriter){.out = out, .spreadsheet = spreadsheet};
}

static void add(CsvWriter *w, Str s)
{
    if (!w->st)
        w->st = buf_append(w->out, s);
}

static void begin_cell(CsvWriter *w)
{
    if (w->started)
        add(w, STR(","));
    w->started = true;
}

/* ' and tab too: readers that guess the dialect (DuckDB) are then not misled.  A byte-order mark
 * is passed over where a file begins. */
static bool needs_quotes(Str s)
{
    if (!s.len || s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ' || str_starts(s, STR("\xEF\xBB\xBF")))
        return true;
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];

        if (c == '"' || c == ',' || c == '\n' || c == '\r' || c == '\t' || c == '\'')
            return true;
    }
    return false;
}

/* What Excel, LibreOffice and Google Sheets start a formula with, also behind blanks. */
static bool looks_like_formula(Str s)
{
    const Str t = str_trim(s);

    if (s.len && (s.ptr[0] == '\t' || s.ptr[0] == '\r' || s.ptr[0] == '\n'))
        return true;
    return t.len && str_find_char(STR("=+-@|%"), t.ptr[0]) < 6;
}

static void quoted(CsvWriter *w, Str s)
{
    size_t from = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '"' && s.ptr[i] != '\0')
            continue;
        add(w, str_slice(s, from, i));
        add(w, s.ptr[i] ? STR("\"\"") : STR("\xEF\xBF\xBD"));
        from = i + 1;
    }
    add(w, str_slice(s, from, s.len));
}

void csv_text(CsvWriter *w, Str text)
{
    const bool formula = w->spreadsheet && looks_like_formula(text);
    const bool quotes = formula || needs_quotes(text) || str_find_char(text, '\0') < text.len;

    begin_cell(w);
    if (!quotes) {
        add(w, text);
        return;
    }
    add(w, formula ? STR("\"'") : STR("\""));
    quoted(w, text);
    add(w, STR("\""));
}

void csv_json(CsvWriter *w, const Json *value)
{
    if (!value || value->kind == JSON_KIND_NULL)
        begin_cell(w);
    else if (value->kind == JSON_KIND_STR)
        csv_text(w, value->as.s);
    else if (value->kind == JSON_KIND_ARRAY || value->kind == JSON_KIND_OBJECT)
        csv_text(w, value->raw);
    else {
        begin_cell(w);
        add(w, value->raw);
    }
}

void csv_end_line(CsvWriter *w)
{
    add(w, STR("\n"));
    w->started = false;
}
