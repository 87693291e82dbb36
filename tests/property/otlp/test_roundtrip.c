/* SPDX-License-Identifier: Apache-2.0 */
/* Random spans with random nested values survive both encodings, and mutated
 * requests never do harm. */
#include "support/check.h"
#include "support/spans.h"

#include "codec/json_write.h"
#include "otlp/decode.h"
#include "otlp/encode.h"
#include "otlp/normalise.h"
#include "otlp/value_json.h"

#include <math.h>

static Str random_text(Dice *d, Arena *a)
{
    static const char *const pieces[] = {
        "a",  "vireo.",           "\"", "\\", "\n",   "\x01",          "é",
        "世", "\xF0\x9F\x98\x80", "0",  "",   "</x>", "gen_ai.system", "\x7F"};
    Str out = {0};
    Buf b;

    buf_init(&b, 1000);
    for (size_t n = dice_below(d, 5); n > 0; n--)
        CHECK_OK(buf_append(&b, str_from(pieces[dice_below(d, sizeof pieces / sizeof *pieces)])));
    CHECK_OK(arena_copy(a, buf_str(&b), &out));
    buf_deinit(&b);
    return out;
}

static double random_double(Dice *d)
{
    static const double specials[] = {0.0, -0.0, 1.0, 0.1, 1e300, 5e-324, 123456789.0};

    if (dice_below(d, 2))
        return specials[dice_below(d, sizeof specials / sizeof *specials)];
    return (double)(int64_t)dice_u64(d) / (double)(dice_below(d, 1000000) + 1);
}

static Value random_scalar(Dice *d, Arena *a)
{
    switch (dice_below(d, 8)) {
    case 0:
        return (Value){.kind = VALUE_BOOL, .as.b = dice_below(d, 2)};
    case 1:
        return (Value){.kind = VALUE_INT, .as.i = (int64_t)dice_u64(d)};
    case 2:
        return (Value){.kind = VALUE_INT, .as.i = (int64_t)dice_below(d, 100)};
    case 3:
        return (Value){.kind = VALUE_DOUBLE, .as.d = random_double(d)};
    case 4:
        return (Value){.kind = VALUE_DOUBLE,
                       .as.d = dice_below(d, 2) ? (double)NAN : (double)-INFINITY};
    case 5:
        return (Value){.kind = VALUE_BYTES, .as.s = random_text(d, a)};
    case 6:
        return (Value){.kind = VALUE_NONE};
    default:
        return (Value){.kind = VALUE_STR, .as.s = random_text(d, a)};
    }
}

static void random_json(Dice *d, Arena *a, JsonWriter *w, int depth)
{
    const size_t choice = dice_below(d, depth > 5 ? 1 : 3);

    if (choice == 0) {
        value_write_json(w, random_scalar(d, a));
        return;
    }
    (choice == 1 ? jw_array : jw_object)(w);
    for (size_t n = dice_below(d, 4); n > 0; n--) {
        if (choice == 2)
            jw_key(w, random_text(d, a));
        random_json(d, a, w, depth + 1);
    }
    (choice == 1 ? jw_array_end : jw_object_end)(w);
}

static Value random_value(Dice *d, Arena *a)
{
    Value v = {.kind = VALUE_JSON};
    Buf b;
    JsonWriter w;

    if (dice_below(d, 3))
        return random_scalar(d, a);
    buf_init(&b, 1 << 20);
    w = jw_init(&b);
    jw_array(&w);
    random_json(d, a, &w, 1);
    jw_array_end(&w);
    CHECK_OK(jw_done(&w));
    CHECK_OK(arena_copy(a, buf_str(&b), &v.as.s));
    buf_deinit(&b);
    return v;
}

static AttrList random_attrs(Dice *d, Arena *a)
{
    AttrList list = {.len = dice_below(d, 6)};

    list.items = arena_calloc(a, list.len + 1, sizeof *list.items);
    assert_non_null(list.items);
    for (size_t i = 0; i < list.len; i++)
        list.items[i] = (Attr){random_text(d, a), random_value(d, a)};
    return list;
}

static void random_id(Dice *d, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)dice_u64(d);
    out[0] |= 1;
}

