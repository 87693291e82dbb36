/* SPDX-License-Identifier: Apache-2.0 */
/* fork(): parent and child each send their own, whatever was going on. */
#include "unit/client/fixture.h"

#include <stdatomic.h>
#include <sys/wait.h>

/* The sanitizers of the day do not survive the fork of a process with threads:
 * ThreadSanitizer cannot start a thread in the child, and AddressSanitizer's heap
 * keeps locks that another thread held, which malloc itself does not. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define CAN_FORK 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define CAN_FORK 0
#endif
#endif
#ifndef CAN_FORK
#define CAN_FORK 1
#endif

static void join(pid_t child)
{
    int status = -1;

    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void the_child_sends_its_own_and_not_the_parents(void **state)
{
    Fixture f;
    pid_t child;

    (void)state;
    fixture_prepare(&f);
    f.options.batch_delay_ms = 3600000;
    fixture_client(&f);
    record_spans(f.client, 10);
    child = fork();
    if (child == 0) {
        vireo_counters n;

        record_spans(f.client, 4);
        vireo_get_counters(f.client, &n);
        _exit(vireo_close(f.client, LONG_MS) || n.finished != 4);
    }
    join(child);
    fixture_receive(&f);
    assert_int_equal(f.span_count, 14);
    assert_int_equal(fixture_counters(&f).delivered, 10);
    fixture_close(&f);
}

static void a_child_names_its_own_process(void **state)
{
    Fixture f;
    pid_t child;

    (void)state;
    fixture_open(&f);
    child = fork();
    if (child == 0) {
        record_spans(f.client, 1);
        _exit((int)vireo_flush(f.client, LONG_MS));
    }
    join(child);
    fixture_read(&f);
    assert_int_equal(f.span_count, 1);
    assert_int_equal(attr_find(f.spans[0].resource->attrs, STR("process.pid"))->as.i, child);
    fixture_close(&f);
}

static void a_span_from_before_the_fork_can_be_finished_in_the_child(void **state)
{
    Fixture f;
    vireo_span *s;
    pid_t child;

    (void)state;
    fixture_open(&f);
    s = vireo_span_start(f.client, NULL, "outer");
    vireo_span_log(s, "a", NULL, "bytes", 5, NULL, NULL, 0);
    child = fork();
    if (child == 0) {
        vireo_span *inner = vireo_span_start(f.client, s, "inner");

        vireo_span_finish(inner);
        vireo_span_finish(s);
        _exit((int)vireo_close(f.client, LONG_MS));
    }
    join(child);
    vireo_span_discard(s);
    fixture_receive(&f);
    assert_int_equal(f.span_count, 2);
    fixture_close(&f);
}

static void a_child_that_records_nothing_closes_at_once(void **state)
{
    Fixture f;
    pid_t child;

    (void)state;
    fixture_open(&f);
    record_spans(f.client, 3);
    child = fork();
    if (child == 0)
        _exit(vireo_flush(f.client, LONG_MS) || vireo_close(f.client, LONG_MS));
    join(child);
    fixture_receive(&f);
    assert_int_equal(f.span_count, 3);
    fixture_close(&f);
}

typedef struct Busy {
    pthread_t thread;
    vireo_client *client;
    atomic_bool stop;
} Busy;

static void *record_until_told(void *arg)
{
    Busy *b = arg;

    while (!atomic_load(&b->stop))
        record_spans(b->client, 10);
    return NULL;
}

/* Forks at any moment of another thread's recording and of the sender's work:
 * no lock stays held, in neither process. */
static void forks_in_the_middle_of_work_leave_no_lock_behind(void **state)
{
    enum { FORKS = 40 };
    Fixture f;
    Busy busy = {0};

    (void)state;
    fixture_prepare(&f);
    f.options.batch_delay_ms = 1;
    f.options.queue_bytes = 256 * 1024;
    fixture_client(&f);
    busy.client = f.client;
    assert_int_equal(pthread_create(&busy.thread, NULL, record_until_told, &busy), 0);
    for (int i = 0; i < FORKS; i++) {
        const pid_t child = fork();

        if (child == 0) {
            record_spans(f.client, 1);
            _exit((int)vireo_close(f.client, LONG_MS));
        }
        join(child);
    }
    atomic_store(&busy.stop, true);
    (void)pthread_join(busy.thread, NULL);
    assert_int_equal(vireo_flush(f.client, LONG_MS), VIREO_OK);
    fixture_close(&f);
}

/* The parent's spool stays the parent's: a child that lives on holds no lock of it. */
static void a_child_does_not_keep_the_parents_spool_locked(void **state)
{
    Fixture f;
    int hold[2];
    pid_t child;

    (void)state;
    fixture_prepare(&f);
    fake_down(&f.server);
    fixture_client(&f);
    record_spans(f.client, 5);
    assert_int_equal(vireo_flush(f.client, 200), VIREO_UNREACHABLE);
    for (int i = 0; i < 2000 && fixture_counters(&f).spooled < 5; i++)
        (void)usleep(5000);
    assert_int_equal(pipe(hold), 0);
    child = fork();
    if (child == 0) {
        char byte;

        (void)close(hold[1]);
        _exit((int)read(hold[0], &byte, 1));
    }
    (void)vireo_close(f.client, 0);
    const int port = f.server.port;
    fake_stop(&f.server);
    fake_start(&f.server, port);
    fixture_client(&f);
    assert_true(fake_wait_spans(&f.server, 5));
    (void)close(hold[0]);
    (void)close(hold[1]);
    join(child);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_child_sends_its_own_and_not_the_parents),
        cmocka_unit_test(a_child_names_its_own_process),
        cmocka_unit_test(a_span_from_before_the_fork_can_be_finished_in_the_child),
        cmocka_unit_test(a_child_that_records_nothing_closes_at_once),
        cmocka_unit_test(forks_in_the_middle_of_work_leave_no_lock_behind),
        cmocka_unit_test(a_child_does_not_keep_the_parents_spool_locked),
    };

    if (!CAN_FORK)
        return 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
