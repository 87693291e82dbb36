/* SPDX-License-Identifier: Apache-2.0 */
/* What fork() does to clients.
 *
 * Before it all locks are taken, so that the child finds every client between
 * two operations.  The parent goes on.  In the child the senders do not exist:
 * what waited there is the parent's and is forgotten, sockets and spool files are
 * closed (an open copy would keep the parent's file locks alive), and the next
 * record starts a sender anew.
 *
 * The list of open clients is the library's one global: fork handlers get no
 * argument. */
#include "client/client.h"
#include "client/sender.h"
#include "os/process.h"

static Mutex registry_lock;
static vireo_client *open_clients;
static bool hooked;

static void before_fork(void)
{
    mutex_lock(&registry_lock);
    for (vireo_client *c = open_clients; c; c = c->next_open)
        mutex_lock(&c->lock);
}

static void after_fork_in_parent(void)
{
    for (vireo_client *c = open_clients; c; c = c->next_open)
        mutex_unlock(&c->lock);
    mutex_unlock(&registry_lock);
}

static void start_anew(vireo_client *c)
{
    sender_forget(c->sender);
    c->sender = NULL;
    c->thread = (Thread){0};
    queue_free_chunks(c->taken);
    c->taken = NULL;
    queue_clear(&c->queue);
    c->done_seq = c->queue.seq;
    c->n = (vireo_counters){0};
    c->last_error[0] = '\0';
    c->flushing = 0;
    c->closing = false;
    c->away = false;
    c->wake_bytes = SIZE_MAX;
    /* Made new, not unlocked: it still counts the parent's threads that waited. */
    mutex_init(&c->lock);
    cond_init(&c->wake);
    cond_init(&c->news);
}

static void after_fork_in_child(void)
{
    for (vireo_client *c = open_clients; c; c = c->next_open)
        start_anew(c);
    mutex_unlock(&registry_lock);
}

Status client_register(vireo_client *c)
{
    Status st = ST_OK;

    mutex_lock(&registry_lock);
    if (!hooked)
        st = process_on_fork(before_fork, after_fork_in_parent, after_fork_in_child);
    if (!st) {
        hooked = true;
        c->next_open = open_clients;
        open_clients = c;
    }
    mutex_unlock(&registry_lock);
    return st;
}

void client_unregister(vireo_client *c)
{
    mutex_lock(&registry_lock);
    for (vireo_client **at = &open_clients; *at; at = &(*at)->next_open) {
        if (*at == c) {
            *at = c->next_open;
            break;
        }
    }
    mutex_unlock(&registry_lock);
}
