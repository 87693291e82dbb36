/* SPDX-License-Identifier: Apache-2.0 */
/* GET /aggregate: any measures by any keys over time. */
#include "query/aggregate.h"

#include "api/known.h"
#include "api/reply.h"
#include "base/timetext.h"
#include "domain/model.h"
#include "query/buckets.h"

#include <math.h>

enum { TOP_DEFAULT = 10, MAX_KEPT_BYTES = 4 << 20 };

/* ------------------------------------------------------------- parameters */

static bool bad(Response *r, const char *field, const Err *e)
{
    problem(r, e->code == ST_NOMEM ? 503 : 400, field, "%s: %s", field,
            e->msg[0] ? e->msg : status_text(e->code));
    return false;
}

typedef Status PlanPart(AggregatePlan *p, Str text, Arena *arena, Err *err);

static bool take_part(const Request *q, Response *r, const char *name, PlanPart *parse,
                      AggregatePlan *p)
{
    Str text;
    Err err = {0};

    if (!request_query(q, str_from(name), &text) || !text.len)
        return true;
    err.code = parse(p, text, q->arena, &err);
    return err.code == ST_OK || bad(r, name, &err);
}

static bool take_of(const Request *q, Response *r, AggregatePlan *p)
{
    Str text;

    if (!request_query(q, STR("of"), &text) || str_eq(text, STR("spans")))
        return true;
    p->of_traces = str_eq(text, STR("traces"));
    if (!p->of_traces)
        problem(r, 400, "of", "of: must be spans or traces");
    return p->of_traces;
}

static bool take_step(const Request *q, Response *r, AggregatePlan *p)
{
    Str text;

    if (!request_query(q, STR("step"), &text) || !text.len)
        return true;
    if ((str_to_i64(text, &p->step_ns) == ST_OK ||
         duration_from_text(text, &p->step_ns) == ST_OK) &&
        p->step_ns > 0)
        return true;
    problem(r, 400, "step", "step: must be nanoseconds or a duration such as 30s, 5m, 1h, 1d");
    return false;
}

static bool take_plan(const Request *q, Response *r, AggregatePlan *p)
{
    Str text;
    Err err = {0};

    *p = (AggregatePlan){.top = TOP_DEFAULT};
    if (aggregate_measures(p, STR("count"), q->arena, &err) != ST_OK)
        return bad(r, "measure", &err);
    if (!take_of(q, r, p) || !take_part(q, r, "measure", aggregate_measures, p) ||
        !take_part(q, r, "by", aggregate_keys, p) ||
        !take_part(q, r, "order", aggregate_order, p) ||
        !params_count(q, r, STR("top"), TOP_DEFAULT, AGGREGATE_MAX_TOP, &p->top) ||
        !take_step(q, r, p))
        return false;
    if (request_query(q, STR("buckets"), &text) && str_eq(text, STR("0")))
        return true;
    return params_count(q, r, STR("buckets"), 0, MAX_BUCKETS, &p->buckets);
}

/* ----------------------------------------------------------------- answer */

/* Whole numbers without a point; no data is null. */
static void write_number(JsonWriter *w, double v)
{
    if (!isfinite(v))
        jw_null(w);
    else if (v == floor(v) && fabs(v) < 0x1p53)
        jw_int(w, (int64_t)v);
    else
        jw_double(w, v);
}

static void write_numbers(JsonWriter *w, const double *values, size_t count)
{
    jw_array(w);
    for (size_t i = 0; i < count; i++)
        write_number(w, values[i]);
    jw_array_end(w);
}

static void write_key(JsonWriter *w, const Value *key, size_t count)
{
    jw_array(w);
    for (size_t i = 0; i < count; i++) {
        if (key[i].kind == VALUE_NONE)
            jw_null(w);
        else if (key[i].kind == VALUE_BOOL)
            jw_bool(w, key[i].as.b);
        else if (key[i].kind == VALUE_INT)
            jw_int(w, key[i].as.i);
        else if (key[i].kind == VALUE_DOUBLE)
            jw_double(w, key[i].as.d);
        else
            jw_str(w, key[i].as.s);
    }
    jw_array_end(w);
}

/* Members of a group or of the others. */
static void write_values(JsonWriter *w, const AggregatePlan *p, const Aggregate *a,
                         const AggregateGroup *g)
{
    jw_key(w, STR("values"));
    write_numbers(w, g->values, p->measure_count);
    if (!g->series)
        return;
    jw_key(w, STR("series"));
    jw_array(w);
    for (size_t m = 0; m < p->measure_count; m++)
        write_numbers(w, g->series + m * a->bucket_count, a->bucket_count);
    jw_array_end(w);
}

