/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the store share: a folder of its own, an index in memory
 * that can be kept in a file, requests whose spans follow from a seed, and an
 * oracle of what the store must hold. */
#ifndef TESTS_SUPPORT_STORE_FIXTURE_H
#define TESTS_SUPPORT_STORE_FIXTURE_H

#include "base/buf.h"
#include "os/file.h"
#include "store/attr_json.h"
#include "store/deletion.h"
#include "store/internal.h"
#include "store/snapshot.h"
#include "store/span_columns.h"
#include "support/check.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { FIXTURE_SEGMENTS = 4096, FIXTURE_REQUESTS = 20000, FIXTURE_PROJECTS = 3 };
enum { FIXTURE_TOMBSTONES = 256 };

/* ---------------------------------------------------------------- the index */

typedef struct TestIndex {
    SegmentInfo items[FIXTURE_SEGMENTS];
    size_t len;
    uint64_t flushed_seq;
    Tombstone tombstones[FIXTURE_TOMBSTONES]; /* these and the dropped ones are not in the file */
    size_t tombstone_count;
    bool dropped[FIXTURE_PROJECTS + 1];
    const char *path;    /* kept there when set */
    long fail_publishes; /* fail so many of the next */
    bool lie;            /* a failing publish is done all the same */
    Mutex lock;          /* last: not part of what a failing publish puts back */
} TestIndex;

static inline Status index_list(void *context, Status (*visit)(void *visitor, const SegmentInfo *s),
                                void *visitor, uint64_t *flushed_seq)
{
    TestIndex *x = context;

    for (size_t i = 0; i < x->len; i++) {
        const Status st = visit(visitor, &x->items[i]);

        if (st)
            return st;
    }
    *flushed_seq = x->flushed_seq;
    return ST_OK;
}

static inline Status index_save(const TestIndex *x)
{
    Buf b;
    Status st;

    if (!x->path)
        return ST_OK;
    buf_init(&b, (size_t)1 << 24);
    st = buf_append(&b, (Str){(const char *)&x->flushed_seq, sizeof x->flushed_seq});
    if (!st)
        st = buf_append(&b, (Str){(const char *)x->items, x->len * sizeof x->items[0]});
    if (!st)
        st = file_replace(x->path, buf_str(&b));
    buf_deinit(&b);
    return st;
}

static inline void index_load(TestIndex *x)
{
    Buf b;

    buf_init(&b, (size_t)1 << 24);
    x->len = 0;
    x->flushed_seq = 0;
    if (x->path && file_read_whole(x->path, &b) == ST_OK) {
        memcpy(&x->flushed_seq, b.data, sizeof x->flushed_seq);
        x->len = (b.len - sizeof x->flushed_seq) / sizeof x->items[0];
        memcpy(x->items, b.data + sizeof x->flushed_seq, x->len * sizeof x->items[0]);
    }
    buf_deinit(&b);
}

static inline void index_apply(TestIndex *x, const SegmentInfo *add, size_t add_count,
                               const int64_t *remove, size_t remove_count, uint64_t flushed_seq)
{
    for (size_t r = 0; r < remove_count; r++)
        for (size_t i = 0; i < x->len; i++)
            if (x->items[i].id == remove[r])
                x->items[i--] = x->items[--x->len];
    for (size_t i = 0; i < add_count; i++)
        x->items[x->len++] = add[i];
    if (flushed_seq)
        x->flushed_seq = flushed_seq;
}

static inline Status index_change(TestIndex *x, const SegmentInfo *add, size_t add_count,
                                  const int64_t *remove, size_t remove_count, uint64_t flushed_seq)
{
    TestIndex *before;
    Status st;

    if (x->fail_publishes > 0) {
        x->fail_publishes--;
        if (x->lie)
            index_apply(x, add, add_count, remove, remove_count, flushed_seq);
        return ST_IO;
    }
    if (x->len + add_count > FIXTURE_SEGMENTS)
        return ST_LIMIT;
    before = malloc(sizeof *before);
    memcpy(before, x, offsetof(TestIndex, lock));
    index_apply(x, add, add_count, remove, remove_count, flushed_seq);
    st = index_save(x);
    if (st)
        memcpy(x, before, offsetof(TestIndex, lock));
    free(before);
    return st;
}

