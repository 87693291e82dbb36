/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of commits and edits: what is read is whole, what is refused says why. */
#include "domain/sample.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_puts(const SamplePuts *puts)
{
    for (size_t i = 0; i < puts->len; i++) {
        const SamplePut *p = &puts->items[i];

        if (!p->id.len || p->id.len > SAMPLE_MAX_ID || !json_valid(p->input, JSON_READ_DEPTH) ||
            (p->expected.len && !json_valid(p->expected, JSON_READ_DEPTH)) ||
            (p->metadata.len && p->metadata.ptr[0] != '{'))
            abort();
    }
}

static void check(Status st, const FieldErr *err)
{
    if (st && st != ST_NOMEM && !err->err.msg[0])
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Str fields[] = {STR("a"), STR("b")};
    const Str text = {(const char *)data, size};
    const SampleRules rules[] = {{.field = "samples"},
                                 {.field = "samples", .workflow = true},
                                 {.field = "samples", .id_fields = fields, .id_field_count = 1},
                                 {.field = "samples", .id_fields = fields, .id_field_count = 2}};
    LargeBody body = {0};
    FieldErr err = {0};
    Arena arena;
    Status st;

    arena_init(&arena, 64 << 20);
    st = body_split(text, "samples", &arena, &body, &err);
    check(st, &err);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0] && !st; i++) {
        SamplePuts puts = {0};
        const Status read = samples_read(body.large, &rules[i], &arena, &puts, &err);

        check(read, &err);
        if (!read)
            check_puts(&puts);
    }
    if (!st) {
        NetEdits net = {0};
        const Status read = edits_read(body.large, "edits", false, &arena, &net, &err);

        check(read, &err);
        if (!read)
            check_puts(&net.puts);
    }
    arena_deinit(&arena);
    return 0;
}
