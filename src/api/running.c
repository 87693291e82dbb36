/* SPDX-License-Identifier: Apache-2.0 */
/* A list under one lock.  What it shows of a request is in that request's arena, and stays there
 * until running_end(), which takes the lock. */
#include "api/running.h"

#include "api/context.h"
#include "api/reply.h"
#include "os/clock.h"

/* Of processor time.  The newest of a filter in ten million spans take 20 ms of it. */
#define FREE_NS   INT64_C(200000000)
#define NS_PER_MS INT64_C(1000000)

static unsigned places(unsigned workers)
{
    const unsigned most = workers / 4 ? workers / 4 : 1;

    return thread_processors() < most ? thread_processors() : most;
}

void questions_init(Questions *all, unsigned workers, int64_t query_ns)
{
    *all = (Questions){.query_ns = query_ns};
    turns_init(&all->turns, places(workers), workers, FREE_NS);
    mutex_init(&all->lock);
}

void questions_deinit(Questions *all)
{
    mutex_deinit(&all->lock);
    turns_deinit(&all->turns);
}

void running_init(Running *run, Questions *all, const Request *q, const Cancel *server)
{
    const Cancel *outer = q->left ? q->left : server;

    run->all = all;
    run->request = q;
    run->start_ns = clock_now_ns();
    run->start_mono_ns = clock_mono_ns();
    run->turn = turn_of(&all->turns);
    run->cancel.outer = outer;
    run->cancel.turn = &run->turn;
    if (all->query_ns)
        run->cancel.deadline_ns = run->start_mono_ns + all->query_ns;
}

void running_begin(Running *run, int64_t project_id)
{
    Questions *all = run->all;

    mutex_lock(&all->lock);
    run->id = ++all->last_id;
    run->project_id = project_id;
    run->older = all->newest;
    all->newest = run;
    mutex_unlock(&all->lock);
}

void running_end(Running *run)
{
    Questions *all = run->all;

    mutex_lock(&all->lock);
    for (Running **at = &all->newest; *at; at = &(*at)->older)
        if (*at == run) {
            *at = run->older;
            break;
        }
    mutex_unlock(&all->lock);
    turn_end(&run->turn);
}

/* --------------------------------------------------------------- the routes */

static void write_parameters(JsonWriter *w, const Request *q)
{
    jw_key(w, STR("parameters"));
    jw_object(w);
    for (size_t i = 0; i < q->query_count; i++)
        jw_key_str(w, q->query[i].name, q->query[i].value);
    jw_object_end(w);
}

static void write_running(JsonWriter *w, const Running *run)
{
    const TurnState state = run->turn.state;
    const int64_t ms = (clock_mono_ns() - run->start_mono_ns) / NS_PER_MS;

    jw_object(w);
    jw_key_int(w, STR("id"), run->id);
    jw_key_str(w, STR("method"), run->request->method);
    jw_key_str(w, STR("path"), run->request->path);
    write_parameters(w, run->request);
    write_time(w, STR("started_at"), run->start_ns);
    jw_key_int(w, STR("elapsed_ms"), ms);
    jw_key_str(w, STR("state"), state == TURN_WAITING ? STR("waiting") : STR("running"));
    jw_key_uint(w, STR("steps"), run->turn.steps);
    jw_key_uint(w, STR("steps_expected"), run->turn.expected);
    jw_object_end(w);
}

void running_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    const Caller *c = caller_of(q);
    JsonWriter w = list_begin(r);

    mutex_lock(&a->running.lock);
    for (const Running *run = a->running.newest; run; run = run->older)
        if (run != &c->running && run->project_id == c->project_id)
            write_running(&w, run);
    mutex_unlock(&a->running.lock);
    list_end(r, &w, (Str){0});
}

static bool stop(Questions *all, int64_t project_id, uint64_t id)
{
    bool found = false;

    mutex_lock(&all->lock);
    for (Running *run = all->newest; run && !found; run = run->older) {
        found = (uint64_t)run->id == id && run->project_id == project_id;
        if (found)
            cancel_set(&run->cancel);
    }
    mutex_unlock(&all->lock);
    return found;
}

void running_stop(void *context, Request *q, Response *r)
{
    Api *a = context;
    uint64_t id;

    if (str_to_u64(request_param(q, STR("id")), &id) == ST_OK &&
        stop(&a->running, caller_of(q)->project_id, id))
        r->status = 204;
    else
        problem(r, 404, NULL, "there is no such question, or it has ended");
}