static inline Status index_publish(void *context, const SegmentInfo *add, size_t add_count,
                                   const int64_t *remove, size_t remove_count, uint64_t flushed_seq)
{
    TestIndex *x = context;
    Status st;

    mutex_lock(&x->lock);
    st = index_change(x, add, add_count, remove, remove_count, flushed_seq);
    mutex_unlock(&x->lock);
    return st;
}

/* Fail so many of the next; also while the store's own thread publishes. */
static inline void index_fail(TestIndex *x, long publishes)
{
    mutex_lock(&x->lock);
    x->fail_publishes = publishes;
    mutex_unlock(&x->lock);
}

/* ------------------------------------------------------- what it knows of deletion */

/* ST_IO when it is to fail now. */
static inline Status index_may_fail(TestIndex *x)
{
    if (x->fail_publishes <= 0)
        return ST_OK;
    x->fail_publishes--;
    return ST_IO;
}

static inline Status index_each_tombstone(void *context,
                                          Status (*visit)(void *visitor, const Tombstone *t),
                                          void *visitor)
{
    TestIndex *x = context;
    Status st = ST_OK;

    for (int64_t p = 0; p <= FIXTURE_PROJECTS; p++)
        for (size_t i = 0; i < x->tombstone_count && !st; i++)
            if (x->tombstones[i].project_id == p)
                st = visit(visitor, &x->tombstones[i]);
    return st;
}

static inline void index_put_tombstone(TestIndex *x, const Tombstone *t)
{
    for (size_t i = 0; i < x->tombstone_count; i++) {
        Tombstone *old = &x->tombstones[i];

        if (old->project_id == t->project_id && memcmp(old->trace_id, t->trace_id, 16) == 0) {
            old->seq = t->seq > old->seq ? t->seq : old->seq;
            return;
        }
    }
    if (x->tombstone_count == FIXTURE_TOMBSTONES)
        fail_msg("too many tombstones: they are never dropped");
    x->tombstones[x->tombstone_count++] = *t;
}

static inline Status index_add_tombstones(void *context, const Tombstone *items, size_t count)
{
    TestIndex *x = context;
    Status st;

    mutex_lock(&x->lock);
    st = index_may_fail(x);
    for (size_t i = 0; i < count && !st; i++)
        index_put_tombstone(x, &items[i]);
    mutex_unlock(&x->lock);
    return st;
}

static inline Status index_drop_tombstones(void *context, int64_t project_id, uint64_t seq)
{
    TestIndex *x = context;
    Status st;

    mutex_lock(&x->lock);
    st = index_may_fail(x);
    for (size_t i = 0; i < x->tombstone_count && !st;)
        if (x->tombstones[i].project_id == project_id && x->tombstones[i].seq <= seq)
            x->tombstones[i] = x->tombstones[--x->tombstone_count];
        else
            i++;
    mutex_unlock(&x->lock);
    return st;
}

static inline Status
index_each_dropped(void *context, Status (*visit)(void *visitor, int64_t project_id), void *visitor)
{
    TestIndex *x = context;
    Status st = ST_OK;

    for (int64_t p = 0; p <= FIXTURE_PROJECTS && !st; p++)
        st = x->dropped[p] ? visit(visitor, p) : ST_OK;
    return st;
}

static inline Status index_drop_project(void *context, int64_t project_id)
{
    TestIndex *x = context;
    Status st;

    mutex_lock(&x->lock);
    st = index_may_fail(x);
    for (size_t i = 0; i < x->len && !st;)
        if (x->items[i].project_id == project_id)
            x->items[i] = x->items[--x->len];
        else
            i++;
    x->dropped[project_id] |= !st;
    mutex_unlock(&x->lock);
    return st ? st : index_drop_tombstones(x, project_id, UINT64_MAX);
}

static const SegmentIndexOps test_index_ops = {.list = index_list,
                                               .publish = index_publish,
                                               .each_tombstone = index_each_tombstone,
                                               .add_tombstones = index_add_tombstones,
                                               .drop_tombstones = index_drop_tombstones,
                                               .each_dropped = index_each_dropped,
                                               .drop_project = index_drop_project};

