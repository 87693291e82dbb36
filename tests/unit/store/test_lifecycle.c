/* SPDX-License-Identifier: Apache-2.0 */
/* Appending, overload, flush, compaction, expiry and their numbers. */
#include "os/clock.h"
#include "support/store_fixture.h"

#include <stdatomic.h>

static StoreStats stats_of(const Fixture *f, int64_t project_id)
{
    StoreStats stats;

    store_stats(f->store, project_id, &stats);
    return stats;
}

static void an_append_is_counted_and_visible_at_once(void **state)
{
    Fixture *f = fixture_new();

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 5, 10));
    CHECK_OK(fixture_append(f, 2, 2, 7, 10));
    assert_int_equal(stats_of(f, 0).appended, 2);
    assert_int_equal(stats_of(f, 0).memtable_spans, 12);
    assert_int_equal(stats_of(f, 2).memtable_spans, 7);
    assert_true(stats_of(f, 0).wal_bytes > 2 * LOG_RECORD_HEADER_BYTES);
    assert_int_equal(stats_of(f, 0).wal_files, 1);
    assert_int_equal(stats_of(f, 0).memtable_bytes,
                     stats_of(f, 1).memtable_bytes + stats_of(f, 2).memtable_bytes);
    check_store(f, 0);
    fixture_free(f);
}

static void what_cannot_be_a_record_is_refused(void **state)
{
    Fixture *f = fixture_new();
    Chunk *c = NULL;
    Chunk *empty = NULL;
    StoreRecord r = {.project_id = 1, .kind = 7, .body = STR("1 1 1")};

    (void)state;
    fixture_open(f);
    CHECK_OK(make_chunk(1, 1, 1, 1, &c));
    CHECK_OK(chunk_new(1, 100, &empty));
    CHECK_STATUS(store_append(f->store, &r, empty), ST_INVALID);
    r.project_id = 2;
    CHECK_STATUS(store_append(f->store, &r, c), ST_INVALID);
    r.project_id = 1;
    r.body.len = LOG_MAX_BODY_BYTES + (size_t)1;
    CHECK_STATUS(store_append(f->store, &r, c), ST_LIMIT);
    chunk_free(c);
    chunk_free(empty);
    fixture_free(f);
}

static void overload_is_refused_until_there_is_a_flush(void **state)
{
    Fixture *f = fixture_new();
    Status st = ST_OK;

    (void)state;
    f->memtable_bytes = 50000;
    fixture_open(f);
    for (uint64_t i = 1; !st; i++)
        st = fixture_append(f, 1, i, 10, 1000000);
    CHECK_STATUS(st, ST_BUSY);
    assert_true(stats_of(f, 0).memtable_bytes >= 200000);
    CHECK_OK(store_flush(f->store));
    CHECK_OK(fixture_append(f, 1, 5000, 10, 1000000));
    check_store(f, 0);
    fixture_free(f);
}

static void a_flush_writes_one_segment_a_project_and_frees_the_log(void **state)
{
    Fixture *f = fixture_new();

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 5, 1000000));
    CHECK_OK(fixture_append(f, 2, 2, 7, 1000000));
    CHECK_OK(fixture_append(f, 1, 3, 5, 1000000));
    CHECK_OK(store_flush(f->store));
    assert_int_equal(stats_of(f, 0).segments, 2);
    assert_int_equal(stats_of(f, 1).segment_rows, 10);
    assert_int_equal(stats_of(f, 0).memtable_bytes, 0);
    assert_int_equal(stats_of(f, 0).wal_files, 0);
    assert_int_equal(f->index.flushed_seq, 3);
    assert_int_equal(f->index.items[0].level, 0);
    CHECK_OK(store_flush(f->store));
    assert_int_equal(stats_of(f, 0).flushes, 1);
    fixture_free(f);
}

