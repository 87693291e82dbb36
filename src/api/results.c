/* SPDX-License-Identifier: Apache-2.0 */
/* What an evaluation measured: rows and metrics in, cases, plots and rows out. */
#include "api/result_rows.h"

#include "api/judge_json.h"
#include "api/sample_scores.h"
#include "domain/sample_agreement.h"

void results_add_rows(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr err = {0};
    Evaluation e;
    size_t rows = 0;
    JsonWriter w;
    Status st;

    if (!evaluation_of(a, q, r, &e))
        return;
    st = evaluation_add_results(a->domain, &e, q->body, &rows, &err);
    if (st) {
        reply_error(r, st, &err);
        return;
    }
    w = jw_init(&r->body);
    jw_object(&w);
    jw_key_uint(&w, STR("stored"), rows);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

void results_set_metrics(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr err = {0};
    Evaluation e;
    Status st;

    if (!evaluation_of(a, q, r, &e))
        return;
    st = evaluation_set_metrics(a->domain, &e, q->body, &err);
    if (st)
        reply_error(r, st, &err);
    else
        r->status = 204;
}

/* ------------------------------------------------------------ opening */

bool measured_of(Api *a, const Request *q, Response *r, const Evaluation *e, Measured *m)
{
    Str configuration;
    const bool given = request_query(q, STR("configuration"), &configuration);
    const Status st = measured_open(a->domain, e, given ? &configuration : NULL, m);

    if (st == ST_INVALID)
        problem(r, 400, "configuration", "configuration: the evaluation has no such configuration");
    else if (st)
        reply_error(r, st, NULL);
    return st == ST_OK;
}

/* ------------------------------------------------------------ cases */

static void write_means(JsonWriter *w, const CaseSummary *c)
{
    jw_key(w, STR("means"));
    jw_object(w);
    for (size_t i = 0; i < c->mean_count; i++) {
        const MeanMetric *m = &c->means[i];

        jw_key(w, m->name);
        jw_object(w);
        if (m->n)
            jw_key_double(w, STR("mean"), m->mean);
        else
            jw_key_null(w, STR("mean"));
        jw_key_uint(w, STR("n"), m->n);
        jw_key_str(w, STR("kind"), m->kind == METRIC_BOOL ? STR("boolean") : STR("number"));
        jw_object_end(w);
    }
    jw_object_end(w);
}

static void write_case(JsonWriter *w, const CaseSummary *c)
{
    jw_object(w);
    jw_key_str(w, STR("case"), c->name);
    jw_key_uint(w, STR("samples"), c->samples);
    jw_key_uint(w, STR("rows"), c->rows);
    jw_key_bool(w, STR("derived"), !c->given.len);
    jw_key(w, STR("metrics"));
    if (c->given.len) {
        jw_raw(w, c->given);
    } else {
        jw_object(w);
        for (size_t i = 0; i < c->mean_count; i++)
            if (c->means[i].n)
                jw_key_double(w, c->means[i].name, c->means[i].mean);
        jw_object_end(w);
    }
    write_means(w, c);
    write_json(w, STR("thresholded"), c->thresholded, "[]");
    jw_object_end(w);
}

void results_cases(void *context, Request *q, Response *r)
{
    Api *a = context;
    CaseSummaries cases = {0};
    Evaluation e;
    Measured m;
    JsonWriter w;
    Status st;

    if (!evaluation_of(a, q, r, &e) || !measured_of(a, q, r, &e, &m))
        return;
    st = measured_cases(&m, q->arena, &cases);
    if (st) {
        reply_error(r, st, NULL);
    } else {
        w = list_begin(r);
        for (size_t i = 0; i < cases.len; i++)
            write_case(&w, &cases.items[i]);
        jw_array_end(&w);
        jw_key(&w, STR("whole"));
        write_case(&w, &cases.whole);
        jw_key_str_or_null(&w, STR("configuration"), m.configuration);
        jw_key_null(&w, STR("next_cursor"));
        jw_object_end(&w);
        reply_json(r, 200, &w);
    }
    measured_close(&m);
}

/* ------------------------------------------------------------ plots */

void results_plots(void *context, Request *q, Response *r)
{
    Api *a = context;
    FindingList list = {0};
    Str scope = {0};
    Str configuration = {0};
    Evaluation e;
    JsonWriter w;
    Status st;

    if (!evaluation_of(a, q, r, &e))
        return;
    (void)request_query(q, STR("case"), &scope);
    (void)request_query(q, STR("configuration"), &configuration);
    st = catalog_findings_list(domain_catalog(a->domain), e.row.id, STR("plots"), q->arena, &list);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++) {
        const FindingRow *row = &list.items[i];

        if ((scope.len && !str_eq(scope, row->scope)) ||
            (configuration.len && !str_eq(configuration, row->configuration)))
            continue;
        jw_object(&w);
        jw_key_str(&w, STR("case"), row->scope);
        jw_key_str_or_null(&w, STR("configuration"), row->configuration);
        jw_key_raw(&w, STR("plots"), row->body);
        jw_object_end(&w);
    }
    list_end(r, &w, (Str){0});
}

