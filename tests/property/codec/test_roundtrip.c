/* SPDX-License-Identifier: Apache-2.0 */
/* What was encoded decodes to the same; our JSON reader agrees with
 * a naive oracle about what is JSON. */
#include "support/check.h"

#include "codec/base64.h"
#include "codec/compress.h"
#include "codec/json_read.h"
#include "codec/json_scan.h"
#include "codec/json_write.h"
#include "codec/protobuf.h"

#include <math.h>
#include <string.h>

static size_t random_bytes_of(Dice *d, char *out, size_t max)
{
    const size_t len = dice_below(d, max);

    for (size_t i = 0; i < len; i++)
        out[i] = (char)(dice_below(d, 4) ? 'a' + (char)dice_below(d, 3) : (char)dice_u64(d));
    return len;
}

static void compressed_bytes_come_back(Dice *d)
{
    static char bytes[100000];
    const Str in = {bytes, random_bytes_of(d, bytes, 1 + dice_below(d, sizeof bytes))};
    const Compression c = dice_below(d, 2) ? COMPRESSION_GZIP : COMPRESSION_ZSTD;
    Buf small;
    Buf out;

    buf_init(&small, 1 << 20);
    buf_init(&out, in.len);
    PROPERTY(compress_into(c, 1 + (int)dice_below(d, 9), in, &small) == ST_OK);
    PROPERTY(decompress(c, buf_str(&small), &out) == ST_OK);
    PROPERTY(str_eq(in, buf_str(&out)));
    buf_deinit(&small);
    buf_deinit(&out);
    PROPERTY(mem_live() == 0);
}

static void base64_comes_back(Dice *d)
{
    char bytes[200];
    char text[300];
    uint8_t back[300];
    size_t len = 0;
    const Str in = {bytes, random_bytes_of(d, bytes, sizeof bytes)};

    base64_encode(in, text);
    PROPERTY(base64_decode((Str){text, base64_encoded_len(in.len)}, back, &len) == ST_OK);
    PROPERTY(str_eq(in, (Str){(char *)back, len}));
}

static void doubles_come_back_to_the_bit(Dice *d)
{
    const uint64_t bits = dice_u64(d);
    const double value = pb_double(bits);
    char text[DOUBLE_TEXT_MAX];
    double back = 0;
    size_t len;

    if (!isfinite(value))
        return;
    len = double_to_text(value, text);
    PROPERTY(len < DOUBLE_TEXT_MAX);
    PROPERTY(str_to_double((Str){text, len}, &back) == ST_OK);
    PROPERTY(memcmp(&back, &value, sizeof value) == 0);
    PROPERTY(strpbrk(text, ".e") != NULL);
}

static void varints_come_back(Dice *d)
{
    const uint64_t value = dice_u64(d) >> dice_below(d, 64);
    const uint32_t number = (uint32_t)dice_below(d, (1u << 29) - 1) + 1;
    Buf out;
    PbWriter w;
    PbReader r;
    PbField f;

    buf_init(&out, 100);
    w = pb_writer(&out);
    pb_put_varint(&w, number, value);
    PROPERTY(pb_done(&w) == ST_OK);
    r = pb_reader(buf_str(&out));
    PROPERTY(pb_next(&r, &f) && f.number == number && f.value == value && !pb_next(&r, &f));
    PROPERTY(r.st == ST_OK);
    buf_deinit(&out);
}

static void strings_come_back_through_json(Dice *d)
{
    char bytes[200];
    const Str in = {bytes, random_bytes_of(d, bytes, sizeof bytes)};
    const Json *root = NULL;
    JsonWriter w;
    Arena a;
    Buf out;
    Err err;

    buf_init(&out, 10000);
    arena_init(&a, 10000);
    w = jw_init(&out);
    jw_str(&w, in);
    PROPERTY(jw_done(&w) == ST_OK);
    PROPERTY(json_parse(buf_str(&out), &a, &root, &err) == ST_OK);
    if (utf8_valid(in))
        PROPERTY(str_eq(root->as.s, in));
    arena_deinit(&a);
    buf_deinit(&out);
}

