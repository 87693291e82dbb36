/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every backend: the size limit and that the hash is right, so that no
 * backend can be made to keep bytes under a name that is not theirs. */
#include "blob/blob.h"

#include <sodium.h>
#include <string.h>

void blob_hash(Str bytes, uint8_t out[BLOB_HASH_BYTES])
{
    crypto_hash_sha256(out, (const unsigned char *)bytes.ptr, bytes.len);
}

Status blob_put(Blobs *b, int64_t project_id, const uint8_t hash[BLOB_HASH_BYTES], Str bytes,
                bool *created)
{
    uint8_t real[BLOB_HASH_BYTES];

    if (bytes.len > b->max_bytes)
        return ST_LIMIT;
    blob_hash(bytes, real);
    if (memcmp(real, hash, sizeof real) != 0)
        return ST_INVALID;
    return b->ops->put(b, project_id, hash, bytes, created);
}

Status blob_get(Blobs *b, int64_t project_id, const uint8_t hash[BLOB_HASH_BYTES], Blob *out)
{
    return b->ops->get(b, project_id, hash, out);
}

Status blob_size(Blobs *b, int64_t project_id, const uint8_t hash[BLOB_HASH_BYTES], uint64_t *out)
{
    return b->ops->size(b, project_id, hash, out);
}

Status blob_remove(Blobs *b, int64_t project_id, const uint8_t hash[BLOB_HASH_BYTES])
{
    return b->ops->remove(b, project_id, hash);
}

Status blobs_remove_project(Blobs *b, int64_t project_id)
{
    return b->ops->remove_project(b, project_id);
}

void blob_release(Blobs *b, Blob *blob)
{
    b->ops->release(b, blob);
}

void blobs_close(Blobs *b)
{
    if (b)
        b->ops->close(b);
}

Status blob_verify(Blobs *b, int64_t project_id, const uint8_t hash[BLOB_HASH_BYTES])
{
    uint8_t real[BLOB_HASH_BYTES];
    Blob blob;
    Status st = blob_get(b, project_id, hash, &blob);

    if (st)
        return st;
    blob_hash(blob.bytes, real);
    if (memcmp(real, hash, sizeof real) != 0)
        st = ST_CORRUPT;
    blob_release(b, &blob);
    return st;
}
