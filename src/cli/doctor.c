/* SPDX-License-Identifier: Apache-2.0 */
/* vireo doctor: checks everything that is stored, changes nothing that is whole.
 *
 * It needs the folder for itself; while a server uses it, only the catalogue, the
 * blobs and the results are checked, and it says so. */
#include "catalog/blob.h"
#include "cli/cli.h"
#include "server/data_dir.h"

typedef struct DoctorOptions {
    Str data;
} DoctorOptions;

static const Option options[] = {
    {"data", "DIR", OPTION_STR, offsetof(DoctorOptions, data), "vireo-data", "the folder to check"},
};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

typedef struct Checkup {
    Cli *cli;
    DataDir *data;
    size_t findings;
    size_t blobs;
    size_t results;
} Checkup;

static void report(void *context, Str finding)
{
    Checkup *c = context;

    c->findings++;
    cli_print(c->cli, "  wrong: ");
    cli_text(c->cli, finding);
    cli_print(c->cli, "\n");
}

static void report_status(Checkup *c, const char *what, Status st)
{
    /* Findings themselves were reported as they were found. */
    if (st && st != ST_CORRUPT) {
        c->findings++;
        cli_print(c->cli, "  wrong: cannot check %s: %s\n", what, status_text(st));
    }
}

static Status check_blob(void *visitor, int64_t project_id, const BlobRow *row)
{
    Checkup *c = visitor;
    uint8_t hash[BLOB_HASH_BYTES];
    char finding[256];
    Status st = hex_decode(row->sha256, hash, sizeof hash);

    if (!st)
        st = blob_verify(c->data->blobs, project_id, hash);
    c->blobs++;
    if (st) {
        const int n = snprintf(finding, sizeof finding, "blob %.*s of project %lld: %s",
                               STR_ARG(row->sha256), (long long)project_id,
                               st == ST_NOTFOUND ? "its file is missing" : status_text(st));

        report(c, (Str){finding, n < 0 ? 0 : (size_t)n});
    }
    return ST_OK;
}

static void check_catalogue(Checkup *c)
{
    cli_print(c->cli, "catalogue\n");
    report_status(c, "the catalogue", catalog_check(c->data->catalog, report, c));
    cli_print(c->cli, "blobs\n");
    report_status(c, "the blobs", catalog_blob_each(c->data->catalog, check_blob, c));
    cli_print(c->cli, "results\n");
    report_status(c, "the results", results_verify(c->data->results, report, c, &c->results));
}

/* False: another process has the store. */
static bool check_store(Checkup *c)
{
    const StoreOptions how = {.no_background = true};
    Err err = {0};
    const Status st = data_open_store(c->data, how, &err);

    if (st == ST_BUSY) {
        (void)fprintf(
            c->cli->err,
            "%s\nLog and segments were not checked: stop the server, or check a backup.\n",
            err.msg);
        return false;
    }
    cli_print(c->cli, "log and segments\n");
    if (st)
        report(c, str_from(err.msg));
    else
        report_status(c, "log and segments", store_verify(c->data->store, report, c));
    return true;
}

static int check(Cli *cli, Str dir)
{
    const DataOptions how = {0};
    DataDir data;
    Checkup c = {.cli = cli, .data = &data};
    Err err = {0};
    const Status st = data_open(dir, &how, &cli->arena, &data, &err);
    bool whole;

    if (st) {
        cli_error(cli, "%s", err.msg);
        return EXIT_FAILED;
    }
    check_catalogue(&c);
    whole = check_store(&c);
    data_close(&data);
    if (c.findings)
        cli_print(cli, "%zu things are wrong\n", c.findings);
    else
        cli_print(cli, "all is well%s (%zu blobs, %zu files of results)\n",
                  whole ? "" : " in what was checked", c.blobs, c.results);
    return c.findings ? EXIT_FAILED : EXIT_DONE;
}

int verb_doctor(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {
        "doctor", "[--data DIR]",
        "Check catalogue, log, segments, blobs and results. Exit code 1: something is wrong.",
        NULL};
    DoctorOptions o;
    VerbArgs args;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (args.count) {
        cli_error(cli, "doctor takes only options; did you mean --data %.200s?", args.items[0]);
        return EXIT_USAGE;
    }
    return check(cli, o.data);
}