/* -------------------------------------------------- requests made from seeds */

/* Making never fails half way: without memory it goes on with scratch space
 * and make_chunk() answers ST_NOMEM. */
static _Thread_local bool made_failed;

static inline void *made_alloc(Arena *a, size_t count, size_t size)
{
    static _Thread_local uint64_t scratch[1 << 13];
    void *p = arena_calloc(a, count, size);

    if (p)
        return p;
    made_failed = true;
    memset(scratch, 0, sizeof scratch);
    return scratch;
}

static inline Str made_text(Dice *d, Arena *a, size_t max)
{
    static const char letters[] = "abcdefghij  \"\\<>{}[]:,#.\n\xc3\xa9";
    const size_t len = dice_below(d, max + 1);
    char *text = made_alloc(a, len + 1, 1);

    for (size_t i = 0; i < len; i++)
        text[i] = letters[dice_below(d, 20)];
    return (Str){text, len};
}

static inline Str pick(Dice *d, const char *const *from, size_t count)
{
    return str_from(from[dice_below(d, count)]);
}

static inline Value made_value(Dice *d, Arena *a)
{
    static const char *const json[] = {"[1,2,\"x\"]", "{\"a\":{\"b\":null}}", "[]", "{}"};
    static const double doubles[] = {0.5, -0.0, 1e300, 3.0, 1.0 / 3};

    switch (dice_below(d, 8)) {
    case 0:
        return (Value){.kind = VALUE_NONE};
    case 1:
        return (Value){.kind = VALUE_BOOL, .as.b = dice_below(d, 2) != 0};
    case 2:
        return (Value){.kind = VALUE_INT, .as.i = (int64_t)dice_u64(d)};
    case 3:
        return (Value){.kind = VALUE_DOUBLE, .as.d = doubles[dice_below(d, 5)]};
    case 4:
        return (Value){.kind = VALUE_BYTES, .as.s = made_text(d, a, 12)};
    case 5:
        return (Value){.kind = VALUE_JSON, .as.s = pick(d, json, 4)};
    default:
        return (Value){.kind = VALUE_STR, .as.s = made_text(d, a, 12)};
    }
}

static const char *const made_keys[] = {"http.method",
                                        "a",
                                        "b",
                                        "vireo.tag.tier",
                                        "x#int",
                                        "y#str",
                                        "z#json",
                                        "",
                                        "count",
                                        "quote\"",
                                        "deep.key.with.dots",
                                        "c"};

static inline AttrList made_attrs(Dice *d, Arena *a, size_t max, unsigned rare)
{
    const size_t len = dice_below(d, max + 1);
    Attr *items = made_alloc(a, len + 3, sizeof *items);

    for (size_t i = 0; i < len; i++) {
        items[i].key = pick(d, made_keys, 12);
        if (rare && dice_below(d, rare) == 0) {
            Str key;

            if (arena_printf(a, &key, "rare.%u", (unsigned)dice_below(d, 3000)))
                made_failed = true;
            else
                items[i].key = key;
        }
        items[i].value = made_value(d, a);
    }
    return (AttrList){items, len};
}

/* The payload comes verbatim from an attribute, or is put together. */
static inline void made_payload(Dice *d, Arena *a, Span *s, Str *payload, Str *key)
{
    static const char *const keys[] = {"vireo.input", "gen_ai.messages", "input#str"};
    static const char *const json[] = {"[1]", "{\"role\":\"user\"}"};

    switch (dice_below(d, 5)) {
    case 0:
        return;
    case 1:
        *payload = made_text(d, a, 600);
        return;
    case 2:
        *payload = pick(d, json, 2);
        *key = STR("gen_ai.json");
        s->attrs.items[s->attrs.len++] = (Attr){*key, {.kind = VALUE_JSON, .as.s = *payload}};
        return;
    case 3:
        *payload = made_text(d, a, 20);
        *key = STR("not.there");
        return;
    default:
        *payload = made_text(d, a, 400);
        *key = pick(d, keys, 3);
        s->attrs.items[s->attrs.len++] = (Attr){*key, {.kind = VALUE_STR, .as.s = *payload}};
    }
}

