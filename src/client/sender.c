/* SPDX-License-Identifier: Apache-2.0 */
/* The sender's loop: look, deliver or spool, wait.
 *
 * Waiting is cheap for the callers.  While records come steadily the sender
 * wakes by itself every batch delay, and nobody pays for a signal; only after a whole
 * delay without any record it rests until the next one wakes it. */
#include "client/sender.h"

#include "base/alloc.h"
#include "client/sender_state.h"
#include "os/clock.h"

#include <sodium.h>

#define MS INT64_C(1000000)

enum { BATCH_BYTES = 1024 * 1024 };

static const int64_t rest_ns = 60000 * MS;
static const int64_t hurry_ns = 200 * MS;

Sender *sender_new(vireo_client *c)
{
    Sender *s = mem_calloc(1, sizeof *s);

    if (!s)
        return NULL;
    (void)!sodium_init();
    s->client = c;
    spool_init(&s->spool, &c->settings);
    s->transport = transport_new(&c->settings);
    if (!s->transport || batch_init(&s->batch, &c->settings)) {
        sender_free(s);
        return NULL;
    }
    return s;
}

void sender_free(Sender *s)
{
    if (!s)
        return;
    transport_free(s->transport);
    batch_deinit(&s->batch);
    spool_deinit(&s->spool);
    mem_free(s);
}

void sender_forget(Sender *s)
{
    if (!s)
        return;
    transport_forget(s->transport);
    fd_list_close_all(&s->spool.fds);
}

/* ------------------------------------------------------------------- look */

static size_t batch_bytes(const vireo_client *c)
{
    const size_t quarter = c->settings.queue_bytes / 4;

    return quarter < BATCH_BYTES ? quarter : BATCH_BYTES;
}

/* Under the lock. */
static bool batch_is_due(Sender *s, int64_t now_ns)
{
    const vireo_client *c = s->client;

    if (!c->queue.head) {
        s->due_ns = 0;
        return false;
    }
    s->rested = false;
    if (!s->due_ns)
        s->due_ns = now_ns + c->settings.batch_delay_ns;
    return s->hurry || now_ns >= s->due_ns || c->queue.waiting >= batch_bytes(c);
}

/* Under the lock. */
static void take(Sender *s)
{
    vireo_client *c = s->client;
    const Chunk *last;

    c->taken = queue_take(&c->queue, BATCH_BYTES);
    s->due_ns = 0;
    batch_start(&s->batch, c->taken);
    for (last = c->taken; last->next;)
        last = last->next;
    s->batch_seq = last->last_seq;
}

/* Learn what callers want; take a batch when one is due and we have none. */
static void look(Sender *s)
{
    const int64_t now = clock_mono_ns();
    vireo_client *c = s->client;

    mutex_lock(&c->lock);
    if (c->closing && !s->closing) {
        s->adopt_ns = 0;
        if (!s->retry_asked)
            s->retry_ns = 0;
    }
    s->closing = c->closing;
    s->close_deadline_ns = c->close_deadline_ns;
    s->hurry = c->closing || c->flushing > 0;
    if (batch_is_due(s, now) && !c->taken)
        take(s);
    s->queue_bytes = c->queue.bytes;
    mutex_unlock(&c->lock);
}

/* ------------------------------------------------------------------- wait */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Under the lock: until when there is nothing to do, and how many waiting bytes
 * should end that. */
static int64_t nothing_before(Sender *s, int64_t now_ns, size_t *wake_bytes)
{
    const vireo_client *c = s->client;
    const int64_t delay = c->settings.batch_delay_ns;

    *wake_bytes = SIZE_MAX;
    if (s->batch.chunks || spool_pending(&s->spool)) /* an attempt failed */
        return earlier(s->retry_ns > now_ns ? s->retry_ns : now_ns + delay, now_ns + delay);
    if (c->queue.head) {
        *wake_bytes = batch_bytes(c);
        return s->hurry ? now_ns : s->due_ns;
    }
    if (!s->rested) {
        s->rested = true;
        *wake_bytes = batch_bytes(c);
        return now_ns + delay;
    }
    *wake_bytes = 1;
    if (s->spool.orphan.file.fd >= 0)
        return s->retry_ns;
    return earlier(s->adopt_ns > now_ns ? s->adopt_ns : now_ns + rest_ns, now_ns + rest_ns);
}

static void wait(Sender *s)
{
    vireo_client *c = s->client;
    const int64_t now = clock_mono_ns();
    int64_t until;

    mutex_lock(&c->lock);
    if (c->flushing > 0 && !s->retry_asked && s->retry_ns > now + hurry_ns)
        s->retry_ns = now + hurry_ns;
    until = nothing_before(s, now, &c->wake_bytes);
    if (c->closing)
        until = earlier(until, c->close_deadline_ns);
    if (c->closing == s->closing && (c->flushing == 0 || s->hurry) &&
        c->queue.waiting < c->wake_bytes)
        (void)cond_wait_until(&c->wake, &c->lock, until);
    c->wake_bytes = SIZE_MAX;
    mutex_unlock(&c->lock);
}

/* -------------------------------------------------------------------- run */

/* Closing ends when all is delivered, time is up, or nobody answers. */
static bool is_over(const Sender *s)
{
    vireo_client *c = s->client;
    bool over;

    if (!s->closing)
        return false;
    mutex_lock(&c->lock);
    over = clock_mono_ns() >= s->close_deadline_ns || (c->away && s->tried_closing);
    mutex_unlock(&c->lock);
    return over;
}

static void put_all_away(Sender *s)
{
    vireo_client *c = s->client;

    for (;;) {
        mutex_lock(&c->lock);
        if (!c->taken && c->queue.head)
            take(s);
        mutex_unlock(&c->lock);
        if (!s->batch.chunks)
            return;
        deliver_put_away(s);
    }
}

void sender_run(void *sender)
{
    Sender *s = sender;

    for (;;) {
        int64_t now;

        look(s);
        if (is_over(s))
            break;
        now = clock_mono_ns();
        if (now >= s->retry_ns && deliver_next(s, now))
            continue;
        if (deliver_to_spool(s, now))
            continue;
        if (s->closing && now >= s->retry_ns)
            break; /* nothing is left */
        wait(s);
    }
    put_all_away(s);
}
