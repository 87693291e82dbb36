/* SPDX-License-Identifier: Apache-2.0 */
/* Names of attribute columns, attributes as JSON, the order of rows. */
#include "store/attr_json.h"
#include "store/attr_name.h"
#include "store/attr_plan.h"
#include "store/row_keys.h"
#include "support/check.h"

#include <string.h>

static Arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 24);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    assert_int_equal(mem_live(), 0);
    return 0;
}

static Str name_of(AttrOwner owner, ValueKind kind, const char *key)
{
    const AttrColumn c = {owner, kind, str_from(key)};
    Str name = {0};

    CHECK_OK(attr_column_name(&c, &arena, &name));
    return name;
}

static void names_are_as_documented(void **state)
{
    (void)state;
    CHECK_STR(name_of(ATTR_OF_SPAN, VALUE_STR, "http.method"), "attr.http.method");
    CHECK_STR(name_of(ATTR_OF_SPAN, VALUE_INT, "count"), "attr.count#int");
    CHECK_STR(name_of(ATTR_OF_RESOURCE, VALUE_DOUBLE, "load"), "resource.load#double");
    CHECK_STR(name_of(ATTR_OF_SPAN, VALUE_STR, "odd#int"), "attr.odd#int#str");
    CHECK_STR(name_of(ATTR_OF_SPAN, VALUE_NONE, "empty"), "attr.empty#json");
}

static void every_key_and_kind_has_a_name_of_its_own(void **state)
{
    static const char *const keys[] = {"", "a", "a#int", "a#str", "a#str#str", "#json", "a#bool"};
    static const ValueKind kinds[] = {VALUE_STR,    VALUE_BOOL,  VALUE_INT,
                                      VALUE_DOUBLE, VALUE_BYTES, VALUE_JSON};
    Map seen;

    (void)state;
    map_init(&seen, 1000);
    for (AttrOwner o = 0; o < ATTR_OWNERS; o++) {
        for (size_t k = 0; k < 7; k++) {
            for (size_t i = 0; i < 6; i++) {
                const Str name = name_of(o, kinds[i], keys[k]);
                AttrColumn back;
                uint64_t *value = NULL;
                bool added = false;

                assert_true(attr_column_parse(name, &back));
                CHECK_STR(back.key, keys[k]);
                assert_int_equal(back.kind, kinds[i]);
                assert_int_equal(back.owner, o);
                CHECK_OK(map_entry(&seen, name, 1, &value, &added));
                assert_true(added);
            }
        }
    }
    map_deinit(&seen);
}

static void other_names_are_no_attributes(void **state)
{
    AttrColumn c;

    (void)state;
    assert_false(attr_column_parse(STR("trace_id"), &c));
    assert_false(attr_column_parse(STR("attribute"), &c));
    assert_false(attr_column_parse(STR(""), &c));
}

static void attributes_come_back_from_json_as_they_were(void **state)
{
    Attr items[] = {
        {STR("s"), {.kind = VALUE_STR, .as.s = STR("tab\t\"quote\" <b>")}},
        {STR("n"), {.kind = VALUE_NONE}},
        {STR("b"), {.kind = VALUE_BOOL, .as.b = true}},
        {STR("i"), {.kind = VALUE_INT, .as.i = INT64_MIN}},
        {STR("d"), {.kind = VALUE_DOUBLE, .as.d = 3.0}},
        {STR("inf"), {.kind = VALUE_DOUBLE, .as.d = -1e308 * 10}},
        {STR("nan"), {.kind = VALUE_DOUBLE, .as.d = 1e308 * 10 - 1e308 * 10}},
        {STR("y"), {.kind = VALUE_BYTES, .as.s = {"\0\xff\x01", 3}}},
        {STR("j"), {.kind = VALUE_JSON, .as.s = STR("{\"a\":[1,{\"b\":2}]}")}},
        {STR("broken"), {.kind = VALUE_JSON, .as.s = STR("{\"a\":")}},
        {STR("s#int"), {.kind = VALUE_STR, .as.s = STR("")}},
        {STR("nul\0key"), {.kind = VALUE_STR, .as.s = STR("x")}},
    };
    const AttrList list = {items, sizeof items / sizeof items[0]};
    AttrList back = {0};
    Str json = {0};

    (void)state;
    CHECK_OK(attr_list_to_json(list, &arena, &json));
    CHECK_OK(attr_list_from_json(json, &arena, &back));
    assert_int_equal(back.len, list.len);
    for (size_t i = 0; i < list.len; i++) {
        CHECK_SAME(back.items[i].key, list.items[i].key);
        assert_true(value_eq(back.items[i].value, list.items[i].value));
    }
}

static void attribute_json_that_is_none_is_refused(void **state)
{
    static const char *const bad[] = {"",         "[]",   "{\"a\":}", "{\"a#int\":\"x\"}",
                                      "{\"a\":1", "{} {}"};
    AttrList back;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_not_equal(attr_list_from_json(str_from(bad[i]), &arena, &back), ST_OK);
}

