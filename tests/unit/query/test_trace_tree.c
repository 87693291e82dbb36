/* SPDX-License-Identifier: Apache-2.0 */
/* Trees of odd traces, told as the lines of a waterfall. */
#include "support/check.h"

#include "query/trace_tree.h"

#include <string.h>

static TreeSpan make(uint8_t id, uint8_t parent, int64_t start, int64_t end)
{
    TreeSpan s = {.start_ns = start, .end_ns = end, .seq = 1};

    s.span_id[7] = id;
    s.parent_id[7] = parent;
    return s;
}

/* "1 .2 ..3 .4": a dot a level, "?" behind an orphan. */
static void check_tree(TreeSpan *spans, size_t len, size_t kept, const char *wanted)
{
    char text[256] = "";
    size_t at = 0;

    CHECK_OK(tree_build(spans, &len));
    assert_int_equal(len, kept);
    for (size_t i = 0; i < len; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s", i ? " " : "");
        for (uint32_t d = 0; d < spans[i].depth; d++)
            at += (size_t)snprintf(text + at, sizeof text - at, ".");
        at += (size_t)snprintf(text + at, sizeof text - at, "%d%s", spans[i].span_id[7],
                               spans[i].orphan ? "?" : "");
    }
    CHECK_STR(str_from(text), wanted);
}

static void children_stand_behind_their_parent_by_start(void **state)
{
    TreeSpan spans[] = {make(4, 1, 50, 60), make(3, 2, 12, 20), make(1, 0, 0, 100),
                        make(2, 1, 10, 40)};

    (void)state;
    check_tree(spans, 4, 4, "1 .2 ..3 .4");
    assert_int_equal(spans[0].children, 2);
    assert_int_equal(spans[0].descendants, 3);
    assert_int_equal(spans[1].descendants, 1);
    assert_int_equal(spans[2].parent, 1);
    assert_int_equal(spans[0].parent, TREE_NONE);
}

static void equal_starts_are_ordered_by_length_then_id(void **state)
{
    TreeSpan spans[] = {make(3, 1, 0, 5), make(2, 1, 0, 5), make(4, 1, 0, 9), make(1, 0, 0, 9)};

    (void)state;
    check_tree(spans, 4, 4, "1 .4 .2 .3");
}

static void a_span_without_its_parent_is_a_root(void **state)
{
    TreeSpan spans[] = {make(1, 0, 0, 100), make(2, 9, 10, 20), make(3, 2, 12, 15)};

    (void)state;
    check_tree(spans, 3, 3, "1 2? .3");
}

static void a_cycle_is_cut_at_the_span_that_starts_first(void **state)
{
    TreeSpan spans[] = {make(3, 2, 30, 40), make(1, 3, 10, 90), make(2, 1, 20, 50),
                        make(4, 3, 35, 36)};

    (void)state;
    check_tree(spans, 4, 4, "1 .2 ..3 ...4");
}

static void a_span_that_is_its_own_parent_is_a_root(void **state)
{
    TreeSpan spans[] = {make(1, 1, 0, 10), make(2, 1, 1, 2)};

    (void)state;
    check_tree(spans, 2, 2, "1 .2");
}

static void of_a_doubled_span_the_newest_is_kept(void **state)
{
    TreeSpan spans[] = {make(1, 0, 0, 10), make(2, 1, 1, 2), make(2, 1, 3, 4), make(2, 1, 5, 6)};

    (void)state;
    spans[2].seq = 9;
    check_tree(spans, 4, 2, "1 .2");
    assert_int_equal(spans[1].start_ns, 3);
}

static void nothing_is_a_tree_too(void **state)
{
    TreeSpan none;
    size_t len = 0;

    (void)state;
    CHECK_OK(tree_build(&none, &len));
    len = TRACE_TREE_MAX + 1;
    CHECK_STATUS(tree_build(&none, &len), ST_LIMIT);
}

/* ----------------------------------------------------------------- times */

typedef struct Times {
    Arena arena;
    TreeSteps steps;
} Times;

static void build_times(TreeSpan *spans, size_t *len, Times *out)
{
    arena_init(&out->arena, 1 << 28);
    CHECK_OK(tree_build(spans, len));
    CHECK_OK(tree_times(spans, *len, &out->arena, &out->steps));
}

static void self_time_is_what_no_child_covers(void **state)
{
    TreeSpan spans[] = {make(1, 0, 0, 100),  make(2, 1, 10, 40),   make(3, 1, 30, 50),
                        make(4, 1, 90, 200), make(5, 1, 200, 300), make(6, 1, -50, 5)};
    size_t len = 6;
    Times t;

    (void)state;
    build_times(spans, &len, &t);
    for (size_t i = 0; i < len; i++)
        if (spans[i].span_id[7] == 1)
            assert_int_equal(spans[i].self_ns, 100 - 5 - 40 - 10);
    arena_deinit(&t.arena);
}

/* The example of the definition: while a child runs, its parent waits for the
 * one that ends last. */
static void the_critical_path_follows_the_child_that_ended_last(void **state)
{
    TreeSpan spans[] = {make(1, 0, 0, 100), make(2, 1, 10, 40), make(3, 1, 20, 80),
                        make(4, 3, 30, 60), make(5, 1, 5, 15)};
    size_t len = 5;
    Times t;
    const int64_t critical[6] = {0, 100 - 80 + 5 + 5, 0, 30 - 20 + 80 - 60, 30, 10};

    (void)state;
    build_times(spans, &len, &t);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(spans[i].critical_ns, critical[spans[i].span_id[7]]);
    assert_int_equal(spans[0].steps, 3);
    assert_int_equal(t.steps.items[spans[0].first_step].from_ns, 0);
    assert_int_equal(t.steps.items[spans[0].first_step].to_ns, 5);
    assert_int_equal(t.steps.items[spans[0].first_step + 2].to_ns, 100);
    arena_deinit(&t.arena);
}

