/* SPDX-License-Identifier: Apache-2.0 */
/* Models and versions: one fingerprint, one version, whoever comes first. */
#include "unit/catalog/catalog_test.h"

#include "os/thread.h"

#include <sys/wait.h>

static void a_fingerprint_that_is_known_is_the_same_version(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    const int64_t one = test_project(c, "one");
    const int64_t two = test_project(c, "two");

    (void)state;
    assert_int_equal(test_put(c, one, "m", 1), 1);
    assert_int_equal(test_put(c, one, "m", 2), 2);
    assert_int_equal(test_put(c, one, "m", 1), 1);
    assert_int_equal(test_put(c, one, "m", 3), 3);
    /* Another model and another project count for themselves. */
    assert_int_equal(test_put(c, one, "n", 3), 1);
    assert_int_equal(test_put(c, two, "m", 3), 1);
    catalog_close(c);
    place_free(&p);
}

static void a_registration_fills_in_what_spans_made(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    Arena a = test_arena();
    const int64_t project = test_project(c, "p");
    VersionRow v;
    int32_t number;
    bool created;

    (void)state;
    assert_ok(try_put(c, project, "m", 1, NULL, &number, &created));
    assert_true(created);
    assert_ok(catalog_version_get(c, project, STR("m"), 1, &a, &v));
    assert_false(v.registered);
    /* Without a source first, as only the fingerprint is required. */
    assert_ok(try_put(c, project, "m", 1, "", &number, &created));
    assert_ok(catalog_version_get(c, project, STR("m"), 1, &a, &v));
    assert_true(v.registered);
    assert_ok(try_put(c, project, "m", 1, "first", &number, &created));
    assert_false(created);
    assert_ok(try_put(c, project, "m", 1, "second", &number, &created));
    assert_int_equal(number, 1);
    assert_ok(catalog_version_get(c, project, STR("m"), 1, &a, &v));
    assert_str(v.source, "first");
    arena_deinit(&a);
    catalog_close(c);
    place_free(&p);
}

static void versions_come_newest_first_in_pages(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    Arena a = test_arena();
    const int64_t project = test_project(c, "p");
    ModelRow m;
    VersionList list;

    (void)state;
    for (unsigned i = 1; i <= 5; i++)
        assert_int_equal(test_put(c, project, "m", i), i);
    assert_ok(catalog_model_get(c, project, STR("m"), &a, &m));
    assert_int_equal(m.latest, 5);
    assert_int_equal(m.version_count, 5);
    assert_ok(catalog_version_list(c, m.id, 0, 3, &a, &list));
    assert_int_equal(list.len, 3);
    assert_true(list.more);
    assert_int_equal(list.items[0].number, 5);
    assert_ok(catalog_version_list(c, m.id, list.items[2].number, 3, &a, &list));
    assert_int_equal(list.len, 2);
    assert_false(list.more);
    assert_int_equal(list.items[1].number, 1);
    arena_deinit(&a);
    catalog_close(c);
    place_free(&p);
}

static void tags_of_a_renamed_model_stay_good(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    Arena a = test_arena();
    const int64_t project = test_project(c, "p");
    VersionRow v;
    ModelRow m;

    (void)state;
    (void)test_put(c, project, "old", 1);
    (void)test_put(c, project, "old", 2);
    (void)test_put(c, project, "other", 9);
    assert_int_equal(test_rename(c, project, "old", "other"), ST_EXISTS);
    assert_ok(test_rename(c, project, "old", "new"));
    assert_ok(catalog_version_get(c, project, STR("old"), 2, &a, &v));
    assert_str(v.model, "new");
    /* Code that still uses the old name registers where its versions are. */
    assert_int_equal(test_put(c, project, "old", 2), 2);
    assert_int_equal(test_put(c, project, "old", 3), 3);
    assert_ok(catalog_model_get(c, project, STR("old"), &a, &m));
    assert_str(m.name, "new");
    assert_int_equal(m.former_count, 1);
    assert_str(m.former_names[0], "old");
    arena_deinit(&a);
    catalog_close(c);
    place_free(&p);
}

static void a_former_name_given_to_another_model_is_its_own(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    Arena a = test_arena();
    const int64_t project = test_project(c, "p");
    VersionRow v;
    ModelRow m;

    (void)state;
    (void)test_put(c, project, "x", 1);
    (void)test_put(c, project, "x", 2);
    (void)test_put(c, project, "y", 9);
    assert_ok(test_rename(c, project, "x", "z"));
    assert_ok(test_rename(c, project, "y", "x"));
    assert_ok(catalog_version_get(c, project, STR("x"), 1, &a, &v));
    assert_str(v.fingerprint, fingerprint(9).text);
    /* The number that the new one lacks is still the old one's. */
    assert_ok(catalog_version_get(c, project, STR("x"), 2, &a, &v));
    assert_str(v.model, "z");
    assert_ok(catalog_model_get(c, project, STR("z"), &a, &m));
    assert_int_equal(m.former_count, 0);
    /* Given up again, the name leads to who had it last. */
    assert_ok(test_rename(c, project, "x", "w"));
    assert_ok(catalog_version_get(c, project, STR("x"), 1, &a, &v));
    assert_str(v.model, "w");
    /* Back to a name of its own: no alias for what is the name. */
    assert_ok(test_rename(c, project, "z", "x"));
    assert_ok(catalog_model_get(c, project, STR("x"), &a, &m));
    assert_int_equal(m.former_count, 1);
    assert_str(m.former_names[0], "z");
    arena_deinit(&a);
    catalog_close(c);
    place_free(&p);
}

