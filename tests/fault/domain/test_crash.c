/* SPDX-License-Identifier: Apache-2.0 */
/* kill -9 of a process that ingests, with flushes in between: afterwards every span that was
 * acknowledged is there, and the counters of versions and projects match the spans. */
#include "unit/domain/ingest_test.h"

#include <signal.h>
#include <sys/wait.h>

enum { ROUNDS = 12, SPANS = 3 };

/* One body with a span for each of two projects and two versions. */
static Status send_step(Plant *p, unsigned step)
{
    const TestSpan a = {.model = "m", .print = PRINT_A};
    const TestSpan b = {.model = "m", .print = PRINT_B, .error = true};
    IngestResult result;
    Buf body;
    Status st;

    buf_init(&body, 1 << 20);
    (void)!buf_append(&body, STR("{\"resourceSpans\": ["));
    open_resource(&body, NULL);
    put_span(&body, step * SPANS, &a);
    put_span(&body, step * SPANS + 1, &b);
    close_resource(&body);
    open_resource(&body, "other");
    put_span(&body, step * SPANS + 2, &a);
    close_resource(&body);
    body.len--;
    (void)!buf_append(&body, STR("]}"));
    st = plant_send_body(p, buf_str(&body), 0, true, &result, NULL);
    buf_deinit(&body);
    if (!st && result.accepted != SPANS)
        st = ST_CORRUPT;
    return st;
}

static int victim(Plant *p, unsigned first, int out)
{
    if (plant_try_open(p))
        return 1;
    for (unsigned step = first;; step++) {
        if (send_step(p, step) || (step % 7 == 3 && store_flush(p->store)) ||
            write(out, &step, sizeof step) != (ssize_t)sizeof step)
            return 2;
    }
}

/* The last step that was acknowledged. */
static unsigned run_victim(Plant *p, unsigned first, unsigned tells)
{
    unsigned told = 0;
    int ends[2];
    int status;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid)
        _exit(victim(p, first, ends[1]));
    (void)close(ends[1]);
    for (unsigned i = 0; i < tells; i++)
        assert_int_equal(read(ends[0], &told, sizeof told), sizeof told);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    while (read(ends[0], &told, sizeof told) == sizeof told)
        ;
    (void)close(ends[0]);
    return told;
}

static void counters_match_the_spans_after_kill_9(void **state)
{
    Plant p = {.w = {.place = place_new()}};
    unsigned first = 0;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const unsigned last = run_victim(&p, first, 1 + round * 2);
        uint64_t here, other;

        plant_open(&p);
        here = plant_stored(&p, "default");
        other = plant_stored(&p, "other");
        /* The step that was under way may be there, for one project or both. */
        assert_in_range(here, 2 * (last + 1), 2 * (last + 2));
        assert_in_range(other, last + 1, last + 2);
        assert_int_equal(here % 2, 0);
        for (int twice = 0; twice < 2; twice++) {
            assert_int_equal(plant_version(&p, "m:v1").runs, here / 2);
            assert_int_equal(plant_version(&p, "m:v2").runs, here / 2);
            assert_int_equal(plant_version(&p, "m:v2").errors, here / 2);
            assert_int_equal(plant_stored(&p, "default"), here);
            assert_ok(store_flush(p.store));
        }
        assert_ok(catalog_check(p.w.catalog, test_no_finding, NULL));
        first = last + 2;
        /* The next round counts on from here. */
        for (unsigned step = (unsigned)here / 2; step < first; step++)
            assert_ok(send_step(&p, step + 100000));
        while (plant_stored(&p, "other") < first)
            (void)plant_send(&p, "other", 900000 + first, 1,
                             &(TestSpan){.model = "m", .print = PRINT_A});
        plant_close(&p);
    }
    place_free(&p.w.place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counters_match_the_spans_after_kill_9)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