static void of_doubled_keys_the_last_counts(void **state)
{
    Attr items[100];
    AttrList out = {0};

    (void)state;
    for (size_t i = 0; i < 100; i++)
        items[i] =
            (Attr){i % 2 ? STR("odd") : STR("even"), {.kind = VALUE_INT, .as.i = (int64_t)i}};
    for (size_t len = 4; len <= 100; len += 96) {
        CHECK_OK(attr_list_unique((AttrList){items, len}, &arena, &out));
        assert_int_equal(out.len, 2);
        assert_int_equal(out.items[0].value.as.i, len - 2);
        assert_int_equal(out.items[1].value.as.i, len - 1);
    }
}

static RowKey row_key(uint8_t trace, uint8_t span, int64_t start, uint64_t seq)
{
    return (RowKey){.trace_id = {trace}, .span_id = {span}, .start_ns = start, .seq = seq};
}

static void rows_are_ordered_by_the_first_start_of_their_trace(void **state)
{
    RowKey keys[] = {row_key(1, 1, 50, 1), row_key(2, 1, 20, 2), row_key(1, 2, 10, 3),
                     row_key(2, 2, 15, 4), row_key(1, 3, 60, 5)};
    static const int64_t order[] = {10, 50, 60, 15, 20};

    (void)state;
    assert_int_equal(row_keys_arrange(keys, 5), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(keys[i].start_ns, order[i]);
        assert_int_equal(keys[i].trace_start_ns, i < 3 ? 10 : 15);
    }
}

static void of_doubled_spans_the_newest_stays_and_sets_the_trace_start(void **state)
{
    RowKey keys[] = {row_key(1, 1, 5, 1), row_key(1, 2, 40, 9), row_key(1, 1, 30, 7)};

    (void)state;
    assert_int_equal(row_keys_arrange(keys, 3), 2);
    assert_int_equal(keys[0].start_ns, 30);
    assert_int_equal(keys[0].seq, 7);
    assert_int_equal(keys[0].trace_start_ns, 30);
    assert_int_equal(row_keys_arrange(keys, 0), 0);
}

/* Three keys, room for two: the most frequent ones get columns, the third is
 * in the rest; the payload's own attribute is in neither. */
static void the_rarest_attributes_go_into_the_rest(void **state)
{
    Attr attrs[2][4] = {{{STR("often"), {.kind = VALUE_INT, .as.i = 1}},
                         {STR("rare"), {.kind = VALUE_STR, .as.s = STR("r")}},
                         {STR("in"), {.kind = VALUE_STR, .as.s = STR("payload")}}},
                        {{STR("often"), {.kind = VALUE_INT, .as.i = 2}},
                         {STR("twice"), {.kind = VALUE_BOOL, .as.b = true}},
                         {STR("twice"), {.kind = VALUE_BOOL, .as.b = false}}}};
    const Resource resource = {0};
    const Scope scope = {0};
    const Span spans[2] = {{.attrs = {attrs[0], 3},
                            .resource = &resource,
                            .scope = &scope,
                            .input = STR("payload"),
                            .input_key = STR("in")},
                           {.attrs = {attrs[1], 3}, .resource = &resource, .scope = &scope}};
    const Row rows[2] = {{.span = &spans[0]}, {.span = &spans[1]}};
    AttrPlan plan;
    PlanSpread spread;
    Vector columns[2];
    Vector rest;

    (void)state;
    plan_init(&plan);
    CHECK_OK(plan_count(&plan, &spans[0]));
    CHECK_OK(plan_count(&plan, &spans[1]));
    CHECK_OK(plan_choose(&plan, 2));
    assert_int_equal(plan.column_count, 2);
    CHECK_STR(plan.names[0], "attr.often#int");
    CHECK_STR(plan.names[1], "attr.twice#bool");
    CHECK_OK(plan_spread_init(&spread, &plan, 2, &arena));
    CHECK_OK(plan_spread_block(&spread, rows, 0, 1));
    CHECK_OK(plan_spread_block(&spread, rows, 1, 2));
    CHECK_OK(plan_spread_finish(&spread, columns, &rest));
    plan_spread_deinit(&spread);
    assert_int_equal(columns[0].as.i[1], 2);
    assert_true(vector_is_null(&columns[1], 0));
    assert_int_equal(columns[1].as.b[1], 0);
    CHECK_STR(vector_str(&rest, 0), "{\"attr.rare\":\"r\"}");
    assert_true(vector_is_null(&rest, 1));
    plan_deinit(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_are_as_documented, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_key_and_kind_has_a_name_of_its_own, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(other_names_are_no_attributes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(attributes_come_back_from_json_as_they_were, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(attribute_json_that_is_none_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_doubled_keys_the_last_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_are_ordered_by_the_first_start_of_their_trace, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(of_doubled_spans_the_newest_stays_and_sets_the_trace_start,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_rarest_attributes_go_into_the_rest, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