/* ------------------------------------------------------------ rows */

void result_cell_write(JsonWriter *w, const ResultCell *c)
{
    switch (c->kind) {
    case CELL_MISSING:
        jw_null(w);
        break;
    case CELL_BOOL:
        jw_bool(w, c->as.b);
        break;
    case CELL_INT:
        jw_int(w, c->as.i);
        break;
    case CELL_DOUBLE:
        jw_double(w, c->as.d);
        break;
    case CELL_TEXT:
        jw_str(w, c->as.s);
        break;
    case CELL_JSON:
        jw_raw(w, c->as.s);
        break;
    }
}

void result_row_write(JsonWriter *w, const RowsPage *page, size_t row, const RowDetails *d)
{
    const TargetSample *s = &d->samples[row];
    const InferenceRow *inference = &d->inferences[row];

    jw_object(w);
    jw_key_int(w, STR("number"), page->numbers[row]);
    jw_key_str(w, STR("id"), s->id);
    write_json(w, STR("input"), s->input, "null");
    write_json(w, STR("expected"), s->expected, "null");
    write_json(w, STR("metadata"), s->metadata, "{}");
    jw_key_str_or_null(w, STR("split"), s->split);
    write_json(w, STR("inference"), inference->error.len ? (Str){0} : inference->inference, "null");
    jw_key_str_or_null(w, STR("error"), inference->error);
    jw_key_str_or_null(w, STR("trace_id"), inference->trace_id);
    jw_key(w, STR("metrics"));
    jw_object(w);
    for (size_t i = 0; i < page->metric_count; i++) {
        jw_key(w, page->metrics[i].name);
        result_cell_write(w, &page->cells[row * page->metric_count + i]);
    }
    jw_object_end(w);
    write_sample_scores(w, &d->scores[row]);
    jw_object_end(w);
}

Status result_details_read(const Measured *m, const RowsPage *page, Str scope, Arena *arena,
                           RowDetails *out)
{
    const EvaluationRow *row = &m->evaluation->row;
    const InferenceKey key = {.version_id = row->version_id, .space = row->target.space};
    TargetCase *k = target_case(m->target, scope);
    const TargetCases own = {.items = k, .len = 1};
    Catalog *catalog = domain_catalog(m->domain);
    Status st;

    out->samples = arena_calloc(arena, page->len + 1, sizeof *out->samples);
    out->inferences = arena_calloc(arena, page->len + 1, sizeof *out->inferences);
    out->scores = arena_calloc(arena, page->len + 1, sizeof *out->scores);
    if (!out->samples || !out->inferences || !out->scores)
        return ST_NOMEM;
    st = catalog_target_samples(catalog, &row->target, k ? &own : &m->target->cases, page->numbers,
                                page->len, arena, out->samples);
    if (!st)
        st =
            catalog_inferences_get(catalog, &key, page->numbers, page->len, arena, out->inferences);
    return st ? st
              : catalog_sample_scores_of(catalog, key.space, key.version_id, page->numbers,
                                         page->len, arena, out->scores);
}

static bool read_wish(const Request *q, Response *r, RowsWish *out)
{
    ListParams p;
    Str order = {0};
    int64_t offset;

    *out = (RowsWish){0};
    if (!params_list(q, r, &p) || !params_after(r, p.cursor, &offset))
        return false;
    out->limit = p.limit;
    out->offset = (size_t)offset;
    (void)request_query(q, STR("case"), &out->scope);
    (void)request_query(q, STR("sort"), &out->sort);
    (void)request_query(q, STR("filter"), &out->filter);
    if (request_query(q, STR("order"), &order) && !str_eq(order, STR("asc")) &&
        !str_eq(order, STR("desc"))) {
        problem(r, 400, "order", "order: must be asc or desc");
        return false;
    }
    out->descending = str_eq(order, STR("desc"));
    return true;
}

