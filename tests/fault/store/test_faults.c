/* SPDX-License-Identifier: Apache-2.0 */
/* The n-th allocation, write, sync, rename or open fails, for every n in turn.
 * Whatever happens: acknowledged spans are there after the next start, none is
 * doubled, nothing leaks. */
#include "support/store_fixture.h"

enum { APPENDS = 6 };

/* The requests are made before anything may fail. */
typedef struct Life {
    Request requests[APPENDS];
    Chunk *chunks[APPENDS];
} Life;

static Life life_new(void)
{
    Life life;

    for (size_t i = 0; i < APPENDS; i++) {
        life.requests[i] = (Request){i + 1, (int64_t)(i % 2) + 1, 4, 3};
        CHECK_OK(make_chunk(life.requests[i].project_id, i + 1, 4, 3, &life.chunks[i]));
    }
    return life;
}

/* A little life: appends, flushes, a compaction.  True when all went well. */
static bool live(Fixture *f, Life *life)
{
    bool more = false;
    bool well = true;

    for (size_t i = 0; i < APPENDS; i++) {
        well &= fixture_append_made(f, &life->requests[i], life->chunks[i]) == ST_OK;
        well &= store_flush(f->store) == ST_OK;
    }
    return (store_compact(f->store, &more) == ST_OK) & well;
}

/* Refused requests may have left their spans, once: the failure of a sync does
 * not say what the disk did.  Doubled ones never. */
static void check_acknowledged(Fixture *f, long n)
{
    for (int64_t p = 1; p <= 2; p++) {
        Arena a;
        Chunk **chunks = calloc(f->len + 1, sizeof *chunks);
        Span *want = NULL;
        Span *have = NULL;
        size_t want_count;
        size_t have_count;
        size_t doubled = 0;
        size_t h = 0;

        arena_init(&a, (size_t)1 << 28);
        want_count = expected_spans(f, p, &a, chunks, &want);
        have_count = read_all(f->store, p, &a, &have, &doubled);
        if (doubled)
            fail_msg("n %ld: %zu spans doubled", n, doubled);
        for (size_t i = 0; i < want_count; i++) {
            while (h < have_count && span_by_id(&have[h], &want[i]) < 0 &&
                   memcmp(have[h].trace_id, want[i].trace_id, 24) != 0)
                h++;
            if (h == have_count || memcmp(have[h].trace_id, want[i].trace_id, 24) != 0)
                fail_msg("n %ld: an acknowledged span is gone", n);
        }
        for (size_t i = 0; i < f->len; i++)
            chunk_free(chunks[i]);
        free(chunks);
        arena_deinit(&a);
    }
}

static void reopen_and_check(Fixture *f, long n)
{
    fixture_open(f);
    check_acknowledged(f, n);
    fixture_close(f);
    fixture_open(f);
    check_acknowledged(f, n);
    fixture_free(f);
    if (mem_live())
        fail_msg("n %ld: %ld blocks leaked", n, mem_live());
}

/* True when the whole life passed without meeting the failure. */
static bool fail_io(OsFault kind, long n, Status with, bool crash)
{
    Fixture *f = fixture_new();
    Life life = life_new();
    long before;
    bool met;

    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 100, 4, 3));
    before = os_fault_calls(kind);
    os_fail_after(kind, n, with);
    (void)live(f, &life);
    met = os_fault_calls(kind) - before > n;
    if (crash)
        fixture_crash(f);
    else
        fixture_close(f);
    os_fail_never();
    reopen_and_check(f, n);
    return !met;
}

static void every_io_failure(OsFault kind, Status with)
{
    for (long n = 0; !fail_io(kind, n, with, n % 2 == 0); n++)
        ;
}

static void every_failing_write_is_survived(void **state)
{
    (void)state;
    every_io_failure(OS_FAULT_WRITE, ST_FULL);
}

static void every_torn_write_is_survived(void **state)
{
    (void)state;
    every_io_failure(OS_FAULT_TORN_WRITE, ST_IO);
}

static void every_failing_sync_is_survived(void **state)
{
    (void)state;
    every_io_failure(OS_FAULT_SYNC, ST_IO);
}

static void every_failing_rename_is_survived(void **state)
{
    (void)state;
    every_io_failure(OS_FAULT_RENAME, ST_IO);
}

static void every_failing_open_is_survived(void **state)
{
    (void)state;
    every_io_failure(OS_FAULT_OPEN, ST_FULL);
}

/* ---------------------------------------------------------------- recovery */

/* Opening a store that has work to do, with failures; then without. */
static bool fail_open(OsFault kind, long n)
{
    Fixture *f = fixture_new();
    Status st;

    fixture_open(f);
    for (uint64_t i = 1; i <= 3; i++)
        CHECK_OK(fixture_append(f, 1, i, 4, 3));
    fixture_crash(f);
    os_fail_after(kind, n, ST_IO);
    st = fixture_try_open(f);
    os_fail_never();
    if (!st)
        fixture_crash(f);
    reopen_and_check(f, n);
    return st == ST_OK;
}

