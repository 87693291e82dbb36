/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets, workflows, cases and suites: what is refused, what is merged, what goes with what.
 * What commits do to versions is in property/catalog/test_samples.c. */
#include "unit/catalog/catalog_test.h"

#include "catalog/sample_commit.h"
#include "catalog/sql.h"
#include "catalog/suite.h"
#include "catalog/target.h"
#include "catalog/tombstone.h"

typedef struct World {
    Place place;
    Catalog *c;
    Arena a;
    int64_t project;
    SpaceRow dataset, workflow;
} World;

static SpaceRow make_space(World *w, SpaceKind kind, const char *name)
{
    SpaceRow row = {.project_id = w->project, .name = str_from(name), .created_ns = 3};
    SpaceRow out = {0};
    bool created;

    assert_ok(catalog_space_put(w->c, kind, &row, &w->a, &out, &created));
    return out;
}

static World world_new(void)
{
    World w = {.place = place_new()};

    w.a = test_arena();
    w.c = place_open(&w.place);
    w.project = test_project(w.c, "p");
    w.dataset = make_space(&w, SPACE_DATASET, "questions");
    w.workflow = make_space(&w, SPACE_WORKFLOW, "questions");
    return w;
}

static void world_free(World *w)
{
    assert_ok(catalog_check(w->c, test_no_finding, NULL));
    catalog_close(w->c);
    arena_deinit(&w->a);
    place_free(&w->place);
}

static SamplePut put(const char *id, const char *expected)
{
    SamplePut p = {.id = str_from(id), .input = STR("1"), .expected = str_from(expected)};

    (void)snprintf(p.content, sizeof p.content, "%s", expected);
    return p;
}

static CommitIn to_dataset(const World *w, const SamplePut *puts, size_t count)
{
    return (CommitIn){.list_id = w->dataset.list_id,
                      .base_version = -1,
                      .puts = puts,
                      .put_count = count,
                      .author = STR("me"),
                      .message = STR("because"),
                      .now_ns = 4};
}

static void expect_refused(World *w, const CommitIn *in, int why, int64_t at)
{
    CommitOut out = {0};
    CommitErr e = {0};
    SampleListRow before, after;

    assert_ok(catalog_list_by_id(w->c, in->list_id, &w->a, &before));
    assert_int_equal(catalog_samples_commit(w->c, in, &out, &e), ST_INVALID);
    assert_int_equal((int)e.why, why);
    assert_int_equal(e.at, at);
    assert_ok(catalog_list_by_id(w->c, in->list_id, &w->a, &after));
    assert_int_equal(before.version, after.version);
    assert_int_equal(before.count, after.count);
}

static void a_commit_that_contradicts_itself_changes_nothing(void **state)
{
    const SamplePut good[] = {put("a", "1"), put("b", "2")};
    const SamplePut twice[] = {put("b", "2"), put("c", "3"), put("b", "4")};
    const SamplePut new_twice[] = {put("d", "2"), put("d", "2")};
    const Str removes[] = {STR("x"), STR("c")};
    World w = world_new();
    CommitIn in = to_dataset(&w, good, 2);
    CommitOut out = {0};
    CommitErr e = {0};

    (void)state;
    assert_ok(catalog_samples_commit(w.c, &in, &out, &e));
    assert_int_equal(out.version, 1);
    in = to_dataset(&w, twice, 3);
    expect_refused(&w, &in, COMMIT_TWICE, 2);
    in = to_dataset(&w, new_twice, 2);
    expect_refused(&w, &in, COMMIT_TWICE, 1);
    in = to_dataset(&w, twice, 2);
    in.removes = removes;
    in.remove_count = 2;
    expect_refused(&w, &in, COMMIT_BOTH, 1);
    in = to_dataset(&w, good, 2);
    in.base_version = 0;
    expect_refused(&w, &in, COMMIT_STALE, 0);
    in = to_dataset(&w, good, 2);
    in.stage_id = 77;
    expect_refused(&w, &in, COMMIT_NO_STAGE, 0);
    world_free(&w);
}

