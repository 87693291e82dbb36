/* SPDX-License-Identifier: Apache-2.0 */
/* Random spans through the library and the decoder come out as they went in. */
#include "unit/client/fixture.h"

enum { SEEDS = 150, SPANS = 12, ATTRS = 20, TEXT = 3000 };

typedef struct Random {
    uint64_t state;
} Random;

static uint64_t next(Random *r)
{
    r->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = r->state;

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Valid UTF-8 of up to four bytes a character, zero bytes included. */
static Str random_text(Random *r, char *buffer)
{
    static const char *const pieces[] = {
        "a", "\"", "\n", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x90\xa6", "\\", "0123456789"};
    const size_t want = next(r) % 3 ? next(r) % 20 : next(r) % (TEXT - 16);
    size_t len = 0;

    while (len < want) {
        const char *piece = pieces[next(r) % (sizeof pieces / sizeof pieces[0])];

        if (next(r) % 16 == 0) {
            buffer[len++] = '\0';
            continue;
        }
        memcpy(buffer + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return (Str){buffer, len};
}

/* Generating again from the same state is the oracle: nothing is kept. */
static Value random_value(Random *r, char *buffer)
{
    const uint64_t bits = next(r);
    double d;

    memcpy(&d, &bits, sizeof d);
    switch (next(r) % 4) {
    case 0:
        return (Value){.kind = VALUE_INT, .as.i = (int64_t)(bits >> (bits % 64))};
    case 1:
        return (Value){.kind = VALUE_DOUBLE, .as.d = d};
    case 2:
        return (Value){.kind = VALUE_BOOL, .as.b = bits & 1};
    default:
        return (Value){.kind = VALUE_STR, .as.s = random_text(r, buffer)};
    }
}

static void put(vireo_span *s, const char *key, Value v)
{
    switch (v.kind) {
    case VALUE_INT:
        vireo_span_int(s, key, v.as.i);
        break;
    case VALUE_DOUBLE:
        vireo_span_double(s, key, v.as.d);
        break;
    case VALUE_BOOL:
        vireo_span_bool(s, key, v.as.b);
        break;
    default:
        vireo_span_str(s, key, v.as.s.ptr, v.as.s.len);
        break;
    }
}

static void record(vireo_client *c, Random *r)
{
    static char buffer[TEXT];
    const uint64_t count = next(r) % ATTRS;
    vireo_span *s = vireo_span_start(c, NULL, "s");
    int64_t start;
    Str text;

    for (uint64_t i = 0; i < count; i++) {
        char key[16];

        (void)snprintf(key, sizeof key, "k%d", (int)i);
        put(s, key, random_value(r, buffer));
        if (next(r) % 4 == 0) /* thrown away by the output below */
            vireo_span_output_json(s, key, strlen(key));
    }
    text = random_text(r, buffer);
    vireo_span_output_json(s, text.ptr, text.len);
    start = (int64_t)(next(r) >> 3) + 1;
    vireo_span_set_times(s, start, (int64_t)(next(r) >> 2) + 1);
    vireo_span_finish(s);
}

static void check(const Span *s, Random *r)
{
    static char buffer[TEXT];
    const uint64_t count = next(r) % ATTRS;
    int64_t start;
    int64_t end;

    assert_int_equal(s->attrs.len, count + 1);
    for (uint64_t i = 0; i < count; i++) {
        char key[16];
        const Value *got;

        (void)snprintf(key, sizeof key, "k%d", (int)i);
        got = attr_find(s->attrs, str_from(key));
        assert_non_null(got);
        assert_true(value_eq(*got, random_value(r, buffer)));
        (void)next(r);
    }
    assert_true(str_eq(attr_find_str(s->attrs, STR("vireo.output")), random_text(r, buffer)));
    start = (int64_t)(next(r) >> 3) + 1;
    end = (int64_t)(next(r) >> 2) + 1;
    assert_int_equal(s->start_ns, start);
    assert_int_equal(s->end_ns, end > start ? end : start);
}

static void run_seed(uint64_t seed)
{
    Random r = {seed};
    Fixture f;

    print_message("seed %d\r", (int)seed);
    fixture_open(&f);
    for (int i = 0; i < SPANS; i++)
        record(f.client, &r);
    fixture_receive(&f);
    assert_int_equal(f.span_count, SPANS);
    r = (Random){seed};
    for (size_t i = 0; i < SPANS; i++)
        check(&f.spans[i], &r);
    fixture_close(&f);
}

static void spans_come_out_as_they_went_in(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_seed(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_come_out_as_they_went_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
