/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP's AnyValue from protobuf. */
#ifndef VIREO_OTLP_ANY_PROTOBUF_H
#define VIREO_OTLP_ANY_PROTOBUF_H

#include "codec/protobuf.h"
#include "otlp/internal.h"

/* Scalars as they are, arrays and maps as JSON text in the arena.  A value
 * nested too deep is refused with value_refuse() and left as it is. */
MUST_CHECK Status any_protobuf(Decoder *d, Str message, Value *out);

/* The Err of a broken message. */
MUST_CHECK Status protobuf_broken(Decoder *d, const PbReader *r);

#endif
