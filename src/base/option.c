/* SPDX-License-Identifier: Apache-2.0 */
/* Every source of options ends in set_text(), which parses by type; what differs
 * is only where names and texts come from and how an error names its place. */
#include "base/option.h"

#include "base/nearest.h"

#include "base/buf.h"
#include "base/timetext.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64, HELP_LIMIT = 64 * 1024 };

/* Where a text came from, for messages: "--listen", "VIREO_LISTEN", "listen (line 3)". */
typedef struct Place {
    char text[NAME_MAX_BYTES + 32];
    size_t pos;
} Place;

static const Option *find_option(OptionTable t, Str name)
{
    for (size_t i = 0; i < t.count; i++)
        if (str_eq(name, str_from(t.items[i].name)))
            return &t.items[i];
    return NULL;
}

static const char *option_name(const void *context, size_t i)
{
    const OptionTable *t = context;

    return t->items[i].name;
}

/* A name that was probably meant, or NULL.  `--no-` may stand before one that cannot be negated. */
static const char *nearest(OptionTable t, Str name)
{
    const char *meant = nearest_word(name, option_name, &t, t.count);

    if (!meant && str_starts(name, STR("no-")))
        meant = nearest_word(str_slice(name, 3, name.len), option_name, &t, t.count);
    return meant;
}

static Status unknown(OptionTable t, const char *dashes, Str name, size_t pos, Err *err)
{
    const char *meant = nearest(t, name);

    if (meant)
        return err_set(err, ST_INVALID, pos, "unknown option %s%.*s; did you mean %s%s?", dashes,
                       STR_ARG(str_slice(name, 0, NAME_MAX_BYTES)), dashes, meant);
    return err_set(err, ST_INVALID, pos, "unknown option %s%.*s", dashes,
                   STR_ARG(str_slice(name, 0, NAME_MAX_BYTES)));
}

/* ----------------------------------------------------------------- values */

static Status parse_bool(Str text, bool *out)
{
    static const char *const words[2][4] = {{"false", "no", "off", "0"},
                                            {"true", "yes", "on", "1"}};

    for (size_t value = 0; value < 2; value++) {
        for (size_t i = 0; i < 4; i++) {
            if (str_eq_nocase(text, str_from(words[value][i]))) {
                *out = value == 1;
                return ST_OK;
            }
        }
    }
    return ST_CORRUPT;
}

static Status parse_bytes(Str text, int64_t *out)
{
    static const struct {
        const char *unit;
        double bytes;
    } units[] = {
        {"", 1},
        {"B", 1},
        {"kB", 1e3},
        {"MB", 1e6},
        {"GB", 1e9},
        {"TB", 1e12},
        {"KiB", 1024},
        {"MiB", 1048576},
        {"GiB", 1073741824},
        {"TiB", 1099511627776.0},
    };
    size_t digits = 0;
    double number = 0;
    Str unit;

    while (digits < text.len &&
           ((text.ptr[digits] >= '0' && text.ptr[digits] <= '9') || text.ptr[digits] == '.'))
        digits++;
    unit = str_trim(str_slice(text, digits, text.len));
    if (str_to_double(str_slice(text, 0, digits), &number))
        return ST_CORRUPT;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!str_eq_nocase(unit, str_from(units[i].unit)))
            continue;
        if (number * units[i].bytes >= 9.2e18)
            return ST_LIMIT;
        *out = (int64_t)(number * units[i].bytes + 0.5);
        return ST_OK;
    }
    return ST_CORRUPT;
}

static const char *expectation(OptionType type)
{
    switch (type) {
    case OPTION_INT:
        return "a whole number";
    case OPTION_BOOL:
        return "true or false";
    case OPTION_BYTES:
        return "a size such as 4096, 64MiB or 1GB";
    case OPTION_DURATION:
        return "a duration such as 30s, 1h30m or 7d";
    default:
        return "text";
    }
}

/* Parse into a local first: on failure the target is untouched. */
static Status set_text(const Option *o, Str text, Arena *a, void *target, const Place *place,
                       Err *err)
{
    char *field = (char *)target + o->offset;
    int64_t number = 0;
    bool truth = false;
    Str copy = {0};
    Status st = ST_OK;

    switch (o->type) {
    case OPTION_STR:
        st = arena_copy(a, text, &copy);
        if (st)
            return err_set(err, st, place->pos, "%s: %s", place->text, status_text(st));
        memcpy(field, &copy, sizeof copy);
        return ST_OK;
    case OPTION_BOOL:
        st = parse_bool(text, &truth);
        if (!st)
            memcpy(field, &truth, sizeof truth);
        break;
    case OPTION_INT:
        st = str_to_i64(text, &number);
        break;
    case OPTION_BYTES:
        st = parse_bytes(text, &number);
        break;
    case OPTION_DURATION:
        st = duration_from_text(text, &number);
        break;
    }
    if (st)
        return err_set(err, ST_INVALID, place->pos, "%s: must be %s, not \"%.*s\"", place->text,
                       expectation(o->type), STR_ARG(str_slice(text, 0, NAME_MAX_BYTES)));
    if (o->type != OPTION_BOOL)
        memcpy(field, &number, sizeof number);
    return ST_OK;
}

