/* SPDX-License-Identifier: Apache-2.0 */
/* Queue: what was recorded and is not yet delivered or spooled, bounded in bytes.
 *
 *   Chunk            spans already framed as ScopeSpans.spans, one behind the other:
 *   +------------------------------+------------------------+
 *   | 12 len span | 12 len span    | free                   |   data is a part of a request
 *   +------------------------------+------------------------+   without being touched again
 *   extras -> Extra -> Extra         what is not a part of that request as it is: model
 *                                    registrations, which go first; spans with references (their
 *                                    blobs go first, the span itself needs the blobs' hashes);
 *                                    scores, which go behind the spans
 *
 * Producers append to the last chunk; the sender takes whole chunks, oldest
 * first, and gives them back when they are settled: only then their bytes stop
 * counting.  A few empty chunks are kept, so that a steady load allocates nothing.
 *
 * Not thread-safe: the client's lock is held around every call but queue_free_refs().
 * All O(1) but for copying. */
#ifndef VIREO_CLIENT_QUEUE_H
#define VIREO_CLIENT_QUEUE_H

#include "base/str.h"

/* A logged reference.  One allocation: the texts and bytes follow the struct.
 * One that is left out has a name and a length only, and is not counted. */
typedef struct vireo_reference {
    struct vireo_reference *next;
    Str name;
    Str media_type;
    Str meta; /* JSON, or empty */
    Str bytes;
    Str thumb;
    bool cut;      /* the name was */
    bool left_out; /* too long, or no room */
    size_t left_out_bytes;
    size_t footprint; /* of the allocation */
} Ref;

typedef enum ExtraKind { EXTRA_MODEL, EXTRA_SPAN, EXTRA_SCORE } ExtraKind;

typedef struct Extra {
    struct Extra *next;
    ExtraKind kind;
    Str name; /* MODEL */
    Str body; /* MODEL, SCORE: JSON; SPAN: the Span message without its reference attributes */
    Ref *refs;
    size_t footprint;
} Extra;

typedef struct Chunk {
    struct Chunk *next;
    size_t cap;
    size_t len;
    size_t extra_bytes;
    uint32_t spans; /* in data and in extras */
    uint32_t scores;
    uint64_t last_seq; /* number of the last record in it */
    Extra *extras;
    Extra **extras_end;
    char data[];
} Chunk;

typedef struct Queue {
    Chunk *head;
    Chunk *tail; /* being filled; NULL when empty */
    Chunk *spare;
    size_t spare_count;
    size_t chunk_cap;
    size_t waiting; /* bytes in the queue */
    size_t held;    /* bytes of references of running spans */
    size_t bytes;   /* waiting, taken and not settled, and held */
    size_t limit;
    uint64_t seq; /* records ever put */
} Queue;

void queue_init(Queue *q, size_t limit);
/* Free all chunks, also what waits; what running spans hold stays counted. */
void queue_clear(Queue *q);

/* Append one framed span given in `parts` with `total` bytes.  ST_LIMIT when
 * the queue is full, ST_NOMEM. */
MUST_CHECK Status queue_put(Queue *q, const Str *parts, size_t count, size_t total);
/* Append a model, a score or a span with references; the queue owns `e` on success.  The
 * bytes of its references are counted already. */
MUST_CHECK Status queue_put_extra(Queue *q, Extra *e);

/* Take the oldest chunks with about `want` bytes in all, at least one; NULL
 * when the queue is empty. */
Chunk *queue_take(Queue *q, size_t want);
/* Give taken chunks back; O(what is freed). */
void queue_settle(Queue *q, Chunk *chunks);
/* Free taken chunks of a queue that was cleared since. */
void queue_free_chunks(Chunk *chunks);

/* References of a running span: count them before they are allocated. */
MUST_CHECK Status queue_hold(Queue *q, size_t bytes);
void queue_release(Queue *q, size_t bytes);
void queue_free_refs(Ref *refs);

/* Copies; NULL when memory is out. */
Extra *queue_extra_new(ExtraKind kind, Str name, const Str *parts, size_t count);

#endif
