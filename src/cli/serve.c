/* SPDX-License-Identifier: Apache-2.0 */
/* vireo serve */
#include "cli/cli.h"
#include "os/process.h"
#include "server/server.h"

static int show_help(Cli *cli)
{
    Str text;

    if (options_help(server_options, &cli->arena, &text) != ST_OK)
        return EXIT_FAILED;
    cli_print(cli,
              "Usage: vireo serve [--OPTIONS]\n\nRun the server until SIGTERM or Ctrl-C. Each "
              "option can also be set\nin the environment (--max-body: VIREO_MAX_BODY) or in the "
              "file of --config.\n\n%.*s",
              STR_ARG(text));
    return EXIT_DONE;
}

int verb_serve(Cli *cli, int argc, const char *const *argv)
{
    Config config;
    Err err = {0};

    if (config_read(argc, argv, &cli->arena, &config, &err) != ST_OK) {
        cli_error(cli, "%s", err.msg);
        return EXIT_USAGE;
    }
    if (config.help)
        return show_help(cli);
    process_prepare_signals();
    process_tune_memory();
    if (server_run(&config, cli->page, &err) == ST_OK)
        return EXIT_DONE;
    cli_error(cli, "%s", err.msg);
    return EXIT_FAILED;
}