static void write_head(JsonWriter *w, const AggregatePlan *p, const Aggregate *a)
{
    jw_key_str(w, STR("of"), p->of_traces ? STR("traces") : STR("spans"));
    jw_key_time(w, STR("from"), a->from_ns);
    jw_key_time(w, STR("to"), a->to_ns);
    if (a->step_ns)
        jw_key_int(w, STR("step_ns"), a->step_ns);
    else
        jw_key_null(w, STR("step_ns"));
    jw_key(w, STR("measures"));
    jw_array(w);
    for (size_t i = 0; i < p->measure_count; i++)
        jw_str(w, p->measures[i].text);
    jw_array_end(w);
    jw_key(w, STR("by"));
    jw_array(w);
    for (size_t i = 0; i < p->key_count; i++)
        jw_str(w, p->keys[i].name);
    jw_array_end(w);
    jw_key(w, STR("total"));
    jw_object(w);
    jw_key(w, STR("values"));
    write_numbers(w, a->total, p->measure_count);
    jw_object_end(w);
}

static void write_groups(JsonWriter *w, const AggregatePlan *p, const Aggregate *a)
{
    jw_key(w, STR("groups"));
    jw_array(w);
    for (size_t i = 0; i < a->group_count; i++) {
        jw_object(w);
        jw_key(w, STR("key"));
        write_key(w, a->groups[i].key, p->key_count);
        write_values(w, p, a, &a->groups[i]);
        jw_object_end(w);
    }
    jw_array_end(w);
    if (!a->other.values) {
        jw_key_null(w, STR("other"));
        return;
    }
    jw_key(w, STR("other"));
    jw_object(w);
    jw_key_uint(w, STR("groups"), a->other_groups);
    write_values(w, p, a, &a->other);
    jw_object_end(w);
}

static void write_aggregate(Response *r, const AggregatePlan *p, const Aggregate *a)
{
    JsonWriter w = jw_init(&r->body);

    jw_object(&w);
    write_head(&w, p, a);
    write_groups(&w, p, a);
    if (a->bucket_count) {
        jw_key(&w, STR("times"));
        jw_array(&w);
        for (size_t i = 0; i < a->bucket_count; i++)
            jw_time(&w, a->first_ns + (int64_t)i * a->step_ns);
        jw_array_end(&w);
    }
    jw_key_uint(&w, STR("rows"), a->rows);
    jw_key_uint(&w, STR("scanned"), a->scanned);
    jw_key_double(&w, STR("error_bound"), AGGREGATE_ERROR);
    jw_key_bool(&w, STR("groups_limited"), a->groups_limited);
    jw_key_bool(&w, STR("cached"), a->cached);
    jw_key_bool(&w, STR("approximate"), a->approximate);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

/* The same answer, which says that it was kept. */
static void keep_aggregate(Api *a, const AggregatePlan *p, Aggregate *result, const PartKey *key)
{
    Response kept = {0};

    buf_init(&kept.body, MAX_KEPT_BYTES);
    result->cached = true;
    write_aggregate(&kept, p, result);
    if (kept.status == 200)
        known_keep(a, key, buf_str(&kept.body));
    buf_deinit(&kept.body);
}

void aggregate_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    AggregatePlan plan;
    ModelAliases aliases = {0};
    QueryWindow window;
    Query *query;
    Snapshot *snap;
    Aggregate result;
    PartKey key;
    Str identity = {0};
    Err err = {0};
    Status st;

    if (!take_plan(q, r, &plan) || !params_window(a, q, r, &window) ||
        !params_query(a, q, r, &query))
        return;
    plan.aliases = &aliases;
    st = model_aliases(a->domain, caller_of(q)->project_id, q->arena, &aliases);
    if (!st)
        st = aggregate_identity(&plan, q->arena, &identity);
    if (!st)
        st = store_snapshot(a->store, caller_of(q)->project_id, &snap);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    if (known_answer(a, q, r, snap, (const Query *const[2]){query}, identity, &key)) {
        snapshot_release(snap);
        return;
    }
    st = query_aggregate(snap, query, &window, &plan, a->engine, q->arena, &err, &result);
    if (st == ST_LIMIT && err.msg[0])
        (void)bad(r, plan.step_ns ? "step" : "top", &err);
    else if (st == ST_INVALID && err.msg[0])
        (void)bad(r, "measure", &err);
    else if (st)
        reply_query_error(r, query, st);
    else {
        write_aggregate(r, &plan, &result);
        keep_aggregate(a, &plan, &result, &key);
    }
    snapshot_release(snap);
}
