/* SPDX-License-Identifier: Apache-2.0 */
/* Growable byte buffer with a hard ceiling.
 *
 * A Buf owns its bytes.  It never grows past `limit`, which every caller must
 * choose: an unbounded buffer fed from a socket is a denial of service.
 * Appending is amortised O(1); a failed append leaves the contents unchanged. */
#ifndef VIREO_BASE_BUF_H
#define VIREO_BASE_BUF_H

#include "base/str.h"

typedef struct Buf {
    char *data;
    size_t len;
    size_t cap;
    size_t limit; /* never exceeded; set once by buf_init() */
} Buf;

/* Start empty; allocates nothing. */
void buf_init(Buf *b, size_t limit);
/* Free the bytes.  The Buf is empty again with the same limit. */
void buf_deinit(Buf *b);
/* Forget the contents, keep the memory for the next use. */
void buf_clear(Buf *b);
/* What is in it; valid until the next change of `b`. */
Str buf_str(const Buf *b);

/* Append a copy of `s`, which must not point into `b` itself.  ST_LIMIT if
 * the result would pass the ceiling. */
MUST_CHECK Status buf_append(Buf *b, Str s);
MUST_CHECK Status buf_append_char(Buf *b, char c);
/* As printf.  The text is never cut: it is there whole or not at all. */
MUST_CHECK Status buf_printf(Buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Make room for `extra` more bytes, so that the next appends cannot fail. */
MUST_CHECK Status buf_reserve(Buf *b, size_t extra);
/* `extra` writable bytes at the end, already counted in len. */
MUST_CHECK Status buf_extend(Buf *b, size_t extra, char **out);
/* Give the bytes away; the caller frees them with mem_free(). */
char *buf_take(Buf *b, size_t *len);

#endif
