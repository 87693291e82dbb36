/* SPDX-License-Identifier: Apache-2.0 */
/* Content-addressed bytes of a project: immutable, found by their SHA-256.
 *
 * An interface, so that an object store can take the place of the directory.
 * All operations are thread-safe, and several processes may share a backend. */
#ifndef VIREO_BLOB_BLOB_H
#define VIREO_BLOB_BLOB_H

#include "base/str.h"

#define BLOB_DEFAULT_MAX_BYTES ((size_t)64 << 20)
enum { BLOB_HASH_BYTES = 32 };

typedef struct Blobs Blobs;

/* Whole contents of a blob; release with blob_release(). */
typedef struct Blob {
    Str bytes;
    void *owner; /* the backend's */
} Blob;

typedef struct BlobOps {
    const char *name;
    Status (*put)(Blobs *b, int64_t project_id, const uint8_t *hash, Str bytes, bool *created);
    Status (*get)(Blobs *b, int64_t project_id, const uint8_t *hash, Blob *out);
    Status (*size)(Blobs *b, int64_t project_id, const uint8_t *hash, uint64_t *out);
    Status (*remove)(Blobs *b, int64_t project_id, const uint8_t *hash);
    Status (*remove_project)(Blobs *b, int64_t project_id);
    void (*release)(Blobs *b, Blob *blob);
    void (*close)(Blobs *b);
} BlobOps;

/* Base of every backend. */
struct Blobs {
    const BlobOps *ops;
    size_t max_bytes; /* of one blob */
};

/* Keep `bytes`, whose SHA-256 must be `hash` (ST_INVALID).  On disk when it
 * returns; *created is false when it was there.  ST_LIMIT: too large; ST_FULL. */
MUST_CHECK Status blob_put(Blobs *b, int64_t project_id, const uint8_t hash[BLOB_HASH_BYTES],
                           Str bytes, bool *created);
/* ST_NOTFOUND */
MUST_CHECK Status blob_get(Blobs *b, int64_t project_id, const uint8_t hash[BLOB_HASH_BYTES],
                           Blob *out);
/* ST_NOTFOUND */
MUST_CHECK Status blob_size(Blobs *b, int64_t project_id, const uint8_t hash[BLOB_HASH_BYTES],
                            uint64_t *out);
/* ST_OK also when there was none. */
MUST_CHECK Status blob_remove(Blobs *b, int64_t project_id, const uint8_t hash[BLOB_HASH_BYTES]);
/* All of a project; ST_OK also when there were none. */
MUST_CHECK Status blobs_remove_project(Blobs *b, int64_t project_id);
void blob_release(Blobs *b, Blob *blob);
void blobs_close(Blobs *b);

/* Read it and compare with its hash: ST_CORRUPT, ST_NOTFOUND. */
MUST_CHECK Status blob_verify(Blobs *b, int64_t project_id, const uint8_t hash[BLOB_HASH_BYTES]);

void blob_hash(Str bytes, uint8_t out[BLOB_HASH_BYTES]);

/* Files <dir>/<project_id>/<first two hex digits>/<hash>; `dir` is made.
 * max_bytes 0: BLOB_DEFAULT_MAX_BYTES. */
MUST_CHECK Status blobs_open_dir(const char *dir, size_t max_bytes, Blobs **out);

#endif
