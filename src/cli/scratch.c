/* SPDX-License-Identifier: Apache-2.0 */
/* Random names: two exports to one file do not meet. */
#include "cli/scratch.h"

#include "os/file.h"
#include "os/random.h"

Status scratch_make(Arena *a, const char *path, const char **out)
{
    Str name;
    Status st =
        arena_printf(a, &name, "%s.vireo-%016llx%c", path, (unsigned long long)random_u64(), 0);

    if (!st)
        st = dir_make(name.ptr);
    if (!st)
        *out = name.ptr;
    return st;
}
