/* SPDX-License-Identifier: Apache-2.0 */
/* Large JSON answers go compressed to whoever takes that: texts of traces repeat themselves, and a
 * network is slower than zstd. */
#ifndef VIREO_HTTP_ENCODING_H
#define VIREO_HTTP_ENCODING_H

#include "codec/compress.h"
#include "http/response.h"

enum { ENCODING_MIN_BYTES = 16384 }; /* below, little is saved */

/* What an Accept-Encoding takes: zstd, else gzip, else nothing.  What it gives the weight 0 is
 * refused; other weights do not matter. */
Compression encoding_accepted(Str accept);

/* Compress the body when it is worth it.  What cannot be compressed goes as it is. */
void response_encode(const Request *q, Response *r);

#endif
