/* SPDX-License-Identifier: Apache-2.0 */
/* Test suites: ordered lists of test cases in versions. */
#include "api/reply.h"
#include "api/sample_scores.h"
#include "api/samples.h"
#include "api/workflows.h"

enum { ANSWER_BYTES = 32 * 1024 * 1024 };

/* ------------------------------------------------------------ writing */

static void write_texts(JsonWriter *w, const SuiteRow *row)
{
    jw_key_str(w, STR("workflow"), row->workflow);
    jw_key_str(w, STR("name"), row->name);
    jw_key_int(w, STR("version"), row->version);
    jw_key_str(w, STR("description"), row->description);
    write_json(w, STR("tags"), row->tags, "[]");
    jw_key_time(w, STR("created_at"), row->created_ns);
    jw_key_time(w, STR("updated_at"), row->updated_ns);
}

/* And the samples of all of them together, those of several as often. */
static void write_cases(JsonWriter *w, const SuiteCases *cases)
{
    int64_t samples = 0;

    jw_key(w, STR("cases"));
    jw_array(w);
    for (size_t i = 0; i < cases->len; i++) {
        jw_object(w);
        jw_key_str(w, STR("name"), cases->items[i].name);
        jw_key_int(w, STR("version"), cases->items[i].version);
        jw_key_int(w, STR("samples"), cases->items[i].count);
        jw_key_str(w, STR("description"), cases->items[i].description);
        jw_object_end(w);
        samples += cases->items[i].count;
    }
    jw_array_end(w);
    jw_key_int(w, STR("samples"), samples);
}

/* Members of an object that is open: the suite as it is in `version`. */
static Status write_suite(Api *a, const Request *q, JsonWriter *w, const SuiteRow *row,
                          int64_t version)
{
    SuiteCases cases = {0};
    SuiteRow shown = *row;
    Status st = catalog_suite_cases(domain_catalog(a->domain), row->id, version, q->arena, &cases);

    if (!st && version != row->version)
        st = catalog_suite_version(domain_catalog(a->domain), row, version, &shown.updated_ns);
    if (st)
        return st;
    shown.version = version;
    write_texts(w, &shown);
    jw_key_int(w, STR("newest"), row->version);
    write_cases(w, &cases);
    return ST_OK;
}

/* `made` (may be NULL) tells whether a commit made that version. */
static void answer(Api *a, const Request *q, Response *r, int code, const SuiteRow *row,
                   int64_t version, const bool *made)
{
    JsonWriter w = jw_init(&r->body);
    Status st;

    jw_object(&w);
    st = write_suite(a, q, &w, row, version);
    if (made)
        jw_key_bool(&w, STR("created"), *made);
    jw_object_end(&w);
    if (st)
        reply_error(r, st, NULL);
    else
        reply_json(r, code, &w);
}

/* ------------------------------------------------------------ finding */

static bool find(Api *a, const Request *q, Response *r, SuiteRow *out)
{
    SpaceRow workflow;
    FieldErr e = {0};
    Status st;

    if (!find_workflow(a, q, r, &workflow))
        return false;
    st = suite_get(a->domain, workflow.id, request_param(q, STR("suite")), q->arena, out, &e);
    if (st)
        reply_error(r, st, &e);
    return st == ST_OK;
}

/* ------------------------------------------------------------ handlers */

static void answer_list(Api *a, Request *q, Response *r, Status st, const SuiteList *list)
{
    JsonWriter w = list_begin(r);
    Str next = {0};

    if (!st && list->more)
        st = arena_printf(q->arena, &next, "%lld", (long long)list->items[list->len - 1].id);
    for (size_t i = 0; i < list->len && !st; i++) {
        jw_object(&w);
        st = write_suite(a, q, &w, &list->items[i], list->items[i].version);
        jw_object_end(&w);
    }
    if (st)
        reply_error(r, st, NULL);
    else
        list_end(r, &w, next);
}

void suites_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    ListParams p;
    SpaceRow workflow;
    SuiteList list = {0};
    int64_t after;
    Status st;

    if (!params_list(q, r, &p) || !param_number(r, p.cursor, &after) ||
        !find_workflow(a, q, r, &workflow))
        return;
    st =
        catalog_suite_list(domain_catalog(a->domain), workflow.id, after, p.limit, q->arena, &list);
    answer_list(a, q, r, st, &list);
}

void suites_of_project(void *context, Request *q, Response *r)
{
    Api *a = context;
    ListParams p;
    SuiteList list = {0};
    int64_t after;
    Status st;

    if (!params_list(q, r, &p) || !param_number(r, p.cursor, &after))
        return;
    st = catalog_suites_of_project(domain_catalog(a->domain), caller_of(q)->project_id, after,
                                   p.limit, q->arena, &list);
    answer_list(a, q, r, st, &list);
}

void suites_create(void *context, Request *q, Response *r)
{
    Api *a = context;
    SpaceRow workflow;
    SuiteRow row = {0};
    FieldErr e = {0};
    Status st;

    if (!find_workflow(a, q, r, &workflow))
        return;
    st = suite_create(a->domain, workflow.id, q->body, q->arena, &row, &e);
    if (st)
        reply_error(r, st, &e);
    else
        answer(a, q, r, 201, &row, row.version, NULL);
}

