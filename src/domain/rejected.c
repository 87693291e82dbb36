/* SPDX-License-Identifier: Apache-2.0 */
/* See rejected.h. */
#include "domain/rejected.h"

#include "catalog/project.h"

enum { KEY_BYTES = 1 << 20 };

void rejected_init(Rejected *r)
{
    *r = (Rejected){0};
    mutex_init(&r->lock);
    map_init(&r->index, MAX_PROJECTS);
    arena_init(&r->arena, KEY_BYTES);
}

void rejected_deinit(Rejected *r)
{
    arena_deinit(&r->arena);
    VEC_FREE(&r->items);
    map_deinit(&r->index);
    mutex_deinit(&r->lock);
}

static ProjectDelta *find(Rejected *r, int64_t project_id)
{
    uint64_t at;

    if (!map_get(&r->index, (Str){(const char *)&project_id, sizeof project_id}, &at))
        return NULL;
    return &r->items.items[at];
}

static ProjectDelta *insert(Rejected *r, int64_t project_id)
{
    Str key;

    if (arena_copy(&r->arena, (Str){(const char *)&project_id, sizeof project_id}, &key) ||
        VEC_PUSH(&r->items, ((ProjectDelta){.project_id = project_id}), MAX_PROJECTS))
        return NULL;
    if (map_put(&r->index, key, r->items.len - 1)) {
        r->items.len--;
        return NULL;
    }
    return &r->items.items[r->items.len - 1];
}

void rejected_add(Rejected *r, int64_t project_id, uint64_t spans)
{
    ProjectDelta *item;

    mutex_lock(&r->lock);
    item = find(r, project_id);
    if (!item)
        item = insert(r, project_id);
    if (item)
        item->rejected += spans;
    mutex_unlock(&r->lock);
}

uint64_t rejected_of(Rejected *r, int64_t project_id)
{
    const ProjectDelta *item;
    uint64_t n;

    mutex_lock(&r->lock);
    item = find(r, project_id);
    n = item ? item->rejected : 0;
    mutex_unlock(&r->lock);
    return n;
}

Status rejected_copy(Rejected *r, Arena *arena, ProjectDelta **out, size_t *len)
{
    ProjectDelta *items;
    size_t n = 0;

    mutex_lock(&r->lock);
    items = arena_calloc(arena, r->items.len + 1, sizeof *items);
    for (size_t i = 0; items && i < r->items.len; i++)
        if (r->items.items[i].rejected)
            items[n++] = r->items.items[i];
    mutex_unlock(&r->lock);
    if (!items)
        return ST_NOMEM;
    *out = items;
    *len = n;
    return ST_OK;
}

void rejected_sub(Rejected *r, const ProjectDelta *items, size_t len)
{
    mutex_lock(&r->lock);
    for (size_t i = 0; i < len; i++) {
        ProjectDelta *item = find(r, items[i].project_id);

        if (item)
            item->rejected -= items[i].rejected;
    }
    mutex_unlock(&r->lock);
}
