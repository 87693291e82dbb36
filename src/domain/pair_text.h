/* SPDX-License-Identifier: Apache-2.0 */
/* Compared pairs as text, for the catalogue.
 *
 *     {"configurations": [first, second], "lines": [[case, stratum, metric, kind, value, value,
 *       rows, rows, test, pairs, up, down, delta, low, high, p], ...]}
 *
 * NaN is null; numbers read back to the same bits. */
#ifndef VIREO_DOMAIN_PAIR_TEXT_H
#define VIREO_DOMAIN_PAIR_TEXT_H

#include "base/buf.h"
#include "domain/pair_cache.h"

MUST_CHECK Status pair_text_write(const PairLines *lines, Buf *out);
/* Texts point into `text` or the arena.  ST_CORRUPT: it is none of ours. */
MUST_CHECK Status pair_text_read(Str text, Arena *arena, PairLines *out);

#endif
