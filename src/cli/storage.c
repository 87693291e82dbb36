/* SPDX-License-Identifier: Apache-2.0 */
/* vireo storage: what a project takes on disk, column by column;
 * vireo retention: how long and how much of it is kept. */
#include "cli/grid.h"

enum { DAY_SECONDS = 86400, BODY_MAX = 256 };

/* ------------------------------------------------------------------ storage */

typedef struct StorageOptions {
    RemoteOptions remote;
    int64_t top;
} StorageOptions;

static const Option storage_options[] = {
    REMOTE_OPTIONS(StorageOptions),
    {"top", "N", OPTION_INT, offsetof(StorageOptions, top), "20", "columns shown"},
};
static const OptionTable storage_table = {storage_options,
                                          sizeof storage_options / sizeof storage_options[0]};

static const char *const totals[] = {
    "segments",   "segment_bytes", "spans",           "scores",       "wal_bytes",
    "blob_bytes", "index_bytes",   "keys_in_columns", "keys_in_rest", "damaged_segments"};
static const char *const members[] = {"column", "bytes", "rows", "distinct"};
static const Str headings[] = {{"COLUMN", 6}, {"BYTES", 5}, {"ROWS", 4}, {"DISTINCT", 8}};
enum { TOTALS = sizeof totals / sizeof totals[0], MEMBERS = sizeof members / sizeof members[0] };

static int show_storage(Cli *cli, const Json *answer)
{
    const Json *list = json_get(answer, STR("columns"));
    const size_t rows = list && list->kind == JSON_KIND_ARRAY ? list->as.array.len : 0;
    Grid g = {.columns = MEMBERS};

    for (size_t i = 0; i < TOTALS; i++)
        cli_print(cli, "%-17s %.*s\n", totals[i], STR_ARG(json_shown(answer, totals[i])));
    if (!rows)
        return EXIT_DONE;
    for (size_t i = 0; i < MEMBERS; i++)
        g.headings[i] = headings[i];
    if (!grid_alloc(cli, &g, rows))
        return EXIT_FAILED;
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < MEMBERS; i++)
            *grid_cell(&g, r, i) = json_get(&list->as.array.items[r], str_from(members[i]));
    cli_print(cli, "\n");
    grid_show(cli, &g);
    return EXIT_DONE;
}

int verb_storage(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"storage", "[--top N]",
                       "Show what a project takes on disk, the costliest columns first.", NULL};
    RemoteCall call = {.method = "GET"};
    StorageOptions o;
    VerbArgs args;
    const Json *answer;
    char query[64];
    int code;

    if (!cli_options(cli, &self, storage_table, argc, argv, &o, &args, &code))
        return code;
    if (args.count) {
        cli_error(cli, "storage takes only options");
        return EXIT_USAGE;
    }
    (void)snprintf(query, sizeof query, "/storage?limit=%lld", (long long)o.top);
    if (!remote_project_path(cli, &o.remote, &call.path, "", (Str){0}, query) ||
        !remote_json(cli, &o.remote, &call, &answer))
        return EXIT_FAILED;
    return answer ? show_storage(cli, answer) : EXIT_DONE;
}

/* ---------------------------------------------------------------- retention */

typedef struct RetentionOptions {
    RemoteOptions remote;
    int64_t max_age_ns;
    int64_t max_bytes;
    bool any_age;
    bool any_size;
} RetentionOptions;

static const Option retention_options[] = {
    REMOTE_OPTIONS(RetentionOptions),
    {"max-age", "TIME", OPTION_DURATION, offsetof(RetentionOptions, max_age_ns), NULL,
     "remove older spans, e.g. 30d"},
    {"max-bytes", "SIZE", OPTION_BYTES, offsetof(RetentionOptions, max_bytes), NULL,
     "remove the oldest spans past that size of segments, e.g. 20GiB"},
    {"any-age", NULL, OPTION_BOOL, offsetof(RetentionOptions, any_age), NULL,
     "as long as the server's own option says"},
    {"any-size", NULL, OPTION_BOOL, offsetof(RetentionOptions, any_size), NULL,
     "without a limit of size"},
};
static const OptionTable retention_table = {retention_options,
                                            sizeof retention_options / sizeof retention_options[0]};

/* Empty: nothing is to be changed. */
static Str change_of(const RetentionOptions *o, char body[BODY_MAX])
{
    char age[64] = "";
    char bytes[64] = "";
    int n;

    if (o->any_age)
        (void)snprintf(age, sizeof age, "\"max_age_days\":null");
    else if (o->max_age_ns)
        (void)snprintf(age, sizeof age, "\"max_age_days\":%.9g",
                       (double)o->max_age_ns / 1e9 / DAY_SECONDS);
    if (o->any_size)
        (void)snprintf(bytes, sizeof bytes, "\"max_bytes\":null");
    else if (o->max_bytes)
        (void)snprintf(bytes, sizeof bytes, "\"max_bytes\":%lld", (long long)o->max_bytes);
    if (!age[0] && !bytes[0])
        return (Str){0};
    n = snprintf(body, BODY_MAX, "{%s%s%s}", age, age[0] && bytes[0] ? "," : "", bytes);
    return (Str){body, n > 0 ? (size_t)n : 0};
}

int verb_retention(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"retention", "[--max-age TIME] [--max-bytes SIZE]",
                       "Show or set how long and how much of a project is kept.", NULL};
    RemoteCall call = {.method = "GET"};
    RetentionOptions o;
    VerbArgs args;
    const Json *answer;
    char body[BODY_MAX];
    int code;

    if (!cli_options(cli, &self, retention_table, argc, argv, &o, &args, &code))
        return code;
    if (args.count) {
        cli_error(cli, "retention takes only options");
        return EXIT_USAGE;
    }
    call.body = change_of(&o, body);
    if (call.body.len)
        call.method = "PATCH";
    if (!remote_project_path(cli, &o.remote, &call.path, "", (Str){0}, "/retention") ||
        !remote_json(cli, &o.remote, &call, &answer))
        return EXIT_FAILED;
    if (answer)
        cli_print(cli, "max_age_days  %.*s\nmax_bytes     %.*s\n",
                  STR_ARG(json_shown(answer, "max_age_days")),
                  STR_ARG(json_shown(answer, "max_bytes")));
    return EXIT_DONE;
}
