/* SPDX-License-Identifier: Apache-2.0 */
/* The API over a real store and catalogue in a scratch folder, without HTTP:
 * requests are made by hand and go through router and guard. */
#ifndef VIREO_TESTS_API_TEST_H
#define VIREO_TESTS_API_TEST_H

#include "support/check.h"

#include "api/context.h"
#include "domain/project.h"
#include "http/problem.h"
#include "os/file.h"

#include <string.h>
#include <unistd.h>

typedef struct World {
    char dir[64];
    Catalog *catalog;
    Blobs *blobs;
    Domain *domain;
    Ingest *ingest;
    Store *store;
    Api *api;
} World;

static inline void world_open(World *w, bool accounts)
{
    StoreOptions options = {.no_background = true};
    char path[128];
    Err err = {0};

    *w = (World){.dir = "/tmp/vireo-api-XXXXXX"};
    assert_non_null(mkdtemp(w->dir));
    (void)snprintf(path, sizeof path, "%s/catalog.db", w->dir);
    CHECK_OK(catalog_open(path, &err, &w->catalog));
    (void)snprintf(path, sizeof path, "%s/blobs", w->dir);
    CHECK_OK(blobs_open_dir(path, 0, &w->blobs));
    CHECK_OK(domain_open(w->catalog, w->blobs, &w->domain));
    (void)snprintf(path, sizeof path, "%s/store", w->dir);
    CHECK_OK(dir_make(path));
    CHECK_OK(ingest_open(w->domain, path, &w->ingest));
    options.dir = path;
    ingest_store_options(w->ingest, &options);
    CHECK_OK(store_open(&options, &err, &w->store));
    ingest_attach(w->ingest, w->store);
    CHECK_OK(api_new(&(ApiOptions){.accounts = accounts, .workers = 16}, &w->api));
    api_attach(w->api, w->domain, w->ingest, w->store, NULL);
}

static inline void world_close(World *w)
{
    api_free(w->api);
    store_close(w->store);
    ingest_close(w->ingest);
    domain_close(w->domain);
    blobs_close(w->blobs);
    catalog_close(w->catalog);
    CHECK_OK(dir_remove_all(w->dir));
    assert_int_equal(mem_live(), 0);
}

typedef struct Call {
    const char *method, *target, *body, *content_type, *key, *project;
} Call;

/* The answer's status; the answer stays for answer_text() until answer_end(). */
typedef struct Answer {
    Arena arena;
    Response response;
} Answer;

static inline int answer(World *w, const Call *call, Answer *out)
{
    Pair headers[4];
    Request q = {.method = str_from(call->method),
                 .body = str_from(call->body),
                 .headers = headers,
                 .arena = &out->arena};
    Buf allow;
    size_t index = 0;
    Status st;

    arena_init(&out->arena, 64 << 20);
    response_init(&out->response);
    if (call->content_type)
        headers[q.header_count++] = (Pair){STR("Content-Type"), str_from(call->content_type)};
    if (call->key)
        headers[q.header_count++] = (Pair){STR("X-Api-Key"), str_from(call->key)};
    if (call->project)
        headers[q.header_count++] = (Pair){STR("X-Vireo-Project"), str_from(call->project)};
    buf_init(&allow, 256);
    st = request_set_target(&q, str_from(call->target));
    if (!st)
        st = route_find(&api_router, &q, &index, &allow);
    buf_deinit(&allow);
    if (st == ST_OK) {
        const Route *route = &api_router.routes[index];

        if ((route->flags & ROUTE_OPEN) || api_guard(w->api, route, &q, &out->response))
            route->handler(w->api, &q, &out->response);
    } else {
        problem_status(&out->response, st, NULL, "no route");
    }
    return out->response.status;
}

static inline void answer_end(Answer *a)
{
    response_deinit(&a->response);
    arena_deinit(&a->arena);
}

/* The answer as C text, in its arena. */
static inline const char *answer_text(Answer *a)
{
    const char *text = NULL;

    CHECK_OK(arena_copy_z(&a->arena, buf_str(&a->response.body), &text));
    return text;
}

static inline void expect(World *w, const Call *call, int status, const char *part)
{
    Answer a;
    const int have = answer(w, call, &a);
    const char *text = answer_text(&a);

    if (have != status || (part && !strstr(text, part)))
        fail_msg("%s %s: %d, %s", call->method, call->target, have, text);
    answer_end(&a);
}

#define GET(where)                         \
    {                                      \
        .method = "GET", .target = (where) \
    }
#define POST(where, what, kind)                                                     \
    {                                                                               \
        .method = "POST", .target = (where), .body = (what), .content_type = (kind) \
    }

#define ONE_SPAN                                                                                  \
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"     \
    "{\"stringValue\":\"svc\"}}]},\"scopeSpans\":[{\"scope\":{\"name\":\"lib\"},\"spans\":[{"     \
    "\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0102030405060708\",\"name\":"  \
    "\"detect\",\"kind\":1,\"startTimeUnixNano\":\"1700000000000000000\",\"endTimeUnixNano\":"    \
    "\"1700000000000001500\",\"attributes\":[{\"key\":\"vireo.model.name\",\"value\":"            \
    "{\"stringValue\":\"net\"}},{\"key\":\"vireo.model.fingerprint\",\"value\":{\"stringValue\":" \
    "\"abababababababababababababababababababababababababababababababab\"}},{\"key\":"            \
    "\"vireo.tag.tier\",\"value\":{\"stringValue\":\"free\"}},{\"key\":\"whole\",\"value\":"      \
    "{\"doubleValue\":1.0}}],\"status\":{\"code\":2,\"message\":\"broke\"}}]}]}]}"

#endif
