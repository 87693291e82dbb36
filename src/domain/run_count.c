/* SPDX-License-Identifier: Apache-2.0 */
/* See run_count.h. */
#include "domain/run_count.h"

#include <string.h>

enum { KEY_MAX = 1024, KEY_BYTES = 64 << 20, PROJECTS_MAX = 20000 };

static const RunTally no_runs = {.first_ns = INT64_MAX, .last_ns = INT64_MIN};

/* ------------------------------------------------------------ a set */

void run_set_init(RunSet *s)
{
    *s = (RunSet){0};
    arena_init(&s->arena, KEY_BYTES);
    map_init(&s->index, RUN_COUNTS_MAX);
}

void run_set_deinit(RunSet *s)
{
    VEC_FREE(&s->tallies);
    VEC_FREE(&s->keys);
    map_deinit(&s->index);
    arena_deinit(&s->arena);
}

static Str key_bytes(RunKey key, char out[KEY_MAX])
{
    const int64_t head[2] = {key.project_id, key.number};
    const size_t len =
        key.model.len < KEY_MAX - sizeof head ? key.model.len : KEY_MAX - sizeof head;

    memcpy(out, head, sizeof head);
    if (len)
        memcpy(out + sizeof head, key.model.ptr, len);
    return (Str){out, sizeof head + len};
}

static Status insert(RunSet *s, RunKey key, Str bytes)
{
    Str copy;
    Status st = arena_copy(&s->arena, bytes, &copy);

    if (!st)
        st = VEC_PUSH(&s->tallies, no_runs, RUN_COUNTS_MAX);
    if (st)
        return st;
    key.model = str_slice(copy, 2 * sizeof(int64_t), copy.len);
    st = VEC_PUSH(&s->keys, key, RUN_COUNTS_MAX);
    if (!st) {
        st = map_put(&s->index, copy, s->tallies.len - 1);
        if (st)
            s->keys.len--;
    }
    if (st)
        s->tallies.len--;
    return st;
}

Status run_set_at(RunSet *s, RunKey key, RunTally **out)
{
    char room[KEY_MAX];
    const Str bytes = key_bytes(key, room);
    uint64_t at;
    Status st;

    if (!map_get(&s->index, bytes, &at)) {
        st = insert(s, key, bytes);
        if (st)
            return st;
        at = s->tallies.len - 1;
    }
    *out = &s->tallies.items[at];
    return ST_OK;
}

void run_tally_add(RunTally *t, bool error, int64_t start_ns)
{
    t->runs++;
    t->errors += error;
    if (start_ns < t->first_ns)
        t->first_ns = start_ns;
    if (start_ns > t->last_ns)
        t->last_ns = start_ns;
}

static void merge(RunTally *into, const RunTally *from)
{
    into->runs += from->runs;
    into->errors += from->errors;
    if (from->first_ns < into->first_ns)
        into->first_ns = from->first_ns;
    if (from->last_ns > into->last_ns)
        into->last_ns = from->last_ns;
}

/* ------------------------------------------------------------ pending */

void run_counts_init(RunCounts *c)
{
    *c = (RunCounts){0};
    mutex_init(&c->lock);
    run_set_init(&c->runs);
    map_init(&c->projects, PROJECTS_MAX);
    arena_init(&c->arena, 1 << 20);
}

void run_counts_deinit(RunCounts *c)
{
    run_set_deinit(&c->runs);
    VEC_FREE(&c->tallies);
    VEC_FREE(&c->ids);
    map_deinit(&c->projects);
    arena_deinit(&c->arena);
    mutex_deinit(&c->lock);
}

void run_counts_add(RunCounts *c, const RunSet *runs)
{
    RunTally *t;

    mutex_lock(&c->lock);
    for (size_t i = 0; i < runs->tallies.len; i++) {
        if (run_set_at(&c->runs, runs->keys.items[i], &t))
            break;
        t->version_id = runs->tallies.items[i].version_id;
        t->model_id = runs->tallies.items[i].model_id;
        merge(t, &runs->tallies.items[i]);
    }
    mutex_unlock(&c->lock);
}

/* Keep only what still counts, so that versions that are no longer used cost nothing.
 * When memory is short everything stays as it is. */