static void the_background_flushes_a_memtable_that_is_full(void **state)
{
    Fixture *f = fixture_new();

    (void)state;
    f->background = true;
    f->memtable_bytes = 50000;
    fixture_open(f);
    for (uint64_t i = 1; i <= 100; i++) {
        Status st;

        while ((st = fixture_append(f, 1, i, 10, 1000000)) == ST_BUSY)
            clock_sleep_ns(1000000);
        CHECK_OK(st);
    }
    while (!stats_of(f, 0).segments)
        clock_sleep_ns(1000000);
    check_store(f, 0);
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

static void appends_wait_for_the_flush_that_makes_room(void **state)
{
    Fixture *f = fixture_new();

    (void)state;
    f->background = true;
    f->memtable_bytes = 20000;
    fixture_open(f);
    for (uint64_t i = 1; i <= 300; i++)
        CHECK_OK(fixture_append(f, 1, i, 10, 1000000));
    assert_true(stats_of(f, 0).flushes > 10);
    check_store(f, 0);
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

/* A trickle waits for its minute, a burst only until it is over. */
static void a_burst_that_is_over_is_flushed_before_its_time(void **state)
{
    Fixture *f = fixture_new();

    (void)state;
    f->background = true;
    f->memtable_bytes = 1 << 20;
    f->flush_quiet_ns = 100000000;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 2, 1000000));
    clock_sleep_ns(1500000000);
    assert_int_equal(stats_of(f, 0).flushes, 0);
    for (uint64_t i = 2; i <= 50; i++)
        CHECK_OK(fixture_append(f, 1, i, 10, 1000000));
    assert_true(stats_of(f, 0).memtable_bytes < (1 << 20));
    for (int i = 0; i < 100 && !stats_of(f, 0).flushes; i++)
        clock_sleep_ns(50000000);
    assert_int_equal(stats_of(f, 0).flushes, 1);
    assert_int_equal(stats_of(f, 0).memtable_spans, 0);
    check_store(f, 0);
    fixture_free(f);
}

static void four_small_segments_become_one_and_doubled_spans_go(void **state)
{
    Fixture *f = fixture_new();
    bool more = true;

    (void)state;
    fixture_open(f);
    for (uint64_t i = 0; i < 4; i++) {
        CHECK_OK(fixture_append(f, 1, 9, 30, 1000000)); /* the same spans again */
        CHECK_OK(store_flush(f->store));
    }
    assert_int_equal(stats_of(f, 1).segment_rows, 120);
    CHECK_OK(store_compact(f->store, &more));
    assert_true(more);
    CHECK_OK(store_compact(f->store, &more));
    assert_false(more);
    assert_int_equal(stats_of(f, 1).segments, 1);
    assert_int_equal(stats_of(f, 1).segment_rows, 30);
    assert_int_equal(f->index.items[0].level, 1);
    assert_int_equal(f->index.items[0].min_seq, 4);
    check_store(f, 0);
    fixture_free(f);
}

static size_t count_segment_files(const Fixture *f)
{
    char dir[300];
    Arena a;
    Str *names = NULL;
    size_t count = 0;

    arena_init(&a, 1 << 20);
    (void)snprintf(dir, sizeof dir, "%s/segments/1", f->dir);
    CHECK_OK(dir_list(dir, &a, &names, &count));
    arena_deinit(&a);
    return count;
}

static void files_of_merged_segments_go_with_their_last_reader(void **state)
{
    Fixture *f = fixture_new();
    Snapshot *snap = NULL;
    bool more = true;

    (void)state;
    fixture_open(f);
    for (uint64_t i = 0; i < 4; i++) {
        CHECK_OK(fixture_append(f, 1, i, 3, 1000000));
        CHECK_OK(store_flush(f->store));
    }
    CHECK_OK(store_snapshot(f->store, 1, &snap));
    CHECK_OK(store_compact(f->store, &more));
    assert_int_equal(count_segment_files(f), 5);
    snapshot_release(snap);
    assert_int_equal(count_segment_files(f), 1);
    fixture_free(f);
}

static void segments_of_another_level_or_project_are_not_merged(void **state)
{
    Fixture *f = fixture_new();
    bool more = true;

    (void)state;
    fixture_open(f);
    for (uint64_t i = 0; i < 6; i++) {
        CHECK_OK(fixture_append(f, (int64_t)(i % 2) + 1, i, 3, 1000000));
        CHECK_OK(store_flush(f->store));
    }
    CHECK_OK(store_compact(f->store, &more));
    assert_false(more);
    assert_int_equal(stats_of(f, 0).segments, 6);
    fixture_free(f);
}

