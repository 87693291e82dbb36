/* SPDX-License-Identifier: Apache-2.0 */
/* An OTLP trace request from protobuf to proto3 JSON. */
#ifndef VIREO_OTLP_TRANSCODE_H
#define VIREO_OTLP_TRANSCODE_H

#include "base/buf.h"

/* `request` is what otlp_encode() makes: repeated fields lie together.  ST_LIMIT
 * when it is nested deeper than decoders accept. */
MUST_CHECK Status otlp_transcode(Str request, Buf *out);

#endif
