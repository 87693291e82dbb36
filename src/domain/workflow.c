/* SPDX-License-Identifier: Apache-2.0 */
/* Workflows and their cases; suites are in suite.c.  See workflow.h. */
#include "domain/workflow.h"

#include "base/vec.h"
#include "domain/body.h"
#include "domain/internal.h"
#include "os/clock.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------ workflows */

static Status explain(Status st, Str name, FieldErr *err)
{
    if (st == ST_NOTFOUND)
        return field_err_set(err, st, "workflow", "there is no workflow named %.*s", STR_ARG(name));
    if (st == ST_LIMIT)
        return field_err_set(err, ST_INVALID, "name", "name: a project keeps at most %d workflows",
                             (int)SPACES_MAX);
    return st;
}

static Status read_workflow(const Json *body, Arena *arena, SpaceRow *row, const Json **schema,
                            FieldErr *err)
{
    Err why = {0};
    Status st = body_name(body, "name", JSON_REQUIRED, &row->name, err);

    if (!st)
        st = body_text(body, "description", DESCRIPTION_MAX, &row->description, NULL, err);
    if (!st)
        st = body_object(body, "metadata", &row->metadata, NULL, err);
    if (!st)
        st = body_names(body, "tags", TAGS_MAX, true, arena, &row->tags, NULL, err);
    if (st)
        return st;
    if (json_field_object(body, STR("schema"), JSON_OPTIONAL, schema, &why))
        return field_err_set(err, ST_INVALID, "schema", "%s", why.msg);
    if (*schema && (*schema)->raw.len > SCHEMA_MAX)
        return field_err_set(err, ST_INVALID, "schema", "schema: at most %d bytes, not %zu",
                             (int)SCHEMA_MAX, (*schema)->raw.len);
    return ST_OK;
}

static Status put_schema(Domain *d, SpaceRow *workflow, const Json *schema, FieldErr *err)
{
    char hash[SAMPLE_HASH_CHARS];
    int64_t version = 0;
    bool created = false;
    Status st;

    if (!schema)
        return ST_OK;
    st = json_hash(schema, hash);
    if (!st)
        st = catalog_schema_put(d->catalog, workflow->id, (Str){hash, sizeof hash}, schema->raw,
                                clock_now_ns(), &version, &created);
    if (st == ST_LIMIT)
        return field_err_set(err, ST_INVALID, "schema", "schema: a workflow keeps at most %d",
                             (int)SCHEMAS_MAX);
    if (!st && created)
        workflow->version = version;
    return st;
}

Status workflow_put(Domain *d, int64_t project_id, Str body, Arena *arena, SpaceRow *out,
                    bool *created, FieldErr *err)
{
    SpaceRow row = {.project_id = project_id, .created_ns = clock_now_ns()};
    SpaceRow there = {0};
    const Json *json = NULL;
    const Json *schema = NULL;
    Status st = body_parse(body, arena, &json, err);

    if (!st)
        st = read_workflow(json, arena, &row, &schema, err);
    if (!st)
        st = explain(catalog_space_put(d->catalog, SPACE_WORKFLOW, &row, arena, &there, created),
                     row.name, err);
    if (!st)
        st = put_schema(d, &there, schema, err);
    if (!st)
        *out = there;
    return st;
}

Status workflow_get(Domain *d, int64_t project_id, Str name, Arena *arena, SpaceRow *out,
                    FieldErr *err)
{
    return explain(catalog_space_get(d->catalog, SPACE_WORKFLOW, project_id, name, arena, out),
                   name, err);
}

Status workflow_list(Domain *d, int64_t project_id, Str after, size_t limit, Arena *arena,
                     SpaceList *out)
{
    return catalog_space_list(d->catalog, SPACE_WORKFLOW, project_id, after, limit, arena, out);
}

Status workflow_schema(Domain *d, int64_t workflow_id, int64_t version, Arena *arena,
                       SchemaRow *out)
{
    return catalog_schema_get(d->catalog, workflow_id, version, arena, out);
}

/* ------------------------------------------------------------ cases */

