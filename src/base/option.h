/* SPDX-License-Identifier: Apache-2.0 */
/* Option table: one list from which come flags, environment variables, the
 * configuration file and `--help`.
 *
 *     static const Option options[] = {
 *         {"listen", "HOST:PORT", OPTION_STR, offsetof(Config, listen), "127.0.0.1:4318", "where to
 * listen"},
 *     };
 *
 * Precedence: flag, then environment (VIREO_LISTEN), then file (`listen = ...`),
 * then the default.  Values live in the caller's struct; strings are borrowed
 * from argv or copied into the arena. */
#ifndef VIREO_BASE_OPTION_H
#define VIREO_BASE_OPTION_H

#include "base/arena.h"

typedef enum OptionType {
    OPTION_STR,     /* Str */
    OPTION_INT,     /* int64_t */
    OPTION_BOOL,    /* bool; as a flag without a value: true */
    OPTION_BYTES,   /* int64_t; "64MiB", "1GB", "4096" */
    OPTION_DURATION /* int64_t ns; "30s", "7d" */
} OptionType;

typedef struct Option {
    const char *name;  /* "listen": --listen, VIREO_LISTEN, listen = */
    const char *value; /* what --help calls the value; NULL for a bool */
    OptionType type;
    size_t offset;        /* of the field in the target struct */
    const char *fallback; /* text of the default, NULL: empty, 0, false */
    const char *help;
} Option;

typedef struct OptionTable {
    const Option *items;
    size_t count;
} OptionTable;

/* Set every field of `target` to its default. */
MUST_CHECK Status options_defaults(OptionTable t, Arena *a, void *target, Err *err);
/* Read `name = value` lines; `#` starts a comment, values may be in double quotes. */
MUST_CHECK Status options_from_text(OptionTable t, Str text, Arena *a, void *target, Err *err);
/* `lookup` is getenv() or a test's. */
MUST_CHECK Status options_from_env(OptionTable t, const char *(*lookup)(const char *name), Arena *a,
                                   void *target, Err *err);
/* --name value, --name=value, --no-name for a bool, -- ends flags.  What is no flag is collected in
 * `rest` (room for argc pointers).  An unknown flag is ST_INVALID and names the nearest one. */
MUST_CHECK Status options_from_args(OptionTable t, int argc, const char *const *argv, Arena *a,
                                    void *target, const char **rest, int *rest_count, Err *err);
/* The text of --help for the table. */
MUST_CHECK Status options_help(OptionTable t, Arena *a, Str *out);

#endif