static void a_child_outside_of_its_parent_has_no_part_in_the_path(void **state)
{
    TreeSpan spans[] = {make(1, 0, 0, 100), make(2, 1, 500, 900), make(3, 2, 550, 600),
                        make(4, 1, 60, 900)};
    size_t len = 4;
    Times t;

    (void)state;
    build_times(spans, &len, &t);
    for (size_t i = 0; i < len; i++) {
        const uint8_t id = spans[i].span_id[7];

        assert_int_equal(spans[i].critical_ns, id == 1 ? 60 : id == 4 ? 40 : 0);
    }
    arena_deinit(&t.arena);
}

static void times_at_the_ends_of_what_fits_do_not_overflow(void **state)
{
    TreeSpan spans[] = {make(1, 0, INT64_MIN, INT64_MAX), make(2, 1, INT64_MIN, 0),
                        make(3, 1, 0, INT64_MAX)};
    size_t len = 3;
    Times t;

    (void)state;
    build_times(spans, &len, &t);
    assert_int_equal(tree_length(INT64_MIN, INT64_MAX), INT64_MAX);
    assert_int_equal(tree_length(5, 5), 0);
    arena_deinit(&t.arena);
}

/* ------------------------------------------------------------------ large */

enum { MANY = 100000 };

static void number(uint8_t id[SPAN_ID_BYTES], uint32_t n)
{
    for (size_t i = 0; i < 4; i++)
        id[4 + i] = (uint8_t)(n >> (24 - 8 * i));
}

static TreeSpan *make_many(void)
{
    TreeSpan *spans = calloc(MANY, sizeof *spans);

    assert_non_null(spans);
    for (uint32_t i = 0; i < MANY; i++) {
        spans[i].start_ns = i;
        spans[i].end_ns = 2 * MANY - i;
        number(spans[i].span_id, i + 1);
    }
    return spans;
}

static void a_line_a_hundred_thousand_deep_is_a_tree(void **state)
{
    TreeSpan *spans = make_many();
    size_t len = MANY;
    Times t;

    (void)state;
    for (uint32_t i = 1; i < MANY; i++)
        number(spans[i].parent_id, i);
    build_times(spans, &len, &t);
    assert_int_equal(len, MANY);
    assert_int_equal(spans[MANY - 1].depth, MANY - 1);
    assert_int_equal(spans[0].descendants, MANY - 1);
    assert_int_equal(spans[0].critical_ns, 2);
    arena_deinit(&t.arena);
    free(spans);
}

static void a_hundred_thousand_in_one_cycle_are_a_line(void **state)
{
    TreeSpan *spans = make_many();
    size_t len = MANY;

    (void)state;
    for (uint32_t i = 0; i < MANY; i++)
        number(spans[i].parent_id, i ? i : MANY);
    CHECK_OK(tree_build(spans, &len));
    assert_int_equal(len, MANY);
    assert_int_equal(spans[MANY - 1].depth, MANY - 1);
    free(spans);
}

static void a_hundred_thousand_roots_are_a_forest(void **state)
{
    TreeSpan *spans = make_many();
    size_t len = MANY;
    int64_t sum = 0;
    Times t;

    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        spans[i].start_ns = 10 * (int64_t)i;
        spans[i].end_ns = 10 * (int64_t)i + 10;
        spans[i].parent_id[0] = i % 2 ? 0xff : 0; /* half of them lost their parent */
    }
    build_times(spans, &len, &t);
    assert_int_equal(len, MANY);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(spans[i].depth, 0);
        assert_int_equal(spans[i].orphan, i % 2);
        sum += spans[i].critical_ns;
    }
    assert_int_equal(sum, 10 * (int64_t)MANY);
    arena_deinit(&t.arena);
    free(spans);
}

static void every_allocation_failure_is_survived(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        TreeSpan spans[] = {make(1, 0, 0, 100), make(2, 1, 10, 40), make(3, 1, 30, 50)};
        const long before = mem_live();
        TreeSteps steps;
        size_t len = 3;
        Arena arena;
        Status st;

        arena_init(&arena, 1 << 20);
        mem_fail_after(k);
        st = tree_build(spans, &len);
        if (!st)
            st = tree_times(spans, len, &arena, &steps);
        mem_fail_after(-1);
        arena_deinit(&arena);
        assert_int_equal(mem_live(), before);
        if (!st)
            break;
        CHECK_STATUS(st, ST_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_stand_behind_their_parent_by_start),
        cmocka_unit_test(equal_starts_are_ordered_by_length_then_id),
        cmocka_unit_test(a_span_without_its_parent_is_a_root),
        cmocka_unit_test(a_cycle_is_cut_at_the_span_that_starts_first),
        cmocka_unit_test(a_span_that_is_its_own_parent_is_a_root),
        cmocka_unit_test(of_a_doubled_span_the_newest_is_kept),
        cmocka_unit_test(nothing_is_a_tree_too),
        cmocka_unit_test(self_time_is_what_no_child_covers),
        cmocka_unit_test(the_critical_path_follows_the_child_that_ended_last),
        cmocka_unit_test(a_child_outside_of_its_parent_has_no_part_in_the_path),
        cmocka_unit_test(times_at_the_ends_of_what_fits_do_not_overflow),
        cmocka_unit_test(a_line_a_hundred_thousand_deep_is_a_tree),
        cmocka_unit_test(a_hundred_thousand_in_one_cycle_are_a_line),
        cmocka_unit_test(a_hundred_thousand_roots_are_a_forest),
        cmocka_unit_test(every_allocation_failure_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
