/* SPDX-License-Identifier: Apache-2.0 */
/* Option, else environment, else default; the first that is not empty wins.
 *
 * What goes into request headers or into a path is refused when it holds control
 * characters: nothing that a user passes can add a header. */
#include "client/settings.h"

#include "base/hash.h"
#include "os/process.h"

#include <stdlib.h>

#define DEFAULT_URL "http://127.0.0.1:4318"

enum {
    DEFAULT_QUEUE_BYTES = 64 * 1024 * 1024,
    DEFAULT_SPOOL_BYTES = 1024 * 1024 * 1024,
    DEFAULT_VALUE_BYTES = 1024 * 1024,
    MIN_QUEUE_BYTES = 16 * 1024,
    DEFAULT_BATCH_DELAY_MS = 200,
    DEFAULT_REQUEST_TIMEOUT_MS = 10000,
    MAX_DELAY_MS = 24 * 3600 * 1000
};

/* The environment is read here only, while a client opens. */
static Str environment(const char *name)
{
    return str_from(name ? getenv(name) : NULL); /* NOLINT(concurrency-mt-unsafe) */
}

static bool is_clean(Str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
            return false;
    return s.len <= SETTINGS_TEXT_MAX && utf8_valid(s);
}

static Status choose(Arena *a, const char *option, const char *variable, Str fallback,
                     const char **out)
{
    Str s = str_from(option);

    if (s.len == 0)
        s = environment(variable);
    if (s.len == 0)
        s = fallback;
    if (!is_clean(s))
        return ST_INVALID;
    return arena_copy_z(a, s, out);
}

static Status choose_url(Arena *a, const char *option, const char **out)
{
    const char *url;
    Str s;
    Status st = choose(a, option, "VIREO_URL", STR(DEFAULT_URL), &url);

    if (st)
        return st;
    s = str_from(url);
    if (!str_starts(s, STR("http://")) && !str_starts(s, STR("https://")))
        return ST_INVALID;
    while (str_ends(s, STR("/")))
        s.len--;
    if (str_ends(s, STR(":")) || str_find_char(s, ' ') < s.len)
        return ST_INVALID;
    return arena_copy_z(a, s, out);
}

/* The folder above those of the single projects; empty when there is no home. */
static Status choose_spool_root(Arena *a, const char *option, Str *out)
{
    const char *dir;
    const Str state = environment("XDG_STATE_HOME");
    const Str home = environment("HOME");
    Status st = choose(a, option, "VIREO_SPOOL", (Str){0}, &dir);

    if (st)
        return st;
    *out = str_from(dir);
    if (out->len)
        return ST_OK;
    if (state.len)
        return arena_printf(a, out, "%.*s/vireo/spool", STR_ARG(state));
    if (home.len)
        return arena_printf(a, out, "%.*s/.local/state/vireo/spool", STR_ARG(home));
    return ST_OK;
}

static Status choose_spool_dir(Arena *a, const char *option, Settings *s)
{
    Str root;
    Str text;
    Status st = choose_spool_root(a, option, &root);

    if (st)
        return st;
    if (root.len == 0)
        return arena_copy_z(a, root, &s->spool_dir);
    st = arena_printf(a, &text, "%s\n%s", s->url, s->project);
    if (st)
        return st;
    st =
        arena_printf(a, &text, "%.*s/%016llx", STR_ARG(root), (unsigned long long)hash_bytes(text));
    return st ? st : arena_copy_z(a, text, &s->spool_dir);
}

static Status choose_texts(const vireo_options *o, Arena *a, Settings *s)
{
    char program[64];
    Status st;

    process_name(program, sizeof program);
    st = choose_url(a, o->url, &s->url);
    if (st)
        return st;
    st = choose(a, o->api_key, "VIREO_API_KEY", (Str){0}, &s->api_key);
    if (st)
        return st;
    st = choose(a, o->project, "VIREO_PROJECT", STR("default"), &s->project);
    if (st)
        return st;
    st = choose(a, o->service, "OTEL_SERVICE_NAME", str_from(program), &s->service);
    if (st)
        return st;
    st = choose(a, o->sdk_name, NULL, STR("c"), &s->language);
    if (st)
        return st;
    /* Somebody else's variable: when it is broken we do without it. */
    if (choose(a, NULL, "OTEL_RESOURCE_ATTRIBUTES", (Str){0}, &s->resource))
        s->resource = "";
    return choose_spool_dir(a, o->spool_dir, s);
}

static size_t or_default(size_t value, size_t fallback)
{
    return value ? value : fallback;
}

static int64_t delay_ns(unsigned ms, unsigned fallback_ms)
{
    const unsigned chosen = ms ? ms : fallback_ms;

    return (int64_t)(chosen < MAX_DELAY_MS ? chosen : MAX_DELAY_MS) * 1000000;
}

Status settings_init(const vireo_options *o, Arena *a, Settings *out)
{
    Settings s = {
        .queue_bytes = or_default(o->queue_bytes, DEFAULT_QUEUE_BYTES),
        .spool_bytes = or_default(o->spool_bytes, DEFAULT_SPOOL_BYTES),
        .value_bytes = or_default(o->value_bytes, DEFAULT_VALUE_BYTES),
        .batch_delay_ns = delay_ns(o->batch_delay_ms, DEFAULT_BATCH_DELAY_MS),
        .request_timeout_ns = delay_ns(o->request_timeout_ms, DEFAULT_REQUEST_TIMEOUT_MS),
    };
    const Status st = choose_texts(o, a, &s);

    if (st)
        return st;
    if (s.queue_bytes < MIN_QUEUE_BYTES)
        s.queue_bytes = MIN_QUEUE_BYTES;
    if (s.value_bytes > SETTINGS_VALUE_MAX)
        s.value_bytes = SETTINGS_VALUE_MAX;
    *out = s;
    return ST_OK;
}
