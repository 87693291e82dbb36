/* SPDX-License-Identifier: Apache-2.0 */
/* One delivery at a time, and what its outcome means. */
#include "client/sender_state.h"
#include "os/clock.h"
#include "os/random.h"

#include <stdio.h>

#define MS INT64_C(1000000)

static const int64_t backoff_first_ns = 100 * MS;
static const int64_t backoff_most_ns = 10000 * MS;
static const int64_t backoff_hurry_ns = 200 * MS;
static const int64_t patience_most_ns = 5000 * MS;
static const int64_t spool_pause_ns = 1000 * MS;
static const int64_t adopt_pause_ns = 60000 * MS;

enum { PATIENCE_DELAYS = 5, BROKEN_ANSWERS_MAX = 16 };

/* ---------------------------------------------------------------- results */

/* Records up to `seq` are delivered or refused. */
static void announce(Sender *s, uint64_t seq)
{
    vireo_client *c = s->client;

    mutex_lock(&c->lock);
    if (seq > c->done_seq)
        c->done_seq = seq;
    cond_broadcast(&c->news);
    mutex_unlock(&c->lock);
}

/* The spool's figures into the counters. */
static void publish_spool(Sender *s)
{
    vireo_client *c = s->client;

    mutex_lock(&c->lock);
    c->n.spool_bytes = s->spool.bytes;
    c->n.dropped_spool += s->spool.damaged;
    mutex_unlock(&c->lock);
    s->spool.damaged = 0;
}

/* Give the batch's memory back. */
static void release_batch(Sender *s)
{
    vireo_client *c = s->client;
    Chunk *taken;

    batch_end(&s->batch);
    mutex_lock(&c->lock);
    taken = c->taken;
    c->taken = NULL;
    queue_settle(&c->queue, taken);
    mutex_unlock(&c->lock);
}

static int64_t jittered(int64_t ns)
{
    return ns / 2 + (int64_t)(random_u64() % (uint64_t)(ns / 2 + 1));
}

static int64_t backoff_ns(const Sender *s)
{
    const int64_t most = s->hurry ? backoff_hurry_ns : backoff_most_ns;
    int64_t ns = backoff_first_ns;

    for (unsigned i = 1; i < s->failures && ns < most; i++)
        ns *= 2;
    return jittered(ns < most ? ns : most);
}

/* Nothing was achieved: wait before the next attempt. */
static void back_off(Sender *s, const Reply *r)
{
    const int64_t now = clock_mono_ns();
    vireo_client *c = s->client;

    s->failures++;
    if (!s->failing_since_ns)
        s->failing_since_ns = now;
    s->retry_asked = r->retry_after_ns > 0;
    s->retry_ns = now + (s->retry_asked ? r->retry_after_ns : backoff_ns(s));
    mutex_lock(&c->lock);
    c->away = r->outcome == OUTCOME_AWAY;
    (void)snprintf(c->last_error, sizeof c->last_error, "%s", r->error);
    mutex_unlock(&c->lock);
}

static void note_reachable(Sender *s, const Reply *r)
{
    vireo_client *c = s->client;

    s->failures = 0;
    s->failing_since_ns = 0;
    s->retry_ns = 0;
    mutex_lock(&c->lock);
    c->away = false;
    (void)snprintf(c->last_error, sizeof c->last_error, "%s", r->error);
    mutex_unlock(&c->lock);
}

static void count_settled(Sender *s, const Parcel *p, const Reply *r, bool orphan)
{
    vireo_client *c = s->client;
    const bool refused = r->outcome == OUTCOME_REFUSED;
    const uint64_t rejected = refused ? parcel_records(p) : r->rejected;
    const uint64_t taken = refused ? 0 : p->count - rejected;

    mutex_lock(&c->lock);
    c->n.rejected += rejected;
    if (p->kind == PARCEL_SCORES) {
        c->n.scores_rejected += rejected;
        c->n.scores_delivered += taken;
    } else if (orphan) {
        c->n.recovered += taken;
    } else {
        c->n.delivered += taken;
    }
    mutex_unlock(&c->lock);
}

/* ---------------------------------------------------------------- attempt */

