/* SPDX-License-Identifier: Apache-2.0 */
/* N-grams: which pages of a column of texts may hold a phrase.
 *
 * A run of neighbouring pages has a filter with a bit for every four bytes that stand behind each
 * other in some text of it.  A phrase of twenty bytes has seventeen such; where one of them is
 * missing, the run does not hold the phrase, and need not be decompressed.
 *
 *   runs u32 | rows u32, bytes u32 of each run | filters, one behind the other
 *
 *   hash: four bytes, each or-ed with 0x20 (so that letters match in either case), as a
 *         little-endian number, times 0x9E3779B1 modulo 2^32, the top 17 bits
 *   bit:  hash * 8 * bytes >> 17
 *
 * Bits are numbered from the lowest of the first byte.  A run with 0 bytes has no filter. */
#ifndef VIREO_COLUMN_NGRAMS_H
#define VIREO_COLUMN_NGRAMS_H

#include "base/buf.h"
#include "column/parquet.h"

enum { NGRAM_BYTES = 4, NGRAM_HASH_BITS = 17, NGRAM_HASHES = 1 << NGRAM_HASH_BITS };
enum { NGRAM_RUN_NUMBERS = 2 * sizeof(uint32_t) }; /* bytes of the numbers of a run */

/* Set seen[hash] for what stands in the text. */
void ngrams_note(uint8_t seen[NGRAM_HASHES], Str text);
/* Append a run of which `seen` was noted, with a filter of at most `limit` bytes; with none
 * where that is too little to be of use. */
MUST_CHECK Status ngrams_put_run(Buf *runs, Buf *filters, const uint8_t seen[NGRAM_HASHES],
                                 size_t rows, size_t limit);

/* Append to `out` the rows of those runs, of `rows` rows in all, that may hold a text with
 * `text` in it; neighbours as one range.  ST_CORRUPT: these are not bytes of ours. */
MUST_CHECK Status ngrams_find(Str bytes, size_t rows, Str text, RowRanges *out);

#endif
