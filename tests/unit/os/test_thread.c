/* SPDX-License-Identifier: Apache-2.0 */
/* Threads, locks, pool and ids.  Nothing here depends on how fast it runs. */
#include "support/check.h"

#include "os/clock.h"
#include "os/pool.h"
#include "os/process.h"
#include "os/random.h"
#include "os/thread.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct Counter {
    Mutex lock;
    Cond changed;
    long value;
} Counter;

static void count_up(void *arg)
{
    Counter *c = arg;

    for (int i = 0; i < 10000; i++) {
        mutex_lock(&c->lock);
        c->value++;
        mutex_unlock(&c->lock);
    }
}

static void a_lock_lets_no_addition_be_lost(void **state)
{
    Counter c = {.value = 0}; /* a zeroed lock is a valid one */
    Thread threads[4] = {{0}};

    (void)state;
    for (int i = 0; i < 4; i++)
        CHECK_OK(thread_start(&threads[i], "a name longer than fifteen", count_up, &c));
    for (int i = 0; i < 4; i++)
        thread_join(&threads[i]);
    thread_join(&threads[0]); /* again: nothing */
    assert_int_equal(c.value, 40000);
    assert_int_equal(mem_live(), 0);
}

static void announce(void *arg)
{
    Counter *c = arg;

    mutex_lock(&c->lock);
    c->value = 1;
    cond_signal(&c->changed);
    mutex_unlock(&c->lock);
}

static void waiting_ends_by_a_signal_or_by_the_deadline(void **state)
{
    Counter c = {.value = 0};
    Thread t = {0};

    (void)state;
    mutex_init(&c.lock);
    cond_init(&c.changed);
    mutex_lock(&c.lock);
    assert_false(mutex_try_lock(&c.lock));
    assert_false(cond_wait_until(&c.changed, &c.lock, clock_mono_ns() - 1));
    assert_false(cond_wait_until(&c.changed, &c.lock, -5));
    CHECK_OK(thread_start(&t, "announce", announce, &c));
    while (!c.value)
        cond_wait(&c.changed, &c.lock);
    mutex_unlock(&c.lock);
    thread_join(&t);
    cond_deinit(&c.changed);
    mutex_deinit(&c.lock);
}

static int once_calls;

static void call_once_only(void)
{
    once_calls++;
}

static void once_runs_once(void **state)
{
    Once once = {0};

    (void)state;
    once_run(&once, call_once_only);
    once_run(&once, call_once_only);
    assert_int_equal(once_calls, 1);
}

static void a_pool_runs_everything_that_it_took(void **state)
{
    const PoolOptions options = {.name = "pool", .threads = 3, .queue_limit = 1000};
    Counter c = {.value = 0};
    Pool *p = NULL;

    (void)state;
    CHECK_OK(pool_new(&options, &p));
    for (int i = 0; i < 20; i++)
        CHECK_OK(pool_submit(p, count_up, &c));
    pool_drain(p);
    assert_int_equal(c.value, 200000);
    for (int i = 0; i < 20; i++)
        CHECK_OK(pool_submit(p, count_up, &c));
    pool_close(p);
    CHECK_STATUS(pool_submit(p, count_up, &c), ST_CLOSED);
    pool_free(p);
    assert_int_equal(c.value, 400000);
    pool_free(NULL);
    assert_int_equal(mem_live(), 0);
}

/* Holds its worker until the test lets go. */
static void hold(void *arg)
{
    Counter *c = arg;

    mutex_lock(&c->lock);
    c->value++;
    cond_broadcast(&c->changed);
    while (c->value < 100)
        cond_wait(&c->changed, &c->lock);
    mutex_unlock(&c->lock);
}