/* The n-th span of a request has the id n, so that only different requests
 * hold the same span twice. */
static inline void made_span(Dice *d, Arena *a, Span *s, size_t n, const Resource *resource,
                             const Scope *scope, unsigned ids)
{
    static const char *const names[] = {"predict", "call \"x\"", "retrieve", ""};
    static const char *const types[] = {"llm", "tool", "span"};
    const uint64_t trace = dice_below(d, ids) + 1;
    const uint64_t span = n + 1;

    *s = (Span){.resource = resource, .scope = scope, .usage = {-1, -1}};
    memcpy(s->trace_id, &trace, sizeof trace);
    memcpy(s->trace_id + 8, &trace, sizeof trace);
    memcpy(s->span_id, &span, sizeof span);
    if (dice_below(d, 2)) {
        const uint64_t parent = dice_below(d, 8) + 1;

        memcpy(s->parent_id, &parent, sizeof parent);
    }
    s->name = pick(d, names, 4);
    s->type = pick(d, types, 3);
    s->otel_kind = (int32_t)dice_below(d, 6);
    s->flags = (uint32_t)dice_u64(d);
    s->start_ns =
        dice_below(d, 30) ? (int64_t)(dice_below(d, 1000000) * 1000) : (int64_t)dice_u64(d);
    s->end_ns = s->start_ns > INT64_MAX - 5000 ? INT64_MAX : s->start_ns + 5000;
    s->status = (SpanStatus)dice_below(d, 3);
    s->attrs = made_attrs(d, a, 6, dice_below(d, 4) ? 0 : 2);
    made_payload(d, a, s, &s->input, &s->input_key);
    made_payload(d, a, s, &s->output, &s->output_key);
    if (dice_below(d, 3) == 0) {
        s->status_message = made_text(d, a, 20);
        s->events_json = STR("[{\"name\":\"exception\"}]");
        s->links_json = STR("[{\"trace_id\":\"00\"}]");
        s->trace_state = STR("a=b");
        s->dropped_attributes = 3;
        s->dropped_events = 4;
        s->dropped_links = UINT32_MAX;
        s->model = STR("digits");
        s->model_version = 2;
        s->fingerprint = STR("f00d");
        s->session = made_text(d, a, 5);
        s->user = made_text(d, a, 5);
        s->llm_model = STR("gpt");
        s->llm_provider = STR("openai");
        s->usage = (Usage){(int64_t)dice_below(d, 100), 0};
        if (dice_below(d, 3) == 0) {
            s->has_cost = true;
            s->cost = (double)dice_below(d, 1000) / 8000;
        }
        s->error_type = STR("ValueError");
        s->error_message = made_text(d, a, 30);
    }
}

/* The spans of the request `seed`: `count` spans over `ids` traces. */
static inline Status make_chunk(int64_t project_id, uint64_t seed, size_t count, unsigned ids,
                                Chunk **out)
{
    Dice d = dice_new(seed);
    Chunk *c = NULL;
    Resource *resources;
    Scope *scopes;
    Status st = chunk_new(project_id, (size_t)1 << 26, &c);

    if (st)
        return st;
    made_failed = false;
    c->batch.spans = arena_calloc(&c->arena, count, sizeof *c->batch.spans);
    c->batch.len = count;
    resources = made_alloc(&c->arena, 2, sizeof *resources);
    scopes = made_alloc(&c->arena, 2, sizeof *scopes);
    if (!c->batch.spans || made_failed) {
        chunk_free(c);
        return ST_NOMEM;
    }
    for (size_t i = 0; i < 2; i++) {
        resources[i].attrs = made_attrs(&d, &c->arena, 3, 0);
        resources[i].service_name = i ? STR("shop") : STR("");
        scopes[i].attrs = made_attrs(&d, &c->arena, i ? 3 : 0, 0);
        scopes[i].name = i ? STR("scope") : STR("");
    }
    for (size_t i = 0; i < count; i++)
        made_span(&d, &c->arena, &c->batch.spans[i], i, &resources[dice_below(&d, 2)],
                  &scopes[dice_below(&d, 2)], ids);
    if (made_failed) {
        chunk_free(c);
        return ST_NOMEM;
    }
    *out = c;
    return ST_OK;
}

