/* SPDX-License-Identifier: Apache-2.0 */
/* Registering a version: the body of docs/api.md, checked field by field.
 *
 * JSON parts (git, packages, dependencies, metadata) are checked here and then kept as
 * they stand in the body, so that they come back as they were sent.  Members that are not
 * known are ignored: an older server takes what a newer client sends. */
#include "domain/internal.h"
#include "domain/model.h"
#include "domain/project.h"
#include "domain/registration.h"
#include "os/clock.h"

#include <stdio.h>

enum { BODY_ARENA = 64 << 20, MAX_DEPENDENCIES = 2000, MAX_KIND = 32, MAX_LANGUAGE = 200 };

/* ------------------------------------------------------------ fields */

static Status git_field(const Json *body, Str *raw, FieldErr *err)
{
    const Json *git = NULL;
    Str text = {0};
    bool dirty = false;
    Err e = {0};
    const Status st = registration_object(body, "git", MODEL_MAX_TEXT, &git, raw, err);

    if (st || !git)
        return st;
    if (json_field_str(git, STR("commit"), JSON_OPTIONAL, &text, &e) ||
        json_field_str(git, STR("branch"), JSON_OPTIONAL, &text, &e) ||
        json_field_bool(git, STR("dirty"), JSON_OPTIONAL, &dirty, &e))
        return field_err_set(err, ST_INVALID, "git", "git.%s", e.msg);
    return ST_OK;
}

static Status check_dependency(const Json *item, size_t at, FieldErr *err)
{
    Str name = {0};
    Str kind = {0};
    Str source = {0};
    Err e = {0};

    if (item->kind != JSON_KIND_OBJECT)
        return field_err_set(err, ST_INVALID, "dependencies",
                             "dependencies[%zu]: must be an object", at);
    if (json_field_str(item, STR("name"), JSON_REQUIRED, &name, &e) ||
        json_field_str(item, STR("kind"), JSON_REQUIRED, &kind, &e) ||
        json_field_str(item, STR("source"), JSON_OPTIONAL, &source, &e))
        return field_err_set(err, ST_INVALID, "dependencies", "dependencies[%zu].%s", at, e.msg);
    if (!kind.len || kind.len > MAX_KIND)
        return field_err_set(err, ST_INVALID, "dependencies",
                             "dependencies[%zu].kind: must be a word such as function", at);
    return ST_OK;
}

static Status dependencies_field(const Json *body, Str *raw, FieldErr *err)
{
    const Json *list = NULL;
    Err e = {0};
    Status st = ST_OK;

    if (json_field_array(body, STR("dependencies"), JSON_OPTIONAL, &list, &e))
        return field_err_set(err, ST_INVALID, "dependencies", "%s", e.msg);
    if (!list)
        return ST_OK;
    if (list->raw.len > MODEL_MAX_DEPENDENCIES)
        return field_err_set(err, ST_LIMIT, "dependencies",
                             "dependencies may have at most %d bytes", (int)MODEL_MAX_DEPENDENCIES);
    if (list->as.array.len > MAX_DEPENDENCIES)
        return field_err_set(err, ST_LIMIT, "dependencies", "at most %d dependencies are kept",
                             (int)MAX_DEPENDENCIES);
    for (size_t i = 0; i < list->as.array.len && !st; i++)
        st = check_dependency(&list->as.array.items[i], i, err);
    if (!st)
        *raw = list->raw;
    return st;
}

/* ------------------------------------------------------------ body */

static Status text_fields(const Json *body, VersionPut *put, FieldErr *err)
{
    Status st = registration_text(body, "source", MODEL_MAX_SOURCE, &put->source, err);

    if (!st)
        st = registration_text(body, "signature", MODEL_MAX_TEXT, &put->signature, err);
    if (!st)
        st = registration_text(body, "output_type", MODEL_MAX_TEXT, &put->output_type, err);
    if (!st)
        st = registration_text(body, "language", MAX_LANGUAGE, &put->language, err);
    if (!st)
        st = registration_text(body, "language_version", MAX_LANGUAGE, &put->language_version, err);
    return st;
}

static Status json_fields(const Json *body, VersionPut *put, FieldErr *err)
{
    Status st = dependencies_field(body, &put->dependencies, err);

    if (!st)
        st = registration_packages(body, MODEL_MAX_PACKAGES, &put->packages, err);
    if (!st)
        st = git_field(body, &put->git, err);
    if (!st)
        st = registration_object(body, "metadata", MODEL_MAX_METADATA, NULL, &put->metadata, err);
    return st;
}

static Status read_body(Str text, Arena *scratch, VersionPut *put, FieldErr *err)
{
    const Json *body = NULL;
    Status st = registration_parse(text, MODEL_MAX_BODY, scratch, &body, err);

    if (!st)
        st = registration_fingerprint(body, scratch, &put->fingerprint, err);
    if (!st)
        st = text_fields(body, put, err);
    return st ? st : json_fields(body, put, err);
}

Status model_register(Domain *d, int64_t project_id, Str name, Str body, Arena *arena,
                      VersionRef *out, bool *created, FieldErr *err)
{
    VersionPut put = {.project_id = project_id,
                      .model = name,
                      .origin = STR("code"),
                      .registers = true,
                      .now_ns = clock_now_ns()};
    Arena scratch;
    Status st = name_check(name, "name", err);

    if (st)
        return st;
    arena_init(&scratch, BODY_ARENA);
    st = read_body(body, &scratch, &put, err);
    if (!st) {
        st = catalog_version_put(d->catalog, &put, arena, out, created);
        if (st == ST_LIMIT)
            (void)field_err_set(err, st, "name",
                                "a project has at most %d models, a model %d versions",
                                (int)MAX_MODELS_PER_PROJECT, (int)MAX_VERSIONS_PER_MODEL);
        else if (st)
            (void)field_err_set(err, st, "", "%s", status_text(st));
    }
    arena_deinit(&scratch);
    return st;
}
