/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus text, format 0.0.4.
 *
 * Labels that come from users (project names) are escaped; at most
 * METRICS_MAX_PROJECTS of them are listed, so that the answer stays small. */
#include "api/metrics.h"

#include "api/reply.h"
#include "domain/project.h"
#include "os/clock.h"
#include "os/process.h"

enum { METRICS_MAX_PROJECTS = 1000 };

static const int statuses[METRICS_STATUSES - 1] = {200, 201, 202, 204, 304, 400, 401,
                                                   403, 404, 405, 409, 413, 414, 415,
                                                   421, 429, 431, 500, 503, 504, 507};

/* Upper bounds in nanoseconds; the last bucket has none. */
static const int64_t bounds[METRICS_BUCKETS - 1] = {500000,     1000000,    2500000,    5000000,
                                                    10000000,   25000000,   100000000,  250000000,
                                                    1000000000, 5000000000, 30000000000};

void metrics_count(Metrics *m, int index, int status, int64_t duration_ns)
{
    RouteMetrics *route =
        &m->routes[index >= 0 && index < METRICS_MAX_ROUTES ? index : METRICS_MAX_ROUTES];
    size_t s = 0;
    size_t b = 0;

    while (s < METRICS_STATUSES - 1 && statuses[s] != status)
        s++;
    while (b < METRICS_BUCKETS - 1 && duration_ns > bounds[b])
        b++;
    atomic_fetch_add_explicit(&route->by_status[s], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&route->by_bucket[b], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&route->total_ns, (uint64_t)duration_ns, memory_order_relaxed);
}

/* ------------------------------------------------------------ the format */

