/* SPDX-License-Identifier: Apache-2.0 */
/* See dataset_traces.h.
 *
 * The query finds traces, newest first; the root of each is read whole and written as the JSON
 * of a sample, which is then read like any other: one place decides what a sample is. */
#include "domain/dataset_traces.h"

#include "base/map.h"
#include "base/timetext.h"
#include "base/vec.h"
#include "codec/json_write.h"
#include "domain/body.h"
#include "domain/internal.h"
#include "domain/model.h"
#include "otlp/value_json.h"
#include "query/trace_light.h"

#include <string.h>

enum {
    TRACE_IDS_MAX = 100, /* as many as a list in a query may have */
    PAGE = 200,
    PAGE_ARENA = 256 << 20,
    TEXT_MAX = 8 << 20
};

typedef struct Wish {
    Query *query;
    QueryWindow window;
    int64_t limit;
    bool output; /* is the ground truth */
    Str *tags;   /* to be kept as metadata */
    size_t tag_count;
    Str split, message, by;
} Wish;

typedef struct Making {
    Domain *d;
    const SpaceRow *dataset;
    SampleRules rules;
    const Wish *wish;
    Arena *arena;
    Map ids; /* of the samples so far */
    VEC_OF(SamplePut) puts;
    TracesOut out;
} Making;

/* ------------------------------------------------------------ what is wanted */

static Status read_time(const Json *body, const char *field, int64_t *out, FieldErr *err)
{
    const Json *value = json_get(body, str_from(field));

    if (!value || value->kind == JSON_KIND_NULL)
        return ST_OK;
    if (value->kind == JSON_KIND_INT) {
        *out = value->as.i;
        return ST_OK;
    }
    if (value->kind != JSON_KIND_STR || time_from_text(value->as.s, out) != ST_OK)
        return field_err_set(err, ST_INVALID, field,
                             "%s: must be an RFC 3339 time or nanoseconds since 1970", field);
    return ST_OK;
}

static bool is_trace_id(const Json *item)
{
    uint8_t id[TRACE_ID_BYTES];

    return item->kind == JSON_KIND_STR && hex_decode(item->as.s, id, sizeof id) == ST_OK;
}

/* " trace:(id,id)" behind the query. */
static Status add_trace_ids(const Json *body, Buf *text, int64_t *limit, FieldErr *err)
{
    const Json *list = NULL;
    Err why = {0};
    Status st = ST_OK;

    if (json_field_array(body, STR("trace_ids"), JSON_OPTIONAL, &list, &why))
        return field_err_set(err, ST_INVALID, "trace_ids", "%s", why.msg);
    if (!list)
        return ST_OK;
    if (!list->as.array.len || list->as.array.len > TRACE_IDS_MAX)
        return field_err_set(err, ST_INVALID, "trace_ids", "trace_ids: from 1 to %d, not %zu",
                             (int)TRACE_IDS_MAX, list->as.array.len);
    for (size_t i = 0; i < list->as.array.len && !st; i++) {
        if (!is_trace_id(&list->as.array.items[i]))
            return field_err_set(err, ST_INVALID, "trace_ids",
                                 "trace_ids[%zu]: must be 32 hex digits", i);
        st =
            buf_printf(text, "%s%.*s", i ? "," : " trace:(", STR_ARG(list->as.array.items[i].as.s));
    }
    *limit = (int64_t)list->as.array.len;
    return st ? st : buf_append_char(text, ')');
}

static Status parse_query(Domain *d, int64_t project_id, const Json *body, Arena *arena, Wish *wish,
                          FieldErr *err)
{
    ModelAliases aliases = {0};
    Str where = {0};
    Str kept = {0};
    Err why = {0};
    Buf text;
    Status st = body_text(body, "where", QUERY_MAX_TEXT, &where, NULL, err);

    if (st)
        return st;
    buf_init(&text, (size_t)2 * QUERY_MAX_TEXT);
    if (where.len)
        st = buf_printf(&text, "(%.*s)", STR_ARG(where));
    /* By itself first: what is wrong is told at its place in what was sent. */
    if (!st && query_parse(where, arena, &why, &wish->query))
        st = field_err_set(err, ST_INVALID, "where", "where: at byte %zu: %s", why.pos, why.msg);
    if (!st)
        st = add_trace_ids(body, &text, &wish->limit, err);
    if (!st)
        st = arena_copy(arena, buf_str(&text), &kept);
    buf_deinit(&text);
    if (!st && query_parse(kept, arena, &why, &wish->query))
        st = field_err_set(err, ST_INVALID, "where", "where: %s", why.msg);
    if (!st)
        st = model_aliases(d, project_id, arena, &aliases);
    return st ? st : query_use_aliases(wish->query, &aliases, arena);
}

