/* SPDX-License-Identifier: Apache-2.0 */
/* See retention.h. */
#include "domain/retention.h"

#include "base/log.h"
#include "codec/json_read.h"
#include "domain/internal.h"
#include "domain/project.h"
#include "os/clock.h"
#include "store/retention.h"

#include <string.h>

enum { PROJECTS_AT_ONCE = 100, PAGE_ARENA = 1 << 20 };

Status retention_get(Domain *d, int64_t project_id, RetentionRow *out)
{
    return catalog_retention_get(d->catalog, project_id, out);
}

/* ------------------------------------------------------------------- changing */

static Status read_age(const Json *v, int64_t *out, FieldErr *err)
{
    const bool number = v->kind == JSON_KIND_INT || v->kind == JSON_KIND_DOUBLE;
    const double days = v->kind == JSON_KIND_INT ? (double)v->as.i : v->as.d;

    if (v->kind == JSON_KIND_NULL) {
        *out = 0;
        return ST_OK;
    }
    if (!number || !(days > 0) || days > RETENTION_MAX_DAYS || (int64_t)(days * (double)DAY_NS) < 1)
        return field_err_set(err, ST_INVALID, "max_age_days",
                             "max_age_days: must be null or a number above 0, at most %d",
                             (int)RETENTION_MAX_DAYS);
    *out = (int64_t)(days * (double)DAY_NS);
    return ST_OK;
}

static Status read_bytes(const Json *v, int64_t *out, FieldErr *err)
{
    if (v->kind == JSON_KIND_NULL) {
        *out = 0;
        return ST_OK;
    }
    if (v->kind != JSON_KIND_INT || v->as.i < 1)
        return field_err_set(err, ST_INVALID, "max_bytes",
                             "max_bytes: must be null or a whole number above 0");
    *out = v->as.i;
    return ST_OK;
}

static Status read_body(Str body, Arena *arena, RetentionRow *row, FieldErr *err)
{
    const Json *object = NULL;
    const Json *age;
    const Json *bytes;
    Err why = {0};
    Status st = json_parse_object(body, arena, &object, &why);

    if (st)
        return field_err_set(err, st, "", "%s", why.msg);
    age = json_get(object, STR("max_age_days"));
    bytes = json_get(object, STR("max_bytes"));
    if (!age && !bytes)
        return field_err_set(err, ST_INVALID, "",
                             "nothing to change: name max_age_days or "
                             "max_bytes");
    if (age)
        st = read_age(age, &row->max_age_ns, err);
    if (!st && bytes)
        st = read_bytes(bytes, &row->max_bytes, err);
    return st;
}

Status retention_patch(Domain *d, int64_t project_id, Str body, Arena *arena, RetentionRow *out,
                       FieldErr *err)
{
    RetentionRow row = {0};
    Status st = catalog_retention_get(d->catalog, project_id, &row);

    if (!st)
        st = read_body(body, arena, &row, err);
    if (!st)
        st = catalog_retention_put(d->catalog, project_id, &row);
    if (!st)
        *out = row;
    return st;
}

/* ------------------------------------------------------------------- applying */

static Status apply_project(Domain *d, int64_t project_id, int64_t server_age_ns)
{
    RetentionRow row = {0};
    Status st = catalog_retention_get(d->catalog, project_id, &row);
    const int64_t age = row.max_age_ns ? row.max_age_ns : server_age_ns;

    if (!st && age)
        st = store_expire(d->store, project_id, clock_now_ns() - age);
    if (!st && row.max_bytes)
        st = store_shrink(d->store, project_id, (uint64_t)row.max_bytes);
    return st;
}

static void warn(const char *name, size_t len, Status st)
{
    if (st)
        log_warn("retention not applied; it will be tried again", " project=\"%.*s\" reason=\"%s\"",
                 (int)len, name, status_text(st));
}

/* One page of projects; `after` becomes its last name.  False: there are no more. */
static bool apply_page(Domain *d, int64_t server_age_ns, char *after, size_t *after_len)
{
    ProjectList page = {0};
    Arena a;
    bool more;
    Status st;

    arena_init(&a, PAGE_ARENA);
    st = project_list(d, (Str){after, *after_len}, PROJECTS_AT_ONCE, &a, &page);
    warn("", 0, st);
    more = !st && page.more && page.len;
    for (size_t i = 0; i < page.len && !st; i++)
        warn(page.items[i].name.ptr, page.items[i].name.len,
             apply_project(d, page.items[i].id, server_age_ns));
    if (more) {
        *after_len = page.items[page.len - 1].name.len;
        memcpy(after, page.items[page.len - 1].name.ptr, *after_len);
    }
    arena_deinit(&a);
    return more;
}

void retention_apply(Domain *d, int64_t server_age_ns)
{
    char after[4 * NAME_MAX_CHARS];
    size_t len = 0;

    while (apply_page(d, server_age_ns, after, &len))
        continue;
}
