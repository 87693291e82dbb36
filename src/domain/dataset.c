/* SPDX-License-Identifier: Apache-2.0 */
/* See dataset.h. */
#include "domain/dataset.h"

#include "domain/body.h"
#include "domain/internal.h"
#include "domain/project.h"
#include "os/clock.h"

Status list_version(Str text, int64_t newest, const char *field, int64_t *out, FieldErr *err)
{
    const bool prefixed = text.len > 1 && text.ptr[0] == 'v';
    const Str digits = prefixed ? str_slice(text, 1, text.len) : text;
    uint64_t n = (uint64_t)newest;

    if (digits.len && (str_to_u64(digits, &n) || n > INT32_MAX))
        return field_err_set(err, ST_INVALID, field, "%s: must be a number such as 2 or v2", field);
    if (n > (uint64_t)newest)
        return field_err_set(err, ST_NOTFOUND, field, "%s: the newest is %lld", field,
                             (long long)newest);
    *out = (int64_t)n;
    return ST_OK;
}

/* ------------------------------------------------------------ the dataset itself */

static Status read_texts(const Json *body, Arena *arena, SpaceRow *row, bool given[3],
                         FieldErr *err)
{
    Status st = body_text(body, "description", DESCRIPTION_MAX, &row->description, &given[0], err);

    if (!st)
        st = body_object(body, "metadata", &row->metadata, &given[1], err);
    return st ? st : body_names(body, "tags", TAGS_MAX, true, arena, &row->tags, &given[2], err);
}

static Status explain(Status st, Str name, FieldErr *err)
{
    if (st == ST_NOTFOUND)
        return field_err_set(err, st, "dataset", "there is no dataset named %.*s", STR_ARG(name));
    if (st == ST_EXISTS)
        return field_err_set(err, st, "name", "name: there is a dataset named %.*s already",
                             STR_ARG(name));
    if (st == ST_LIMIT)
        return field_err_set(err, ST_INVALID, "name", "name: a project keeps at most %d datasets",
                             (int)SPACES_MAX);
    return st;
}

Status dataset_create(Domain *d, int64_t project_id, Str body, Arena *arena, SpaceRow *out,
                      bool *created, FieldErr *err)
{
    SpaceRow row = {.project_id = project_id, .created_ns = clock_now_ns()};
    SpaceRow there = {0};
    const Json *json = NULL;
    bool given[3];
    bool has_ids = false;
    Status st = body_parse(body, arena, &json, err);

    if (!st)
        st = body_name(json, "name", JSON_REQUIRED, &row.name, err);
    if (!st)
        st = read_texts(json, arena, &row, given, err);
    if (!st)
        st = body_names(json, "id_fields", ID_FIELDS_MAX, false, arena, &row.id_fields, &has_ids,
                        err);
    if (st)
        return st;
    st = explain(catalog_space_put(d->catalog, SPACE_DATASET, &row, arena, &there, created),
                 row.name, err);
    if (!st && has_ids && !str_eq(row.id_fields, there.id_fields))
        return field_err_set(err, ST_EXISTS, "id_fields",
                             "id_fields: the dataset has %.*s; ids of samples are never made anew",
                             STR_ARG(there.id_fields));
    if (!st)
        *out = there;
    return st;
}

Status dataset_get(Domain *d, int64_t project_id, Str name, Arena *arena, SpaceRow *out,
                   FieldErr *err)
{
    return explain(catalog_space_get(d->catalog, SPACE_DATASET, project_id, name, arena, out), name,
                   err);
}

