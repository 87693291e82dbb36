/* SPDX-License-Identifier: Apache-2.0 */
/* What an evaluation's model answered: what is missing, what came, second runs. */
#include "domain/inference.h"

#include "api/evaluation_json.h"
#include "domain/model.h"

enum { PAGE_DEFAULT = 500, PAGE_MAX = 5000, NS_PER_MS = 1000000 };

static bool read_page(const Request *q, Response *r, size_t *limit, int64_t *after)
{
    Str cursor = {0};

    (void)request_query(q, STR("cursor"), &cursor);
    return params_count(q, r, STR("limit"), PAGE_DEFAULT, PAGE_MAX, limit) &&
           params_after(r, cursor, after);
}

static bool is_set(const Request *q, Str name)
{
    Str value = {0};

    (void)request_query(q, name, &value);
    return str_eq(value, STR("true")) || str_eq(value, STR("1"));
}

static void write_sample(JsonWriter *w, const TargetSample *s)
{
    jw_key_int(w, STR("number"), s->number);
    jw_key_str(w, STR("id"), s->id);
    write_json(w, STR("input"), s->input, "null");
    write_json(w, STR("metadata"), s->metadata, "{}");
}

static void end_page(Request *q, Response *r, JsonWriter *w, const SamplePage *page)
{
    Str next = {0};

    if (page->more && arena_printf(q->arena, &next, "%lld",
                                   (long long)page->items[page->len - 1].number) != ST_OK)
        next = (Str){0};
    jw_array_end(w);
    jw_key_str_or_null(w, STR("next_cursor"), next);
    jw_key_uint(w, STR("total"), page->total);
    jw_object_end(w);
    reply_json(r, 200, w);
}

void inferences_remaining(void *context, Request *q, Response *r)
{
    Api *a = context;
    SamplePage page = {0};
    Evaluation e;
    size_t limit;
    int64_t after;
    JsonWriter w;
    Status st;

    if (!evaluation_of(a, q, r, &e) || !read_page(q, r, &limit, &after))
        return;
    st = inference_remaining(a->domain, &e.row, is_set(q, STR("all")), after, limit, q->arena,
                             &page);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < page.len; i++) {
        jw_object(&w);
        write_sample(&w, &page.items[i]);
        jw_object_end(&w);
    }
    end_page(q, r, &w, &page);
}

/* ------------------------------------------------------------ list */

static void write_inference(JsonWriter *w, const InferenceRow *row)
{
    if (!row->hash.len || row->error.len)
        jw_key_null(w, STR("inference"));
    else
        write_json(w, STR("inference"), row->inference, "null");
    jw_key_bool(w, STR("inferred"), row->hash.len && !row->error.len);
    jw_key_str_or_null(w, STR("error"), row->error);
    jw_key_str_or_null(w, STR("trace_id"), row->trace_id);
    if (row->latency_ns >= 0)
        jw_key_double(w, STR("latency_ms"), (double)row->latency_ns / NS_PER_MS);
    else
        jw_key_null(w, STR("latency_ms"));
}

static void write_cases(JsonWriter *w, const Target *t, int64_t number)
{
    jw_key(w, STR("cases"));
    jw_array(w);
    for (size_t i = 0; i < t->cases.len; i++) {
        const TargetCase *k = &t->cases.items[i];

        if (numbers_hold(k->numbers, k->count, number))
            jw_str(w, k->name);
    }
    jw_array_end(w);
}

/* `t` NULL: of one case. */
static void answer_list(Request *q, Response *r, const Target *t, const SamplePage *page)
{
    JsonWriter w = list_begin(r);

    for (size_t i = 0; i < page->len; i++) {
        jw_object(&w);
        write_sample(&w, &page->items[i]);
        write_json(&w, STR("expected"), page->items[i].expected, "null");
        jw_key_str_or_null(&w, STR("split"), page->items[i].split);
        write_inference(&w, &page->inferences[i]);
        if (t)
            write_cases(&w, t, page->items[i].number);
        jw_object_end(&w);
    }
    end_page(q, r, &w, page);
}

void inferences_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    SamplePage page = {0};
    InferenceWish wish = {0};
    const Target *t;
    Evaluation e;
    Status st;

    if (!evaluation_of(a, q, r, &e) || !read_page(q, r, &wish.limit, &wish.after))
        return;
    (void)request_query(q, STR("case"), &wish.scope);
    wish.differing = is_set(q, STR("differing"));
    st = inference_list(a->domain, &e.row, &wish, q->arena, &page);
    if (!st)
        st = evaluation_target(a->domain, &e.row, &t);
    if (st == ST_NOTFOUND) {
        problem(r, 404, "case", "case: there is no such case in this evaluation");
        return;
    }
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    answer_list(q, r, t, &page);
    target_put(a->domain, t);
}

void inferences_of_model(void *context, Request *q, Response *r)
{
    Api *a = context;
    ModelCase of = {.project_id = caller_of(q)->project_id,
                    .workflow = request_param(q, STR("workflow")),
                    .model = request_param(q, STR("name"))};
    SamplePage page = {0};
    Str version = {0};
    int32_t number = 0;
    size_t limit;
    int64_t after;
    Status st;

    if (!read_page(q, r, &limit, &after))
        return;
    (void)request_query(q, STR("case"), &of.scope);
    if (request_query(q, STR("version"), &version) && version_number(version, &number) != ST_OK) {
        problem(r, 400, "version", "version: must be a number or vN");
        return;
    }
    of.version = number;
    st = inference_list_case(a->domain, &of, after, limit, q->arena, &page);
    if (st == ST_NOTFOUND)
        problem(r, 404, "case",
                "there is no such workflow, or no such model, case or version in it");
    else if (st)
        reply_error(r, st, NULL);
    else
        answer_list(q, r, NULL, &page);
}

/* ------------------------------------------------------------ save, verify */

void inferences_save(void *context, Request *q, Response *r)
{
    Api *a = context;
    InferenceSaved saved = {0};
    FieldErr err = {0};
    Evaluation e;
    JsonWriter w;
    Status st;

    if (!evaluation_of(a, q, r, &e))
        return;
    st = inference_save(a->domain, &e.row, q->body, &saved, &err);
    if (st) {
        reply_error(r, st, &err);
        return;
    }
    w = jw_init(&r->body);
    jw_object(&w);
    jw_key_uint(&w, STR("added"), saved.added);
    jw_key_uint(&w, STR("unchanged"), saved.unchanged);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

void inferences_verify(void *context, Request *q, Response *r)
{
    Api *a = context;
    InferenceVerdict verdict = {0};
    FieldErr err = {0};
    Evaluation e;
    JsonWriter w;
    Status st;

    if (!evaluation_of(a, q, r, &e))
        return;
    st = inference_verify(a->domain, &e.row, q->body, q->arena, &verdict, &err);
    if (st) {
        reply_error(r, st, &err);
        return;
    }
    w = jw_init(&r->body);
    jw_object(&w);
    jw_key_uint(&w, STR("checked"), verdict.checked);
    jw_key(&w, STR("differing"));
    jw_array(&w);
    for (size_t i = 0; i < verdict.len; i++)
        jw_int(&w, verdict.differing[i]);
    jw_array_end(&w);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}
