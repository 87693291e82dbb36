/* SPDX-License-Identifier: Apache-2.0 */
/* Safe by default: nothing that listens beyond this machine is without keys. */
#include "server/accounts.h"

#include "base/log.h"
#include "domain/key.h"
#include "domain/project.h"

enum { ACCOUNTS_ARENA_MAX = 64 * 1024 * 1024, PROJECTS_AT_ONCE = 1000 };

static Status has_admin(Domain *d, int64_t project_id, Arena *a, bool *found)
{
    KeyList keys = {0};
    const Status st = key_list(d, project_id, a, &keys);

    for (size_t i = 0; i < keys.len && !st; i++) {
        if (str_eq(keys.items[i].role, role_text(ROLE_ADMIN)))
            *found = true;
    }
    return st;
}

static Status any_project_has_admin(Domain *d, Arena *a, bool *found)
{
    ProjectList projects = {.more = true};
    Str after = {0};
    Status st = ST_OK;

    while (projects.more && !st && !*found) {
        st = project_list(d, after, PROJECTS_AT_ONCE, a, &projects);
        for (size_t i = 0; i < projects.len && !st && !*found; i++)
            st = has_admin(d, projects.items[i].id, a, found);
        if (!st && projects.len)
            after = projects.items[projects.len - 1].name;
    }
    return st;
}

static Status find_admin(Domain *d, bool *found)
{
    Arena a;
    Status st;

    *found = false;
    arena_init(&a, ACCOUNTS_ARENA_MAX);
    st = has_admin(d, 0, &a, found);
    if (!st && !*found)
        st = any_project_has_admin(d, &a, found);
    arena_deinit(&a);
    return st;
}

Status accounts_check(Domain *d, const Config *c, bool *accounts, Err *err)
{
    bool admin = false;
    Status st;

    *accounts = !c->loopback || c->require_key;
    if (!*accounts)
        return ST_OK;
    st = find_admin(d, &admin);
    if (st)
        return err_set(err, st, 0, "cannot read the keys: %s", status_text(st));
    if (!admin && !c->loopback)
        return err_set(err, ST_DENIED, 0,
                       "%s can be reached from other machines, so an admin key is needed first: "
                       "vireo key create admin --role admin --data %.*s",
                       c->host, STR_ARG(utf8_clip(c->data, 100)));
    if (!admin)
        log_warn("a key is required, but no admin key exists",
                 " hint=\"vireo key create admin --role admin --data DIR\"");
    return ST_OK;
}
