/* SPDX-License-Identifier: Apache-2.0 */
/* Spool files: what is appended is read, also by the next process, and damage
 * costs no more than what is damaged. */
#include "base/alloc.h"
#include "client/spool.h"
#include "unit/client/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef struct Disk {
    Scratch scratch;
    Settings settings;
    Spool spool;
} Disk;

static void disk_open(Disk *d)
{
    scratch_make(&d->scratch);
    d->settings = (Settings){.url = "http://127.0.0.1:1",
                             .project = "p",
                             .spool_dir = d->scratch.dir,
                             .spool_bytes = 1024 * 1024};
    spool_init(&d->spool, &d->settings);
}

static void disk_close(Disk *d)
{
    spool_deinit(&d->spool);
    scratch_remove(&d->scratch);
    assert_int_equal(mem_live(), 0);
}

/* As if the process ended and another began. */
static void disk_reopen(Disk *d)
{
    spool_deinit(&d->spool);
    spool_init(&d->spool, &d->settings);
}

static Parcel spans(const char *body)
{
    return (Parcel){.kind = PARCEL_SPANS, .count = 2, .body = str_from(body)};
}

static void append(Disk *d, const char *body)
{
    const Parcel p = spans(body);

    assert_int_equal(spool_append(&d->spool, &p), ST_OK);
}

static void expect(Disk *d, SpoolSource source, const char *body)
{
    Parcel p;

    assert_int_equal(spool_peek(&d->spool, source, &p), ST_OK);
    assert_true(str_eq(p.body, str_from(body)));
    spool_advance(&d->spool, source);
}

static void expect_nothing(Disk *d, SpoolSource source)
{
    Parcel p;

    assert_int_equal(spool_peek(&d->spool, source, &p), ST_NOTFOUND);
}

static size_t list(const Disk *d, const char *suffix, char path[512])
{
    Arena a;
    Str *names;
    size_t count;
    size_t hits = 0;

    arena_init(&a, 1 << 20);
    assert_int_equal(dir_list(d->scratch.dir, &a, &names, &count), ST_OK);
    for (size_t i = 0; i < count; i++) {
        if (!str_ends(names[i], str_from(suffix)))
            continue;
        hits++;
        (void)snprintf(path, 512, "%s/%s", d->scratch.dir, names[i].ptr);
    }
    arena_deinit(&a);
    return hits;
}

static void own_records_come_back_in_order_and_leave_no_file(void **state)
{
    Disk d;
    char path[512];
    Parcel p;
    const Parcel blob = {.kind = PARCEL_BLOB,
                         .zstd = true,
                         .name = STR("00000000000000000000000000000000"
                                     "00000000000000000000000000000000 image/png"),
                         .body = STR("bytes")};

    (void)state;
    disk_open(&d);
    assert_false(spool_pending(&d.spool));
    append(&d, "one");
    assert_int_equal(spool_append(&d.spool, &blob), ST_OK);
    append(&d, "");
    assert_true(spool_pending(&d.spool));
    expect(&d, SPOOL_OWN, "one");
    assert_int_equal(spool_peek(&d.spool, SPOOL_OWN, &p), ST_OK);
    assert_int_equal(p.kind, PARCEL_BLOB);
    assert_true(p.zstd && str_eq(p.name, blob.name) && str_eq(p.body, blob.body));
    spool_advance(&d.spool, SPOOL_OWN);
    append(&d, "later");
    expect(&d, SPOOL_OWN, "");
    expect(&d, SPOOL_OWN, "later");
    expect_nothing(&d, SPOOL_OWN);
    assert_int_equal(list(&d, "", path), 0);
    assert_int_equal(d.spool.bytes, 0);
    assert_int_equal(d.spool.damaged, 0);
    disk_close(&d);
}

static void a_record_that_is_not_settled_is_given_again(void **state)
{
    Disk d;
    Parcel p;

    (void)state;
    disk_open(&d);
    append(&d, "one");
    assert_int_equal(spool_peek(&d.spool, SPOOL_OWN, &p), ST_OK);
    assert_int_equal(spool_peek(&d.spool, SPOOL_OWN, &p), ST_OK);
    expect(&d, SPOOL_OWN, "one");
    disk_close(&d);
}

