/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of each blob: media type and size.  Its bytes are in blob/. */
#ifndef VIREO_CATALOG_BLOB_H
#define VIREO_CATALOG_BLOB_H

#include "catalog/catalog.h"

typedef struct BlobRow {
    Str sha256; /* 64 lower-case hex digits */
    Str media_type;
    uint64_t size;
    int64_t created_ns;
} BlobRow;

/* The first put of a hash decides the media type. */
MUST_CHECK Status catalog_blob_put(Catalog *c, int64_t project_id, const BlobRow *row,
                                   bool *created);
/* ST_NOTFOUND */
MUST_CHECK Status catalog_blob_get(Catalog *c, int64_t project_id, Str sha256, Arena *arena,
                                   BlobRow *out);
MUST_CHECK Status catalog_blob_usage(Catalog *c, int64_t project_id, uint64_t *count,
                                     uint64_t *bytes);
/* Every blob of every project, by project and hash. */
MUST_CHECK Status catalog_blob_each(Catalog *c,
                                    Status (*visit)(void *visitor, int64_t project_id,
                                                    const BlobRow *row),
                                    void *visitor);

#endif
