/* SPDX-License-Identifier: Apache-2.0 */
/* Value: one typed attribute value, as OTLP's AnyValue has it.
 *
 * Arrays and maps are kept as compact JSON text (VALUE_JSON): they are shown
 * and searched as a whole.  Inside that JSON, bytes are {"bytes":"<base64>"},
 * non-finite doubles {"double":"NaN"} and so on, as in docs/api.md.
 * All memory is borrowed, normally from a batch's arena. */
#ifndef VIREO_MODEL_VALUE_H
#define VIREO_MODEL_VALUE_H

#include "base/str.h"

typedef enum ValueKind {
    VALUE_NONE, /* OTLP's unset AnyValue; JSON null */
    VALUE_STR,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_DOUBLE,
    VALUE_BYTES,
    VALUE_JSON
} ValueKind;

typedef struct Value {
    ValueKind kind;
    union {
        Str s; /* STR, BYTES, JSON */
        bool b;
        int64_t i;
        double d;
    } as;
} Value;

typedef struct Attr {
    Str key;
    Value value;
} Attr;

typedef struct AttrList {
    Attr *items;
    size_t len;
} AttrList;

bool value_eq(Value a, Value b);
/* The last value of `key` (OTLP: later duplicates win), or NULL. */
const Value *attr_find(AttrList attrs, Str key);
/* The text of a VALUE_STR of that key, or empty. */
Str attr_find_str(AttrList attrs, Str key);

#endif
