/* SPDX-License-Identifier: Apache-2.0 */
/* Result rows as JSON become columns of the narrowest type; every allocation may fail. */
#include "support/check.h"

#include "domain/result_batch.h"

#include <math.h>

static const struct {
    const char *values;
    VectorType type;
} columns[] = {
    {"[true, false, null]", VECTOR_BOOL},
    {"[1, -2, 9223372036854775807]", VECTOR_INT},
    {"[1, 2.0, 3]", VECTOR_DOUBLE},
    {"[null, 1e3, 2]", VECTOR_DOUBLE},
    {"[{\"double\": \"NaN\"}, 1, {\"double\": \"-Infinity\"}]", VECTOR_DOUBLE},
    {"[9007199254740992, 0.5, 1]", VECTOR_DOUBLE},
    {"[9007199254740993, 0.5, 1]", VECTOR_JSON},
    {"[9223372036854775808, 1, 2]", VECTOR_DOUBLE},
    {"[\"a\", null, \"\\u00e9\"]", VECTOR_STR},
    {"[\"a\", 1, null]", VECTOR_JSON},
    {"[true, 1, null]", VECTOR_JSON},
    {"[[], {}, [1, {\"a\": [2]}]]", VECTOR_JSON},
    {"[{\"double\": \"nan\"}, 1, 2]", VECTOR_JSON},
    {"[{\"double\": \"NaN\", \"x\": 1}, 1, 2]", VECTOR_JSON},
    {"[null, null, null]", VECTOR_DOUBLE},
};

/* The body is in the arena: columns may point into it. */
static Status parse(const char *values, Arena *a, ResultBatch *out, FieldErr *err)
{
    Str body;
    const Status st = arena_printf(
        a, &body, "{\"columns\": {\"m\": %s}, \"numbers\": [3, 1, 2], \"more\": [1, {}]}", values);

    return st ? st : result_batch_parse(body, a, out, err);
}

static void a_column_is_of_the_narrowest_type_that_holds_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        FieldErr err = {0};
        ResultBatch b;
        Arena a;

        arena_init(&a, 1 << 20);
        if (parse(columns[i].values, &a, &b, &err))
            fail_msg("%s: %s", columns[i].values, err.err.msg);
        assert_int_equal(b.rows, 3);
        assert_int_equal(b.count, 1);
        if (b.columns[0].values.type != columns[i].type)
            fail_msg("%s: type %d", columns[i].values, (int)b.columns[0].values.type);
        arena_deinit(&a);
    }
}

static void values_are_where_they_were(void **state)
{
    ResultBatch b;
    Vector v;
    Arena a;

    (void)state;
    arena_init(&a, 1 << 20);
    CHECK_OK(parse("[{\"double\": \"Infinity\"}, null, 2]", &a, &b, NULL));
    v = b.columns[0].values;
    assert_true(isinf(v.as.d[0]) && v.as.d[0] > 0);
    assert_true(vector_is_null(&v, 1) && !vector_is_null(&v, 2) && v.as.d[2] == 2);
    assert_true(b.numbers[0] == 3 && b.numbers[2] == 2);
    CHECK_OK(parse("[1, \"a\\n\", [ 1 ]]", &a, &b, NULL));
    CHECK_STR(vector_str(&b.columns[0].values, 1), "\"a\\n\"");
    CHECK_STR(vector_str(&b.columns[0].values, 2), "[ 1 ]");
    CHECK_OK(parse("[\"a\\n\", \"\", \"b\"]", &a, &b, NULL));
    CHECK_STR(vector_str(&b.columns[0].values, 0), "a\n");
    arena_deinit(&a);
}

static void every_allocation_failure_is_survived(void **state)
{
    Status st = ST_NOMEM;

    (void)state;
    for (long n = 0; st; n++) {
        ResultBatch b;
        FieldErr err;
        Arena a;

        arena_init(&a, 1 << 20);
        mem_fail_after(n);
        st = parse("[1, \"a\", {\"double\": \"NaN\"}]", &a, &b, &err);
        mem_fail_after(-1);
        if (st)
            CHECK_STATUS(st, ST_NOMEM);
        arena_deinit(&a);
        assert_int_equal(mem_live(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_is_of_the_narrowest_type_that_holds_it),
        cmocka_unit_test(values_are_where_they_were),
        cmocka_unit_test(every_allocation_failure_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
