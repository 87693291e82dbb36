/* SPDX-License-Identifier: Apache-2.0 */
/* The place of the lowest bit that is set, for walking over the bits of a word. */
#ifndef VIREO_BASE_LOWEST_BIT_H
#define VIREO_BASE_LOWEST_BIT_H

#include <stdint.h>

/* `bits` is not 0. */
static inline unsigned lowest_bit(uint64_t bits)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(bits);
#else
    unsigned at = 0;

    while (!(bits >> at & 1))
        at++;
    return at;
#endif
}

#endif
