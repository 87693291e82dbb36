/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for temporary files beside the user's own, so that renaming works. */
#ifndef VIREO_CLI_SCRATCH_H
#define VIREO_CLI_SCRATCH_H

#include "base/arena.h"

/* Make "<path>.vireo-<random>"; remove it with dir_remove_all(). */
MUST_CHECK Status scratch_make(Arena *a, const char *path, const char **out);

#endif
