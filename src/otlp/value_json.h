/* SPDX-License-Identifier: Apache-2.0 */
/* Values as JSON, the form of docs/api.md: doubles with a point, {"double":
 * "NaN"}, {"bytes": "<base64>"}. */
#ifndef VIREO_OTLP_VALUE_JSON_H
#define VIREO_OTLP_VALUE_JSON_H

#include "codec/json_write.h"
#include "model/value.h"

/* VALUE_NONE is null; VALUE_JSON is inserted as it is. */
void value_write_json(JsonWriter *w, Value v);
/* An object of all attributes in order.  Doubled keys come doubled; JSON readers
 * take the last, as OTLP does. */
void attrs_write_json(JsonWriter *w, AttrList attrs);

#endif