/* A request's body tells how to make its spans: "<seed> <count> <ids>". */
static inline size_t make_body(char *out, size_t size, uint64_t seed, size_t count, unsigned ids)
{
    return (size_t)snprintf(out, size, "%llu %zu %u ", (unsigned long long)seed, count, ids);
}

static inline Status decode_body(void *context, const StoreRecord *record, Chunk **out)
{
    char text[64] = {0};
    unsigned long long seed = 0;
    size_t count = 0;
    unsigned ids = 0;

    (void)context;
    memcpy(text, record->body.ptr, record->body.len < 63 ? record->body.len : 63);
    if (record->kind != 7 || sscanf(text, "%llu %zu %u", &seed, &count, &ids) != 3 || !count)
        return ST_CORRUPT;
    return make_chunk(record->project_id, seed, count, ids, out);
}

/* --------------------------------------------------------------- the fixture */

typedef struct Request {
    uint64_t seed;
    int64_t project_id;
    size_t count;
    unsigned ids;
} Request;

/* What was deleted: of the requests before it, a trace (made_span()) or everything. */
typedef struct Death {
    int64_t project_id;
    uint64_t trace; /* 0: all */
    size_t requests;
} Death;

typedef struct Fixture {
    char dir[256];
    char index_path[300];
    TestIndex index;
    Store *store;
    size_t memtable_bytes;
    int64_t flush_quiet_ns;
    bool background;
    Request requests[FIXTURE_REQUESTS]; /* acknowledged ones, in order */
    size_t len;
    Death deaths[FIXTURE_REQUESTS];
    size_t death_count;
    Err err;
} Fixture;

