/* SPDX-License-Identifier: Apache-2.0 */
/* Between spool.c and spool_adopt.c: names and sizes in the spool's folder. */
#ifndef VIREO_CLIENT_SPOOL_FILES_H
#define VIREO_CLIENT_SPOOL_FILES_H

#include "client/spool.h"

enum { SPOOL_PATH_MAX = 4096 + 256 };

/* "<folder>/<name><suffix>"; ST_LIMIT when too long. */
MUST_CHECK Status spool_path(const Spool *sp, const char *name, const char *suffix,
                             char out[SPOOL_PATH_MAX]);
/* Count the folder's bytes, once. */
void spool_count_bytes(Spool *sp);
void spool_file_close(Spool *sp, SpoolFile *f);
MUST_CHECK Status spool_file_text(const Spool *sp, Buf *out);

#endif