Status dataset_patch(Domain *d, int64_t project_id, Str name, Str body, Arena *arena, SpaceRow *out,
                     FieldErr *err)
{
    SpaceRow there = {0};
    SpaceRow row = {0};
    const Json *json = NULL;
    bool given[3] = {false};
    Status st = dataset_get(d, project_id, name, arena, &there, err);

    if (!st)
        st = body_parse(body, arena, &json, err);
    if (!st)
        st = body_name(json, "name", JSON_OPTIONAL, &row.name, err);
    if (!st)
        st = read_texts(json, arena, &row, given, err);
    if (st)
        return st;
    st = catalog_space_update(d->catalog, there.id,
                              &(SpaceChange){.name = row.name.len ? &row.name : NULL,
                                             .description = given[0] ? &row.description : NULL,
                                             .metadata = given[1] ? &row.metadata : NULL,
                                             .tags = given[2] ? &row.tags : NULL});
    if (st)
        return explain(st, row.name.len ? row.name : name, err);
    return dataset_get(d, project_id, row.name.len ? row.name : name, arena, out, err);
}

Status dataset_remove(Domain *d, int64_t project_id, Str name, FieldErr *err)
{
    Arena a;
    SpaceRow there = {0};
    Status st;

    arena_init(&a, 1 << 20);
    st = dataset_get(d, project_id, name, &a, &there, err);
    if (!st)
        st = explain(catalog_space_remove(d->catalog, there.id), name, err);
    arena_deinit(&a);
    return st;
}

Status dataset_list(Domain *d, int64_t project_id, Str after, size_t limit, Arena *arena,
                    SpaceList *out)
{
    return catalog_space_list(d->catalog, SPACE_DATASET, project_id, after, limit, arena, out);
}

/* ------------------------------------------------------------ commits */

Status dataset_rules(const SpaceRow *dataset, const char *field, Arena *arena, SampleRules *out)
{
    SampleRules rules = {.field = field};
    Str *names = NULL;
    const Status st = names_split(dataset->id_fields, arena, &names, &rules.id_field_count);

    rules.id_fields = names;
    if (!st)
        *out = rules;
    return st;
}

static Status read_mode(const Json *body, bool *replace, FieldErr *err)
{
    Str mode = STR("upsert");
    Err why = {0};

    if (json_field_str(body, STR("mode"), JSON_OPTIONAL, &mode, &why))
        return field_err_set(err, ST_INVALID, "mode", "%s", why.msg);
    *replace = str_eq(mode, STR("replace"));
    if (!*replace && !str_eq(mode, STR("upsert")))
        return field_err_set(err, ST_INVALID, "mode", "mode: must be upsert or replace");
    return ST_OK;
}

static Status read_removes(const Json *body, Arena *arena, CommitIn *in, FieldErr *err)
{
    const Json *list = NULL;
    Str *ids;
    Err why = {0};

    if (json_field_array(body, STR("remove"), JSON_OPTIONAL, &list, &why))
        return field_err_set(err, ST_INVALID, "remove", "%s", why.msg);
    if (!list)
        return ST_OK;
    if (list->as.array.len > SAMPLES_A_REQUEST)
        return field_err_set(err, ST_INVALID, "remove", "remove: at most %d in one request",
                             (int)SAMPLES_A_REQUEST);
    ids = arena_calloc(arena, list->as.array.len + 1, sizeof *ids);
    if (!ids)
        return ST_NOMEM;
    for (size_t i = 0; i < list->as.array.len; i++) {
        if (list->as.array.items[i].kind != JSON_KIND_STR)
            return field_err_set(err, ST_INVALID, "remove",
                                 "remove[%zu]: must be the id of a sample, a string", i);
        ids[i] = list->as.array.items[i].as.s;
    }
    in->removes = ids;
    in->remove_count = list->as.array.len;
    return ST_OK;
}

static Status read_commit(const Json *body, Arena *arena, CommitIn *in, FieldErr *err)
{
    Status st = read_mode(body, &in->replace, err);

    if (!st)
        st = body_count(body, "base_version", 0, &in->base_version, err);
    if (!st)
        st = body_count(body, "stage", 1, &in->stage_id, err);
    if (!st)
        st = body_text(body, "message", MESSAGE_MAX, &in->message, NULL, err);
    if (!st)
        st = body_text(body, "by", MESSAGE_MAX, &in->author, NULL, err);
    return st ? st : read_removes(body, arena, in, err);
}

