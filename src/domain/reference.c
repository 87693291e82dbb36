/* SPDX-License-Identifier: Apache-2.0 */
/* References: bytes in the blob store, media type and size in the catalogue.
 *
 * The bytes go first: a row always has its blob.  A crash in between leaves a blob
 * without a row, which the next put of it completes. */
#include "domain/reference.h"

#include "domain/internal.h"
#include "os/clock.h"

enum { HASH_CHARS = 2 * BLOB_HASH_BYTES, MEDIA_TYPE_MAX = 200 };

static Status read_hash(Str text, uint8_t hash[BLOB_HASH_BYTES], char hex[HASH_CHARS],
                        FieldErr *err)
{
    if (hex_decode(text, hash, BLOB_HASH_BYTES))
        return field_err_set(err, ST_INVALID, "sha256", "sha256 must be 64 hex digits");
    hex_encode(hash, BLOB_HASH_BYTES, hex);
    return ST_OK;
}

/* Goes into a header of the answer, so only what such a header may hold. */
static Status check_media_type(Str type, FieldErr *err)
{
    const size_t slash = str_find_char(type, '/');
    bool good = slash > 0 && slash + 1 < type.len && type.len <= MEDIA_TYPE_MAX;

    for (size_t i = 0; i < type.len && good; i++)
        good = type.ptr[i] >= ' ' && type.ptr[i] < 0x7f;
    if (good)
        return ST_OK;
    return field_err_set(err, ST_INVALID, "media_type",
                         "the content type must be like image/png, at most %d characters",
                         (int)MEDIA_TYPE_MAX);
}

static Status put_err(Domain *d, Status st, FieldErr *err)
{
    if (st == ST_INVALID)
        return field_err_set(err, st, "sha256", "the body has another SHA-256");
    if (st == ST_LIMIT)
        return field_err_set(err, st, "", "a blob may have at most %zu bytes", d->blobs->max_bytes);
    return field_err_set(err, st, "", "cannot keep the blob: %s", status_text(st));
}

Status reference_put(Domain *d, int64_t project_id, Str sha256, Str media_type, Str bytes,
                     bool *created, FieldErr *err)
{
    uint8_t hash[BLOB_HASH_BYTES];
    char hex[HASH_CHARS];
    const Str type = media_type.len ? media_type : STR("application/octet-stream");
    bool new_bytes;
    Status st = read_hash(sha256, hash, hex, err);

    if (!st)
        st = check_media_type(type, err);
    if (st)
        return st;
    st = blob_put(d->blobs, project_id, hash, bytes, &new_bytes);
    if (!st)
        st = catalog_blob_put(d->catalog, project_id,
                              &(BlobRow){.sha256 = {hex, sizeof hex},
                                         .media_type = type,
                                         .size = bytes.len,
                                         .created_ns = clock_now_ns()},
                              created);
    return st ? put_err(d, st, err) : ST_OK;
}

Status reference_get(Domain *d, int64_t project_id, Str sha256, Arena *arena, BlobRow *row,
                     Blob *blob, FieldErr *err)
{
    uint8_t hash[BLOB_HASH_BYTES];
    char hex[HASH_CHARS];
    Status st = read_hash(sha256, hash, hex, err);

    if (st)
        return st;
    st = catalog_blob_get(d->catalog, project_id, (Str){hex, sizeof hex}, arena, row);
    if (!st)
        st = blob_get(d->blobs, project_id, hash, blob);
    return st ? field_err_set(err, st, "sha256", "%s",
                              st == ST_NOTFOUND ? "there is no such blob" : status_text(st))
              : ST_OK;
}

Status reference_usage(Domain *d, int64_t project_id, uint64_t *count, uint64_t *bytes)
{
    return catalog_blob_usage(d->catalog, project_id, count, bytes);
}
