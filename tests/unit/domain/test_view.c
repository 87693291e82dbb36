/* SPDX-License-Identifier: Apache-2.0 */
/* Saved views: kept, replaced, deleted, and refused with the field that is wrong. */
#include "unit/domain/domain_test.h"

#include "domain/view.h"

#include <stdio.h>

#define SLOW "{\"name\": \"slow\", \"page\": \"traces\", \"state\": {\"q\": \"latency>1s\"}}"

static ViewRow make(World *w, Str body)
{
    ViewRow row;
    FieldErr e = {0};

    assert_ok(view_create(w->domain, w->project, body, &w->arena, &row, &e));
    return row;
}

static void a_view_is_kept_as_it_came(void **state)
{
    World w = world_new();
    ViewList list;

    (void)state;
    make(&w, STR(SLOW));
    make(&w, STR("{\"name\":\"a\",\"page\":\"traces\",\"state\":{}}"));
    world_close(&w);
    world_open(&w);
    assert_ok(view_list(w.domain, w.project, &w.arena, &list));
    assert_int_equal(list.len, 2);
    assert_str(list.items[0].name, "a");
    assert_str(list.items[1].name, "slow");
    assert_str(list.items[1].state, "{\"q\": \"latency>1s\"}");
    assert_true(list.items[1].created_ns > 0);
    world_free(&w);
}

static void an_update_changes_what_it_names(void **state)
{
    World w = world_new();
    const ViewRow old = make(&w, STR(SLOW));
    ViewRow row;
    FieldErr e;

    (void)state;
    assert_ok(view_update(w.domain, w.project, old.id, STR("{\"name\": \"slower\"}"), &w.arena,
                          &row, &e));
    assert_str(row.name, "slower");
    assert_str(row.state, "{\"q\": \"latency>1s\"}");
    assert_int_equal(row.created_ns, old.created_ns);
    assert_int_equal(view_update(w.domain, w.project, 99, STR("{}"), &w.arena, &row, &e),
                     ST_NOTFOUND);
    world_free(&w);
}

static void a_view_belongs_to_its_project(void **state)
{
    World w = world_new();
    const ViewRow row = make(&w, STR(SLOW));
    ViewList list;
    ViewRow other;
    FieldErr e;
    int64_t project;
    bool created;

    (void)state;
    assert_ok(project_ensure(w.domain, STR("other"), &project, &created, &e));
    assert_ok(view_list(w.domain, project, &w.arena, &list));
    assert_int_equal(list.len, 0);
    assert_int_equal(view_update(w.domain, project, row.id, STR("{}"), &w.arena, &other, &e),
                     ST_NOTFOUND);
    assert_int_equal(view_remove(w.domain, project, row.id), ST_NOTFOUND);
    assert_ok(view_remove(w.domain, w.project, row.id));
    assert_int_equal(view_remove(w.domain, w.project, row.id), ST_NOTFOUND);
    world_free(&w);
}

static const struct {
    const char *body;
    const char *field;
    Status st;
} wrong[] = {
    {SLOW, "name", ST_EXISTS},
    {"[]", "", ST_INVALID},
    {"{\"name\": \"\", \"page\": \"traces\", \"state\": {}}", "name", ST_INVALID},
    {"{\"name\": 7, \"page\": \"traces\", \"state\": {}}", "name", ST_INVALID},
    {"{\"name\": \"x\", \"page\": \"models\", \"state\": {}}", "page", ST_INVALID},
    {"{\"name\": \"x\", \"state\": {}}", "page", ST_INVALID},
    {"{\"name\": \"x\", \"page\": \"traces\"}", "state", ST_INVALID},
    {"{\"name\": \"x\", \"page\": \"traces\", \"state\": \"{}\"}", "state", ST_INVALID},
};

static void what_is_wrong_is_named(void **state)
{
    World w = world_new();

    (void)state;
    make(&w, STR(SLOW));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ViewRow row;
        FieldErr e = {0};

        assert_int_equal(
            view_create(w.domain, w.project, str_from(wrong[i].body), &w.arena, &row, &e),
            wrong[i].st);
        assert_string_equal(e.field, wrong[i].field);
    }
    world_free(&w);
}

static void views_are_bounded_in_size_and_number(void **state)
{
    World w = world_new();
    char *body = mem_alloc(2 * VIEW_STATE_MAX);
    ViewRow row;
    FieldErr e;

    (void)state;
    (void)snprintf(body, 2 * VIEW_STATE_MAX,
                   "{\"name\":\"x\",\"page\":\"traces\",\"state\":{\"q\":\"%0*d\"}}",
                   (int)VIEW_STATE_MAX, 0);
    assert_int_equal(view_create(w.domain, w.project, str_from(body), &w.arena, &row, &e),
                     ST_INVALID);
    assert_string_equal(e.field, "state");
    for (int i = 0; i <= VIEWS_MAX; i++) {
        (void)snprintf(body, 100, "{\"name\":\"%d\",\"page\":\"explore\",\"state\":{}}", i);
        assert_int_equal(view_create(w.domain, w.project, str_from(body), &w.arena, &row, &e),
                         i < VIEWS_MAX ? ST_OK : ST_INVALID);
    }
    assert_string_equal(e.field, "name");
    mem_free(body);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_view_is_kept_as_it_came),
        cmocka_unit_test(an_update_changes_what_it_names),
        cmocka_unit_test(a_view_belongs_to_its_project),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(views_are_bounded_in_size_and_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
