/* SPDX-License-Identifier: Apache-2.0 */
/* kill -9 under load, again and again on one folder: a child appends from many
 * threads while it flushes and compacts, and reports what was acknowledged
 * through a pipe; the parent kills it at a random moment, opens the store and
 * looks for every acknowledged span, once. */
#include "os/clock.h"
#include "support/store_fixture.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

enum { ROUNDS = 24, THREADS = 4, SPANS = 3, MAX_MILLISECONDS = 60 };
static const unsigned many_traces = 4000000000u;

typedef struct Writer {
    Fixture *fixture;
    int pipe;
    uint64_t seed;
} Writer;

/* Not fixture_append(): the list of requests belongs to one thread. */
static void write_for_ever(void *arg)
{
    const Writer *w = arg;

    for (uint64_t seed = w->seed;; seed++) {
        char body[3000];
        size_t len = make_body(body, sizeof body, seed, SPANS, many_traces);
        const StoreRecord record = {.project_id = (int64_t)(seed % FIXTURE_PROJECTS) + 1,
                                    .kind = 7,
                                    .body = {body, seed % 3 ? len : sizeof body}};
        Chunk *c = NULL;

        memset(body + len, 'x', sizeof body - len);
        if (make_chunk(record.project_id, seed, SPANS, many_traces, &c))
            _exit(1);
        if (store_append(w->fixture->store, &record, c))
            chunk_free(c);
        else if (write(w->pipe, &seed, sizeof seed) != sizeof seed)
            _exit(1);
    }
}

static _Noreturn void child(Fixture *f, int pipe, uint64_t round)
{
    Thread threads[THREADS] = {{0}};
    Writer writers[THREADS];

    if (fixture_try_open(f))
        _exit(2);
    for (unsigned i = 0; i < THREADS; i++) {
        writers[i] = (Writer){f, pipe, (round * THREADS + i) * 10000000 + 1};
        if (thread_start(&threads[i], "writer", write_for_ever, &writers[i]))
            _exit(3);
    }
    for (;;)
        clock_sleep_ns(1000000000);
}

/* Kill the child after a while and take down what it had acknowledged. */
static void one_life(Fixture *f, Dice *d, uint64_t round)
{
    int ends[2];
    uint64_t seed;
    pid_t pid;
    int status = 0;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        child(f, ends[1], round);
    }
    (void)close(ends[1]);
    clock_sleep_ns((int64_t)dice_below(d, MAX_MILLISECONDS * 1000) * 1000);
    (void)kill(pid, SIGKILL);
    while (read(ends[0], &seed, sizeof seed) == sizeof seed) {
        assert_true(f->len < FIXTURE_REQUESTS);
        f->requests[f->len++] =
            (Request){seed, (int64_t)(seed % FIXTURE_PROJECTS) + 1, SPANS, many_traces};
    }
    (void)close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

/* Ids are unique, so a span that is there twice was doubled by us.  Returns how
 * many are there that nobody acknowledged: the child died before it could. */
static size_t check_all_there(const Fixture *f, int64_t project_id, uint64_t round)
{
    Chunk **chunks = calloc(f->len + 1, sizeof *chunks);
    Arena a;
    Span *want = NULL;
    Span *have = NULL;
    size_t want_count;
    size_t have_count;
    size_t doubled = 0;
    size_t h = 0;

    arena_init(&a, (size_t)2 << 30);
    want_count = expected_spans(f, project_id, &a, chunks, &want);
    have_count = read_all(f->store, project_id, &a, &have, &doubled);
    if (doubled)
        fail_msg("round %d: %zu spans doubled", (int)round, doubled);
    for (size_t i = 0; i < want_count; i++) {
        const char *diff;

        while (h < have_count && memcmp(have[h].trace_id, want[i].trace_id, 24) < 0)
            h++;
        if (h == have_count || memcmp(have[h].trace_id, want[i].trace_id, 24) != 0)
            fail_msg("round %d: an acknowledged span is gone", (int)round);
        diff = stored_difference(&want[i], &have[h], &a);
        if (diff)
            fail_msg("round %d: %s of a span differs", (int)round, diff);
    }
    for (size_t i = 0; i < f->len; i++)
        chunk_free(chunks[i]);
    free(chunks);
    arena_deinit(&a);
    return have_count - want_count;
}

/* At most what each thread had under way at each kill. */
static void check_round(Fixture *f, uint64_t round)
{
    StoreStats stats;
    size_t extra = 0;

    index_load(&f->index);
    fixture_open(f);
    for (int64_t p = 1; p <= FIXTURE_PROJECTS; p++)
        extra += check_all_there(f, p, round);
    assert_true(extra <= (round + 1) * THREADS * SPANS);
    store_stats(f->store, 0, &stats);
    assert_int_equal(stats.set_aside, 0);
    /* Sometimes the next child finds a clean store, sometimes a second crash. */
    if (round % 3 == 0)
        fixture_close(f);
    else
        fixture_crash(f);
}

static void no_acknowledged_span_is_lost_or_doubled_by_kill_9(void **state)
{
    Fixture *f = fixture_new();
    Dice d = dice_new(20261121);

    (void)state;
    f->index.path = f->index_path;
    f->memtable_bytes = (size_t)128 << 10;
    f->background = true;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        one_life(f, &d, round);
        check_round(f, round);
    }
    print_message("%zu requests acknowledged over %d kills\n", f->len, ROUNDS);
    assert_true(f->len > ROUNDS);
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_acknowledged_span_is_lost_or_doubled_by_kill_9),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
