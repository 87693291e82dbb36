/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP JSON: what is accepted comes back the same through protobuf. */
#include "otlp/decode.h"
#include "otlp/encode.h"
#include "otlp/normalise.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const OtlpResult *first, Arena *a)
{
    OtlpResult second;
    Err err;
    Buf out;

    buf_init(&out, 64 << 20);
    if (otlp_encode(OTLP_PROTOBUF, first->batch.spans, first->batch.len, &out) != ST_OK)
        abort();
    if (otlp_decode_protobuf(buf_str(&out), NULL, a, &second, &err) == ST_OK &&
        second.batch.len != first->batch.len)
        abort();
    buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    OtlpResult result;
    Arena a;
    Err err;

    arena_init(&a, 64 << 20);
    if (otlp_decode_json((Str){(const char *)data, size}, NULL, &a, &result, &err) == ST_OK) {
        again(&result, &a);
        if (otlp_normalise(result.batch, &a) == ST_CORRUPT)
            abort();
    }
    arena_deinit(&a);
    return 0;
}
