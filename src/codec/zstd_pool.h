/* SPDX-License-Identifier: Apache-2.0 */
/* Idle zstd contexts, shared by threads.
 *
 * A context is some 150 KiB that the system has to map and clear; for a small
 * page that costs more than the decompression.  A pool keeps a few of them: one
 * for each thread that works at the same time, up to ZSTD_POOL_SLOTS; what is
 * given back beyond that is freed.
 *
 * Threads: any, without a lock: a slot is only ever exchanged. */
#ifndef VIREO_CODEC_ZSTD_POOL_H
#define VIREO_CODEC_ZSTD_POOL_H

#include "codec/compress.h"

#include <stdatomic.h>

enum { ZSTD_POOL_SLOTS = 8 };

typedef struct ZstdPool {
    _Atomic(Zstd *) idle[ZSTD_POOL_SLOTS];
} ZstdPool; /* zeroed: empty */

/* An idle context or a new one; always a new one when `p` is NULL. */
MUST_CHECK Status zstd_pool_take(ZstdPool *p, Zstd **out);
/* Give back what was taken; `z` may be NULL. */
void zstd_pool_give(ZstdPool *p, Zstd *z);
/* Free the idle ones.  Nobody may take or give any more. */
void zstd_pool_deinit(ZstdPool *p);

#endif
