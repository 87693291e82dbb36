/* SPDX-License-Identifier: Apache-2.0 */
/* What both decoders share: the state of one request, the taking of memory and
 * the judging of spans.  For the files of otlp/ only. */
#ifndef VIREO_OTLP_INTERNAL_H
#define VIREO_OTLP_INTERNAL_H

#include "otlp/decode.h"

#include "base/buf.h"

enum { OTLP_MAX_DEPTH = 64 };

/* Why the span being decoded is left out; the first reason stays. */
typedef struct Refusal {
    bool set;
    char text[OTLP_MESSAGE_MAX]; /* "field: reason"; only built for the first bad span */
} Refusal;

typedef struct Decoder {
    Str body;
    OtlpLimits limits; /* without zeros */
    Arena *arena;
    OtlpResult *out;
    Err *err;
    size_t resource_index; /* where we are, for messages */
    size_t scope_index;
    size_t span_index;
    size_t spans_seen;
    AttrList last_attrs; /* of the span before: keys and short values are mostly equal */
    Str last_name;
    const char *attr_owner; /* whose attributes are read: "attributes", "events.attributes" */
    size_t attr_index;
    bool in_span; /* else a bad value refuses the request */
    Refusal refusal;
    Buf scratch; /* JSON text of the value under construction */
    Buf extras;  /* JSON text of the events or links under construction */
} Decoder;

void decoder_init(Decoder *d, Str body, const OtlpLimits *limits, Arena *a, OtlpResult *out,
                  Err *err);
MUST_CHECK Status decoder_check_body(Decoder *d);
/* Release, and hand the result to `out` on ST_OK.  Otherwise `err` gets words
 * where nobody had any. */
MUST_CHECK Status decoder_finish(Decoder *d, Status st, OtlpResult *out);

/* Zeroed memory for `count` things.  ST_LIMIT when it is the arena's limit that
 * forbids it: then sending again would not help. */
MUST_CHECK Status decoder_take(Decoder *d, size_t count, size_t size, void *out);
/* The status of a failed allocation of about `wanted` bytes in the arena. */
MUST_CHECK Status decoder_no_room(const Decoder *d, size_t wanted);
/* Valid UTF-8 of `s`, borrowed or repaired. */
MUST_CHECK Status decoder_text(Decoder *d, Str s, Str *out);
/* Text that is probably equal to `last`, which then stands for it: whoever compares
 * the texts of neighbours later sees by their addresses that they are equal, without
 * a look at memory that is cold by then. */
MUST_CHECK Status decoder_text_like(Decoder *d, Str s, Str last, Str *out);
/* A copy of `b`'s contents in the arena. */
MUST_CHECK Status decoder_keep(Decoder *d, const Buf *b, Str *out);

/* The span is left out because of `field` (printf format). */
void span_refuse(Decoder *d, const char *reason, const char *field, ...) PRINTF_LIKE(3, 4);
/* The value of the attribute being read is bad: refuses the span, or, outside of
 * one, the request (ST_INVALID). */
MUST_CHECK Status value_refuse(Decoder *d, const char *reason);
/* All fields are in: mend and judge.  True when it is kept; otherwise it has
 * been counted and reported. */
bool span_accept(Decoder *d, Span *s);
/* Nanoseconds of an unsigned wire time; refuses the span when out of range. */
int64_t span_time(Decoder *d, uint64_t ns, const char *field);
/* An id from wire bytes; refuses the span unless `len` fits.  An empty one is
 * all zero. */
void span_id(Decoder *d, Str bytes, size_t len, const char *field, uint8_t *out);
/* Remember service name and project of a resource that is complete. */
void resource_complete(Decoder *d, Resource *r);

/* An event or a link, collected by either decoder and written as JSON into
 * `extras`. */
typedef struct SpanExtra {
    uint8_t trace_id[TRACE_ID_BYTES];
    uint8_t span_id[SPAN_ID_BYTES];
    int64_t time_ns;
    Str name; /* or the trace state of a link */
    AttrList attrs;
    uint32_t dropped;
    uint32_t flags;
} SpanExtra;

MUST_CHECK Status event_write(Decoder *d, const SpanExtra *e);
MUST_CHECK Status link_write(Decoder *d, const SpanExtra *l);
/* Between the first write and the last: brackets and commas around them. */
MUST_CHECK Status extras_open(Decoder *d);
MUST_CHECK Status extras_close(Decoder *d, Str *out);

#endif
