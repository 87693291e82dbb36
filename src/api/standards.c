/* SPDX-License-Identifier: Apache-2.0 */
/* Quality standards and what models are worth by them; the leaderboard. */
#include "domain/standard.h"

#include "api/comparison_json.h"
#include "domain/leaderboard.h"
#include "domain/model.h"

/* ------------------------------------------------------------ standards */

static void write_standard(JsonWriter *w, const StandardRow *row)
{
    jw_object(w);
    jw_key_str(w, STR("name"), row->name);
    write_json(w, STR("standard"), row->body, "{}");
    jw_key_time(w, STR("created_at"), row->created_ns);
    jw_key_time(w, STR("updated_at"), row->updated_ns);
    jw_object_end(w);
}

static void answer(Response *r, Status st, const StandardRow *row, const FieldErr *e)
{
    JsonWriter w;

    if (st == ST_NOTFOUND) {
        problem(r, 404, "name", "there is no such standard in this project");
        return;
    }
    if (st) {
        reply_error(r, st, e);
        return;
    }
    w = jw_init(&r->body);
    write_standard(&w, row);
    reply_json(r, 200, &w);
}

void standards_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    StandardList list = {0};
    JsonWriter w;
    const Status st = standard_list(a->domain, caller_of(q)->project_id, q->arena, &list);

    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++)
        write_standard(&w, &list.items[i]);
    list_end(r, &w, (Str){0});
}

void standards_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    StandardRow row = {0};
    const Status st = standard_get(a->domain, caller_of(q)->project_id,
                                   request_param(q, STR("name")), q->arena, &row);

    answer(r, st, &row, NULL);
}

void standards_put(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    StandardRow row = {0};
    const Status st = standard_put(a->domain, caller_of(q)->project_id,
                                   request_param(q, STR("name")), q->body, q->arena, &row, &e);

    answer(r, st, &row, &e);
}

void standards_delete(void *context, Request *q, Response *r)
{
    Api *a = context;
    const Status st =
        standard_remove(a->domain, caller_of(q)->project_id, request_param(q, STR("name")));

    if (st)
        answer(r, st, NULL, NULL);
    else
        r->status = 204;
}

void standards_copy(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    StandardRow row = {0};
    const Status st = standard_copy(a->domain, caller_of(q)->project_id,
                                    request_param(q, STR("name")), q->body, q->arena, &row, &e);

    answer(r, st, &row, &e);
}

/* ------------------------------------------------------------ result */

/* One comparison: of all samples (stratify empty), or by one of the standard's strata. */
static Status write_part(Api *a, Request *q, ComparisonWish *wish, Str stratify, JsonWriter *w,
                         Comparison *c, FieldErr *err)
{
    Status st;

    wish->stratify = stratify;
    st = comparison_make(a->domain, caller_of(q)->project_id, wish, q->arena, c, err);
    if (st)
        return st;
    jw_object(w);
    jw_key_str_or_null(w, STR("stratify"), stratify);
    jw_key_uint(w, STR("tests"), c->tests);
    jw_key(w, STR("items"));
    jw_array(w);
    comparison_write_lines(w, wish, c);
    jw_array_end(w);
    jw_object_end(w);
    return ST_OK;
}

static Status write_result(Api *a, Request *q, Response *r, const StandardRow *row,
                           ComparisonWish *wish, const StandardPlan *plan, FieldErr *err)
{
    JsonWriter w = jw_init(&r->body);
    Comparison c;
    Status st;

    jw_object(&w);
    jw_key(&w, STR("standard"));
    write_standard(&w, row);
    jw_key(&w, STR("results"));
    jw_array(&w);
    st = write_part(a, q, wish, (Str){0}, &w, &c, err);
    for (size_t i = 0; i < plan->strata_count && !st; i++)
        st = write_part(a, q, wish, plan->strata[i], &w, &c, err);
    if (st)
        return st;
    jw_array_end(&w);
    comparison_write_about(&w, wish, &c);
    jw_object_end(&w);
    reply_json(r, 200, &w);
    return ST_OK;
}

void standards_result(void *context, Request *q, Response *r)
{
    Api *a = context;
    int64_t ids[COMPARISON_MAX];
    Str configuration;
    StandardPlan plan;
    StandardRow row;
    ComparisonWish wish;
    FieldErr err = {0};
    Status st = standard_get(a->domain, caller_of(q)->project_id, request_param(q, STR("name")),
                             q->arena, &row);

    if (!st)
        st = standard_plan(&row, q->arena, &plan);
    if (st) {
        answer(r, st, NULL, NULL);
        return;
    }
    if (!comparison_read_wish(q, r, ids, &configuration, &wish))
        return;
    wish.metrics = plan.metrics;
    wish.told = plan.told;
    st = write_result(a, q, r, &row, &wish, &plan, &err);
    if (st) {
        response_reset(r);
        reply_error(r, st, &err);
    }
}

/* ------------------------------------------------------------ leaderboard */

static bool read_board(const Request *q, Response *r, Str *configuration, LeaderboardWish *out)
{
    Str version = {0};
    int32_t number = 0;

    *out = (LeaderboardWish){0};
    (void)request_query(q, STR("workflow"), &out->filter.workflow);
    (void)request_query(q, STR("suite"), &out->filter.suite);
    (void)request_query(q, STR("dataset"), &out->filter.dataset);
    (void)request_query(q, STR("evaluator"), &out->filter.evaluator);
    (void)request_query(q, STR("metrics"), &out->metrics);
    directions_read(q, &out->told);
    if (request_query(q, STR("configuration"), configuration))
        out->configuration = configuration;
    if (!out->filter.suite.len == !out->filter.dataset.len ||
        !out->filter.suite.len != !out->filter.workflow.len) {
        problem(r, 400, "suite", "give workflow and suite, or dataset");
        return false;
    }
    if (request_query(q, STR("version"), &version) && version_number(version, &number) != ST_OK) {
        problem(r, 400, "version", "version: must be a number or vN");
        return false;
    }
    out->filter.version = number;
    return true;
}

static void write_board_row(JsonWriter *w, const Leaderboard *board, const BoardRow *row)
{
    jw_object(w);
    jw_key_uint(w, STR("rank"), row->rank);
    jw_key_int(w, STR("evaluation"), row->evaluation.id);
    evaluation_write_target(w, &row->evaluation);
    jw_key_str(w, STR("evaluator"), row->evaluation.evaluator);
    write_number(w, STR("score"), row->score);
    jw_key(w, STR("metrics"));
    jw_object(w);
    for (size_t i = 0; i < board->metric_count; i++)
        write_number(w, board->metrics[i].name, row->values[i]);
    jw_object_end(w);
    jw_object_end(w);
}

void leaderboard_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    Str configuration;
    Leaderboard board = {0};
    LeaderboardWish wish;
    JsonWriter w;
    Status st;

    if (!read_board(q, r, &configuration, &wish))
        return;
    st = leaderboard_make(a->domain, caller_of(q)->project_id, &wish, q->arena, &board);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < board.len; i++)
        write_board_row(&w, &board, &board.rows[i]);
    jw_array_end(&w);
    jw_key_int(&w, STR("version"), board.version);
    jw_key(&w, STR("metrics"));
    jw_array(&w);
    for (size_t i = 0; i < board.metric_count; i++) {
        jw_object(&w);
        jw_key_str(&w, STR("name"), board.metrics[i].name);
        write_direction(&w, board.metrics[i].direction);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_key_null(&w, STR("next_cursor"));
    jw_object_end(&w);
    reply_json(r, 200, &w);
}