static void the_next_process_adopts_oldest_first(void **state)
{
    Disk d;

    (void)state;
    disk_open(&d);
    append(&d, "one");
    append(&d, "two");
    disk_reopen(&d);
    append(&d, "three");
    disk_reopen(&d);
    assert_true(spool_adopt(&d.spool));
    expect(&d, SPOOL_ORPHAN, "one");
    expect(&d, SPOOL_ORPHAN, "two");
    expect_nothing(&d, SPOOL_ORPHAN);
    assert_true(spool_adopt(&d.spool));
    expect(&d, SPOOL_ORPHAN, "three");
    assert_false(spool_adopt(&d.spool));
    disk_close(&d);
}

static void a_living_owner_keeps_its_file(void **state)
{
    Disk d;
    Spool other;
    char path[512];

    (void)state;
    disk_open(&d);
    append(&d, "mine");
    spool_init(&other, &d.settings);
    assert_false(spool_adopt(&other));
    spool_deinit(&other);
    expect(&d, SPOOL_OWN, "mine");
    assert_int_equal(list(&d, "", path), 0);
    disk_close(&d);
}

static void spools_of_other_projects_are_left_alone(void **state)
{
    Disk d;

    (void)state;
    disk_open(&d);
    append(&d, "of p");
    d.settings.project = "q";
    disk_reopen(&d);
    assert_false(spool_adopt(&d.spool));
    d.settings.project = "p";
    disk_reopen(&d);
    assert_true(spool_adopt(&d.spool));
    expect(&d, SPOOL_ORPHAN, "of p");
    disk_close(&d);
}

/* Change the file that the ended process left: cut to, or flip a byte at, an
 * offset from its end. */
static void harm(const Disk *d, uint64_t from_end, bool cut)
{
    char path[512];
    File f;
    uint64_t size;
    char byte;
    size_t got;

    assert_int_equal(list(d, ".spool", path), 1);
    assert_int_equal(file_open_write(path, &f), ST_OK);
    assert_int_equal(file_size(&f, &size), ST_OK);
    if (cut) {
        assert_int_equal(file_truncate(&f, size - from_end), ST_OK);
    } else {
        assert_int_equal(file_read_at(&f, size - from_end, &byte, 1, &got), ST_OK);
        byte = (char)(byte ^ 0x40);
        assert_int_equal(file_write_at(&f, size - from_end, (Str){&byte, 1}), ST_OK);
    }
    file_close(&f);
}

static void a_torn_tail_is_cut_wherever_it_is_torn(void **state)
{
    (void)state;
    for (uint64_t cut = 1; cut < SPOOL_RECORD_HEADER + 3; cut++) {
        Disk d;
        char path[512];

        disk_open(&d);
        append(&d, "one");
        append(&d, "two");
        spool_deinit(&d.spool);
        harm(&d, cut, true);
        spool_init(&d.spool, &d.settings);
        assert_true(spool_adopt(&d.spool));
        expect(&d, SPOOL_ORPHAN, "one");
        expect_nothing(&d, SPOOL_ORPHAN);
        assert_int_equal(d.spool.damaged, 1);
        assert_int_equal(list(&d, "", path), 0);
        disk_close(&d);
    }
}

/* A flipped byte anywhere in the middle record costs that record, no other. */
static void a_damaged_record_is_set_aside(void **state)
{
    const uint64_t record = SPOOL_RECORD_HEADER + 3;

    (void)state;
    for (uint64_t at = record + 1; at <= 2 * record; at++) {
        Disk d;
        char path[512];

        disk_open(&d);
        append(&d, "one");
        append(&d, "two");
        append(&d, "six");
        spool_deinit(&d.spool);
        harm(&d, at, false);
        spool_init(&d.spool, &d.settings);
        assert_true(spool_adopt(&d.spool));
        expect(&d, SPOOL_ORPHAN, "one");
        expect(&d, SPOOL_ORPHAN, "six");
        expect_nothing(&d, SPOOL_ORPHAN);
        assert_int_equal(d.spool.damaged, 1);
        assert_int_equal(list(&d, ".spool", path), 0);
        assert_int_equal(list(&d, ".bad", path), 1);
        disk_close(&d);
    }
}

