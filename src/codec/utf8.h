/* SPDX-License-Identifier: Apache-2.0 */
/* Making text out of bytes that only claim to be: every byte that is not part
 * of well-formed UTF-8 becomes U+FFFD.  Valid text is not copied. */
#ifndef VIREO_CODEC_UTF8_H
#define VIREO_CODEC_UTF8_H

#include "base/arena.h"
#include "base/buf.h"

/* `s` itself when valid, else a repaired copy in the arena. */
MUST_CHECK Status utf8_repair(Str s, Arena *a, Str *out);
/* Append `s`, repaired. */
MUST_CHECK Status utf8_repair_to(Str s, Buf *out);

#endif