static Span *random_spans(Dice *d, Arena *a, size_t count)
{
    Resource *resources = arena_calloc(a, 2, sizeof *resources);
    Scope *scopes = arena_calloc(a, 2, sizeof *scopes);
    Span *spans = arena_calloc(a, count + 1, sizeof *spans);

    assert_true(resources && scopes && spans);
    for (size_t i = 0; i < 2; i++) {
        resources[i].attrs = random_attrs(d, a);
        scopes[i] = (Scope){random_text(d, a), random_text(d, a), random_attrs(d, a)};
    }
    for (size_t i = 0; i < count; i++) {
        Span *s = &spans[i];

        *s = (Span){.resource = &resources[dice_below(d, 2)], .scope = &scopes[dice_below(d, 2)]};
        random_id(d, s->trace_id, sizeof s->trace_id);
        random_id(d, s->span_id, sizeof s->span_id);
        if (dice_below(d, 2))
            random_id(d, s->parent_id, sizeof s->parent_id);
        s->name = random_text(d, a);
        s->trace_state = random_text(d, a);
        s->flags = (uint32_t)dice_u64(d);
        s->otel_kind = (int32_t)dice_below(d, 6);
        s->start_ns = (int64_t)(dice_u64(d) >> 2);
        s->end_ns = s->start_ns + (int64_t)dice_below(d, 1000000);
        s->status = (SpanStatus)dice_below(d, 3);
        s->status_message = random_text(d, a);
        s->attrs = random_attrs(d, a);
        s->dropped_attributes = (uint32_t)dice_below(d, 3);
    }
    return spans;
}

static void survives_both_encodings(Dice *d)
{
    const size_t count = dice_below(d, 5);
    Arena a;
    Span *spans;

    arena_init(&a, 16 << 20);
    spans = random_spans(d, &a, count);
    for (int encoding = 0; encoding < 2; encoding++) {
        OtlpResult result;
        Err err;
        Buf out;

        buf_init(&out, 16 << 20);
        PROPERTY(otlp_encode((OtlpEncoding)encoding, spans, count, &out) == ST_OK);
        if (encoding == OTLP_JSON)
            PROPERTY(otlp_decode_json(buf_str(&out), NULL, &a, &result, &err) == ST_OK);
        else
            PROPERTY(otlp_decode_protobuf(buf_str(&out), NULL, &a, &result, &err) == ST_OK);
        PROPERTY(result.rejected == 0 && result.batch.len == count);
        for (size_t i = 0; i < count; i++)
            PROPERTY(span_difference(&spans[i], &result.batch.spans[i]) == NULL);
        PROPERTY(otlp_normalise(result.batch, &a) == ST_OK);
        buf_deinit(&out);
    }
    arena_deinit(&a);
    PROPERTY(mem_live() == 0);
}

static void random_spans_survive_both_encodings(void **state)
{
    (void)state;
    for_seeds(300, survives_both_encodings);
}

/* A few bytes changed, swapped in or cut: any answer but a crash or a leak, and
 * what is accepted can be encoded again. */
static void mutated(Dice *d)
{
    const bool json = dice_below(d, 2);
    const Str golden = read_golden(json ? "otlp/request.json" : "otlp/request.pb");
    union {
        const char *in;
        char *out;
    } bytes = {.in = golden.ptr};
    const size_t len = golden.len - dice_below(d, 3);
    OtlpResult result;
    Arena a;
    Err err;
    Buf out;
    Status st;

    for (size_t n = 1 + dice_below(d, 4); n > 0; n--)
        bytes.out[dice_below(d, len)] =
            (char)(dice_below(d, 3) ? (char)dice_u64(d) : golden.ptr[dice_below(d, len)]);
    arena_init(&a, 16 << 20);
    buf_init(&out, 16 << 20);
    st = json ? otlp_decode_json((Str){golden.ptr, len}, NULL, &a, &result, &err)
              : otlp_decode_protobuf((Str){golden.ptr, len}, NULL, &a, &result, &err);
    if (st) {
        PROPERTY(err.code == st && err.msg[0]);
    } else {
        PROPERTY(result.rejected == 0 || result.message[0]);
        PROPERTY(otlp_normalise(result.batch, &a) == ST_OK);
        PROPERTY(otlp_encode(OTLP_JSON, result.batch.spans, result.batch.len, &out) == ST_OK);
    }
    buf_deinit(&out);
    arena_deinit(&a);
    PROPERTY(mem_live() == 0);
    free_golden(golden);
}

static void mutated_requests_do_no_harm(void **state)
{
    (void)state;
    for_seeds(3000, mutated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_spans_survive_both_encodings),
        cmocka_unit_test(mutated_requests_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
