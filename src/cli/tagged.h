/* SPDX-License-Identifier: Apache-2.0 */
/* What has versions with tags name:vN, as models and judges: a list of them, the versions of
 * one, and one version with its source. */
#ifndef VIREO_CLI_TAGGED_H
#define VIREO_CLI_TAGGED_H

#include "cli/columns.h"

typedef struct TaggedKind {
    const char *noun;    /* "model"; the API has it below "/models" */
    const char *example; /* of a tag */
    const Column *columns;
    size_t column_count;
    const Column *version_columns;
    size_t version_column_count;
    const char *const *keys; /* members told of one version, before its source */
    size_t key_count;
} TaggedKind;

/* The verbs "NOUN list" and "NOUN show NAME[:vN]".  An exit code. */
int tagged_list(Cli *cli, const TaggedKind *kind, int argc, const char *const *argv);
int tagged_show(Cli *cli, const TaggedKind *kind, int argc, const char *const *argv);

#endif
