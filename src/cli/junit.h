/* SPDX-License-Identifier: Apache-2.0 */
/* Checks as JUnit XML, which CI systems show. */
#ifndef VIREO_CLI_JUNIT_H
#define VIREO_CLI_JUNIT_H

#include "base/arena.h"

typedef struct JunitCase {
    Str group; /* the class name */
    Str name;
    Str failure; /* empty: it passed */
} JunitCase;

/* Write (or replace) the file. */
MUST_CHECK Status junit_write(const char *path, Str suite, const JunitCase *cases, size_t count);

#endif
