/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the server.
 *
 *   catalogue, blobs -> may it listen there? -> listen (not ready)
 *     -> recover the store -> ready -> SIGTERM -> drain -> flush -> close
 *
 * It listens before it recovers, so that health checks see it live, and all else
 * is answered 503 until it is ready.  This thread then only waits for the signal
 * and ticks the HTTP server once a second. */
#include "server/server.h"

#include "api/api.h"
#include "base/log.h"
#include "base/timetext.h"
#include "domain/deletion.h"
#include "os/clock.h"
#include "os/process.h"
#include "server/accounts.h"
#include "server/upkeep.h"

#include <stdio.h>

enum { SERVER_ARENA_MAX = 1024 * 1024, NS_PER_MS = 1000000 };

typedef struct Server {
    const Config *config;
    Arena arena;
    Str hosts[CONFIG_MAX_HOSTS];
    size_t host_count;
    DataDir data;
    Api *api;
    HttpServer *http;
    Upkeep upkeep;
    int64_t start_ns;
} Server;

static void write_log(void *context, LogLevel level, Str line)
{
    char time[TIME_TEXT_MAX];

    (void)context;
    (void)level;
    (void)time_to_text(clock_now_ns(), time);
    (void)fprintf(stderr, "time=%s %.*s", time, STR_ARG(line));
}

/* ----------------------------------------------------------------- hosts */

static void add_host(Server *s, Str name)
{
    name = str_trim(name);
    if (name.len && s->host_count < CONFIG_MAX_HOSTS)
        s->hosts[s->host_count++] = name;
}

/* The names that a browser on this machine may use for us. */
static Status collect_hosts(Server *s)
{
    Str list = s->config->allow_host;
    Str bound = str_from(s->config->host);
    Status st = ST_OK;

    if (str_find_char(bound, ':') < bound.len)
        st = arena_printf(&s->arena, &bound, "[%s]", s->config->host);
    add_host(s, STR("localhost"));
    add_host(s, STR("127.0.0.1"));
    add_host(s, STR("[::1]"));
    add_host(s, bound);
    while (list.len) {
        Str name;

        str_cut(list, ',', &name, &list);
        add_host(s, name);
    }
    return st;
}

/* ----------------------------------------------------------------- start */

static Status start_http(Server *s, const PageTable *page, bool accounts, Err *err)
{
    const Config *c = s->config;
    HttpOptions o = {
        .host = c->host,
        .port = c->port,
        .page = page,
        .hosts = accounts ? NULL : s->hosts,
        .host_count = accounts ? 0 : s->host_count,
        .check_origin = !accounts,
        .max_body = (size_t)c->max_body,
        .max_bodies = (size_t)c->max_bodies,
        .workers = (unsigned)c->workers,
        .max_connections = (unsigned)c->max_connections,
    };
    const ApiOptions options = {accounts, (unsigned)c->workers, c->query_ns};
    const Status st = api_new(&options, &s->api);

    if (st)
        return err_set(err, st, 0, "out of memory");
    api_http_options(s->api, &o);
    return http_start(&o, err, &s->http);
}

static Status start_store(Server *s, Err *err)
{
    const StoreOptions options = {
        .memtable_bytes = (size_t)s->config->memtable_bytes,
        .flush_after_ns = s->config->flush_after_ns,
        .purge_after_ns = s->config->purge_after_ns,
    };
    Status st = data_open_store(&s->data, options, err);

    if (st)
        return st;
    if (deletion_finish(s->data.domain))
        log_warn("blobs or results of deleted projects are still there", "");
    if (results_sweep(s->data.results))
        log_warn("result files without a row were not removed", "");
    st = upkeep_start(&s->upkeep, &s->data, s->config->retention_ns);
    return st ? err_set(err, st, 0, "cannot start a thread: %s", status_text(st)) : ST_OK;
}

static void announce(const Server *s, bool accounts)
{
    const Config *c = s->config;
    const bool v6 = str_find_char(str_from(c->host), ':') < str_from(c->host).len;

    log_info("ready", " url=http://%s%s%s:%u data=\"%s\" accounts=%s version=%s start_ms=%lld",
             v6 ? "[" : "", c->host, v6 ? "]" : "", (unsigned)http_port(s->http),
             s->data.paths.root, accounts ? "on" : "off", VIREO_VERSION,
             (long long)((clock_mono_ns() - s->start_ns) / NS_PER_MS));
}

static Status start(Server *s, const PageTable *page, Err *err)
{
    const DataOptions options = {
        .alone = true, .make = true, .blob_max_bytes = (size_t)s->config->max_body};
    bool accounts = false;
    Status st = data_open(s->config->data, &options, &s->arena, &s->data, err);

    if (!st)
        st = accounts_check(s->data.domain, s->config, &accounts, err);
    if (!st)
        st = collect_hosts(s);
    if (!st)
        st = start_http(s, page, accounts, err);
    if (!st)
        st = start_store(s, err);
    if (st)
        return st;
    api_attach(s->api, s->data.domain, s->data.ingest, s->data.store, s->http);
    announce(s, accounts);
    return ST_OK;
}

/* ------------------------------------------------------------------ stop */

/* Whatever has been started, in reverse order. */
static void stop(Server *s)
{
    if (s->api)
        api_stop(s->api);
    if (s->http) {
        http_drain(s->http, (unsigned)(s->config->drain_ns / NS_PER_MS));
        api_cancel(s->api);
        http_stop(s->http);
    }
    if (s->upkeep.data)
        upkeep_stop(&s->upkeep);
    data_close(&s->data);
    api_free(s->api);
    arena_deinit(&s->arena);
}

static void serve(Server *s)
{
    while (!process_wait_stop(NS_PER_SECOND))
        http_tick(s->http);
    log_info("stopping", " uptime_s=%lld",
             (long long)((clock_mono_ns() - s->start_ns) / NS_PER_SECOND));
}

Status server_run(const Config *c, const PageTable *page, Err *err)
{
    Server s = {.config = c, .start_ns = clock_mono_ns()};
    LogLevel level = LOG_INFO;
    Status st;

    (void)log_level_from_text(c->log_level, &level);
    log_set_sink(write_log, NULL, level);
    arena_init(&s.arena, SERVER_ARENA_MAX);
    st = start(&s, page, err);
    if (!st)
        serve(&s);
    stop(&s);
    if (!st)
        log_info("stopped", " drained=yes");
    return st;
}
