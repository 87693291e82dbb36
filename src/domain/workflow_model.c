/* SPDX-License-Identifier: Apache-2.0 */
/* See workflow_model.h. */
#include "domain/workflow_model.h"

#include "blob/blob.h"
#include "catalog/target.h"
#include "catalog/version.h"
#include "codec/json_read.h"
#include "domain/internal.h"
#include "domain/model.h"
#include "domain/project.h"
#include "os/clock.h"

enum { TAGS_MAX = 100, TAG_MAX_BYTES = 200 };

typedef struct Wanted {
    const Str *metadata; /* NULL: not given */
    const Str *tags;
    Str metadata_text;
    Str tags_text;
} Wanted;

static Status read_tags(const Json *body, Wanted *w, FieldErr *err)
{
    const Json *tags = NULL;
    Err why = {0};

    if (json_field_array(body, STR("tags"), JSON_OPTIONAL, &tags, &why))
        return field_err_set(err, ST_INVALID, "tags", "%s", why.msg);
    if (!tags)
        return ST_OK;
    if (tags->as.array.len > TAGS_MAX)
        return field_err_set(err, ST_INVALID, "tags", "tags: at most %d", (int)TAGS_MAX);
    for (size_t i = 0; i < tags->as.array.len; i++) {
        const Json *tag = &tags->as.array.items[i];

        if (tag->kind != JSON_KIND_STR || !tag->as.s.len || tag->as.s.len > TAG_MAX_BYTES)
            return field_err_set(err, ST_INVALID, "tags",
                                 "tags[%zu]: must be a text of 1 to %d bytes", i,
                                 (int)TAG_MAX_BYTES);
    }
    w->tags_text = tags->raw;
    w->tags = &w->tags_text;
    return ST_OK;
}

static Status read_body(Str text, Arena *arena, Wanted *w, FieldErr *err)
{
    const Json *body = NULL;
    const Json *metadata = NULL;
    Err why = {0};
    Status st;

    *w = (Wanted){0};
    if (!str_trim(text).len)
        return ST_OK;
    st = json_parse_object(text, arena, &body, &why);
    if (st)
        return field_err_set(err, st, "", "%s", why.msg);
    if (json_field_object(body, STR("metadata"), JSON_OPTIONAL, &metadata, &why))
        return field_err_set(err, ST_INVALID, "metadata", "%s", why.msg);
    if (metadata && metadata->raw.len > MODEL_MAX_METADATA)
        return field_err_set(err, ST_INVALID, "metadata", "metadata: at most %d bytes",
                             (int)MODEL_MAX_METADATA);
    if (metadata) {
        w->metadata_text = metadata->raw;
        w->metadata = &w->metadata_text;
    }
    return read_tags(body, w, err);
}

/* The version that a name stands for; made when there is none. */
static Status find_version(Domain *d, int64_t project_id, Str name, const Wanted *w, Arena *arena,
                           VersionRef *out, FieldErr *err)
{
    uint8_t hash[BLOB_HASH_BYTES];
    char hex[2 * BLOB_HASH_BYTES];
    Str tagged;
    Str text;
    int32_t number;
    bool created;
    Status st;

    if (tag_split(name, &tagged, &number) == ST_OK) {
        st = catalog_version_ref(d->catalog, project_id, tagged, number, arena, out);
        if (st != ST_NOTFOUND)
            return st;
    }
    st = name_check(name, "name", err);
    if (!st)
        st = arena_printf(arena, &text, "model by name: %.*s", STR_ARG(name));
    if (st)
        return st;
    blob_hash(text, hash);
    hex_encode(hash, sizeof hash, hex);
    st = catalog_version_put(d->catalog,
                             &(VersionPut){.project_id = project_id,
                                           .model = name,
                                           .fingerprint = {hex, sizeof hex},
                                           .origin = STR("name"),
                                           .registers = true,
                                           .metadata = w->metadata ? *w->metadata : STR("{}"),
                                           .now_ns = clock_now_ns()},
                             arena, out, &created);
    if (st == ST_LIMIT)
        return field_err_set(err, st, "name", "too many models in the project");
    return st;
}