static void what_was_said_of_a_commit_is_kept(void **state)
{
    const SamplePut first[] = {put("a", "1"), put("b", "2")};
    const SamplePut second[] = {put("b", "3")};
    World w = world_new();
    SampleCommits list = {0};
    CommitIn in = to_dataset(&w, first, 2);
    CommitOut out = {0};
    CommitErr e = {0};

    (void)state;
    assert_ok(catalog_samples_commit(w.c, &in, &out, &e));
    in = to_dataset(&w, second, 1);
    assert_ok(catalog_samples_commit(w.c, &in, &out, &e));
    assert_ok(catalog_samples_commit(w.c, &in, &out, &e));
    assert_false(out.made);
    assert_ok(catalog_sample_commits(w.c, w.dataset.list_id, 0, 1, &w.a, &list));
    assert_true(list.more);
    assert_int_equal(list.items[0].version, 2);
    assert_int_equal(list.items[0].changed, 1);
    assert_int_equal(list.items[0].count, 2);
    assert_str(list.items[0].message, "because");
    assert_ok(catalog_sample_commits(w.c, w.dataset.list_id, 2, 5, &w.a, &list));
    assert_int_equal(list.len, 1);
    assert_int_equal(list.items[0].added, 2);
    world_free(&w);
}

static CaseIn case_of(const char *name, const SamplePut *puts, size_t count, bool replace)
{
    return (CaseIn){.name = str_from(name),
                    .commit = {.base_version = -1,
                               .replace = replace,
                               .ordered = true,
                               .shared_metadata = true,
                               .puts = puts,
                               .put_count = count,
                               .now_ns = 6}};
}

static void cases_share_numbers_and_metadata(void **state)
{
    SamplePut first[] = {put("a", "1"), put("b", "2")};
    SamplePut second[] = {put("b", "other")};
    World w = world_new();
    CaseIn cases[2];
    CaseOut out[2] = {0};
    CommitErr e = {0};
    SampleRow in_first, in_second;
    size_t at = 0;

    (void)state;
    first[1].metadata = STR("{\"city\":\"Bonn\",\"n\":1}");
    second[0].metadata = STR("{\"n\":2}");
    cases[0] = case_of("rain", first, 2, false);
    cases[1] = case_of("snow", second, 1, false);
    assert_ok(catalog_cases_put(w.c, w.workflow.id, cases, 2, false, &w.a, out, &at, &e));
    assert_ok(catalog_sample_get(w.c, out[0].row.id, 1, STR("b"), 0, &w.a, &in_first));
    assert_ok(catalog_sample_get(w.c, out[1].row.id, 1, STR("b"), 0, &w.a, &in_second));
    assert_int_equal(in_first.number, in_second.number);
    assert_str(in_first.expected, "2");
    assert_str(in_second.expected, "other");
    assert_str(in_first.metadata, "{\"city\":\"Bonn\",\"n\":2}");
    assert_str(in_second.metadata, "{\"city\":\"Bonn\",\"n\":2}");
    world_free(&w);
}

static int64_t metadata_revision(World *w)
{
    const TargetKey key = {.space = w->workflow.id};
    int64_t revision = -1;

    assert_ok(catalog_target_metadata_revision(w->c, &key, &revision));
    return revision;
}

/* However many samples it is of. */
static void a_commit_makes_metadata_newer_once(void **state)
{
    SamplePut puts[] = {put("a", "1"), put("b", "2"), put("c", "3")};
    World w = world_new();
    CaseIn in = case_of("rain", puts, 3, true);
    CaseOut out = {0};
    CommitErr e = {0};
    size_t at = 0;

    (void)state;
    puts[0].metadata = STR("{\"city\":\"Bonn\"}");
    assert_ok(catalog_cases_put(w.c, w.workflow.id, &in, 1, false, &w.a, &out, &at, &e));
    assert_int_equal(metadata_revision(&w), 0); /* they came with the samples */
    for (size_t i = 0; i < 3; i++)
        puts[i].metadata = STR("{\"city\":\"Oslo\"}");
    assert_ok(catalog_cases_put(w.c, w.workflow.id, &in, 1, false, &w.a, &out, &at, &e));
    assert_int_equal(metadata_revision(&w), 1);
    assert_ok(catalog_cases_put(w.c, w.workflow.id, &in, 1, false, &w.a, &out, &at, &e));
    assert_int_equal(metadata_revision(&w), 1);
    world_free(&w);
}

