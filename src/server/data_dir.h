/* SPDX-License-Identifier: Apache-2.0 */
/* The data folder and what is open on it.
 *
 *   DIR/catalog.db     SQLite
 *   DIR/wal/           the store's log
 *   DIR/segments/      Parquet files
 *   DIR/lock           held by the one process that has the store open
 *   DIR/blobs/         content-addressed files
 *   DIR/results/       Parquet files: result rows of evaluations
 *
 * The catalogue and the blobs may be used by several processes at once, the
 * store only by the one with the lock. */
#ifndef VIREO_SERVER_DATA_DIR_H
#define VIREO_SERVER_DATA_DIR_H

#include "domain/ingest.h"
#include "os/file.h"

typedef struct DataPaths {
    const char *root, *lock, *catalog, *wal, *blobs, *results;
} DataPaths;

/* Texts in the arena. */
MUST_CHECK Status data_paths(Str dir, Arena *a, DataPaths *out);

typedef struct DataDir {
    DataPaths paths;
    Catalog *catalog;
    Blobs *blobs;
    Results *results;
    Domain *domain;
    Ingest *ingest;
    Store *store;
} DataDir;

typedef struct DataOptions {
    bool alone; /* ST_BUSY when another process has the store open */
    bool make;  /* make the folder when it is missing, else ST_NOTFOUND */
    size_t blob_max_bytes;
} DataOptions;

/* Catalogue, blobs and domain.  On failure nothing stays open. */
MUST_CHECK Status data_open(Str dir, const DataOptions *o, Arena *a, DataDir *out, Err *err);
/* Recover and open the store; `options` without dir, index and decode.  ST_BUSY
 * when another process has it. */
MUST_CHECK Status data_open_store(DataDir *d, StoreOptions options, Err *err);
/* Everything that is open, in the right order; the store is flushed. */
void data_close(DataDir *d);

#endif
