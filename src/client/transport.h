/* SPDX-License-Identifier: Apache-2.0 */
/* Transport: parcels to requests, answers to outcomes, over connections that are kept.
 *
 * Blobs are many and small, and the server syncs each to its disk: up to
 * TRANSPORT_LANES parcels travel side by side.  Used by one thread.  A request ends at its deadline
 * whatever the network does; `stop` is asked at least every STOP_CHECK_MS while it waits. */
#ifndef VIREO_CLIENT_TRANSPORT_H
#define VIREO_CLIENT_TRANSPORT_H

#include "client/parcel.h"
#include "client/settings.h"

typedef struct Transport Transport;

typedef enum Outcome {
    OUTCOME_DELIVERED, /* 2xx */
    OUTCOME_REFUSED,   /* 4xx: sending it again would not help */
    OUTCOME_LATER,     /* 408, 429, 5xx, 3xx, no answer in time, out of memory */
    OUTCOME_AWAY,      /* no connection */
    OUTCOME_STOPPED    /* the deadline or `stop` ended it */
} Outcome;

enum { TRANSPORT_ERROR_TEXT = 256, TRANSPORT_LANES = 8 };

typedef struct Reply {
    Outcome outcome;
    long http_status;                 /* 0: no answer */
    int64_t retry_after_ns;           /* 0: the server did not say */
    uint64_t rejected;                /* DELIVERED: of its spans or scores, refused by the server */
    char error[TRANSPORT_ERROR_TEXT]; /* for people; "" when delivered whole */
} Reply;

/* Settings must outlive it.  NULL when memory is out. */
Transport *transport_new(const Settings *s);
void transport_free(Transport *t);
/* In the child of a fork: close the sockets, which are the parent's, without a
 * word to the peer, and forget the rest. */
void transport_forget(Transport *t);

typedef bool StopCheck(void *context);
/* Deliver `count` (1..TRANSPORT_LANES) parcels at once, a reply each, in any order.
 * `deadline_ns` is on the monotonic clock. */
void transport_send(Transport *t, const Parcel *parcels, size_t count, int64_t deadline_ns,
                    StopCheck *stop, void *context, Reply *replies);

/* The spans that an ExportTraceServiceResponse says were refused. */
uint64_t transport_rejected_spans(Str response);
/* Of `sent` scores, those that an answer of POST .../scores says were refused, 0 when it does not
 * say; and why the first was: a JSON string's raw characters, or empty.  The answer may be cut. */
uint64_t transport_rejected_scores(Str answer, uint64_t sent, Str *why);

#endif
