/* SPDX-License-Identifier: Apache-2.0 */
/* A cache over GET .../models/{name}/versions. */
#include "cli/versions.h"

enum { VERSIONS_MAX = 1000000, VERSIONS_ARENA = 256 << 20 };

void versions_init(Versions *v, Cli *cli, const RemoteOptions *remote)
{
    *v = (Versions){.cli = cli, .remote = remote};
    arena_init(&v->arena, VERSIONS_ARENA);
    map_init(&v->models, VERSIONS_MAX);
    map_init(&v->numbers, VERSIONS_MAX);
}

void versions_deinit(Versions *v)
{
    map_deinit(&v->models);
    map_deinit(&v->numbers);
    arena_deinit(&v->arena);
}

static Status join(Arena *a, Str name, Str fingerprint, Str *out)
{
    return arena_printf(a, out, "%.*s%c%.*s", STR_ARG(name), 0, STR_ARG(fingerprint));
}

static Status note_versions(Versions *v, Str name, const Json *items)
{
    for (size_t i = 0; items && items->kind == JSON_KIND_ARRAY && i < items->as.array.len; i++) {
        const Json *version = &items->as.array.items[i];
        const Json *fingerprint = json_get(version, STR("fingerprint"));
        const Json *number = json_get(version, STR("version"));
        Str key;
        Status st;

        if (!fingerprint || fingerprint->kind != JSON_KIND_STR || !number ||
            number->kind != JSON_KIND_INT)
            continue;
        st = join(&v->arena, name, fingerprint->as.s, &key);
        if (!st)
            st = map_put(&v->numbers, key, (uint64_t)number->as.i);
        if (st)
            return st;
    }
    return ST_OK;
}

/* A model that the server does not know has no versions; that is no error. */
static Status ask(Versions *v, Str name)
{
    RemoteCall call = {.method = "GET"};
    RemoteAnswer answer;
    const Json *list;
    Str copy;
    Status st;

    if (!remote_project_path(v->cli, v->remote, &call.path, "/models/", name,
                             "/versions?limit=1000"))
        return ST_LIMIT;
    st = remote_call(v->remote, &call, &v->arena, &answer, NULL);
    if (!st)
        st = arena_copy(&v->arena, name, &copy);
    if (!st)
        st = map_put(&v->models, copy, 1);
    if (st || answer.status != 200)
        return st;
    if (json_parse(answer.body, &v->arena, &list, NULL) != ST_OK)
        return ST_OK;
    return note_versions(v, copy, json_get(list, STR("items")));
}

static Status resolve(Versions *v, Span *s)
{
    uint64_t number;
    Str key;
    Arena scratch;
    Status st = ST_OK;

    if (!map_get(&v->models, s->model, &number))
        st = ask(v, s->model);
    if (st)
        return st;
    arena_init(&scratch, 1 << 20);
    st = join(&scratch, s->model, s->fingerprint, &key);
    if (!st && map_get(&v->numbers, key, &number))
        s->model_version = (int32_t)number;
    arena_deinit(&scratch);
    return st;
}

Status versions_resolve(Versions *v, SpanBatch batch)
{
    Status st = ST_OK;

    for (size_t i = 0; i < batch.len && !st; i++) {
        Span *s = &batch.spans[i];

        if (s->model_version == 0 && s->model.len && s->fingerprint.len)
            st = resolve(v, s);
    }
    return st;
}
