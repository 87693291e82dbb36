/* SPDX-License-Identifier: Apache-2.0 */
/* Turns: who works long waits for one of few places, in order; who works shortly does not. */
#include "support/check.h"

#include "os/turn.h"

#include <stdatomic.h>

enum { LONG_NS = 1000000000, WORKERS = 6 };

typedef struct World {
    Turns turns;
    atomic_int working;
    atomic_int most;
    atomic_int done;
} World;

static void short_work_never_waits(void **state)
{
    Turns turns;
    Turn a;
    Turn b;

    (void)state;
    turns_init(&turns, 1, 0, LONG_NS * INT64_C(1000));
    a = turn_of(&turns);
    b = turn_of(&turns);
    CHECK_OK(turn_wait(&a, NULL));
    CHECK_OK(turn_wait(&b, NULL));
    assert_int_equal(a.steps, 1);
    turn_end(&a);
    turn_end(&b);
    turns_deinit(&turns);
}

static void who_does_not_fit_in_the_line_is_refused(void **state)
{
    Turns turns;
    Turn a;
    Turn b;

    (void)state;
    turns_init(&turns, 1, 0, 0);
    a = turn_of(&turns);
    b = turn_of(&turns);
    CHECK_OK(turn_wait(&a, NULL));
    CHECK_STATUS(turn_wait(&b, NULL), ST_BUSY);
    CHECK_OK(turn_wait(&a, NULL)); /* has its place still */
    turn_end(&a);
    CHECK_OK(turn_wait(&b, NULL));
    turn_end(&b);
    turns_deinit(&turns);
}

static void a_cancelled_one_leaves_the_line(void **state)
{
    const Cancel over = cancel_after(NULL, 0);
    Turns turns;
    Turn a;
    Turn b;
    Turn c;

    (void)state;
    turns_init(&turns, 1, 1, 0);
    a = turn_of(&turns);
    b = turn_of(&turns);
    c = turn_of(&turns);
    CHECK_OK(turn_wait(&a, NULL));
    CHECK_STATUS(turn_wait(&b, &over), ST_TIMEOUT);
    assert_int_equal(turns.waiting, 0);
    turn_end(&b);
    turn_end(&a);
    CHECK_OK(turn_wait(&c, NULL));
    turn_end(&c);
    turns_deinit(&turns);
}

static void work(void *world)
{
    World *w = world;
    Turn t = turn_of(&w->turns);
    const Cancel cancel = {.turn = &t};

    cancel_expect(&cancel, 3);
    for (int step = 0; step < 3; step++) {
        int now;

        CHECK_OK(cancel_check(&cancel));
        if (step == 0)
            atomic_fetch_add(&w->working, 1);
        now = w->working;
        if (now > w->most)
            w->most = now;
        clock_sleep_ns(2000000);
    }
    assert_int_equal(t.steps, t.expected);
    atomic_fetch_sub(&w->working, 1);
    turn_end(&t);
    atomic_fetch_add(&w->done, 1);
}

static void few_work_at_once_and_all_get_their_turn(void **state)
{
    World w = {0};
    Thread threads[WORKERS] = {0};

    (void)state;
    turns_init(&w.turns, 2, WORKERS, 0);
    for (int i = 0; i < WORKERS; i++)
        CHECK_OK(thread_start(&threads[i], "work", work, &w));
    for (int i = 0; i < WORKERS; i++)
        thread_join(&threads[i]);
    assert_int_equal(w.done, WORKERS);
    assert_true(w.most <= 2);
    turns_deinit(&w.turns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_work_never_waits),
        cmocka_unit_test(who_does_not_fit_in_the_line_is_refused),
        cmocka_unit_test(a_cancelled_one_leaves_the_line),
        cmocka_unit_test(few_work_at_once_and_all_get_their_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
