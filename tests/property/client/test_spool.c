/* SPDX-License-Identifier: Apache-2.0 */
/* Random appending, delivering, ending and tearing against a plain list. */
#include "base/alloc.h"
#include "client/spool.h"
#include "unit/client/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { SEEDS = 150, STEPS = 120, BODY_MAX = 20000 };

static uint64_t next(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = *state;

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* The n-th record's body is made of its number. */
static Parcel make(uint32_t n, char *body)
{
    uint64_t r = n;
    const size_t len = next(&r) % 3 ? next(&r) % 50 : next(&r) % BODY_MAX;

    memset(body, (int)(n % 251), len);
    return (Parcel){.kind = PARCEL_SPANS, .count = n, .body = {body, len}};
}

typedef struct Model {
    Settings settings;
    Spool spool;
    uint32_t appended; /* numbers 1..appended are on disk ... */
    uint32_t settled;  /* ... without 1..settled */
    char body[BODY_MAX];
} Model;

static void expect_next(Model *m, SpoolSource source)
{
    Parcel got;
    const Parcel want = make(m->settled + 1, m->body);

    assert_int_equal(spool_peek(&m->spool, source, &got), ST_OK);
    assert_int_equal(got.count, want.count);
    assert_true(str_eq(got.body, want.body));
    spool_advance(&m->spool, source);
    m->settled++;
}

/* The process ends; the next one delivers all that is left before it goes on.  What
 * was settled of a file that is still there comes again. */
static void restart(Model *m)
{
    Parcel got;

    spool_deinit(&m->spool);
    spool_init(&m->spool, &m->settings);
    while (spool_adopt(&m->spool)) {
        while (spool_peek(&m->spool, SPOOL_ORPHAN, &got) == ST_OK) {
            if (got.count <= m->settled)
                spool_advance(&m->spool, SPOOL_ORPHAN);
            else
                expect_next(m, SPOOL_ORPHAN);
        }
    }
    assert_int_equal(m->settled, m->appended);
    assert_int_equal(m->spool.damaged, 0);
}

static void step(Model *m, uint64_t choice)
{
    Parcel p;

    if (choice < 60) {
        p = make(m->appended + 1, m->body);
        assert_int_equal(spool_append(&m->spool, &p), ST_OK);
        m->appended++;
    } else if (choice < 97 && m->settled < m->appended) {
        assert_true(spool_pending(&m->spool));
        expect_next(m, SPOOL_OWN);
    } else if (choice >= 97) {
        restart(m);
    }
}

static void the_spool_is_a_list_that_survives_its_process(void **state)
{
    static Model m;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        Scratch dir;
        uint64_t r = seed;

        print_message("seed %d\r", (int)seed);
        scratch_make(&dir);
        m = (Model){.settings = {.url = "u",
                                 .project = "p",
                                 .spool_dir = dir.dir,
                                 .spool_bytes = 2 * 1024 * 1024}}; /* files of 128 KiB */
        spool_init(&m.spool, &m.settings);
        for (int i = 0; i < STEPS; i++)
            step(&m, next(&r) % 100);
        restart(&m);
        spool_deinit(&m.spool);
        scratch_remove(&dir);
    }
    assert_int_equal(mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_spool_is_a_list_that_survives_its_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
