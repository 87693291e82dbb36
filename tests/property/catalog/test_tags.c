/* SPDX-License-Identifier: Apache-2.0 */
/* Random registrations and renames against an oracle of a few arrays: who a name means,
 * which number a fingerprint has, what a tag resolves to. */
#include "unit/catalog/catalog_test.h"

enum { SEEDS = 100, STEPS = 60, NAMES = 4, MODELS = 8, PRINTS = 6 };

typedef struct OracleModel {
    int name;
    int numbers[PRINTS]; /* of each fingerprint, 0: not there */
    int count;
    int lost[NAMES]; /* when it lost a name, 0: never, or it has it */
} OracleModel;

typedef struct Oracle {
    OracleModel models[MODELS];
    int len;
    int clock;
} Oracle;

static unsigned next(unsigned *seed, unsigned below)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8) % below;
}

static int holder(const Oracle *o, int name)
{
    for (int i = 0; i < o->len; i++)
        if (o->models[i].name == name)
            return i;
    return -1;
}

/* The model that a name means; with `number`, the one of those that has it. */
static int meant(const Oracle *o, int name, int number)
{
    int best = holder(o, name);

    if (best >= 0 && o->models[best].count >= number)
        return best;
    best = -1;
    for (int i = 0; i < o->len; i++)
        if (o->models[i].lost[name] && o->models[i].count >= number &&
            (best < 0 || o->models[i].lost[name] > o->models[best].lost[name]))
            best = i;
    return best;
}

static int oracle_put(Oracle *o, int name, int print)
{
    int m = meant(o, name, 0);

    if (m < 0) {
        m = o->len++;
        o->models[m] = (OracleModel){.name = name};
    }
    if (!o->models[m].numbers[print])
        o->models[m].numbers[print] = ++o->models[m].count;
    return o->models[m].numbers[print];
}

static Status oracle_rename(Oracle *o, int from, int to)
{
    const int m = meant(o, from, 0);
    const int other = holder(o, to);

    if (m < 0)
        return ST_NOTFOUND;
    if (o->models[m].name == to)
        return ST_OK;
    if (other >= 0)
        return ST_EXISTS;
    o->models[m].lost[o->models[m].name] = ++o->clock;
    o->models[m].lost[to] = 0;
    o->models[m].name = to;
    return ST_OK;
}

static const char *const names[NAMES] = {"alpha", "Beta gamma", "c:v1", "\xc3\xa9t\xc3\xa9"};

static void compare_tags(Catalog *c, int64_t project, const Oracle *o, unsigned seed)
{
    for (int name = 0; name < NAMES; name++) {
        for (int number = 1; number <= PRINTS; number++) {
            Arena a = test_arena();
            VersionRow v = {0};
            const int m = meant(o, name, number);
            const Status st =
                catalog_version_get(c, project, str_from(names[name]), number, &a, &v);

            if ((st == ST_OK) != (m >= 0))
                fail_msg("seed %u: %s:v%d is %d, the oracle says %d", seed, names[name], number,
                         (int)st, m);
            if (m >= 0) {
                const unsigned long print = strtoul(v.fingerprint.ptr, NULL, 16);

                if (!str_eq(v.model, str_from(names[o->models[m].name])) ||
                    o->models[m].numbers[print] != number)
                    fail_msg("seed %u: %s:v%d is %.*s with fingerprint %lu", seed, names[name],
                             number, STR_ARG(v.model), print);
            }
            arena_deinit(&a);
        }
    }
}

static void one_seed(Catalog *c, unsigned seed)
{
    char text[32];
    Oracle o = {0};
    int64_t project;
    unsigned random = seed;

    (void)snprintf(text, sizeof text, "seed %u", seed);
    project = test_project(c, text);
    for (int step = 0; step < STEPS; step++) {
        const int name = (int)next(&random, NAMES);
        const int other = (int)next(&random, NAMES);
        const int print = (int)next(&random, PRINTS);

        if (next(&random, 2) && o.len < MODELS) {
            const int expected = oracle_put(&o, name, print);
            const int number = test_put(c, project, names[name], (unsigned)print);

            if (number != expected)
                fail_msg("seed %u step %d: number %d, not %d", seed, step, number, expected);
        } else {
            const Status expected = oracle_rename(&o, name, other);
            const Status st = test_rename(c, project, names[name], names[other]);

            if (st != expected)
                fail_msg("seed %u step %d: rename gives %d, not %d", seed, step, (int)st,
                         (int)expected);
        }
    }
    compare_tags(c, project, &o, seed);
}

static void every_tag_resolves_as_the_oracle_says(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);

    (void)state;
    for (unsigned seed = 1; seed <= SEEDS; seed++)
        one_seed(c, seed);
    assert_ok(catalog_check(c, test_no_finding, NULL));
    catalog_close(c);
    place_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_tag_resolves_as_the_oracle_says)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