static void a_recovery_that_fails_can_be_tried_again(void **state)
{
    static const OsFault kinds[] = {OS_FAULT_OPEN, OS_FAULT_SYNC, OS_FAULT_WRITE};

    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (long n = 0; !fail_open(kinds[k], n); n++)
            ;
}

/* -------------------------------------------------------------- allocations */

static bool fail_allocation(long n)
{
    Fixture *f = fixture_new();
    Life life = life_new();
    bool well;

    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 100, 4, 3));
    mem_fail_after(n);
    well = live(f, &life);
    mem_fail_after(-1);
    fixture_crash(f);
    reopen_and_check(f, n);
    return well;
}

/* Single steps at first, then wider ones: later allocations are much alike. */
static void every_failing_allocation_is_survived(void **state)
{
    (void)state;
    for (long n = 0; !fail_allocation(n); n += 1 + n / 25)
        ;
}

static void opening_survives_every_failing_allocation(void **state)
{
    Status st = ST_NOMEM;

    (void)state;
    for (long n = 0; st; n++) {
        Fixture *f = fixture_new();

        fixture_open(f);
        CHECK_OK(fixture_append(f, 1, 1, 4, 3));
        CHECK_OK(store_flush(f->store));
        CHECK_OK(fixture_append(f, 1, 2, 4, 3));
        fixture_crash(f);
        mem_fail_after(n);
        st = fixture_try_open(f);
        mem_fail_after(-1);
        if (!st)
            fixture_crash(f);
        reopen_and_check(f, n);
    }
}

/* ------------------------------------------------------------- publications */

static void a_failed_publication_keeps_the_log(void **state)
{
    Fixture *f = fixture_new();
    StoreStats stats;

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 4, 3));
    index_fail(&f->index, 1);
    CHECK_STATUS(store_flush(f->store), ST_IO);
    store_stats(f->store, 0, &stats);
    assert_int_equal(stats.segments, 0);
    assert_int_equal(stats.memtable_spans, 4);
    check_store(f, 0);
    CHECK_OK(store_flush(f->store));
    check_store(f, 0);
    fixture_free(f);
}

static void a_publication_whose_answer_was_lost_is_recognised(void **state)
{
    Fixture *f = fixture_new();
    StoreStats stats;

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 4, 3));
    index_fail(&f->index, 1);
    f->index.lie = true;
    CHECK_OK(store_flush(f->store));
    store_stats(f->store, 0, &stats);
    assert_int_equal(stats.segments, 1);
    assert_int_equal(stats.memtable_spans, 0);
    fixture_crash(f);
    fixture_open(f);
    check_store(f, 0);
    fixture_free(f);
}

static void a_full_disk_refuses_appends_and_serves_reads_until_there_is_room(void **state)
{
    Fixture *f = fixture_new();

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 4, 3));
    os_fail_after(OS_FAULT_TORN_WRITE, 0, ST_FULL);
    CHECK_STATUS(fixture_append(f, 1, 2, 4, 3), ST_FULL);
    CHECK_STATUS(fixture_append(f, 1, 3, 4, 3), ST_FULL);
    CHECK_STATUS(store_flush(f->store), ST_FULL);
    check_store(f, 0);
    os_fail_never();
    CHECK_OK(fixture_append(f, 1, 4, 4, 3));
    check_store(f, 0);
    fixture_crash(f);
    fixture_open(f);
    check_store(f, 0);
    fixture_free(f);
}

/* The refused record stands in the old file when its end could not be cut off:
 * the new file's header says that it does not count. */
static void a_refused_record_is_not_resurrected(void **state)
{
    Fixture *f = fixture_new();

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 4, 3));
    os_fail_after(OS_FAULT_SYNC, 0, ST_IO);
    CHECK_STATUS(fixture_append(f, 1, 2, 4, 3), ST_IO);
    os_fail_never();
    CHECK_OK(fixture_append(f, 1, 3, 4, 3));
    fixture_crash(f);
    fixture_open(f);
    check_store(f, 0);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failing_write_is_survived),
        cmocka_unit_test(every_torn_write_is_survived),
        cmocka_unit_test(every_failing_sync_is_survived),
        cmocka_unit_test(every_failing_rename_is_survived),
        cmocka_unit_test(every_failing_open_is_survived),
        cmocka_unit_test(a_recovery_that_fails_can_be_tried_again),
        cmocka_unit_test(every_failing_allocation_is_survived),
        cmocka_unit_test(opening_survives_every_failing_allocation),
        cmocka_unit_test(a_failed_publication_keeps_the_log),
        cmocka_unit_test(a_publication_whose_answer_was_lost_is_recognised),
        cmocka_unit_test(a_full_disk_refuses_appends_and_serves_reads_until_there_is_room),
        cmocka_unit_test(a_refused_record_is_not_resurrected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
