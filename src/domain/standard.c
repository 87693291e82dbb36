/* SPDX-License-Identifier: Apache-2.0 */
/* See standard.h. */
#include "domain/standard.h"

#include "codec/json_read.h"
#include "codec/json_write.h"
#include "domain/direction.h"
#include "domain/internal.h"
#include "domain/project.h"
#include "os/clock.h"

enum { GROUPS_MAX = 100, GROUP_METRICS_MAX = 200, LIST_BYTES = 1 << 20 };

/* ------------------------------------------------------------ checking */

static Status wrong(FieldErr *err, const char *field, const char *fmt, size_t group, size_t metric,
                    const char *why)
{
    return field_err_set(err, ST_INVALID, field, fmt, group, metric, why);
}

static Status check_metric(const Json *item, size_t group, size_t at, FieldErr *err)
{
    const char *const place = "metric_groups[%zu].metrics[%zu]: %s";
    const Json *better = json_get(item, STR("higher_is_better"));
    Str label = {0};
    Str metric = {0};
    Err why = {0};

    if (item->kind != JSON_KIND_OBJECT)
        return wrong(err, "metric_groups", place, group, at, "must be an object");
    if (json_field_str(item, STR("label"), JSON_REQUIRED, &label, &why) ||
        json_field_str(item, STR("metric"), JSON_REQUIRED, &metric, &why))
        return wrong(err, "metric_groups", place, group, at, why.msg);
    if (!metric.len || metric.len > RESULT_MAX_NAME || str_find_char(metric, ',') < metric.len)
        return wrong(err, "metric_groups", place, group, at,
                     "metric must be a name without commas");
    if (better && better->kind != JSON_KIND_BOOL && better->kind != JSON_KIND_NULL)
        return wrong(err, "metric_groups", place, group, at,
                     "higher_is_better must be true, false or null");
    return ST_OK;
}

static Status check_labels(const Json *metrics, size_t group, FieldErr *err)
{
    for (size_t i = 0; i < metrics->as.array.len; i++) {
        const Json *label = json_get(&metrics->as.array.items[i], STR("label"));

        for (size_t k = 0; k < i; k++)
            if (str_eq(label->as.s, json_get(&metrics->as.array.items[k], STR("label"))->as.s))
                return field_err_set(err, ST_INVALID, "metric_groups",
                                     "metric_groups[%zu]: two metrics have the label \"%.*s\"",
                                     group, STR_ARG(utf8_clip(label->as.s, 60)));
    }
    return ST_OK;
}

static Status check_group(const Json *item, size_t at, FieldErr *err)
{
    const Json *metrics = NULL;
    Str name = {0};
    Err why = {0};
    Status st = ST_OK;

    if (item->kind != JSON_KIND_OBJECT ||
        json_field_str(item, STR("name"), JSON_REQUIRED, &name, &why) ||
        json_field_array(item, STR("metrics"), JSON_REQUIRED, &metrics, &why))
        return field_err_set(err, ST_INVALID, "metric_groups", "metric_groups[%zu]: %s", at,
                             why.msg[0] ? why.msg : "must be an object");
    if (metrics->as.array.len > GROUP_METRICS_MAX)
        return field_err_set(err, ST_INVALID, "metric_groups",
                             "metric_groups[%zu]: at most %d metrics", at, (int)GROUP_METRICS_MAX);
    for (size_t i = 0; i < metrics->as.array.len && !st; i++)
        st = check_metric(&metrics->as.array.items[i], at, i, err);
    return st ? st : check_labels(metrics, at, err);
}

