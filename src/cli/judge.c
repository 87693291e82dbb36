/* SPDX-License-Identifier: Apache-2.0 */
/* vireo judge list | show NAME[:vN] */
#include "cli/tagged.h"

static const Column judge_columns[] = {
    {"NAME", "name"},     {"KIND", "kind"},     {"LATEST", "latest"}, {"SCORES", "scores"},
    {"PASSED", "passed"}, {"FAILED", "failed"}, {"ERRORS", "errors"}, {"LAST", "last_scored"},
};

static const Column version_columns[] = {
    {"TAG", "tag"},
    {"KIND", "kind"},
    {"CREATED", "created_at"},
    {"DESCRIPTION", "description"},
};

static const char *const version_keys[] = {"tag",        "kind",     "description", "created_at",
                                           "parameters", "language", "fingerprint"};

static const TaggedKind kind = {
    .noun = "judge",
    .example = "helpful:v2",
    .columns = judge_columns,
    .column_count = sizeof judge_columns / sizeof judge_columns[0],
    .version_columns = version_columns,
    .version_column_count = sizeof version_columns / sizeof version_columns[0],
    .keys = version_keys,
    .key_count = sizeof version_keys / sizeof version_keys[0],
};

static int judge_list_verb(Cli *cli, int argc, const char *const *argv)
{
    return tagged_list(cli, &kind, argc, argv);
}

static int judge_show_verb(Cli *cli, int argc, const char *const *argv)
{
    return tagged_show(cli, &kind, argc, argv);
}

static const Verb subs[] = {
    {"list", "", "judges of a project and what they said", judge_list_verb},
    {"show", "NAME[:vN]", "versions of a judge, or one version with its source", judge_show_verb},
};

int verb_judge(Cli *cli, int argc, const char *const *argv)
{
    return cli_subverb(cli, "judge", subs, sizeof subs / sizeof subs[0], argc, argv);
}
