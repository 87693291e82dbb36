/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of samples: one a giver and name, kept with the sample, gone with its space. */
#include "unit/catalog/catalog_test.h"

#include "catalog/inference.h"
#include "catalog/sample_commit.h"
#include "catalog/sample_score.h"

typedef struct World {
    Place place;
    Catalog *c;
    Arena a;
    SpaceRow space;
} World;

static World world_new(void)
{
    World w = {.place = place_new(), .a = test_arena()};
    SpaceRow wanted = {.name = STR("d"), .created_ns = 3};
    SamplePut puts[] = {{.id = STR("a"), .input = STR("1"), .content = "x"},
                        {.id = STR("b"), .input = STR("2"), .content = "x"}};
    CommitOut out;
    CommitErr why;
    bool created;

    w.c = place_open(&w.place);
    wanted.project_id = test_project(w.c, "p");
    assert_ok(catalog_space_put(w.c, SPACE_DATASET, &wanted, &w.a, &w.space, &created));
    assert_ok(catalog_samples_commit(
        w.c,
        &(CommitIn){.list_id = w.space.list_id, .base_version = -1, .puts = puts, .put_count = 2},
        &out, &why));
    return w;
}

static void world_free(World *w)
{
    assert_ok(catalog_check(w->c, test_no_finding, NULL));
    catalog_close(w->c);
    arena_deinit(&w->a);
    place_free(&w->place);
}

static SampleScoreRow score(int64_t number, const char *by, Said passed)
{
    return (SampleScoreRow){.number = number,
                            .name = STR("feedback"),
                            .source = STR("person"),
                            .by = str_from(by),
                            .passed = passed,
                            .created_ns = 5,
                            .updated_ns = 6};
}

static int64_t put(World *w, SampleScoreRow row)
{
    int64_t id = 0;
    Status each = ST_CORRUPT;

    assert_ok(catalog_sample_scores_put(w->c, w->space.id, &row, 1, &id, &each));
    assert_ok(each);
    return id;
}

static SampleScores list(World *w, SampleScoreWish wish)
{
    SampleScores out = {0};

    wish.space_id = w->space.id;
    wish.limit = wish.limit ? wish.limit : 100;
    assert_ok(catalog_sample_scores_list(w->c, &wish, &w->a, &out));
    return out;
}

static void the_same_giver_and_name_change_the_score(void **state)
{
    World w = world_new();
    SampleScoreRow changed = score(1, "ann", SAID_PASSED);
    SampleScoreRow row = {0};
    SampleScores found;
    const int64_t id = put(&w, score(1, "ann", SAID_FAILED));

    (void)state;
    changed.reason = STR("on second thoughts");
    changed.created_ns = 8;
    changed.updated_ns = 9;
    assert_int_equal(put(&w, changed), id);
    assert_int_not_equal(put(&w, score(1, "bob", SAID_FAILED)), id);
    assert_int_not_equal(put(&w, score(2, "ann", SAID_NOTHING)), id);
    assert_ok(catalog_sample_score_get(w.c, w.space.id, id, &w.a, &row));
    assert_int_equal(row.passed, SAID_PASSED);
    assert_str(row.reason, "on second thoughts");
    assert_str(row.sample_id, "a");
    assert_int_equal(row.created_ns, 5); /* when it was first given */
    assert_int_equal(row.updated_ns, 9);
    found = list(&w, (SampleScoreWish){.version_id = -1, .limit = 2});
    assert_int_equal(found.len, 2);
    assert_true(found.more);
    found = list(&w, (SampleScoreWish){.version_id = -1, .after = found.items[1].id});
    assert_int_equal(found.len, 1);
    assert_int_equal(found.items[0].passed, SAID_NOTHING);
    assert_false(found.more);
    assert_int_equal(list(&w, (SampleScoreWish){.version_id = -1, .by = STR("ann")}).len, 2);
    assert_int_equal(catalog_sample_score_get(w.c, w.space.id + 1, id, &w.a, &row), ST_NOTFOUND);
    assert_int_equal(catalog_sample_score_remove(w.c, w.space.id + 1, id), ST_NOTFOUND);
    assert_ok(catalog_sample_score_remove(w.c, w.space.id, id));
    assert_int_equal(catalog_sample_score_remove(w.c, w.space.id, id), ST_NOTFOUND);
    world_free(&w);
}

