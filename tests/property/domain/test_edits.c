/* SPDX-License-Identifier: Apache-2.0 */
/* Random edits of a case, committed some at a time, against a list to which each edit is done by
 * itself: remove takes out, add appends or replaces the ground truth, reset empties first. */
#include "support/check.h"
#include "unit/domain/domain_test.h"

#include "domain/workflow.h"

enum { SEEDS = 100, COMMITS = 8, EDITS = 10, INPUTS = 5 };

typedef struct Pair {
    int input, expected;
} Pair;

typedef struct Model {
    Pair items[INPUTS];
    int len;
} Model;

static World world;
static SpaceRow workflow;

static int find(const Model *m, int input)
{
    for (int i = 0; i < m->len; i++)
        if (m->items[i].input == input)
            return i;
    return -1;
}

static void take_out(Model *m, int at)
{
    for (int i = at; i + 1 < m->len; i++)
        m->items[i] = m->items[i + 1];
    m->len--;
}

static Status write_edit(Dice *d, Model *m, Buf *body)
{
    const int input = (int)dice_below(d, INPUTS);
    const int expected = (int)dice_below(d, 3);
    const int at = find(m, input);

    if (dice_below(d, 3) == 0) {
        if (at >= 0)
            take_out(m, at);
        return buf_printf(body, "{\"op\":\"remove\",\"input\":{\"n\":%d}}", input);
    }
    if (at >= 0)
        m->items[at].expected = expected;
    else
        m->items[m->len++] = (Pair){input, expected};
    return buf_printf(body, "{\"op\":\"add\",\"input\":{\"n\":%d},\"expected\":%d}", input,
                      expected);
}

typedef struct Reading {
    const Model *model;
    int at;
} Reading;

static Status check_row(void *visitor, const SampleRow *row)
{
    Reading *r = visitor;
    char input[16];
    char expected[16];

    PROPERTY(r->at < r->model->len);
    (void)snprintf(input, sizeof input, "{\"n\":%d}", r->model->items[r->at].input);
    (void)snprintf(expected, sizeof expected, "%d", r->model->items[r->at].expected);
    PROPERTY(str_eq(row->input, str_from(input)) && str_eq(row->expected, str_from(expected)));
    r->at++;
    return ST_OK;
}

static void check_version(int64_t list_id, int64_t version, const Model *m)
{
    Reading r = {.model = m};
    const SampleScan scan = {.list_id = list_id, .version = version};

    CHECK_OK(catalog_samples_each(world.catalog, &scan, check_row, &r));
    PROPERTY(r.at == m->len);
}

static Status write_body(Dice *d, Model *m, Buf *body)
{
    const size_t count = dice_below(d, EDITS);
    const bool reset = dice_below(d, 4) == 0;
    Status st = buf_printf(body, "{\"reset\":%s,\"edits\":[", reset ? "true" : "false");

    if (reset)
        m->len = 0;
    for (size_t i = 0; i < count && !st; i++) {
        if (i)
            st = buf_append_char(body, ',');
        if (!st)
            st = write_edit(d, m, body);
    }
    return st ? st : buf_append(body, STR("]}"));
}

static void edits_come_to_what_each_does_by_itself(Dice *d)
{
    Model versions[COMMITS + 1] = {0};
    Model m = {0};
    SampleListRow row = {0};
    FieldErr err = {0};
    Arena a = test_arena();
    Str made;

    CHECK_OK(arena_printf(&a, &made, "{\"name\":\"%s\"}", getenv("TEST_SEED")));
    CHECK_OK(case_create(world.domain, workflow.id, made, &a, &row, &err));
    for (int i = 0; i < COMMITS; i++) {
        CommitOut out = {0};
        Buf body;

        buf_init(&body, 1 << 16);
        CHECK_OK(write_body(d, &m, &body));
        CHECK_OK(case_commit(world.domain, &row, buf_str(&body), &a, &out, &err));
        buf_deinit(&body);
        versions[out.version] = m;
        check_version(row.id, out.version, &m);
    }
    CHECK_OK(case_get(world.domain, workflow.id, row.name, &a, &row, &err));
    for (int v = 0; v <= row.version; v++)
        check_version(row.id, v, &versions[v]);
    arena_deinit(&a);
}

static void random_edits_agree_with_the_list(void **state)
{
    FieldErr err = {0};
    bool created;

    (void)state;
    world = world_new();
    assert_ok(workflow_put(world.domain, world.project, STR("{\"name\":\"w\"}"), &world.arena,
                           &workflow, &created, &err));
    for_seeds(SEEDS, edits_come_to_what_each_does_by_itself);
    world_free(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_edits_agree_with_the_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
