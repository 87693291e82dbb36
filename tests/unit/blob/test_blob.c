/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs in a directory. */
#include "unit/catalog/catalog_test.h"

#include "blob/blob.h"
#include "os/thread.h"

static Blobs *open_in(const Place *p, size_t max)
{
    Blobs *b = NULL;

    assert_ok(blobs_open_dir(p->dir, max, &b));
    return b;
}

static void what_was_put_comes_back_also_after_reopening(void **state)
{
    const Place p = place_new();
    Blobs *b = open_in(&p, 0);
    uint8_t hash[BLOB_HASH_BYTES];
    bool created;
    uint64_t size;
    Blob blob;

    (void)state;
    blob_hash(STR("hello"), hash);
    assert_ok(blob_put(b, 7, hash, STR("hello"), &created));
    assert_true(created);
    assert_ok(blob_put(b, 7, hash, STR("hello"), &created));
    assert_false(created);
    blobs_close(b);
    b = open_in(&p, 0);
    assert_ok(blob_get(b, 7, hash, &blob));
    assert_str(blob.bytes, "hello");
    blob_release(b, &blob);
    assert_ok(blob_size(b, 7, hash, &size));
    assert_int_equal(size, 5);
    assert_ok(blob_verify(b, 7, hash));
    /* Another project does not see it. */
    assert_int_equal(blob_get(b, 8, hash, &blob), ST_NOTFOUND);
    assert_ok(blob_remove(b, 7, hash));
    assert_ok(blob_remove(b, 7, hash));
    assert_int_equal(blob_get(b, 7, hash, &blob), ST_NOTFOUND);
    blobs_close(b);
    assert_int_equal(mem_live(), 0);
    place_free(&p);
}

static void an_empty_blob_is_a_blob(void **state)
{
    const Place p = place_new();
    Blobs *b = open_in(&p, 0);
    uint8_t hash[BLOB_HASH_BYTES];
    bool created;
    Blob blob;

    (void)state;
    blob_hash(STR(""), hash);
    assert_ok(blob_put(b, 1, hash, (Str){0}, &created));
    assert_ok(blob_get(b, 1, hash, &blob));
    assert_int_equal(blob.bytes.len, 0);
    blob_release(b, &blob);
    blobs_close(b);
    place_free(&p);
}

static void bytes_under_a_wrong_hash_and_too_many_bytes_are_refused(void **state)
{
    const Place p = place_new();
    Blobs *b = open_in(&p, 4);
    uint8_t hash[BLOB_HASH_BYTES];
    bool created;
    Blob blob;

    (void)state;
    blob_hash(STR("four"), hash);
    assert_int_equal(blob_put(b, 1, hash, STR("fuor"), &created), ST_INVALID);
    assert_int_equal(blob_get(b, 1, hash, &blob), ST_NOTFOUND);
    assert_ok(blob_put(b, 1, hash, STR("four"), &created));
    blob_hash(STR("fiver"), hash);
    assert_int_equal(blob_put(b, 1, hash, STR("fiver"), &created), ST_LIMIT);
    blobs_close(b);
    place_free(&p);
}

static void damage_is_found_and_mended_by_the_next_put(void **state)
{
    const Place p = place_new();
    Blobs *b = open_in(&p, 0);
    uint8_t hash[BLOB_HASH_BYTES];
    char path[256] = {0};
    char hex[65] = {0};
    bool created;

    (void)state;
    blob_hash(STR("hello"), hash);
    hex_encode(hash, sizeof hash, hex);
    assert_ok(blob_put(b, 1, hash, STR("hello"), &created));
    (void)snprintf(path, sizeof path, "%s/1/%.2s/%s", p.dir, hex, hex);
    assert_ok(file_replace(path, STR("he")));
    assert_int_equal(blob_verify(b, 1, hash), ST_CORRUPT);
    assert_ok(blob_put(b, 1, hash, STR("hello"), &created));
    assert_ok(blob_verify(b, 1, hash));
    blobs_close(b);
    place_free(&p);
}

typedef struct Putter {
    Blobs *b;
    unsigned first;
    unsigned failed;
} Putter;

static void put_all(void *arg)
{
    Putter *putter = arg;

    for (unsigned i = 0; i < 40; i++) {
        char text[2048];
        uint8_t hash[BLOB_HASH_BYTES];
        bool created;

        memset(text, (int)((i + putter->first) % 40), sizeof text);
        blob_hash((Str){text, sizeof text}, hash);
        putter->failed += blob_put(putter->b, 1, hash, (Str){text, sizeof text}, &created) != ST_OK;
        putter->failed += blob_verify(putter->b, 1, hash) != ST_OK;
    }
}

static void threads_that_put_the_same_blobs_at_once_do_not_disturb_each_other(void **state)
{
    const Place p = place_new();
    Blobs *b = open_in(&p, 0);
    Putter putters[4];
    Thread threads[4];
    Arena a = test_arena();
    char tmp[96];
    Str *names;
    size_t left;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        putters[i] = (Putter){b, i, 0};
        assert_ok(thread_start(&threads[i], "putter", put_all, &putters[i]));
    }
    for (unsigned i = 0; i < 4; i++) {
        thread_join(&threads[i]);
        assert_int_equal(putters[i].failed, 0);
    }
    (void)snprintf(tmp, sizeof tmp, "%s/tmp", p.dir);
    assert_ok(dir_list(tmp, &a, &names, &left));
    assert_int_equal(left, 0);
    arena_deinit(&a);
    blobs_close(b);
    place_free(&p);
}

/* The file itself and the three folders on the way to it; again for one that is there, because
 * whoever wrote it may not have come to the folders. */
static void a_put_syncs_the_file_and_its_folders(void **state)
{
    const Place p = place_new();
    Blobs *b = open_in(&p, 0);
    uint8_t hash[BLOB_HASH_BYTES];
    bool created;
    long before;

    (void)state;
    blob_hash(STR("hello"), hash);
    assert_ok(blob_put(b, 1, hash, STR("hello"), &created)); /* makes the folders */
    assert_ok(blob_remove(b, 1, hash));
    before = os_fault_calls(OS_FAULT_SYNC);
    assert_ok(blob_put(b, 1, hash, STR("hello"), &created));
    assert_int_equal(os_fault_calls(OS_FAULT_SYNC) - before, 4);
    before = os_fault_calls(OS_FAULT_SYNC);
    assert_ok(blob_put(b, 1, hash, STR("hello"), &created));
    assert_int_equal(os_fault_calls(OS_FAULT_SYNC) - before, 3);
    blobs_close(b);
    place_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_comes_back_also_after_reopening),
        cmocka_unit_test(an_empty_blob_is_a_blob),
        cmocka_unit_test(bytes_under_a_wrong_hash_and_too_many_bytes_are_refused),
        cmocka_unit_test(damage_is_found_and_mended_by_the_next_put),
        cmocka_unit_test(a_put_syncs_the_file_and_its_folders),
        cmocka_unit_test(threads_that_put_the_same_blobs_at_once_do_not_disturb_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
