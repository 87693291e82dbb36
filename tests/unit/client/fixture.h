/* SPDX-License-Identifier: Apache-2.0 */
/* A server, a scratch folder and a client over both: what most tests begin with. */
#ifndef TESTS_UNIT_CLIENT_FIXTURE_H
#define TESTS_UNIT_CLIENT_FIXTURE_H

#include "base/alloc.h"
#include "unit/client/fake_server.h"
#include "unit/client/scratch.h"

enum { LONG_MS = 15000 };

typedef struct Fixture {
    Scratch scratch;
    FakeServer server;
    vireo_options options;
    vireo_client *client;
    Arena arena; /* of the spans below */
    Span *spans;
    size_t span_count;
} Fixture;

/* Server and options, no client yet. */
static inline void fixture_prepare(Fixture *f)
{
    *f = (Fixture){0};
    scratch_make(&f->scratch);
    fake_start(&f->server, 0);
    f->options = scratch_options(&f->scratch, f->server.url);
    arena_init(&f->arena, (size_t)1 << 30);
}

static inline void fixture_client(Fixture *f)
{
    assert_int_equal(vireo_open(&f->options, &f->client), VIREO_OK);
}

static inline void fixture_open(Fixture *f)
{
    fixture_prepare(f);
    fixture_client(f);
}

/* Decode everything that arrived. */
static inline void fixture_read(Fixture *f)
{
    free(f->spans);
    f->span_count = fake_spans(&f->server, &f->arena, &f->spans);
}

/* Flush, which must succeed, and decode. */
static inline void fixture_receive(Fixture *f)
{
    assert_int_equal(vireo_flush(f->client, LONG_MS), VIREO_OK);
    fixture_read(f);
}

static inline void fixture_free(Fixture *f)
{
    (void)vireo_close(f->client, LONG_MS);
    fake_stop(&f->server);
    scratch_remove(&f->scratch);
    free(f->spans);
    arena_deinit(&f->arena);
}

static inline void fixture_close(Fixture *f)
{
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

static inline vireo_counters fixture_counters(const Fixture *f)
{
    vireo_counters n;

    vireo_get_counters(f->client, &n);
    return n;
}

static inline void record_spans(vireo_client *c, int count)
{
    for (int i = 0; i < count; i++) {
        vireo_span *s = vireo_span_start(c, NULL, "call");

        vireo_span_int(s, "i", i);
        vireo_span_finish(s);
    }
}

static inline int64_t int_attr(const Span *s, const char *key)
{
    const Value *v = attr_find(s->attrs, str_from(key));

    return v && v->kind == VALUE_INT ? v->as.i : -1;
}

#endif