Status workflow_model_get(Domain *d, int64_t project_id, Str workflow, Str name, Arena *arena,
                          WorkflowModelRow *out)
{
    int64_t space;
    Str tagged;
    int32_t number;
    Status st = catalog_target_workflow(d->catalog, project_id, workflow, &space);

    if (st)
        return st;
    st = ST_NOTFOUND;
    if (tag_split(name, &tagged, &number) == ST_OK)
        st = catalog_workflow_model_get(d->catalog, project_id, space, tagged, number, arena, out);
    if (st == ST_NOTFOUND)
        st = catalog_workflow_model_get(d->catalog, project_id, space, name, 0, arena, out);
    return st;
}

Status workflow_model_put(Domain *d, int64_t project_id, Str workflow, Str name, Str body,
                          Arena *arena, WorkflowModelRow *out, bool *created, FieldErr *err)
{
    VersionRef ref;
    Wanted wanted;
    int64_t space;
    Status st = catalog_target_workflow(d->catalog, project_id, workflow, &space);

    if (st)
        return st;
    st = read_body(body, arena, &wanted, err);
    if (!st)
        st = find_version(d, project_id, name, &wanted, arena, &ref, err);
    if (!st)
        st = catalog_workflow_model_put(d->catalog, space, ref.id,
                                        wanted.tags ? *wanted.tags : STR("[]"), clock_now_ns(),
                                        created);
    if (st == ST_LIMIT && !err->err.code)
        return field_err_set(err, st, "name", "a workflow has at most %d models",
                             (int)WORKFLOW_MODELS_MAX);
    return st ? st : workflow_model_get(d, project_id, workflow, name, arena, out);
}

Status workflow_model_patch(Domain *d, int64_t project_id, Str workflow, Str name, Str body,
                            Arena *arena, WorkflowModelRow *out, FieldErr *err)
{
    WorkflowModelRow row;
    Wanted wanted;
    int64_t space;
    Status st = catalog_target_workflow(d->catalog, project_id, workflow, &space);

    if (!st)
        st = workflow_model_get(d, project_id, workflow, name, arena, &row);
    if (!st)
        st = read_body(body, arena, &wanted, err);
    if (!st && wanted.metadata)
        st = catalog_version_set_metadata(d->catalog, row.version_id, *wanted.metadata);
    if (!st && wanted.tags)
        st = catalog_workflow_model_set_tags(d->catalog, space, row.version_id, *wanted.tags);
    return st ? st : workflow_model_get(d, project_id, workflow, name, arena, out);
}

/* ------------------------------------------------------------ list */

static bool has_tag(const Json *tags, Str wanted)
{
    for (size_t i = 0; i < tags->as.array.len; i++)
        if (str_eq(tags->as.array.items[i].as.s, wanted))
            return true;
    return false;
}

static Status has_all_tags(const WorkflowModelRow *row, Str wanted, Arena *arena, bool *out)
{
    const Json *tags;
    const Status st = json_parse(row->tags, arena, &tags, NULL);

    *out = !st && tags->kind == JSON_KIND_ARRAY;
    while (*out && wanted.len) {
        Str one;

        (void)str_cut(wanted, ',', &one, &wanted);
        *out = !str_trim(one).len || has_tag(tags, str_trim(one));
    }
    return st;
}

Status workflow_model_list(Domain *d, int64_t project_id, Str workflow, Str tags, Arena *arena,
                           WorkflowModelList *out)
{
    int64_t space;
    WorkflowModelList list;
    size_t len = 0;
    Status st = catalog_target_workflow(d->catalog, project_id, workflow, &space);

    if (!st)
        st = catalog_workflow_model_list(d->catalog, space, arena, &list);
    for (size_t i = 0; !st && i < list.len; i++) {
        bool fits;

        st = has_all_tags(&list.items[i], tags, arena, &fits);
        if (!st && fits)
            list.items[len++] = list.items[i];
    }
    if (st)
        return st;
    list.len = len;
    *out = list;
    return ST_OK;
}