static Status describe(Buf *out, const char *name, const char *type, const char *help)
{
    return buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static Status write_value(Buf *out, const char *name, const char *type, const char *help,
                          uint64_t value)
{
    const Status st = describe(out, name, type, help);

    return st ? st : buf_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

/* A label's value: backslash, quote and line break are escaped. */
static Status write_label(Buf *out, Str value)
{
    Status st = ST_OK;

    for (size_t i = 0; i < value.len && !st; i++) {
        const char c = value.ptr[i];

        if (c == '\n')
            st = buf_append(out, STR("\\n"));
        else if (c == '\\' || c == '"')
            st = buf_printf(out, "\\%c", c);
        else
            st = buf_append_char(out, c);
    }
    return st;
}

/* -------------------------------------------------------------- requests */

static void route_name(const Router *router, size_t index, const char **method,
                       const char **pattern)
{
    const bool known = index < router->count;

    *method = known ? router->routes[index].method : "GET";
    *pattern = known ? router->routes[index].pattern : "page";
}

static Status write_statuses(const RouteMetrics *m, const char *method, const char *pattern,
                             Buf *out)
{
    Status st = ST_OK;

    for (size_t s = 0; s < METRICS_STATUSES && !st; s++) {
        const uint64_t n = atomic_load_explicit(&m->by_status[s], memory_order_relaxed);

        if (n && s < METRICS_STATUSES - 1)
            st = buf_printf(out,
                            "vireo_http_requests_total{method=\"%s\",route=\"%s\",status=\"%d\"} "
                            "%llu\n",
                            method, pattern, statuses[s], (unsigned long long)n);
        else if (n)
            st =
                buf_printf(out,
                           "vireo_http_requests_total{method=\"%s\",route=\"%s\",status=\"other\"} "
                           "%llu\n",
                           method, pattern, (unsigned long long)n);
    }
    return st;
}

static Status write_histogram(const RouteMetrics *m, const char *method, const char *pattern,
                              Buf *out)
{
    const char *name = "vireo_http_request_duration_seconds";
    const uint64_t total = atomic_load_explicit(&m->total_ns, memory_order_relaxed);
    uint64_t count = 0;
    Status st = ST_OK;

    for (size_t b = 0; b < METRICS_BUCKETS && !st; b++) {
        count += atomic_load_explicit(&m->by_bucket[b], memory_order_relaxed);
        if (b < METRICS_BUCKETS - 1)
            st = buf_printf(out, "%s_bucket{method=\"%s\",route=\"%s\",le=\"%g\"} %llu\n", name,
                            method, pattern, (double)bounds[b] / 1e9, (unsigned long long)count);
    }
    if (!st)
        st = buf_printf(out, "%s_bucket{method=\"%s\",route=\"%s\",le=\"+Inf\"} %llu\n", name,
                        method, pattern, (unsigned long long)count);
    if (!st)
        st = buf_printf(out, "%s_sum{method=\"%s\",route=\"%s\"} %.9f\n", name, method, pattern,
                        (double)total / 1e9);
    if (!st)
        st = buf_printf(out, "%s_count{method=\"%s\",route=\"%s\"} %llu\n", name, method, pattern,
                        (unsigned long long)count);
    return st;
}

static bool was_used(const RouteMetrics *m)
{
    for (size_t b = 0; b < METRICS_BUCKETS; b++) {
        if (atomic_load_explicit(&m->by_bucket[b], memory_order_relaxed))
            return true;
    }
    return false;
}

typedef Status WriteRoute(const RouteMetrics *m, const char *method, const char *pattern, Buf *out);

static Status each_route(const Metrics *m, const Router *router, WriteRoute *write, Buf *out)
{
    Status st = ST_OK;

    for (size_t i = 0; i <= METRICS_MAX_ROUTES && !st; i++) {
        const char *method;
        const char *pattern;

        if (!was_used(&m->routes[i]))
            continue;
        route_name(router, i, &method, &pattern);
        st = write(&m->routes[i], method, pattern, out);
    }
    return st;
}

Status metrics_write(const Metrics *m, const Router *router, Buf *out)
{
    Status st = describe(out, "vireo_http_requests_total", "counter", "Answered requests.");

    if (!st)
        st = each_route(m, router, write_statuses, out);
    if (!st)
        st = describe(out, "vireo_http_request_duration_seconds", "histogram",
                      "From the first byte of a request to the end of its answer.");
    return st ? st : each_route(m, router, write_histogram, out);
}

/* ----------------------------------------------------------------- spans */

typedef enum Counted { COUNT_RECEIVED, COUNT_STORED, COUNT_REJECTED } Counted;

static uint64_t counter_of(const ProjectCounters *c, Counted what)
{
    return what == COUNT_RECEIVED ? c->received : what == COUNT_STORED ? c->stored : c->rejected;
}

static Status write_spans(Api *a, const ProjectList *projects, Counted what, Buf *out)
{
    static const char *const names[] = {"vireo_spans_received_total", "vireo_spans_stored_total",
                                        "vireo_spans_rejected_total"};
    static const char *const helps[] = {"Spans that clients sent.", "Spans that are on disk.",
                                        "Spans that were refused."};
    Status st = describe(out, names[what], "counter", helps[what]);

    for (size_t i = 0; i < projects->len && !st; i++) {
        ProjectCounters c;

        st = project_counters(a->domain, projects->items[i].id, &c);
        if (!st)
            st = buf_printf(out, "%s{project=\"", names[what]);
        if (!st)
            st = write_label(out, projects->items[i].name);
        if (!st)
            st = buf_printf(out, "\"} %llu\n", (unsigned long long)counter_of(&c, what));
    }
    return st;
}

static Status write_projects(Api *a, Arena *arena, Buf *out)
{
    ProjectList projects = {0};
    Status st = project_list(a->domain, (Str){0}, METRICS_MAX_PROJECTS, arena, &projects);

    for (int what = COUNT_RECEIVED; what <= COUNT_REJECTED && !st; what++)
        st = write_spans(a, &projects, (Counted)what, out);
    return st;
}

/* ---------------------------------------------------------------- gauges */

typedef struct Gauge {
    const char *name;
    const char *type;
    const char *help;
    uint64_t value;
} Gauge;

static Status write_gauges(const Gauge *gauges, size_t count, Buf *out)
{
    Status st = ST_OK;

    for (size_t i = 0; i < count && !st; i++)
        st = write_value(out, gauges[i].name, gauges[i].type, gauges[i].help, gauges[i].value);
    return st;
}

static Status write_store(Api *a, Buf *out)
{
    StoreStats s;

    store_stats(a->store, 0, &s);
    {
        const Gauge gauges[] = {
            {"vireo_segments", "gauge", "Segments on disk.", s.segments},
            {"vireo_segment_bytes", "gauge", "Bytes of segments.", s.segment_bytes},
            {"vireo_segment_spans", "gauge", "Spans in segments.", s.segment_rows},
            {"vireo_damaged_blocks", "gauge",
             "Row groups (or whole files, each as one) left out because they cannot be read.",
             store_damage(a->store)},
            {"vireo_wal_bytes", "gauge", "Bytes of the write-ahead log.", s.wal_bytes},
            {"vireo_wal_files", "gauge", "Files of the write-ahead log.", s.wal_files},
            {"vireo_memtable_bytes", "gauge", "Memory of spans not yet in segments.",
             s.memtable_bytes},
            {"vireo_memtable_spans", "gauge", "Spans not yet in segments.", s.memtable_spans},
            {"vireo_log_records_total", "counter", "Requests logged since the start.", s.appended},
            {"vireo_fsyncs_total", "counter", "Syncs of the log since the start.", s.fsyncs},
            {"vireo_flushes_total", "counter", "Memtables written since the start.", s.flushes},
            {"vireo_set_aside_total", "counter", "Damaged log records set aside.", s.set_aside},
        };

        return write_gauges(gauges, sizeof gauges / sizeof gauges[0], out);
    }
}

static Status write_process(Api *a, Buf *out)
{
    HttpStats h = {0};

    if (a->http)
        http_stats(a->http, &h);
    {
        const Gauge gauges[] = {
            {"vireo_http_connections", "gauge", "Open connections.", h.connections},
            {"vireo_http_queued", "gauge", "Requests that wait for a worker.", h.queued},
            {"vireo_http_running", "gauge", "Requests in a worker.", h.running},
            {"vireo_http_streams", "gauge", "Open live views.", h.streams},
            {"vireo_http_body_bytes", "gauge", "Memory of request bodies.", h.body_bytes},
            {"process_resident_memory_bytes", "gauge", "Resident memory.", process_rss_bytes()},
            {"process_open_fds", "gauge", "Open files.", process_open_files()},
            {"vireo_uptime_seconds", "gauge", "Since the start.",
             (uint64_t)((clock_mono_ns() - a->start_ns) / 1000000000)},
        };

        return write_gauges(gauges, sizeof gauges / sizeof gauges[0], out);
    }
}

void metrics_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    Status st = describe(&r->body, "vireo_info", "gauge", "The version that runs.");

    if (!st)
        st = buf_printf(&r->body, "vireo_info{version=\"%s\"} 1\n", VIREO_VERSION);
    if (!st)
        st = write_projects(a, q->arena, &r->body);
    if (!st)
        st = write_store(a, &r->body);
    if (!st)
        st = write_process(a, &r->body);
    if (!st)
        st = metrics_write(&a->metrics, &api_router, &r->body);
    if (st)
        reply_error(r, st, NULL);
    else
        response_type(r, 200, STR("text/plain; version=0.0.4; charset=utf-8"));
}
