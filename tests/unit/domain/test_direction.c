/* SPDX-License-Identifier: Apache-2.0 */
/* Which way a metric is better. */
#include "support/check.h"

#include "domain/direction.h"

static const struct {
    const char *metric;
    Direction direction;
} guesses[] = {
    {"accuracy", DIRECTION_HIGHER},
    {"Recall", DIRECTION_HIGHER},
    {"macro_F1", DIRECTION_HIGHER},
    {"meanIoU", DIRECTION_HIGHER},
    {"exact match", DIRECTION_HIGHER},
    {"latency_ms", DIRECTION_LOWER},
    {"meanLatency", DIRECTION_LOWER},
    {"false_positive_rate", DIRECTION_LOWER},
    {"recall_error", DIRECTION_LOWER},
    {"WER", DIRECTION_LOWER},
    {"val-loss", DIRECTION_LOWER},
    {"count", DIRECTION_UNKNOWN},
    {"", DIRECTION_UNKNOWN},
    {"__", DIRECTION_UNKNOWN},
    {"lossless", DIRECTION_UNKNOWN},
    {"recallable", DIRECTION_UNKNOWN},
    {"\xc3\xa9rreur", DIRECTION_UNKNOWN},
    {"n_fp", DIRECTION_LOWER},
    {"mAP", DIRECTION_HIGHER},
};

static void a_direction_is_guessed_from_whole_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof guesses / sizeof guesses[0]; i++)
        if (direction_guess(str_from(guesses[i].metric)) != guesses[i].direction)
            fail_msg("%s", guesses[i].metric);
}

static void what_is_told_decides(void **state)
{
    const Directions told = {.higher = STR("loss, my metric ,x"),
                             .lower = STR("recall"),
                             .neither = STR("x,mean_loss,f1,recall")};

    (void)state;
    assert_int_equal(direction_of(STR("loss"), &told), DIRECTION_HIGHER);
    assert_int_equal(direction_of(STR("my metric"), &told), DIRECTION_HIGHER);
    assert_int_equal(direction_of(STR("recall"), &told), DIRECTION_LOWER);
    assert_int_equal(direction_of(STR("my"), &told), DIRECTION_UNKNOWN);
    assert_int_equal(direction_of(STR("accuracy"), &told), DIRECTION_HIGHER);
    assert_int_equal(direction_of(STR("f1"), &told), DIRECTION_UNKNOWN);
    assert_int_equal(direction_of(STR("mean_loss"), &told), DIRECTION_UNKNOWN);
    assert_int_equal(direction_of(STR("x"), &told), DIRECTION_HIGHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_direction_is_guessed_from_whole_words),
        cmocka_unit_test(what_is_told_decides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
