/* SPDX-License-Identifier: Apache-2.0 */
/* vireo version */
#include "catalog/catalog.h"
#include "cli/cli.h"

int verb_version(Cli *cli, int argc, const char *const *argv)
{
    (void)argc;
    (void)argv;
    cli_print(cli, "vireo %s (catalogue schema %d)\n", VIREO_VERSION, catalog_newest_schema());
    return EXIT_DONE;
}
