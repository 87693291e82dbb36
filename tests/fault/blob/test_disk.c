/* SPDX-License-Identifier: Apache-2.0 */
/* Fail the n-th write, sync, rename, open and allocation of a put: the error is told, no
 * wrong bytes are ever seen, and the same put works once the disk does. */
#include "unit/catalog/catalog_test.h"

#include "blob/blob.h"

static size_t leftovers(const Place *p)
{
    Arena a = test_arena();
    char tmp[96];
    Str *names;
    size_t count;

    (void)snprintf(tmp, sizeof tmp, "%s/tmp", p->dir);
    assert_ok(dir_list(tmp, &a, &names, &count));
    arena_deinit(&a);
    return count;
}

/* A put that failed must not be seen as done. */
static void check_absent(Blobs *b, const uint8_t *hash)
{
    Blob blob;

    assert_int_equal(blob_get(b, 1, hash, &blob), ST_NOTFOUND);
}

static void fail_each(OsFault kind, Status with)
{
    const Place p = place_new();
    Blobs *b;
    Status st = ST_IO;

    assert_ok(blobs_open_dir(p.dir, 0, &b));
    for (long k = 0; st; k++) {
        char text[64];
        uint8_t hash[BLOB_HASH_BYTES];
        bool created;
        Str bytes;

        bytes = (Str){text, (size_t)snprintf(text, sizeof text, "%d %ld", (int)kind, k)};
        blob_hash(bytes, hash);
        os_fail_after(kind, k, with);
        st = blob_put(b, 1, hash, bytes, &created);
        os_fail_never();
        if (st) {
            assert_int_equal(st, with);
            check_absent(b, hash);
            assert_int_equal(leftovers(&p), 0);
            assert_ok(blob_put(b, 1, hash, bytes, &created));
            assert_true(created);
        }
        assert_ok(blob_verify(b, 1, hash));
        assert_true(k < 100);
    }
    blobs_close(b);
    place_free(&p);
}

static void every_disk_failure_is_told_and_survived(void **state)
{
    (void)state;
    fail_each(OS_FAULT_WRITE, ST_FULL);
    fail_each(OS_FAULT_TORN_WRITE, ST_FULL);
    fail_each(OS_FAULT_SYNC, ST_IO);
    fail_each(OS_FAULT_RENAME, ST_IO);
    fail_each(OS_FAULT_OPEN, ST_FULL);
}

static void every_allocation_failure_is_survived(void **state)
{
    const Place p = place_new();
    uint8_t hash[BLOB_HASH_BYTES];

    (void)state;
    blob_hash(STR("x"), hash);
    for (long k = 0;; k++) {
        Blobs *b = NULL;
        Blob blob = {0};
        bool created;
        Status st;

        mem_fail_after(k);
        st = blobs_open_dir(p.dir, 0, &b);
        if (!st)
            st = blob_put(b, 1, hash, STR("x"), &created);
        if (!st)
            st = blob_get(b, 1, hash, &blob);
        mem_fail_after(-1);
        if (b)
            blob_release(b, &blob);
        blobs_close(b);
        assert_int_equal(mem_live(), 0);
        if (!st)
            break;
        assert_int_equal(st, ST_NOMEM);
    }
    place_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_disk_failure_is_told_and_survived),
        cmocka_unit_test(every_allocation_failure_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
