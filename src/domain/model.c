/* SPDX-License-Identifier: Apache-2.0 */
/* Reading models and versions, tags, and changing what people may change. */
#include "domain/model.h"

#include "codec/json_read.h"
#include "domain/internal.h"
#include "domain/project.h"
#include "domain/run_count.h"
#include "os/clock.h"

enum { PATCH_ARENA = 16 << 20, LIST_MAX = 1000 };

/* ------------------------------------------------------------ tags */

Status version_number(Str text, int32_t *out)
{
    uint64_t n = 0;

    if (text.len && text.ptr[0] == 'v')
        text = str_slice(text, 1, text.len);
    /* No leading zero: one version, one spelling. */
    if (!text.len || text.ptr[0] == '0' || str_to_u64(text, &n) || n > INT32_MAX)
        return ST_INVALID;
    *out = (int32_t)n;
    return ST_OK;
}

Status tag_split(Str tag, Str *name, int32_t *number)
{
    size_t colon = tag.len;

    while (colon > 0 && tag.ptr[colon - 1] != ':')
        colon--;
    /* A name, the colon, and "v1": a bare number is no tag. */
    if (colon < 2 || colon >= tag.len || tag.ptr[colon] != 'v' ||
        version_number(str_slice(tag, colon, tag.len), number))
        return ST_INVALID;
    *name = str_slice(tag, 0, colon - 1);
    return ST_OK;
}

Status tag_join(Str name, int32_t number, Arena *arena, Str *out)
{
    return arena_printf(arena, out, "%.*s:v%d", STR_ARG(name), (int)number);
}

/* ------------------------------------------------------------ reading */

/* Add the runs that no segment has yet. */
static void add_tally(const RunTally *t, uint64_t *runs, uint64_t *errors, int64_t *first_ns,
                      int64_t *last_ns)
{
    if (!*runs || t->first_ns < *first_ns)
        *first_ns = t->first_ns;
    if (!*runs || t->last_ns > *last_ns)
        *last_ns = t->last_ns;
    *runs += t->runs;
    *errors += t->errors;
}

static void complete_models(ModelRow *rows, size_t len, const RunSet *runs)
{
    for (size_t i = 0; i < runs->tallies.len; i++) {
        const RunTally *t = &runs->tallies.items[i];

        for (size_t m = 0; m < len; m++)
            if (rows[m].id == t->model_id)
                add_tally(t, &rows[m].runs, &rows[m].errors, &rows[m].first_seen_ns,
                          &rows[m].last_seen_ns);
    }
}

static void complete_versions(VersionRow *rows, size_t len, const RunSet *runs)
{
    for (size_t i = 0; i < runs->tallies.len; i++) {
        const RunTally *t = &runs->tallies.items[i];

        for (size_t v = 0; v < len; v++)
            if (rows[v].id == t->version_id)
                add_tally(t, &rows[v].runs, &rows[v].errors, &rows[v].first_seen_ns,
                          &rows[v].last_seen_ns);
    }
}

static Status count_models(Domain *d, int64_t project_id, ModelRow *rows, size_t len)
{
    RunSet runs;
    Status st;

    run_set_init(&runs);
    st = count_memtable(d, project_id, &runs);
    if (!st)
        complete_models(rows, len, &runs);
    run_set_deinit(&runs);
    return st;
}

static Status count_versions(Domain *d, int64_t project_id, VersionRow *rows, size_t len)
{
    RunSet runs;
    Status st;

    run_set_init(&runs);
    st = count_memtable(d, project_id, &runs);
    if (!st)
        complete_versions(rows, len, &runs);
    run_set_deinit(&runs);
    return st;
}

static size_t clip_limit(size_t limit)
{
    return limit < 1 ? 1 : limit > LIST_MAX ? LIST_MAX : limit;
}

Status model_get(Domain *d, int64_t project_id, Str name, Arena *arena, ModelRow *out)
{
    const Status st = catalog_model_get(d->catalog, project_id, name, arena, out);

    return st ? st : count_models(d, project_id, out, 1);
}

Status model_list(Domain *d, int64_t project_id, Str after, size_t limit, Arena *arena,
                  ModelList *out)
{
    const Status st =
        catalog_model_list(d->catalog, project_id, after, clip_limit(limit), arena, out);

    return st ? st : count_models(d, project_id, out->items, out->len);
}

Status model_aliases(Domain *d, int64_t project_id, Arena *arena, ModelAliases *out)
{
    return catalog_former_names(d->catalog, project_id, MODEL_MAX_ALIASES, arena, out);
}

Status version_list(Domain *d, int64_t project_id, Str name, int32_t before, size_t limit,
                    Arena *arena, VersionList *out)
{
    ModelRow model = {0};
    Status st = catalog_model_get(d->catalog, project_id, name, arena, &model);

    if (!st)
        st = catalog_version_list(d->catalog, model.id, before, clip_limit(limit), arena, out);
    return st ? st : count_versions(d, project_id, out->items, out->len);
}

Status version_get(Domain *d, int64_t project_id, Str name, int32_t number, Arena *arena,
                   VersionRow *out)
{
    const Status st = catalog_version_get(d->catalog, project_id, name, number, arena, out);

    return st ? st : count_versions(d, project_id, out, 1);
}

