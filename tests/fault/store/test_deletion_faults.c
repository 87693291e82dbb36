/* SPDX-License-Identifier: Apache-2.0 */
/* The n-th write, sync, rename, open or allocation fails while traces are deleted, rows are
 * purged, segments merged and expired, for every n.  After the next start nothing acknowledged
 * is lost, nothing is doubled, nothing that was answered as deleted is back. */
#include "store/retention.h"
#include "support/store_fixture.h"

enum { SEGMENTS = 5, IDS = 6, OLD_PROJECT = 3 };

static Fixture *filled(void)
{
    Fixture *f = fixture_new();

    fixture_open(f);
    for (uint64_t i = 1; i <= SEGMENTS; i++) {
        CHECK_OK(fixture_append(f, 1, i, 30, IDS));
        CHECK_OK(fixture_append(f, 2, 100 + i, 5, IDS));
        CHECK_OK(store_flush(f->store));
    }
    CHECK_OK(fixture_append(f, OLD_PROJECT, 50, 5, IDS));
    return f;
}

/* True when all of it went well.  A deletion counts from its answer on; one that
 * failed may have happened or not. */
static bool live(Fixture *f, uint64_t *unsure)
{
    uint64_t spans;
    bool more = true;
    bool well = true;

    for (uint64_t trace = 1; trace <= 3; trace++) {
        const bool done = fixture_delete(f, 1, trace, &spans) == ST_OK;

        well &= done;
        if (!done)
            *unsure |= UINT64_C(1) << trace;
    }
    well &= store_purge(f->store) == ST_OK;
    while (more) {
        const bool done = store_compact(f->store, &more) == ST_OK;

        well &= done;
        more = more && done;
    }
    return well;
}

/* The spans of unsure traces may be there. */
static size_t count_without(const Span *spans, size_t count, uint64_t unsure)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t trace;

        memcpy(&trace, spans[i].trace_id, sizeof trace);
        n += !(unsure >> trace & 1);
    }
    return n;
}

static void check_first(const Fixture *f, uint64_t unsure, long n)
{
    Chunk **chunks = calloc(f->len + 1, sizeof *chunks);
    Span *want = NULL;
    Span *have = NULL;
    size_t want_count;
    size_t have_count;
    size_t doubled = 0;
    Arena a;

    arena_init(&a, (size_t)1 << 28);
    want_count = expected_spans(f, 1, &a, chunks, &want);
    have_count = read_all(f->store, 1, &a, &have, &doubled);
    if (doubled)
        fail_msg("n %ld: %zu spans doubled", n, doubled);
    if (count_without(have, have_count, unsure) != count_without(want, want_count, unsure))
        fail_msg("n %ld: %zu spans instead of %zu", n, have_count, want_count);
    arena_deinit(&a);
    for (size_t i = 0; i < f->len; i++)
        chunk_free(chunks[i]);
    free(chunks);
}

static void reopen_and_check(Fixture *f, uint64_t unsure, long n)
{
    for (int i = 0; i < 2; i++) {
        fixture_open(f);
        check_first(f, unsure, n);
        check_project(f, 2, (uint64_t)n);
        check_project(f, OLD_PROJECT, (uint64_t)n);
        fixture_crash(f);
    }
    fixture_open(f);
    CHECK_OK(store_flush(f->store));
    CHECK_OK(store_purge(f->store));
    assert_int_equal(f->index.tombstone_count, 0);
    check_first(f, unsure, n);
    fixture_free(f);
    if (mem_live())
        fail_msg("n %ld: %ld blocks leaked", n, mem_live());
}

/* True when the life passed without meeting the failure. */
static bool fail_io(OsFault kind, long n, Status with)
{
    Fixture *f = filled();
    const long before = os_fault_calls(kind);
    uint64_t unsure = 0;
    bool met;

    os_fail_after(kind, n, with);
    (void)live(f, &unsure);
    met = os_fault_calls(kind) - before > n;
    os_fail_never();
    fixture_crash(f);
    reopen_and_check(f, unsure, n);
    return !met;
}

static void every_failure_of_the_disk_is_survived(void **state)
{
    static const struct {
        OsFault kind;
        Status with;
    } kinds[] = {{OS_FAULT_WRITE, ST_FULL},
                 {OS_FAULT_SYNC, ST_IO},
                 {OS_FAULT_RENAME, ST_IO},
                 {OS_FAULT_OPEN, ST_IO}};

    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (long n = 0; !fail_io(kinds[k].kind, n, kinds[k].with); n++)
            ;
}

static void every_failing_publication_is_survived(void **state)
{
    (void)state;
    for (long n = 1; n < 12; n++) {
        Fixture *f = filled();
        uint64_t unsure = 0;

        f->index.lie = n % 2 != 0;
        index_fail(&f->index, n);
        (void)live(f, &unsure);
        index_fail(&f->index, 0);
        f->index.lie = false;
        fixture_crash(f);
        reopen_and_check(f, unsure, n);
    }
}

static void every_failing_allocation_is_survived(void **state)
{
    bool well = false;

    (void)state;
    for (long n = 0; !well; n += 1 + n / 20) {
        Fixture *f = filled();
        uint64_t unsure = 0;

        mem_fail_after(n);
        well = live(f, &unsure);
        mem_fail_after(-1);
        fixture_crash(f);
        reopen_and_check(f, unsure, n);
    }
}

static void expiry_that_fails_loses_only_what_was_due(void **state)
{
    (void)state;
    for (long n = 0; n < 3; n++) {
        Fixture *f = filled();

        index_fail(&f->index, n);
        (void)!store_expire(f->store, 2, INT64_MIN + 1);
        (void)!store_shrink(f->store, 2, UINT64_MAX);
        index_fail(&f->index, 0);
        fixture_crash(f);
        reopen_and_check(f, 0, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failure_of_the_disk_is_survived),
        cmocka_unit_test(every_failing_publication_is_survived),
        cmocka_unit_test(every_failing_allocation_is_survived),
        cmocka_unit_test(expiry_that_fails_loses_only_what_was_due),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
