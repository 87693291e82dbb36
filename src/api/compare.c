/* SPDX-License-Identifier: Apache-2.0 */
/* GET /compare: which values distinguish one selection of traces from another. */
#include "query/compare.h"

#include "api/known.h"
#include "api/reply.h"
#include "base/timetext.h"
#include "query/field_list.h"

#include <math.h>

enum { LIMIT_DEFAULT = 50 };

static bool take_time(const Request *q, Response *r, const char *name, int64_t *out)
{
    Str text;

    if (!request_query(q, str_from(name), &text) || !text.len || time_from_text(text, out) == ST_OK)
        return true;
    problem(r, 400, name, "%s: must be an RFC 3339 time or nanoseconds since 1970", name);
    return false;
}

/* The second selection: what is not said is as in the first, but for the query. */
static bool take_second(Api *a, const Request *q, Response *r, const Selection *first,
                        Selection *out)
{
    Str text = {0};
    Err err = {0};
    Query *query;
    Status st;

    out->window = first->window;
    if (!take_time(q, r, "from_b", &out->window.from_ns) ||
        !take_time(q, r, "to_b", &out->window.to_ns))
        return false;
    if (out->window.from_ns > out->window.to_ns) {
        problem(r, 400, "from_b", "from_b: must not be after to_b");
        return false;
    }
    (void)request_query(q, STR("query_b"), &text);
    st = query_for_project(a, caller_of(q)->project_id, text, q->arena, &err, &query);
    if (st && err.msg[0])
        problem_at(r, 400, "query_b", err.pos, "query_b: %s", err.msg);
    else if (st)
        reply_error(r, st, NULL);
    else
        out->query = query;
    return st == ST_OK;
}

static bool take_keys(const Request *q, Response *r, FacetWish *out)
{
    Str text = {0};
    Err err = {0};

    *out = (FacetWish){.top = COMPARE_VALUES};
    (void)request_query(q, STR("keys"), &text);
    if (field_list_parse(text, FACET_MAX_FIELDS, q->arena, &err, out->fields, &out->len) == ST_OK)
        return true;
    problem(r, 400, "keys", "keys: %s", err.msg[0] ? err.msg : "out of memory");
    return false;
}

static void write_double(JsonWriter *w, Str key, double v)
{
    if (isfinite(v))
        jw_key_double(w, key, v);
    else
        jw_key_null(w, key);
}

static void write_latency(JsonWriter *w, Str key, double ns)
{
    if (isfinite(ns))
        jw_key_int(w, key, (int64_t)ns);
    else
        jw_key_null(w, key);
}

static void write_side(JsonWriter *w, Str key, const SideStats *s)
{
    jw_key(w, key);
    jw_object(w);
    jw_key_uint(w, STR("traces"), s->traces);
    write_double(w, STR("error_rate"), s->error_rate);
    write_latency(w, STR("latency_p50_ns"), s->p50_ns);
    write_latency(w, STR("latency_p95_ns"), s->p95_ns);
    jw_object_end(w);
}

static void write_comparison(Response *r, const Comparison *c)
{
    JsonWriter w = jw_init(&r->body);

    jw_object(&w);
    write_side(&w, STR("a"), &c->a);
    write_side(&w, STR("b"), &c->b);
    jw_key(&w, STR("items"));
    jw_array(&w);
    for (size_t i = 0; i < c->len; i++) {
        const Difference *d = &c->items[i];

        jw_object(&w);
        jw_key_str(&w, STR("field"), d->field);
        jw_key_str(&w, STR("value"), d->value);
        jw_key_uint(&w, STR("a"), d->a);
        jw_key_uint(&w, STR("b"), d->b);
        jw_key_double(&w, STR("share_a"), d->share_a);
        jw_key_double(&w, STR("share_b"), d->share_b);
        write_double(&w, STR("lift"), d->share_b > 0 ? d->share_a / d->share_b : NAN);
        jw_key_double(&w, STR("p_value"), d->p);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

void compare_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    Selection first;
    Selection second;
    FacetWish wish;
    Query *query;
    Snapshot *snap;
    Comparison result;
    size_t limit;
    PartKey key;
    Status st;

    if (!params_count(q, r, STR("limit"), LIMIT_DEFAULT, COMPARE_LIMIT, &limit) ||
        !take_keys(q, r, &wish) || !params_window(a, q, r, &first.window) ||
        !params_query(a, q, r, &query))
        return;
    first.query = query;
    if (!take_second(a, q, r, &first, &second))
        return;
    st = store_snapshot(a->store, caller_of(q)->project_id, &snap);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    if (known_answer(a, q, r, snap, (const Query *const[2]){first.query, second.query}, (Str){0},
                     &key)) {
        snapshot_release(snap);
        return;
    }
    st = query_compare(snap, &first, &second, &wish, limit, a->engine, q->arena, &result);
    if (st)
        reply_query_error(r, query_gave_up(first.query, NULL) ? first.query : second.query, st);
    else {
        write_comparison(r, &result);
        known_keep(a, &key, buf_str(&r->body));
    }
    snapshot_release(snap);
}
