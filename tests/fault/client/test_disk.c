/* SPDX-License-Identifier: Apache-2.0 */
/* Disks that refuse, tear, or fill up while the spool is written. */
#include "client/spool.h"
#include "os/clock.h"
#include "unit/client/fixture.h"

enum { RECORDS = 6, BODY = 30000 };

/* Three records fill a file, so that a few calls of each kind happen. */
static void write_with_fault(const Settings *s, OsFault kind, long n, bool accepted[RECORDS])
{
    static char body[BODY];
    Spool sp;

    spool_init(&sp, s);
    os_fail_after(kind, n, ST_FULL);
    for (int i = 0; i < RECORDS; i++) {
        const Parcel p = {.kind = PARCEL_SPANS, .count = 1, .body = {body, BODY}};

        body[0] = (char)('0' + i);
        accepted[i] = spool_append(&sp, &p) == ST_OK;
    }
    os_fail_never();
    spool_deinit(&sp);
}

static void read_back(const Settings *s, const bool accepted[RECORDS])
{
    Spool sp;
    Parcel p;
    int next = 0;

    spool_init(&sp, s);
    while (spool_adopt(&sp)) {
        while (spool_peek(&sp, SPOOL_ORPHAN, &p) == ST_OK) {
            const int i = p.body.ptr[0] - '0';

            for (; next < i; next++)
                assert_false(accepted[next]);
            assert_int_equal(next, i);
            assert_true(accepted[i]);
            next++;
            spool_advance(&sp, SPOOL_ORPHAN);
        }
    }
    for (; next < RECORDS; next++)
        assert_false(accepted[next]);
    assert_int_equal(sp.damaged, 0);
    spool_deinit(&sp);
}

static void what_was_accepted_is_there_and_nothing_else(void **state)
{
    const OsFault kinds[] = {OS_FAULT_WRITE, OS_FAULT_TORN_WRITE, OS_FAULT_SYNC, OS_FAULT_RENAME,
                             OS_FAULT_OPEN};

    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        for (long n = 0; n < 12; n++) {
            Scratch dir;
            bool accepted[RECORDS];

            scratch_make(&dir);
            const Settings s = {
                .url = "u", .project = "p", .spool_dir = dir.dir, .spool_bytes = 1024 * 1024};
            write_with_fault(&s, kinds[k], n, accepted);
            read_back(&s, accepted);
            scratch_remove(&dir);
        }
    }
    assert_int_equal(mem_live(), 0);
}

/* A write that tore leaves no trace once the disk works again. */
static void appending_goes_on_after_a_torn_write(void **state)
{
    Scratch dir;
    Spool sp;
    bool accepted[RECORDS];
    static char body[BODY];

    (void)state;
    scratch_make(&dir);
    const Settings s = {
        .url = "u", .project = "p", .spool_dir = dir.dir, .spool_bytes = 1024 * 1024};
    spool_init(&sp, &s);
    for (int i = 0; i < RECORDS; i++) {
        const Parcel p = {.kind = PARCEL_SPANS, .count = 1, .body = {body, BODY}};

        body[0] = (char)('0' + i);
        if (i % 2)
            os_fail_after(OS_FAULT_TORN_WRITE, 0, ST_FULL);
        accepted[i] = spool_append(&sp, &p) == ST_OK;
        os_fail_never();
        assert_int_equal(accepted[i], i % 2 == 0);
    }
    spool_deinit(&sp);
    read_back(&s, accepted);
    scratch_remove(&dir);
    assert_int_equal(mem_live(), 0);
}

/* With no room on the disk records wait in memory for the server. */
static void a_full_disk_leaves_records_in_memory(void **state)
{
    Fixture f;
    int port;

    (void)state;
    fixture_prepare(&f);
    port = f.server.port;
    fake_down(&f.server);
    f.options.batch_delay_ms = 1;
    os_fail_after(OS_FAULT_WRITE, 0, ST_FULL);
    fixture_client(&f);
    record_spans(f.client, 50);
    assert_int_equal(vireo_flush(f.client, 100), VIREO_UNREACHABLE);
    assert_int_equal(fixture_counters(&f).spooled, 0);
    fake_stop(&f.server);
    fake_start(&f.server, port);
    fixture_receive(&f);
    os_fail_never();
    assert_int_equal(f.span_count, 50);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_accepted_is_there_and_nothing_else),
        cmocka_unit_test(appending_goes_on_after_a_torn_write),
        cmocka_unit_test(a_full_disk_leaves_records_in_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
