/* SPDX-License-Identifier: Apache-2.0 */
/* The search by two bytes against one that tries every place. */
#include "support/check.h"

#include "query/text_match.h"

#include <string.h>

enum { TEXT_ROOM = 700 };

static bool found_naively(Str needle, Str text)
{
    for (size_t at = 0; at + needle.len <= text.len; at++)
        if (str_eq_nocase((Str){text.ptr + at, needle.len}, needle))
            return true;
    return false;
}

/* Few letters, so that near misses are many; bytes beside the letters fold to them if done wrong.
 */
static void fill(Dice *d, char *out, size_t len)
{
    static const char alphabet[] = "aAbBzZ@[`{ \xC3\xE3\x00";

    for (size_t i = 0; i < len; i++)
        out[i] = alphabet[dice_below(d, sizeof alphabet - 1)];
}

static void search_finds_what_trying_every_place_finds(Dice *d)
{
    char text[TEXT_ROOM];
    char pattern[12];
    const Str hay = {text, dice_below(d, TEXT_ROOM)};
    const Str needle = {pattern, dice_below(d, sizeof pattern)};
    Arena a;
    Needle n = {0};

    arena_init(&a, 1 << 16);
    fill(d, text, sizeof text);
    fill(d, pattern, sizeof pattern);
    if (hay.len > needle.len && dice_below(d, 2)) /* put it there, at the end at times */
        memcpy(text +
                   (dice_below(d, 2) ? dice_below(d, hay.len - needle.len) : hay.len - needle.len),
               pattern, needle.len);
    CHECK_OK(needle_make(needle, &a, &n));
    PROPERTY(needle_in(&n, hay) == found_naively(needle, hay));
    arena_deinit(&a);
}

static void a_search_is_a_search(void **state)
{
    (void)state;
    for_seeds(20000, search_finds_what_trying_every_place_finds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_search_is_a_search)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
