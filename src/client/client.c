/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, flushing, closing, counting.
 *
 *   open --fork, in the child--> open without a sender --next record--> open
 *   open --vireo_close()--> closing (the sender delivers, then spools) --> closed
 *   closed --last running span ends--> freed
 *
 * A closed client stays in memory as long as spans of it run, so that a thread
 * which finishes one late writes into memory that is still ours. */
#include "client/client.h"

#include "base/alloc.h"
#include "client/parcel.h"
#include "client/sender.h"
#include "client/text.h"
#include "codec/json_scan.h"
#include "os/clock.h"

#include <curl/curl.h>
#include <string.h>

enum { TEXTS_MAX = 64 * 1024, JSON_SCORE_DEPTH = 64 };

/* ------------------------------------------------------------------- open */

static void start_curl(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* Under the lock, or before anybody else knows the client. */
static Status start_sender(vireo_client *c)
{
    Status st;

    if (!c->sender)
        c->sender = sender_new(c);
    if (!c->sender)
        return ST_NOMEM;
    st = thread_start(&c->thread, "vireo-sender", sender_run, c->sender);
    if (st) {
        sender_free(c->sender);
        c->sender = NULL;
    }
    return st;
}

void client_free(vireo_client *c)
{
    queue_clear(&c->queue);
    client_free_spans(c);
    cond_deinit(&c->wake);
    cond_deinit(&c->news);
    mutex_deinit(&c->lock);
    arena_deinit(&c->arena);
    mem_free(c);
}

static Status client_init(vireo_client *c, const vireo_options *o)
{
    Status st;

    c->self = c;
    mutex_init(&c->lock);
    cond_init(&c->wake);
    cond_init(&c->news);
    arena_init(&c->arena, TEXTS_MAX);
    st = settings_init(o, &c->arena, &c->settings);
    if (st)
        return st;
    queue_init(&c->queue, c->settings.queue_bytes);
    c->wake_bytes = SIZE_MAX;
    st = client_register(c);
    if (st)
        return st;
    mutex_lock(&c->lock); /* a fork may come at any time from here on */
    st = start_sender(c);
    mutex_unlock(&c->lock);
    if (st)
        client_unregister(c);
    return st;
}

vireo_status vireo_open(const vireo_options *options, vireo_client **out)
{
    static Once curl_started;
    static const vireo_options defaults;
    vireo_client *c;
    Status st;

    if (!out)
        return VIREO_INVALID;
    *out = NULL;
    c = mem_calloc(1, sizeof *c);
    if (!c)
        return VIREO_NOMEM;
    once_run(&curl_started, start_curl);
    st = client_init(c, options ? options : &defaults);
    if (st) {
        client_free(c);
        return st == ST_INVALID ? VIREO_INVALID : VIREO_NOMEM;
    }
    *out = c;
    return VIREO_OK;
}

/* A thread that cannot be started is tried again with the next record; until
 * then the queue holds what it can. */
void client_notify(vireo_client *c)
{
    if (!c->thread.running) {
        if (!c->closing)
            (void)start_sender(c);
        return;
    }
    if (c->queue.waiting >= c->wake_bytes) {
        c->wake_bytes = SIZE_MAX;
        cond_signal(&c->wake);
    }
}

/* ----------------------------------------------------------- flush, close */

static int64_t deadline_in(unsigned timeout_ms)
{
    return clock_mono_ns() + (int64_t)timeout_ms * 1000000;
}

/* Under the lock. */
static vireo_status delivered_up_to(const vireo_client *c, uint64_t seq)
{
    if (c->done_seq >= seq)
        return VIREO_OK;
    return c->away ? VIREO_UNREACHABLE : VIREO_TIMEOUT;
}

vireo_status vireo_flush(vireo_client *c, unsigned timeout_ms)
{
    const int64_t deadline = deadline_in(timeout_ms);
    vireo_status st;
    uint64_t target;

    if (!c)
        return VIREO_OK;
    mutex_lock(&c->lock);
    target = c->queue.seq;
    if (c->done_seq < target && !c->thread.running)
        (void)start_sender(c);
    c->flushing++;
    cond_signal(&c->wake);
    while (c->done_seq < target && cond_wait_until(&c->news, &c->lock, deadline))
        ;
    if (c->flushing > 0)
        c->flushing--;
    st = delivered_up_to(c, target);
    mutex_unlock(&c->lock);
    return st;
}

/* Let the sender deliver and spool, on its thread or on this one. */
static void run_out(vireo_client *c, unsigned timeout_ms)
{
    Sender *s;

    mutex_lock(&c->lock);
    c->closing = true;
    c->close_deadline_ns = deadline_in(timeout_ms);
    cond_signal(&c->wake);
    if (!c->thread.running && !c->sender && c->done_seq < c->queue.seq)
        c->sender = sender_new(c);
    s = c->sender;
    mutex_unlock(&c->lock);
    if (c->thread.running)
        thread_join(&c->thread);
    else if (s)
        sender_run(s);
}

vireo_status vireo_close(vireo_client *c, unsigned timeout_ms)
{
    vireo_status st;
    Sender *s;
    bool last;

    if (!c)
        return VIREO_OK;
    run_out(c, timeout_ms);
    client_unregister(c);
    mutex_lock(&c->lock);
    st = delivered_up_to(c, c->queue.seq);
    s = c->sender;
    c->sender = NULL;
    c->closed = true;
    last = c->live_spans == 0;
    mutex_unlock(&c->lock);
    sender_free(s);
    if (last)
        client_free(c);
    return st;
}

/* ----------------------------------------------------------------- others */

void vireo_get_counters(const vireo_client *c, vireo_counters *out)
{
    if (!out)
        return;
    *out = (vireo_counters){0};
    if (!c)
        return;
    mutex_lock(&c->self->lock);
    *out = c->n;
    out->queue_bytes = c->queue.bytes;
    mutex_unlock(&c->self->lock);
}

void vireo_last_error(const vireo_client *c, char *out, size_t size)
{
    Str text;

    if (!out || size == 0)
        return;
    out[0] = '\0';
    if (!c)
        return;
    mutex_lock(&c->self->lock);
    text = utf8_clip(str_from(c->last_error), size - 1);
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    mutex_unlock(&c->self->lock);
}

/* Queue `e`, NULL when memory was out, or count it as dropped. */
static void put_extra(vireo_client *c, Extra *e)
{
    Status st;

    mutex_lock(&c->lock);
    st = e ? queue_put_extra(&c->queue, e) : ST_LIMIT;
    if (st)
        c->n.dropped_queue++;
    else
        client_notify(c);
    mutex_unlock(&c->lock);
    if (st)
        mem_free(e);
}

void vireo_model_register(vireo_client *c, const char *model, const char *json, size_t len)
{
    Text name;
    const Str body = {json, len};
    Extra *e = NULL;

    if (!c || !model || !json)
        return;
    text_clean(str_from(model), PARCEL_NAME_MAX, &name);
    if (len <= SETTINGS_MODEL_MAX && name.s.len)
        e = queue_extra_new(EXTRA_MODEL, name.s, &body, 1);
    text_done(&name);
    put_extra(c, e);
}

/* Checked here: one that is not JSON would spoil the request for all others in it. */
vireo_status vireo_score_put(vireo_client *c, const char *json, size_t len)
{
    const Str body = {json, len};

    if (!json || len > SETTINGS_SCORE_MAX || !json_valid(body, JSON_SCORE_DEPTH) ||
        !str_starts(str_trim(body), STR("{")))
        return VIREO_INVALID;
    if (!c)
        return VIREO_OK;
    mutex_lock(&c->lock);
    c->n.scores++;
    mutex_unlock(&c->lock);
    put_extra(c, queue_extra_new(EXTRA_SCORE, (Str){0}, &body, 1));
    return VIREO_OK;
}

const char *vireo_version(void)
{
    return VIREO_VERSION;
}

const char *vireo_status_text(vireo_status st)
{
    static const char *const texts[] = {
        [VIREO_OK] = "ok",
        [VIREO_NOMEM] = "out of memory",
        [VIREO_INVALID] = "an option or argument does not make sense",
        [VIREO_TIMEOUT] = "not everything was delivered in the time given",
        [VIREO_REFUSED] = "the server refused the request",
        [VIREO_UNREACHABLE] = "the server cannot be reached",
    };

    return (size_t)st < sizeof texts / sizeof texts[0] ? texts[st] : "unknown status";
}

void vireo_free(void *ptr)
{
    mem_free(ptr);
}
