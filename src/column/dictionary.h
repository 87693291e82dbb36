/* SPDX-License-Identifier: Apache-2.0 */
/* Dictionary: distinct texts of a column chunk and a code for each value.
 *
 * Made by the writer, which asks whether it pays: when the values do not repeat
 * enough the work stops after a few thousand of them.  A vector that already is
 * in dictionary form is only renumbered, without hashing.
 * Memory is kept between columns; values borrow from the vector. */
#ifndef VIREO_COLUMN_DICTIONARY_H
#define VIREO_COLUMN_DICTIONARY_H

#include "column/vector.h"

typedef struct Dictionary {
    Str *values; /* in the order of their first use */
    uint32_t *hashes;
    size_t len;
    size_t cap;
    size_t bytes;    /* of all values */
    uint32_t *codes; /* one for each row that is not null */
    size_t code_count;
    size_t code_cap;
    uint32_t *slots; /* index + 1, 0: free; or new codes of old ones */
    size_t slot_count;
    size_t slot_cap;
} Dictionary;

void dictionary_init(Dictionary *d);
void dictionary_deinit(Dictionary *d);
/* Build it for `v`, of which `values` rows are not null.  *pays is false when
 * it would take more than `max_bytes` or more than the values themselves; then
 * the contents mean nothing.  `overhead` is what a value's length costs. */
MUST_CHECK Status dictionary_build(Dictionary *d, const Vector *v, size_t values, size_t overhead,
                                   size_t max_bytes, bool *pays);

#endif
