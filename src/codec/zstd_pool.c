/* SPDX-License-Identifier: Apache-2.0 */
/* Idle zstd contexts: a few slots, each exchanged as a whole.  Looking through
 * all of them costs nanoseconds, so there is neither a list nor a lock. */
#include "codec/zstd_pool.h"

Status zstd_pool_take(ZstdPool *p, Zstd **out)
{
    for (size_t i = 0; p && i < ZSTD_POOL_SLOTS; i++) {
        Zstd *z = atomic_exchange(&p->idle[i], NULL);

        if (z) {
            *out = z;
            return ST_OK;
        }
    }
    return zstd_new(out);
}

void zstd_pool_give(ZstdPool *p, Zstd *z)
{
    for (size_t i = 0; p && z && i < ZSTD_POOL_SLOTS; i++) {
        Zstd *none = NULL;

        if (atomic_compare_exchange_strong(&p->idle[i], &none, z))
            return;
    }
    zstd_free(z);
}

void zstd_pool_deinit(ZstdPool *p)
{
    for (size_t i = 0; i < ZSTD_POOL_SLOTS; i++)
        zstd_free(atomic_exchange(&p->idle[i], NULL));
}
