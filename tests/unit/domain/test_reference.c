/* SPDX-License-Identifier: Apache-2.0 */
/* References: bytes with a media type. */
#include "unit/domain/domain_test.h"

#include "domain/reference.h"

#define HELLO_HASH "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static void bytes_come_back_with_their_media_type(void **state)
{
    World w = world_new();
    BlobRow row;
    Blob blob;
    FieldErr e;
    uint64_t count, bytes;
    bool created;

    (void)state;
    assert_ok(reference_put(w.domain, w.project, STR(HELLO_HASH), STR("text/plain; charset=utf-8"),
                            STR("hello"), &created, &e));
    assert_true(created);
    assert_ok(reference_put(w.domain, w.project, STR(HELLO_HASH), STR("text/html"), STR("hello"),
                            &created, &e));
    assert_false(created);
    assert_ok(reference_get(w.domain, w.project, STR(HELLO_HASH), &w.arena, &row, &blob, &e));
    assert_str(row.media_type, "text/plain; charset=utf-8");
    assert_str(blob.bytes, "hello");
    blob_release(domain_blobs(w.domain), &blob);
    assert_ok(reference_usage(w.domain, w.project, &count, &bytes));
    assert_int_equal(count, 1);
    assert_int_equal(bytes, 5);
    world_free(&w);
}

static void wrong_hashes_and_types_are_refused_with_the_field(void **state)
{
    static const char *const types[] = {"x", "/", "a/", "/b", "a/b\r\nSet-Cookie: x", "a/\xc3\xa9"};
    World w = world_new();
    BlobRow row;
    Blob blob;
    FieldErr e;
    bool created;

    (void)state;
    assert_int_equal(
        reference_put(w.domain, w.project, STR("12"), STR(""), STR("hello"), &created, &e),
        ST_INVALID);
    assert_string_equal(e.field, "sha256");
    assert_int_equal(
        reference_put(w.domain, w.project, STR(HELLO_HASH), STR(""), STR("Hello"), &created, &e),
        ST_INVALID);
    assert_string_equal(e.field, "sha256");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_int_equal(reference_put(w.domain, w.project, STR(HELLO_HASH), str_from(types[i]),
                                       STR("hello"), &created, &e),
                         ST_INVALID);
        assert_string_equal(e.field, "media_type");
    }
    assert_int_equal(reference_get(w.domain, w.project, STR(HELLO_HASH), &w.arena, &row, &blob, &e),
                     ST_NOTFOUND);
    assert_int_equal(
        reference_get(w.domain, w.project, STR("../../catalog.db"), &w.arena, &row, &blob, &e),
        ST_INVALID);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_back_with_their_media_type),
        cmocka_unit_test(wrong_hashes_and_types_are_refused_with_the_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
