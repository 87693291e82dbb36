/* SPDX-License-Identifier: Apache-2.0 */
/* Request targets: split, decode, route.  Input: "METHOD target". */
#include "http/origin.h"
#include "http/route.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void nothing(void *context, Request *q, Response *r)
{
    (void)context;
    (void)q;
    (void)r;
}

static const Route routes[] = {
    {"GET", "/healthz", nothing, 0, 0},
    {"GET", "/api/v1/projects/{project}/traces", nothing, 0, 0},
    {"GET", "/api/v1/projects/{project}/traces/live", nothing, 0, 0},
    {"GET", "/api/v1/projects/{project}/traces/{trace_id}", nothing, 0, 0},
    {"PATCH", "/api/v1/projects/{project}/models/{name}/versions/{version}", nothing, 0, 0},
};

/* What a handler gets is UTF-8 without NULs, whatever was sent. */
static void check_text(Str s)
{
    if (!utf8_valid(s) || str_find_char(s, '\0') < s.len)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Router router = {routes, sizeof routes / sizeof routes[0]};
    Arena arena;
    Request q = {.arena = &arena};
    Buf allow;
    Str target;
    size_t index;

    arena_init(&arena, 1 << 20);
    buf_init(&allow, 256);
    str_cut((Str){(const char *)data, size}, ' ', &q.method, &target);
    if (request_set_target(&q, target) == ST_OK) {
        for (size_t i = 0; i < q.query_count; i++) {
            check_text(q.query[i].name);
            check_text(q.query[i].value);
        }
        if (route_find(&router, &q, &index, &allow) == ST_OK) {
            if (index >= router.count)
                abort();
            for (size_t i = 0; i < q.param_count; i++)
                check_text(q.params[i].value);
        }
        (void)origin_allowed(&q);
    }
    buf_deinit(&allow);
    arena_deinit(&arena);
    return 0;
}
