/* SPDX-License-Identifier: Apache-2.0 */
/* Failures here lose nothing: they are logged and tried again at the next turn. */
#include "server/upkeep.h"

#include "base/log.h"
#include "domain/retention.h"
#include "os/clock.h"
#include "os/process.h"

#define SECONDS(n) ((int64_t)(n)*1000000000)

/* What is done how often. */
static const int64_t counters_every = SECONDS(60);
static const int64_t trim_every = SECONDS(10);
static const int64_t expire_every = SECONDS(60);

static void warn(const char *what, Status st)
{
    if (st)
        log_warn("upkeep failed; it will be tried again", " step=%s reason=\"%s\"", what,
                 status_text(st));
}

static bool stopping(Upkeep *u)
{
    bool stop;

    mutex_lock(&u->lock);
    stop = u->stop;
    mutex_unlock(&u->lock);
    return stop;
}

/* True when `*next` has come; it is moved on by `every`. */
static bool is_due(int64_t now, int64_t every, int64_t *next)
{
    if (now < *next)
        return false;
    *next = now + every;
    return true;
}

static void upkeep_loop(void *upkeep)
{
    Upkeep *u = upkeep;
    int64_t counters_at = clock_mono_ns() + counters_every;
    int64_t trim_at = clock_mono_ns() + trim_every;
    int64_t expire_at = clock_mono_ns();

    while (!stopping(u)) {
        const int64_t now = clock_mono_ns();

        if (is_due(now, expire_every, &expire_at))
            retention_apply(u->data->domain, u->retention_ns);
        if (is_due(now, counters_every, &counters_at))
            warn("counters", ingest_save_counters(u->data->ingest));
        if (is_due(now, trim_every, &trim_at))
            process_trim_memory(); /* a flush and a big query leave much behind */
        mutex_lock(&u->lock);
        if (!u->stop)
            (void)cond_wait_until(&u->wake, &u->lock, now + trim_every);
        mutex_unlock(&u->lock);
    }
}

Status upkeep_start(Upkeep *u, DataDir *data, int64_t retention_ns)
{
    *u = (Upkeep){.data = data, .retention_ns = retention_ns};
    mutex_init(&u->lock);
    cond_init(&u->wake);
    return thread_start(&u->thread, "upkeep", upkeep_loop, u);
}

void upkeep_stop(Upkeep *u)
{
    mutex_lock(&u->lock);
    u->stop = true;
    cond_broadcast(&u->wake);
    mutex_unlock(&u->lock);
    thread_join(&u->thread);
    cond_deinit(&u->wake);
    mutex_deinit(&u->lock);
}
