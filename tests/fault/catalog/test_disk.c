/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that fails: SQLite's n-th write or sync answers an error.  Nothing half done stays,
 * and when the disk is well again everything goes on.
 *
 * A layer between SQLite and its own file access makes the failures. */
#include "unit/catalog/catalog_test.h"

#include "catalog/sample_commit.h"
#include "catalog/sample_score.h"

#include <sqlite3.h>

static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    struct {
        sqlite3_io_methods methods; /* first: a file's pMethods leads here */
        const sqlite3_io_methods *real;
    } kinds[8]; /* SQLite uses other functions for other kinds of files */
    long left;  /* calls that still succeed; -1: all */
    int code;
} disk;

static int broken(void)
{
    if (disk.left < 0)
        return SQLITE_OK;
    if (disk.left > 0) {
        disk.left--;
        return SQLITE_OK;
    }
    return disk.code;
}

/* The functions behind the layer. */
static const sqlite3_io_methods *real_methods(const sqlite3_file *f)
{
    for (size_t i = 0; i < sizeof disk.kinds / sizeof disk.kinds[0]; i++)
        if (f->pMethods == &disk.kinds[i].methods)
            return disk.kinds[i].real;
    fail_msg("an unknown file");
    return NULL;
}

static int bad_write(sqlite3_file *f, const void *data, int len, sqlite3_int64 at)
{
    const int code = broken();

    return code ? code : real_methods(f)->xWrite(f, data, len, at);
}

static int bad_sync(sqlite3_file *f, int flags)
{
    const int code = broken();

    return code ? SQLITE_IOERR_FSYNC : real_methods(f)->xSync(f, flags);
}

static const sqlite3_io_methods *layer_over(const sqlite3_io_methods *real)
{
    size_t i = 0;

    while (disk.kinds[i].real && disk.kinds[i].real != real)
        i++;
    disk.kinds[i].real = real;
    disk.kinds[i].methods = *real;
    disk.kinds[i].methods.xWrite = bad_write;
    disk.kinds[i].methods.xSync = bad_sync;
    return &disk.kinds[i].methods;
}

static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f, int flags, int *out)
{
    const int code = disk.real->xOpen(disk.real, name, f, flags, out);

    (void)vfs;
    if (code == SQLITE_OK && f->pMethods)
        f->pMethods = layer_over(f->pMethods);
    return code;
}

static void install(void)
{
    disk.real = sqlite3_vfs_find(NULL);
    disk.vfs = *disk.real;
    disk.vfs.zName = "bad disk";
    disk.vfs.xOpen = open_file;
    disk.left = -1;
    assert_int_equal(sqlite3_vfs_register(&disk.vfs, 1), SQLITE_OK);
}

/* A version of a dataset that has one sample more. */
static Status commit_sample(Catalog *c, int64_t project, unsigned n)
{
    const SpaceRow wanted = {.project_id = project, .name = STR("d")};
    char id[16];
    SamplePut put = {.input = STR("1"), .content = "x"};
    CommitIn in = {.base_version = -1};
    CommitOut out;
    CommitErr why = {0};
    SpaceRow row = {0};
    Arena a = test_arena();
    bool created;
    Status st = catalog_space_put(c, SPACE_DATASET, &wanted, &a, &row, &created);

    (void)snprintf(id, sizeof id, "%u", n);
    put.id = str_from(id);
    in.list_id = row.list_id;
    in.puts = &put;
    in.put_count = 1;
    if (!st)
        st = catalog_samples_commit(c, &in, &out, &why);
    arena_deinit(&a);
    return st;
}

/* Two scores of the first sample. */
static Status score_sample(Catalog *c, int64_t project, unsigned n)
{
    char by[16];
    SampleScoreRow rows[2] = {{.number = 1, .source = STR("person"), .passed = SAID_PASSED}};
    int64_t ids[2];
    Status each[2];
    SpaceRow space = {0};
    Arena a = test_arena();
    Status st = catalog_space_get(c, SPACE_DATASET, project, STR("d"), &a, &space);

    (void)snprintf(by, sizeof by, "%u", n);
    rows[0].by = str_from(by);
    rows[1] = rows[0];
    rows[1].name = STR("other");
    if (!st)
        st = catalog_sample_scores_put(c, space.id, rows, 2, ids, each);
    arena_deinit(&a);
    return st;
}

/* Both of a round or none. */
static void check_scores(Catalog *c, int64_t space_id)
{
    const SampleScoreWish wish = {.space_id = space_id, .version_id = -1, .limit = 1000};
    SampleScores list = {0};
    Arena a = test_arena();

    assert_ok(catalog_sample_scores_list(c, &wish, &a, &list));
    assert_int_equal(list.len % 2, 0);
    for (size_t i = 0; i < list.len; i += 2)
        assert_true(str_eq(list.items[i].by, list.items[i + 1].by));
    arena_deinit(&a);
}

