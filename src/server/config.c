/* SPDX-License-Identifier: Apache-2.0 */
/* The server's one option table and what follows from it. */
#include "server/config.h"

#include "base/buf.h"
#include "base/log.h"
#include "os/file.h"

#include <stdlib.h>

enum { CONFIG_FILE_MAX = 64 * 1024, ARGUMENTS_MAX = 256 };

#define AT(field) offsetof(Config, field)

static const Option options[] = {
    {"data", "DIR", OPTION_STR, AT(data), "vireo-data", "where everything is kept"},
    {"listen", "HOST:PORT", OPTION_STR, AT(listen), "127.0.0.1:4318",
     "address; beyond loopback a key is required"},
    {"config", "FILE", OPTION_STR, AT(config), NULL,
     "read options from it, one `name = value` a line"},
    {"log-level", "LEVEL", OPTION_STR, AT(log_level), "info", "debug, info, warn or error"},
    {"require-key", NULL, OPTION_BOOL, AT(require_key), NULL,
     "answer only requests with an API key"},
    {"allow-host", "NAMES", OPTION_STR, AT(allow_host), NULL,
     "more names that may stand in Host, comma-separated, e.g. of a proxy"},
    {"retention", "TIME", OPTION_DURATION, AT(retention_ns), NULL,
     "remove traces older than that, in projects that set no limit of their own"},
    {"max-body", "SIZE", OPTION_BYTES, AT(max_body), "64MiB", "largest request"},
    {"max-bodies", "SIZE", OPTION_BYTES, AT(max_bodies), "256MiB",
     "memory of all request bodies together"},
    {"max-connections", "N", OPTION_INT, AT(max_connections), "1000", "most open connections"},
    {"workers", "N", OPTION_INT, AT(workers), "16", "threads that handle requests"},
    {"memtable-bytes", "SIZE", OPTION_BYTES, AT(memtable_bytes), "64MiB",
     "memory of spans before they are written to a segment"},
    {"flush-after", "TIME", OPTION_DURATION, AT(flush_after_ns), "60s",
     "write a segment at least that often"},
    {"purge-after", "TIME", OPTION_DURATION, AT(purge_after_ns), "10m",
     "deleted spans leave the disk after that"},
    {"query-timeout", "TIME", OPTION_DURATION, AT(query_ns), "60s",
     "a question that takes longer is ended; 0: never"},
    {"drain", "TIME", OPTION_DURATION, AT(drain_ns), "10s",
     "how long running requests may take when the server stops"},
    {"help", NULL, OPTION_BOOL, AT(help), NULL, "show this"},
};

const OptionTable server_options = {options, sizeof options / sizeof options[0]};

static const char *lookup_environment(const char *name)
{
    return getenv(name);
}

static Status read_file(Str path, Arena *a, Config *out, Err *err)
{
    const char *name;
    Buf text;
    Str copy;
    Status st;

    if (!path.len)
        return ST_OK;
    st = arena_copy_z(a, path, &name);
    if (st)
        return err_set(err, st, 0, "out of memory");
    buf_init(&text, CONFIG_FILE_MAX);
    st = file_read_whole(name, &text);
    if (st)
        (void)err_set(err, st, 0, "config: cannot read %s: %s", name, status_text(st));
    if (!st)
        st = arena_copy(a, buf_str(&text), &copy);
    if (!st)
        st = options_from_text(server_options, copy, a, out, err);
    buf_deinit(&text);
    return st;
}

static bool is_number(Str s)
{
    uint64_t n;

    return str_to_u64(s, &n) == ST_OK && n <= UINT16_MAX;
}

static Status bad_address(Str text, Err *err)
{
    return err_set(err, ST_INVALID, 0,
                   "listen: \"%.*s\" is not HOST:PORT, such as 127.0.0.1:4318 or [::1]:4318",
                   STR_ARG(utf8_clip(text, 80)));
}

