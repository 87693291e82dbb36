/* SPDX-License-Identifier: Apache-2.0 */
/* One spelling for what means the same; merging of objects. */
#include "support/check.h"

#include "codec/json_canonical.h"

static void check_canonical(const char *text, const char *expected)
{
    Arena a;
    Buf out;
    const Json *value;

    arena_init(&a, 1 << 20);
    buf_init(&out, 1 << 16);
    CHECK_OK(json_parse(str_from(text), &a, &value, NULL));
    CHECK_OK(json_canonical(value, &a, &out));
    CHECK_STR(buf_str(&out), expected);
    buf_deinit(&out);
    arena_deinit(&a);
}

static void what_means_the_same_is_spelt_the_same(void **state)
{
    (void)state;
    check_canonical(" { \"b\" : [ 1 , { } , [ ] ] , \"a\" : null } ",
                    "{\"a\":null,\"b\":[1,{},[]]}");
    check_canonical("{\"a\":1,\"a\":2}", "{\"a\":2}");
    check_canonical("\"\\u00e9\\/\\n\"", "\"\xc3\xa9/\\n\"");
    check_canonical("[1.0,1e0,10e-1]", "[1.0,1.0,1.0]");
    check_canonical("[-0,-0.0,0.0]", "[0,0.0,0.0]");
    check_canonical("[123456789012345678901234567890,true,false]",
                    "[123456789012345678901234567890,true,false]");
    check_canonical("{\"double\":\"NaN\"}", "{\"double\":\"NaN\"}");
    check_canonical("{\"z\":{\"b\":2,\"a\":[{\"d\":1,\"c\":0}]},\"\":0}",
                    "{\"\":0,\"z\":{\"a\":[{\"c\":0,\"d\":1}],\"b\":2}}");
}

static void merging_lets_the_newer_members_decide(void **state)
{
    Arena a;
    Buf out;
    const Json *under;
    const Json *over;

    (void)state;
    arena_init(&a, 1 << 20);
    buf_init(&out, 1 << 16);
    CHECK_OK(json_parse(STR("{\"b\": 1, \"a\": [1, 2], \"b\": 2}"), &a, &under, NULL));
    CHECK_OK(json_parse(STR("{\"c\": null, \"a\": {\"x\": 1}}"), &a, &over, NULL));
    CHECK_OK(json_merge(under, over, &a, &out));
    CHECK_STR(buf_str(&out), "{\"a\":{\"x\": 1},\"b\":2,\"c\":null}");
    buf_deinit(&out);
    arena_deinit(&a);
}

/* ------------------------------------------------------------ property */

enum { TEXT_MAX = 1 << 14 };

/* The same value written twice: members in another order and with spaces elsewhere. */
typedef struct Twice {
    Buf a, b;
} Twice;

static void both(Twice *t, const char *text)
{
    CHECK_OK(buf_append(&t->a, str_from(text)));
    CHECK_OK(buf_append(&t->b, str_from(text)));
}

static void add_scalar(Dice *d, Twice *t)
{
    static const char *const scalars[] = {"null", "true", "17",    "-3",
                                          "0.5",  "1e30", "\"x\"", "\"\""};

    both(t, scalars[dice_below(d, 8)]);
}

/* An object of a few scalars; in `b` its members are turned around. */
static void add_object(Dice *d, Twice *t)
{
    const size_t members = dice_below(d, 4);
    Twice parts[4];

    for (size_t i = 0; i < members; i++) {
        char key[16];

        buf_init(&parts[i].a, TEXT_MAX);
        buf_init(&parts[i].b, TEXT_MAX);
        (void)snprintf(key, sizeof key, "\"k%zu\":", i * 7 % 5);
        both(&parts[i], key);
        add_scalar(d, &parts[i]);
    }
    both(t, "{");
    for (size_t i = 0; i < members; i++) {
        CHECK_OK(buf_append(&t->a, str_from(i ? "," : "")));
        CHECK_OK(buf_append(&t->b, str_from(i ? " ,\n" : " ")));
        CHECK_OK(buf_append(&t->a, buf_str(&parts[i].a)));
        CHECK_OK(buf_append(&t->b, buf_str(&parts[members - 1 - i].b)));
    }
    both(t, "}");
    for (size_t i = 0; i < members; i++) {
        buf_deinit(&parts[i].a);
        buf_deinit(&parts[i].b);
    }
}

static void canonical_of(const Buf *text, Arena *a, Buf *out)
{
    const Json *value;

    CHECK_OK(json_parse(buf_str(text), a, &value, NULL));
    CHECK_OK(json_canonical(value, a, out));
}

static void order_and_spaces_do_not_matter(Dice *d)
{
    Twice t;
    Buf first, second, again;
    Arena a;

    arena_init(&a, 1 << 20);
    buf_init(&t.a, TEXT_MAX);
    buf_init(&t.b, TEXT_MAX);
    buf_init(&first, TEXT_MAX);
    buf_init(&second, TEXT_MAX);
    buf_init(&again, TEXT_MAX);
    both(&t, "[");
    for (size_t i = 0, count = dice_below(d, 6); i < count; i++) {
        both(&t, i ? "," : "");
        add_object(d, &t);
    }
    both(&t, "]");
    canonical_of(&t.a, &a, &first);
    canonical_of(&t.b, &a, &second);
    PROPERTY(str_eq(buf_str(&first), buf_str(&second)));
    canonical_of(&first, &a, &again);
    PROPERTY(str_eq(buf_str(&first), buf_str(&again)));
    buf_deinit(&t.a);
    buf_deinit(&t.b);
    buf_deinit(&first);
    buf_deinit(&second);
    buf_deinit(&again);
    arena_deinit(&a);
}

static void canonical_text_is_canonical(void **state)
{
    (void)state;
    for_seeds(300, order_and_spaces_do_not_matter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_means_the_same_is_spelt_the_same),
        cmocka_unit_test(merging_lets_the_newer_members_decide),
        cmocka_unit_test(canonical_text_is_canonical),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
