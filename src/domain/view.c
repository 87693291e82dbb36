/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of saved views. */
#include "domain/view.h"

#include "codec/json_read.h"
#include "domain/internal.h"
#include "domain/project.h"
#include "os/clock.h"

static Status read_field(const Json *body, const char *field, JsonNeed need, Str *out,
                         FieldErr *err)
{
    Err why = {0};
    const Status st = json_field_str(body, str_from(field), need, out, &why);

    return st ? field_err_set(err, st, field, "%s", why.msg) : ST_OK;
}

static Status read_state(const Json *body, JsonNeed need, Str *out, FieldErr *err)
{
    const Json *state = NULL;
    Err why = {0};
    const Status st = json_field_object(body, STR("state"), need, &state, &why);

    if (st)
        return field_err_set(err, st, "state", "%s", why.msg);
    if (!state)
        return ST_OK;
    if (state->raw.len > VIEW_STATE_MAX)
        return field_err_set(err, ST_INVALID, "state", "state: at most %d bytes, not %zu",
                             (int)VIEW_STATE_MAX, state->raw.len);
    *out = state->raw;
    return ST_OK;
}

/* Members of the body over what is in `row`. */
static Status read_body(Str text, JsonNeed need, Arena *arena, ViewRow *row, FieldErr *err)
{
    const Json *body = NULL;
    Err why = {0};
    Status st = json_parse_object(text, arena, &body, &why);

    if (st)
        return field_err_set(err, st, "", "%s", why.msg);
    st = read_field(body, "name", need, &row->name, err);
    if (!st)
        st = name_check(row->name, "name", err);
    if (!st)
        st = read_field(body, "page", need, &row->page, err);
    if (!st && !str_eq(row->page, STR("traces")) && !str_eq(row->page, STR("explore")))
        st = field_err_set(err, ST_INVALID, "page", "page: must be traces or explore");
    return st ? st : read_state(body, need, &row->state, err);
}

static Status tell(Status st, const ViewRow *row, FieldErr *err)
{
    if (st == ST_EXISTS)
        return field_err_set(err, st, "name", "name: there is a view \"%.*s\" already",
                             STR_ARG(row->name));
    if (st == ST_LIMIT)
        return field_err_set(err, ST_INVALID, "name",
                             "name: a project keeps at most %d views; delete one first",
                             (int)VIEWS_MAX);
    return st;
}

Status view_create(Domain *d, int64_t project_id, Str body, Arena *arena, ViewRow *out,
                   FieldErr *err)
{
    ViewRow row = {.project_id = project_id, .created_ns = clock_now_ns()};
    Status st = read_body(body, JSON_REQUIRED, arena, &row, err);

    if (!st)
        st = tell(catalog_view_add(d->catalog, &row, &row.id), &row, err);
    if (!st)
        *out = row;
    return st;
}

Status view_update(Domain *d, int64_t project_id, int64_t id, Str body, Arena *arena, ViewRow *out,
                   FieldErr *err)
{
    ViewRow row = {0};
    Status st = catalog_view_get(d->catalog, project_id, id, arena, &row);

    if (!st)
        st = read_body(body, JSON_OPTIONAL, arena, &row, err);
    if (!st)
        st = tell(catalog_view_put(d->catalog, &row), &row, err);
    if (!st)
        *out = row;
    return st;
}

Status view_list(Domain *d, int64_t project_id, Arena *arena, ViewList *out)
{
    return catalog_view_list(d->catalog, project_id, arena, out);
}

Status view_remove(Domain *d, int64_t project_id, int64_t id)
{
    return catalog_view_remove(d->catalog, project_id, id);
}
