/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes as one JSON object {"<key with suffix>": value} (attr_name.h):
 * columns `attributes_rest` and `scope_attributes`.  Exact both ways: the
 * suffix keeps the kind. */
#ifndef VIREO_STORE_ATTR_JSON_H
#define VIREO_STORE_ATTR_JSON_H

#include "base/arena.h"
#include "model/value.h"

typedef struct NamedValue {
    Str name; /* encoded key, with the owner's prefix where there is one */
    Value value;
} NamedValue;

/* Empty text for no items. */
MUST_CHECK Status attr_json_encode(const NamedValue *items, size_t count, Arena *a, Str *out);
/* Names and values in the order they stand; ST_CORRUPT. */
MUST_CHECK Status attr_json_decode(Str json, Arena *a, NamedValue **items, size_t *count);

/* A list whose names are plain keys. */
MUST_CHECK Status attr_list_to_json(AttrList attrs, Arena *a, Str *out);
MUST_CHECK Status attr_list_from_json(Str json, Arena *a, AttrList *out);

/* Without attributes whose key comes again later (the later one wins). Borrows
 * `in` when there are none. */
MUST_CHECK Status attr_list_unique(AttrList in, Arena *a, AttrList *out);

#endif