static Status read_expected(const Json *body, bool *output, FieldErr *err)
{
    Str what = {0};
    Err why = {0};

    if (json_field_str(body, STR("expected"), JSON_OPTIONAL, &what, &why))
        return field_err_set(err, ST_INVALID, "expected", "%s", why.msg);
    *output = str_eq(what, STR("output"));
    if (what.ptr && !*output)
        return field_err_set(err, ST_INVALID, "expected", "expected: must be \"output\" or null");
    return ST_OK;
}

static Status read_wish(Domain *d, int64_t project_id, Str text, Arena *arena, Wish *wish,
                        FieldErr *err)
{
    const Json *body = NULL;
    Str tags = STR("[]");
    Status st = body_parse(text, arena, &body, err);

    if (!st)
        st = body_count(body, "limit", 1, &wish->limit, err);
    if (!st && wish->limit > TRACES_MAX)
        st = field_err_set(err, ST_INVALID, "limit", "limit: at most %d", (int)TRACES_MAX);
    if (!st)
        st = read_time(body, "from", &wish->window.from_ns, err);
    if (!st)
        st = read_time(body, "to", &wish->window.to_ns, err);
    if (!st)
        st = read_expected(body, &wish->output, err);
    if (!st)
        st = body_names(body, "metadata_tags", TAGS_MAX, false, arena, &tags, NULL, err);
    if (!st)
        st = names_split(tags, arena, &wish->tags, &wish->tag_count);
    if (!st)
        st = body_text(body, "split", SAMPLE_MAX_SPLIT, &wish->split, NULL, err);
    if (!st)
        st = body_text(body, "message", MESSAGE_MAX, &wish->message, NULL, err);
    if (!st)
        st = body_text(body, "by", MESSAGE_MAX, &wish->by, NULL, err);
    return st ? st : parse_query(d, project_id, body, arena, wish, err);
}

/* ------------------------------------------------------------ a trace to a sample */

/* What was logged as JSON stays JSON, other text becomes a string. */
static void write_payload(JsonWriter *w, Str key, Str text)
{
    if (json_valid(text, JSON_READ_DEPTH - 2))
        jw_key_raw(w, key, text);
    else
        jw_key_str(w, key, text);
}

static void write_attrs(JsonWriter *w, AttrList attrs)
{
    jw_object(w);
    for (size_t i = 0; i < attrs.len; i++) {
        jw_key(w, attrs.items[i].key);
        if (attrs.items[i].value.kind == VALUE_STR && json_valid(attrs.items[i].value.as.s, 32))
            jw_raw(w, attrs.items[i].value.as.s);
        else
            value_write_json(w, attrs.items[i].value);
    }
    jw_object_end(w);
}

static Status write_metadata(JsonWriter *w, const TraceSummary *t, const Wish *wish, Arena *arena)
{
    Str tag = {0};
    Status st = ST_OK;

    jw_object(w);
    jw_key_hex(w, STR("trace_id"), t->root->trace_id, TRACE_ID_BYTES);
    if (t->root->model.len && t->root->model_version > 0) {
        st = tag_join(t->root->model, t->root->model_version, arena, &tag);
        jw_key_str(w, STR("model"), tag);
    }
    for (size_t i = 0; i < wish->tag_count; i++) {
        const Value *value = attr_find(t->tags, wish->tags[i]);

        if (value) {
            jw_key(w, wish->tags[i]);
            value_write_json(w, *value);
        }
    }
    if (t->references.len) {
        jw_key(w, STR("references"));
        write_attrs(w, t->references);
    }
    jw_object_end(w);
    return st;
}

static Status write_sample(const TraceSummary *t, const Span *root, const Wish *wish, Arena *arena,
                           Buf *out)
{
    JsonWriter w = jw_init(out);
    Status st;

    jw_object(&w);
    write_payload(&w, STR("input"), root->input);
    if (wish->output && root->output.len)
        write_payload(&w, STR("expected"), root->output);
    if (wish->split.len)
        jw_key_str(&w, STR("split"), wish->split);
    jw_key(&w, STR("metadata"));
    st = write_metadata(&w, t, wish, arena);
    jw_object_end(&w);
    return st ? st : jw_done(&w);
}

static Status skip(Making *m, const TraceSummary *t, Str reason)
{
    SkippedTrace told = {.reason = reason};

    memcpy(told.trace_id, t->root->trace_id, sizeof told.trace_id);
    m->out.skipped++;
    if (m->out.told_len < TRACES_TOLD)
        m->out.told[m->out.told_len++] = told;
    return ST_OK;
}

/* Is the id among those of this call, or in the dataset? */
static Status is_there(Making *m, Str id, bool *out)
{
    SampleRow row;
    Arena a;
    uint64_t at;
    Status st;

    *out = map_get(&m->ids, id, &at);
    if (*out)
        return ST_OK;
    arena_init(&a, TEXT_MAX);
    st = catalog_sample_get(m->d->catalog, m->dataset->list_id, m->dataset->version, id, 0, &a,
                            &row);
    arena_deinit(&a);
    *out = st == ST_OK;
    return st == ST_NOTFOUND ? ST_OK : st;
}

