/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue: small, mutable, relational data in one SQLite file.
 *
 * One header an entity (project.h, api_key.h, model.h, version.h, segment.h,
 * counter.h, blob.h) on this handle.  The file may be open in several processes
 * at once (the server and the command line).  Every write is one transaction
 * that is on disk (fsync) when the function returns.
 *
 * Threads: every function of the folder is thread-safe.  Writes go one at a time
 * through one connection; reads use a few others and never wait for a writer.
 * After fork() the child must not use or close the parent's handle: it opens its own.
 *
 * Cost: a write is one fsync (milliseconds); a read of one row about 10 us.
 *
 * Failure: ST_BUSY when another process holds the write lock for 10 s, ST_FULL,
 * ST_IO, ST_CORRUPT (a damaged file); nothing has changed then.  Texts of rows are
 * copied into the arena that the caller gives. */
#ifndef VIREO_CATALOG_CATALOG_H
#define VIREO_CATALOG_CATALOG_H

#include "base/arena.h"

typedef struct Catalog Catalog;

/* Open `path`, made when it does not exist, and bring it to the newest schema.
 * ST_VERSION: a newer program wrote it. */
MUST_CHECK Status catalog_open(const char *path, Err *err, Catalog **out);
/* No other thread may be in a function of the handle. */
void catalog_close(Catalog *c);

/* Schema that this program writes. */
int catalog_newest_schema(void);

/* Write a consistent copy to `path` (ST_EXISTS when there is a file) while others
 * read and write.  Segments that the copy names may go away meanwhile: copy them
 * after, and take the copy's list as the truth. */
MUST_CHECK Status catalog_backup(Catalog *c, const char *path, Err *err);

/* Check the file's structure and every foreign key; each finding goes to
 * `report`.  ST_CORRUPT when there was any. */
MUST_CHECK Status catalog_check(Catalog *c, void (*report)(void *context, Str finding),
                                void *context);

#endif