static void bulk_cases_are_made_loaded_or_edited_all_or_none(void **state)
{
    const SamplePut puts[] = {put("a", "1"), put("b", "2")};
    const SamplePut other[] = {put("b", "2")};
    const SamplePut bad[] = {put("z", "1"), put("z", "2")};
    World w = world_new();
    CaseIn cases[3] = {case_of("one", puts, 2, false), case_of("two", NULL, 0, false),
                       case_of("three", bad, 2, false)};
    CaseOut out[3] = {0};
    CommitErr e = {0};
    SampleListRow row;
    size_t at = 0;

    (void)state;
    assert_int_equal(catalog_cases_put(w.c, w.workflow.id, cases, 3, false, &w.a, out, &at, &e),
                     ST_INVALID);
    assert_int_equal(at, 2);
    assert_int_equal(catalog_case_get(w.c, w.workflow.id, STR("one"), &w.a, &row), ST_NOTFOUND);
    assert_ok(catalog_cases_put(w.c, w.workflow.id, cases, 2, false, &w.a, out, &at, &e));
    assert_int_equal(out[0].fate, CASE_CREATED);
    assert_int_equal(out[0].row.version, 1);
    assert_int_equal(out[1].fate, CASE_CREATED);
    assert_int_equal(out[1].row.version, 0);
    cases[0] = case_of("one", other, 1, false);
    cases[1] = case_of("two", other, 1, false);
    assert_ok(catalog_cases_put(w.c, w.workflow.id, cases, 2, false, &w.a, out, &at, &e));
    assert_int_equal(out[0].fate, CASE_LOADED);
    assert_int_equal(out[0].row.count, 2);
    assert_int_equal(out[1].fate, CASE_EDITED);
    cases[0] = case_of("one", other, 1, true);
    assert_ok(catalog_cases_put(w.c, w.workflow.id, cases, 1, false, &w.a, out, &at, &e));
    assert_int_equal(out[0].fate, CASE_EDITED);
    assert_int_equal(out[0].row.version, 2);
    assert_int_equal(out[0].row.count, 1);
    assert_int_equal(catalog_cases_put(w.c, w.workflow.id, cases, 1, true, &w.a, out, &at, &e),
                     ST_EXISTS);
    world_free(&w);
}

static void a_suite_gets_versions_by_its_ordered_members(void **state)
{
    const SamplePut puts[] = {put("a", "1"), put("b", "2")};
    const SamplePut other[] = {put("c", "1"), put("b", "2")};
    World w = world_new();
    CaseIn cases[2] = {case_of("one", puts, 2, false), case_of("two", other, 2, false)};
    const SuiteCaseRef both[] = {{STR("two"), 1}, {STR("one"), 1}};
    const SuiteCaseRef turned[] = {{STR("one"), 1}, {STR("two"), 1}};
    const SuiteCaseRef unknown[] = {{STR("one"), 1}, {STR("two"), 2}};
    const Str description = STR("at night");
    const Str tags = STR("[\"nightly\"]");
    SuiteIn in = {.space_id = w.workflow.id, .name = STR("night"), .base_version = -1, .now_ns = 8};
    CaseOut out[2] = {0};
    CommitErr e = {0};
    SuiteRow row = {0};
    SuiteCases list = {0};
    SuiteMembers members = {0};
    bool made = true;
    size_t at = 0;

    (void)state;
    assert_ok(catalog_cases_put(w.c, w.workflow.id, cases, 2, false, &w.a, out, &at, &e));
    assert_int_equal(catalog_suite_commit(w.c, &in, &w.a, &row, &made, &at), ST_NOTFOUND);
    in.create = true;
    assert_ok(catalog_suite_commit(w.c, &in, &w.a, &row, &made, &at));
    assert_int_equal(row.version, 0);
    assert_int_equal(catalog_suite_commit(w.c, &in, &w.a, &row, &made, &at), ST_EXISTS);
    in.create = false;
    in.cases = both;
    in.case_count = 2;
    assert_ok(catalog_suite_commit(w.c, &in, &w.a, &row, &made, &at));
    assert_true(made);
    assert_ok(catalog_suite_commit(w.c, &in, &w.a, &row, &made, &at));
    assert_false(made);
    in.cases = NULL;
    in.description = &description;
    in.tags = &tags;
    assert_ok(catalog_suite_commit(w.c, &in, &w.a, &row, &made, &at));
    assert_false(made);
    assert_str(row.description, "at night");
    in.cases = turned;
    in.base_version = 0;
    assert_int_equal(catalog_suite_commit(w.c, &in, &w.a, &row, &made, &at), ST_INVALID);
    assert_true(at == SUITE_STALE);
    in.base_version = 1;
    assert_ok(catalog_suite_commit(w.c, &in, &w.a, &row, &made, &at));
    assert_int_equal(row.version, 2);
    in.base_version = -1;
    in.cases = unknown;
    assert_int_equal(catalog_suite_commit(w.c, &in, &w.a, &row, &made, &at), ST_INVALID);
    assert_int_equal(at, 1);
    assert_ok(catalog_suite_cases(w.c, row.id, 1, &w.a, &list));
    assert_int_equal(list.len, 2);
    assert_str(list.items[0].name, "two");
    assert_int_equal(list.items[0].count, 2);
    assert_ok(catalog_suite_members(w.c, row.id, 1, &members));
    assert_int_equal(members.len, 4);
    assert_int_equal(members.items[1].number, members.items[2].number);
    assert_int_equal(members.items[1].case_index, 0);
    mem_free(members.items);
    assert_int_equal(catalog_case_remove(w.c, list.items[0].list_id), ST_BUSY);
    assert_ok(catalog_suite_remove(w.c, row.id));
    assert_ok(catalog_case_remove(w.c, list.items[0].list_id));
    world_free(&w);
}