/* Documents grown from pieces of JSON, valid about half of the time. */
static Str random_document(Dice *d, char *out, size_t max)
{
    static const char *const pieces[] = {
        "{",       "}",     "[",          "]",    ",",       ":",           "\"a\"", "\"b\"",
        "1",       "-2.5",  "true",       "null", "\"\\n\"", "\"\\u00e9\"", " ",     "[1e5]",
        "\"k\":1", "[1,2]", "{\"a\":[]}", "0",    "\"",      "é",           "\x01",  "[]"};
    size_t len = 0;

    for (size_t n = 1 + dice_below(d, 6); n > 0; n--) {
        const Str piece = str_from(pieces[dice_below(d, sizeof pieces / sizeof *pieces)]);

        if (piece.len > max - len)
            break;
        memcpy(out + len, piece.ptr, piece.len);
        len += piece.len;
    }
    return (Str){out, len};
}

/* The grammar of RFC 8259 written down naively, with recursion: the oracle.
 * Each function passes over what it recognises, or returns NULL. */
static const char *oracle_value(const char *p);

static const char *oracle_space(const char *p)
{
    return p + strspn(p, " \t\r\n");
}

static const char *oracle_string(const char *p)
{
    if (*p++ != '"')
        return NULL;
    while (*p != '"') {
        if ((unsigned char)*p < ' ')
            return NULL;
        if (*p++ != '\\')
            continue;
        if (*p == 'u') {
            if (strspn(p + 1, "0123456789abcdefABCDEF") < 4)
                return NULL;
            p += 5;
        } else if (*p && strchr("\"\\/bfnrt", *p)) {
            p++;
        } else {
            return NULL;
        }
    }
    return p + 1;
}

static const char *oracle_digits(const char *p)
{
    const size_t n = strspn(p, "0123456789");

    return n ? p + n : NULL;
}

static const char *oracle_number(const char *p)
{
    p += *p == '-';
    p = *p == '0' ? p + 1 : oracle_digits(p);
    if (p && *p == '.')
        p = oracle_digits(p + 1);
    if (p && (*p == 'e' || *p == 'E')) {
        p++;
        p = oracle_digits(p + (*p == '+' || *p == '-'));
    }
    return p;
}

static const char *oracle_members(const char *p, char end)
{
    p = oracle_space(p + 1);
    if (*p == end)
        return p + 1;
    for (;;) {
        if (end == '}') {
            p = oracle_string(oracle_space(p));
            p = p ? oracle_space(p) : NULL;
            if (!p || *p++ != ':')
                return NULL;
        }
        p = oracle_value(oracle_space(p));
        p = p ? oracle_space(p) : NULL;
        if (!p || (*p != end && *p != ','))
            return NULL;
        if (*p++ == end)
            return p;
    }
}

static const char *oracle_value(const char *p)
{
    static const char *const words[] = {"true", "false", "null"};

    if (*p == '{' || *p == '[')
        return oracle_members(p, *p == '{' ? '}' : ']');
    if (*p == '"')
        return oracle_string(p);
    for (size_t i = 0; i < 3; i++)
        if (strncmp(p, words[i], strlen(words[i])) == 0)
            return p + strlen(words[i]);
    return oracle_number(p);
}

static void the_oracle_agrees_what_is_json(Dice *d)
{
    char text[200] = "";
    const Str document = random_document(d, text, sizeof text - 1);
    const char *end = oracle_value(oracle_space(text));
    const bool theirs = end && *oracle_space(end) == '\0';

    if (json_valid(document, 64) == theirs)
        return;
    print_error("%.*s\n", STR_ARG(document));
    PROPERTY(json_valid(document, 64) == theirs);
}

static void compression_round_trips(void **state)
{
    (void)state;
    for_seeds(200, compressed_bytes_come_back);
}

static void base64_round_trips(void **state)
{
    (void)state;
    for_seeds(2000, base64_comes_back);
}

static void doubles_round_trip(void **state)
{
    (void)state;
    for_seeds(20000, doubles_come_back_to_the_bit);
}

static void varints_round_trip(void **state)
{
    (void)state;
    for_seeds(5000, varints_come_back);
}

static void strings_round_trip(void **state)
{
    (void)state;
    for_seeds(2000, strings_come_back_through_json);
}

static void the_grammar_is_that_of_the_rfc(void **state)
{
    (void)state;
    for_seeds(20000, the_oracle_agrees_what_is_json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compression_round_trips), cmocka_unit_test(base64_round_trips),
        cmocka_unit_test(doubles_round_trip),      cmocka_unit_test(varints_round_trip),
        cmocka_unit_test(strings_round_trip),      cmocka_unit_test(the_grammar_is_that_of_the_rfc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
