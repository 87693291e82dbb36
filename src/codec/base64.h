/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 of RFC 4648.  Writes the standard alphabet with padding; reads both
 * alphabets, with or without padding, no white space. */
#ifndef VIREO_CODEC_BASE64_H
#define VIREO_CODEC_BASE64_H

#include "base/str.h"

/* Characters for `len` bytes. */
size_t base64_encoded_len(size_t len);
/* `out` takes base64_encoded_len(bytes.len); no NUL. */
void base64_encode(Str bytes, char *out);
/* Most bytes that `chars` characters can hold. */
size_t base64_decoded_max(size_t chars);
/* `out` takes base64_decoded_max(text.len).  ST_CORRUPT for anything else. */
MUST_CHECK Status base64_decode(Str text, uint8_t *out, size_t *len);

#endif
