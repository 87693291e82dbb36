/* SPDX-License-Identifier: Apache-2.0 */
/* A domain with a real store, and OTLP bodies as text. */
#ifndef VIREO_TESTS_INGEST_TEST_H
#define VIREO_TESTS_INGEST_TEST_H

#include "unit/domain/domain_test.h"

#include "domain/ingest.h"
#include "store/store.h"

typedef struct Plant {
    World w;
    Ingest *ingest;
    Store *store;
} Plant;

static inline Status plant_try_open(Plant *p)
{
    StoreOptions options = {.dir = p->w.place.dir, .no_background = true};
    Err err = {0};
    Status st;

    world_open(&p->w);
    assert_ok(ingest_open(p->w.domain, p->w.place.dir, &p->ingest));
    ingest_store_options(p->ingest, &options);
    st = store_open(&options, &err, &p->store);
    if (!st)
        ingest_attach(p->ingest, p->store);
    return st;
}

static inline void plant_open(Plant *p)
{
    assert_ok(plant_try_open(p));
}

static inline Plant plant_new(void)
{
    Plant p = {.w = {.place = place_new()}};

    plant_open(&p);
    return p;
}

static inline void plant_close(Plant *p)
{
    store_close(p->store);
    ingest_close(p->ingest);
    world_close(&p->w);
}

static inline void plant_free(Plant *p)
{
    plant_close(p);
    assert_int_equal(mem_live(), 0);
    place_free(&p->w.place);
}

/* What a span of a test is. */
typedef struct TestSpan {
    const char *model;
    const char *print; /* fingerprint */
    const char *tag;
    const char *output_type;
    bool error;
} TestSpan;

static inline void put_attr(Buf *b, const char *key, const char *value)
{
    if (value)
        assert_ok(
            buf_printf(b, "{\"key\": \"%s\", \"value\": {\"stringValue\": \"%s\"}},", key, value));
}

/* A span; ids come from `n`. */
static inline void put_span(Buf *b, unsigned n, const TestSpan *s)
{
    assert_ok(buf_printf(b,
                         "{\"traceId\": \"%032x\", \"spanId\": \"%016x\", \"name\": \"s\","
                         "\"startTimeUnixNano\": \"%u\", \"endTimeUnixNano\": \"%u\","
                         "\"status\": {\"code\": %d}, \"attributes\": [",
                         n + 1, n + 1, 1000 + n, 2000 + n, s->error ? 2 : 1));
    put_attr(b, VIREO_ATTR_MODEL_NAME, s->model);
    put_attr(b, VIREO_ATTR_FINGERPRINT, s->print);
    put_attr(b, VIREO_ATTR_MODEL_TAG, s->tag);
    put_attr(b, VIREO_ATTR_OUTPUT_TYPE, s->output_type);
    assert_ok(buf_append(b, STR("{\"key\": \"k\", \"value\": {\"intValue\": \"1\"}}]},")));
}

/* ResourceSpans of one project (NULL: it does not say). */
static inline void open_resource(Buf *b, const char *project)
{
    assert_ok(buf_append(b, STR("{\"resource\": {\"attributes\": [")));
    if (project)
        assert_ok(buf_printf(
            b, "{\"key\": \"vireo.project\", \"value\": {\"stringValue\": \"%s\"}}", project));
    assert_ok(buf_append(b, STR("]}, \"scopeSpans\": [{\"spans\": [")));
}

static inline void close_resource(Buf *b)
{
    b->len--; /* the last comma */
    assert_ok(buf_append(b, STR("]}]},")));
}

static inline Status plant_send_body(Plant *p, Str body, int64_t project_id, bool may_make,
                                     IngestResult *result, Err *err)
{
    return ingest_spans(p->ingest,
                        &(IngestRequest){.content = CONTENT_JSON,
                                         .body = body,
                                         .project_id = project_id,
                                         .may_make_project = may_make},
                        result, err);
}

/* Send `count` spans like `s`, with ids from `first`, to the project of `resource`. */
static inline IngestResult plant_send(Plant *p, const char *resource, unsigned first,
                                      unsigned count, const TestSpan *s)
{
    IngestResult result = {0};
    Err err = {0};
    Buf body;

    buf_init(&body, 64 << 20);
    assert_ok(buf_append(&body, STR("{\"resourceSpans\": [")));
    open_resource(&body, resource);
    for (unsigned i = 0; i < count; i++)
        put_span(&body, first + i, s);
    close_resource(&body);
    body.len--;
    assert_ok(buf_append(&body, STR("]}")));
    if (plant_send_body(p, buf_str(&body), 0, true, &result, &err))
        fail_msg("%s", err.msg);
    buf_deinit(&body);
    return result;
}

static inline uint64_t plant_stored(Plant *p, const char *project)
{
    ProjectCounters n;
    int64_t id;

    assert_ok(project_find(p->w.domain, str_from(project), &id, NULL));
    assert_ok(project_counters(p->w.domain, id, &n));
    return n.stored;
}

static inline VersionRow plant_version(Plant *p, const char *tag)
{
    VersionRow v = {0};

    assert_ok(version_by_tag(p->w.domain, p->w.project, str_from(tag), &p->w.arena, &v));
    return v;
}

#define PRINT_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define PRINT_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

#endif