static void stages_that_are_forgotten_go_away(void **state)
{
    const int64_t day_ns = INT64_C(86400000000000);
    World w = world_new();
    const SamplePut one = put("a", "1");
    int64_t id, total;

    (void)state;
    for (int i = 0; i < STAGES_MAX; i++)
        assert_ok(catalog_stage_add(w.c, w.dataset.list_id, 1, &id));
    assert_int_equal(catalog_stage_add(w.c, w.dataset.list_id, 2, &id), ST_LIMIT);
    assert_ok(catalog_stage_put(w.c, w.dataset.list_id, id, &one, 1, &total));
    assert_ok(catalog_stage_add(w.c, w.dataset.list_id, 2 * day_ns, &id));
    assert_int_equal(catalog_stage_put(w.c, w.dataset.list_id, id - 1, &one, 1, &total),
                     ST_NOTFOUND);
    assert_ok(catalog_stage_remove(w.c, w.dataset.list_id, id));
    assert_int_equal(catalog_stage_remove(w.c, w.dataset.list_id, id), ST_NOTFOUND);
    world_free(&w);
}

static void count_rows(Catalog *c, const char *sql, int64_t wanted)
{
    Conn *r;
    Stmt s;
    int64_t n = -1;

    assert_ok(read_begin(c, &r));
    s = sql_stmt(r, sql);
    assert_ok(read_end(r, sql_one_int(&s, &n)));
    assert_int_equal(n, wanted);
}

