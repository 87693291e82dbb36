/* SPDX-License-Identifier: Apache-2.0 */
/* Is it alive, does it take requests, what is it? */
#include "api/reply.h"

void health_live(void *context, Request *q, Response *r)
{
    JsonWriter w = jw_init(&r->body);

    (void)context;
    (void)q;
    jw_object(&w);
    jw_key_str(&w, STR("status"), STR("ok"));
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

void health_ready(void *context, Request *q, Response *r)
{
    Api *a = context;

    if (atomic_load(&a->ready))
        health_live(context, q, r);
    else
        problem(r, 503, NULL, "the server is starting or stopping");
}

/* The address that the client used, since the server may have several names. */
void health_info(void *context, Request *q, Response *r)
{
    const Api *a = context;
    JsonWriter w = jw_init(&r->body);
    Str url;

    if (arena_printf(q->arena, &url, "http://%.*s", STR_ARG(request_header(q, STR("host")))) !=
        ST_OK)
        url = (Str){0};
    jw_object(&w);
    jw_key_str(&w, STR("version"), STR(VIREO_VERSION));
    jw_key_bool(&w, STR("accounts"), a->accounts);
    jw_key_str(&w, STR("url"), url);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}