static void a_model_has_a_bounded_number_of_former_names(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    const int64_t project = test_project(c, "p");
    char from[16] = "n0";
    char to[16];

    (void)state;
    (void)test_put(c, project, "n0", 1);
    for (int i = 1; i <= MAX_FORMER_NAMES; i++) {
        (void)snprintf(to, sizeof to, "n%d", i);
        assert_ok(test_rename(c, project, from, to));
        memcpy(from, to, sizeof from);
    }
    assert_int_equal(test_rename(c, project, from, "too many"), ST_LIMIT);
    assert_ok(test_rename(c, project, from, "n0")); /* gives an alias back */
    catalog_close(c);
    place_free(&p);
}

static void a_version_keeps_at_most_sixteen_output_types(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    Arena a = test_arena();
    const int64_t project = test_project(c, "p");
    VersionRow v;
    char type[16];

    (void)state;
    (void)test_put(c, project, "m", 1);
    assert_ok(catalog_version_get(c, project, STR("m"), 1, &a, &v));
    for (int i = 0; i < 40; i++) {
        (void)snprintf(type, sizeof type, "t%d", i / 2);
        assert_ok(catalog_version_observe(c, v.id, str_from(type)));
    }
    assert_ok(catalog_version_get(c, project, STR("m"), 1, &a, &v));
    assert_int_equal(v.observed_count, MAX_OBSERVED_TYPES);
    assert_str(v.observed_types[0], "t0");
    assert_str(v.observed_types[15], "t15");
    arena_deinit(&a);
    catalog_close(c);
    place_free(&p);
}

/* ------------------------------------------------------------ at once */

enum { RACERS = 10, PRINTS = 20 };

typedef struct Racer {
    Catalog *c;
    int64_t project;
    unsigned first;
    int32_t numbers[PRINTS];
    unsigned created;
} Racer;

/* All racers put the same fingerprints, each beginning with another one. */
static void race(void *arg)
{
    Racer *r = arg;

    for (unsigned i = 0; i < PRINTS; i++) {
        const unsigned print = (i + r->first) % PRINTS;
        bool created = false;

        if (try_put(r->c, r->project, "m", print, "source", &r->numbers[print], &created))
            r->numbers[print] = -1;
        r->created += created;
    }
}

static void check_numbers(const int32_t numbers[PRINTS])
{
    bool seen[PRINTS + 1] = {false};

    for (unsigned i = 0; i < PRINTS; i++) {
        assert_in_range(numbers[i], 1, PRINTS);
        assert_false(seen[numbers[i]]);
        seen[numbers[i]] = true;
    }
}

static void threads_that_register_at_once_agree(void **state)
{
    const Place p = place_new();
    Catalog *c = place_open(&p);
    const int64_t project = test_project(c, "p");
    Racer racers[RACERS] = {0};
    Thread threads[RACERS];
    unsigned created = 0;

    (void)state;
    for (unsigned i = 0; i < RACERS; i++) {
        racers[i] = (Racer){.c = c, .project = project, .first = i * 7};
        assert_ok(thread_start(&threads[i], "racer", race, &racers[i]));
    }
    for (unsigned i = 0; i < RACERS; i++)
        thread_join(&threads[i]);
    for (unsigned i = 0; i < RACERS; i++) {
        assert_memory_equal(racers[i].numbers, racers[0].numbers, sizeof racers[0].numbers);
        created += racers[i].created;
    }
    check_numbers(racers[0].numbers);
    assert_int_equal(created, PRINTS);
    catalog_close(c);
    place_free(&p);
}

/* In a child: cmocka's jumps must not run there, so failures become exit codes. */
static int race_in_process(const Place *p, unsigned i, int out)
{
    Racer r = {.first = i * 7};
    Arena a = test_arena();
    ProjectRow row;
    bool created;
    int code = 0;

    if (catalog_open(p->path, NULL, &r.c))
        return 1;
    if (catalog_project_put(r.c, STR("p"), 1, &a, &row, &created))
        return 2;
    r.project = row.id;
    race(&r);
    if (write(out, r.numbers, sizeof r.numbers) != (ssize_t)sizeof r.numbers)
        code = 3;
    arena_deinit(&a);
    catalog_close(r.c);
    return code;
}

static void processes_that_make_the_file_and_register_at_once_agree(void **state)
{
    const Place p = place_new();
    int32_t numbers[RACERS][PRINTS];
    pid_t pids[RACERS];
    int ends[2];
    Catalog *c;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    for (unsigned i = 0; i < RACERS; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (!pids[i])
            _exit(race_in_process(&p, i, ends[1]));
    }
    for (unsigned i = 0; i < RACERS; i++) {
        int status = -1;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
        assert_int_equal(read(ends[0], numbers[i], sizeof numbers[i]), sizeof numbers[i]);
        assert_memory_equal(numbers[i], numbers[0], sizeof numbers[0]);
    }
    check_numbers(numbers[0]);
    c = place_open(&p);
    assert_ok(catalog_check(c, test_no_finding, NULL));
    catalog_close(c);
    (void)close(ends[0]);
    (void)close(ends[1]);
    place_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fingerprint_that_is_known_is_the_same_version),
        cmocka_unit_test(a_registration_fills_in_what_spans_made),
        cmocka_unit_test(versions_come_newest_first_in_pages),
        cmocka_unit_test(tags_of_a_renamed_model_stay_good),
        cmocka_unit_test(a_former_name_given_to_another_model_is_its_own),
        cmocka_unit_test(a_model_has_a_bounded_number_of_former_names),
        cmocka_unit_test(a_version_keeps_at_most_sixteen_output_types),
        cmocka_unit_test(threads_that_register_at_once_agree),
        cmocka_unit_test(processes_that_make_the_file_and_register_at_once_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