static void expiry_removes_old_segments_of_that_project_only(void **state)
{
    Fixture *f = fixture_new();
    int64_t newest;

    (void)state;
    fixture_open(f);
    for (int64_t p = 1; p <= 2; p++) {
        CHECK_OK(fixture_append(f, p, 3, 5, 1000000));
        CHECK_OK(store_flush(f->store));
    }
    newest = f->index.items[0].max_time_ns;
    CHECK_OK(store_expire(f->store, 1, newest));
    assert_int_equal(stats_of(f, 1).segments, 1);
    CHECK_OK(store_expire(f->store, 1, newest + 1));
    assert_int_equal(stats_of(f, 1).segments, 0);
    assert_int_equal(stats_of(f, 2).segments, 1);
    assert_int_equal(f->index.len, 1);
    assert_int_equal(count_segment_files(f), 0);
    fixture_free(f);
}

static void a_damaged_segment_is_left_alone_by_compaction(void **state)
{
    Fixture *f = fixture_new();
    bool more = true;
    File file = FILE_CLOSED;
    char path[400];

    (void)state;
    fixture_open(f);
    for (uint64_t i = 0; i < 5; i++) {
        CHECK_OK(fixture_append(f, 1, i, 3, 1000000));
        CHECK_OK(store_flush(f->store));
    }
    (void)snprintf(path, sizeof path, "%s/segments/1/%lld.parquet", f->dir,
                   (long long)f->index.items[2].id);
    CHECK_OK(file_open_write(path, &file));
    CHECK_OK(file_write_at(&file, f->index.items[2].bytes - 1, STR("?")));
    file_close(&file);
    while (more)
        CHECK_OK(store_compact(f->store, &more));
    assert_int_equal(stats_of(f, 1).segments, 2); /* four merged, one kept */
    assert_true(path_exists(path));
    fixture_free(f);
}

/* Many appenders share syncs. */
static void append_many(void *arg)
{
    Fixture *f = arg;

    for (uint64_t i = 0; i < 50; i++) {
        char body[100];
        const size_t len = make_body(body, sizeof body, i, 1, 1000000);
        Chunk *c = NULL;

        if (make_chunk(1, i, 1, 1000000, &c))
            abort();
        if (store_append(f->store, &(StoreRecord){1, 7, {body, len}}, c))
            abort();
    }
}

