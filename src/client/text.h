/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside made fit for the wire: valid UTF-8 of bounded length. */
#ifndef VIREO_CLIENT_TEXT_H
#define VIREO_CLIENT_TEXT_H

#include "base/buf.h"

/* A text ready for use; text_done() frees what had to be repaired. */
typedef struct Text {
    Str s;
    bool cut; /* it was longer than the limit */
    Buf repaired;
} Text;

/* `s` itself when it is valid and short enough, else clipped between two
 * characters or repaired in memory of its own.  Out of memory gives a question
 * mark for every broken text.  O(bytes kept). */
void text_clean(Str s, size_t max, Text *out);
void text_done(Text *t);

#endif
