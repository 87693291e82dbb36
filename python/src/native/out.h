/* SPDX-License-Identifier: Apache-2.0 */
/* Out: the text that the encoder writes, with a hard ceiling.
 *
 * Appending never fails for the caller: past the ceiling, or when memory is
 * out, bytes are left out and `failed` is set; the caller looks once, at the end. */
#ifndef VIREO_NATIVE_OUT_H
#define VIREO_NATIVE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct Out {
    char *data;
    size_t len;
    size_t cap;
    size_t limit;
    bool failed;
} Out;

void out_init(Out *o, size_t limit);
void out_deinit(Out *o);
/* Make room for `n` more bytes; false (and `failed`) when that is not possible. */
bool out_grow(Out *o, size_t n);

static inline bool out_room(Out *o, size_t n)
{
    return n <= o->cap - o->len || out_grow(o, n);
}

static inline void out_bytes(Out *o, const char *bytes, size_t n)
{
    if (n == 0 || !out_room(o, n))
        return;
    memcpy(o->data + o->len, bytes, n);
    o->len += n;
}

static inline void out_char(Out *o, char c)
{
    if (out_room(o, 1))
        o->data[o->len++] = c;
}

static inline void out_text(Out *o, const char *text)
{
    out_bytes(o, text, strlen(text));
}

void out_int(Out *o, long long value);

#endif
