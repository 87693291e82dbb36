/* SPDX-License-Identifier: Apache-2.0 */
/* Projects, keys, blobs, segments and counters: what goes in comes out. */
#include "unit/catalog/catalog_test.h"

static void projects_come_in_pages_by_name(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    Arena a = test_arena();
    ProjectList list;
    ProjectRow row;

    (void)state;
    (void)test_project(c, "b");
    (void)test_project(c, "a");
    (void)test_project(c, "c d");
    assert_ok(catalog_project_list(c, STR(""), 2, &a, &list));
    assert_int_equal(list.len, 2);
    assert_true(list.more);
    assert_str(list.items[0].name, "a");
    assert_ok(catalog_project_list(c, list.items[1].name, 2, &a, &list));
    assert_int_equal(list.len, 1);
    assert_false(list.more);
    assert_str(list.items[0].name, "c d");
    assert_ok(catalog_project_by_id(c, list.items[0].id, &a, &row));
    assert_str(row.name, "c d");
    assert_int_equal(catalog_project_get(c, STR("A"), &a, &row), ST_NOTFOUND);
    arena_deinit(&a);
    catalog_close(c);
    place_free(&p);
}

static void a_key_is_found_by_hash_until_it_is_removed(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    Arena a = test_arena();
    const int64_t project = test_project(c, "p");
    const KeyRow key = {.project_id = project,
                        .name = STR("ci"),
                        .role = STR("viewer"),
                        .prefix = STR("vr_12345"),
                        .created_ns = 3};
    KeyRow row;
    KeyList list;
    int64_t id, all;

    (void)state;
    assert_ok(catalog_key_add(c, &key, STR("h1"), &id));
    assert_int_equal(catalog_key_add(c, &key, STR("h1"), &all), ST_EXISTS);
    assert_ok(
        catalog_key_add(c, &(KeyRow){.name = STR("root"), .role = STR("admin")}, STR("h2"), &all));
    assert_ok(catalog_key_find(c, STR("h1"), &a, &row));
    assert_str(row.role, "viewer");
    assert_int_equal(row.project_id, project);
    assert_ok(catalog_key_touch(c, id, 50));
    assert_ok(catalog_key_touch(c, id, 40));
    assert_ok(catalog_key_list(c, project, &a, &list));
    assert_int_equal(list.len, 1);
    assert_int_equal(list.items[0].last_used_ns, 50);
    assert_int_equal(catalog_key_remove(c, project, all), ST_NOTFOUND);
    assert_ok(catalog_key_remove(c, 0, all));
    assert_ok(catalog_key_remove(c, project, id));
    assert_int_equal(catalog_key_find(c, STR("h1"), &a, &row), ST_NOTFOUND);
    arena_deinit(&a);
    catalog_close(c);
    place_free(&p);
}

static void a_key_needs_a_project_and_a_known_role(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    int64_t id;

    (void)state;
    assert_int_equal(
        catalog_key_add(c, &(KeyRow){.project_id = 77, .role = STR("admin")}, STR("h"), &id),
        ST_EXISTS);
    assert_int_equal(catalog_key_add(c, &(KeyRow){.role = STR("root")}, STR("h"), &id), ST_EXISTS);
    catalog_close(c);
    place_free(&p);
}

static Status sum_sizes(void *visitor, int64_t project_id, const BlobRow *row)
{
    assert_true(project_id > 0);
    *(uint64_t *)visitor += row->size;
    return ST_OK;
}

static void the_first_put_of_a_blob_decides(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    Arena a = test_arena();
    const int64_t one = test_project(c, "one");
    const int64_t two = test_project(c, "two");
    BlobRow row = {.sha256 = STR("aa"), .media_type = STR("image/png"), .size = 10};
    uint64_t count, bytes, sum = 0;
    bool created;

    (void)state;
    assert_ok(catalog_blob_put(c, one, &row, &created));
    assert_true(created);
    row.media_type = STR("text/html");
    assert_ok(catalog_blob_put(c, one, &row, &created));
    assert_false(created);
    assert_ok(catalog_blob_put(c, two, &row, &created));
    assert_true(created);
    assert_ok(catalog_blob_get(c, one, STR("aa"), &a, &row));
    assert_str(row.media_type, "image/png");
    assert_ok(catalog_blob_usage(c, one, &count, &bytes));
    assert_int_equal(count, 1);
    assert_int_equal(bytes, 10);
    assert_ok(catalog_blob_each(c, sum_sizes, &sum));
    assert_int_equal(sum, 20);
    assert_int_equal(catalog_blob_get(c, one, STR("bb"), &a, &row), ST_NOTFOUND);
    arena_deinit(&a);
    catalog_close(c);
    place_free(&p);
}

