/* SPDX-License-Identifier: Apache-2.0 */
/* The client's and the span's insides, shared by the files of this folder.
 *
 * One lock a client, held for the time of a few stores or one memcpy; the
 * sender takes it to look, to take chunks and to settle, never around I/O.
 * Lock order: registry (fork.c), then a client's lock, then a spool's. */
#ifndef VIREO_CLIENT_CLIENT_H
#define VIREO_CLIENT_CLIENT_H

#include "base/buf.h"
#include "client/queue.h"
#include "client/settings.h"
#include "os/thread.h"

enum { TRACE_ID = 16, SPAN_ID = 8, CLIENT_ERROR_TEXT = 256 };

typedef struct Sender Sender;

struct vireo_site {
    struct vireo_site *next;
    Buf name;  /* Span.name in wire form */
    Buf attrs; /* type, model and fingerprint in wire form */
};

/* Parts of a span's area that a later call replaces. */
typedef enum SpanSlot { SLOT_NAME, SLOT_INPUT, SLOT_OUTPUT, SLOT_STATUS, SLOT_COUNT } SpanSlot;

typedef struct SlotRange {
    size_t at;
    size_t len; /* 0: not set */
} SlotRange;

struct vireo_span {
    vireo_client *client;
    struct vireo_span *next; /* on the free list */
    const vireo_site *site;
    Ref *refs;
    Ref **refs_end;
    size_t held; /* bytes of refs counted in the queue */
    uint8_t trace_id[TRACE_ID];
    uint8_t span_id[SPAN_ID];
    uint8_t parent_id[SPAN_ID];
    bool has_parent;
    bool has_end;
    uint8_t flags;
    uint8_t kind;
    uint32_t cut;     /* values cut */
    uint32_t dropped; /* attributes left out */
    uint32_t dropped_refs;
    int64_t start_ns;
    int64_t end_ns;
    SlotRange slots[SLOT_COUNT];
    Buf area; /* wire form: attributes, events, links, and the slots */
};

struct vireo_client {
    /* Constant while open. */
    vireo_client *self; /* for the functions that promise const and take the lock */
    Arena arena;        /* the settings' texts */
    Settings settings;
    vireo_client *next_open; /* fork.c's list */

    Mutex lock; /* guards all below */
    Cond wake;  /* the sender waits here */
    Cond news;  /* vireo_flush() waits here: something was settled */
    Queue queue;
    Chunk *taken; /* by the sender, not yet settled */
    vireo_span *free_spans;
    size_t free_count;
    size_t live_spans;
    struct vireo_site *sites;
    vireo_counters n;
    uint64_t done_seq; /* all records up to it are delivered or refused */
    unsigned flushing; /* callers in vireo_flush() */
    size_t wake_bytes; /* signal the sender when this much waits; SIZE_MAX while it works */
    bool closing;
    bool closed; /* freed when the last span ends */
    bool away;   /* the last attempt did not reach the server */
    int64_t close_deadline_ns;
    Thread thread;
    Sender *sender;
    char last_error[CLIENT_ERROR_TEXT];
};

/* Under the lock: tell the sender that something was put. */
void client_notify(vireo_client *c);
/* Free what is left of a closed client without spans. */
void client_free(vireo_client *c);
/* Its spans on the free list and its sites. */
void client_free_spans(vireo_client *c);

/* Every open client is told of forks from client_register() until
 * client_unregister(). */
MUST_CHECK Status client_register(vireo_client *c);
void client_unregister(vireo_client *c);

#endif