static void scores_of_another_answer_are_left_out(void **state)
{
    World w = world_new();
    const int64_t numbers[] = {1, 2};
    const InferenceKey key = {.version_id = 7, .space = w.space.id};
    InferenceRow answer = {.number = 1, .hash = STR("h1"), .inference = STR("1")};
    SampleScoreRow row = score(1, "ann", SAID_PASSED);
    SampleScores of[2];
    int64_t *judged = NULL;
    size_t len = 0;
    size_t added = 0;
    size_t clash = 0;

    (void)state;
    assert_ok(catalog_inferences_put(w.c, &key, &answer, 1, true, &added, &clash));
    row.version_id = 7;
    row.answer = STR("h1");
    row.judge_id = 3;
    put(&w, row);
    put(&w, score(1, "ann", SAID_FAILED));
    assert_ok(catalog_sample_scores_of(w.c, w.space.id, 7, numbers, 2, &w.a, of));
    assert_int_equal(of[0].len, 2);
    assert_int_equal(of[1].len, 0);
    assert_ok(catalog_sample_scores_of(w.c, w.space.id, 0, numbers, 2, &w.a, of));
    assert_int_equal(of[0].len, 1);
    assert_int_equal(of[0].items[0].version_id, 0);
    assert_ok(catalog_sample_scores_judged(w.c, w.space.id, 7, 3, &judged, &len));
    assert_int_equal(len, 1);
    assert_int_equal(judged[0], 1);
    mem_free(judged);

    answer.hash = STR("h2");
    assert_ok(catalog_inferences_put(w.c, &key, &answer, 1, true, &added, &clash));
    assert_ok(catalog_sample_scores_of(w.c, w.space.id, 7, numbers, 2, &w.a, of));
    assert_int_equal(of[0].len, 1);
    assert_ok(catalog_sample_scores_judged(w.c, w.space.id, 7, 3, &judged, &len));
    assert_int_equal(len, 0);
    mem_free(judged);
    assert_true(list(&w, (SampleScoreWish){.version_id = 7}).items[0].outdated);
    world_free(&w);
}

static void a_sample_has_room_for_so_many(void **state)
{
    World w = world_new();
    SampleScoreRow *rows = arena_calloc(&w.a, SCORES_A_SAMPLE + 2, sizeof *rows);
    int64_t *ids = arena_calloc(&w.a, SCORES_A_SAMPLE + 2, sizeof *ids);
    Status *each = arena_calloc(&w.a, SCORES_A_SAMPLE + 2, sizeof *each);

    (void)state;
    for (size_t i = 0; i < SCORES_A_SAMPLE + 1; i++) {
        Str by = {0};

        assert_ok(arena_printf(&w.a, &by, "p%zu", i));
        rows[i] = score(1, "", SAID_PASSED);
        rows[i].by = by;
    }
    rows[SCORES_A_SAMPLE + 1] = rows[4]; /* a change needs no room */
    assert_ok(catalog_sample_scores_put(w.c, w.space.id, rows, SCORES_A_SAMPLE + 2, ids, each));
    assert_ok(each[SCORES_A_SAMPLE - 1]);
    assert_int_equal(each[SCORES_A_SAMPLE], ST_LIMIT);
    assert_ok(each[SCORES_A_SAMPLE + 1]);
    assert_int_equal(ids[SCORES_A_SAMPLE + 1], ids[4]);
    put(&w, score(2, "ann", SAID_PASSED));
    world_free(&w);
}

static void they_go_with_their_space(void **state)
{
    World w = world_new();

    (void)state;
    put(&w, score(1, "ann", SAID_PASSED));
    assert_ok(catalog_space_remove(w.c, w.space.id));
    assert_int_equal(list(&w, (SampleScoreWish){.version_id = -1}).len, 0);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_giver_and_name_change_the_score),
        cmocka_unit_test(scores_of_another_answer_are_left_out),
        cmocka_unit_test(a_sample_has_room_for_so_many),
        cmocka_unit_test(they_go_with_their_space),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
