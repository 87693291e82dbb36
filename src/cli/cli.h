/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: a table of verbs, each in its own file.
 *
 * Exit codes: 0 done; 1 it failed, or a check found something; 2 it was called
 * wrongly.  Results go to `out`, everything said about them to `err`. */
#ifndef VIREO_CLI_CLI_H
#define VIREO_CLI_CLI_H

#include "base/option.h"
#include "http/page.h"

#include <stdio.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, CLI_MAX_ARGS = 1024 };

typedef struct Cli {
    FILE *out;
    FILE *err;
    const PageTable *page;
    Arena arena; /* lives as long as the verb */
} Cli;

typedef struct Verb {
    const char *name;
    const char *arguments; /* "list | create NAME" */
    const char *help;      /* one line */
    int (*run)(Cli *cli, int argc, const char *const *argv);
} Verb;

/* `argv` with the program's name; both streams stay the caller's. */
int cli_run(int argc, const char *const *argv, const PageTable *page, FILE *out, FILE *err);

/* ---- for the verbs */

/* "vireo: ..." with a line break. */
void cli_error(Cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);
void cli_print(Cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The bytes of `s`, control characters blanked so that stored text cannot drive the terminal. */
void cli_text(Cli *cli, Str s);

typedef struct VerbArgs {
    const char *items[CLI_MAX_ARGS];
    int count;
} VerbArgs;

/* Options of a verb: defaults, environment, flags; arguments that are no flags
 * go to `rest`.  False when the verb is over: --help was shown or the options
 * were wrong; *exit_code says which. */
bool cli_options(Cli *cli, const Verb *verb, OptionTable table, int argc, const char *const *argv,
                 void *target, VerbArgs *rest, int *exit_code);
/* Run the sub-verb that args names; EXIT_USAGE with the nearest name otherwise. */
int cli_subverb(Cli *cli, const char *verb, const Verb *subs, size_t count, int argc,
                const char *const *argv);

int verb_serve(Cli *cli, int argc, const char *const *argv);
int verb_project(Cli *cli, int argc, const char *const *argv);
int verb_key(Cli *cli, int argc, const char *const *argv);
int verb_model(Cli *cli, int argc, const char *const *argv);
int verb_dataset(Cli *cli, int argc, const char *const *argv);
int verb_judge(Cli *cli, int argc, const char *const *argv);
int verb_score(Cli *cli, int argc, const char *const *argv);
int verb_trace(Cli *cli, int argc, const char *const *argv);
int verb_query(Cli *cli, int argc, const char *const *argv);
int verb_evaluation(Cli *cli, int argc, const char *const *argv);
int verb_gate(Cli *cli, int argc, const char *const *argv);
int verb_import(Cli *cli, int argc, const char *const *argv);
int verb_export(Cli *cli, int argc, const char *const *argv);
int verb_delete(Cli *cli, int argc, const char *const *argv);
int verb_storage(Cli *cli, int argc, const char *const *argv);
int verb_retention(Cli *cli, int argc, const char *const *argv);
int verb_backup(Cli *cli, int argc, const char *const *argv);
int verb_doctor(Cli *cli, int argc, const char *const *argv);
int verb_worker(Cli *cli, int argc, const char *const *argv);
int verb_version(Cli *cli, int argc, const char *const *argv);

#endif
