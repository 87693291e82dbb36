/* SPDX-License-Identifier: Apache-2.0 */
/* Test suites: bodies to what the catalogue is to do.  See workflow.h. */
#include "domain/body.h"
#include "domain/internal.h"
#include "domain/workflow.h"
#include "os/clock.h"

static Status explain(Status st, Str name, FieldErr *err)
{
    if (st == ST_NOTFOUND)
        return field_err_set(err, st, "suite", "there is no test suite named %.*s", STR_ARG(name));
    if (st == ST_EXISTS)
        return field_err_set(err, st, "name", "name: there is a test suite named %.*s already",
                             STR_ARG(name));
    if (st == ST_LIMIT)
        return field_err_set(
            err, ST_INVALID, "name",
            "name: a workflow keeps at most %d test suites and a suite %d versions",
            (int)SUITES_MAX, (int)SUITE_VERSIONS_MAX);
    return st;
}

Status suite_get(Domain *d, int64_t workflow_id, Str name, Arena *arena, SuiteRow *out,
                 FieldErr *err)
{
    return explain(catalog_suite_get(d->catalog, workflow_id, name, arena, out), name, err);
}

Status suite_remove(Domain *d, const SuiteRow *row, FieldErr *err)
{
    return explain(catalog_suite_remove(d->catalog, row->id), row->name, err);
}

/* "version" left out: the newest. */
static Status read_case(Domain *d, int64_t workflow_id, const Json *item, size_t at, Arena *arena,
                        SuiteCaseRef *out, FieldErr *err)
{
    SuiteCaseRef ref = {.version = -1};
    SampleListRow row = {0};
    Err why = {0};
    Status st = ST_OK;

    if (item->kind != JSON_KIND_OBJECT)
        return field_err_set(err, ST_INVALID, "cases", "cases[%zu]: must be an object", at);
    if (json_field_str(item, STR("name"), JSON_REQUIRED, &ref.name, &why) ||
        json_field_int(item, STR("version"), JSON_OPTIONAL, &ref.version, &why))
        return field_err_set(err, ST_INVALID, "cases", "cases[%zu].%s", at, why.msg);
    if (ref.version < 0) {
        st = catalog_case_get(d->catalog, workflow_id, ref.name, arena, &row);
        ref.version = row.version;
    }
    if (st == ST_NOTFOUND)
        return field_err_set(err, ST_INVALID, "cases",
                             "cases[%zu].name: there is no test case %.*s", at, STR_ARG(ref.name));
    if (!st)
        *out = ref;
    return st;
}

static Status check_names_differ(const SuiteCaseRef *refs, size_t len, FieldErr *err)
{
    Map seen;
    Status st = ST_OK;

    map_init(&seen, SUITE_CASES_MAX);
    for (size_t i = 0; i < len && !st; i++) {
        uint64_t *at = NULL;
        bool added = false;

        st = map_entry(&seen, refs[i].name, i, &at, &added);
        if (!st && !added)
            st = field_err_set(err, ST_INVALID, "cases", "cases[%zu].name: %.*s stands there twice",
                               i, STR_ARG(refs[i].name));
    }
    map_deinit(&seen);
    return st;
}

static Status read_cases(Domain *d, const Json *body, Arena *arena, SuiteIn *in, FieldErr *err)
{
    const Json *list = NULL;
    SuiteCaseRef *refs;
    Err why = {0};
    Status st = ST_OK;

    if (json_field_array(body, STR("cases"), JSON_OPTIONAL, &list, &why))
        return field_err_set(err, ST_INVALID, "cases", "%s", why.msg);
    if (!list)
        return ST_OK;
    if (list->as.array.len > SUITE_CASES_MAX)
        return field_err_set(err, ST_INVALID, "cases", "cases: a suite holds at most %d",
                             (int)SUITE_CASES_MAX);
    refs = arena_calloc(arena, list->as.array.len + 1, sizeof *refs);
    if (!refs)
        return ST_NOMEM;
    for (size_t i = 0; i < list->as.array.len && !st; i++)
        st = read_case(d, in->space_id, &list->as.array.items[i], i, arena, &refs[i], err);
    if (!st)
        st = check_names_differ(refs, list->as.array.len, err);
    in->cases = refs;
    in->case_count = list->as.array.len;
    return st;
}

typedef struct Texts {
    Str description, tags;
    bool has_description, has_tags;
} Texts;

static Status read_body(Domain *d, const Json *body, Arena *arena, SuiteIn *in, Texts *texts,
                        FieldErr *err)
{
    Status st = body_count(body, "base_version", 0, &in->base_version, err);

    if (!st)
        st = body_text(body, "description", DESCRIPTION_MAX, &texts->description,
                       &texts->has_description, err);
    if (!st)
        st = body_names(body, "tags", TAGS_MAX, true, arena, &texts->tags, &texts->has_tags, err);
    if (!st)
        st = body_text(body, "message", MESSAGE_MAX, &in->message, NULL, err);
    if (!st)
        st = body_text(body, "by", MESSAGE_MAX, &in->author, NULL, err);
    if (st)
        return st;
    in->description = texts->has_description ? &texts->description : NULL;
    in->tags = texts->has_tags ? &texts->tags : NULL;
    return read_cases(d, body, arena, in, err);
}

static Status commit(Domain *d, const SuiteIn *in, Arena *arena, SuiteRow *out, bool *made,
                     FieldErr *err)
{
    SuiteRow row = {0};
    size_t at = 0;
    const Status st = catalog_suite_commit(d->catalog, in, arena, &row, made, &at);

    if (st == ST_INVALID && at == SUITE_STALE)
        return field_err_set(err, ST_EXISTS, "base_version",
                             "base_version: version %lld is the newest; read it and try again",
                             (long long)row.version);
    if (st == ST_INVALID)
        return field_err_set(err, st, "cases",
                             "cases[%zu]: there is no test case %.*s in version %lld", at,
                             STR_ARG(in->cases[at].name), (long long)in->cases[at].version);
    if (!st)
        *out = row;
    return explain(st, in->name, err);
}

Status suite_create(Domain *d, int64_t workflow_id, Str body, Arena *arena, SuiteRow *out,
                    FieldErr *err)
{
    SuiteIn in = {
        .space_id = workflow_id, .base_version = -1, .create = true, .now_ns = clock_now_ns()};
    Texts texts = {0};
    const Json *json = NULL;
    bool made;
    Status st = body_parse(body, arena, &json, err);

    if (!st)
        st = body_name(json, "name", JSON_REQUIRED, &in.name, err);
    if (!st)
        st = read_body(d, json, arena, &in, &texts, err);
    return st ? st : commit(d, &in, arena, out, &made, err);
}

Status suite_commit(Domain *d, int64_t workflow_id, Str name, Str body, Arena *arena, SuiteRow *out,
                    bool *made, FieldErr *err)
{
    SuiteIn in = {
        .space_id = workflow_id, .name = name, .base_version = -1, .now_ns = clock_now_ns()};
    Texts texts = {0};
    const Json *json = NULL;
    Status st = body_parse(body, arena, &json, err);

    if (!st)
        st = read_body(d, json, arena, &in, &texts, err);
    return st ? st : commit(d, &in, arena, out, made, err);
}
