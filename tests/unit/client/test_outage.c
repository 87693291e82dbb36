/* SPDX-License-Identifier: Apache-2.0 */
/* The server is away for a while: nothing is lost, across clients and processes. */
#include "unit/client/fixture.h"

#include "os/clock.h"

#include <signal.h>
#include <sys/wait.h>

/* A client that soon writes to its spool, and no server. */
static void start_outage(Fixture *f)
{
    fixture_prepare(f);
    fake_down(&f->server);
    f->options.batch_delay_ms = 1;
    fixture_client(f);
}

/* The server is back on the same port; what it got before is forgotten. */
static void end_outage(Fixture *f)
{
    const int port = f->server.port;

    fake_stop(&f->server);
    fake_start(&f->server, port);
}

static void wait_spooled(const vireo_client *c, uint64_t spans)
{
    const int64_t until = clock_mono_ns() + FAKE_WAIT_S * INT64_C(1000000000);
    vireo_counters n;

    do {
        clock_sleep_ns(1000000);
        vireo_get_counters(c, &n);
    } while (n.spooled < spans && clock_mono_ns() < until);
    assert_true(n.spooled >= spans);
}

static size_t spool_files(const Fixture *f)
{
    Arena a;
    Str *names;
    size_t count;
    size_t files = 0;

    arena_init(&a, 1 << 20);
    assert_int_equal(dir_list(f->scratch.dir, &a, &names, &count), ST_OK);
    for (size_t i = 0; i < count; i++) {
        char path[512];
        Str *inside;
        size_t more;

        (void)snprintf(path, sizeof path, "%s/%s", f->scratch.dir, names[i].ptr);
        assert_int_equal(dir_list(path, &a, &inside, &more), ST_OK);
        files += more;
    }
    arena_deinit(&a);
    return files;
}

static void the_same_client_delivers_when_the_server_returns(void **state)
{
    Fixture f;

    (void)state;
    start_outage(&f);
    record_spans(f.client, 20);
    wait_spooled(f.client, 20);
    assert_true(fixture_counters(&f).spool_bytes > 0);
    end_outage(&f);
    record_spans(f.client, 5);
    fixture_receive(&f);
    assert_int_equal(f.span_count, 25);
    for (int i = 0; i < 20; i++)
        assert_int_equal(int_attr(&f.spans[i], "i"), i);
    assert_int_equal(fixture_counters(&f).delivered, 25);
    assert_int_equal(fixture_counters(&f).spool_bytes, 0);
    assert_int_equal(spool_files(&f), 0);
    fixture_close(&f);
}

static void the_next_client_delivers_what_the_last_one_left(void **state)
{
    Fixture f;

    (void)state;
    start_outage(&f);
    record_spans(f.client, 7);
    assert_int_equal(vireo_close(f.client, LONG_MS), VIREO_UNREACHABLE);
    assert_int_equal(spool_files(&f), 1);
    end_outage(&f);
    fixture_client(&f);
    assert_true(fake_wait_spans(&f.server, 7));
    record_spans(f.client, 1);
    assert_int_equal(vireo_flush(f.client, LONG_MS), VIREO_OK);
    assert_int_equal(fixture_counters(&f).delivered, 1);
    assert_int_equal(vireo_close(f.client, LONG_MS), VIREO_OK);
    f.client = NULL;
    assert_int_equal(spool_files(&f), 0);
    fixture_close(&f);
}

/* A short-lived program delivers the last one's spans in the time that close has. */
static void closing_delivers_also_what_others_left(void **state)
{
    Fixture f;

    (void)state;
    start_outage(&f);
    record_spans(f.client, 7);
    (void)vireo_close(f.client, 0);
    end_outage(&f);
    fixture_client(&f);
    assert_int_equal(vireo_close(f.client, LONG_MS), VIREO_OK);
    f.client = NULL;
    fixture_read(&f);
    assert_int_equal(f.span_count, 7);
    fixture_close(&f);
}

static void models_and_blobs_stay_ahead_of_their_spans(void **state)
{
    Fixture f;
    vireo_span *s;

    (void)state;
    start_outage(&f);
    vireo_model_register(f.client, "m", "{}", 2);
    s = vireo_span_start(f.client, NULL, "see");
    vireo_span_log(s, "a", "text/plain", "bytes", 5, NULL, NULL, 0);
    vireo_span_finish(s);
    wait_spooled(f.client, 1);
    end_outage(&f);
    fixture_receive(&f);
    assert_int_equal(f.span_count, 1);
    assert_int_equal(f.server.count, 3);
    assert_non_null(strstr(f.server.requests[0].path, "/models/m/versions"));
    assert_non_null(strstr(f.server.requests[1].path, "/blobs/"));
    assert_string_equal(f.server.requests[1].body, "bytes");
    assert_string_equal(f.server.requests[1].content_type, "text/plain");
    assert_true(fake_is_spans(&f.server.requests[2]));
    fixture_close(&f);
}

static void scores_wait_in_the_spool_for_the_next_client_behind_their_spans(void **state)
{
    static const char score[] = "{\"name\":\"n\",\"value\":1}";
    Fixture f;
    bool closed;

    (void)state;
    start_outage(&f);
    record_spans(f.client, 2);
    assert_int_equal(vireo_score_put(f.client, score, sizeof score - 1), VIREO_OK);
    closed = vireo_close(f.client, 0) != VIREO_OK;
    assert_true(closed);
    end_outage(&f);
    fixture_client(&f);
    assert_int_equal(vireo_close(f.client, LONG_MS), VIREO_OK);
    f.client = NULL;
    assert_int_equal(f.server.count, 2);
    assert_true(fake_is_spans(&f.server.requests[0]));
    assert_non_null(strstr(f.server.requests[1].path, "/scores"));
    assert_string_equal(f.server.requests[1].body, "{\"scores\":[{\"name\":\"n\",\"value\":1}]}");
    assert_int_equal(spool_files(&f), 0);
    fixture_close(&f);
}

