/* SPDX-License-Identifier: Apache-2.0 */
/* Names of attribute columns (columns.h) and back: owner, key and kind. */
#ifndef VIREO_STORE_ATTR_NAME_H
#define VIREO_STORE_ATTR_NAME_H

#include "base/arena.h"
#include "column/vector.h"
#include "model/value.h"

typedef enum AttrOwner { ATTR_OF_SPAN, ATTR_OF_RESOURCE, ATTR_OWNERS } AttrOwner;

/* `kind` is never VALUE_NONE: an unset value is the text `null` in a JSON column. */
typedef struct AttrColumn {
    AttrOwner owner;
    ValueKind kind;
    Str key;
} AttrColumn;

/* The kind whose column holds a value of `kind`. */
ValueKind attr_column_kind(ValueKind kind);
VectorType attr_vector_type(ValueKind kind);

/* <key> with the suffix of its kind; borrows `key` when there is none. */
MUST_CHECK Status attr_key_encode(Str key, ValueKind kind, Arena *a, Str *out);
/* Every text is the encoding of one key and kind. */
void attr_key_decode(Str text, Str *key, ValueKind *kind);

/* With the owner's prefix. */
MUST_CHECK Status attr_column_name(const AttrColumn *c, Arena *a, Str *out);
/* False when the name is none of an attribute; borrows `name`. */
bool attr_column_parse(Str name, AttrColumn *out);

#endif
