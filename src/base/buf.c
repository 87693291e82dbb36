/* SPDX-License-Identifier: Apache-2.0 */
/* Growable byte buffer: doubling growth, clipped to the ceiling. */
#include "base/buf.h"

#include "base/alloc.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BUF_FIRST_CAP = 64 };

void buf_init(Buf *b, size_t limit)
{
    *b = (Buf){.limit = limit};
}

void buf_deinit(Buf *b)
{
    mem_free(b->data);
    buf_init(b, b->limit);
}

void buf_clear(Buf *b)
{
    b->len = 0;
}

Str buf_str(const Buf *b)
{
    return (Str){b->data, b->len};
}

/* Make room for `want` bytes in total.  Doubling keeps appends amortised
 * O(1); the last doubling is clipped to the ceiling instead of refused. */
static Status grow(Buf *b, size_t want)
{
    size_t cap = b->cap ? b->cap : BUF_FIRST_CAP;
    char *data;

    if (want > b->limit)
        return ST_LIMIT;
    if (cap > b->limit)
        cap = b->limit;
    while (cap < want)
        cap = cap > b->limit / 2 ? b->limit : cap * 2;
    data = mem_realloc(b->data, cap);
    if (!data)
        return ST_NOMEM;
    b->data = data;
    b->cap = cap;
    return ST_OK;
}

Status buf_reserve(Buf *b, size_t extra)
{
    assert(b->len <= b->limit);
    if (extra > b->limit - b->len)
        return ST_LIMIT;
    return extra > b->cap - b->len ? grow(b, b->len + extra) : ST_OK;
}

Status buf_extend(Buf *b, size_t extra, char **out)
{
    const Status st = buf_reserve(b, extra);

    if (st)
        return st;
    *out = b->data ? b->data + b->len : NULL; /* nothing of nothing */
    b->len += extra;
    return ST_OK;
}

Status buf_append(Buf *b, Str s)
{
    const Status st = buf_reserve(b, s.len);

    if (st)
        return st;
    if (s.len)
        memcpy(b->data + b->len, s.ptr, s.len);
    b->len += s.len;
    return ST_OK;
}

Status buf_append_char(Buf *b, char c)
{
    return buf_append(b, (Str){&c, 1});
}

/* First pass measures, second prints: the NUL that vsnprintf writes needs one
 * byte of room but is not part of the contents. */
Status buf_printf(Buf *b, const char *fmt, ...)
{
    va_list ap;
    int n;
    Status st;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return ST_INVALID;
    if ((size_t)n > b->limit - b->len)
        return ST_LIMIT;
    st = buf_reserve(b, (size_t)n + 1);
    if (st)
        return st;
    va_start(ap, fmt);
    (void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
    return ST_OK;
}

char *buf_take(Buf *b, size_t *len)
{
    char *data = b->data;

    *len = b->len;
    buf_init(b, b->limit);
    return data;
}
