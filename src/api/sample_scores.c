/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of samples: of a dataset, or of a workflow, whose cases share samples. */
#include "api/sample_scores.h"

#include "api/samples.h"
#include "api/workflows.h"
#include "domain/dataset.h"
#include "domain/sample_score.h"

/* The {name} or the {workflow} of the path.  False: the answer is an error already. */
static bool find_space(Api *a, const Request *q, Response *r, SpaceRow *out)
{
    const Str name = request_param(q, STR("name"));
    FieldErr e = {0};
    Status st;

    if (!name.len)
        return find_workflow(a, q, r, out);
    st = dataset_get(a->domain, caller_of(q)->project_id, name, q->arena, out, &e);
    if (st)
        reply_error(r, st, &e);
    return st == ST_OK;
}

/* ------------------------------------------------------------ writing */

static void write_score(JsonWriter *w, const SampleScoreRow *s)
{
    jw_object(w);
    jw_key_int(w, STR("id"), s->id);
    jw_key_str(w, STR("sample"), s->sample_id);
    jw_key_int(w, STR("number"), s->number);
    write_tag(w, STR("model"), s->model, s->model_number);
    jw_key_bool(w, STR("outdated"), s->outdated);
    jw_key_str(w, STR("kind"), s->expectation ? STR("expectation") : STR("feedback"));
    jw_key_str(w, STR("name"), s->name);
    write_tag(w, STR("judge"), s->judge, s->judge_number);
    jw_key_str(w, STR("source"), s->source);
    jw_key_str_or_null(w, STR("by"), s->by);
    write_json(w, STR("value"), s->value, "null");
    if (s->passed == SAID_NOTHING)
        jw_key_null(w, STR("passed"));
    else
        jw_key_bool(w, STR("passed"), s->passed == SAID_PASSED);
    jw_key_str_or_null(w, STR("reason"), s->reason);
    write_json(w, STR("expected"), s->expected, "null");
    jw_key_time(w, STR("created_at"), s->created_ns);
    jw_key_time(w, STR("updated_at"), s->updated_ns);
    jw_object_end(w);
}

void write_score_list(JsonWriter *w, const SampleScores *scores)
{
    jw_array(w);
    for (size_t i = 0; i < scores->len; i++)
        write_score(w, &scores->items[i]);
    jw_array_end(w);
}

void write_sample_scores(JsonWriter *w, const SampleScores *scores)
{
    jw_key(w, STR("scores"));
    write_score_list(w, scores);
}

Status page_scores_init(PageScores *p, const Request *q, size_t limit)
{
    Str wanted = {0};

    *p = (PageScores){0};
    if (!request_query(q, STR("scores"), &wanted) || !str_eq(wanted, STR("true")))
        return ST_OK;
    p->numbers = arena_calloc(q->arena, limit, sizeof *p->numbers);
    p->scores = arena_calloc(q->arena, limit, sizeof *p->scores);
    return p->numbers && p->scores ? ST_OK : ST_NOMEM;
}

void page_scores_note(PageScores *p, int64_t number)
{
    p->numbers[p->len++] = number;
}

Status page_scores_find(Api *a, PageScores *p, int64_t space_id, Arena *arena)
{
    return p->len ? catalog_sample_scores_of(domain_catalog(a->domain), space_id, 0, p->numbers,
                                             p->len, arena, p->scores)
                  : ST_OK;
}

void page_scores_write(JsonWriter *w, PageScores *p, int64_t number)
{
    static const SampleScores none;
    size_t at = p->at;

    if (!p->numbers)
        return;
    while (at < p->len && p->numbers[at] != number)
        at++;
    write_sample_scores(w, at < p->len ? &p->scores[at] : &none);
    p->at = at < p->len ? at + 1 : p->at;
}

/* ------------------------------------------------------------ parameters */

/* A judge by the parameter `judge`, 0 without one, and its version, 0 for any. */
static bool param_judge(Api *a, const Request *q, Response *r, int64_t *id, int32_t *number)
{
    FieldErr e = {0};
    Str judge;
    Status st;

    *id = 0;
    *number = 0;
    if (!request_query(q, STR("judge"), &judge))
        return true;
    st = sample_judge(a->domain, caller_of(q)->project_id, judge, q->arena, id, number, &e);
    if (st)
        reply_error(r, st, &e);
    return st == ST_OK;
}

