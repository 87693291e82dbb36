/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean ...?": the nearest of a few known words. */
#ifndef VIREO_BASE_NEAREST_H
#define VIREO_BASE_NEAREST_H

#include "base/str.h"

enum { NEAREST_MAX_CHARS = 64 };

/* Least insertions, deletions, replacements and swaps of neighbours between the
 * two; longer words than NEAREST_MAX_CHARS are infinitely far (SIZE_MAX). */
size_t edit_distance(Str a, Str b);

/* The nearest word, or NULL when none is near enough to be meant: at most a
 * third of its length is wrong.  `word(context, i)` is the i-th of `count`. */
const char *nearest_word(Str wrong, const char *(*word)(const void *context, size_t i),
                         const void *context, size_t count);

#endif
