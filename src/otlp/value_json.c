/* SPDX-License-Identifier: Apache-2.0 */
/* One line per kind of value. */
#include "otlp/value_json.h"

void value_write_json(JsonWriter *w, Value v)
{
    switch (v.kind) {
    case VALUE_NONE:
        jw_null(w);
        break;
    case VALUE_STR:
        jw_str(w, v.as.s);
        break;
    case VALUE_BOOL:
        jw_bool(w, v.as.b);
        break;
    case VALUE_INT:
        jw_int(w, v.as.i);
        break;
    case VALUE_DOUBLE:
        jw_double(w, v.as.d);
        break;
    case VALUE_BYTES:
        jw_bytes(w, v.as.s);
        break;
    case VALUE_JSON:
        jw_raw(w, v.as.s);
        break;
    }
}

void attrs_write_json(JsonWriter *w, AttrList attrs)
{
    jw_object(w);
    for (size_t i = 0; i < attrs.len; i++) {
        jw_key(w, attrs.items[i].key);
        value_write_json(w, attrs.items[i].value);
    }
    jw_object_end(w);
}