/* The counter of spans moves before the scores behind them are written. */
static void wait_on_disk(const vireo_client *c)
{
    vireo_counters n;

    do {
        clock_sleep_ns(1000000);
        vireo_get_counters(c, &n);
    } while (n.queue_bytes > 0 || n.spool_bytes == 0);
}

/* Killed while the server is away: scores that were spooled are there, too. */
static void a_killed_process_loses_no_score_that_was_spooled(void **state)
{
    Fixture f;
    int status;
    pid_t child;

    (void)state;
    fixture_prepare(&f);
    fake_down(&f.server);
    f.options.batch_delay_ms = 1;
    child = fork();
    if (child == 0) {
        vireo_client *c = NULL;

        if (vireo_open(&f.options, &c) || vireo_score_put(c, "{\"value\":7}", 11))
            _exit(1);
        record_spans(c, 1);
        wait_spooled(c, 1);
        wait_on_disk(c);
        (void)kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    end_outage(&f);
    fixture_client(&f);
    assert_int_equal(vireo_close(f.client, LONG_MS), VIREO_OK);
    f.client = NULL;
    assert_int_equal(f.server.count, 2);
    assert_string_equal(f.server.requests[1].body, "{\"scores\":[{\"value\":7}]}");
    fixture_close(&f);
}

static void the_key_is_not_written_to_the_spool(void **state)
{
    Fixture f;
    char command[512];

    (void)state;
    fixture_prepare(&f);
    fake_down(&f.server);
    f.options.api_key = "very-secret-key";
    fixture_client(&f);
    record_spans(f.client, 3);
    (void)vireo_close(f.client, 0);
    f.client = NULL;
    assert_int_equal(spool_files(&f), 1);
    (void)snprintf(command, sizeof command, "grep -rq very-secret-key %s", f.scratch.dir);
    assert_int_not_equal(system(command), 0);
    fixture_close(&f);
}

/* What another process spooled before it was killed. */
static void a_killed_process_loses_nothing_that_was_spooled(void **state)
{
    Fixture f;
    int status;
    pid_t child;

    (void)state;
    fixture_prepare(&f);
    fake_down(&f.server);
    f.options.batch_delay_ms = 1;
    child = fork();
    if (child == 0) {
        vireo_client *c = NULL;

        if (vireo_open(&f.options, &c))
            _exit(1);
        record_spans(c, 50);
        wait_spooled(c, 50);
        (void)kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    end_outage(&f);
    fixture_client(&f);
    assert_true(fake_wait_spans(&f.server, 50));
    fixture_close(&f);
}

static void two_processes_on_one_spool_deliver_each_span_once(void **state)
{
    Fixture f;
    vireo_client *second = NULL;

    (void)state;
    start_outage(&f);
    assert_int_equal(vireo_open(&f.options, &second), VIREO_OK);
    record_spans(f.client, 10);
    record_spans(second, 15);
    wait_spooled(f.client, 10);
    wait_spooled(second, 15);
    end_outage(&f);
    assert_int_equal(vireo_flush(f.client, LONG_MS), VIREO_OK);
    assert_int_equal(vireo_flush(second, LONG_MS), VIREO_OK);
    fixture_read(&f);
    assert_int_equal(f.span_count, 25);
    assert_int_equal(vireo_close(second, LONG_MS), VIREO_OK);
    fixture_close(&f);
}

static void a_full_spool_keeps_the_oldest_and_counts_the_rest(void **state)
{
    Fixture f;
    vireo_counters n;
    uint64_t kept;

    (void)state;
    fixture_prepare(&f);
    fake_down(&f.server);
    f.options.batch_delay_ms = 1;
    f.options.spool_bytes = 32 * 1024;
    f.options.queue_bytes = 16 * 1024;
    fixture_client(&f);
    for (int i = 0; i < 200; i++) {
        record_spans(f.client, 20);
        clock_sleep_ns(100000);
    }
    n = fixture_counters(&f);
    assert_int_equal(n.finished, 4000);
    assert_true(n.spool_bytes <= 32 * 1024);
    kept = n.finished - n.dropped_queue;
    assert_true(kept < 4000);
    (void)vireo_close(f.client, 0);
    end_outage(&f);
    fixture_client(&f);
    assert_int_equal(vireo_close(f.client, LONG_MS), VIREO_OK);
    f.client = NULL;
    fixture_read(&f);
    assert_true(f.span_count > 0 && f.span_count <= kept);
    assert_int_equal(int_attr(&f.spans[0], "i"), 0);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_client_delivers_when_the_server_returns),
        cmocka_unit_test(the_next_client_delivers_what_the_last_one_left),
        cmocka_unit_test(closing_delivers_also_what_others_left),
        cmocka_unit_test(models_and_blobs_stay_ahead_of_their_spans),
        cmocka_unit_test(scores_wait_in_the_spool_for_the_next_client_behind_their_spans),
        cmocka_unit_test(a_killed_process_loses_no_score_that_was_spooled),
        cmocka_unit_test(the_key_is_not_written_to_the_spool),
        cmocka_unit_test(a_killed_process_loses_nothing_that_was_spooled),
        cmocka_unit_test(two_processes_on_one_spool_deliver_each_span_once),
        cmocka_unit_test(a_full_spool_keeps_the_oldest_and_counts_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
