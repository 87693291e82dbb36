/* SPDX-License-Identifier: Apache-2.0 */
/* vireo: one program for server and command line. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return cli_run(argc, (const char *const *)argv, &vireo_page, stdout, stderr);
}
