/* SPDX-License-Identifier: Apache-2.0 */
/* The key: what the snapshot is, the route, the parameters as they came and the queries as
 * they were understood (a time in them may be relative to now).  block 0: not to be kept. */
#include "api/known.h"

#include "api/reply.h"
#include "base/alloc.h"

#include <string.h>

typedef struct Body {
    size_t len;
    char bytes[];
} Body;

static Status append_pair(Buf *b, Str name, Str value)
{
    Status st = buf_printf(b, "%zu:%zu:", name.len, value.len);

    if (!st)
        st = buf_append(b, name);
    return st ? st : buf_append(b, value);
}

static Status append_all(Buf *b, const Request *q, const Query *const queries[2], Str extra)
{
    Status st = buf_printf(b, "answer %zu ", q->route);

    for (size_t i = 0; i < q->query_count && !st; i++)
        st = append_pair(b, q->query[i].name, q->query[i].value);
    for (size_t i = 0; i < 2 && !st; i++) {
        Str text = {0};

        if (queries[i])
            st = query_to_text(queries[i], q->arena, &text);
        if (!st)
            st = append_pair(b, STR("understood"), text);
    }
    return st ? st : append_pair(b, STR("extra"), extra);
}

bool known_answer(Api *a, const Request *q, Response *r, const Snapshot *snap,
                  const Query *const queries[2], Str extra, PartKey *key)
{
    Buf b;
    Body *body;
    JsonWriter w;

    *key = (PartKey){0};
    buf_init(&b, (size_t)1 << 20);
    if (append_all(&b, q, queries, extra) == ST_OK)
        *key = part_key(snapshot_identity(snap), buf_str(&b));
    buf_deinit(&b);
    body = key->block ? engine_take(a->engine, key) : NULL;
    if (!body)
        return false;
    w = jw_init(&r->body);
    jw_raw(&w, (Str){body->bytes, body->len});
    engine_give(a->engine, key, body);
    reply_json(r, 200, &w);
    return true;
}

void known_keep(Api *a, const PartKey *key, Str body)
{
    Body *copy;

    if (!key->block || !body.len)
        return;
    copy = mem_alloc(sizeof *copy + body.len);
    if (!copy)
        return;
    copy->len = body.len;
    memcpy(copy->bytes, body.ptr, body.len);
    if (engine_put(a->engine, key, copy, sizeof *copy + body.len, mem_free))
        engine_give(a->engine, key, copy);
    else
        mem_free(copy);
}