static bool must_stop(void *context)
{
    Sender *s = context;
    vireo_client *c = s->client;
    bool stop;

    mutex_lock(&c->lock);
    stop = c->closing && clock_mono_ns() >= c->close_deadline_ns;
    mutex_unlock(&c->lock);
    return stop;
}

static bool is_settled(const Reply *r)
{
    return r->outcome == OUTCOME_DELIVERED || r->outcome == OUTCOME_REFUSED;
}

/* A server that breaks on one parcel again and again would block all others:
 * after enough answers that are neither overload nor a gateway's, it is refused. */
static bool is_broken_answer(const Reply *r)
{
    return r->outcome == OUTCOME_LATER && r->http_status >= 500 && r->http_status != 502 &&
           r->http_status != 503 && r->http_status != 504 && r->http_status != 507;
}

static void judge_broken_answers(Sender *s, Reply *replies, size_t count)
{
    bool broken = false;

    for (size_t i = 0; i < count; i++)
        broken |= is_broken_answer(&replies[i]);
    s->broken_answers = broken ? s->broken_answers + 1 : 0;
    if (s->broken_answers < BROKEN_ANSWERS_MAX)
        return;
    for (size_t i = 0; i < count; i++)
        if (is_broken_answer(&replies[i]))
            replies[i].outcome = OUTCOME_REFUSED;
    s->broken_answers = 0;
}

/* Draw the consequences of an attempt with `count` parcels. */
static void conclude(Sender *s, const Parcel *parcels, const Reply *replies, size_t count,
                     bool orphan)
{
    const Reply *good = NULL;
    const Reply *bad = NULL;

    for (size_t i = 0; i < count; i++) {
        if (is_settled(&replies[i])) {
            good = &replies[i];
            count_settled(s, &parcels[i], good, orphan);
        } else if (!bad) {
            bad = &replies[i];
        }
    }
    if (good)
        note_reachable(s, good);
    if (bad)
        back_off(s, bad);
}

static void attempt(Sender *s, const Parcel *parcels, size_t count, bool orphan, Reply *replies)
{
    int64_t deadline = clock_mono_ns() + s->client->settings.request_timeout_ns;

    if (s->closing && s->close_deadline_ns < deadline)
        deadline = s->close_deadline_ns;
    transport_send(s->transport, parcels, count, deadline, must_stop, s, replies);
    s->tried_closing = s->closing;
    judge_broken_answers(s, replies, count);
    conclude(s, parcels, replies, count, orphan);
}

/* ------------------------------------------------------------ from memory */

static void finish_batch(Sender *s)
{
    release_batch(s);
    announce(s, s->batch_seq);
}

/* A batch that cannot be framed because of its size would never be. */
static void drop_batch(Sender *s)
{
    vireo_client *c = s->client;
    uint64_t records = 0;

    for (const Chunk *k = s->batch.chunks; k; k = k->next)
        records += k->spans + k->scores;
    mutex_lock(&c->lock);
    c->n.dropped_queue += records;
    mutex_unlock(&c->lock);
    finish_batch(s);
}

/* False when memory is out for now or the batch is gone. */
static bool frame(Sender *s)
{
    const Status st = batch_frame(&s->batch);

    if (!st)
        return true;
    if (st == ST_LIMIT)
        drop_batch(s);
    else
        back_off(s, &(Reply){.outcome = OUTCOME_LATER, .error = "out of memory"});
    return false;
}

/* Blobs go side by side; all else alone and in its order. */
static size_t group_size(const Batch *b)
{
    size_t n = 1;

    if (b->parcels.items[b->next].kind != PARCEL_BLOB)
        return 1;
    while (n < TRANSPORT_LANES && b->next + n < b->parcels.len &&
           b->parcels.items[b->next + n].kind == PARCEL_BLOB)
        n++;
    return n;
}

/* Pass over what is settled; the others of the group move up behind it. */
static void pass_settled(Batch *b, const Reply *replies, size_t count)
{
    Parcel *group = &b->parcels.items[b->next];
    Parcel left[TRANSPORT_LANES];
    size_t kept = 0;
    size_t settled = 0;

    for (size_t i = 0; i < count; i++) {
        if (is_settled(&replies[i]))
            group[settled++] = group[i];
        else
            left[kept++] = group[i];
    }
    for (size_t i = 0; i < kept; i++)
        group[settled + i] = left[i];
    b->next += settled;
}

