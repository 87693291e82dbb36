/* SPDX-License-Identifier: Apache-2.0 */
/* JSON pull reader: one event after the other, no tree, no recursion.
 *
 *     JsonScan s = json_scan(text, 64);
 *     JsonEvent e;
 *     while (json_scan_next(&s, &e)) ...
 *     if (s.st) ...  s.pos says where
 *
 * Strict RFC 8259: one value, no comments, no trailing commas, UTF-8 only.
 * Strings come raw (between the quotes); json_unescape() decodes those with
 * `escaped` set.  O(bytes), no allocation; memory is the fixed stack of open
 * containers, one bit each. */
#ifndef VIREO_CODEC_JSON_SCAN_H
#define VIREO_CODEC_JSON_SCAN_H

#include "base/arena.h"

enum { JSON_MAX_DEPTH = 320 };

typedef enum JsonEventKind {
    JSON_EVENT_OBJECT,
    JSON_EVENT_OBJECT_END,
    JSON_EVENT_ARRAY,
    JSON_EVENT_ARRAY_END,
    JSON_EVENT_KEY,
    JSON_EVENT_STR,
    JSON_EVENT_NUMBER,
    JSON_EVENT_BOOL,
    JSON_EVENT_NULL
} JsonEventKind;

typedef struct JsonEvent {
    JsonEventKind kind;
    bool escaped;    /* KEY, STR: `text` holds backslashes */
    bool ill_formed; /* KEY, STR: `text` is not UTF-8 (only with `lenient`) */
    bool truth;      /* BOOL */
    size_t pos;      /* byte offset in the input */
    Str text;        /* KEY, STR: between the quotes; NUMBER: its characters */
} JsonEvent;

typedef struct JsonScan {
    Str in;
    size_t pos;
    Status st;          /* ST_OK, or ST_CORRUPT or ST_LIMIT (depth) for good */
    const char *reason; /* with st: what is wrong, static text */
    unsigned depth;
    unsigned max_depth;
    bool lenient; /* set by the caller: strings need not be UTF-8, json_unescape() repairs them */
    unsigned expect; /* private */
    uint64_t in_object[JSON_MAX_DEPTH / 64];
} JsonScan;

/* `max_depth` at most JSON_MAX_DEPTH. */
JsonScan json_scan(Str text, unsigned max_depth);
/* False at the end of the one value and on an error; look at s->st then. */
bool json_scan_next(JsonScan *s, JsonEvent *out);
/* Where a value comes next (behind a KEY, in an array that is not at its end):
 * pass over the whole of it. */
MUST_CHECK Status json_scan_skip(JsonScan *s);
/* The same, and its text as it stands in the input. */
MUST_CHECK Status json_scan_skip_raw(JsonScan *s, Str *raw);
/* Decoded text of a KEY or STR; in the arena when escaped, else borrowed.
 * \u0000 is kept; a lone surrogate becomes U+FFFD. */
MUST_CHECK Status json_unescape(const JsonEvent *e, Arena *a, Str *out);
/* Is `text` one whole JSON value? */
bool json_valid(Str text, unsigned max_depth);

#endif