static Status explain_case(Status st, Str name, FieldErr *err)
{
    if (st == ST_NOTFOUND)
        return field_err_set(err, st, "case", "there is no test case named %.*s", STR_ARG(name));
    if (st == ST_EXISTS)
        return field_err_set(err, st, "name", "name: there is a test case named %.*s already",
                             STR_ARG(name));
    if (st == ST_LIMIT)
        return field_err_set(err, ST_INVALID, "name",
                             "name: a workflow keeps at most %d test cases", (int)CASES_MAX);
    return st;
}

Status case_get(Domain *d, int64_t workflow_id, Str name, Arena *arena, SampleListRow *out,
                FieldErr *err)
{
    return explain_case(catalog_case_get(d->catalog, workflow_id, name, arena, out), name, err);
}

Status case_remove(Domain *d, const SampleListRow *row, FieldErr *err)
{
    const Status st = catalog_case_remove(d->catalog, row->id);

    if (st == ST_BUSY)
        return field_err_set(err, ST_EXISTS, "case",
                             "case: a version of a test suite holds it; delete that suite first");
    return explain_case(st, row->name, err);
}

static CommitIn case_commit_in(const NetEdits *net, bool reset)
{
    return (CommitIn){.base_version = -1,
                      .replace = reset,
                      .ordered = true,
                      .shared_metadata = true,
                      .puts = net->puts.items,
                      .put_count = net->puts.len,
                      .removes = net->removes,
                      .remove_count = reset ? 0 : net->remove_count,
                      .now_ns = clock_now_ns()};
}

static Status read_description(const Json *body, Arena *arena, CommitIn *in, FieldErr *err)
{
    Str *text = arena_calloc(arena, 1, sizeof *text);
    bool given = false;
    Status st;

    if (!text)
        return ST_NOMEM;
    st = body_text(body, "description", DESCRIPTION_MAX, text, &given, err);
    if (!st && given)
        in->description = text;
    return st;
}

/* One case of a request to what the catalogue is to do. */
static Status read_case(Str text, bool reset, Arena *arena, CaseIn *out, FieldErr *err)
{
    LargeBody parts = {0};
    NetEdits net = {0};
    Status st = body_split(text, "samples", arena, &parts, err);

    if (!st)
        st = body_name(parts.rest, "name", JSON_REQUIRED, &out->name, err);
    if (!st)
        st = edits_read(parts.large, "samples", true, arena, &net, err);
    if (st)
        return st;
    /* No samples are no wish to empty the case. */
    out->commit = case_commit_in(&net, reset && net.puts.len);
    return read_description(parts.rest, arena, &out->commit, err);
}

Status case_create(Domain *d, int64_t workflow_id, Str body, Arena *arena, SampleListRow *out,
                   FieldErr *err)
{
    const SampleRules rules = {.field = "samples", .workflow = true};
    CaseIn in = {0};
    CaseOut made = {0};
    const SamplePuts none = {0};
    CommitErr why = {0};
    size_t at = 0;
    Status st = read_case(body, false, arena, &in, err);

    if (st)
        return st;
    st = catalog_cases_put(d->catalog, workflow_id, &in, 1, true, arena, &made, &at, &why);
    if (st == ST_INVALID)
        return commit_refused(st, &why, &rules, &none, err);
    if (!st)
        *out = made.row;
    return explain_case(st, in.name, err);
}

typedef VEC_OF(CaseIn) CaseList;

/* Quadratic, of at most BULK_CASES_MAX. */
static Status check_name_is_new(const CaseList *list, Str name, FieldErr *err)
{
    for (size_t i = 0; i < list->len; i++)
        if (str_eq(list->items[i].name, name))
            return field_err_set(err, ST_INVALID, "cases",
                                 "cases[%zu].name: %.*s stands there twice", list->len,
                                 STR_ARG(name));
    return ST_OK;
}

/* What is wrong in one case of many, told with the place of that case. */
static Status wrong_in_case(Status st, size_t at, FieldErr *err)
{
    const FieldErr inner = err ? *err : (FieldErr){0};
    const char *mark = inner.field[0] ? "." : "";
    char name[sizeof inner.field];

    if (!err || st != ST_INVALID)
        return st;
    (void)snprintf(name, sizeof name, "cases[%zu]%s%.40s", at, mark, inner.field);
    return field_err_set(err, st, name, "cases[%zu]%s%s", at, mark[0] ? mark : ": ", inner.err.msg);
}

