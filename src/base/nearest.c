/* SPDX-License-Identifier: Apache-2.0 */
/* Optimal string alignment distance with three rows.  O(len * len) for each
 * known word, on words of at most 64 characters. */
#include "base/nearest.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t edit_distance(Str a, Str b)
{
    size_t rows[3][NEAREST_MAX_CHARS + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *row = rows[2];

    if (a.len > NEAREST_MAX_CHARS || b.len > NEAREST_MAX_CHARS)
        return SIZE_MAX;
    memset(rows, 0, sizeof rows);
    for (size_t j = 0; j <= b.len; j++)
        last[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *const oldest = before;

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            const size_t differs = a.ptr[i - 1] != b.ptr[j - 1];

            row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + differs);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        before = last;
        last = row;
        row = oldest;
    }
    return last[b.len];
}

const char *nearest_word(Str wrong, const char *(*word)(const void *context, size_t i),
                         const void *context, size_t count)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;

    for (size_t i = 0; i < count; i++) {
        const Str known = str_from(word(context, i));
        const size_t d = edit_distance(wrong, known);

        if (d < best_distance && d <= (known.len + 2) / 3) {
            best = known.ptr;
            best_distance = d;
        }
    }
    return best;
}