/* The newest version has as many samples as it says, one more than the version before it. */
static void check_samples(Catalog *c, int64_t project)
{
    Arena a = test_arena();
    SpaceRow row;

    if (catalog_space_get(c, SPACE_DATASET, project, STR("d"), &a, &row) == ST_OK) {
        int64_t *numbers;
        size_t len;

        check_scores(c, row.id);
        assert_int_equal(row.count, row.version);
        for (int64_t version = 0; version <= row.version; version++) {
            assert_ok(catalog_sample_numbers(c, row.list_id, version, &numbers, &len));
            assert_int_equal(len, version);
            mem_free(numbers);
        }
    }
    arena_deinit(&a);
}

/* One round of everything that writes; stops at the first failure. */
static Status write_all(Catalog *c, int64_t project, unsigned n, bool *version_made)
{
    const SegmentInfo info = {.id = (int64_t)n + 1, .project_id = project, .rows = 1};
    const ProjectDelta spans = {.project_id = project, .stored = 1};
    int32_t number;
    bool created;
    Status st = try_put(c, project, "m", n, "source", &number, &created);

    *version_made = !st;
    if (!st)
        st = catalog_segments_publish(c, &info, 1, NULL, 0, n, &(CountDeltas){&spans, 1, NULL, 0});
    if (!st)
        st = commit_sample(c, project, n);
    return st ? st : score_sample(c, project, n);
}

static Status count_one(void *visitor, const SegmentInfo *s)
{
    (void)s;
    (*(uint64_t *)visitor)++;
    return ST_OK;
}

static void check_whole(Catalog *c, int64_t project)
{
    uint64_t segments = 0, seq;
    ProjectCounters n;

    assert_ok(catalog_check(c, test_no_finding, NULL));
    assert_ok(catalog_segments_list(c, count_one, &segments, &seq));
    assert_ok(catalog_counters_get(c, project, &n));
    assert_int_equal(n.stored, segments);
    check_samples(c, project);
}

static void fail_each_call(int code, Status expected)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    const int64_t project = test_project(c, "p");
    unsigned n = 0;
    Status st = ST_IO;

    for (long k = 0; st; k++, n++) {
        bool made;

        disk.code = code;
        disk.left = k;
        st = write_all(c, project, n, &made);
        disk.left = -1;
        if (st && st != ST_IO)
            assert_int_equal(st, expected);
        check_whole(c, project);
        assert_true(k < 1000);
    }
    /* Well again, also after reopening. */
    assert_true(n > 3);
    catalog_close(c);
    c = place_open(&p);
    check_whole(c, project);
    assert_ok(write_all(c, project, n + 100, &(bool){false}));
    catalog_close(c);
    place_free(&p);
}

static void a_full_disk_is_told_and_nothing_half_done_stays(void **state)
{
    (void)state;
    fail_each_call(SQLITE_FULL, ST_FULL);
}

static void a_broken_disk_is_told_and_nothing_half_done_stays(void **state)
{
    (void)state;
    fail_each_call(SQLITE_IOERR_WRITE, ST_IO);
}

static void a_file_that_cannot_be_made_is_an_error_and_can_be_made_later(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        const Place p = place_new();
        Catalog *c = NULL;
        Err err = {0};
        Status st;

        disk.code = SQLITE_FULL;
        disk.left = k;
        st = catalog_open(p.path, &err, &c);
        disk.left = -1;
        if (st)
            assert_true(strlen(err.msg) > 0);
        catalog_close(c);
        c = place_open(&p);
        assert_ok(catalog_check(c, test_no_finding, NULL));
        catalog_close(c);
        assert_int_equal(mem_live(), 0);
        place_free(&p);
        if (!st)
            break;
    }
}

static void every_allocation_failure_is_survived(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    const int64_t project = test_project(c, "p");
    const long before = mem_live();

    (void)state;
    (void)test_put(c, project, "m", 1);
    assert_ok(test_rename(c, project, "m", "n"));
    for (long k = 0;; k++) {
        Arena a = test_arena();
        ModelRow m = {0};
        VersionRow v = {0};
        VersionList list = {0};
        Status st;

        mem_fail_after(k);
        st = catalog_model_get(c, project, STR("m"), &a, &m);
        if (!st)
            st = catalog_version_list(c, m.id, 0, 10, &a, &list);
        if (!st)
            st = catalog_version_get(c, project, STR("m"), 1, &a, &v);
        mem_fail_after(-1);
        arena_deinit(&a);
        assert_int_equal(mem_live(), before);
        if (!st)
            break;
        assert_int_equal(st, ST_NOMEM);
    }
    catalog_close(c);
    place_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_is_told_and_nothing_half_done_stays),
        cmocka_unit_test(a_broken_disk_is_told_and_nothing_half_done_stays),
        cmocka_unit_test(a_file_that_cannot_be_made_is_an_error_and_can_be_made_later),
        cmocka_unit_test(every_allocation_failure_is_survived),
    };

    install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
