/* SPDX-License-Identifier: Apache-2.0 */
/* Map against a plain list, times and hex there and back, UTF-8 against a
 * decoder that is written differently. */
#include "support/check.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/timetext.h"

#include <string.h>

enum { KEYS = 300 };

static void map_behaves_like_a_list(Dice *d)
{
    static char keys[KEYS][8];
    uint64_t values[KEYS];
    bool present[KEYS] = {false};
    size_t count = 0;
    Map m;

    map_init(&m, KEYS);
    for (int i = 0; i < KEYS; i++)
        (void)snprintf(keys[i], sizeof keys[i], "%d", i);
    for (size_t n = dice_below(d, 2000); n > 0; n--) {
        const size_t k = dice_below(d, KEYS);
        uint64_t value = 0;

        if (dice_below(d, 2)) {
            value = dice_u64(d);
            PROPERTY(map_put(&m, str_from(keys[k]), value) == ST_OK);
            count += !present[k];
            present[k] = true;
            values[k] = value;
        }
        PROPERTY(map_get(&m, str_from(keys[k]), &value) == present[k]);
        PROPERTY(!present[k] || value == values[k]);
        PROPERTY(m.len == count);
        if (dice_below(d, 500) == 0) {
            map_clear(&m);
            memset(present, 0, sizeof present);
            count = 0;
        }
    }
    map_deinit(&m);
    PROPERTY(mem_live() == 0);
}

static void times_come_back(Dice *d)
{
    const int64_t ns = (int64_t)dice_u64(d) >> dice_below(d, 40);
    char text[TIME_TEXT_MAX];
    int64_t back = 0;
    const size_t len = time_to_text(ns, text);

    if (ns < INT64_MIN + 2 * NS_PER_SECOND || ns > INT64_MAX - 2 * NS_PER_SECOND)
        return; /* the reader stops a second before the ends */
    PROPERTY(time_from_text((Str){text, len}, &back) == ST_OK);
    PROPERTY(back == ns);
}

static void hex_comes_back(Dice *d)
{
    uint8_t bytes[64];
    uint8_t back[64];
    char text[128];
    const size_t len = dice_below(d, sizeof bytes);

    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)dice_u64(d);
    hex_encode(bytes, len, text);
    PROPERTY(hex_decode((Str){text, 2 * len}, back, len) == ST_OK);
    PROPERTY(memcmp(bytes, back, len) == 0);
}

/* Decodes the code point and judges it by number, where str.c judges bytes. */
static bool oracle_utf8(const unsigned char *p, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    for (size_t i = 0; i < len;) {
        size_t n = p[i] < 0x80             ? 1
                   : (p[i] & 0xE0) == 0xC0 ? 2
                   : (p[i] & 0xF0) == 0xE0 ? 3
                   : (p[i] & 0xF8) == 0xF0 ? 4
                                           : 0;
        uint32_t code = n == 1 ? p[i] : n ? p[i] & (0x7Fu >> n) : 0;

        if (n == 0 || n > len - i)
            return false;
        for (size_t k = 1; k < n; k++) {
            if ((p[i + k] & 0xC0) != 0x80)
                return false;
            code = code << 6 | (p[i + k] & 0x3F);
        }
        if (code < least[n] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
            return false;
        i += n;
    }
    return true;
}

static void utf8_agrees_with_the_oracle(Dice *d)
{
    static const unsigned char heads[] = {0xC0, 0xC2, 0xDF, 0xE0, 0xE1, 0xED,
                                          0xEF, 0xF0, 0xF4, 0xF5, 'a',  0x80};
    unsigned char bytes[40];
    const size_t len = dice_below(d, sizeof bytes);

    for (size_t i = 0; i < len; i++)
        bytes[i] = dice_below(d, 3) == 0   ? heads[dice_below(d, sizeof heads)]
                   : dice_below(d, 3) == 0 ? (unsigned char)(0x80 + dice_below(d, 64))
                                           : 'x';
    PROPERTY(utf8_valid((Str){(char *)bytes, len}) == oracle_utf8(bytes, len));
    for (size_t max = 0; max <= len && oracle_utf8(bytes, len); max++)
        PROPERTY(utf8_valid(utf8_clip((Str){(char *)bytes, len}, max)));
}

static void finding_agrees_with_the_oracle(Dice *d)
{
    char text[40];
    char needle[5];
    const size_t len = dice_below(d, sizeof text);
    const size_t needle_len = dice_below(d, sizeof needle);
    size_t expected = 0;

    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + dice_below(d, 2));
    for (size_t i = 0; i < needle_len; i++)
        needle[i] = (char)('a' + dice_below(d, 2));
    while (expected + needle_len <= len && memcmp(text + expected, needle, needle_len) != 0)
        expected++;
    if (expected + needle_len > len)
        expected = len;
    PROPERTY(str_find((Str){text, len}, (Str){needle, needle_len}) == expected);
}

static void a_map_is_a_list(void **state)
{
    (void)state;
    for_seeds(200, map_behaves_like_a_list);
}

static void times_round_trip(void **state)
{
    (void)state;
    for_seeds(20000, times_come_back);
}

static void hex_round_trips(void **state)
{
    (void)state;
    for_seeds(1000, hex_comes_back);
}

static void utf8_has_an_oracle(void **state)
{
    (void)state;
    for_seeds(20000, utf8_agrees_with_the_oracle);
}

static void finding_has_an_oracle(void **state)
{
    (void)state;
    for_seeds(20000, finding_agrees_with_the_oracle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_is_a_list),       cmocka_unit_test(times_round_trip),
        cmocka_unit_test(hex_round_trips),       cmocka_unit_test(utf8_has_an_oracle),
        cmocka_unit_test(finding_has_an_oracle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
