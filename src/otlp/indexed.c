/* SPDX-License-Identifier: Apache-2.0 */
/* Gather, sort by index (stable), write: O(n log n), whatever order they came
 * in. */
#include "otlp/indexed.h"

#include "base/alloc.h"
#include "otlp/value_json.h"

#include <stdlib.h>

enum { MAX_PARTS = 4096 };

typedef struct Part {
    uint64_t index;
    size_t order; /* makes the sort stable */
    Str name;
    Value value;
} Part;

static bool parse_key(Str key, Str prefix, Str strip, Part *out)
{
    Str number;
    Str name;

    if (!str_starts(key, prefix))
        return false;
    (void)str_cut(str_slice(key, prefix.len, key.len), '.', &number, &name);
    if (str_to_u64(number, &out->index))
        return false;
    out->name = str_starts(name, strip) ? str_slice(name, strip.len, name.len) : name;
    return true;
}

static int compare(const void *left, const void *right)
{
    const Part *a = left;
    const Part *b = right;

    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static size_t gather(AttrList attrs, Str prefix, Str strip, Part *parts, size_t room)
{
    size_t count = 0;

    for (size_t i = 0; i < attrs.len && count < room; i++) {
        Part part = {.order = i, .value = attrs.items[i].value};

        if (parse_key(attrs.items[i].key, prefix, strip, &part))
            parts[count++] = part;
    }
    return count;
}

static Status write(const Part *parts, size_t count, Buf *out)
{
    JsonWriter w = jw_init(out);

    jw_array(&w);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || parts[i].index != parts[i - 1].index)
            jw_object(&w);
        jw_key(&w, parts[i].name.len ? parts[i].name : STR("content"));
        value_write_json(&w, parts[i].value);
        if (i + 1 == count || parts[i].index != parts[i + 1].index)
            jw_object_end(&w);
    }
    jw_array_end(&w);
    return jw_done(&w);
}

Status indexed_messages(AttrList attrs, Str prefix, Str strip, Arena *a, Str *out)
{
    const size_t room = attrs.len < MAX_PARTS ? attrs.len : MAX_PARTS;
    Part *parts = mem_array(room, sizeof *parts);
    size_t count;
    Buf text;
    Status st = ST_OK;

    if (!parts)
        return ST_NOMEM;
    buf_init(&text, a->limit - a->used);
    count = gather(attrs, prefix, strip, parts, room);
    if (count) {
        qsort(parts, count, sizeof *parts, compare);
        st = write(parts, count, &text);
        if (!st)
            st = arena_copy(a, buf_str(&text), out);
    }
    buf_deinit(&text);
    mem_free(parts);
    return st;
}