bool params_scored(Api *a, const Request *q, Response *r, SampleScan *scan)
{
    static const char *const words[] = {[SCORED_ANY] = "any",
                                        [SCORED_NONE] = "none",
                                        [SCORED_PASSED] = "passed",
                                        [SCORED_FAILED] = "failed",
                                        [SCORED_EXPECTATION] = "expectation"};
    Str word;

    scan->scored = SCORED_EITHER;
    if (!request_query(q, STR("scored"), &word))
        return true;
    for (size_t i = SCORED_ANY; i < sizeof words / sizeof *words; i++)
        if (str_eq(word, str_from(words[i])))
            scan->scored = (Scored)i;
    if (scan->scored != SCORED_EITHER)
        return param_judge(a, q, r, &scan->judge_id, &scan->judge_number);
    problem(r, 400, "scored", "scored: must be any, none, passed, failed or expectation");
    return false;
}

/* The sample, model and kind that a list is about. */
static Status read_wish(Api *a, const Request *q, const SpaceRow *space, SampleScoreWish *wish,
                        FieldErr *e)
{
    Str text;
    Status st = ST_OK;

    if (request_query(q, STR("sample"), &text))
        st = sample_number(a->domain, space, text, q->arena, &wish->number, e);
    if (!st && request_query(q, STR("number"), &text) && str_to_i64(text, &wish->number))
        return field_err_set(e, ST_INVALID, "number", "number: must be a whole number");
    if (!st && request_query(q, STR("model"), &text))
        st = sample_model(a->domain, space->project_id, text, q->arena, &wish->version_id, e);
    (void)request_query(q, STR("by"), &wish->by);
    if (!st && request_query(q, STR("kind"), &wish->kind) && !str_eq(wish->kind, STR("feedback")) &&
        !str_eq(wish->kind, STR("expectation")))
        return field_err_set(e, ST_INVALID, "kind", "kind: must be feedback or expectation");
    return st;
}

/* ------------------------------------------------------------ routes */

void sample_scores_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    SampleScoreWish wish = {.version_id = -1};
    SampleScores list = {0};
    FieldErr e = {0};
    Str next = {0};
    SpaceRow space;
    JsonWriter w;
    Status st;

    if (!find_space(a, q, r, &space) || !params_samples(q, r, &wish.limit, &wish.after) ||
        !param_judge(a, q, r, &wish.judge_id, &wish.judge_number))
        return;
    wish.space_id = space.id;
    st = read_wish(a, q, &space, &wish, &e);
    if (!st)
        st = catalog_sample_scores_list(domain_catalog(a->domain), &wish, q->arena, &list);
    if (!st && list.more)
        st = arena_printf(q->arena, &next, "%lld", (long long)list.items[list.len - 1].id);
    if (st) {
        reply_error(r, st, &e);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++)
        write_score(&w, &list.items[i]);
    list_end(r, &w, next);
}

static void write_ids(JsonWriter *w, const SampleScoresResult *result)
{
    jw_key(w, STR("ids"));
    jw_array(w);
    for (size_t i = 0; i < result->len; i++) {
        if (result->ids[i])
            jw_int(w, result->ids[i]);
        else
            jw_null(w);
    }
    jw_array_end(w);
}

void sample_scores_post(void *context, Request *q, Response *r)
{
    Api *a = context;
    SampleScoresResult result = {0};
    FieldErr e = {0};
    SpaceRow space;
    JsonWriter w;
    Status st;

    if (!find_space(a, q, r, &space))
        return;
    st = sample_scores_add(a->domain, &space, q->body, q->arena, &result, &e);
    if (st) {
        reply_error(r, st, &e);
        return;
    }
    w = jw_init(&r->body);
    jw_object(&w);
    write_scores_result(&w, &result.counts);
    write_ids(&w, &result);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

/* What is no number is no score either. */
static int64_t id_of(const Request *q)
{
    int64_t id = 0;

    return str_to_i64(request_param(q, STR("id")), &id) == ST_OK ? id : 0;
}

void sample_scores_delete(void *context, Request *q, Response *r)
{
    Api *a = context;
    SpaceRow space;
    Status st;

    if (!find_space(a, q, r, &space))
        return;
    st = catalog_sample_score_remove(domain_catalog(a->domain), space.id, id_of(q));
    if (st == ST_NOTFOUND)
        problem(r, 404, "id", "there is no such score of a sample");
    else if (st)
        reply_error(r, st, NULL);
    else
        r->status = 204;
}

void sample_scores_apply(void *context, Request *q, Response *r)
{
    Api *a = context;
    CommitOut out = {0};
    FieldErr e = {0};
    SpaceRow space;
    JsonWriter w;
    Status st;

    if (!find_space(a, q, r, &space))
        return;
    st = sample_score_apply(a->domain, &space, id_of(q), q->body, q->arena, &out, &e);
    if (st) {
        reply_error(r, st, &e);
        return;
    }
    w = jw_init(&r->body);
    jw_object(&w);
    jw_key_int(&w, STR("version"), out.version);
    jw_key_int(&w, STR("samples"), out.count);
    write_commit_counts(&w, &out);
    jw_object_end(&w);
    reply_json(r, out.made ? 201 : 200, &w);
}
