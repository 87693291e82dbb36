/* SPDX-License-Identifier: Apache-2.0 */
/* The sub-verbs of `vireo dataset`, and what they share. */
#ifndef VIREO_CLI_DATASET_H
#define VIREO_CLI_DATASET_H

#include "cli/columns.h"

int dataset_import_verb(Cli *cli, int argc, const char *const *argv);
int dataset_export_verb(Cli *cli, int argc, const char *const *argv);

#endif
