/* SPDX-License-Identifier: Apache-2.0 */
/* The API: what the server answers, over domain, store and query.
 *
 *     api_new -> api_http_options -> http_start -> api_attach -> ready
 *     ... api_stop -> http_drain -> http_stop -> api_free
 *
 * One file a resource, all routes in routes.c, no SQL and no rules here.
 * Before api_attach() everything but health is answered 503. */
#ifndef VIREO_API_API_H
#define VIREO_API_API_H

#include "domain/ingest.h"
#include "http/server.h"

typedef struct Api Api;

typedef struct ApiOptions {
    bool accounts;    /* every request needs a key */
    unsigned workers; /* of the HTTP server */
    int64_t query_ns; /* a question that takes longer is ended; 0: never */
} ApiOptions;

MUST_CHECK Status api_new(const ApiOptions *options, Api **out);
void api_free(Api *a);
/* Set routes, hooks, context and page of the server's options. */
void api_http_options(Api *a, HttpOptions *o);
/* Everything is open: take requests.  `http` is for the metrics and may be NULL. */
void api_attach(Api *a, Domain *domain, Ingest *ingest, Store *store, HttpServer *http);
/* Answer /readyz with 503 from now on. */
void api_stop(Api *a);
/* Make running queries end early, when draining takes too long. */
void api_cancel(Api *a);

#endif
