/* SPDX-License-Identifier: Apache-2.0 */
/* See rule.h. */
#include "domain/rule.h"

#include "domain/body.h"
#include "domain/internal.h"
#include "domain/judge.h"
#include "domain/model.h"
#include "os/clock.h"

#include <math.h>

enum { TAG_MAX = 1100 };

Status where_check(Str text, Arena *arena, FieldErr *err)
{
    Query *query;
    Err why = {0};
    const Status st = query_parse(text, arena, &why, &query);

    return st ? field_err_set(err, st == ST_NOMEM ? st : ST_INVALID, "where",
                              "where: %s (at byte %zu)", why.msg, why.pos)
              : ST_OK;
}

Status judge_tag(Domain *d, int64_t project_id, Str judge, Arena *arena, Str *out)
{
    JudgeVersionRow row = {0};
    Str name = judge;
    int32_t number = 0;
    Status st;

    if (tag_split(judge, &name, &number))
        number = 0;
    st = judge_version(d, project_id, name, number, arena, &row);
    return st ? st : tag_join(row.judge, row.number, arena, out);
}

static Status judge_field(Domain *d, int64_t project_id, const Json *body, Arena *arena,
                          RuleRow *row, FieldErr *err)
{
    Str tag = {0};
    bool given = false;
    Status st = body_text(body, "judge", TAG_MAX, &row->judge, &given, err);

    if (st)
        return st;
    if (!row->judge.len)
        return field_err_set(err, ST_INVALID, "judge", "judge: is required: a tag or a name");
    st = given ? judge_tag(d, project_id, row->judge, arena, &tag) : ST_OK;
    return st == ST_NOTFOUND
               ? field_err_set(err, ST_INVALID, "judge", "judge: there is no judge \"%.*s\"",
                               STR_ARG(row->judge))
               : st;
}

static Status sample_field(const Json *body, RuleRow *row, FieldErr *err)
{
    double sample = (double)row->sample_ppm / SAMPLE_ALL_PPM;
    Err why = {0};

    if (json_field_double(body, STR("sample"), JSON_OPTIONAL, &sample, &why))
        return field_err_set(err, ST_INVALID, "sample", "%s", why.msg);
    if (!(sample >= 0 && sample <= 1))
        return field_err_set(err, ST_INVALID, "sample", "sample: must be from 0 to 1");
    row->sample_ppm = (int64_t)llround(sample * SAMPLE_ALL_PPM);
    return ST_OK;
}

static Status subject_field(const Json *body, RuleRow *row, FieldErr *err)
{
    Err why = {0};

    if (json_field_str(body, STR("subject"), JSON_OPTIONAL, &row->subject, &why))
        return field_err_set(err, ST_INVALID, "subject", "%s", why.msg);
    if (!str_eq(row->subject, STR("trace")) && !str_eq(row->subject, STR("span")))
        return field_err_set(err, ST_INVALID, "subject", "subject: must be \"trace\" or \"span\"");
    return ST_OK;
}

static Status read_body(Domain *d, Str text, Arena *arena, RuleRow *row, FieldErr *err)
{
    const Json *body = NULL;
    Err why = {0};
    Status st = body_parse(text, arena, &body, err);

    if (!st)
        st = judge_field(d, row->project_id, body, arena, row, err);
    if (!st)
        st = body_text(body, "where", QUERY_MAX_TEXT, &row->query, NULL, err);
    if (!st)
        st = where_check(row->query, arena, err);
    if (!st)
        st = subject_field(body, row, err);
    if (!st)
        st = sample_field(body, row, err);
    if (!st && json_field_bool(body, STR("enabled"), JSON_OPTIONAL, &row->enabled, &why))
        st = field_err_set(err, ST_INVALID, "enabled", "%s", why.msg);
    return st;
}

Status rule_create(Domain *d, int64_t project_id, Str body, Arena *arena, RuleRow *out,
                   FieldErr *err)
{
    RuleRow row = {.project_id = project_id,
                   .subject = STR("trace"),
                   .sample_ppm = SAMPLE_ALL_PPM,
                   .enabled = true,
                   .created_ns = clock_now_ns()};
    Status st = read_body(d, body, arena, &row, err);

    if (st)
        return st;
    st = catalog_rule_add(d->catalog, &row, &row.id);
    if (st == ST_LIMIT)
        return field_err_set(err, ST_INVALID, "",
                             "a project keeps at most %d rules; delete one first", (int)RULES_MAX);
    if (!st)
        *out = row;
    return st;
}

Status rule_update(Domain *d, int64_t project_id, int64_t id, Str body, Arena *arena, RuleRow *out,
                   FieldErr *err)
{
    RuleRow row = {0};
    Status st = catalog_rule_get(d->catalog, project_id, id, arena, &row);

    if (!st)
        st = read_body(d, body, arena, &row, err);
    if (!st)
        st = catalog_rule_put(d->catalog, &row);
    if (!st)
        *out = row;
    return st;
}

Status rule_list(Domain *d, int64_t project_id, Arena *arena, RuleList *out)
{
    return catalog_rule_list(d->catalog, project_id, arena, out);
}

Status rule_remove(Domain *d, int64_t project_id, int64_t id)
{
    return catalog_rule_remove(d->catalog, project_id, id);
}
