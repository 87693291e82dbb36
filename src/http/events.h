/* SPDX-License-Identifier: Apache-2.0 */
/* Server-sent events: answers that stay open and get lines when there is news.
 *
 * A handler answers with an EventSource.  About once a second the server asks
 * it for news; what it appends is sent as it is ("event: x\ndata: {}\n\n").
 * Quiet streams get a comment now and then, so that a client that left is
 * noticed.  At most `max_streams` are open at once; one more is answered 503. */
#ifndef VIREO_HTTP_EVENTS_H
#define VIREO_HTTP_EVENTS_H

#include "base/buf.h"

typedef struct EventSource {
    /* Append what is new to `out`, or nothing.  An error ends the stream.
     * Called by one thread at a time. */
    Status (*poll)(void *context, Buf *out);
    void (*free)(void *context);
    void *context;
} EventSource;

/* Append one event.  `data` must not hold line breaks. */
MUST_CHECK Status events_append(Buf *out, Str event, Str data);

#endif
