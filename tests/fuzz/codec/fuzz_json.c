/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: the tree is made exactly of what the scanner calls valid, and written
 * again it reads back as valid. */
#include "codec/json_read.h"
#include "codec/json_scan.h"
#include "codec/json_write.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The fuzzer's own recursion is bounded by JSON_READ_DEPTH. */
static void write(JsonWriter *w, const Json *v)
{
    switch (v->kind) {
    case JSON_KIND_OBJECT:
        jw_object(w);
        for (size_t i = 0; i < v->as.object.len; i++) {
            jw_key(w, v->as.object.members[i].key);
            write(w, &v->as.object.members[i].value);
        }
        jw_object_end(w);
        break;
    case JSON_KIND_ARRAY:
        jw_array(w);
        for (size_t i = 0; i < v->as.array.len; i++)
            write(w, &v->as.array.items[i]);
        jw_array_end(w);
        break;
    case JSON_KIND_STR:
        jw_str(w, v->as.s);
        break;
    case JSON_KIND_INT:
        jw_int(w, v->as.i);
        break;
    case JSON_KIND_DOUBLE:
        jw_double(w, v->as.d);
        break;
    case JSON_KIND_BOOL:
        jw_bool(w, v->as.b);
        break;
    default:
        jw_null(w);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Str in = {(const char *)data, size};
    const Json *root = NULL;
    Arena a;
    Err err;
    Buf out;
    JsonWriter w;

    arena_init(&a, 64 << 20);
    buf_init(&out, 64 << 20);
    w = jw_init(&out);
    if (json_parse(in, &a, &root, &err) == ST_OK) {
        if (!json_valid(in, JSON_READ_DEPTH))
            abort();
        write(&w, root);
        if (jw_done(&w) != ST_OK || !json_valid(buf_str(&out), JSON_READ_DEPTH))
            abort();
    }
    buf_deinit(&out);
    arena_deinit(&a);
    return 0;
}
