/* SPDX-License-Identifier: Apache-2.0 */
/* vireo worker: become the worker of the Python package.
 *
 * Judges are Python and their code never runs in this program; the verb is here
 * so that users find it beside the others.  The interpreter is that of
 * VIREO_PYTHON, else the first python3 on the PATH; it must have the package. */
#include "cli/cli.h"
#include "os/process.h"

#include <stdlib.h>
#include <string.h>

enum { OWN_ARGUMENTS = 4 };

static bool asks_for_help(int argc, const char *const *argv)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

static int help(Cli *cli)
{
    static const char *const ask[] = {"--help"};
    const Verb self = {"worker", "[--judge TAG --where QUERY --once] [--allow-code] ...",
                       "Run judges over live and stored traces; `python3 -m vireo worker --help` "
                       "lists the options.",
                       NULL};
    VerbArgs args;
    int none;
    int code;

    (void)cli_options(cli, &self, (OptionTable){NULL, 0}, 1, ask, &none, &args, &code);
    return code;
}

int verb_worker(Cli *cli, int argc, const char *const *argv)
{
    const char *python = getenv("VIREO_PYTHON");
    const char *command[OWN_ARGUMENTS + CLI_MAX_ARGS + 1] = {NULL, "-m", "vireo", "worker"};
    Status st;

    if (asks_for_help(argc, argv))
        return help(cli);
    if (argc > CLI_MAX_ARGS) {
        cli_error(cli, "at most %d arguments", CLI_MAX_ARGS);
        return EXIT_USAGE;
    }
    command[0] = python && *python ? python : "python3";
    for (int i = 0; i < argc; i++)
        command[OWN_ARGUMENTS + i] = argv[i];
    (void)fflush(cli->out);
    st = process_become(command);
    cli_error(cli, "cannot run %s: %s; set VIREO_PYTHON to a Python that has the package vireo",
              command[0], status_text(st));
    return EXIT_FAILED;
}
