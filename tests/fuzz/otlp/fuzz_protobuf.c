/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP protobuf: whatever is accepted can be normalised and encoded again. */
#include "otlp/decode.h"
#include "otlp/encode.h"
#include "otlp/normalise.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    OtlpResult result;
    Arena a;
    Err err;
    Buf out;

    arena_init(&a, 64 << 20);
    buf_init(&out, 64 << 20);
    if (otlp_decode_protobuf((Str){(const char *)data, size}, NULL, &a, &result, &err) == ST_OK) {
        const Status st = otlp_normalise(result.batch, &a);
        const Status encoded = otlp_encode(OTLP_JSON, result.batch.spans, result.batch.len, &out);

        if (st == ST_CORRUPT || (encoded != ST_OK && encoded != ST_LIMIT))
            abort();
    }
    buf_deinit(&out);
    arena_deinit(&a);
    return 0;
}
