/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP's AnyValue from proto3 JSON. */
#ifndef VIREO_OTLP_ANY_JSON_H
#define VIREO_OTLP_ANY_JSON_H

#include "otlp/json_fields.h"

/* Read one value, with the same results as any_protobuf().  One of a wrong type
 * or nested too deep is refused with value_refuse() and left as it is. */
MUST_CHECK Status any_json(JsonDecoder *j, Value *out);

#endif