static void deliver_batch(Sender *s)
{
    Batch *b = &s->batch;
    Reply replies[TRANSPORT_LANES];

    if (!frame(s))
        return;
    if (b->next < b->parcels.len) {
        const size_t count = group_size(b);

        attempt(s, &b->parcels.items[b->next], count, false, replies);
        pass_settled(b, replies, count);
    }
    if (b->next >= b->parcels.len)
        finish_batch(s);
}

/* --------------------------------------------------------------- from disk */

static void deliver_spooled(Sender *s, SpoolSource source)
{
    Parcel p;
    Reply r;
    const Status st = spool_peek(&s->spool, source, &p);

    if (st && st != ST_NOTFOUND)
        back_off(s, &(Reply){.outcome = OUTCOME_LATER, .error = "the spool cannot be read"});
    if (!st) {
        attempt(s, &p, 1, source == SPOOL_ORPHAN, &r);
        if (is_settled(&r))
            spool_advance(&s->spool, source);
    }
    publish_spool(s);
    if (!spool_pending(&s->spool))
        announce(s, s->spooled_seq);
}

static bool has_orphan(Sender *s, int64_t now_ns)
{
    if (s->spool.orphan.file.fd >= 0)
        return true;
    if (now_ns < s->adopt_ns)
        return false;
    if (spool_adopt(&s->spool))
        return true;
    s->adopt_ns = now_ns + adopt_pause_ns;
    publish_spool(s);
    return false;
}

bool deliver_next(Sender *s, int64_t now_ns)
{
    if (spool_pending(&s->spool))
        deliver_spooled(s, SPOOL_OWN);
    else if (s->batch.chunks)
        deliver_batch(s);
    else if (has_orphan(s, now_ns))
        deliver_spooled(s, SPOOL_ORPHAN);
    else
        return false;
    return true;
}

/* ----------------------------------------------------------------- to disk */

static bool time_to_spool(const Sender *s, int64_t now_ns)
{
    const Settings *o = &s->client->settings;
    const bool crowded = s->queue_bytes > o->queue_bytes / 4;
    int64_t patience = o->batch_delay_ns * PATIENCE_DELAYS;

    if (!s->batch.chunks || now_ns < s->spool_retry_ns)
        return false;
    if (patience > patience_most_ns)
        patience = patience_most_ns;
    if (s->failing_since_ns && now_ns - s->failing_since_ns >= patience)
        return true;
    return crowded && (s->failing_since_ns || spool_pending(&s->spool));
}

/* Append what is not settled; stops at the first failure. */
static Status append_parcels(Sender *s)
{
    vireo_client *c = s->client;

    while (s->batch.next < s->batch.parcels.len) {
        const Parcel *p = &s->batch.parcels.items[s->batch.next];
        const Status st = spool_append(&s->spool, p);

        if (st)
            return st;
        s->batch.next++;
        mutex_lock(&c->lock);
        c->n.spooled += p->kind == PARCEL_SPANS ? p->count : 0;
        mutex_unlock(&c->lock);
    }
    return ST_OK;
}

bool deliver_to_spool(Sender *s, int64_t now_ns)
{
    Status st;

    if (!time_to_spool(s, now_ns) || !frame(s))
        return false;
    st = append_parcels(s);
    publish_spool(s);
    if (st) {
        s->spool_retry_ns = now_ns + spool_pause_ns;
        return false;
    }
    s->spooled_seq = s->batch_seq;
    release_batch(s);
    return true;
}

void deliver_put_away(Sender *s)
{
    vireo_client *c = s->client;
    uint64_t lost = 0;

    if (batch_frame(&s->batch) == ST_OK) {
        if (append_parcels(s))
            for (size_t i = s->batch.next; i < s->batch.parcels.len; i++)
                lost += parcel_records(&s->batch.parcels.items[i]);
    } else {
        for (const Chunk *k = s->batch.chunks; k; k = k->next)
            lost += k->spans + k->scores;
    }
    release_batch(s);
    publish_spool(s);
    mutex_lock(&c->lock);
    c->n.dropped_spool += lost;
    mutex_unlock(&c->lock);
}
