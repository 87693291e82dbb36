/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue's file: opening, newer files, backup, check. */
#include "unit/catalog/catalog_test.h"

#include "catalog/migrate.h"
#include "os/thread.h"

#include <stdatomic.h>

static void what_was_written_is_there_after_reopening(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    const int64_t id = test_project(c, "Concept Project");

    (void)state;
    catalog_close(c);
    c = place_open(&p);
    assert_int_equal(test_project(c, "Concept Project"), id);
    assert_int_not_equal(test_project(c, "another"), id);
    catalog_close(c);
    assert_int_equal(mem_live(), 0);
    place_free(&p);
}

static void a_file_of_a_newer_program_is_refused_and_left_alone(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    Conn *w;
    Err err = {0};

    (void)state;
    assert_ok(tx_begin(c, &w));
    assert_ok(tx_end(w, conn_exec(w, "INSERT INTO migrations VALUES (1000, 1)")));
    catalog_close(c);
    c = NULL;
    assert_int_equal(catalog_open(p.path, &err, &c), ST_VERSION);
    assert_null(c);
    assert_non_null(strstr(err.msg, "1000"));
    assert_int_equal(mem_live(), 0);
    place_free(&p);
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    const Place p = place_new();
    Catalog *c = NULL;
    Err err = {0};
    char junk[4096];

    (void)state;
    memset(junk, 'x', sizeof junk);
    assert_ok(file_replace(p.path, (Str){junk, sizeof junk}));
    assert_int_equal(catalog_open(p.path, &err, &c), ST_CORRUPT);
    assert_true(strlen(err.msg) > 0);
    assert_null(c);
    place_free(&p);
}

static void a_failed_transaction_changes_nothing(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    const int64_t project = test_project(c, "p");
    const SegmentInfo twice[2] = {{.id = 1, .project_id = project}, {.id = 1}};
    const ProjectDelta stored = {.project_id = project, .stored = 9};
    const CountDeltas deltas = {.projects = &stored, .project_count = 1};
    ProjectCounters n;

    (void)state;
    assert_int_equal(catalog_segments_publish(c, twice, 2, NULL, 0, 5, &deltas), ST_EXISTS);
    assert_ok(catalog_counters_get(c, project, &n));
    assert_int_equal(n.stored, 0);
    assert_ok(catalog_segments_publish(c, twice, 1, NULL, 0, 5, &deltas));
    assert_ok(catalog_counters_get(c, project, &n));
    assert_int_equal(n.stored, 9);
    catalog_close(c);
    place_free(&p);
}

typedef struct Writer {
    Catalog *c;
    int64_t project;
    atomic_bool stop;
    unsigned written;
} Writer;

static void write_versions(void *arg)
{
    Writer *w = arg;

    while (!atomic_load(&w->stop) && w->written < 5000)
        (void)test_put(w->c, w->project, "m", w->written++);
}

static void a_backup_taken_while_others_write_is_consistent(void **state)
{
    const Place p = place_new();
    Writer w = {.c = place_open(&p)};
    char copy[128];
    Thread t;
    Err err = {0};
    Catalog *c = NULL;

    (void)state;
    w.project = test_project(w.c, "p");
    (void)snprintf(copy, sizeof copy, "%s/copy.db", p.dir);
    assert_ok(thread_start(&t, "writer", write_versions, &w));
    assert_ok(catalog_backup(w.c, copy, &err));
    atomic_store(&w.stop, true);
    thread_join(&t);
    assert_int_equal(catalog_backup(w.c, copy, &err), ST_EXISTS);

    assert_ok(catalog_open(copy, &err, &c));
    assert_ok(catalog_check(c, test_no_finding, NULL));
    assert_int_equal(test_project(c, "p"), w.project);
    catalog_close(c);
    catalog_close(w.c);
    place_free(&p);
}

static void a_backup_that_cannot_be_written_leaves_no_file(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    char copy[128];
    Err err = {0};

    (void)state;
    (void)snprintf(copy, sizeof copy, "%s/none/copy.db", p.dir);
    assert_int_not_equal(catalog_backup(c, copy, &err), ST_OK);
    assert_non_null(strstr(err.msg, copy));
    (void)snprintf(copy, sizeof copy, "%s/copy.db", p.dir);
    os_fail_after(OS_FAULT_RENAME, 0, ST_IO);
    assert_int_equal(catalog_backup(c, copy, &err), ST_IO);
    os_fail_never();
    assert_false(path_exists(copy));
    (void)snprintf(copy, sizeof copy, "%s/copy.db.part", p.dir);
    assert_false(path_exists(copy));
    catalog_close(c);
    place_free(&p);
}

static void count_findings(void *context, Str finding)
{
    assert_true(str_starts(finding, STR("catalogue: ")));
    (*(int *)context)++;
}

static void the_check_finds_gaps_orphans_and_damage(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    const int64_t project = test_project(c, "p");
    Conn *w;
    int findings = 0;

    (void)state;
    for (unsigned i = 0; i < 300; i++)
        (void)test_put(c, project, "m", i);
    assert_ok(catalog_check(c, test_no_finding, NULL));

    assert_ok(tx_begin(c, &w));
    assert_ok(tx_end(w, conn_exec(w, "DELETE FROM versions WHERE number = 7")));
    assert_int_equal(catalog_check(c, count_findings, &findings), ST_CORRUPT);
    assert_int_equal(findings, 1);
    catalog_close(c);

    /* Wipe a page in the middle. */
    {
        char zeros[4096] = {0};
        File f;

        assert_ok(file_open_write(p.path, &f));
        assert_ok(file_write_at(&f, 4096 * 20, (Str){zeros, sizeof zeros}));
        file_close(&f);
    }
    c = place_open(&p);
    findings = 0;
    assert_int_equal(catalog_check(c, count_findings, &findings), ST_CORRUPT);
    assert_true(findings > 0);
    catalog_close(c);
    place_free(&p);
}

static void read_projects(void *arg)
{
    for (int i = 0; i < 200; i++) {
        Arena a = test_arena();
        ProjectList list;

        assert_ok(catalog_project_list(arg, STR(""), 10, &a, &list));
        assert_int_equal(list.len, 1);
        arena_deinit(&a);
    }
}

static void more_readers_than_connections_wait_for_one(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    Thread t[10];

    (void)state;
    (void)test_project(c, "p");
    for (int i = 0; i < 10; i++)
        assert_ok(thread_start(&t[i], "reader", read_projects, c));
    for (int i = 0; i < 10; i++)
        thread_join(&t[i]);
    catalog_close(c);
    place_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_there_after_reopening),
        cmocka_unit_test(a_file_of_a_newer_program_is_refused_and_left_alone),
        cmocka_unit_test(a_file_that_is_no_database_is_refused),
        cmocka_unit_test(a_failed_transaction_changes_nothing),
        cmocka_unit_test(a_backup_taken_while_others_write_is_consistent),
        cmocka_unit_test(a_backup_that_cannot_be_written_leaves_no_file),
        cmocka_unit_test(the_check_finds_gaps_orphans_and_damage),
        cmocka_unit_test(more_readers_than_connections_wait_for_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