static const char *kind_name(MetricKind kind)
{
    switch (kind) {
    case METRIC_BOOL:
        return "boolean";
    case METRIC_NUMBER:
        return "number";
    case METRIC_TEXT:
        return "text";
    case METRIC_OTHER:
        return "json";
    default:
        return "none";
    }
}

static void write_page(const Measured *m, const RowsWish *wish, Request *q, Response *r,
                       const RowsPage *page)
{
    const size_t next = wish->offset + page->len;
    JsonWriter w = list_begin(r);
    Str cursor = {0};
    RowDetails details;
    Status st = result_details_read(m, page, wish->scope, q->arena, &details);

    for (size_t i = 0; i < page->len && !st; i++)
        if (details.samples[i].id.len)
            result_row_write(&w, page, i, &details);
    if (!st && next < page->total && page->len)
        st = arena_printf(q->arena, &cursor, "%zu", next);
    if (st) {
        response_reset(r);
        reply_error(r, st, NULL);
        return;
    }
    jw_array_end(&w);
    jw_key_str_or_null(&w, STR("next_cursor"), cursor);
    jw_key_uint(&w, STR("total"), page->total);
    jw_key(&w, STR("metrics"));
    jw_array(&w);
    for (size_t i = 0; i < page->metric_count; i++) {
        jw_object(&w);
        jw_key_str(&w, STR("name"), page->metrics[i].name);
        jw_key_str(&w, STR("kind"), str_from(kind_name(page->metrics[i].kind)));
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

enum { MAX_NUMBERS = 1000 };

/* Samples that are asked for by number, "3,8"; none: no such parameter. */
static bool read_numbers(const Request *q, Response *r, int64_t **out, size_t *count)
{
    Str text;

    *count = 0;
    if (!request_query(q, STR("numbers"), &text))
        return true;
    *out = arena_calloc(q->arena, MAX_NUMBERS, sizeof **out);
    if (!*out) {
        reply_error(r, ST_NOMEM, NULL);
        return false;
    }
    for (bool more = true; more && *count < MAX_NUMBERS; ++*count) {
        int64_t *number = &(*out)[*count];
        Str one;

        more = str_cut(text, ',', &one, &text);
        if (str_to_i64(one, number) != ST_OK || (*count && *number <= number[-1]))
            break;
        if (!more) {
            ++*count;
            return true;
        }
    }
    problem(r, 400, "numbers",
            "numbers: must be at most %d numbers of samples, ascending, such as 3,8",
            (int)MAX_NUMBERS);
    return false;
}

void results_rows(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr err = {0};
    int64_t *numbers = NULL;
    size_t count = 0;
    RowsPage page;
    RowsWish wish;
    Evaluation e;
    Measured m;
    Status st;

    if (!evaluation_of(a, q, r, &e) || !read_wish(q, r, &wish) ||
        !read_numbers(q, r, &numbers, &count) || !measured_of(a, q, r, &e, &m))
        return;
    st = count ? measured_some(&m, numbers, count, q->arena, &page)
               : measured_page(&m, &wish, q->arena, &page, &err);
    if (st == ST_NOTFOUND)
        problem(r, 404, "case", "case: there is no such case in this evaluation");
    else if (st)
        reply_error(r, st, &err);
    else
        write_page(&m, &wish, q, r, &page);
    measured_close(&m);
}

/* ------------------------------------------------------------ agreement */

static void write_agreements(Response *r, const SampleAgreements *found)
{
    JsonWriter w = list_begin(r);

    for (size_t i = 0; i < found->len; i++) {
        const SampleAgreement *a = &found->items[i];

        jw_object(&w);
        jw_key_str(&w, STR("a"), a->person);
        jw_key_str(&w, STR("b"), a->other);
        jw_key_bool(&w, STR("people"), a->both_people);
        write_verdict_agreement(&w, &a->of);
        jw_object_end(&w);
    }
    list_end(r, &w, (Str){0});
}

void results_agreement(void *context, Request *q, Response *r)
{
    Api *a = context;
    SampleAgreements found = {0};
    Evaluation e;
    Measured m;
    Status st;

    if (!evaluation_of(a, q, r, &e) || !measured_of(a, q, r, &e, &m))
        return;
    st = sample_agreement(&m, q->arena, &found);
    if (st == ST_LIMIT)
        problem(r, 400, NULL, "more than %d people, or %d times, gave feedback on these answers",
                (int)AGREEMENT_MAX_PEOPLE, (int)AGREEMENT_MAX_SCORES);
    else if (st)
        reply_error(r, st, NULL);
    else
        write_agreements(r, &found);
    measured_close(&m);
}
