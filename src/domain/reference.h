/* SPDX-License-Identifier: Apache-2.0 */
/* References: named objects of a trace, kept as blobs with a media type. */
#ifndef VIREO_DOMAIN_REFERENCE_H
#define VIREO_DOMAIN_REFERENCE_H

#include "catalog/blob.h"
#include "domain/domain.h"

/* `sha256` is 64 hex digits of the hash of `bytes`.  Idempotent; the first put
 * decides the media type.  ST_INVALID with the field, ST_LIMIT, ST_FULL. */
MUST_CHECK Status reference_put(Domain *d, int64_t project_id, Str sha256, Str media_type,
                                Str bytes, bool *created, FieldErr *err);
/* Release with blob_release(domain_blobs(d), blob).  ST_NOTFOUND, ST_INVALID. */
MUST_CHECK Status reference_get(Domain *d, int64_t project_id, Str sha256, Arena *arena,
                                BlobRow *row, Blob *blob, FieldErr *err);
MUST_CHECK Status reference_usage(Domain *d, int64_t project_id, uint64_t *count, uint64_t *bytes);

#endif