static void a_full_queue_is_busy_at_once(void **state)
{
    const PoolOptions options = {.name = "pool", .threads = 1, .queue_limit = 2};
    const PoolOptions none = {.name = "pool", .threads = 0, .queue_limit = 2};
    Counter c = {.value = 0};
    Pool *p = NULL;

    (void)state;
    CHECK_STATUS(pool_new(&none, &p), ST_INVALID);
    cond_init(&c.changed);
    CHECK_OK(pool_new(&options, &p));
    CHECK_OK(pool_submit(p, hold, &c));
    mutex_lock(&c.lock);
    while (c.value == 0)
        cond_wait(&c.changed, &c.lock);
    mutex_unlock(&c.lock);
    CHECK_OK(pool_submit(p, hold, &c));
    CHECK_OK(pool_submit(p, hold, &c));
    assert_int_equal(pool_waiting(p), 2);
    CHECK_STATUS(pool_submit(p, hold, &c), ST_BUSY);
    mutex_lock(&c.lock);
    c.value = 100;
    cond_broadcast(&c.changed);
    mutex_unlock(&c.lock);
    pool_free(p);
    cond_deinit(&c.changed);
}

static void ids_are_not_zero_and_not_doubled(void **state)
{
    static uint8_t ids[2000][16];
    uint8_t small[8];
    uint64_t words[2];

    (void)state;
    for (size_t i = 0; i < 2000; i++) {
        random_id16(ids[i]);
        random_id8(small);
        memcpy(words, small, 8);
        assert_true(words[0] != 0);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(ids[i], ids[j], 16);
    }
    CHECK_OK(random_bytes(words, sizeof words));
    assert_true(words[0] != words[1]);
}

static void a_forked_child_gives_other_ids(void **state)
{
    uint64_t theirs = 0;
    uint64_t ours;
    int ends[2];
    pid_t child;

    (void)state;
    (void)random_u64();
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        const uint64_t id = random_u64();

        _exit(write(ends[1], &id, sizeof id) == (ssize_t)sizeof id ? 0 : 1);
    }
    ours = random_u64();
    assert_int_equal(read(ends[0], &theirs, sizeof theirs), (int)sizeof theirs);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(ours != theirs);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void a_process_knows_itself(void **state)
{
    char name[64];
    char tiny[3];

    (void)state;
    assert_int_equal(process_id(), getpid());
    process_hostname(name, sizeof name);
    assert_true(name[0]);
    process_name(name, sizeof name);
    CHECK_STR(str_from(name), "unit_os_thread");
    process_name(tiny, sizeof tiny);
    CHECK_STR(str_from(tiny), "un");
    assert_in_range(process_rss_bytes(), 100000, INT64_C(1) << 40);
    assert_true(process_cpu_ns() > 0);
    assert_in_range(process_open_files(), 1, 100000);
    assert_true(thread_processors() >= 1);
}

static void clocks_go_forward(void **state)
{
    const int64_t before = clock_mono_ns();

    (void)state;
    clock_sleep_ns(1000000);
    clock_sleep_ns(-1);
    assert_true(clock_mono_ns() - before >= 1000000);
    assert_true(clock_now_ns() > INT64_C(1600000000) * 1000000000);
}

static void a_stop_signal_ends_the_wait(void **state)
{
    (void)state;
    process_prepare_signals();
    assert_false(process_wait_stop(0));
    process_request_stop();
    assert_true(process_wait_stop(-1));
    assert_int_equal(raise(SIGINT), 0);
    assert_true(process_wait_stop(1000000000));
    assert_int_equal(raise(SIGPIPE), 0); /* ignored */
    assert_false(process_wait_stop(1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_lets_no_addition_be_lost),
        cmocka_unit_test(waiting_ends_by_a_signal_or_by_the_deadline),
        cmocka_unit_test(once_runs_once),
        cmocka_unit_test(a_pool_runs_everything_that_it_took),
        cmocka_unit_test(a_full_queue_is_busy_at_once),
        cmocka_unit_test(ids_are_not_zero_and_not_doubled),
        cmocka_unit_test(a_forked_child_gives_other_ids),
        cmocka_unit_test(a_process_knows_itself),
        cmocka_unit_test(clocks_go_forward),
        cmocka_unit_test(a_stop_signal_ends_the_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