static void drop_empty(RunCounts *c)
{
    RunSet kept;
    RunTally *t;
    Status st = ST_OK;

    run_set_init(&kept);
    for (size_t i = 0; i < c->runs.tallies.len && !st; i++) {
        if (!c->runs.tallies.items[i].runs && !c->runs.tallies.items[i].errors)
            continue;
        st = run_set_at(&kept, c->runs.keys.items[i], &t);
        if (!st)
            *t = c->runs.tallies.items[i];
    }
    if (st) {
        run_set_deinit(&kept);
        return;
    }
    run_set_deinit(&c->runs);
    c->runs = kept;
}

void run_counts_sub(RunCounts *c, const RunSet *runs)
{
    RunTally *t;

    mutex_lock(&c->lock);
    for (size_t i = 0; i < runs->tallies.len; i++) {
        if (run_set_at(&c->runs, runs->keys.items[i], &t))
            break;
        t->runs -= runs->tallies.items[i].runs;
        t->errors -= runs->tallies.items[i].errors;
    }
    drop_empty(c);
    mutex_unlock(&c->lock);
}

static ProjectTally *project_at(RunCounts *c, int64_t id)
{
    const Str key = {(const char *)&id, sizeof id};
    uint64_t at;
    Str copy;

    if (map_get(&c->projects, key, &at))
        return &c->tallies.items[at];
    if (arena_copy(&c->arena, key, &copy) ||
        VEC_PUSH(&c->tallies, ((ProjectTally){0}), PROJECTS_MAX))
        return NULL;
    if (VEC_PUSH(&c->ids, id, PROJECTS_MAX)) {
        c->tallies.len--;
        return NULL;
    }
    if (map_put(&c->projects, copy, c->tallies.len - 1)) {
        c->tallies.len--;
        c->ids.len--;
        return NULL;
    }
    return &c->tallies.items[c->tallies.len - 1];
}

void run_counts_project(RunCounts *c, int64_t project_id, int64_t stored, int64_t rejected)
{
    ProjectTally *t;

    mutex_lock(&c->lock);
    t = project_at(c, project_id);
    if (t) {
        t->stored += stored;
        t->rejected += rejected;
    }
    mutex_unlock(&c->lock);
}

void run_counts_know(RunCounts *c, RunSet *runs)
{
    char room[KEY_MAX];
    uint64_t at;

    mutex_lock(&c->lock);
    for (size_t i = 0; i < runs->tallies.len; i++) {
        if (!map_get(&c->runs.index, key_bytes(runs->keys.items[i], room), &at))
            continue;
        runs->tallies.items[i].version_id = c->runs.tallies.items[at].version_id;
        runs->tallies.items[i].model_id = c->runs.tallies.items[at].model_id;
    }
    mutex_unlock(&c->lock);
}

RunTally run_counts_of(RunCounts *c, int64_t version_id, int64_t model_id)
{
    RunTally sum = no_runs;

    mutex_lock(&c->lock);
    for (size_t i = 0; i < c->runs.tallies.len; i++) {
        const RunTally *t = &c->runs.tallies.items[i];

        if ((version_id && t->version_id == version_id) || (model_id && t->model_id == model_id))
            merge(&sum, t);
    }
    mutex_unlock(&c->lock);
    return sum;
}

ProjectTally run_counts_of_project(RunCounts *c, int64_t project_id)
{
    ProjectTally out = {0};
    uint64_t at;

    mutex_lock(&c->lock);
    if (map_get(&c->projects, (Str){(const char *)&project_id, sizeof project_id}, &at))
        out = c->tallies.items[at];
    mutex_unlock(&c->lock);
    return out;
}

Status run_counts_rejected(RunCounts *c, Arena *arena, ProjectDelta **out, size_t *len)
{
    ProjectDelta *items;
    size_t n = 0;

    mutex_lock(&c->lock);
    items = arena_calloc(arena, c->tallies.len + 1, sizeof *items);
    for (size_t i = 0; items && i < c->tallies.len; i++)
        if (c->tallies.items[i].rejected > 0)
            items[n++] = (ProjectDelta){.project_id = c->ids.items[i],
                                        .rejected = (uint64_t)c->tallies.items[i].rejected};
    mutex_unlock(&c->lock);
    if (!items)
        return ST_NOMEM;
    *out = items;
    *len = n;
    return ST_OK;
}