Status listen_parse(Str text, Arena *a, const char **host, uint16_t *port, Err *err)
{
    Str name = {0};
    Str rest = text;
    uint64_t n;

    if (rest.len && rest.ptr[0] == '[') {
        if (!str_cut(str_slice(rest, 1, rest.len), ']', &name, &rest) || !name.len)
            return bad_address(text, err);
    } else {
        name = str_slice(rest, 0, str_find_char(rest, ':'));
        rest = str_slice(rest, name.len, rest.len);
        if (!name.len)
            name = STR("0.0.0.0");
    }
    if (rest.len < 2 || rest.ptr[0] != ':' || !is_number(str_slice(rest, 1, rest.len)))
        return bad_address(text, err);
    if (str_eq_nocase(name, STR("localhost")))
        name = STR("127.0.0.1");
    if (str_to_u64(str_slice(rest, 1, rest.len), &n) != ST_OK)
        return bad_address(text, err);
    *port = (uint16_t)n;
    if (arena_copy_z(a, name, host) != ST_OK)
        return err_set(err, ST_NOMEM, 0, "out of memory");
    return ST_OK;
}

bool host_is_loopback(Str host)
{
    return str_eq(host, STR("::1")) || str_starts(host, STR("127."));
}

static Status in_range(const char *name, int64_t value, int64_t least, int64_t most, Err *err)
{
    if (value >= least && value <= most)
        return ST_OK;
    return err_set(err, ST_INVALID, 0, "%s: must be from %lld to %lld", name, (long long)least,
                   (long long)most);
}

static Status check(const Config *c, Err *err)
{
    const struct {
        const char *name;
        int64_t value, least, most;
    } ranges[] = {
        {"max-body", c->max_body, 1024, INT64_C(1) << 30},
        {"max-bodies", c->max_bodies, 1024, INT64_C(1) << 40},
        {"workers", c->workers, 2, 256},
        {"max-connections", c->max_connections, 2, 100000},
        {"memtable-bytes", c->memtable_bytes, 65536, INT64_C(1) << 36},
    };
    LogLevel level;

    if (!log_level_from_text(c->log_level, &level))
        return err_set(err, ST_INVALID, 0, "log-level: must be debug, info, warn or error");
    if (!c->data.len)
        return err_set(err, ST_INVALID, 0, "data: must name a folder");
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const Status st =
            in_range(ranges[i].name, ranges[i].value, ranges[i].least, ranges[i].most, err);

        if (st)
            return st;
    }
    return ST_OK;
}

static Status read_flags(int argc, const char *const *argv, Arena *a, Config *out, Err *err)
{
    const char *rest[ARGUMENTS_MAX];
    int rest_count = 0;
    Status st;

    if (argc > ARGUMENTS_MAX)
        return err_set(err, ST_LIMIT, 0, "too many arguments");
    st = options_from_args(server_options, argc, argv, a, out, rest, &rest_count, err);
    if (!st && rest_count)
        return err_set(err, ST_INVALID, 0, "serve takes only options, not \"%.80s\"", rest[0]);
    return st;
}

Status config_read(int argc, const char *const *argv, Arena *a, Config *out, Err *err)
{
    Config c = {0};
    Str file;
    Status st = options_defaults(server_options, a, &c, err);

    /* Once to learn of the file, again because flags win over it. */
    if (!st)
        st = options_from_env(server_options, lookup_environment, a, &c, err);
    if (!st)
        st = read_flags(argc, argv, a, &c, err);
    file = c.config;
    if (!st)
        st = options_defaults(server_options, a, &c, err);
    if (!st)
        st = read_file(file, a, &c, err);
    if (!st)
        st = options_from_env(server_options, lookup_environment, a, &c, err);
    if (!st)
        st = read_flags(argc, argv, a, &c, err);
    if (!st)
        st = check(&c, err);
    if (!st)
        st = listen_parse(c.listen, a, &c.host, &c.port, err);
    if (st)
        return st;
    c.loopback = host_is_loopback(str_from(c.host));
    *out = c;
    return ST_OK;
}
