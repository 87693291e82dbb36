/* SPDX-License-Identifier: Apache-2.0 */
/* POST /spans/read: many spans whole, each by its ids, in one look at what is stored.  For
 * programs that found them in lists, which have only the beginnings of texts. */
#include "api/reply.h"
#include "api/span_json.h"
#include "codec/json_read.h"
#include "query/judged.h"

enum { READ_MAX = 1000 };

static bool read_id(const Json *item, Response *r, size_t index, const char *field, JsonNeed need,
                    size_t bytes, uint8_t *out, bool *there)
{
    Str text = {0};
    Err why = {0};

    if (json_field_str(item, str_from(field), need, &text, &why)) {
        problem(r, 400, "spans", "spans[%zu].%s", index, why.msg);
        return false;
    }
    *there = text.ptr != NULL;
    if (!*there || hex_decode(text, out, bytes) == ST_OK)
        return true;
    problem(r, 400, "spans", "spans[%zu].%s: must be %zu hex digits", index, field, 2 * bytes);
    return false;
}

static bool read_items(const Json *list, Response *r, Judged *items)
{
    for (size_t i = 0; i < list->as.array.len; i++) {
        const Json *item = &list->as.array.items[i];
        bool given;

        if (item->kind != JSON_KIND_OBJECT) {
            problem(r, 400, "spans", "spans[%zu]: must be an object", i);
            return false;
        }
        if (!read_id(item, r, i, "trace_id", JSON_REQUIRED, TRACE_ID_BYTES, items[i].trace_id,
                     &given) ||
            !read_id(item, r, i, "span_id", JSON_OPTIONAL, SPAN_ID_BYTES, items[i].span_id,
                     &items[i].has_span))
            return false;
    }
    return true;
}

static bool take_items(const Request *q, Response *r, Judged **items, size_t *len)
{
    const Json *body = NULL;
    const Json *list = NULL;
    Err why = {0};

    if (json_parse_object(q->body, q->arena, &body, &why)) {
        problem(r, 400, "", "%s", why.msg);
        return false;
    }
    if (json_field_array(body, STR("spans"), JSON_REQUIRED, &list, &why)) {
        problem(r, 400, "spans", "%s", why.msg);
        return false;
    }
    *len = list->as.array.len;
    if (*len > READ_MAX) {
        problem(r, 400, "spans", "spans: at most %d at once", (int)READ_MAX);
        return false;
    }
    *items = arena_calloc(q->arena, *len + 1, sizeof **items);
    if (!*items) {
        reply_error(r, ST_NOMEM, NULL);
        return false;
    }
    return read_items(list, r, *items);
}

static void write_items(Response *r, const Judged *items, size_t len, Arena *arena)
{
    JsonWriter w = list_begin(r);

    for (size_t i = 0; i < len; i++) {
        if (!items[i].span)
            continue;
        jw_object(&w);
        jw_key_hex(&w, STR("trace_id"), items[i].trace_id, TRACE_ID_BYTES);
        jw_key(&w, STR("span"));
        span_write(&w, items[i].span, arena);
        jw_object_end(&w);
    }
    list_end(r, &w, (Str){0});
}

void spans_read(void *context, Request *q, Response *r)
{
    Api *a = context;
    QueryWindow window;
    Judged *items;
    Snapshot *snap;
    size_t len;
    Status st;

    if (!params_window(a, q, r, &window) || !take_items(q, r, &items, &len))
        return;
    st = store_snapshot(a->store, caller_of(q)->project_id, &snap);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    st = query_spans_whole(snap, items, len, window.from_ns, window.to_ns, q->arena);
    if (st == ST_LIMIT || (st == ST_NOMEM && len > 1))
        problem(r, 413, "spans", "spans: too much text together; ask for fewer at once");
    else if (st)
        reply_query_error(r, NULL, st);
    else
        write_items(r, items, len, q->arena);
    snapshot_release(snap);
}
