/* SPDX-License-Identifier: Apache-2.0 */
/* Values and spans. */
#include "support/check.h"

#include "model/span.h"

#include <math.h>

static void values_are_equal_by_kind_and_content(void **state)
{
    const Value one = {.kind = VALUE_INT, .as.i = 1};
    const Value one_double = {.kind = VALUE_DOUBLE, .as.d = 1};
    const Value nan_value = {.kind = VALUE_DOUBLE, .as.d = (double)NAN};
    const Value text = {.kind = VALUE_STR, .as.s = STR("1")};
    const Value bytes = {.kind = VALUE_BYTES, .as.s = STR("1")};

    (void)state;
    assert_true(value_eq(one, one));
    assert_false(value_eq(one, one_double));
    assert_true(value_eq(nan_value, nan_value));
    assert_false(value_eq(nan_value, one_double));
    assert_true(value_eq(text, (Value){.kind = VALUE_STR, .as.s = STR("1")}));
    assert_false(value_eq(text, bytes));
    assert_true(value_eq((Value){0}, (Value){0}));
    assert_false(value_eq((Value){.kind = VALUE_BOOL, .as.b = true}, (Value){.kind = VALUE_BOOL}));
}

static void of_doubled_keys_the_last_is_found(void **state)
{
    Attr items[] = {
        {STR("k"), {.kind = VALUE_STR, .as.s = STR("first")}},
        {STR("n"), {.kind = VALUE_INT, .as.i = 5}},
        {STR("k"), {.kind = VALUE_STR, .as.s = STR("last")}},
    };
    const AttrList attrs = {items, 3};

    (void)state;
    CHECK_STR(attr_find_str(attrs, STR("k")), "last");
    assert_int_equal(attr_find(attrs, STR("n"))->as.i, 5);
    CHECK_STR(attr_find_str(attrs, STR("n")), ""); /* not a string */
    assert_null(attr_find(attrs, STR("none")));
    assert_null(attr_find((AttrList){0}, STR("k")));
}

static void a_span_without_parent_is_a_root(void **state)
{
    Span s = {.start_ns = 5, .end_ns = 12};

    (void)state;
    assert_true(span_is_root(&s));
    assert_int_equal(span_duration_ns(&s), 7);
    s.parent_id[7] = 1;
    assert_false(span_is_root(&s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_equal_by_kind_and_content),
        cmocka_unit_test(of_doubled_keys_the_last_is_found),
        cmocka_unit_test(a_span_without_parent_is_a_root),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
