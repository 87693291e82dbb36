/* SPDX-License-Identifier: Apache-2.0 */
/* Result rows in bulk, as /samples has them: a line of JSON each, or a Parquet file.
 *
 * A page holds at most EXPORT_MAX rows; the next one's cursor is in the header
 * x-vireo-next-cursor, absent at the end. */
#include "api/result_rows.h"
#include "api/sample_scores.h"
#include "column/parquet.h"

enum { EXPORT_DEFAULT = 10000, EXPORT_MAX = 100000, FIXED = 7 };

/* ------------------------------------------------------------ NDJSON */

static Status write_lines(const RowsPage *page, const RowDetails *d, Buf *out)
{
    Status st = ST_OK;

    for (size_t i = 0; i < page->len && !st; i++) {
        JsonWriter w = jw_init(out);

        result_row_write(&w, page, i, d);
        st = jw_done(&w);
        if (!st)
            st = buf_append_char(out, '\n');
    }
    return st;
}

/* ------------------------------------------------------------ Parquet */

static Status sink_write(void *context, Str bytes)
{
    return buf_append(context, bytes);
}

/* To be filled through `texts` and `valid`. */
static Status text_vector(VectorType type, size_t rows, Arena *a, Vector *out, Str **texts,
                          uint8_t **valid)
{
    *valid = arena_calloc(a, rows + 1, 1);
    *texts = arena_calloc(a, rows + 1, sizeof **texts);
    if (!*valid || !*texts)
        return ST_NOMEM;
    *out = (Vector){.type = type, .len = rows, .valid = *valid, .as.s = *texts};
    return ST_OK;
}

static Status score_text(const SampleScores *scores, Arena *a, Str *out)
{
    Buf text;
    JsonWriter w;
    Status st = ST_OK;

    if (!scores->len)
        return ST_OK;
    buf_init(&text, (size_t)64 << 20);
    w = jw_init(&text);
    write_score_list(&w, scores);
    st = jw_done(&w);
    if (!st)
        st = arena_copy(a, buf_str(&text), out);
    buf_deinit(&text);
    return st;
}

/* What is told of each sample, in the order of `columns`, but for its scores. */
static Str detail_of(const RowDetails *d, size_t row, size_t column)
{
    const TargetSample *s = &d->samples[row];
    const InferenceRow *i = &d->inferences[row];

    switch (column) {
    case 1:
        return s->id;
    case 2:
        return s->input;
    case 3:
        return s->expected;
    case 4:
        return s->metadata;
    default:
        return i->error.len ? (Str){0} : i->inference;
    }
}

static Status fixed_columns(const RowsPage *page, const RowDetails *d, Arena *a,
                            ParquetColumn *columns, Vector *vectors)
{
    static const char *const names[FIXED] = {"number",   "id",        "input", "expected",
                                             "metadata", "inference", "scores"};
    Status st = ST_OK;

    columns[0] = (ParquetColumn){.name = STR("number"), .type = VECTOR_INT, .required = true};
    vectors[0] = (Vector){.type = VECTOR_INT, .len = page->len, .as.i = page->numbers};
    for (size_t c = 1; c < FIXED && !st; c++) {
        uint8_t *valid;
        Str *texts;

        columns[c] =
            (ParquetColumn){.name = str_from(names[c]), .type = c == 1 ? VECTOR_STR : VECTOR_JSON};
        st = text_vector(columns[c].type, page->len, a, &vectors[c], &texts, &valid);
        for (size_t i = 0; i < page->len && !st; i++) {
            if (c < FIXED - 1)
                texts[i] = detail_of(d, i, c);
            else
                st = score_text(&d->scores[i], a, &texts[i]);
            valid[i] = texts[i].len > 0;
        }
    }
    return st;
}

static Status cell_text(const ResultCell *cell, Arena *a, Str *out)
{
    Buf text;
    JsonWriter w;
    Status st;

    if (cell->kind == CELL_TEXT || cell->kind == CELL_MISSING) {
        *out = cell->kind == CELL_TEXT ? cell->as.s : (Str){0};
        return ST_OK;
    }
    buf_init(&text, (size_t)64 << 20);
    w = jw_init(&text);
    result_cell_write(&w, cell);
    st = jw_done(&w);
    if (!st)
        st = arena_copy(a, buf_str(&text), out);
    buf_deinit(&text);
    return st;
}

static Status text_column(const RowsPage *page, size_t metric, Arena *a, Vector *out)
{
    const VectorType type = page->metrics[metric].kind == METRIC_TEXT ? VECTOR_STR : VECTOR_JSON;
    uint8_t *valid;
    Str *texts;
    Status st = text_vector(type, page->len, a, out, &texts, &valid);

    for (size_t i = 0; i < page->len && !st; i++) {
        const ResultCell *cell = &page->cells[i * page->metric_count + metric];

        valid[i] = cell->kind != CELL_MISSING;
        st = cell_text(cell, a, &texts[i]);
    }
    return st;
}

static Status number_column(const RowsPage *page, size_t metric, Arena *a, Vector *out)
{
    uint8_t *valid = arena_calloc(a, page->len + 1, 1);
    double *values = arena_calloc(a, page->len + 1, sizeof *values);

    if (!valid || !values)
        return ST_NOMEM;
    for (size_t i = 0; i < page->len; i++) {
        const ResultCell *cell = &page->cells[i * page->metric_count + metric];

        valid[i] = cell->kind != CELL_MISSING;
        if (cell->kind == CELL_DOUBLE)
            values[i] = cell->as.d;
        else if (valid[i])
            values[i] = cell->kind == CELL_INT ? (double)cell->as.i : cell->as.b;
    }
    *out = (Vector){.type = VECTOR_DOUBLE, .len = page->len, .valid = valid, .as.d = values};
    return ST_OK;
}

