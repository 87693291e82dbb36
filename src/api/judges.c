/* SPDX-License-Identifier: Apache-2.0 */
/* Judges and their versions: list, one with its definition, register, rename. */
#include "api/judge_json.h"
#include "api/reply.h"
#include "domain/judge.h"
#include "domain/model.h"

/* -------------------------------------------------------------------- judge */

/* What all versions of a judge said together. */
typedef struct JudgeTotals {
    uint64_t scores;
    uint64_t passed;
    uint64_t failed;
    uint64_t errors;
    int64_t last_ns;
} JudgeTotals;

static JudgeTotals totals_of(const ScoreStats *stats, Str judge)
{
    JudgeTotals t = {0};

    for (size_t i = 0; i < stats->len; i++) {
        const ScoreGroup *g = &stats->items[i];

        if (!str_eq(g->judge, judge))
            continue;
        t.scores += g->tally.count;
        t.passed += g->tally.passed;
        t.failed += g->tally.failed;
        t.errors += g->tally.errors;
        t.last_ns = g->last_ns > t.last_ns ? g->last_ns : t.last_ns;
    }
    return t;
}

static void write_totals(JsonWriter *w, const JudgeTotals *t)
{
    jw_key_uint(w, STR("scores"), t->scores);
    jw_key_uint(w, STR("passed"), t->passed);
    jw_key_uint(w, STR("failed"), t->failed);
    jw_key_uint(w, STR("errors"), t->errors);
    write_time(w, STR("last_scored"), t->last_ns);
}

/* All members; the object stays open. */
static void write_judge(JsonWriter *w, const JudgeRow *row, const JudgeTotals *totals)
{
    jw_object(w);
    jw_key_str(w, STR("name"), row->name);
    jw_key(w, STR("former_names"));
    jw_array(w);
    for (size_t i = 0; i < row->former_count; i++)
        jw_str(w, row->former_names[i]);
    jw_array_end(w);
    jw_key_str(w, STR("kind"), row->kind);
    jw_key_str(w, STR("description"), row->description);
    write_json(w, STR("metadata"), row->metadata, "{}");
    jw_key_time(w, STR("created_at"), row->created_ns);
    write_tag(w, STR("latest"), row->name, row->latest);
    jw_key_uint(w, STR("version_count"), row->version_count);
    write_totals(w, totals);
}

static void failed(Response *r, Status st, const FieldErr *e)
{
    if (st == ST_NOTFOUND)
        problem(r, 404, "name", "there is no such judge or version in this project");
    else
        reply_error(r, st, e);
}

static void write_version(JsonWriter *w, const JudgeVersionRow *row, bool details)
{
    jw_object(w);
    write_tag(w, STR("tag"), row->judge, row->number);
    jw_key_int(w, STR("version"), row->number);
    jw_key_int(w, STR("number"), row->number);
    jw_key_str(w, STR("fingerprint"), row->fingerprint);
    jw_key_str(w, STR("kind"), row->kind);
    jw_key_str(w, STR("description"), row->description);
    write_json(w, STR("parameters"), row->parameters, "[]");
    jw_key_str(w, STR("language"), row->language);
    write_json(w, STR("metadata"), row->metadata, "{}");
    jw_key_time(w, STR("created_at"), row->created_ns);
    if (details) {
        jw_key_str(w, STR("source"), row->source);
        write_json(w, STR("definition"), row->definition, "{}");
        write_json(w, STR("packages"), row->packages, "{}");
    }
    jw_object_end(w);
}

/* What judges said in the window; empty name: each of them. */
static Status find_stats(Api *a, const Request *q, Str judge, const QueryWindow *window,
                         ScoreStats *out)
{
    return judge_score_stats(a, caller_of(q)->project_id, judge, window, 0, q->arena, out);
}

/* What is told of one judge beside its row. */
typedef struct JudgeDetails {
    JudgeTotals totals;
    JudgeVersionList versions;
} JudgeDetails;

static Status find_details(Api *a, const Request *q, const JudgeRow *row, const QueryWindow *window,
                           JudgeDetails *out)
{
    ScoreStats stats = {0};
    Status st = judge_versions(a->domain, row->project_id, row->name, 0, LIST_DEFAULT, q->arena,
                               &out->versions);

    if (!st)
        st = find_stats(a, q, row->name, window, &stats);
    if (!st)
        out->totals = totals_of(&stats, row->name);
    return st;
}

