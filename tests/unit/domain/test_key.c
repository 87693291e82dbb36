/* SPDX-License-Identifier: Apache-2.0 */
/* API keys: made, checked, revoked, and never kept. */
#include "unit/domain/domain_test.h"

#include "domain/key.h"

static void a_key_opens_what_it_was_made_for(void **state)
{
    World w = world_new();
    NewKey key;
    KeyGrant grant;
    FieldErr e;

    (void)state;
    assert_ok(key_create(w.domain, w.project, STR("ci"), STR("viewer"), &w.arena, &key, &e));
    assert_int_equal(strlen(key.text), KEY_TEXT_CHARS);
    assert_true(str_starts(str_from(key.text), key.row.prefix));
    assert_ok(key_check(w.domain, str_from(key.text), &grant));
    assert_int_equal(grant.project_id, w.project);
    assert_int_equal(grant.role, ROLE_VIEWER);
    assert_true(key_may(&grant, w.project, ACTION_READ));
    assert_false(key_may(&grant, w.project, ACTION_INGEST));
    assert_false(key_may(&grant, w.project + 1, ACTION_READ));
    world_free(&w);
}

static void a_key_for_every_project_opens_every_project(void **state)
{
    World w = world_new();
    NewKey key;
    KeyGrant grant;
    FieldErr e;

    (void)state;
    assert_ok(key_create(w.domain, 0, STR("root"), STR("admin"), &w.arena, &key, &e));
    assert_ok(key_check(w.domain, str_from(key.text), &grant));
    assert_true(key_may(&grant, 1, ACTION_ADMIN));
    assert_true(key_may(&grant, 0, ACTION_ADMIN));
    world_free(&w);
}

static void what_is_no_key_is_denied(void **state)
{
    World w = world_new();
    NewKey key;
    KeyGrant grant;
    FieldErr e;
    bool any = true;

    (void)state;
    assert_ok(key_any(w.domain, &any));
    assert_false(any);
    assert_ok(key_create(w.domain, w.project, STR("ci"), STR("admin"), &w.arena, &key, &e));
    assert_ok(key_any(w.domain, &any));
    assert_true(any);
    assert_int_equal(key_check(w.domain, STR(""), &grant), ST_DENIED);
    assert_int_equal(key_check(w.domain, STR("vr_"), &grant), ST_DENIED);
    assert_int_equal(key_check(w.domain, key.row.prefix, &grant), ST_DENIED);
    key.text[10] = key.text[10] == 'a' ? 'b' : 'a';
    assert_int_equal(key_check(w.domain, str_from(key.text), &grant), ST_DENIED);
    assert_int_equal(key_create(w.domain, w.project, STR("x"), STR("root"), &w.arena, &key, &e),
                     ST_INVALID);
    assert_string_equal(e.field, "role");
    assert_int_equal(key_create(w.domain, 77, STR("x"), STR("admin"), &w.arena, &key, &e),
                     ST_NOTFOUND);
    world_free(&w);
}

static void a_revoked_key_is_denied_at_once(void **state)
{
    World w = world_new();
    NewKey key;
    KeyGrant grant;
    KeyList list;
    FieldErr e;

    (void)state;
    assert_ok(key_create(w.domain, w.project, STR("ci"), STR("ingest"), &w.arena, &key, &e));
    assert_ok(key_check(w.domain, str_from(key.text), &grant));
    assert_ok(key_list(w.domain, w.project, &w.arena, &list));
    assert_int_equal(list.len, 1);
    assert_true(list.items[0].last_used_ns >= list.items[0].created_ns);
    assert_ok(key_revoke(w.domain, w.project, key.row.id));
    assert_int_equal(key_check(w.domain, str_from(key.text), &grant), ST_DENIED);
    assert_int_equal(key_revoke(w.domain, w.project, key.row.id), ST_NOTFOUND);
    world_free(&w);
}

static bool holds(const Place *p, const char *suffix, Str needle)
{
    char path[128];
    Buf bytes;
    bool found;

    (void)snprintf(path, sizeof path, "%s%s", p->path, suffix);
    buf_init(&bytes, 64 << 20);
    if (path_exists(path))
        assert_ok(file_read_whole(path, &bytes));
    found = str_find(buf_str(&bytes), needle) < bytes.len;
    buf_deinit(&bytes);
    return found;
}

static void the_file_never_holds_the_key_itself(void **state)
{
    World w = world_new();
    NewKey key;
    FieldErr e;

    (void)state;
    assert_ok(key_create(w.domain, w.project, STR("ci"), STR("admin"), &w.arena, &key, &e));
    assert_true(holds(&w.place, "", key.row.prefix) || holds(&w.place, "-wal", key.row.prefix));
    assert_false(holds(&w.place, "", str_from(key.text)));
    assert_false(holds(&w.place, "-wal", str_from(key.text)));
    world_free(&w);
}

static void each_role_may_what_the_table_says(void **state)
{
    static const char *const table[4] = {"i---", "-r--", "ire-", "irea"};

    (void)state;
    for (int role = 0; role < 4; role++) {
        Role back;

        for (int action = 0; action < 4; action++)
            assert_int_equal(role_may((Role)role, (Action)action), table[role][action] != '-');
        assert_true(role_from_text(role_text((Role)role), &back));
        assert_int_equal(back, role);
    }
}

static void keys_differ_in_every_place(void **state)
{
    World w = world_new();
    bool differs[KEY_TEXT_CHARS] = {false};
    NewKey first, other;
    FieldErr e;

    (void)state;
    assert_ok(key_create(w.domain, w.project, STR("k"), STR("admin"), &w.arena, &first, &e));
    for (int i = 0; i < 30; i++) {
        assert_ok(key_create(w.domain, w.project, STR("k"), STR("admin"), &w.arena, &other, &e));
        for (size_t at = 0; at < KEY_TEXT_CHARS; at++)
            differs[at] |= first.text[at] != other.text[at];
    }
    for (size_t at = 3; at < KEY_TEXT_CHARS; at++)
        assert_true(differs[at]);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_opens_what_it_was_made_for),
        cmocka_unit_test(a_key_for_every_project_opens_every_project),
        cmocka_unit_test(what_is_no_key_is_denied),
        cmocka_unit_test(a_revoked_key_is_denied_at_once),
        cmocka_unit_test(the_file_never_holds_the_key_itself),
        cmocka_unit_test(each_role_may_what_the_table_says),
        cmocka_unit_test(keys_differ_in_every_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
