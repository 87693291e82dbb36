/* SPDX-License-Identifier: Apache-2.0 */
/* From our Response to the library's, with the headers that every answer has. */
#include "http/parts.h"

#include "base/alloc.h"
#include "http/problem.h"

#include <stdio.h>

/* What is no page is never run, framed or guessed at. */
static const char *const always[][2] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

static const char strict_policy[] = "default-src 'none'; frame-ancestors 'none'; sandbox";

/* Takes the bytes of `r` when it succeeds. */
static struct MHD_Response *make_bytes(Response *r)
{
    struct MHD_Response *out;
    size_t len;
    char *data;

    if (!r->body.len)
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    data = buf_take(&r->body, &len);
    out = MHD_create_response_from_buffer_with_free_callback(len, data, mem_free);
    if (!out)
        mem_free(data);
    return out;
}

/* Takes the bytes of `r` when it succeeds. */
static struct MHD_Response *make_shared(Response *r)
{
    const SharedBytes *from = &r->shared;
    /* The library does not write to the buffer; it merely lacks the const. */
    union {
        const char *in;
        void *out;
    } bytes = {from->bytes.ptr};
    struct MHD_Response *out;

    if (!from->release)
        return MHD_create_response_from_buffer(from->bytes.len, bytes.out, MHD_RESPMEM_PERSISTENT);
    out = MHD_create_response_from_buffer_with_free_callback_cls(from->bytes.len, bytes.out,
                                                                 from->release, from->owner);
    if (out)
        r->shared = (SharedBytes){0};
    return out;
}

static struct MHD_Response *make_answer(HttpServer *s, struct MHD_Connection *conn, Response *r)
{
    struct MHD_Response *out = NULL;

    switch (r->kind) {
    case BODY_BYTES:
        return make_bytes(r);
    case BODY_SHARED:
        return make_shared(r);
    case BODY_EVENTS:
        out = stream_response(s, conn, r->events);
        if (out)
            r->events = (EventSource){0};
        return out;
    }
    return NULL;
}

/* The library wants NULs behind both; values with a line break never get out. */
static void add_header(struct MHD_Response *out, Str name, Str value)
{
    char names[64];
    char values[1024];

    if (name.len >= sizeof names || value.len >= sizeof values)
        return;
    (void)snprintf(names, sizeof names, "%.*s", STR_ARG(name));
    (void)snprintf(values, sizeof values, "%.*s", STR_ARG(value));
    (void)MHD_add_response_header(out, names, values);
}

static void add_headers(HttpServer *s, struct MHD_Response *out, const Response *r)
{
    bool has_policy = false;

    for (size_t i = 0; i < r->header_count; i++) {
        add_header(out, r->headers[i].name, r->headers[i].value);
        if (str_eq_nocase(r->headers[i].name, STR("Content-Security-Policy")))
            has_policy = true;
    }
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        (void)MHD_add_response_header(out, always[i][0], always[i][1]);
    if (!has_policy)
        (void)MHD_add_response_header(out, "Content-Security-Policy", strict_policy);
    if (r->content_type.len)
        add_header(out, STR("Content-Type"), r->content_type);
    if (s->draining)
        (void)MHD_add_response_header(out, "Connection", "close");
}

/* A slow reader gets a second for every 64 KiB on top; streams are endless. */
static int64_t send_time(const HttpServer *s, const Response *r)
{
    const size_t bytes = r->kind == BODY_SHARED ? r->shared.bytes.len : r->body.len;

    if (r->kind == BODY_EVENTS)
        return -1;
    return ((int64_t)(bytes / 65536) + s->o.idle_seconds + s->o.request_seconds) *
           INT64_C(1000000000);
}

enum MHD_Result response_send(HttpServer *s, struct MHD_Connection *conn, Response *r)
{
    struct MHD_Response *out;
    enum MHD_Result result;

    conn_set_deadline(conn, send_time(s, r));
    out = make_answer(s, conn, r);
    if (!out && r->kind == BODY_EVENTS) {
        problem(r, 503, NULL, "too many live views are open; close one or try again later");
        out = make_answer(s, conn, r);
    }
    if (!out)
        return MHD_NO;
    add_headers(s, out, r);
    result = MHD_queue_response(conn, (unsigned)r->status, out);
    MHD_destroy_response(out);
    return result;
}
