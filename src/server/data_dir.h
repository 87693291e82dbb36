/* SPDX-License-Identifier: Apache-2.0 */
/* The data folder and what is open on it.
 *
 *   DIR/vireo.lock     held by the one server (or doctor) that uses the store
 *   DIR/catalog.db     SQLite
 *   DIR/store/         log and segments
 *   DIR/blobs/         content-addressed files
 *
 * The catalogue and the blobs may be used by several processes at once, the
 * store only by the one with the lock. */
#ifndef VIREO_SERVER_DATA_DIR_H
#define VIREO_SERVER_DATA_DIR_H

#include "domain/ingest.h"
#include "os/file.h"

typedef struct DataPaths {
    const char *root, *lock, *catalog, *store, *blobs;
} DataPaths;

/* Texts in the arena. */
MUST_CHECK Status data_paths(Str dir, Arena *a, DataPaths *out);

typedef struct DataDir {
    DataPaths paths;
    File lock;
    Catalog *catalog;
    Blobs *blobs;
    Domain *domain;
    Ingest *ingest;
    Store *store;
} DataDir;

typedef struct DataOptions {
    bool exclusive; /* take the lock; ST_BUSY when another process has it */
    bool make;      /* make the folder when it is missing, else ST_NOTFOUND */
    size_t blob_max_bytes;
} DataOptions;

/* Catalogue, blobs and domain.  On failure nothing stays open. */
MUST_CHECK Status data_open(Str dir, const DataOptions *o, Arena *a, DataDir *out, Err *err);
/* Recover and open the store; `options` without dir, index and decode.  Needs
 * the lock. */
MUST_CHECK Status data_open_store(DataDir *d, StoreOptions options, Err *err);
/* Everything that is open, in the right order; the store is flushed. */
void data_close(DataDir *d);

#endif
