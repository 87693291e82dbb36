/* SPDX-License-Identifier: Apache-2.0 */
/* Random sends, flushes, renames and restarts: runs and errors of every version are what an
 * oracle of one array says, at every moment. */
#include "unit/domain/ingest_test.h"

enum { SEEDS = 100, STEPS = 14, PRINTS = 3 };

typedef struct Oracle {
    unsigned runs[PRINTS];
    unsigned errors[PRINTS];
    int32_t number[PRINTS]; /* 0: not made yet */
    int32_t made;
    unsigned spans;
    unsigned name;
} Oracle;

static unsigned next(unsigned *seed, unsigned below)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8) % below;
}

static void send(Plant *p, Oracle *o, unsigned *random)
{
    const unsigned print = next(random, PRINTS);
    const unsigned count = 1 + next(random, 5);
    const Fingerprint f = fingerprint(print);
    const TestSpan s = {.model = "name 0", .print = f.text, .error = next(random, 3) == 0};

    assert_int_equal(plant_send(p, NULL, o->spans, count, &s).accepted, count);
    if (!o->number[print])
        o->number[print] = ++o->made;
    o->runs[print] += count;
    o->errors[print] += s.error ? count : 0;
    o->spans += count;
}

static void rename_it(Plant *p, Oracle *o)
{
    char from[32], body[64];
    ModelRow m;

    if (!o->made)
        return;
    (void)snprintf(from, sizeof from, "name %u", o->name);
    (void)snprintf(body, sizeof body, "{\"name\": \"name %u\"}", ++o->name);
    assert_ok(model_patch(p->w.domain, p->w.project, str_from(from), str_from(body), &p->w.arena,
                          &m, NULL));
}

static void compare(Plant *p, const Oracle *o, unsigned seed, unsigned step)
{
    for (unsigned i = 0; i < PRINTS; i++) {
        char tag[32];
        VersionRow v;

        if (!o->number[i])
            continue;
        (void)snprintf(tag, sizeof tag, "name %u:v%d", o->name, (int)o->number[i]);
        v = plant_version(p, tag);
        if (v.runs != o->runs[i] || v.errors != o->errors[i])
            fail_msg("seed %u step %u: %s has %u runs and %u errors, not %u and %u", seed, step,
                     tag, (unsigned)v.runs, (unsigned)v.errors, o->runs[i], o->errors[i]);
    }
    if (plant_stored(p, "default") != o->spans)
        fail_msg("seed %u step %u: %u spans stored, not %u", seed, step,
                 (unsigned)plant_stored(p, "default"), o->spans);
}

static void one_seed(unsigned seed)
{
    Plant p = plant_new();
    Oracle o = {0};
    unsigned random = seed;

    for (unsigned step = 0; step < STEPS; step++) {
        const unsigned what = next(&random, 10);

        if (what < 6)
            send(&p, &o, &random);
        else if (what < 8)
            assert_ok(store_flush(p.store));
        else if (what < 9)
            rename_it(&p, &o);
        else {
            plant_close(&p);
            plant_open(&p);
        }
        compare(&p, &o, seed, step);
    }
    plant_free(&p);
}

static void counts_are_what_the_oracle_says(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= SEEDS; seed++)
        one_seed(seed);
}

/* Any name, with colons and numbers in it, and any number: a tag and back. */
static void a_tag_splits_into_what_it_was_joined_from(void **state)
{
    static const char alphabet[] = "ab:v1:v2 9";

    (void)state;
    for (unsigned seed = 1; seed <= 1000; seed++) {
        Arena a = test_arena();
        unsigned random = seed;
        char name[16];
        const size_t len = 1 + next(&random, sizeof name);
        const int32_t number = 1 + (int32_t)next(&random, 1 << 20);
        Str tag, back;
        int32_t number_back;

        for (size_t i = 0; i < len; i++)
            name[i] = alphabet[next(&random, sizeof alphabet - 1)];
        assert_ok(tag_join((Str){name, len}, number, &a, &tag));
        if (tag_split(tag, &back, &number_back) || !str_eq(back, (Str){name, len}) ||
            number_back != number)
            fail_msg("seed %u: %.*s", seed, STR_ARG(tag));
        arena_deinit(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_what_the_oracle_says),
        cmocka_unit_test(a_tag_splits_into_what_it_was_joined_from),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
