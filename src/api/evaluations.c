/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluations: start or find, list, one of them, change, delete. */
#include "api/evaluation_json.h"
#include "codec/json_read.h"
#include "domain/headline.h"
#include "domain/measured.h"
#include "domain/model.h"
#include "os/clock.h"

enum { MILLION = 1000000, HEADLINE_TIME_NS = 200 * MILLION };

/* ------------------------------------------------------------ JSON */

void evaluation_write_target(JsonWriter *w, const EvaluationRow *row)
{
    write_tag(w, STR("model"), row->model, row->model_version);
    jw_key(w, STR("target"));
    jw_object(w);
    jw_key_str(w, STR("kind"), row->target.suite ? STR("suite") : STR("dataset"));
    if (row->target.suite)
        jw_key_str(w, STR("workflow"), row->workflow);
    jw_key_str(w, STR("name"), row->target_name);
    jw_key_int(w, STR("version"), row->target.version);
    if (!row->target.suite)
        jw_key_str_or_null(w, STR("split"), row->split);
    jw_object_end(w);
}

void evaluation_write(JsonWriter *w, const EvaluationRow *row,
                      const ConfigurationList *configurations)
{
    jw_object(w);
    jw_key_int(w, STR("id"), row->id);
    evaluation_write_target(w, row);
    jw_key_str(w, STR("evaluator"), row->evaluator);
    jw_key_str(w, STR("status"), row->status);
    jw_key_double(w, STR("progress"), (double)row->done / MILLION);
    jw_key_str_or_null(w, STR("message"), row->message);
    write_json(w, STR("judges"), row->judges, "[]");
    write_json(w, STR("metadata"), row->metadata, "{}");
    jw_key_time(w, STR("created_at"), row->created_ns);
    jw_key_time(w, STR("updated_at"), row->updated_ns);
    if (!configurations)
        return;
    jw_key(w, STR("configurations"));
    jw_array(w);
    for (size_t i = 0; i < configurations->len; i++) {
        jw_object(w);
        jw_key_str(w, STR("display_name"), configurations->items[i].name);
        write_json(w, STR("configuration"), configurations->items[i].body, "null");
        jw_object_end(w);
    }
    jw_array_end(w);
}

/* ------------------------------------------------------------ parameters */

bool evaluation_of(Api *a, const Request *q, Response *r, Evaluation *out)
{
    int64_t id;
    Status st = ST_NOTFOUND;

    if (str_to_i64(request_param(q, STR("id")), &id) == ST_OK)
        st = evaluation_get(a->domain, caller_of(q)->project_id, id, q->arena, out);
    if (st == ST_NOTFOUND)
        problem(r, 404, "id", "there is no such evaluation in this project");
    else if (st)
        reply_error(r, st, NULL);
    return st == ST_OK;
}

bool params_after(Response *r, Str cursor, int64_t *out)
{
    *out = 0;
    if (!cursor.len || (str_to_i64(cursor, out) == ST_OK && *out >= 0))
        return true;
    problem(r, 400, "cursor", "cursor: use next_cursor of an earlier answer");
    return false;
}

void list_end_after(Request *q, Response *r, JsonWriter *w, bool more, int64_t last)
{
    Str next = {0};

    if (more && arena_printf(q->arena, &next, "%lld", (long long)last) != ST_OK)
        next = (Str){0};
    list_end(r, w, next);
}

/* ------------------------------------------------------------ one */

static void answer(Api *a, Request *q, Response *r, int code, const Evaluation *e)
{
    EvaluationProgress progress = {0};
    JsonWriter w;
    const Status st = evaluation_progress(a->domain, &e->row, q->arena, &progress);

    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = jw_init(&r->body);
    evaluation_write(&w, &e->row, &e->configurations);
    jw_key_uint(&w, STR("samples"), progress.samples);
    jw_key_uint(&w, STR("remaining"), progress.remaining);
    jw_key_uint(&w, STR("checked"), progress.checked);
    jw_key_uint(&w, STR("differing"), progress.differing);
    jw_key_str(&w, STR("inferences_digest"), progress.digest);
    jw_object_end(&w);
    reply_json(r, code, &w);
}

void evaluations_start(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr err = {0};
    Evaluation e;
    bool created = false;
    const Status st = evaluation_start(a->domain, caller_of(q)->project_id, q->body, q->arena, &e,
                                       &created, &err);

    if (st)
        reply_error(r, st, &err);
    else
        answer(a, q, r, created ? 201 : 200, &e);
}

