/* SPDX-License-Identifier: Apache-2.0 */
/* See run_set.h. */
#include "domain/run_set.h"

#include <string.h>

/* Names have at most 200 characters, so none is cut. */
enum { KEY_MAX = 1024, KEY_BYTES = 64 << 20 };

void run_set_init(RunSet *s)
{
    *s = (RunSet){0};
    arena_init(&s->arena, KEY_BYTES);
    map_init(&s->index, RUN_SET_MAX);
}

void run_set_deinit(RunSet *s)
{
    VEC_FREE(&s->tallies);
    map_deinit(&s->index);
    arena_deinit(&s->arena);
}

static Str key_bytes(RunKey key, char out[KEY_MAX])
{
    const int64_t head[2] = {key.project_id, key.number};
    const size_t room = KEY_MAX - sizeof head;
    const size_t len = key.model.len < room ? key.model.len : room;

    memcpy(out, head, sizeof head);
    if (len)
        memcpy(out + sizeof head, key.model.ptr, len);
    return (Str){out, sizeof head + len};
}

static Status insert(RunSet *s, RunKey key, Str bytes)
{
    Str copy;
    Status st = arena_copy(&s->arena, bytes, &copy);

    if (st)
        return st;
    key.model = str_slice(copy, 2 * sizeof(int64_t), copy.len);
    st =
        VEC_PUSH(&s->tallies, ((RunTally){.key = key, .first_ns = INT64_MAX, .last_ns = INT64_MIN}),
                 RUN_SET_MAX);
    if (st)
        return st;
    st = map_put(&s->index, copy, s->tallies.len - 1);
    if (st)
        s->tallies.len--;
    return st;
}

Status run_set_add(RunSet *s, RunKey key, bool error, int64_t start_ns)
{
    char room[KEY_MAX];
    const Str bytes = key_bytes(key, room);
    RunTally *t;
    uint64_t at;

    if (!map_get(&s->index, bytes, &at)) {
        const Status st = insert(s, key, bytes);

        if (st)
            return st;
        at = s->tallies.len - 1;
    }
    t = &s->tallies.items[at];
    t->runs++;
    t->errors += error;
    if (start_ns < t->first_ns)
        t->first_ns = start_ns;
    if (start_ns > t->last_ns)
        t->last_ns = start_ns;
    return ST_OK;
}