static void clear_field(const Option *o, void *target)
{
    static const size_t sizes[] = {
        [OPTION_STR] = sizeof(Str),          [OPTION_INT] = sizeof(int64_t),
        [OPTION_BOOL] = sizeof(bool),        [OPTION_BYTES] = sizeof(int64_t),
        [OPTION_DURATION] = sizeof(int64_t),
    };

    memset((char *)target + o->offset, 0, sizes[o->type]);
}

Status options_defaults(OptionTable t, Arena *a, void *target, Err *err)
{
    for (size_t i = 0; i < t.count; i++) {
        Place place = {.pos = 0};
        Status st = ST_OK;

        clear_field(&t.items[i], target);
        (void)snprintf(place.text, sizeof place.text, "default of %s", t.items[i].name);
        if (t.items[i].fallback)
            st = set_text(&t.items[i], str_from(t.items[i].fallback), a, target, &place, err);
        if (st)
            return st;
    }
    return ST_OK;
}

/* ------------------------------------------------------------------- file */

/* The quoted value at the front of `s` with \" and \\ decoded into `out` (room
 * for s.len); *rest is what follows the closing quote. */
static bool unquote(Str s, char *out, Str *value, Str *rest)
{
    size_t n = 0;

    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] == '"') {
            *value = (Str){out, n};
            *rest = str_slice(s, i + 1, s.len);
            return true;
        }
        if (s.ptr[i] == '\\' && i + 1 < s.len && (s.ptr[i + 1] == '"' || s.ptr[i + 1] == '\\'))
            i++;
        out[n++] = s.ptr[i];
    }
    return false;
}

/* Without a comment: a # at the front or behind white space. */
static Str strip_comment(Str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == '#' && (i == 0 || s.ptr[i - 1] == ' ' || s.ptr[i - 1] == '\t'))
            return str_trim(str_slice(s, 0, i));
    return s;
}

static Status file_value(Str raw, Arena *a, const Place *place, Str *out, Err *err)
{
    char *room;
    Str rest = {0};

    if (raw.len == 0 || raw.ptr[0] != '"') {
        *out = strip_comment(raw);
        return ST_OK;
    }
    room = arena_alloc(a, raw.len);
    if (!room)
        return err_set(err, ST_NOMEM, place->pos, "%s: %s", place->text, status_text(ST_NOMEM));
    if (!unquote(raw, room, out, &rest))
        return err_set(err, ST_INVALID, place->pos, "%s: the closing quote is missing",
                       place->text);
    if (strip_comment(str_trim(rest)).len)
        return err_set(err, ST_INVALID, place->pos, "%s: text behind the closing quote",
                       place->text);
    return ST_OK;
}

static Status read_line(OptionTable t, Str line, size_t number, size_t pos, Arena *a, void *target,
                        Err *err)
{
    Place place = {.pos = pos};
    const Option *option;
    Str name;
    Str raw;
    Str value = {0};
    Status st;

    line = str_trim(line);
    if (line.len == 0 || line.ptr[0] == '#')
        return ST_OK;
    if (!str_cut(line, '=', &name, &raw))
        return err_set(err, ST_INVALID, pos, "line %zu: expected name = value", number);
    name = str_trim(name);
    option = find_option(t, name);
    if (!option) {
        char where[32];

        (void)snprintf(where, sizeof where, "line %zu: ", number);
        st = unknown(t, "", name, pos, err);
        if (err) {
            char text[sizeof err->msg];

            memcpy(text, err->msg, sizeof text);
            return err_set(err, st, pos, "%s%.200s", where, text);
        }
        return st;
    }
    (void)snprintf(place.text, sizeof place.text, "%s (line %zu)", option->name, number);
    st = file_value(str_trim(raw), a, &place, &value, err);
    return st ? st : set_text(option, value, a, target, &place, err);
}

Status options_from_text(OptionTable t, Str text, Arena *a, void *target, Err *err)
{
    size_t number = 0;
    size_t pos = 0;

    while (pos < text.len) {
        Str line;
        Str rest;
        Status st;

        (void)str_cut(str_slice(text, pos, text.len), '\n', &line, &rest);
        st = read_line(t, line, ++number, pos, a, target, err);
        if (st)
            return st;
        pos += line.len + 1;
    }
    return ST_OK;
}

/* ------------------------------------------------------------ environment */

