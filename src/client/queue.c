/* SPDX-License-Identifier: Apache-2.0 */
/* See queue.h.  A record larger than a chunk gets a chunk of its own size. */
#include "client/queue.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

enum { CHUNK_BYTES = 256 * 1024, CHUNK_MIN_BYTES = 4 * 1024, SPARE_MAX = 8 };

void queue_init(Queue *q, size_t limit)
{
    size_t cap = limit / 16;

    if (cap > CHUNK_BYTES)
        cap = CHUNK_BYTES;
    if (cap < CHUNK_MIN_BYTES)
        cap = CHUNK_MIN_BYTES;
    *q = (Queue){.limit = limit, .chunk_cap = cap};
}

void queue_free_refs(Ref *refs)
{
    while (refs) {
        Ref *next = refs->next;

        mem_free(refs);
        refs = next;
    }
}

static void free_extras(Extra *e)
{
    while (e) {
        Extra *next = e->next;

        queue_free_refs(e->refs);
        mem_free(e);
        e = next;
    }
}

void queue_free_chunks(Chunk *c)
{
    while (c) {
        Chunk *next = c->next;

        free_extras(c->extras);
        mem_free(c);
        c = next;
    }
}

void queue_clear(Queue *q)
{
    queue_free_chunks(q->head);
    queue_free_chunks(q->spare);
    *q = (Queue){.chunk_cap = q->chunk_cap,
                 .held = q->held,
                 .bytes = q->held,
                 .limit = q->limit,
                 .seq = q->seq};
}

static Chunk *new_chunk(Queue *q, size_t need)
{
    const size_t cap = need > q->chunk_cap ? need : q->chunk_cap;
    Chunk *c = q->spare;

    if (c && cap == q->chunk_cap) {
        q->spare = c->next;
        q->spare_count--;
    } else {
        c = mem_alloc(sizeof *c + cap);
        if (!c)
            return NULL;
    }
    *c = (Chunk){.cap = cap};
    c->extras_end = &c->extras;
    return c;
}

/* The chunk that has room for `need` more bytes, made when necessary.  Extras take
 * room too, so that a chunk stays a request of moderate size. */
static Chunk *chunk_with_room(Queue *q, size_t need)
{
    Chunk *c = q->tail;

    if (c && need <= c->cap - c->len && c->extra_bytes < q->chunk_cap)
        return c;
    c = new_chunk(q, need);
    if (!c)
        return NULL;
    if (q->tail)
        q->tail->next = c;
    else
        q->head = c;
    q->tail = c;
    return c;
}

static void count_in(Queue *q, Chunk *c, size_t bytes)
{
    q->waiting += bytes;
    c->last_seq = ++q->seq;
}

Status queue_put(Queue *q, const Str *parts, size_t count, size_t total)
{
    Chunk *c;
    char *at;

    if (q->bytes > q->limit || total > q->limit - q->bytes)
        return ST_LIMIT;
    c = chunk_with_room(q, total);
    if (!c)
        return ST_NOMEM;
    at = c->data + c->len;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len)
            memcpy(at, parts[i].ptr, parts[i].len);
        at += parts[i].len;
    }
    c->len += total;
    c->spans++;
    q->bytes += total;
    count_in(q, c, total);
    return ST_OK;
}

static size_t refs_footprint(const Ref *r)
{
    size_t n = 0;

    for (; r; r = r->next)
        n += r->footprint;
    return n;
}

Status queue_put_extra(Queue *q, Extra *e)
{
    const size_t held = refs_footprint(e->refs);
    Chunk *c;

    if (q->bytes > q->limit || e->footprint > q->limit - q->bytes)
        return ST_LIMIT;
    c = chunk_with_room(q, 0);
    if (!c)
        return ST_NOMEM;
    *c->extras_end = e;
    c->extras_end = &e->next;
    c->extra_bytes += e->footprint + held;
    c->spans += e->kind == EXTRA_SPAN;
    c->scores += e->kind == EXTRA_SCORE;
    assert(held <= q->held);
    q->held -= held;
    q->bytes += e->footprint;
    count_in(q, c, e->footprint + held);
    return ST_OK;
}

Chunk *queue_take(Queue *q, size_t want)
{
    Chunk *first = q->head;
    Chunk *last = first;
    size_t got;

    if (!first)
        return NULL;
    got = first->len + first->extra_bytes;
    while (last->next && got < want && last->next->len + last->next->extra_bytes <= want - got) {
        last = last->next;
        got += last->len + last->extra_bytes;
    }
    q->head = last->next;
    if (!q->head)
        q->tail = NULL;
    last->next = NULL;
    assert(got <= q->waiting);
    q->waiting -= got;
    return first;
}

void queue_settle(Queue *q, Chunk *chunks)
{
    while (chunks) {
        Chunk *next = chunks->next;

        assert(chunks->len + chunks->extra_bytes <= q->bytes);
        q->bytes -= chunks->len + chunks->extra_bytes;
        free_extras(chunks->extras);
        chunks->extras = NULL;
        if (chunks->cap == q->chunk_cap && q->spare_count < SPARE_MAX) {
            chunks->next = q->spare;
            q->spare = chunks;
            q->spare_count++;
        } else {
            mem_free(chunks);
        }
        chunks = next;
    }
}

Status queue_hold(Queue *q, size_t bytes)
{
    if (q->bytes > q->limit || bytes > q->limit - q->bytes)
        return ST_LIMIT;
    q->held += bytes;
    q->bytes += bytes;
    return ST_OK;
}

void queue_release(Queue *q, size_t bytes)
{
    assert(bytes <= q->held);
    q->held -= bytes;
    q->bytes -= bytes;
}

Extra *queue_extra_new(ExtraKind kind, Str name, const Str *parts, size_t count)
{
    size_t body = 0;
    char *at;
    Extra *e;

    for (size_t i = 0; i < count; i++)
        body += parts[i].len;
    e = mem_alloc(sizeof *e + name.len + body);
    if (!e)
        return NULL;
    at = (char *)(e + 1);
    *e = (Extra){.kind = kind, .footprint = sizeof *e + name.len + body};
    e->name = (Str){at, name.len};
    if (name.len)
        memcpy(at, name.ptr, name.len);
    at += name.len;
    e->body = (Str){at, body};
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len)
            memcpy(at, parts[i].ptr, parts[i].len);
        at += parts[i].len;
    }
    return e;
}