void suites_get(void *context, Request *q, Response *r)
{
    SuiteRow row;
    int64_t version;

    if (find(context, q, r, &row) && param_version(q, r, "version", row.version, &version))
        answer(context, q, r, 200, &row, version, NULL);
}

void suites_commit(void *context, Request *q, Response *r)
{
    Api *a = context;
    SpaceRow workflow;
    SuiteRow row = {0};
    FieldErr e = {0};
    bool made = false;
    Status st;

    if (!find_workflow(a, q, r, &workflow))
        return;
    st = suite_commit(a->domain, workflow.id, request_param(q, STR("suite")), q->body, q->arena,
                      &row, &made, &e);
    if (st)
        reply_error(r, st, &e);
    else
        answer(a, q, r, made ? 201 : 200, &row, row.version, &made);
}

void suites_delete(void *context, Request *q, Response *r)
{
    Api *a = context;
    SuiteRow row;
    FieldErr e = {0};
    Status st;

    if (!find(a, q, r, &row))
        return;
    st = suite_remove(a->domain, &row, &e);
    if (st)
        reply_error(r, st, &e);
    else
        r->status = 204;
}

/* ------------------------------------------------------------ samples */

/* Writes each sample once, with the names of its cases and what each says is right. */
typedef struct Writing {
    JsonWriter w;
    Buf expected;   /* of the sample that is open, behind one another */
    int64_t number; /* of that; 0: none */
    size_t len;
    bool full; /* there is more, but the answer is long enough */
    PageScores scores;
} Writing;

static void close_sample(Writing *out)
{
    if (!out->number)
        return;
    jw_array_end(&out->w);
    jw_key(&out->w, STR("expected"));
    jw_array(&out->w);
    if (out->expected.len)
        jw_raw(&out->w, buf_str(&out->expected));
    jw_array_end(&out->w);
    page_scores_write(&out->w, &out->scores, out->number);
    jw_object_end(&out->w);
    buf_clear(&out->expected);
}

static void open_sample(Writing *out, const SampleRow *row)
{
    close_sample(out);
    out->number = row->number;
    out->len++;
    jw_object(&out->w);
    jw_key_str(&out->w, STR("id"), row->id);
    jw_key_int(&out->w, STR("number"), row->number);
    jw_key_raw(&out->w, STR("input"), row->input);
    write_json(&out->w, STR("metadata"), row->metadata, "{}");
    jw_key(&out->w, STR("cases"));
    jw_array(&out->w);
}

static Status write_member(void *visitor, const SampleRow *row, const SuiteCase *in)
{
    Writing *out = visitor;
    Status st = ST_OK;

    out->full = row->number != out->number && out->w.out->len > ANSWER_BYTES;
    if (out->full)
        return ST_CLOSED; /* enough */
    if (row->number != out->number)
        open_sample(out, row);
    jw_str(&out->w, in->name);
    if (out->expected.len)
        st = buf_append_char(&out->expected, ',');
    if (!st)
        st = buf_append(&out->expected, row->expected.len ? row->expected : STR("null"));
    return st ? st : out->w.st;
}

/* A sample comes once for each of its cases. */
static Status note_member(void *visitor, const SampleRow *row, const SuiteCase *in)
{
    PageScores *p = visitor;

    (void)in;
    if (!p->len || p->numbers[p->len - 1] != row->number)
        page_scores_note(p, row->number);
    return ST_OK;
}

static Status find_scores(Api *a, const Request *q, const SuiteRow *row, int64_t version,
                          int64_t after, size_t limit, PageScores *out)
{
    Status st = page_scores_init(out, q, limit);

    if (!st && out->numbers)
        st = catalog_suite_samples(domain_catalog(a->domain), row->id, version, after, limit,
                                   note_member, out);
    return st ? st : page_scores_find(a, out, row->space_id, q->arena);
}

void suites_samples(void *context, Request *q, Response *r)
{
    Api *a = context;
    SuiteRow row;
    Writing out;
    size_t limit;
    int64_t version, after;
    Str next = {0};
    Status st;

    if (!params_samples(q, r, &limit, &after) || !find(a, q, r, &row) ||
        !param_version(q, r, "version", row.version, &version))
        return;
    out = (Writing){.w = list_begin(r)};
    buf_init(&out.expected, RESPONSE_MAX_BYTES);
    st = find_scores(a, q, &row, version, after, limit, &out.scores);
    if (!st)
        st = catalog_suite_samples(domain_catalog(a->domain), row.id, version, after, limit,
                                   write_member, &out);
    close_sample(&out);
    buf_deinit(&out.expected);
    if (st == ST_CLOSED && out.full)
        st = ST_OK;
    if (!st && (out.full || out.len == limit))
        st = arena_printf(q->arena, &next, "%lld", (long long)out.number);
    if (st)
        reply_error(r, st, NULL);
    else
        list_end(r, &out.w, next);
}