static void env_name(const char *name, char out[NAME_MAX_BYTES + 8])
{
    size_t n = (size_t)snprintf(out, NAME_MAX_BYTES + 8, "VIREO_%.*s", NAME_MAX_BYTES, name);

    for (size_t i = sizeof "VIREO"; i < n; i++) {
        if (out[i] >= 'a' && out[i] <= 'z')
            out[i] = (char)(out[i] - 'a' + 'A');
        else if (out[i] == '-')
            out[i] = '_';
    }
}

/* An empty variable is the shell's way to unset one. */
Status options_from_env(OptionTable t, const char *(*lookup)(const char *name), Arena *a,
                        void *target, Err *err)
{
    for (size_t i = 0; i < t.count; i++) {
        Place place = {.pos = 0};
        const char *text;
        Status st;

        env_name(t.items[i].name, place.text);
        text = lookup(place.text);
        if (!text || !*text)
            continue;
        st = set_text(&t.items[i], str_from(text), a, target, &place, err);
        if (st)
            return st;
    }
    return ST_OK;
}

/* ------------------------------------------------------------------ flags */

typedef struct ArgReader {
    OptionTable table;
    int argc;
    const char *const *argv;
    int at;
    Arena *arena;
    void *target;
    Err *err;
} ArgReader;

/* --no-name for a bool. */
static const Option *find_negated(OptionTable t, Str name)
{
    const Option *o =
        str_starts(name, STR("no-")) ? find_option(t, str_slice(name, 3, name.len)) : NULL;

    return o && o->type == OPTION_BOOL ? o : NULL;
}

static Status read_flag(ArgReader *r, Str flag)
{
    Place place = {.pos = (size_t)r->at};
    Str name;
    Str value;
    const bool given = str_cut(flag, '=', &name, &value);
    const Option *o = find_option(r->table, name);
    const Option *negated = o || given ? NULL : find_negated(r->table, name);

    if (negated) {
        (void)snprintf(place.text, sizeof place.text, "--no-%s", negated->name);
        return set_text(negated, STR("false"), r->arena, r->target, &place, r->err);
    }
    if (!o)
        return unknown(r->table, "--", name, place.pos, r->err);
    (void)snprintf(place.text, sizeof place.text, "--%s", o->name);
    if (!given && o->type == OPTION_BOOL) {
        value = STR("true");
    } else if (!given) {
        if (r->at + 1 >= r->argc)
            return err_set(r->err, ST_INVALID, place.pos, "%s: needs a value (%s)", place.text,
                           o->value ? o->value : expectation(o->type));
        value = str_from(r->argv[++r->at]);
    }
    return set_text(o, value, r->arena, r->target, &place, r->err);
}

static bool is_flag(const char *arg)
{
    return arg[0] == '-' && arg[1] != '\0' && !(arg[1] >= '0' && arg[1] <= '9');
}

Status options_from_args(OptionTable t, int argc, const char *const *argv, Arena *a, void *target,
                         const char **rest, int *rest_count, Err *err)
{
    ArgReader r = {
        .table = t, .argc = argc, .argv = argv, .arena = a, .target = target, .err = err};
    bool flags_over = false;
    int count = 0;

    for (; r.at < argc; r.at++) {
        const char *arg = argv[r.at];
        Status st;

        if (flags_over || !is_flag(arg)) {
            rest[count++] = arg;
            continue;
        }
        if (strcmp(arg, "--") == 0) {
            flags_over = true;
            continue;
        }
        if (arg[1] != '-')
            return err_set(err, ST_INVALID, (size_t)r.at, "unknown option %.64s", arg);
        st = read_flag(&r, str_from(arg + 2));
        if (st)
            return st;
    }
    *rest_count = count;
    return ST_OK;
}

/* ------------------------------------------------------------------- help */

static size_t flag_width(const Option *o)
{
    return strlen(o->name) + (o->value ? strlen(o->value) + 1 : 0);
}

static Status help_line(const Option *o, size_t width, Buf *out)
{
    char variable[NAME_MAX_BYTES + 8];
    Status st;

    env_name(o->name, variable);
    st = buf_printf(out, "  --%s%s%s%*s  %s", o->name, o->value ? " " : "",
                    o->value ? o->value : "", (int)(width - flag_width(o)), "", o->help);
    if (!st && o->fallback && *o->fallback)
        st = buf_printf(out, " [%s]", o->fallback);
    return st ? st : buf_printf(out, " (%s)\n", variable);
}

Status options_help(OptionTable t, Arena *a, Str *out)
{
    size_t width = 0;
    Buf text;
    Status st = ST_OK;

    buf_init(&text, HELP_LIMIT);
    for (size_t i = 0; i < t.count; i++)
        if (flag_width(&t.items[i]) > width)
            width = flag_width(&t.items[i]);
    for (size_t i = 0; !st && i < t.count; i++)
        st = help_line(&t.items[i], width, &text);
    if (!st)
        st = arena_copy(a, buf_str(&text), out);
    buf_deinit(&text);
    return st;
}
