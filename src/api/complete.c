/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand at the caret of a query that is being typed. */
#include "query/complete.h"
#include "api/reply.h"

enum { DEFAULT_ITEMS = 20, MAX_ITEMS = 100 };

static void write_completion(Response *r, const Completion *c)
{
    static const Str kinds[] = {[COMPLETE_FIELD] = {"field", 5},
                                [COMPLETE_OPERATOR] = {"operator", 8},
                                [COMPLETE_VALUE] = {"value", 5},
                                [COMPLETE_NOTHING] = {"value", 5}};
    JsonWriter w = jw_init(&r->body);

    jw_object(&w);
    jw_key_uint(&w, STR("from"), c->from);
    jw_key_uint(&w, STR("to"), c->to);
    jw_key_str(&w, STR("kind"), kinds[c->kind]);
    jw_key(&w, STR("items"));
    jw_array(&w);
    for (size_t i = 0; i < c->len; i++) {
        const CompletionItem *item = &c->items[i];

        jw_object(&w);
        jw_key_str(&w, STR("text"), item->text);
        jw_key_str(&w, STR("label"), item->label);
        jw_key_str(&w, STR("detail"), item->detail);
        if (item->count < 0)
            jw_key_null(&w, STR("count"));
        else
            jw_key_int(&w, STR("count"), item->count);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

static bool read_text(const Request *q, Response *r, Str *text, size_t *at)
{
    Str number;
    uint64_t n;

    *text = (Str){0};
    (void)request_query(q, STR("query"), text);
    *at = text->len;
    if (text->len > QUERY_MAX_TEXT || !utf8_valid(*text)) {
        problem(r, 400, "query", "query: must be UTF-8 text of at most %d bytes", QUERY_MAX_TEXT);
        return false;
    }
    if (!request_query(q, STR("at"), &number))
        return true;
    if (str_to_u64(number, &n) == ST_OK && n <= text->len) {
        *at = (size_t)n;
        return true;
    }
    problem(r, 400, "at", "at: must be a byte offset in the query, from 0 to %zu", text->len);
    return false;
}

void complete_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    Completion completion;
    Snapshot *snap;
    size_t limit;
    size_t at;
    Str text;
    Status st;

    if (!read_text(q, r, &text, &at) ||
        !params_count(q, r, STR("limit"), DEFAULT_ITEMS, MAX_ITEMS, &limit))
        return;
    st = store_snapshot(a->store, caller_of(q)->project_id, &snap);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    st = query_complete(snap, text, at, limit, q->arena, &completion);
    if (st)
        reply_query_error(r, NULL, st);
    else
        write_completion(r, &completion);
    snapshot_release(snap);
}
