/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a version, checked field by field, and changing what people may change. */
#include "domain/judge.h"

#include "domain/internal.h"
#include "domain/project.h"
#include "domain/registration.h"
#include "os/clock.h"

enum { BODY_ARENA = 64 << 20, MAX_LANGUAGE = 200 };

/* ------------------------------------------------------------------ version */

static Status kind_field(const Json *body, Str *out, FieldErr *err)
{
    static const char *const kinds[] = {"code", "llm", "person"};
    const Status st = registration_text(body, "kind", MAX_LANGUAGE, out, err);

    if (st)
        return st;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_eq(*out, str_from(kinds[i])))
            return ST_OK;
    return field_err_set(err, ST_INVALID, "kind", "kind: must be code, llm or person");
}

/* Names of what the rubric takes. */
static Status parameters_field(const Json *body, Str *raw, FieldErr *err)
{
    const Json *list = NULL;
    Err e = {0};

    if (json_field_array(body, STR("parameters"), JSON_OPTIONAL, &list, &e))
        return field_err_set(err, ST_INVALID, "parameters", "%s", e.msg);
    if (!list)
        return ST_OK;
    if (list->as.array.len > JUDGE_MAX_PARAMETERS)
        return field_err_set(err, ST_LIMIT, "parameters", "parameters: at most %d",
                             (int)JUDGE_MAX_PARAMETERS);
    for (size_t i = 0; i < list->as.array.len; i++) {
        const Json *name = &list->as.array.items[i];

        if (name->kind != JSON_KIND_STR || !name->as.s.len || name->as.s.len > MAX_LANGUAGE)
            return field_err_set(err, ST_INVALID, "parameters",
                                 "parameters[%zu]: must be the name of a parameter", i);
    }
    *raw = list->raw;
    return ST_OK;
}

static Status json_fields(const Json *body, JudgeVersionRow *row, FieldErr *err)
{
    Status st = parameters_field(body, &row->parameters, err);

    if (!st)
        st = registration_object(body, "definition", JUDGE_MAX_DEFINITION, NULL, &row->definition,
                                 err);
    if (!st)
        st = registration_object(body, "metadata", JUDGE_MAX_METADATA, NULL, &row->metadata, err);
    return st ? st : registration_packages(body, JUDGE_MAX_PACKAGES, &row->packages, err);
}

static Status read_version(Str text, Arena *scratch, JudgeVersionRow *row, FieldErr *err)
{
    const Json *body = NULL;
    Status st = registration_parse(text, JUDGE_MAX_BODY, scratch, &body, err);

    if (!st)
        st = registration_fingerprint(body, scratch, &row->fingerprint, err);
    if (!st)
        st = kind_field(body, &row->kind, err);
    if (!st)
        st = registration_text(body, "description", JUDGE_MAX_TEXT, &row->description, err);
    if (!st)
        st = registration_text(body, "source", JUDGE_MAX_SOURCE, &row->source, err);
    if (!st)
        st = registration_text(body, "language", MAX_LANGUAGE, &row->language, err);
    return st ? st : json_fields(body, row, err);
}

static Status tell_put(Status st, FieldErr *err)
{
    if (st == ST_LIMIT)
        return field_err_set(err, st, "name",
                             "a project has at most %d judges, a judge %d versions",
                             (int)MAX_JUDGES_PER_PROJECT, (int)MAX_VERSIONS_PER_JUDGE);
    return st ? field_err_set(err, st, "", "%s", status_text(st)) : ST_OK;
}

Status judge_register(Domain *d, int64_t project_id, Str name, Str body, Arena *arena,
                      JudgeVersionRow *out, bool *created, FieldErr *err)
{
    JudgeVersionRow row = {.judge = name,
                           .parameters = STR("[]"),
                           .metadata = STR("{}"),
                           .definition = STR("{}"),
                           .packages = STR("{}"),
                           .created_ns = clock_now_ns()};
    Arena scratch;
    Status st = name_check(name, "name", err);

    if (st)
        return st;
    arena_init(&scratch, BODY_ARENA);
    st = read_version(body, &scratch, &row, err);
    if (!st)
        st = tell_put(catalog_judge_put(d->catalog, project_id, &row, arena, created), err);
    arena_deinit(&scratch);
    if (!st)
        *out = (JudgeVersionRow){.judge = row.judge, .number = row.number};
    return st;
}

/* ------------------------------------------------------------------- change */

typedef struct Patch {
    Str name;
    Str description;
    Str metadata;
    JudgeChange change;
} Patch;

static Status read_patch(Str text, Arena *arena, Patch *p, FieldErr *err)
{
    const Json *body = NULL;
    Status st = registration_parse(text, JUDGE_MAX_BODY, arena, &body, err);

    if (!st)
        st = registration_text(body, "name", SIZE_MAX, &p->name, err);
    if (!st && p->name.ptr)
        st = name_check(p->name, "name", err);
    if (!st)
        st = registration_text(body, "description", JUDGE_MAX_TEXT, &p->description, err);
    if (!st)
        st = registration_object(body, "metadata", JUDGE_MAX_METADATA, NULL, &p->metadata, err);
    p->change =
        (JudgeChange){p->name.ptr ? &p->name : NULL, p->description.ptr ? &p->description : NULL,
                      p->metadata.ptr ? &p->metadata : NULL};
    return st;
}

static Status tell_change(Status st, FieldErr *err)
{
    if (st == ST_EXISTS)
        return field_err_set(err, st, "name", "another judge has that name");
    if (st == ST_LIMIT)
        return field_err_set(err, st, "name", "a judge keeps at most %d former names",
                             (int)MAX_FORMER_JUDGE_NAMES);
    return st;
}

Status judge_patch(Domain *d, int64_t project_id, Str name, Str body, Arena *arena, JudgeRow *out,
                   FieldErr *err)
{
    Patch patch = {0};
    JudgeRow row;
    Status st = catalog_judge_get(d->catalog, project_id, name, arena, &row);

    if (!st)
        st = read_patch(body, arena, &patch, err);
    if (!st)
        st = tell_change(catalog_judge_update(d->catalog, row.id, &patch.change, arena, out), err);
    return st;
}

/* --------------------------------------------------------------------- read */

Status judge_get(Domain *d, int64_t project_id, Str name, Arena *arena, JudgeRow *out)
{
    return catalog_judge_get(d->catalog, project_id, name, arena, out);
}

Status judge_list(Domain *d, int64_t project_id, Str after, size_t limit, Arena *arena,
                  JudgeList *out)
{
    return catalog_judge_list(d->catalog, project_id, after, limit, arena, out);
}

Status judge_versions(Domain *d, int64_t project_id, Str name, int32_t before, size_t limit,
                      Arena *arena, JudgeVersionList *out)
{
    JudgeRow row;
    const Status st = catalog_judge_get(d->catalog, project_id, name, arena, &row);

    return st ? st : catalog_judge_version_list(d->catalog, row.id, before, limit, arena, out);
}

Status judge_version(Domain *d, int64_t project_id, Str name, int32_t number, Arena *arena,
                     JudgeVersionRow *out)
{
    JudgeRow row;
    const Status st = catalog_judge_get(d->catalog, project_id, name, arena, &row);

    return st ? st : catalog_judge_version_get(d->catalog, row.id, number, arena, out);
}

Status judge_aliases(Domain *d, int64_t project_id, Arena *arena, ModelAliases *out)
{
    return catalog_judge_aliases(d->catalog, project_id, JUDGE_MAX_ALIASES, arena, out);
}
