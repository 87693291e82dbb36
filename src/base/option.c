/* SPDX-License-Identifier: Apache-2.0 */
/* Options: every source (default, file, environment, flags) ends in set(), so
 * that a value means the same wherever it was written.
 *
 * Fields of the target are found by offset; the table is trusted, the texts
 * are not. */
#include "base/option.h"

#include "base/buf.h"
#include "base/nearest.h"
#include "base/timetext.h"

#include <string.h>

enum { OPTION_NAME_MAX = 64, OPTION_HELP_MAX = 64 * 1024, OPTION_COLUMN = 30 };

/* Written with memcpy: `target` need not be of a type that this file knows. */
static void store(const Option *o, void *target, const void *value, size_t size)
{
    memcpy((char *)target + o->offset, value, size);
}

static Status parse_bool(Str text, bool *out)
{
    static const char *const words[2][4] = {{"false", "no", "off", "0"},
                                            {"true", "yes", "on", "1"}};

    for (int truth = 0; truth < 2; truth++) {
        for (size_t i = 0; i < 4; i++) {
            if (str_eq_nocase(text, str_from(words[truth][i]))) {
                *out = truth == 1;
                return ST_OK;
            }
        }
    }
    return ST_INVALID;
}

static Status parse_bytes(Str text, int64_t *out)
{
    static const struct {
        const char *unit;
        int64_t factor;
    } units[] = {
        {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {"TiB", 1099511627776},
        {"kB", 1000},  {"MB", 1000000},  {"GB", 1000000000},  {"TB", 1000000000000},
        {"K", 1024},   {"M", 1048576},   {"G", 1073741824},   {"B", 1},
    };
    int64_t factor = 1;
    uint64_t number;

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        const size_t len = strlen(units[i].unit);

        if (text.len > len &&
            str_eq_nocase(str_slice(text, text.len - len, text.len), str_from(units[i].unit))) {
            factor = units[i].factor;
            text = str_trim(str_slice(text, 0, text.len - len));
            break;
        }
    }
    if (str_to_u64(text, &number) != ST_OK || number > (uint64_t)(INT64_MAX / factor))
        return ST_INVALID;
    *out = (int64_t)number * factor;
    return ST_OK;
}

static Status parse_duration(Str text, int64_t *out)
{
    if (str_eq(text, STR("0"))) {
        *out = 0;
        return ST_OK;
    }
    return duration_from_text(text, out) == ST_OK && *out >= 0 ? ST_OK : ST_INVALID;
}

static const char *expected(OptionType type)
{
    static const char *const texts[] = {
        [OPTION_STR] = "text",
        [OPTION_INT] = "a whole number",
        [OPTION_BOOL] = "true or false",
        [OPTION_BYTES] = "a size such as 4096, 64MiB or 1GB",
        [OPTION_DURATION] = "a duration such as 30s, 12h or 7d",
    };

    return texts[type];
}

static Status set_number(const Option *o, Str text, void *target)
{
    int64_t number = 0;
    Status st = ST_INVALID;

    if (o->type == OPTION_INT)
        st = str_to_i64(text, &number);
    else if (o->type == OPTION_BYTES)
        st = parse_bytes(text, &number);
    else if (o->type == OPTION_DURATION)
        st = parse_duration(text, &number);
    if (!st)
        store(o, target, &number, sizeof number);
    return st;
}

/* Texts are borrowed: the caller copies what does not live long enough. */
static Status set(const Option *o, Str text, void *target, Err *err)
{
    bool truth;
    Status st;

    switch (o->type) {
    case OPTION_STR:
        store(o, target, &text, sizeof text);
        return ST_OK;
    case OPTION_BOOL:
        st = parse_bool(text, &truth);
        if (!st)
            store(o, target, &truth, sizeof truth);
        break;
    default:
        st = set_number(o, text, target);
        break;
    }
    return st ? err_set(err, ST_INVALID, 0, "%s: \"%.*s\" is not %s", o->name,
                        STR_ARG(utf8_clip(text, 80)), expected(o->type))
              : ST_OK;
}

static const Option *find_option(OptionTable t, Str name)
{
    for (size_t i = 0; i < t.count; i++) {
        if (str_eq(name, str_from(t.items[i].name)))
            return &t.items[i];
    }
    return NULL;
}

static const char *name_at(const void *table, size_t i)
{
    const OptionTable *t = table;

    return t->items[i].name;
}

static Status unknown(OptionTable t, Str name, const char *dashes, size_t pos, Err *err)
{
    const char *near = nearest_word(name, name_at, &t, t.count);

    if (near)
        return err_set(err, ST_INVALID, pos, "unknown option %s%.*s; did you mean %s%s?", dashes,
                       STR_ARG(utf8_clip(name, 60)), dashes, near);
    return err_set(err, ST_INVALID, pos, "unknown option %s%.*s", dashes,
                   STR_ARG(utf8_clip(name, 60)));
}

Status options_defaults(OptionTable t, Arena *a, void *target, Err *err)
{
    (void)a;
    for (size_t i = 0; i < t.count; i++) {
        const Option *o = &t.items[i];
        const char *zero = o->type == OPTION_BOOL ? "false" : o->type == OPTION_STR ? "" : "0";
        const Status st = set(o, str_from(o->fallback ? o->fallback : zero), target, err);

        if (st)
            return st;
    }
    return ST_OK;
}

/* ------------------------------------------------------------------ file */

