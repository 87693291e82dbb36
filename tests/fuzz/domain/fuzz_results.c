/* SPDX-License-Identifier: Apache-2.0 */
/* Any body of result rows is refused or gives columns that are all as long as the numbers. */
#include "domain/result_batch.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_column(const ResultColumn *c, size_t rows)
{
    if (c->values.len != rows || !c->name.len || c->name.len > RESULT_MAX_NAME)
        abort();
    if (c->values.type != VECTOR_STR && c->values.type != VECTOR_JSON)
        return;
    for (size_t i = 0; i < rows; i++) {
        volatile char byte = 0; /* every text can be read */

        for (size_t k = 0; !vector_is_null(&c->values, i) && k < vector_str(&c->values, i).len; k++)
            byte ^= vector_str(&c->values, i).ptr[k];
        (void)byte;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ResultBatch batch;
    FieldErr err = {0};
    Arena a;

    arena_init(&a, 64 << 20);
    if (result_batch_parse((Str){(const char *)data, size}, &a, &batch, &err) == ST_OK) {
        if (!batch.rows)
            abort();
        for (size_t i = 0; i < batch.rows; i++)
            if (batch.numbers[i] < 1)
                abort();
        for (size_t i = 0; i < batch.count; i++)
            check_column(&batch.columns[i], batch.rows);
    }
    arena_deinit(&a);
    return 0;
}
