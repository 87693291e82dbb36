/* SPDX-License-Identifier: Apache-2.0 */
/* Snappy decompression (raw format): what other writers use by default. */
#ifndef VIREO_COLUMN_SNAPPY_H
#define VIREO_COLUMN_SNAPPY_H

#include "base/str.h"

/* Fill exactly `len` bytes at `out`; ST_CORRUPT when it is not that many. */
MUST_CHECK Status snappy_decompress(Str in, uint8_t *out, size_t len);

#endif