static Status check_body(const Json *body, FieldErr *err)
{
    const Json *groups = NULL;
    const Json *strata = NULL;
    Err why = {0};
    Status st = ST_OK;

    if (body->raw.len > STANDARD_MAX_BODY)
        return field_err_set(err, ST_INVALID, "", "a standard has at most %d bytes",
                             (int)STANDARD_MAX_BODY);
    if (json_field_array(body, STR("metric_groups"), JSON_OPTIONAL, &groups, &why))
        return field_err_set(err, ST_INVALID, "metric_groups", "%s", why.msg);
    if (json_field_array(body, STR("strata"), JSON_OPTIONAL, &strata, &why))
        return field_err_set(err, ST_INVALID, "strata", "%s", why.msg);
    if (groups && groups->as.array.len > GROUPS_MAX)
        return field_err_set(err, ST_INVALID, "metric_groups", "metric_groups: at most %d",
                             (int)GROUPS_MAX);
    if (strata && strata->as.array.len > STANDARD_MAX_STRATA)
        return field_err_set(err, ST_INVALID, "strata", "strata: at most %d",
                             (int)STANDARD_MAX_STRATA);
    for (size_t i = 0; groups && i < groups->as.array.len && !st; i++)
        st = check_group(&groups->as.array.items[i], i, err);
    for (size_t i = 0; strata && i < strata->as.array.len && !st; i++)
        if (strata->as.array.items[i].kind != JSON_KIND_STR)
            st = field_err_set(err, ST_INVALID, "strata",
                               "strata[%zu]: must be a text such as metadata.city", i);
    return st;
}

/* ------------------------------------------------------------ keeping */

static Status keep(Domain *d, int64_t project_id, Str name, const Json *body, Arena *arena,
                   StandardRow *out, FieldErr *err)
{
    const StandardRow row = {
        .project_id = project_id, .name = name, .body = body->raw, .updated_ns = clock_now_ns()};
    Status st = name_check(name, "name", err);

    if (!st)
        st = check_body(body, err);
    if (!st)
        st = catalog_standard_put(d->catalog, &row);
    if (st == ST_LIMIT)
        return field_err_set(err, ST_INVALID, "name",
                             "name: a project keeps at most %d standards; delete one first",
                             (int)STANDARDS_MAX);
    return st ? st : standard_get(d, project_id, name, arena, out);
}

Status standard_put(Domain *d, int64_t project_id, Str name, Str body, Arena *arena,
                    StandardRow *out, FieldErr *err)
{
    const Json *json = NULL;
    Err why = {0};
    const Status st = json_parse_object(body, arena, &json, &why);

    if (st)
        return field_err_set(err, st, "", "%s", why.msg);
    return keep(d, project_id, name, json, arena, out, err);
}

Status standard_get(Domain *d, int64_t project_id, Str name, Arena *arena, StandardRow *out)
{
    return catalog_standard_get(d->catalog, project_id, name, arena, out);
}

Status standard_list(Domain *d, int64_t project_id, Arena *arena, StandardList *out)
{
    return catalog_standard_list(d->catalog, project_id, arena, out);
}

Status standard_remove(Domain *d, int64_t project_id, Str name)
{
    return catalog_standard_remove(d->catalog, project_id, name);
}

/* ------------------------------------------------------------ copying */

typedef struct Copying {
    Str to;
    bool groups;
    bool strata;
} Copying;

static Status read_copying(Str body, Str from, Arena *arena, Copying *out, FieldErr *err)
{
    const Json *json = NULL;
    Err why = {0};
    Status st = json_parse_object(body, arena, &json, &why);

    *out = (Copying){.groups = true, .strata = true};
    if (!st)
        st = json_field_str(json, STR("to"), JSON_REQUIRED, &out->to, &why);
    if (st)
        return field_err_set(err, st, "to", "%s", why.msg);
    if (json_field_bool(json, STR("metric_groups"), JSON_OPTIONAL, &out->groups, &why))
        return field_err_set(err, ST_INVALID, "metric_groups", "%s", why.msg);
    if (json_field_bool(json, STR("strata"), JSON_OPTIONAL, &out->strata, &why))
        return field_err_set(err, ST_INVALID, "strata", "%s", why.msg);
    if (str_eq(out->to, from))
        return field_err_set(err, ST_INVALID, "to", "to: must be another standard");
    if (!out->groups && !out->strata)
        return field_err_set(err, ST_INVALID, "metric_groups",
                             "nothing is to be copied: metric_groups and strata are both false");
    return ST_OK;
}

static void write_member(JsonWriter *w, const char *key, const Json *of, const char *fallback)
{
    const Json *v = json_get(of, str_from(key));

    jw_key_raw(w, str_from(key), v ? v->raw : str_from(fallback));
}

