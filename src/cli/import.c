/* SPDX-License-Identifier: Apache-2.0 */
/* vireo import FILE|DIR ...: send what is in files to the server, as any
 * OpenTelemetry client would.  Sending a file twice does no harm: spans with the
 * same ids are kept once. */
#include "base/vec.h"
#include "cli/remote.h"
#include "cli/spans_in.h"
#include "codec/compress.h"
#include "os/clock.h"
#include "os/file.h"

enum { IMPORT_TRIES = 60, COMPRESS_LEVEL = 3 };

typedef struct ImportOptions {
    RemoteOptions remote;
} ImportOptions;

static const Option options[] = {REMOTE_OPTIONS(ImportOptions)};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

typedef struct Import {
    Cli *cli;
    const ImportOptions *options;
    Buf packed;
    uint64_t requests;
    uint64_t files;
    uint64_t rejected;
    char first_rejection[200];
} Import;

/* ------------------------------------------------------------- sending */

/* "partialSuccess": {"rejectedSpans": "3", "errorMessage": "..."} */
static void note_rejected(Import *im, Str body, Arena *a)
{
    const Json *answer;
    const Json *partial;
    const Json *count;
    uint64_t n = 0;

    if (json_parse_object(body, a, &answer, NULL) != ST_OK)
        return;
    partial = json_get(answer, STR("partialSuccess"));
    count = json_get(partial, STR("rejectedSpans"));
    if (!count || str_to_u64(count->kind == JSON_KIND_STR ? count->as.s : count->raw, &n) != ST_OK)
        return;
    if (n && !im->rejected)
        (void)snprintf(im->first_rejection, sizeof im->first_rejection, "%.*s",
                       STR_ARG(json_shown(partial, "errorMessage")));
    im->rejected += n;
}

/* Overload passes: 429 and 503 are tried again each second, for a minute. */
static bool send_until_taken(Import *im, const RemoteCall *call, Arena *a)
{
    RemoteAnswer answer;
    Err err = {0};

    for (int i = 0; i < IMPORT_TRIES; i++) {
        if (remote_call(&im->options->remote, call, a, &answer, &err) != ST_OK) {
            cli_error(im->cli, "%s", err.msg);
            return false;
        }
        if (answer.status != 429 && answer.status != 503)
            break;
        clock_sleep_ns(1000000000);
    }
    if (answer.status == 200) {
        note_rejected(im, answer.body, a);
        return true;
    }
    cli_error(im->cli, "the server answered %d: %.*s", answer.status,
              STR_ARG(utf8_clip(answer.body, 300)));
    return false;
}

static Status send_request(void *import, Str body, bool json)
{
    Import *im = import;
    RemoteCall call = {.method = "POST",
                       .content_type = json ? "application/json" : "application/x-protobuf",
                       .encoding = "zstd"};
    Arena a;
    Status st;
    bool taken = false;

    arena_init(&a, SPANS_FILE_MAX);
    buf_clear(&im->packed);
    st = compress_into(COMPRESSION_ZSTD, COMPRESS_LEVEL, body, &im->packed);
    if (!st) {
        call.path = STR("/v1/traces");
        call.body = buf_str(&im->packed);
        call.to_project = true;
        taken = send_until_taken(im, &call, &a);
        im->requests += taken;
    }
    arena_deinit(&a);
    return st ? st : taken ? ST_OK : ST_CLOSED;
}

/* --------------------------------------------------------------- files */

static bool import_file(Import *im, const char *path)
{
    const SpanSink sink = {send_request, im};
    Err err = {0};
    const Status st = spans_read_file(path, sink, &err);

    im->files += !st;
    if (st && st != ST_CLOSED) /* closed: the reason was told */
        cli_error(im->cli, "%s: %s", path, err.msg[0] ? err.msg : status_text(st));
    return st == ST_OK;
}

/* Folders still to be read: depth first, without recursion. */
typedef struct Folders {
    VEC_OF(const char *) paths;
} Folders;

static Status list_folder(Import *im, Folders *folders, const char *dir, bool *ok)
{
    Str *names;
    size_t count;
    Status st = dir_list(dir, &im->cli->arena, &names, &count);

    for (size_t i = 0; i < count && !st && *ok; i++) {
        const char *path;
        PathInfo info;

        st = path_join(&im->cli->arena, dir, names[i], &path);
        if (!st)
            st = path_info(path, &info);
        if (!st && info.is_dir)
            st = VEC_PUSH(&folders->paths, path, 100000);
        else if (!st && spans_known(names[i]))
            *ok = import_file(im, path);
    }
    return st;
}

static bool import_folder(Import *im, const char *dir)
{
    Folders folders = {0};
    bool ok = true;
    Status st = VEC_PUSH(&folders.paths, dir, 1);

    while (folders.paths.len && !st && ok) {
        const char *next = folders.paths.items[--folders.paths.len];

        st = list_folder(im, &folders, next, &ok);
        if (st)
            cli_error(im->cli, "%s: %s", next, status_text(st));
    }
    VEC_FREE(&folders.paths);
    return ok && !st;
}

static bool import_path(Import *im, const char *path)
{
    PathInfo info;
    const Status st = path_info(path, &info);

    if (st) {
        cli_error(im->cli, "%s: %s", path, status_text(st));
        return false;
    }
    return info.is_dir ? import_folder(im, path) : import_file(im, path);
}

static int report(const Import *im, bool ok)
{
    cli_print(im->cli, "%llu files, %llu requests sent\n", (unsigned long long)im->files,
              (unsigned long long)im->requests);
    if (im->rejected)
        cli_error(im->cli, "%llu spans were refused; the first: %s",
                  (unsigned long long)im->rejected, im->first_rejection);
    return ok && !im->rejected ? EXIT_DONE : EXIT_FAILED;
}

int verb_import(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"import", "FILE|DIR ...",
                       "Send traces from files: OTLP in JSON (.json .jsonl .ndjson) or protobuf "
                       "(.pb),\nParquet that Vireo wrote; also compressed (.gz .zst).",
                       NULL};
    ImportOptions o;
    Import im = {.cli = cli, .options = &o};
    VerbArgs args;
    bool ok = true;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (!args.count) {
        cli_error(cli, "import takes files or folders");
        return EXIT_USAGE;
    }
    buf_init(&im.packed, SPANS_FILE_MAX);
    for (int i = 0; i < args.count && ok; i++)
        ok = import_path(&im, args.items[i]);
    buf_deinit(&im.packed);
    return report(&im, ok);
}