static void a_deleted_project_leaves_no_sample(void **state)
{
    const SamplePut puts[] = {put("a", "1"), put("b", "2")};
    World w = world_new();
    CaseIn one = case_of("one", puts, 2, false);
    const SuiteCaseRef ref = {STR("one"), 1};
    CommitIn in = to_dataset(&w, puts, 2);
    SuiteIn suite = {.space_id = w.workflow.id,
                     .name = STR("s"),
                     .base_version = -1,
                     .create = true,
                     .cases = &ref,
                     .case_count = 1};
    CommitOut out = {0};
    CaseOut made_case = {0};
    CommitErr e = {0};
    SuiteRow row;
    int64_t stage, total, version;
    bool made;
    size_t at;

    (void)state;
    assert_ok(catalog_samples_commit(w.c, &in, &out, &e));
    assert_ok(catalog_cases_put(w.c, w.workflow.id, &one, 1, true, &w.a, &made_case, &at, &e));
    assert_ok(catalog_suite_commit(w.c, &suite, &w.a, &row, &made, &at));
    assert_ok(catalog_stage_add(w.c, w.dataset.list_id, 1, &stage));
    assert_ok(catalog_stage_put(w.c, w.dataset.list_id, stage, puts, 2, &total));
    assert_ok(catalog_schema_put(w.c, w.workflow.id, STR("h"), STR("{}"), 1, &version, &made));
    assert_int_equal(version, 1);
    assert_ok(catalog_project_drop(w.c, w.project, 10));
    count_rows(w.c,
               "SELECT (SELECT COUNT(*) FROM sample_spaces) + (SELECT COUNT(*) FROM sample_lists)"
               " + (SELECT COUNT(*) FROM sample_inputs) + (SELECT COUNT(*) FROM sample_rows)"
               " + (SELECT COUNT(*) FROM sample_commits) + (SELECT COUNT(*) FROM stage_rows)"
               " + (SELECT COUNT(*) FROM sample_stages) + (SELECT COUNT(*) FROM suites)"
               " + (SELECT COUNT(*) FROM suite_versions) + (SELECT COUNT(*) FROM suite_cases)"
               " + (SELECT COUNT(*) FROM workflow_schemas)",
               0);
    world_free(&w);
}

static void a_schema_is_known_by_its_content(void **state)
{
    World w = world_new();
    int64_t version = 0;
    bool made = false;
    SchemaRow row = {0};

    (void)state;
    assert_int_equal(catalog_schema_get(w.c, w.workflow.id, 0, &w.a, &row), ST_NOTFOUND);
    assert_ok(
        catalog_schema_put(w.c, w.workflow.id, STR("x"), STR("{\"a\":1}"), 1, &version, &made));
    assert_ok(
        catalog_schema_put(w.c, w.workflow.id, STR("y"), STR("{\"a\":2}"), 1, &version, &made));
    assert_int_equal(version, 2);
    assert_ok(
        catalog_schema_put(w.c, w.workflow.id, STR("x"), STR("{\"a\":1}"), 1, &version, &made));
    assert_false(made);
    assert_int_equal(version, 1);
    assert_ok(catalog_schema_get(w.c, w.workflow.id, 0, &w.a, &row));
    assert_str(row.body, "{\"a\":2}");
    assert_ok(
        catalog_space_get(w.c, SPACE_WORKFLOW, w.project, STR("questions"), &w.a, &w.workflow));
    assert_int_equal(w.workflow.version, 2);
    world_free(&w);
}

static void count_finding(void *context, Str finding)
{
    (void)finding;
    (*(int *)context)++;
}

static void a_list_that_lost_a_row_is_found(void **state)
{
    const SamplePut puts[] = {put("a", "1"), put("b", "2")};
    World w = world_new();
    CommitIn in = to_dataset(&w, puts, 2);
    CommitOut out = {0};
    CommitErr e = {0};
    Conn *c;
    int findings = 0;

    (void)state;
    assert_ok(catalog_samples_commit(w.c, &in, &out, &e));
    assert_ok(tx_begin(w.c, &c));
    assert_ok(tx_end(c, conn_exec(c, "DELETE FROM sample_rows WHERE position = 2")));
    assert_int_equal(catalog_check(w.c, count_finding, &findings), ST_CORRUPT);
    assert_int_equal(findings, 1);
    assert_ok(catalog_space_remove(w.c, w.dataset.id));
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_that_contradicts_itself_changes_nothing),
        cmocka_unit_test(what_was_said_of_a_commit_is_kept),
        cmocka_unit_test(cases_share_numbers_and_metadata),
        cmocka_unit_test(a_commit_makes_metadata_newer_once),
        cmocka_unit_test(bulk_cases_are_made_loaded_or_edited_all_or_none),
        cmocka_unit_test(a_suite_gets_versions_by_its_ordered_members),
        cmocka_unit_test(stages_that_are_forgotten_go_away),
        cmocka_unit_test(a_deleted_project_leaves_no_sample),
        cmocka_unit_test(a_schema_is_known_by_its_content),
        cmocka_unit_test(a_list_that_lost_a_row_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
