/* SPDX-License-Identifier: Apache-2.0 */
/* Migrations: from every older schema, with data, to the newest. */
#include "unit/catalog/catalog_test.h"

#include "catalog/migrate.h"
#include "catalog/queue.h"
#include "catalog/rule.h"

/* Rows that a program of that schema would have written. */
static const char *const rows_of_step[] = {
    "",
    "INSERT INTO sequences VALUES ('projects', 2);"
    "INSERT INTO projects VALUES (1, 'kept', 10);"
    "INSERT INTO api_keys VALUES (1, 1, 'ci', 'viewer', 'vr_abcde', 'hash', 11, NULL);",
    "INSERT INTO sequences VALUES ('models', 2), ('versions', 2);"
    "INSERT INTO models VALUES (1, 1, 'm', '{}', 12);"
    "INSERT INTO versions VALUES (1, 1, 1, "
    "'0000000000000000000000000000000000000000000000000000000000000001', 'code', 1, 13, 'python',"
    " '3.11', '', '', 'int', '(a)', '', '', 'def m(): ...');"
    "INSERT INTO version_runs VALUES (1, 5, 1, 100, 200);",
    "INSERT INTO segments VALUES (1, 1, 0, 0, 10, 1000, 1, 2, 3, 4, -1);"
    "INSERT INTO watermarks VALUES ('log', 4);"
    "INSERT INTO project_counters VALUES (1, 10, 2);",
    "INSERT INTO blobs VALUES (1, 'ab', 'text/plain', 3, 14);",
    "INSERT INTO views VALUES (1, 1, 'traces', 'mine', '{}', 15);",
    "INSERT INTO tombstones VALUES (1, 'ab', 3);",
    ("INSERT INTO sequences VALUES ('sample_spaces', 2);"
     "INSERT INTO sample_spaces (id, project_id, kind, name, description, metadata, tags, "
     "id_fields,"
     " created_ns, next_number) VALUES (1, 1, 'workflow', 'w', '', '{}', '[]', '[]', 16, 1);"),
    "INSERT INTO retention VALUES (1, 86400, NULL);",
    "INSERT INTO review_queues (id, project_id, name, query, judge, instructions, created_ns)"
    " VALUES (1, 1, 'low', 'latency>1s', 'ann', '', 17);",
    "UPDATE sample_spaces SET next_number = 2;",
    "INSERT INTO judge_rules (id, project_id, judge, query, sample_ppm, enabled, created_ns)"
    " VALUES (1, 1, 'good', '', 5, 1, 18);",
};
enum { OLDER_SCHEMAS = sizeof rows_of_step / sizeof rows_of_step[0] };

static Status count_segment(void *visitor, const SegmentInfo *s)
{
    assert_int_equal(s->checksum, UINT64_MAX);
    (*(int *)visitor)++;
    return ST_OK;
}

static void check_rows(Catalog *c, int schema)
{
    Arena a = test_arena();
    KeyRow key;
    VersionRow version;
    QueueRow queue;
    RuleRow rule;
    ProjectCounters n;
    uint64_t seq = 0;
    int segments = 0;

    if (schema >= 1)
        assert_ok(catalog_key_find(c, STR("hash"), &a, &key));
    if (schema >= 2) {
        assert_ok(catalog_version_get(c, 1, STR("m"), 1, &a, &version));
        assert_int_equal(version.runs, 5);
        assert_str(version.source, "def m(): ...");
        assert_str(version.metadata, "{}");
        assert_int_equal(test_put(c, 1, "m", 1), 1);
        assert_int_equal(test_put(c, 1, "m", 2), 2);
    }
    if (schema >= 3) {
        assert_ok(catalog_segments_list(c, count_segment, &segments, &seq));
        assert_int_equal(segments, 1);
        assert_int_equal(seq, 4);
        assert_ok(catalog_counters_get(c, 1, &n));
        assert_int_equal(n.received, 12);
    }
    if (schema >= 9) {
        assert_ok(catalog_queue_get(c, 1, 1, &a, &queue));
        assert_str(queue.source, "traces");
        assert_str(queue.query, "latency>1s");
    }
    if (schema >= 11) {
        assert_ok(catalog_rule_get(c, 1, 1, &a, &rule));
        assert_str(rule.subject, "trace");
        assert_int_equal(rule.sample_ppm, 5);
        assert_true(rule.enabled);
    }
    arena_deinit(&a);
}

static void write_rows(const Place *p, int schema)
{
    Catalog *c;
    Conn *w;
    Err err = {0};

    assert_ok(catalog_open_at(p->path, schema, &err, &c));
    assert_ok(tx_begin(c, &w));
    for (int step = 0; step <= schema && step < OLDER_SCHEMAS; step++)
        assert_ok(conn_exec(w, rows_of_step[step]));
    assert_ok(tx_end(w, ST_OK));
    catalog_close(c);
}

static void every_older_schema_becomes_the_newest_and_keeps_its_rows(void **state)
{
    (void)state;
    assert_int_equal(OLDER_SCHEMAS, catalog_newest_schema());
    for (int schema = 0; schema <= catalog_newest_schema(); schema++) {
        const Place p = place_new();
        Catalog *c;

        write_rows(&p, schema);
        c = place_open(&p);
        check_rows(c, schema);
        assert_ok(catalog_check(c, test_no_finding, NULL));
        catalog_close(c);
        place_free(&p);
    }
}

/* The whole schema as SQLite keeps it.  A released step must not be edited: then old and
 * new files would differ under the same number.  VIREO_GOLDEN=write makes the file. */
static void each_schema_is_what_it_always_was(void **state)
{
    const char *write = getenv("VIREO_GOLDEN");

    (void)state;
    for (int schema = 1; schema <= catalog_newest_schema(); schema++) {
        const Place p = place_new();
        Arena a = test_arena();
        Buf text, golden;
        char path[512];
        Catalog *c;
        Conn *r;
        Stmt s;

        buf_init(&text, 1 << 20);
        buf_init(&golden, 1 << 20);
        assert_ok(catalog_open_at(p.path, schema, NULL, &c));
        assert_ok(read_begin(c, &r));
        s = sql_stmt(r, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name");
        while (sql_row(&s)) {
            assert_ok(buf_append(&text, sql_get_text(&s, 0, &a)));
            assert_ok(buf_append(&text, STR(";\n")));
        }
        assert_ok(read_end(r, sql_end(&s)));
        (void)snprintf(path, sizeof path, "%s/catalog/schema_%d.sql", TEST_GOLDEN_DIR, schema);
        if (write)
            assert_ok(file_replace(path, buf_str(&text)));
        assert_ok(file_read_whole(path, &golden));
        assert_true(str_eq(buf_str(&text), buf_str(&golden)));
        catalog_close(c);
        buf_deinit(&text);
        buf_deinit(&golden);
        arena_deinit(&a);
        place_free(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_older_schema_becomes_the_newest_and_keeps_its_rows),
        cmocka_unit_test(each_schema_is_what_it_always_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