static Status read_cases(Str array, bool reset, Arena *arena, CaseList *list, FieldErr *err)
{
    JsonScan s = json_scan(array, JSON_READ_DEPTH);
    JsonEvent begin;
    Str raw;
    Status st = ST_OK;

    if (!array.len || !json_scan_next(&s, &begin))
        return field_err_set(err, ST_INVALID, "cases", "cases: is required");
    while (!st && array_next(&s, &raw)) {
        CaseIn in = {0};

        st = raw.ptr[0] == '{' ? read_case(raw, reset, arena, &in, err)
                               : field_err_set(err, ST_INVALID, "", "must be an object");
        st = wrong_in_case(st, list->len, err);
        if (!st)
            st = check_name_is_new(list, in.name, err);
        if (!st)
            st = VEC_PUSH(list, in, (size_t)BULK_CASES_MAX);
    }
    if (st == ST_LIMIT)
        return field_err_set(err, ST_INVALID, "cases", "cases: at most %d in one request",
                             (int)BULK_CASES_MAX);
    return st ? st : s.st;
}

static Status put_cases(Domain *d, int64_t workflow_id, const CaseList *list, Arena *arena,
                        CaseOut **out, FieldErr *err)
{
    const SampleRules rules = {.field = "cases", .workflow = true};
    CaseOut *made = arena_calloc(arena, list->len + 1, sizeof *made);
    const SamplePuts none = {0};
    CommitErr why = {0};
    size_t at = 0;
    Status st;

    if (!made)
        return ST_NOMEM;
    st = catalog_cases_put(d->catalog, workflow_id, list->items, list->len, false, arena, made, &at,
                           &why);
    if (st == ST_INVALID)
        return commit_refused(st, &why, &rules, &none, err);
    if (!st)
        *out = made;
    return explain_case(st, list->items[at].name, err);
}

Status case_bulk(Domain *d, int64_t workflow_id, Str body, Arena *arena, CaseOut **out,
                 size_t *count, FieldErr *err)
{
    LargeBody parts = {0};
    CaseList list = {0};
    bool reset = false;
    Err why = {0};
    Status st = body_split(body, "cases", arena, &parts, err);

    if (!st && json_field_bool(parts.rest, STR("reset"), JSON_OPTIONAL, &reset, &why))
        st = field_err_set(err, ST_INVALID, "reset", "%s", why.msg);
    if (!st)
        st = read_cases(parts.large, reset, arena, &list, err);
    if (!st && list.len)
        st = put_cases(d, workflow_id, &list, arena, out, err);
    if (!st)
        *count = list.len;
    VEC_FREE(&list);
    return st;
}

Status case_commit(Domain *d, const SampleListRow *row, Str body, Arena *arena, CommitOut *out,
                   FieldErr *err)
{
    const SampleRules rules = {.field = "edits", .workflow = true};
    LargeBody parts = {0};
    NetEdits net = {0};
    CommitIn in = {0};
    CommitErr refused = {0};
    bool reset = false;
    Err why = {0};
    Status st = body_split(body, "edits", arena, &parts, err);

    if (!st && json_field_bool(parts.rest, STR("reset"), JSON_OPTIONAL, &reset, &why))
        st = field_err_set(err, ST_INVALID, "reset", "%s", why.msg);
    if (!st)
        st = edits_read(parts.large, "edits", false, arena, &net, err);
    if (st)
        return st;
    in = case_commit_in(&net, reset);
    in.list_id = row->id;
    st = read_description(parts.rest, arena, &in, err);
    if (!st)
        st = body_count(parts.rest, "base_version", 0, &in.base_version, err);
    if (!st)
        st = body_text(parts.rest, "message", MESSAGE_MAX, &in.message, NULL, err);
    if (!st)
        st = body_text(parts.rest, "by", MESSAGE_MAX, &in.author, NULL, err);
    if (st)
        return st;
    st = catalog_samples_commit(d->catalog, &in, out, &refused);
    return commit_refused(st, &refused, &rules, &net.puts, err);
}
