/* SPDX-License-Identifier: Apache-2.0 */
/* vireo version */
#include "catalog/catalog.h"
#include "cli/cli.h"

int verb_version(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"version", "", "Show the version of program and catalogue.", NULL};
    VerbArgs args;
    int none;
    int code;

    if (!cli_options(cli, &self, (OptionTable){NULL, 0}, argc, argv, &none, &args, &code))
        return code;
    cli_print(cli, "vireo %s (catalogue schema %d)\n", VIREO_VERSION, catalog_newest_schema());
    return EXIT_DONE;
}