static void what_is_no_spool_file_goes_out_of_the_way(void **state)
{
    Disk d;
    char path[512];
    const char *const names[] = {"1-1.spool", "1-2.spool", "1-3.spool", "1-4.spool.new", "x.spool"};
    const char *const texts[] = {"hello, this is no spool file", "", "VIREOSP1\x02", "left",
                                 "kept"};

    (void)state;
    disk_open(&d);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        File f;

        (void)snprintf(path, sizeof path, "%s/%s", d.scratch.dir, names[i]);
        assert_int_equal(file_create_new(path, &f), ST_OK);
        assert_int_equal(file_write(&f, str_from(texts[i])), ST_OK);
        file_close(&f);
    }
    assert_false(spool_adopt(&d.spool));
    assert_int_equal(list(&d, "1-1.spool.bad", path), 1);
    assert_int_equal(list(&d, ".bad", path), 1);
    assert_int_equal(list(&d, ".new", path), 0);
    assert_int_equal(list(&d, ".spool", path), 1);
    disk_close(&d);
}

static void the_limit_holds_for_all_files_of_the_folder(void **state)
{
    Disk d;
    char body[1001] = {0};
    size_t fitted = 0;
    const Parcel p = {.kind = PARCEL_SPANS, .count = 1, .body = {body, 1000}};

    (void)state;
    disk_open(&d);
    d.settings.spool_bytes = 10000;
    while (spool_append(&d.spool, &p) == ST_OK)
        fitted++;
    assert_int_equal(fitted, 9);
    disk_reopen(&d);
    assert_int_equal(spool_append(&d.spool, &p), ST_FULL);
    assert_true(spool_adopt(&d.spool));
    while (fitted--) {
        Parcel got;

        assert_int_equal(spool_peek(&d.spool, SPOOL_ORPHAN, &got), ST_OK);
        spool_advance(&d.spool, SPOOL_ORPHAN);
    }
    assert_int_equal(spool_append(&d.spool, &p), ST_OK);
    disk_close(&d);
}

static void a_full_file_is_followed_by_another(void **state)
{
    Disk d;
    char body[40000];
    char path[512];
    const Parcel p = {.kind = PARCEL_SPANS, .count = 1, .body = {body, sizeof body}};

    (void)state;
    memset(body, 'x', sizeof body);
    disk_open(&d);
    for (int i = 0; i < 6; i++)
        assert_int_equal(spool_append(&d.spool, &p), ST_OK);
    assert_int_equal(list(&d, ".spool", path), 3);
    for (int i = 0; i < 6; i++) {
        Parcel got;

        assert_int_equal(spool_peek(&d.spool, SPOOL_OWN, &got), ST_OK);
        assert_int_equal(got.body.len, sizeof body);
        spool_advance(&d.spool, SPOOL_OWN);
    }
    assert_int_equal(list(&d, "", path), 0);
    disk_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_records_come_back_in_order_and_leave_no_file),
        cmocka_unit_test(a_record_that_is_not_settled_is_given_again),
        cmocka_unit_test(the_next_process_adopts_oldest_first),
        cmocka_unit_test(a_living_owner_keeps_its_file),
        cmocka_unit_test(spools_of_other_projects_are_left_alone),
        cmocka_unit_test(a_torn_tail_is_cut_wherever_it_is_torn),
        cmocka_unit_test(a_damaged_record_is_set_aside),
        cmocka_unit_test(what_is_no_spool_file_goes_out_of_the_way),
        cmocka_unit_test(the_limit_holds_for_all_files_of_the_folder),
        cmocka_unit_test(a_full_file_is_followed_by_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
