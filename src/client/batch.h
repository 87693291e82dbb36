/* SPDX-License-Identifier: Apache-2.0 */
/* Batch: chunks taken from the queue, made into parcels in the order of delivery:
 * models and blobs first, then one request with all spans, then their scores. */
#ifndef VIREO_CLIENT_BATCH_H
#define VIREO_CLIENT_BATCH_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "client/parcel.h"
#include "client/queue.h"
#include "client/settings.h"
#include "codec/compress.h"

typedef struct Batch {
    const Chunk *chunks;    /* NULL: no batch; the queue owns them */
    VEC_OF(Parcel) parcels; /* point into the chunks and into what follows */
    size_t next;            /* the first parcel that is not settled */
    bool framed;
    Buf resource;    /* ResourceSpans.resource in wire form, of this process */
    Buf scope;       /* ScopeSpans.scope */
    Buf framed_refs; /* spans with references, framed */
    Buf plain;       /* the request */
    Buf packed;      /* the request, compressed */
    Buf scores;      /* the requests with scores, one behind the other */
    Arena names;     /* of blobs */
    Map blobs;       /* their hashes: the same bytes are sent once a batch */
    Zstd *zstd;
} Batch;

MUST_CHECK Status batch_init(Batch *b, const Settings *s);
void batch_deinit(Batch *b);

/* Begin with taken chunks; nothing is computed yet. */
void batch_start(Batch *b, const Chunk *chunks);
/* Compute hashes and compress; O(bytes).  Does nothing when that is done.  After
 * ST_NOMEM it can be tried again. */
MUST_CHECK Status batch_frame(Batch *b);
/* Forget the chunks. */
void batch_end(Batch *b);

#endif