static Status keep_sample(Making *m, const TraceSummary *t, Str text)
{
    const Json *json = NULL;
    SamplePut put;
    FieldErr why = {0};
    Arena a;
    Str reason;
    bool there = false;
    Status st;

    arena_init(&a, PAGE_ARENA);
    st = text.len > SAMPLE_MAX_BYTES ? ST_LIMIT : json_parse(text, &a, &json, NULL);
    if (!st)
        st = sample_read(json, &m->rules, m->out.traces - 1, m->arena, &put, &why);
    arena_deinit(&a);
    if (st == ST_LIMIT)
        return skip(m, t, STR("its input is too large for a sample"));
    if (st == ST_INVALID && !arena_copy(m->arena, str_from(why.err.msg), &reason))
        return skip(m, t, reason);
    if (!st)
        st = is_there(m, put.id, &there);
    m->out.there += there;
    if (st || there)
        return st;
    st = map_put(&m->ids, put.id, m->puts.len);
    if (!st)
        st = VEC_PUSH(&m->puts, put, (size_t)TRACES_MAX);
    return st;
}

static Status take_trace(Making *m, const Snapshot *snap, const TraceSummary *t)
{
    Span root;
    Arena a;
    Buf text;
    Str kept = {0};
    Status st;

    m->out.traces++;
    arena_init(&a, PAGE_ARENA);
    buf_init(&text, TEXT_MAX);
    st = query_span(snap, t->root->trace_id, t->root->span_id, &a, &root);
    if (!st && root.input.len) {
        st = write_sample(t, &root, m->wish, &a, &text);
        if (!st)
            st = arena_copy(m->arena, buf_str(&text), &kept);
        if (st == ST_LIMIT)
            st = skip(m, t, STR("its input is too large for a sample"));
        else if (!st)
            st = keep_sample(m, t, kept);
    } else if (!st || st == ST_NOTFOUND) {
        st = skip(m, t, STR("its root span has no input"));
    }
    buf_deinit(&text);
    arena_deinit(&a);
    return st;
}

/* ------------------------------------------------------------ all of them */

static Status take_page(Making *m, const Snapshot *snap, QueryEngine *engine, Str cursor,
                        Arena *page_arena, TracePage *page)
{
    const size_t left = (size_t)m->wish->limit - m->out.traces;
    Status st = query_traces(snap, m->wish->query, &m->wish->window, left < PAGE ? left : PAGE,
                             cursor, engine, page_arena, page);

    for (size_t i = 0; i < page->len && !st; i++)
        st = take_trace(m, snap, &page->items[i]);
    return st;
}

static Status take_pages(Making *m, QueryEngine *engine)
{
    Snapshot *snap;
    Str cursor = {0};
    bool more = true;
    Status st = store_snapshot(m->d->store, m->dataset->project_id, &snap);

    if (st)
        return st;
    while (!st && more) {
        Arena a;
        TracePage page = {0};

        arena_init(&a, PAGE_ARENA);
        st = take_page(m, snap, engine, cursor, &a, &page);
        if (!st)
            st = arena_copy(m->arena, page.next_cursor, &cursor);
        more = cursor.len && m->out.traces < (size_t)m->wish->limit;
        arena_deinit(&a);
    }
    snapshot_release(snap);
    return st;
}

static Status make_samples(Making *m, QueryEngine *engine, FieldErr *err)
{
    Status st = dataset_rules(m->dataset, "traces", m->arena, &m->rules);

    m->out.told = arena_calloc(m->arena, TRACES_TOLD, sizeof *m->out.told);
    if (!st && !m->out.told)
        st = ST_NOMEM;
    if (!st)
        st = take_pages(m, engine);
    if (!st)
        st = dataset_put(m->d, m->dataset, &(SamplePuts){m->puts.items, m->puts.len},
                         m->wish->message, m->wish->by, &m->out.commit, err);
    return st;
}

Status dataset_from_traces(Domain *d, const SpaceRow *dataset, Str body, QueryEngine *engine,
                           const Cancel *cancel, Arena *arena, TracesOut *out, FieldErr *err)
{
    Wish wish = {.window = QUERY_ALWAYS, .limit = TRACES_DEFAULT};
    Making m = {.d = d, .dataset = dataset, .wish = &wish, .arena = arena};
    Status st = read_wish(d, dataset->project_id, body, arena, &wish, err);

    if (st)
        return st;
    wish.window.cancel = cancel;
    map_init(&m.ids, TRACES_MAX);
    st = make_samples(&m, engine, err);
    if (!st)
        *out = m.out;
    map_deinit(&m.ids);
    VEC_FREE(&m.puts);
    return st;
}
