/* SPDX-License-Identifier: Apache-2.0 */
/* Read-only view of a whole file in memory.
 *
 * Only for files that nobody cuts while the view lives (immutable segments):
 * reading past a new end would be SIGBUS. */
#ifndef VIREO_OS_MAP_H
#define VIREO_OS_MAP_H

#include "base/str.h"

typedef struct FileMap {
    const uint8_t *data; /* NULL when the file is empty */
    size_t len;
} FileMap;

typedef enum FileMapAdvice {
    FILE_MAP_NORMAL,
    FILE_MAP_RANDOM,
    FILE_MAP_SEQUENTIAL,
    FILE_MAP_SOON,
    FILE_MAP_DONE /* give the memory back; reading it again is fine */
} FileMapAdvice;

MUST_CHECK Status file_map_open(const char *path, FileMap *out);
/* Closing an empty or closed view is allowed. */
void file_map_close(FileMap *m);
/* A hint about how bytes [offset, offset + len) will be read. */
void file_map_advise(const FileMap *m, size_t offset, size_t len, FileMapAdvice advice);

#endif
