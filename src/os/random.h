/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes: for secrets from the kernel, for ids from a fast generator.
 *
 * The id generator (xoshiro256++, one state a thread, seeded by the kernel) costs
 * a few nanoseconds and is not for secrets.  After fork the child seeds anew,
 * so that parent and child never give the same ids. */
#ifndef VIREO_OS_RANDOM_H
#define VIREO_OS_RANDOM_H

#include "base/status.h"

#include <stdint.h>

/* From the kernel's generator; fit for keys. */
MUST_CHECK Status random_bytes(void *out, size_t len);
/* Ids that are never all zero. */
void random_id16(uint8_t out[16]);
void random_id8(uint8_t out[8]);
uint64_t random_u64(void);

#endif
