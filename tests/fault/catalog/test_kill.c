/* SPDX-License-Identifier: Apache-2.0 */
/* kill -9 of a process that registers and publishes: what it was told is there, is there
 * once; what it was not told is there whole or not at all. */
#include "unit/catalog/catalog_test.h"

#include <signal.h>
#include <sys/wait.h>

enum { ROUNDS = 15 };

/* What the victim says after each step. */
typedef struct Told {
    unsigned step;
    int32_t number;
} Told;

static Status publish_step(Catalog *c, int64_t project, int64_t version, unsigned step)
{
    const SegmentInfo info = {.id = (int64_t)step + 1, .project_id = project, .rows = 1};
    const ProjectDelta spans = {.project_id = project, .stored = 1};
    const RunDelta runs = {.version_id = version, .runs = 1, .first_ns = 1, .last_ns = 1};

    return catalog_segments_publish(c, &info, 1, NULL, 0, step + 1,
                                    &(CountDeltas){&spans, 1, &runs, 1});
}

static int victim(const Place *p, unsigned first, int out)
{
    Arena a = test_arena();
    Catalog *c;
    ProjectRow row;
    bool created;

    if (catalog_open(p->path, NULL, &c) || catalog_project_put(c, STR("p"), 1, &a, &row, &created))
        return 1;
    for (unsigned step = first;; step++) {
        Told told = {.step = step};

        if (try_put(c, row.id, "m", step, "s", &told.number, &created) ||
            publish_step(c, row.id, 1, step) ||
            write(out, &told, sizeof told) != (ssize_t)sizeof told)
            return 2;
    }
}

/* Kill the victim after it has told `tells` steps; the last step that was told. */
static unsigned run_victim(const Place *p, unsigned first, unsigned tells, int32_t *number)
{
    Told told = {0};
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
    /* It may have told more until the signal came. */
    while (read(ends[0], &told, sizeof told) == sizeof told)
        ;
    (void)close(ends[0]);
    *number = told.number;
    return told.step;
}

static Status count_one(void *visitor, const SegmentInfo *s)
{
    (void)s;
    (*(uint64_t *)visitor)++;
    return ST_OK;
}

static void what_was_told_survives_kill_9_and_counts_match_segments(void **state)
{
    const Place p = place_new();
    unsigned first = 0;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        Arena a = test_arena();
        int32_t number;
        const unsigned last = run_victim(&p, first, 1 + round * 3, &number);
        Catalog *c = place_open(&p);
        const int64_t project = test_project(c, "p");
        ProjectCounters n;
        VersionRow v;
        uint64_t segments = 0, seq = 0;

        assert_ok(catalog_check(c, test_no_finding, NULL));
        assert_int_equal(number, last + 1);
        assert_int_equal(test_put(c, project, "m", last), number);
        assert_ok(catalog_segments_list(c, count_one, &segments, &seq));
        assert_ok(catalog_counters_get(c, project, &n));
        assert_ok(catalog_version_get(c, project, STR("m"), 1, &a, &v));
        /* Each segment with its counts and the watermark, or without any of them. */
        assert_in_range(segments, last + 1, last + 2);
        assert_int_equal(n.stored, segments);
        assert_int_equal(seq, segments);
        assert_int_equal(v.runs, segments);
        first = (unsigned)segments;
        catalog_close(c);
        arena_deinit(&a);
    }
    place_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_told_survives_kill_9_and_counts_match_segments)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
