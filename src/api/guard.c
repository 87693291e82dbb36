/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what.
 *
 * Without accounts everybody who reaches the server may do everything (it is
 * bound to loopback then, and http/origin.h keeps web pages out).  With
 * accounts each request carries a key, whose role and project decide.  A key of
 * one project learns nothing about the others: what it may not see answers 403,
 * whether it exists or not. */
#include "api/context.h"
#include "api/reply.h"
#include "domain/project.h"

/* The key in `Authorization: Bearer` or `x-api-key`; empty when there is none. */
static Str key_text(const Request *q)
{
    const Str authorization = str_trim(request_header(q, STR("authorization")));
    const Str scheme = STR("Bearer ");

    if (authorization.len > scheme.len &&
        str_eq_nocase(str_slice(authorization, 0, scheme.len), scheme))
        return str_trim(str_slice(authorization, scheme.len, authorization.len));
    return str_trim(request_header(q, STR("x-api-key")));
}

/* Refusals of OTLP routes are in OTLP's own form. */
static bool refuse(const Route *route, const Request *q, Response *r, int status,
                   const char *detail)
{
    if (route->flags & ROUTE_OTLP)
        otlp_error(q, r, status, detail);
    else
        problem(r, status, NULL, "%s", detail);
    if (status == 401)
        response_header(r, STR("WWW-Authenticate"), STR("Bearer realm=\"vireo\""));
    return false;
}

static bool check_key(Api *a, const Route *route, const Request *q, Response *r, Caller *c)
{
    const Str text = key_text(q);
    Status st;

    if (!text.len)
        return refuse(route, q, r, 401,
                      "a key is needed: send Authorization: Bearer <key> or x-api-key: <key>");
    st = key_check(a->domain, text, &c->grant);
    if (st == ST_DENIED)
        return refuse(route, q, r, 401, "this key is not known or was revoked");
    return st ? refuse(route, q, r, http_code_of(st), status_text(st)) : true;
}

/* Without accounts, what is sent to a project makes it. */
static Status find_project(Api *a, const Route *route, Caller *c, FieldErr *e)
{
    bool created;

    if (c->trusted && (route->role == ACTION_INGEST || route->flags & ROUTE_MAKES))
        return project_ensure(a->domain, c->project, &c->project_id, &created, e);
    return project_find(a->domain, c->project, &c->project_id, e);
}

/* Project of the path, and whether the caller may do this there. */
static bool check_project(Api *a, const Route *route, const Request *q, Response *r, Caller *c)
{
    FieldErr e = {0};
    Status st;

    c->project = request_param(q, STR("project"));
    if (!c->project.len)
        return true;
    st = find_project(a, route, c, &e);
    if (!st)
        return true;
    if (!c->trusted && c->grant.project_id)
        return refuse(route, q, r, 403, "this key is not for that project");
    if (st == ST_NOTFOUND)
        problem(r, 404, "project", "there is no project \"%.*s\"", STR_ARG(c->project));
    else
        reply_error(r, st, &e);
    return false;
}

/* Routes that answer for the key's own project, where it has one: listing
 * projects, and OTLP, whose project comes with the request. */
static bool speaks_for_itself(const Route *route)
{
    return route->handler == projects_list || route->handler == otlp_post_traces;
}

static bool check_role(const Route *route, const Request *q, Response *r, const Caller *c)
{
    const Action action = (Action)route->role;
    const int64_t project = speaks_for_itself(route) ? c->grant.project_id : c->project_id;

    if (c->trusted || key_may(&c->grant, project, action))
        return true;
    return refuse(route, q, r, 403, "this key may not do that, or not in this project");
}

bool api_guard(void *context, const Route *route, Request *q, Response *r)
{
    Api *a = context;
    Caller *c = arena_calloc(q->arena, 1, sizeof *c);

    if (!c)
        return refuse(route, q, r, 503, "out of memory");
    running_init(&c->running, &a->running, q, &a->cancel);
    if (!atomic_load(&a->attached))
        return refuse(route, q, r, 503, "the server is starting");
    c->trusted = !a->accounts;
    c->damage = store_damage(a->store);
    q->principal = c;
    if (!(c->trusted || check_key(a, route, q, r, c)) || !check_project(a, route, q, r, c) ||
        !check_role(route, q, r, c))
        return false;
    running_begin(&c->running, c->project_id);
    return true;
}

void api_after(void *context, Request *q)
{
    Caller *c = q->principal;

    (void)context;
    if (c)
        running_end(&c->running);
}

bool api_again(void *context, Request *q)
{
    const Api *a = context;
    Caller *c = q->principal;
    const uint64_t damage = c ? store_damage(a->store) : 0;

    if (!c || damage == c->damage)
        return false;
    c->damage = damage;
    return true;
}
