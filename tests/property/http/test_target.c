/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever names and values are, percent-encoded they come back the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "http/route.h"

enum { SEEDS = 300, NAME_CHARS = 40 };

static uint64_t state_of;

static uint32_t next(void)
{
    state_of = state_of * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state_of >> 33);
}

static void nothing(void *context, Request *q, Response *r)
{
    (void)context;
    (void)q;
    (void)r;
}

/* A character of one to four bytes, never NUL. */
static void add_character(Buf *b)
{
    static const uint32_t tops[] = {0x7f, 0x7ff, 0xd7ff, 0x10ffff};
    static const uint32_t bottoms[] = {1, 0x80, 0x800, 0x10000};
    static const uint32_t leads[] = {0, 0xc0, 0xe0, 0xf0};
    const uint32_t size = next() % 4;
    const uint32_t c = bottoms[size] + next() % (tops[size] - bottoms[size] + 1);
    char bytes[4];

    for (uint32_t i = size; i > 0; i--)
        bytes[i] = (char)(0x80 | ((c >> (6 * (size - i))) & 0x3f));
    bytes[0] = (char)(leads[size] | c >> (6 * size));
    assert_int_equal(buf_append(b, (Str){bytes, size + 1}), ST_OK);
}

static void random_name(Buf *b)
{
    const uint32_t count = 1 + next() % NAME_CHARS;

    buf_clear(b);
    for (uint32_t i = 0; i < count; i++)
        add_character(b);
    assert_true(utf8_valid(buf_str(b)));
}

/* Some characters may stand as they are; a client may encode those too. */
static void encode(Buf *out, Str s, bool form)
{
    for (size_t i = 0; i < s.len; i++) {
        const unsigned char c = (unsigned char)s.ptr[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '~';

        if (plain && next() % 4)
            assert_int_equal(buf_append_char(out, (char)c), ST_OK);
        else if (form && c == ' ' && next() % 2)
            assert_int_equal(buf_append_char(out, '+'), ST_OK);
        else
            assert_int_equal(buf_printf(out, next() % 2 ? "%%%02X" : "%%%02x", c), ST_OK);
    }
}

static void check_seed(uint64_t seed)
{
    static const Route routes[] = {{"GET", "/p/{project}/m/{name}", nothing, 0, 0}};
    const Router router = {routes, 1};
    Arena arena;
    Request q = {.method = STR("GET"), .arena = &arena};
    Buf names[4];
    Buf target;
    Buf allow;
    Str value;
    size_t index;

    state_of = seed * 77777 + 1;
    arena_init(&arena, 1 << 20);
    buf_init(&target, 1 << 16);
    buf_init(&allow, 64);
    for (int i = 0; i < 4; i++) {
        buf_init(&names[i], 1024);
        random_name(&names[i]);
    }
    assert_int_equal(buf_append(&target, STR("/p/")), ST_OK);
    encode(&target, buf_str(&names[0]), false);
    assert_int_equal(buf_append(&target, STR("/m/")), ST_OK);
    encode(&target, buf_str(&names[1]), false);
    assert_int_equal(buf_append_char(&target, '?'), ST_OK);
    encode(&target, buf_str(&names[2]), true);
    assert_int_equal(buf_append_char(&target, '='), ST_OK);
    encode(&target, buf_str(&names[3]), true);

    assert_int_equal(request_set_target(&q, buf_str(&target)), ST_OK);
    assert_int_equal(route_find(&router, &q, &index, &allow), ST_OK);
    assert_true(str_eq(request_param(&q, STR("project")), buf_str(&names[0])));
    assert_true(str_eq(request_param(&q, STR("name")), buf_str(&names[1])));
    assert_true(request_query(&q, buf_str(&names[2]), &value));
    assert_true(str_eq(value, buf_str(&names[3])));

    for (int i = 0; i < 4; i++)
        buf_deinit(&names[i]);
    buf_deinit(&allow);
    buf_deinit(&target);
    arena_deinit(&arena);
}

static void encoded_names_come_back_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        print_message("seed %d\r", (int)seed);
        check_seed(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(encoded_names_come_back_the_same)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
