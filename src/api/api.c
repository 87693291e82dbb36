/* SPDX-License-Identifier: Apache-2.0 */
/* The handle of the API and the hooks that it gives to the HTTP server. */
#include "api/api.h"

#include "api/context.h"
#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"
#include "os/thread.h"

/* Parts of answers that are kept. */
#define ENGINE_CACHE_BYTES ((size_t)64 << 20)

/* Of lists that are read by rank: one of ten million traces, or many smaller ones. */
#define RANKINGS_BYTES ((size_t)256 << 20)

#define COUNT_NS ((int64_t)2000000000)

/* Of traces that were looked at last: about five of a hundred thousand spans. */
enum { TRACE_CACHE_BYTES = 64 << 20 };

Status api_new(const ApiOptions *options, Api **out)
{
    Api *a = mem_calloc(1, sizeof *a);
    Status st;

    if (!a)
        return ST_NOMEM;
    st = trace_cache_new(TRACE_CACHE_BYTES, &a->traces);
    if (st) {
        mem_free(a);
        return st;
    }
    a->accounts = options->accounts;
    a->start_ns = clock_mono_ns();
    a->count_ns = COUNT_NS;
    if (engine_new(ENGINE_CACHE_BYTES, thread_processors() - 1, &a->engine) != ST_OK ||
        engine_new(RANKINGS_BYTES, 0, &a->rankings) != ST_OK) {
        engine_free(a->engine);
        trace_cache_free(a->traces);
        mem_free(a);
        return ST_NOMEM;
    }
    live_init(&a->live);
    questions_init(&a->running, options->workers, options->query_ns);
    *out = a;
    return ST_OK;
}

void api_free(Api *a)
{
    if (!a)
        return;
    live_deinit(&a->live);
    questions_deinit(&a->running);
    trace_cache_free(a->traces);
    engine_free(a->engine);
    engine_free(a->rankings);
    mem_free(a);
}

static void count_answer(void *context, const Route *route, int status, int64_t duration_ns)
{
    Api *a = context;
    const int index = route ? (int)(route - api_router.routes) : -1;

    metrics_count(&a->metrics, index, status, duration_ns);
    log_debug("request", " route=\"%s %s\" status=%d us=%lld", route ? route->method : "-",
              route ? route->pattern : "-", status, (long long)(duration_ns / 1000));
}

void api_http_options(Api *a, HttpOptions *o)
{
    o->router = api_router;
    o->context = a;
    o->guard = api_guard;
    o->after = api_after;
    o->ending = &a->cancel;
    o->again = api_again;
    o->otlp_error = otlp_error;
    o->done = count_answer;
}

void api_attach(Api *a, Domain *domain, Ingest *ingest, Store *store, HttpServer *http)
{
    a->domain = domain;
    a->ingest = ingest;
    a->store = store;
    a->http = http;
    ingest_on_append(ingest, live_notify, &a->live);
    atomic_store(&a->attached, true);
    atomic_store(&a->ready, true);
}

void api_stop(Api *a)
{
    atomic_store(&a->ready, false);
}

void api_cancel(Api *a)
{
    cancel_set(&a->cancel);
}