void evaluations_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    Evaluation e;

    if (evaluation_of(a, q, r, &e))
        answer(a, q, r, 200, &e);
}

void evaluations_patch(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr err = {0};
    Evaluation e;
    Status st;

    if (!evaluation_of(a, q, r, &e))
        return;
    st = evaluation_patch(a->domain, e.row.project_id, e.row.id, q->body, q->arena, &e, &err);
    if (st)
        reply_error(r, st, &err);
    else
        answer(a, q, r, 200, &e);
}

void evaluations_delete(void *context, Request *q, Response *r)
{
    Api *a = context;
    Evaluation e;
    Status st;

    if (!evaluation_of(a, q, r, &e))
        return;
    st = evaluation_remove(a->domain, e.row.project_id, e.row.id);
    if (st)
        reply_error(r, st, NULL);
    else
        r->status = 204;
}

/* ------------------------------------------------------------ list */

/* "digits" or "digits:v2". */
static void filter_model(const Request *q, EvaluationFilter *f)
{
    Str text;
    Str name;
    int32_t number;

    if (!request_query(q, STR("model"), &text))
        return;
    f->model = text;
    if (tag_split(text, &name, &number) == ST_OK) {
        f->model = name;
        f->model_version = number;
    }
}

static bool read_filter(const Request *q, Response *r, EvaluationFilter *f)
{
    Str version = {0};
    int32_t number = 0;

    *f = (EvaluationFilter){0};
    filter_model(q, f);
    (void)request_query(q, STR("workflow"), &f->workflow);
    (void)request_query(q, STR("suite"), &f->suite);
    (void)request_query(q, STR("dataset"), &f->dataset);
    (void)request_query(q, STR("evaluator"), &f->evaluator);
    if (request_query(q, STR("status"), &f->status) && f->status.len &&
        !evaluation_status_is_known(f->status)) {
        problem(r, 400, "status", "status: must be running, complete or failed");
        return false;
    }
    if (request_query(q, STR("version"), &version) && version_number(version, &number) != ST_OK) {
        problem(r, 400, "version", "version: must be a number or vN");
        return false;
    }
    f->version = number;
    return true;
}

/* What is asked for beside the evaluations. */
static bool read_include(const Request *q, Response *r, bool *metrics)
{
    Str text = {0};

    *metrics = request_query(q, STR("include"), &text) && text.len;
    if (!*metrics || str_eq(text, STR("metrics")))
        return true;
    problem(r, 400, "include", "include: must be metrics");
    return false;
}

/* Samples and metrics; null where they would have to be computed and the time for that is up, or
 * rows cannot be read: that is told where the evaluation itself is asked for. */
static Status write_headline(Api *a, Request *q, JsonWriter *w, const EvaluationRow *row,
                             int64_t deadline_ns)
{
    const Json *json = NULL;
    Str text;
    Status st = clock_mono_ns() < deadline_ns ? headline_get(a->domain, row, q->arena, &text)
                                              : headline_find(a->domain, row, q->arena, &text);

    if (!st)
        st = json_parse_object(text, q->arena, &json, NULL);
    if (st && st != ST_NOTFOUND && !measured_is_damage(st))
        return st;
    write_json(w, STR("samples"), json ? json_get(json, STR("samples"))->raw : (Str){0}, "null");
    write_json(w, STR("metrics"), json ? json_get(json, STR("metrics"))->raw : (Str){0}, "null");
    return ST_OK;
}

void evaluations_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    EvaluationFilter filter;
    const int64_t deadline_ns = clock_mono_ns() + HEADLINE_TIME_NS;
    EvaluationList list = {0};
    ListParams p;
    JsonWriter w;
    bool metrics;
    Status st;

    if (!params_list(q, r, &p) || !read_filter(q, r, &filter) || !read_include(q, r, &metrics) ||
        !params_after(r, p.cursor, &filter.before))
        return;
    st = evaluation_list(a->domain, caller_of(q)->project_id, &filter, p.limit, q->arena, &list);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len && !st; i++) {
        evaluation_write(&w, &list.items[i], NULL);
        if (metrics)
            st = write_headline(a, q, &w, &list.items[i], deadline_ns);
        jw_object_end(&w);
    }
    if (st) {
        response_reset(r);
        reply_error(r, st, NULL);
        return;
    }
    list_end_after(q, r, &w, list.more, list.len ? list.items[list.len - 1].id : 0);
}