static void write_one(Response *r, const JudgeRow *row, JudgeDetails *details)
{
    JsonWriter w = jw_init(&r->body);

    write_judge(&w, row, &details->totals);
    jw_key(&w, STR("versions"));
    jw_array(&w);
    for (size_t i = 0; i < details->versions.len; i++) {
        details->versions.items[i].judge = row->name;
        write_version(&w, &details->versions.items[i], false);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

static Status find_judge(Api *a, const Request *q, const QueryWindow *window, JudgeRow *row,
                         JudgeDetails *details)
{
    const Status st = judge_get(a->domain, caller_of(q)->project_id, request_param(q, STR("name")),
                                q->arena, row);

    return st ? st : find_details(a, q, row, window, details);
}

void judges_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    ListParams p;
    JudgeList list = {0};
    ScoreStats stats = {0};
    QueryWindow window;
    JsonWriter w;
    Status st;

    if (!params_list(q, r, &p) || !params_window(a, q, r, &window))
        return;
    st = judge_list(a->domain, caller_of(q)->project_id, p.cursor, p.limit, q->arena, &list);
    if (!st && list.len)
        st = find_stats(a, q, (Str){0}, &window, &stats);
    if (st) {
        failed(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++) {
        const JudgeTotals totals = totals_of(&stats, list.items[i].name);

        write_judge(&w, &list.items[i], &totals);
        jw_object_end(&w);
    }
    list_end(r, &w, list.more ? list.items[list.len - 1].name : (Str){0});
}

void judges_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    JudgeRow row = {0};
    JudgeDetails details = {0};
    QueryWindow window;
    Status st;

    if (!params_window(a, q, r, &window))
        return;
    st = find_judge(a, q, &window, &row, &details);
    if (st)
        failed(r, st, NULL);
    else
        write_one(r, &row, &details);
}

/* What the answer tells is found before: once it is changed, nothing can fail. */
void judges_patch(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    JudgeRow row = {0};
    JudgeDetails details = {0};
    QueryWindow always = QUERY_ALWAYS;
    Status st;

    always.cancel = &a->cancel;
    st = find_judge(a, q, &always, &row, &details);
    if (!st)
        st = judge_patch(a->domain, row.project_id, row.name, q->body, q->arena, &row, &e);
    if (st)
        failed(r, st, &e);
    else
        write_one(r, &row, &details);
}

/* ----------------------------------------------------------------- versions */

void judge_versions_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    ListParams p;
    JudgeVersionList list = {0};
    JsonWriter w;
    Str next = {0};
    int32_t before = 0;
    Status st;

    if (!params_list(q, r, &p))
        return;
    if (p.cursor.len && version_number(p.cursor, &before) != ST_OK) {
        problem(r, 400, "cursor", "cursor: use next_cursor of an earlier answer");
        return;
    }
    st = judge_versions(a->domain, caller_of(q)->project_id, request_param(q, STR("name")), before,
                        p.limit, q->arena, &list);
    if (!st && list.more)
        st = arena_printf(q->arena, &next, "%d", (int)list.items[list.len - 1].number);
    if (st) {
        failed(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++)
        write_version(&w, &list.items[i], false);
    list_end(r, &w, next);
}

void judge_versions_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    JudgeVersionRow row = {0};
    int32_t number;
    JsonWriter w;
    Status st;

    if (version_number(request_param(q, STR("version")), &number) != ST_OK) {
        problem(r, 400, "version", "version: must be a number such as 2 or v2");
        return;
    }
    st = judge_version(a->domain, caller_of(q)->project_id, request_param(q, STR("name")), number,
                       q->arena, &row);
    if (st) {
        failed(r, st, NULL);
        return;
    }
    w = jw_init(&r->body);
    write_version(&w, &row, true);
    reply_json(r, 200, &w);
}

void judge_versions_register(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    JudgeVersionRow row = {0};
    bool created = false;
    JsonWriter w = jw_init(&r->body);
    const Status st =
        judge_register(a->domain, caller_of(q)->project_id, request_param(q, STR("name")), q->body,
                       q->arena, &row, &created, &e);

    if (st) {
        reply_error(r, st, &e);
        return;
    }
    jw_object(&w);
    write_tag(&w, STR("tag"), row.judge, row.number);
    jw_key_str(&w, STR("name"), row.judge);
    jw_key_int(&w, STR("number"), row.number);
    jw_key_bool(&w, STR("created"), created);
    jw_object_end(&w);
    reply_json(r, created ? 201 : 200, &w);
}