/* The value behind `=`: quoted, or up to a comment. */
static Status file_value(Str raw, Str *out)
{
    size_t end;

    raw = str_trim(raw);
    if (!raw.len || raw.ptr[0] != '"') {
        *out = str_trim(str_slice(raw, 0, str_find_char(raw, '#')));
        return ST_OK;
    }
    raw = str_slice(raw, 1, raw.len);
    end = str_find_char(raw, '"');
    if (end == raw.len)
        return ST_CORRUPT;
    *out = str_slice(raw, 0, end);
    raw = str_trim(str_slice(raw, end + 1, raw.len));
    return raw.len && raw.ptr[0] != '#' ? ST_CORRUPT : ST_OK;
}

static Status file_line(OptionTable t, Str line, size_t pos, Arena *a, void *target, Err *err)
{
    const Option *o;
    Str name;
    Str value;
    Status st;

    line = str_trim(line);
    if (!line.len || line.ptr[0] == '#')
        return ST_OK;
    if (!str_cut(line, '=', &name, &value))
        return err_set(err, ST_INVALID, pos, "expected name = value, got \"%.*s\"",
                       STR_ARG(utf8_clip(line, 80)));
    name = str_trim(name);
    o = find_option(t, name);
    if (!o)
        return unknown(t, name, "", pos, err);
    if (file_value(value, &value) != ST_OK)
        return err_set(err, ST_INVALID, pos, "%s: a quote is not closed, or something follows it",
                       o->name);
    st = arena_copy(a, value, &value);
    if (st)
        return err_set(err, st, pos, "out of memory");
    st = set(o, value, target, err);
    if (st && err)
        err->pos = pos;
    return st;
}

Status options_from_text(OptionTable t, Str text, Arena *a, void *target, Err *err)
{
    const char *start = text.ptr;

    while (text.len) {
        const size_t pos = (size_t)(text.ptr - start);
        Str line;
        Status st;

        str_cut(text, '\n', &line, &text);
        st = file_line(t, line, pos, a, target, err);
        if (st)
            return st;
    }
    return ST_OK;
}

/* ----------------------------------------------------------- environment */

/* "max-body" -> "VIREO_MAX_BODY" */
static void env_name(const char *name, char out[OPTION_NAME_MAX])
{
    size_t n = 6;

    memcpy(out, "VIREO_", 6);
    for (; *name && n < OPTION_NAME_MAX - 1; name++) {
        const char c = *name;

        if (c == '-')
            out[n++] = '_';
        else
            out[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    out[n] = '\0';
}

Status options_from_env(OptionTable t, const char *(*lookup)(const char *name), Arena *a,
                        void *target, Err *err)
{
    for (size_t i = 0; i < t.count; i++) {
        char name[OPTION_NAME_MAX];
        const char *found;
        Str value;
        Status st;

        env_name(t.items[i].name, name);
        found = lookup(name);
        if (!found || !found[0])
            continue;
        st = arena_copy(a, str_from(found), &value);
        if (st)
            return err_set(err, st, 0, "out of memory");
        st = set(&t.items[i], value, target, err);
        if (st)
            return st;
    }
    return ST_OK;
}

/* ----------------------------------------------------------------- flags */

typedef struct Args {
    const char *const *items;
    int count;
    int at;
} Args;

/* One `--name[=value]`; takes a second argument where the value is one. */
static Status take_flag(OptionTable t, Str flag, Args *args, void *target, Err *err)
{
    Str name;
    Str value;
    const bool has_value = str_cut(flag, '=', &name, &value);
    const Option *o = find_option(t, name);

    if (!o && !has_value && str_starts(name, STR("no-"))) {
        o = find_option(t, str_slice(name, 3, name.len));
        if (o && o->type == OPTION_BOOL)
            return set(o, STR("false"), target, err);
        o = NULL;
    }
    if (!o)
        return unknown(t, name, "--", (size_t)args->at, err);
    if (has_value)
        return set(o, value, target, err);
    if (o->type == OPTION_BOOL)
        return set(o, STR("true"), target, err);
    if (args->at + 1 >= args->count)
        return err_set(err, ST_INVALID, (size_t)args->at, "--%s needs a value: %s", o->name,
                       expected(o->type));
    args->at++;
    return set(o, str_from(args->items[args->at]), target, err);
}

Status options_from_args(OptionTable t, int argc, const char *const *argv, Arena *a, void *target,
                         const char **rest, int *rest_count, Err *err)
{
    Args args = {argv, argc, 0};
    bool flags = true;

    (void)a;
    *rest_count = 0;
    for (; args.at < argc; args.at++) {
        const Str arg = str_from(argv[args.at]);
        Status st;

        if (!flags || !str_starts(arg, STR("--"))) {
            rest[(*rest_count)++] = argv[args.at];
            continue;
        }
        if (arg.len == 2) {
            flags = false;
            continue;
        }
        st = take_flag(t, str_slice(arg, 2, arg.len), &args, target, err);
        if (st)
            return st;
    }
    return ST_OK;
}

/* ------------------------------------------------------------------ help */

static Status help_line(const Option *o, Buf *out)
{
    Buf flag;
    Status st;

    buf_init(&flag, 256);
    st = buf_printf(&flag, "  --%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
    if (!st)
        st = buf_printf(out, "%-*.*s %s", OPTION_COLUMN, STR_ARG(buf_str(&flag)), o->help);
    buf_deinit(&flag);
    if (!st && o->fallback && o->fallback[0])
        st = buf_printf(out, " (%s)", o->fallback);
    return st ? st : buf_append_char(out, '\n');
}

Status options_help(OptionTable t, Arena *a, Str *out)
{
    Buf text;
    Status st = ST_OK;

    buf_init(&text, OPTION_HELP_MAX);
    for (size_t i = 0; i < t.count && !st; i++)
        st = help_line(&t.items[i], &text);
    if (!st)
        st = arena_copy(a, buf_str(&text), out);
    buf_deinit(&text);
    return st;
}
