/* SPDX-License-Identifier: Apache-2.0 */
/* A table of parts in order of use, and helpers that are started for a question.
 *
 *   engine_put -> kept (in table and list) --evicted--> orphan --last engine_give--> freed
 *
 * Starting a thread costs some 20 us against milliseconds of work; a pool that
 * always waits would not be faster and could be exhausted by one question.
 *
 * Lock: the engine's own, a leaf. */
#include "query/engine.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "os/thread.h"

#include <string.h>

enum { SLOTS = 4096, MAX_HELPERS = 16 };

typedef struct Part Part;

struct Part {
    PartKey key;
    void *content;
    size_t bytes;
    void (*free_content)(void *content);
    size_t users;
    Part *chain; /* of its slot */
    Part *newer;
    Part *older;
};

struct QueryEngine {
    Mutex lock;
    size_t limit;
    size_t bytes;
    unsigned helpers; /* that are free */
    Part *newest;
    Part *oldest;
    Part *slots[SLOTS];
};

Status engine_new(size_t cache_bytes, unsigned helpers, QueryEngine **out)
{
    QueryEngine *e = mem_calloc(1, sizeof *e);

    if (!e)
        return ST_NOMEM;
    mutex_init(&e->lock);
    e->limit = cache_bytes;
    e->helpers = helpers;
    *out = e;
    return ST_OK;
}

/* ------------------------------------------------------------------- parts */

PartKey part_key(uint64_t block, Str identity)
{
    return (PartKey){block, hash_bytes(identity), hash_seeded(identity, 0x76697265)};
}

static size_t slot_of(const PartKey *key)
{
    return (size_t)((key->block ^ key->asked) * UINT64_C(0x9E3779B97F4A7C15) >> 32) % SLOTS;
}

static bool same_key(const PartKey *a, const PartKey *b)
{
    return a->block == b->block && a->asked == b->asked && a->asked_again == b->asked_again;
}

static void unlink_part(QueryEngine *e, Part *p)
{
    *(p->newer ? &p->newer->older : &e->newest) = p->older;
    *(p->older ? &p->older->newer : &e->oldest) = p->newer;
    p->newer = NULL;
    p->older = NULL;
}

static void link_newest(QueryEngine *e, Part *p)
{
    p->older = e->newest;
    p->newer = NULL;
    *(e->newest ? &e->newest->newer : &e->oldest) = p;
    e->newest = p;
}

static void free_part(Part *p)
{
    p->free_content(p->content);
    mem_free(p);
}

static Part *find(QueryEngine *e, const PartKey *key)
{
    Part *p = e->slots[slot_of(key)];

    while (p && !same_key(&p->key, key))
        p = p->chain;
    return p;
}

/* Free the part when nobody uses it; those in use stay, and are passed over. */
static void evict(QueryEngine *e)
{
    for (Part *p = e->oldest; p && e->bytes > e->limit;) {
        Part *newer = p->newer;
        Part **at = &e->slots[slot_of(&p->key)];

        if (p->users == 0) {
            while (*at != p)
                at = &(*at)->chain;
            *at = p->chain;
            unlink_part(e, p);
            e->bytes -= p->bytes;
            free_part(p);
        }
        p = newer;
    }
}

void *engine_take(QueryEngine *e, const PartKey *key)
{
    void *content = NULL;
    Part *p;

    if (!e)
        return NULL;
    mutex_lock(&e->lock);
    p = find(e, key);
    if (p) {
        p->users++;
        unlink_part(e, p);
        link_newest(e, p);
        content = p->content;
    }
    mutex_unlock(&e->lock);
    return content;
}

bool engine_put(QueryEngine *e, const PartKey *key, void *part, size_t bytes,
                void (*free_content)(void *part))
{
    Part *p;

    if (!e || bytes > e->limit / 8)
        return false;
    p = mem_calloc(1, sizeof *p);
    if (!p)
        return false;
    *p = (Part){.key = *key, .content = part, .bytes = bytes + sizeof *p, .users = 1};
    p->free_content = free_content;
    mutex_lock(&e->lock);
    if (find(e, key)) { /* two asked the same at once */
        mutex_unlock(&e->lock);
        mem_free(p);
        return false;
    }
    p->chain = e->slots[slot_of(key)];
    e->slots[slot_of(key)] = p;
    link_newest(e, p);
    e->bytes += p->bytes;
    evict(e);
    mutex_unlock(&e->lock);
    return true;
}

void engine_give(QueryEngine *e, const PartKey *key, void *part)
{
    Part *p;

    mutex_lock(&e->lock);
    p = find(e, key);
    if (p && p->content == part) {
        p->users--;
        evict(e);
    }
    mutex_unlock(&e->lock);
}

void engine_free(QueryEngine *e)
{
    if (!e)
        return;
    while (e->oldest) {
        Part *p = e->oldest;

        unlink_part(e, p);
        free_part(p);
    }
    mutex_deinit(&e->lock);
    mem_free(e);
}

/* ----------------------------------------------------------------- helpers */

typedef struct Job {
    Status (*fn)(void *context, size_t index);
    void *context;
    size_t count;
    atomic_size_t next;
    atomic_int status; /* the first error */
} Job;

static void work(void *arg)
{
    Job *job = arg;

    while (atomic_load(&job->status) == ST_OK) {
        const size_t index = atomic_fetch_add(&job->next, 1);
        int expected = ST_OK;
        Status st;

        if (index >= job->count)
            return;
        st = job->fn(job->context, index);
        if (st)
            (void)atomic_compare_exchange_strong(&job->status, &expected, (int)st);
    }
}

static unsigned borrow_helpers(QueryEngine *e, size_t count)
{
    unsigned n;

    if (!e || count < 2)
        return 0;
    mutex_lock(&e->lock);
    n = e->helpers < MAX_HELPERS ? e->helpers : MAX_HELPERS;
    n = n < count - 1 ? n : (unsigned)(count - 1);
    e->helpers -= n;
    mutex_unlock(&e->lock);
    return n;
}

Status engine_each(QueryEngine *e, size_t count, Status (*fn)(void *context, size_t index),
                   void *context)
{
    const unsigned helpers = borrow_helpers(e, count);
    Thread threads[MAX_HELPERS] = {{0}};
    Job job = {.fn = fn, .context = context, .count = count};

    atomic_init(&job.next, 0);
    atomic_init(&job.status, ST_OK);
    for (unsigned i = 0; i < helpers; i++)
        if (thread_start(&threads[i], "query", work, &job) != ST_OK)
            break; /* the asking thread does it all */
    work(&job);
    for (unsigned i = 0; i < helpers; i++)
        thread_join(&threads[i]);
    if (helpers) {
        mutex_lock(&e->lock);
        e->helpers += helpers;
        mutex_unlock(&e->lock);
    }
    return (Status)atomic_load(&job.status);
}