static Status bool_column(const RowsPage *page, size_t metric, Arena *a, Vector *out)
{
    uint8_t *valid = arena_calloc(a, page->len + 1, 1);
    uint8_t *values = arena_calloc(a, page->len + 1, 1);

    if (!valid || !values)
        return ST_NOMEM;
    for (size_t i = 0; i < page->len; i++) {
        const ResultCell *cell = &page->cells[i * page->metric_count + metric];

        valid[i] = cell->kind != CELL_MISSING;
        values[i] = valid[i] && cell->as.b;
    }
    *out = (Vector){.type = VECTOR_BOOL, .len = page->len, .valid = valid, .as.b = values};
    return ST_OK;
}

static Status metric_columns(const RowsPage *page, Arena *a, ParquetColumn *columns,
                             Vector *vectors)
{
    Status st = ST_OK;

    for (size_t k = 0; k < page->metric_count && !st; k++) {
        const MetricKind kind = page->metrics[k].kind;

        st = arena_printf(a, &columns[k].name, "metric.%.*s", STR_ARG(page->metrics[k].name));
        if (!st && kind == METRIC_BOOL)
            st = bool_column(page, k, a, &vectors[k]);
        else if (!st && kind <= METRIC_NUMBER)
            st = number_column(page, k, a, &vectors[k]);
        else if (!st)
            st = text_column(page, k, a, &vectors[k]);
        columns[k].type = vectors[k].type;
    }
    return st;
}

static Status write_parquet(const RowsPage *page, const RowDetails *d, Arena *a, Buf *out)
{
    const size_t count = FIXED + page->metric_count;
    ParquetColumn *columns = arena_calloc(a, count, sizeof *columns);
    Vector *vectors = arena_calloc(a, count, sizeof *vectors);
    ParquetWriter *w = NULL;
    Status st = columns && vectors ? fixed_columns(page, d, a, columns, vectors) : ST_NOMEM;

    if (!st)
        st = metric_columns(page, a, columns + FIXED, vectors + FIXED);
    if (!st)
        st = parquet_writer_new(columns, count, (ParquetSink){sink_write, out}, &w);
    if (!st && page->len)
        st = parquet_writer_add(w, vectors);
    if (!st)
        st = parquet_writer_finish(w, NULL, 0);
    parquet_writer_free(w);
    return st;
}

/* ------------------------------------------------------------ the route */

static bool read_export(const Request *q, Response *r, RowsWish *wish, bool *parquet)
{
    Str format = STR("ndjson");
    Str cursor = {0};
    int64_t offset;

    *wish = (RowsWish){0};
    (void)request_query(q, STR("case"), &wish->scope);
    (void)request_query(q, STR("filter"), &wish->filter);
    (void)request_query(q, STR("cursor"), &cursor);
    (void)request_query(q, STR("format"), &format);
    if (!params_count(q, r, STR("limit"), EXPORT_DEFAULT, EXPORT_MAX, &wish->limit) ||
        !params_after(r, cursor, &offset))
        return false;
    wish->offset = (size_t)offset;
    *parquet = str_eq(format, STR("parquet"));
    if (*parquet || str_eq(format, STR("ndjson")))
        return true;
    problem(r, 400, "format", "format: must be ndjson or parquet");
    return false;
}

static Status export_page(const Measured *m, const RowsWish *wish, bool parquet, Request *q,
                          Response *r, FieldErr *err)
{
    Str next = {0};
    RowDetails details;
    RowsPage page;
    Arena a;
    Status st;

    arena_init(&a, (size_t)1 << 30);
    st = measured_page(m, wish, &a, &page, err);
    if (!st)
        st = result_details_read(m, &page, wish->scope, &a, &details);
    if (!st)
        st = parquet ? write_parquet(&page, &details, &a, &r->body)
                     : write_lines(&page, &details, &r->body);
    if (!st && wish->offset + page.len < page.total)
        st = arena_printf(q->arena, &next, "%zu", wish->offset + page.len);
    arena_deinit(&a);
    if (!st && next.len)
        response_header(r, STR("x-vireo-next-cursor"), next);
    return st;
}

void results_export(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr err = {0};
    bool parquet;
    RowsWish wish;
    Evaluation e;
    Measured m;
    Status st;

    if (!evaluation_of(a, q, r, &e) || !read_export(q, r, &wish, &parquet) ||
        !measured_of(a, q, r, &e, &m))
        return;
    st = export_page(&m, &wish, parquet, q, r, &err);
    if (st) {
        response_reset(r);
        if (st == ST_NOTFOUND)
            problem(r, 404, "case", "case: there is no such case in this evaluation");
        else if (st == ST_LIMIT || st == ST_NOMEM)
            problem(r, 413, "limit",
                    "limit: these rows are too large for one answer; ask for less");
        else
            reply_error(r, st, &err);
    } else {
        response_type(
            r, 200, parquet ? STR("application/vnd.apache.parquet") : STR("application/x-ndjson"));
    }
    measured_close(&m);
}
