/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing values and finding attributes.  Lists are short: linear search. */
#include "model/value.h"

bool value_eq(Value a, Value b)
{
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case VALUE_NONE:
        return true;
    case VALUE_BOOL:
        return a.as.b == b.as.b;
    case VALUE_INT:
        return a.as.i == b.as.i;
    case VALUE_DOUBLE:
        return a.as.d == b.as.d || (a.as.d != a.as.d && b.as.d != b.as.d);
    case VALUE_STR:
    case VALUE_BYTES:
    case VALUE_JSON:
        return str_eq(a.as.s, b.as.s);
    }
    return false;
}

const Value *attr_find(AttrList attrs, Str key)
{
    for (size_t i = attrs.len; i-- > 0;)
        if (str_eq(attrs.items[i].key, key))
            return &attrs.items[i].value;
    return NULL;
}

Str attr_find_str(AttrList attrs, Str key)
{
    const Value *v = attr_find(attrs, key);

    return v && v->kind == VALUE_STR ? v->as.s : (Str){0};
}
