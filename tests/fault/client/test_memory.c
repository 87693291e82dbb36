/* SPDX-License-Identifier: Apache-2.0 */
/* Fail the 1st, 2nd, ... allocation and all after it: nothing may crash, hang or
 * leak, and every span is accounted for. */
#include "unit/client/fixture.h"

/* Everything that allocates, once.  Returns the spans that could not start. */
static uint64_t use_all(vireo_client *c)
{
    const vireo_site *site = vireo_site_new(c, "predict", "model", "m", "f");
    uint64_t missing = 0;
    char value[2000];

    memset(value, 'x', sizeof value);
    value[sizeof value - 1] = '\0';
    vireo_model_register(c, "m", "{}", 2);
    (void)vireo_score_put(c, "{\"value\":1}", 11);
    for (int i = 0; i < 3; i++) {
        vireo_span *s = vireo_span_start_at(c, NULL, site);

        missing += s == NULL;
        vireo_span_input_json(s, value, sizeof value);
        vireo_span_str(s, "broken\xff", "\xfe\xfe", 2);
        vireo_span_error(s, "E", value, NULL);
        vireo_span_log(s, "ref", "text/plain", value, sizeof value, "{}", value, 10);
        vireo_span_discard(vireo_span_start(c, s, "thrown away"));
        vireo_span_finish(s);
    }
    return missing;
}

/* True when no allocation failed. */
static bool survive(const vireo_options *o, long k)
{
    vireo_client *c = NULL;
    vireo_counters n = {0};
    uint64_t missing;
    bool failed;

    mem_fail_after(k);
    failed = vireo_open(o, &c) != VIREO_OK;
    if (!failed) {
        missing = use_all(c);
        vireo_get_counters(c, &n);
        assert_int_equal(n.finished + missing, 3);
        assert_true(n.dropped_queue >= missing);
        failed = n.dropped_queue > 0;
        (void)vireo_request(c, "GET", "", NULL, 0, 1000, NULL, NULL, NULL);
        failed |= vireo_close(c, 20) != VIREO_OK;
    } else {
        assert_null(c);
    }
    mem_fail_after(-1);
    return !failed;
}

static void survive_all(Fixture *f)
{
    enum { ENOUGH = 3 }; /* a success may be one by luck: threads share the countdown */
    int good = 0;
    long k;

    for (k = 0; k < 2000 && good < ENOUGH; k++)
        good = survive(&f->options, k) ? good + 1 : 0;
    assert_true(k > 10);
    assert_int_equal(good, ENOUGH);
}

static void every_failed_allocation_is_survived_with_a_server(void **state)
{
    Fixture f;

    (void)state;
    fixture_prepare(&f);
    survive_all(&f);
    fixture_close(&f);
}

/* Without a server the same goes through the spool; VIREO_OK never comes. */
static void every_failed_allocation_is_survived_without_a_server(void **state)
{
    Fixture f;

    (void)state;
    fixture_prepare(&f);
    fake_down(&f.server);
    for (long k = 0; k < 150; k++)
        assert_false(survive(&f.options, k));
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failed_allocation_is_survived_with_a_server),
        cmocka_unit_test(every_failed_allocation_is_survived_without_a_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