typedef struct Seen {
    SegmentInfo items[4];
    size_t len;
} Seen;

static Status keep_segment(void *visitor, const SegmentInfo *s)
{
    Seen *seen = visitor;

    seen->items[seen->len++] = *s;
    return ST_OK;
}

static void segments_are_swapped_in_one_step_and_the_watermark_only_rises(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    const SegmentIndex index = catalog_segment_index(c);
    const SegmentInfo two[2] = {{.id = 1, .project_id = 1, .rows = 5, .max_seq = 9},
                                {.id = 2, .project_id = 1, .checksum = UINT64_MAX}};
    const SegmentInfo merged = {.id = 3, .project_id = 1, .level = 1, .min_time_ns = INT64_MIN};
    const int64_t remove[2] = {1, 2};
    Seen seen = {0};
    uint64_t seq = 99;

    (void)state;
    assert_ok(index.ops->list(index.context, keep_segment, &seen, &seq));
    assert_int_equal(seq, 0);
    assert_ok(index.ops->publish(index.context, two, 2, NULL, 0, 9));
    assert_ok(index.ops->publish(index.context, NULL, 0, NULL, 0, 4));
    assert_ok(index.ops->list(index.context, keep_segment, &seen, &seq));
    assert_int_equal(seq, 9);
    assert_memory_equal(seen.items, two, sizeof two);
    assert_ok(index.ops->publish(index.context, &merged, 1, remove, 2, 0));
    seen.len = 0;
    assert_ok(index.ops->list(index.context, keep_segment, &seen, &seq));
    assert_int_equal(seen.len, 1);
    assert_memory_equal(seen.items, &merged, sizeof merged);
    assert_int_equal(seq, 9);
    catalog_close(c);
    place_free(&p);
}

static void counts_add_up_and_times_widen(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    Arena a = test_arena();
    const int64_t project = test_project(c, "p");
    VersionRow v;
    ModelRow m;
    ProjectCounters n;

    (void)state;
    (void)test_put(c, project, "m", 1);
    assert_ok(catalog_version_get(c, project, STR("m"), 1, &a, &v));
    assert_int_equal(v.first_seen_ns, 0);
    for (int i = 1; i <= 2; i++) {
        const RunDelta runs[2] = {
            {.version_id = v.id, .runs = 3, .errors = 1, .first_ns = 100 - i, .last_ns = 200 + i},
            {.version_id = v.id, .runs = 0, .first_ns = 1, .last_ns = 9999}};
        const ProjectDelta spans[2] = {{project, 5, 0}, {project, 2, 1}};

        assert_ok(catalog_counters_add(c, &(CountDeltas){spans, 2, runs, 2}));
    }
    assert_ok(catalog_version_get(c, project, STR("m"), 1, &a, &v));
    assert_int_equal(v.runs, 6);
    assert_int_equal(v.errors, 2);
    assert_int_equal(v.first_seen_ns, 98);
    assert_int_equal(v.last_seen_ns, 202);
    assert_ok(catalog_model_get(c, project, STR("m"), &a, &m));
    assert_int_equal(m.runs, 6);
    assert_int_equal(m.last_seen_ns, 202);
    assert_ok(catalog_counters_get(c, project, &n));
    assert_int_equal(n.received, 16);
    assert_int_equal(n.rejected, 2);
    arena_deinit(&a);
    catalog_close(c);
    place_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(projects_come_in_pages_by_name),
        cmocka_unit_test(a_key_is_found_by_hash_until_it_is_removed),
        cmocka_unit_test(a_key_needs_a_project_and_a_known_role),
        cmocka_unit_test(the_first_put_of_a_blob_decides),
        cmocka_unit_test(segments_are_swapped_in_one_step_and_the_watermark_only_rises),
        cmocka_unit_test(counts_add_up_and_times_widen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
