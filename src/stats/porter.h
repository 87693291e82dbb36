/* SPDX-License-Identifier: Apache-2.0 */
/* Stems of English words (M. Porter, Program 14(3), 1980, with the two departures of his
 * own program: -bli and -logi). */
#ifndef VIREO_STATS_PORTER_H
#define VIREO_STATS_PORTER_H

#include <stddef.h>

/* Cut the word of `len` bytes to its stem, in place; how long that is, at most `len`.  Words are
 * in lower case; bytes that are no letters count as consonants.  Words of more than
 * PORTER_LONGEST bytes, and of less than three, stay as they are. */
#define PORTER_LONGEST 255u

size_t porter_stem(char *word, size_t len);

#endif