/* The other standard's body with the chosen members of ours, and our target where it has none. */
static Status mix(const Json *from, const Json *to, const Copying *c, Arena *arena,
                  const Json **out)
{
    Buf text;
    Str copy;
    JsonWriter w;
    Status st;

    buf_init(&text, (size_t)4 * STANDARD_MAX_BODY);
    w = jw_init(&text);
    jw_object(&w);
    write_member(&w, "target", json_get(to, STR("target")) ? to : from, "null");
    write_member(&w, "metric_groups", c->groups ? from : to, "[]");
    write_member(&w, "strata", c->strata ? from : to, "[]");
    jw_object_end(&w);
    st = jw_done(&w);
    if (!st)
        st = arena_copy(arena, buf_str(&text), &copy);
    buf_deinit(&text);
    return st ? st : json_parse_object(copy, arena, out, NULL);
}

Status standard_copy(Domain *d, int64_t project_id, Str name, Str body, Arena *arena,
                     StandardRow *out, FieldErr *err)
{
    StandardRow from;
    StandardRow to = {.body = STR("{}")};
    const Json *ours = NULL;
    const Json *theirs = NULL;
    const Json *mixed = NULL;
    Copying c;
    Status st = standard_get(d, project_id, name, arena, &from);

    if (st)
        return st;
    st = read_copying(body, from.name, arena, &c, err);
    if (st)
        return st;
    st = standard_get(d, project_id, c.to, arena, &to);
    if (st == ST_NOTFOUND)
        st = ST_OK;
    if (!st)
        st = json_parse_object(from.body, arena, &ours, NULL);
    if (!st)
        st = json_parse_object(to.body, arena, &theirs, NULL);
    if (!st)
        st = mix(ours, theirs, &c, arena, &mixed);
    return st ? st : keep(d, project_id, c.to, mixed, arena, out, err);
}

/* ------------------------------------------------------------ plan */

static Status add_name(Buf *list, Str name)
{
    Status st = ST_OK;

    if (names_hold(buf_str(list), name))
        return ST_OK;
    if (list->len)
        st = buf_append_char(list, ',');
    return st ? st : buf_append(list, name);
}

typedef struct Lists {
    Buf metrics, higher, lower, neither;
} Lists;

static Status add_metrics(const Json *metrics, Lists *lists)
{
    Status st = ST_OK;

    for (size_t i = 0; i < metrics->as.array.len && !st; i++) {
        const Json *item = &metrics->as.array.items[i];
        const Json *better = json_get(item, STR("higher_is_better"));
        const Str name = json_get(item, STR("metric"))->as.s;

        st = add_name(&lists->metrics, name);
        if (!st && better)
            st = add_name(better->kind == JSON_KIND_NULL ? &lists->neither
                          : better->as.b                 ? &lists->higher
                                                         : &lists->lower,
                          name);
    }
    return st;
}

static Status read_plan(const Json *body, Arena *arena, Lists *lists, StandardPlan *out)
{
    const Json *groups = json_get(body, STR("metric_groups"));
    const Json *strata = json_get(body, STR("strata"));
    Status st = ST_OK;

    for (size_t i = 0; groups && i < groups->as.array.len && !st; i++)
        st = add_metrics(json_get(&groups->as.array.items[i], STR("metrics")), lists);
    for (size_t i = 0; strata && i < strata->as.array.len && !st; i++)
        out->strata[out->strata_count++] = strata->as.array.items[i].as.s;
    if (!st)
        st = arena_copy(arena, buf_str(&lists->metrics), &out->metrics);
    if (!st)
        st = arena_copy(arena, buf_str(&lists->higher), &out->told.higher);
    if (!st)
        st = arena_copy(arena, buf_str(&lists->lower), &out->told.lower);
    return st ? st : arena_copy(arena, buf_str(&lists->neither), &out->told.neither);
}

Status standard_plan(const StandardRow *row, Arena *arena, StandardPlan *out)
{
    StandardPlan plan = {0};
    const Json *body;
    Lists lists;
    Status st = json_parse_object(row->body, arena, &body, NULL);

    if (st)
        return st;
    buf_init(&lists.metrics, LIST_BYTES);
    buf_init(&lists.higher, LIST_BYTES);
    buf_init(&lists.lower, LIST_BYTES);
    buf_init(&lists.neither, LIST_BYTES);
    st = read_plan(body, arena, &lists, &plan);
    buf_deinit(&lists.metrics);
    buf_deinit(&lists.higher);
    buf_deinit(&lists.lower);
    buf_deinit(&lists.neither);
    if (!st)
        *out = plan;
    return st;
}