static void appenders_share_a_sync(void **state)
{
    Fixture *f = fixture_new();
    Thread threads[8] = {{0}};
    StoreStats stats;

    (void)state;
    fixture_open(f);
    for (size_t i = 0; i < 8; i++)
        CHECK_OK(thread_start(&threads[i], "appender", append_many, f));
    for (size_t i = 0; i < 8; i++)
        thread_join(&threads[i]);
    stats = stats_of(f, 0);
    assert_int_equal(stats.appended, 400);
    assert_true(stats.fsyncs <= 400);
    assert_int_equal(stats.memtable_spans, 400);
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

/* ------------------------------------------------- everything at once */

typedef struct Busy {
    Fixture *fixture;
    uint64_t seed;
    atomic_int *writing;
} Busy;

static void write_busily(void *arg)
{
    const Busy *b = arg;

    for (uint64_t i = 0; i < 150; i++) {
        const uint64_t seed = b->seed + i;
        char body[100];
        const size_t len = make_body(body, sizeof body, seed, 5, 1000000);
        Chunk *c = NULL;
        Status st;

        if (make_chunk(1, seed, 5, 1000000, &c))
            abort();
        while ((st = store_append(b->fixture->store, &(StoreRecord){1, 7, {body, len}}, c)) ==
               ST_BUSY)
            clock_sleep_ns(1000000);
        if (st)
            abort();
    }
    atomic_fetch_sub(b->writing, 1);
}

/* What was there once is there ever after; nothing expires here. */
static void read_busily(void *arg)
{
    const Busy *b = arg;
    size_t before = 0;

    while (atomic_load(b->writing)) {
        Arena a;
        Span *spans = NULL;
        size_t doubled = 0;
        size_t now;

        arena_init(&a, (size_t)1 << 28);
        now = read_all(b->fixture->store, 1, &a, &spans, &doubled);
        if (now < before || doubled)
            abort();
        before = now;
        arena_deinit(&a);
    }
}

static void readers_see_a_growing_whole_while_all_else_goes_on(void **state)
{
    Fixture *f = fixture_new();
    atomic_int writing = 2;
    Busy busy[4] = {{f, 1000, &writing}, {f, 2000, &writing}, {f, 0, &writing}, {f, 0, &writing}};
    Thread threads[4] = {{0}};
    Arena a;
    Span *spans = NULL;
    size_t doubled;

    (void)state;
    f->background = true;
    f->memtable_bytes = 150000;
    fixture_open(f);
    for (size_t i = 0; i < 4; i++)
        CHECK_OK(thread_start(&threads[i], "busy", i < 2 ? write_busily : read_busily, &busy[i]));
    for (size_t i = 0; i < 4; i++)
        thread_join(&threads[i]);
    arena_init(&a, (size_t)1 << 28);
    assert_int_equal(read_all(f->store, 1, &a, &spans, &doubled), 2 * 150 * 5);
    arena_deinit(&a);
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

/* ------------------------------------------------------------- extreme spans */

enum { MANY_ATTRS = 20000, HUGE = 24 << 20 };

static Chunk *extreme_chunk(void)
{
    Chunk *c = NULL;
    Span *s;
    char *text;

    CHECK_OK(make_chunk(1, 1, 2, 10, &c));
    c->arena.limit = (size_t)1 << 30;
    s = c->batch.spans;
    s->attrs.items = arena_calloc(&c->arena, MANY_ATTRS, sizeof(Attr));
    s->attrs.len = MANY_ATTRS;
    for (size_t i = 0; i < MANY_ATTRS; i++) {
        CHECK_OK(arena_printf(&c->arena, &s->attrs.items[i].key, "key-%zu", i));
        s->attrs.items[i].value = (Value){.kind = VALUE_INT, .as.i = (int64_t)i};
    }
    text = arena_alloc(&c->arena, HUGE);
    memset(text, 'x', HUGE);
    s[1].input = (Str){text, HUGE};
    s[1].input_key = STR("big");
    s[1].attrs.items = arena_calloc(&c->arena, 1, sizeof(Attr));
    s[1].attrs.items[0] = (Attr){STR("big"), {.kind = VALUE_STR, .as.s = s[1].input}};
    s[1].attrs.len = 1;
    return c;
}

static void a_span_with_very_many_or_very_large_attributes_is_kept(void **state)
{
    Fixture *f = fixture_new();
    Chunk *c = extreme_chunk();
    Span *spans = NULL;
    size_t doubled;
    Arena a;

    (void)state;
    fixture_open(f);
    CHECK_OK(store_append(f->store, &(StoreRecord){1, 7, STR("x")}, c));
    CHECK_OK(store_flush(f->store));
    arena_init(&a, (size_t)1 << 30);
    assert_int_equal(read_all(f->store, 1, &a, &spans, &doubled), 2);
    for (size_t i = 0; i < 2; i++) {
        const bool many = spans[i].attrs.len == MANY_ATTRS;

        assert_true(many || (spans[i].attrs.len == 1 && spans[i].input.len == HUGE));
        if (many)
            assert_int_equal(attr_find(spans[i].attrs, STR("key-19999"))->as.i, 19999);
    }
    arena_deinit(&a);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_append_is_counted_and_visible_at_once),
        cmocka_unit_test(what_cannot_be_a_record_is_refused),
        cmocka_unit_test(overload_is_refused_until_there_is_a_flush),
        cmocka_unit_test(a_flush_writes_one_segment_a_project_and_frees_the_log),
        cmocka_unit_test(the_background_flushes_a_memtable_that_is_full),
        cmocka_unit_test(appends_wait_for_the_flush_that_makes_room),
        cmocka_unit_test(a_burst_that_is_over_is_flushed_before_its_time),
        cmocka_unit_test(four_small_segments_become_one_and_doubled_spans_go),
        cmocka_unit_test(files_of_merged_segments_go_with_their_last_reader),
        cmocka_unit_test(segments_of_another_level_or_project_are_not_merged),
        cmocka_unit_test(expiry_removes_old_segments_of_that_project_only),
        cmocka_unit_test(a_damaged_segment_is_left_alone_by_compaction),
        cmocka_unit_test(appenders_share_a_sync),
        cmocka_unit_test(readers_see_a_growing_whole_while_all_else_goes_on),
        cmocka_unit_test(a_span_with_very_many_or_very_large_attributes_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
