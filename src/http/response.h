/* SPDX-License-Identifier: Apache-2.0 */
/* Response: what a handler fills.
 *
 * Starts as 200 with an empty body that the handler appends to.  Header values
 * are borrowed from the request's arena or static memory. */
#ifndef VIREO_HTTP_RESPONSE_H
#define VIREO_HTTP_RESPONSE_H

#include "base/buf.h"
#include "http/events.h"
#include "http/request.h"

enum { RESPONSE_MAX_HEADERS = 16, RESPONSE_MAX_BYTES = 256 * 1024 * 1024 };

typedef enum BodyKind {
    BODY_BYTES,  /* `body` */
    BODY_SHARED, /* `shared`: bytes that are somebody else's until `release` */
    BODY_EVENTS  /* `events`: a stream that stays open */
} BodyKind;

typedef struct SharedBytes {
    Str bytes;
    void (*release)(void *owner); /* once, from any thread; NULL: they live for ever */
    void *owner;
} SharedBytes;

typedef struct Response {
    int status;
    Str content_type; /* empty: none */
    BodyKind kind;
    Buf body;
    SharedBytes shared;
    EventSource events;
    Pair headers[RESPONSE_MAX_HEADERS];
    size_t header_count;
} Response;

void response_init(Response *r);
/* Also releases shared bytes and frees an event source that were not handed on. */
void response_deinit(Response *r);
/* Back to an empty 200, for when half an answer turns into an error. */
void response_reset(Response *r);

/* A header; past the limit it is dropped, which is our bug (assert). */
void response_header(Response *r, Str name, Str value);
/* Set status and type of what was appended to `body`. */
void response_type(Response *r, int status, Str content_type);
/* Set the ETag (with its quotes).  True when the client has it already: the
 * answer is then a 304 and the handler is done. */
bool response_etag(const Request *q, Response *r, Str etag);

#endif
