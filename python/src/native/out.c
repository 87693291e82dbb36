/* SPDX-License-Identifier: Apache-2.0 */
/* Out: growing by doubling, so that appending is amortised O(1). */
#include "native.h"

enum { OUT_FIRST = 1024, INT_DIGITS = 20 };

void out_init(Out *o, size_t limit)
{
    *o = (Out){.limit = limit};
}

void out_deinit(Out *o)
{
    PyMem_Free(o->data);
    *o = (Out){0};
}

bool out_grow(Out *o, size_t n)
{
    size_t cap = o->cap ? o->cap : OUT_FIRST;
    char *data;

    if (o->failed || n > o->limit - o->len) {
        o->failed = true;
        return false;
    }
    while (cap < o->len + n)
        cap = cap > o->limit / 2 ? o->limit : cap * 2;
    data = PyMem_Realloc(o->data, cap);
    if (!data) {
        o->failed = true;
        return false;
    }
    o->data = data;
    o->cap = cap;
    return true;
}

void out_int(Out *o, long long value)
{
    char digits[INT_DIGITS + 1];
    size_t at = sizeof digits;
    unsigned long long rest =
        value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        digits[--at] = '-';
    out_bytes(o, digits + at, sizeof digits - at);
}
