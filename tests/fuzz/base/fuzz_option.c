/* SPDX-License-Identifier: Apache-2.0 */
/* Option parser: the input as a file, and its lines as flags. */
#include "base/option.h"

#include <string.h>

typedef struct Config {
    Str listen;
    int64_t count;
    bool quiet;
    int64_t size;
    int64_t delay;
} Config;

static const Option options[] = {
    {"listen", "HOST:PORT", OPTION_STR, offsetof(Config, listen), "127.0.0.1:4318", "address"},
    {"count", "N", OPTION_INT, offsetof(Config, count), "3", "how many"},
    {"quiet", NULL, OPTION_BOOL, offsetof(Config, quiet), NULL, "say less"},
    {"memtable-size", "SIZE", OPTION_BYTES, offsetof(Config, size), "64MiB", "memory"},
    {"delay", "TIME", OPTION_DURATION, offsetof(Config, delay), "1s", "wait"},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const OptionTable table = {options, sizeof options / sizeof *options};
    const char *argv[64];
    const char *rest[64];
    int argc = 0;
    int rest_count = 0;
    Str head;
    Str tail = {(const char *)data, size};
    Config config;
    Arena a;
    Err err;

    arena_init(&a, 1 << 20);
    if (options_defaults(table, &a, &config, &err))
        __builtin_trap();
    (void)(options_from_text(table, tail, &a, &config, &err) == ST_OK);
    while (argc < 64 && str_cut(tail, '\n', &head, &tail))
        if (arena_copy_z(&a, head, &argv[argc++]))
            break;
    if (options_from_args(table, argc, argv, &a, &config, rest, &rest_count, &err) == ST_OK &&
        rest_count > argc)
        __builtin_trap();
    arena_deinit(&a);
    return 0;
}
