/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of the test's own, and a client that spools into it. */
#ifndef TESTS_UNIT_CLIENT_SCRATCH_H
#define TESTS_UNIT_CLIENT_SCRATCH_H

#include "os/file.h"
#include "vireo/vireo.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Scratch {
    char dir[128];
} Scratch;

static inline void scratch_make(Scratch *s)
{
    const char *base = getenv("TMPDIR");

    (void)snprintf(s->dir, sizeof s->dir, "%.90s/vireo-client-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(s->dir))
        abort();
}

static inline void scratch_remove(Scratch *s)
{
    (void)!dir_remove_all(s->dir);
}

/* Quick enough that no test waits for a delay. */
static inline vireo_options scratch_options(const Scratch *s, const char *url)
{
    return (vireo_options){.url = url,
                           .project = "Concept Project",
                           .service = "tests",
                           .spool_dir = s->dir,
                           .batch_delay_ms = 5,
                           .request_timeout_ms = 10000};
}

#endif
