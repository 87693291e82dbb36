/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand where somebody is typing: fields, operators, values.
 *
 * Fields are those of the language and the attribute keys that the data has.
 * Values are the most frequent ones of a sample: the newest COMPLETE_ROWS spans,
 * or as many as COMPLETE_NS allow.  The cost does not grow with the store but
 * for the names of columns (O(segments)). */
#ifndef VIREO_QUERY_COMPLETE_H
#define VIREO_QUERY_COMPLETE_H

#include "query/fields.h"
#include "query/query.h"

enum { COMPLETE_ROWS = 100000 };
#define COMPLETE_NS (INT64_C(25) * 1000000)

typedef enum CompletionKind {
    COMPLETE_FIELD,
    COMPLETE_OPERATOR,
    COMPLETE_VALUE,
    COMPLETE_NOTHING /* inside free text or a pattern */
} CompletionKind;

typedef struct CompletionItem {
    Str text;      /* to be put in, quoted where the language needs it */
    Str label;     /* to be shown */
    Str detail;    /* what it is; may be empty */
    int64_t count; /* spans of the sample that have it; -1: not counted */
} CompletionItem;

typedef struct Completion {
    CompletionKind kind;
    size_t from; /* bytes of the text that an item replaces */
    size_t to;
    CompletionItem *items; /* most likely first */
    size_t len;
} Completion;

/* `at` <= text.len.  Any text will do, also one that does not parse. */
MUST_CHECK Status query_complete(const Snapshot *snap, Str text, size_t at, size_t limit,
                                 Arena *arena, Completion *out);

/* ----------------------------------------------------- parts, for each other */

/* Where the caret stands. */
typedef struct CompletePlace {
    CompletionKind kind;
    size_t from;
    size_t to;
    Str typed;       /* before the caret, without an opening quote */
    Str field;       /* COMPLETE_VALUE: whose value */
    bool names_only; /* COMPLETE_FIELD: an operator follows, or it stands behind `has:` */
} CompletePlace;

MUST_CHECK Status complete_place(Str text, size_t at, Arena *arena, CompletePlace *out);

/* The most frequent values of a field that hold `typed`, in any case. */
MUST_CHECK Status complete_values(const Snapshot *snap, const Field *field, Str typed, size_t limit,
                                  Arena *arena, Completion *out);

#endif