Status dataset_commit(Domain *d, const SpaceRow *dataset, Str body, Arena *arena, CommitOut *out,
                      FieldErr *err)
{
    CommitIn in = {.list_id = dataset->list_id, .base_version = -1, .now_ns = clock_now_ns()};
    LargeBody parts = {0};
    SampleRules rules = {0};
    SamplePuts puts = {0};
    CommitErr why = {0};
    Status st = body_split(body, "samples", arena, &parts, err);

    if (!st)
        st = read_commit(parts.rest, arena, &in, err);
    if (!st)
        st = dataset_rules(dataset, "samples", arena, &rules);
    if (!st)
        st = samples_read(parts.large, &rules, arena, &puts, err);
    if (st)
        return st;
    if (!parts.large.len && !in.stage_id && !in.remove_count)
        return field_err_set(err, ST_INVALID, "samples",
                             "samples: a commit needs samples, a stage, or ids to remove");
    in.puts = puts.items;
    in.put_count = puts.len;
    st = catalog_samples_commit(d->catalog, &in, out, &why);
    return commit_refused(st, &why, &rules, &puts, err);
}

Status dataset_put(Domain *d, const SpaceRow *dataset, const SamplePuts *puts, Str message, Str by,
                   CommitOut *out, FieldErr *err)
{
    const SampleRules rules = {.field = "samples"};
    CommitErr why = {0};
    const CommitIn in = {.list_id = dataset->list_id,
                         .base_version = -1,
                         .puts = puts->items,
                         .put_count = puts->len,
                         .message = message,
                         .author = by,
                         .now_ns = clock_now_ns()};
    const Status st = catalog_samples_commit(d->catalog, &in, out, &why);

    return commit_refused(st, &why, &rules, puts, err);
}

/* ------------------------------------------------------------ stages */

Status dataset_stage_new(Domain *d, const SpaceRow *dataset, int64_t *stage, FieldErr *err)
{
    const Status st = catalog_stage_add(d->catalog, dataset->list_id, clock_now_ns(), stage);

    if (st == ST_LIMIT)
        return field_err_set(err, ST_BUSY, "stage",
                             "stage: %d are open; commit or delete one, or wait until they are "
                             "%d hours old",
                             (int)STAGES_MAX, (int)STAGE_HOURS);
    return st;
}

static Status no_stage(Status st, FieldErr *err)
{
    if (st == ST_NOTFOUND)
        return field_err_set(err, st, "stage", "stage: the dataset has no such stage");
    if (st == ST_LIMIT)
        return field_err_set(err, ST_INVALID, "samples", "samples: a dataset keeps at most %d",
                             (int)SAMPLES_MAX);
    return st;
}

Status dataset_stage_put(Domain *d, const SpaceRow *dataset, int64_t stage, Str body, Arena *arena,
                         int64_t *total, FieldErr *err)
{
    LargeBody parts = {0};
    SampleRules rules = {0};
    SamplePuts puts = {0};
    Status st = body_split(body, "samples", arena, &parts, err);

    if (!st && !parts.large.len)
        st = field_err_set(err, ST_INVALID, "samples", "samples: is required");
    if (!st)
        st = dataset_rules(dataset, "samples", arena, &rules);
    if (!st)
        st = samples_read(parts.large, &rules, arena, &puts, err);
    if (!st)
        st = no_stage(
            catalog_stage_put(d->catalog, dataset->list_id, stage, puts.items, puts.len, total),
            err);
    return st;
}

Status dataset_stage_remove(Domain *d, const SpaceRow *dataset, int64_t stage, FieldErr *err)
{
    return no_stage(catalog_stage_remove(d->catalog, dataset->list_id, stage), err);
}