Status version_by_tag(Domain *d, int64_t project_id, Str tag, Arena *arena, VersionRow *out)
{
    Str name;
    int32_t number;
    const Status st = tag_split(tag, &name, &number);

    return st ? st : version_get(d, project_id, name, number, arena, out);
}

/* ------------------------------------------------------------ changing */

static Status read_metadata(const Json *body, Str *out, bool *given, FieldErr *err)
{
    const Json *metadata = NULL;
    Err e = {0};

    if (json_field_object(body, STR("metadata"), JSON_OPTIONAL, &metadata, &e))
        return field_err_set(err, ST_INVALID, "metadata", "%s", e.msg);
    *given = metadata != NULL;
    if (metadata && metadata->raw.len > MODEL_MAX_METADATA)
        return field_err_set(err, ST_LIMIT, "metadata", "metadata may have at most %d bytes",
                             (int)MODEL_MAX_METADATA);
    if (metadata)
        *out = metadata->raw;
    return ST_OK;
}

static Status parse_body(Str body, Arena *scratch, const Json **out, FieldErr *err)
{
    Err e = {0};
    const Status st = json_parse_object(body, scratch, out, &e);

    if (st == ST_NOMEM)
        return field_err_set(err, ST_LIMIT, "", "the body is too large");
    return st ? field_err_set(err, ST_INVALID, "", "the body must be a JSON object: %s", e.msg)
              : ST_OK;
}

static bool json_is_given(const Json *value)
{
    return value && value->kind != JSON_KIND_NULL;
}

static Status read_name(const Json *body, Str *out, bool *given, FieldErr *err)
{
    Str name = {0};
    Err e = {0};

    if (json_field_str(body, STR("name"), JSON_OPTIONAL, &name, &e))
        return field_err_set(err, ST_INVALID, "name", "%s", e.msg);
    *given = json_is_given(json_get(body, STR("name")));
    *out = name;
    return *given ? name_check(name, "name", err) : ST_OK;
}

static Status change_model(Domain *d, int64_t model_id, const Json *body, FieldErr *err)
{
    Str name = {0};
    Str metadata = {0};
    bool has_name = false;
    bool has_metadata = false;
    Status st = read_name(body, &name, &has_name, err);

    if (!st)
        st = read_metadata(body, &metadata, &has_metadata, err);
    if (st || (!has_name && !has_metadata))
        return st;
    st = catalog_model_update(d->catalog, model_id,
                              &(ModelChange){.name = has_name ? &name : NULL,
                                             .metadata = has_metadata ? &metadata : NULL},
                              clock_now_ns());
    if (st == ST_EXISTS)
        return field_err_set(err, st, "name", "another model is named %.*s", STR_ARG(name));
    if (st == ST_LIMIT)
        return field_err_set(err, st, "name", "a model may have had at most %d names",
                             (int)MAX_FORMER_NAMES);
    return st ? field_err_set(err, st, "", "%s", status_text(st)) : ST_OK;
}

Status model_patch(Domain *d, int64_t project_id, Str name, Str body, Arena *arena, ModelRow *out,
                   FieldErr *err)
{
    Arena scratch;
    const Json *json;
    ModelRow row = {0};
    Status st;

    arena_init(&scratch, PATCH_ARENA);
    st = parse_body(body, &scratch, &json, err);
    if (!st) {
        st = catalog_model_get(d->catalog, project_id, name, arena, &row);
        if (st)
            (void)field_err_set(err, st, "name", "there is no model named %.*s", STR_ARG(name));
    }
    if (!st)
        st = change_model(d, row.id, json, err);
    version_cache_clear(&d->versions);
    if (!st)
        st = catalog_model_by_id(d->catalog, row.id, arena, out);
    if (!st)
        st = count_models(d, project_id, out, 1);
    arena_deinit(&scratch);
    return st;
}

static Status change_version(Domain *d, int64_t version_id, const Json *body, FieldErr *err)
{
    Str metadata = {0};
    bool given = false;
    Status st = read_metadata(body, &metadata, &given, err);

    if (st || !given)
        return st;
    st = catalog_version_set_metadata(d->catalog, version_id, metadata);
    return st ? field_err_set(err, st, "", "%s", status_text(st)) : ST_OK;
}

Status version_patch(Domain *d, int64_t project_id, Str name, int32_t number, Str body,
                     Arena *arena, VersionRow *out, FieldErr *err)
{
    Arena scratch;
    const Json *json;
    VersionRow row = {0};
    Status st;

    arena_init(&scratch, PATCH_ARENA);
    st = parse_body(body, &scratch, &json, err);
    if (!st) {
        st = catalog_version_get(d->catalog, project_id, name, number, arena, &row);
        if (st)
            (void)field_err_set(err, st, "version", "there is no version %.*s:v%d", STR_ARG(name),
                                (int)number);
    }
    if (!st)
        st = change_version(d, row.id, json, err);
    if (!st)
        st = version_get(d, project_id, name, number, arena, out);
    arena_deinit(&scratch);
    return st;
}