static inline Fixture *fixture_new(void)
{
    Fixture *f = calloc(1, sizeof *f);

    /* In memory where that is possible: these tests sync thousands of times. */
    (void)snprintf(f->dir, sizeof f->dir, "%s/vireo-store-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : P_tmpdir);
    if (!mkdtemp(f->dir))
        fail_msg("no folder for the test");
    (void)snprintf(f->index_path, sizeof f->index_path, "%s/index", f->dir);
    return f;
}

static inline Status fixture_try_open(Fixture *f)
{
    const StoreOptions options = {.dir = f->dir,
                                  .index = {&test_index_ops, &f->index},
                                  .decode = decode_body,
                                  .flush_quiet_ns = f->flush_quiet_ns,
                                  .memtable_bytes = f->memtable_bytes,
                                  .no_background = !f->background};

    f->err = (Err){0};
    return store_open(&options, &f->err, &f->store);
}

static inline void fixture_open(Fixture *f)
{
    const Status st = fixture_try_open(f);

    if (st)
        fail_msg("store_open: %s: %s", status_text(st), f->err.msg);
}

static inline void fixture_close(Fixture *f)
{
    store_close(f->store);
    f->store = NULL;
}

/* Stop as if the process had died: nothing is flushed any more. */
static inline void fixture_crash(Fixture *f)
{
    index_fail(&f->index, 1000000);
    store_close(f->store);
    index_fail(&f->index, 0);
    f->store = NULL;
}

static inline void fixture_free(Fixture *f)
{
    if (f->store)
        fixture_close(f);
    CHECK_OK(dir_remove_all(f->dir));
    free(f);
}

/* Append what `r` makes; takes `c`, which was made from it. */
static inline Status fixture_append_made(Fixture *f, const Request *r, Chunk *c)
{
    char body[3000];
    size_t len = make_body(body, sizeof body, r->seed, r->count, r->ids);
    Status st;

    /* Every third is long enough to be compressed. */
    if (r->seed % 3 == 0) {
        memset(body + len, 'x', 2000);
        len += 2000;
    }
    st = store_append(
        f->store, &(StoreRecord){.project_id = r->project_id, .kind = 7, .body = {body, len}}, c);
    if (st)
        chunk_free(c);
    else if (f->len < FIXTURE_REQUESTS)
        f->requests[f->len++] = *r;
    return st;
}

static inline Status fixture_append(Fixture *f, int64_t project_id, uint64_t seed, size_t count,
                                    unsigned ids)
{
    const Request r = {seed, project_id, count, ids};
    Chunk *c = NULL;
    const Status st = make_chunk(project_id, seed, count, ids, &c);

    return st ? st : fixture_append_made(f, &r, c);
}

static inline TraceId made_trace_id(uint64_t trace)
{
    TraceId id;

    memcpy(id.bytes, &trace, 8);
    memcpy(id.bytes + 8, &trace, 8);
    return id;
}

/* Delete a trace, and remember it when the store says so. */
static inline Status fixture_delete(Fixture *f, int64_t project_id, uint64_t trace, uint64_t *spans)
{
    const TraceId id = made_trace_id(trace);
    const Status st = store_delete_traces(f->store, project_id, &id, 1, spans);

    if (!st)
        f->deaths[f->death_count++] = (Death){project_id, trace, f->len};
    return st;
}

static inline Status fixture_drop(Fixture *f, int64_t project_id, uint64_t *spans)
{
    const Status st = store_drop_project(f->store, project_id, spans);

    if (!st)
        f->deaths[f->death_count++] = (Death){project_id, 0, FIXTURE_REQUESTS};
    return st;
}

static inline bool is_gone(const Fixture *f, size_t request, const Span *s)
{
    for (size_t i = 0; i < f->death_count; i++) {
        const Death *d = &f->deaths[i];

        if (d->project_id == f->requests[request].project_id && request < d->requests &&
            (!d->trace || memcmp(made_trace_id(d->trace).bytes, s->trace_id, 16) == 0))
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------- comparison */

static inline int attr_by_key(const void *a, const void *b)
{
    return str_cmp(((const Attr *)a)->key, ((const Attr *)b)->key);
}

static inline bool same_attrs(AttrList x, AttrList y, Arena *a)
{
    Attr *copies[2];
    AttrList lists[2] = {x, y};

    for (size_t i = 0; i < 2; i++) {
        if (attr_list_unique(lists[i], a, &lists[i]))
            return false;
        copies[i] = arena_alloc(a, (lists[i].len + 1) * sizeof(Attr));
        if (lists[i].len)
            memcpy(copies[i], lists[i].items, lists[i].len * sizeof(Attr));
        qsort(copies[i], lists[i].len, sizeof(Attr), attr_by_key);
    }
    if (lists[0].len != lists[1].len)
        return false;
    for (size_t i = 0; i < lists[0].len; i++)
        if (!str_eq(copies[0][i].key, copies[1][i].key) ||
            !value_eq(copies[0][i].value, copies[1][i].value))
            return false;
    return true;
}

#define SAME_TEXT(field)             \
    if (!str_eq(x->field, y->field)) \
    return #field
#define SAME_NUMBER(field)    \
    if (x->field != y->field) \
    return #field

/* Name of what differs, or NULL. `x` is as it was appended, `y` as it was read. */
static inline const char *stored_difference(const Span *x, const Span *y, Arena *a)
{
    if (memcmp(x->trace_id, y->trace_id, 16) != 0 || memcmp(x->span_id, y->span_id, 8) != 0 ||
        memcmp(x->parent_id, y->parent_id, 8) != 0)
        return "ids";
    SAME_TEXT(name);
    SAME_TEXT(trace_state);
    SAME_NUMBER(flags);
    SAME_NUMBER(otel_kind);
    SAME_NUMBER(start_ns);
    SAME_NUMBER(end_ns);
    SAME_NUMBER(status);
    SAME_TEXT(status_message);
    SAME_TEXT(events_json);
    SAME_TEXT(links_json);
    SAME_NUMBER(dropped_attributes);
    SAME_NUMBER(dropped_events);
    SAME_NUMBER(dropped_links);
    SAME_TEXT(type);
    SAME_TEXT(model);
    SAME_NUMBER(model_version);
    SAME_TEXT(fingerprint);
    SAME_TEXT(session);
    SAME_TEXT(user);
    SAME_TEXT(input);
    SAME_TEXT(output);
    SAME_TEXT(llm_model);
    SAME_TEXT(llm_provider);
    SAME_NUMBER(usage.input_tokens);
    SAME_NUMBER(usage.output_tokens);
    SAME_NUMBER(has_cost);
    SAME_NUMBER(cost);
    SAME_TEXT(error_type);
    SAME_TEXT(error_message);
    SAME_TEXT(resource->service_name);
    SAME_TEXT(scope->name);
    SAME_TEXT(scope->version);
    if (!str_eq(span_input_attr(x) ? x->input_key : STR(""), y->input_key))
        return "input_key";
    if (!str_eq(span_output_attr(x) ? x->output_key : STR(""), y->output_key))
        return "output_key";
    if (!same_attrs(x->attrs, y->attrs, a))
        return "attributes";
    if (!same_attrs(x->resource->attrs, y->resource->attrs, a))
        return "resource";
    return same_attrs(x->scope->attrs, y->scope->attrs, a) ? NULL : "scope attributes";
}

static inline int span_by_id(const void *a, const void *b)
{
    const Span *x = a;
    const Span *y = b;
    int c = memcmp(x->trace_id, y->trace_id, 16);

    if (!c)
        c = memcmp(x->span_id, y->span_id, 8);
    if (!c)
        c = x->seq < y->seq ? 1 : x->seq > y->seq ? -1 : 0;
    return c;
}

/* Keep of doubled spans the first, which has the highest seq. */
static inline size_t drop_older(Span *spans, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (!kept || memcmp(spans[kept - 1].trace_id, spans[i].trace_id, 24) != 0)
            spans[kept++] = spans[i];
    return kept;
}

/* All spans of a project as a reader sees them; *doubled counts equal (id, seq). */
static inline size_t read_all(Store *s, int64_t project_id, Arena *a, Span **out, size_t *doubled)
{
    Snapshot *snap = NULL;
    size_t rows = 0;
    size_t at = 0;
    Span *spans;

    CHECK_OK(store_snapshot(s, project_id, &snap));
    for (size_t b = 0; b < snapshot_block_count(snap); b++)
        rows += snapshot_block(snap, b).rows;
    spans = arena_calloc(a, rows + 1, sizeof *spans);
    for (size_t b = 0; b < snapshot_block_count(snap); b++) {
        const size_t n = snapshot_block(snap, b).rows;
        size_t *wanted = arena_alloc(a, (n + 1) * sizeof *wanted);

        for (size_t i = 0; i < n; i++)
            wanted[i] = i;
        CHECK_OK(snapshot_spans(snap, b, wanted, n, a, spans + at));
        at += n;
    }
    snapshot_release(snap);
    qsort(spans, rows, sizeof *spans, span_by_id);
    *doubled = 0;
    for (size_t i = 1; i < rows; i++)
        *doubled += memcmp(spans[i].trace_id, spans[i - 1].trace_id, 24) == 0 &&
                    spans[i].seq == spans[i - 1].seq;
    *out = spans;
    return drop_older(spans, rows);
}

static inline bool same_value(const Vector *a, size_t i, const Vector *b, size_t k)
{
    if (vector_is_null(a, i) || vector_is_null(b, k))
        return vector_is_null(a, i) == vector_is_null(b, k);
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case VECTOR_BOOL:
        return a->as.b[i] == b->as.b[k];
    case VECTOR_INT:
    case VECTOR_TIME:
        return a->as.i[i] == b->as.i[k];
    case VECTOR_DOUBLE:
        return memcmp(&a->as.d[i], &b->as.d[k], sizeof(double)) == 0;
    default:
        return str_eq(vector_str(a, i), vector_str(b, k));
    }
}

/* Rows to pick of one block. */
typedef struct Picking {
    const Snapshot *snap;
    size_t block;
    const size_t *rows;
    size_t count;
    size_t ids; /* seen by a scan */
} Picking;

static inline Status check_pick_column(void *visitor, Str column, VectorType type)
{
    const Picking *p = visitor;
    const size_t rows = snapshot_block(p->snap, p->block).rows;
    Arena a;
    Vector all;
    Vector some;

    (void)type;
    arena_init(&a, (size_t)1 << 26);
    CHECK_OK(snapshot_read(p->snap, p->block, column, 0, rows, &a, &all));
    CHECK_OK(snapshot_pick(p->snap, p->block, column, p->rows, p->count, &a, &some));
    assert_int_equal(some.len, p->count);
    for (size_t i = 0; i < p->count; i++)
        assert_true(same_value(&some, i, &all, p->rows[i]));
    arena_deinit(&a);
    return ST_OK;
}

static inline Status check_scanned(void *context, size_t first, const Vector *ids)
{
    Picking *p = context;
    Arena a;
    Vector all;

    arena_init(&a, (size_t)1 << 26);
    assert_int_equal(first, p->ids);
    CHECK_OK(snapshot_read(p->snap, p->block, STR("trace_id"), first, first + ids->len, &a, &all));
    for (size_t i = 0; i < ids->len; i++)
        assert_true(same_value(ids, i, &all, i));
    p->ids += ids->len;
    arena_deinit(&a);
    return ST_OK;
}

/* Some rows of each column are those of all; a scan gives all ids. */
static inline void check_picks(Dice *d, const Snapshot *snap, size_t block)
{
    const size_t rows = snapshot_block(snap, block).rows;
    Picking p = {.snap = snap, .block = block};
    Arena a;
    size_t *wanted;

    arena_init(&a, (size_t)1 << 26);
    wanted = arena_alloc(&a, (rows + 1) * sizeof *wanted);
    for (size_t at = dice_below(d, 10); at < rows; at += 1 + dice_below(d, 10))
        wanted[p.count++] = at;
    p.rows = wanted;
    CHECK_OK(snapshot_columns(snap, check_pick_column, &p));
    CHECK_OK(check_pick_column(&p, STR("attr.nobody"), VECTOR_STR));
    CHECK_OK(snapshot_scan_ids(snap, block, &a, check_scanned, &p));
    assert_int_equal(p.ids, rows);
    arena_deinit(&a);
}

/* What the acknowledged requests of the project must read as. */
static inline size_t expected_spans(const Fixture *f, int64_t project_id, Arena *a, Chunk **chunks,
                                    Span **out)
{
    Span *spans;
    size_t rows = 0;
    size_t at = 0;

    for (size_t i = 0; i < f->len; i++)
        rows += f->requests[i].project_id == project_id ? f->requests[i].count : 0;
    spans = arena_calloc(a, rows + 1, sizeof *spans);
    for (size_t i = 0; i < f->len; i++) {
        const Request *r = &f->requests[i];

        chunks[i] = NULL;
        if (r->project_id != project_id)
            continue;
        CHECK_OK(make_chunk(project_id, r->seed, r->count, r->ids, &chunks[i]));
        for (size_t k = 0; k < r->count; k++) {
            spans[at] = chunks[i]->batch.spans[k];
            spans[at].seq = i + 1;
            at += !is_gone(f, i, &chunks[i]->batch.spans[k]);
        }
    }
    qsort(spans, at, sizeof *spans, span_by_id);
    *out = spans;
    return drop_older(spans, at);
}

/* The store holds the acknowledged requests, all and nothing else. */
static inline void check_project(const Fixture *f, int64_t project_id, uint64_t seed)
{
    Chunk **chunks = calloc(f->len + 1, sizeof *chunks);
    Arena a;
    Span *want = NULL;
    Span *have = NULL;
    size_t want_count;
    size_t have_count;
    size_t doubled = 0;

    arena_init(&a, (size_t)2 << 30);
    want_count = expected_spans(f, project_id, &a, chunks, &want);
    have_count = read_all(f->store, project_id, &a, &have, &doubled);
    if (want_count != have_count)
        fail_msg("seed %llu, project %d: %zu spans instead of %zu", (unsigned long long)seed,
                 (int)project_id, have_count, want_count);
    for (size_t i = 0; i < want_count; i++) {
        const char *diff = stored_difference(&want[i], &have[i], &a);

        if (diff)
            fail_msg("seed %llu, project %d, span %zu: %s differs", (unsigned long long)seed,
                     (int)project_id, i, diff);
    }
    arena_deinit(&a);
    for (size_t i = 0; i < f->len; i++)
        chunk_free(chunks[i]);
    free(chunks);
}

static inline void check_store(const Fixture *f, uint64_t seed)
{
    for (int64_t p = 1; p <= FIXTURE_PROJECTS; p++)
        check_project(f, p, seed);
}

#endif
