/* SPDX-License-Identifier: Apache-2.0 */
/* Protobuf wire: every field lies inside the input, and what is written from
 * the fields that were read reads back the same. */
#include "codec/protobuf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void copy_field(PbWriter *w, const PbField *f)
{
    switch (f->wire) {
    case PB_VARINT:
        pb_put_varint(w, f->number, f->value);
        break;
    case PB_FIXED64:
        pb_put_fixed64(w, f->number, f->value);
        break;
    case PB_FIXED32:
        pb_put_fixed32(w, f->number, (uint32_t)f->value);
        break;
    case PB_BYTES: {
        const size_t mark = pb_open(w, f->number);

        if (!w->st)
            w->st = buf_append(w->out, f->bytes);
        pb_close(w, mark);
        break;
    }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Str in = {(const char *)data, size};
    PbReader first = pb_reader(in);
    PbReader second;
    PbField f;
    PbField g;
    Buf out;
    PbWriter w;

    buf_init(&out, size * 2 + 64);
    w = pb_writer(&out);
    while (pb_next(&first, &f)) {
        if (f.wire == PB_BYTES && (f.bytes.ptr < in.ptr || f.bytes.len > size ||
                                   f.bytes.ptr > in.ptr + (size - f.bytes.len)))
            abort();
        copy_field(&w, &f);
    }
    if (pb_done(&w) != ST_OK || first.pos > size)
        abort();
    first = pb_reader(in);
    second = pb_reader(buf_str(&out));
    while (pb_next(&first, &f))
        if (!pb_next(&second, &g) || f.number != g.number || f.wire != g.wire ||
            (f.wire == PB_BYTES ? !str_eq(f.bytes, g.bytes) : f.value != g.value))
            abort();
    buf_deinit(&out);
    return 0;
}
