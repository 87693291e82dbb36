/* SPDX-License-Identifier: Apache-2.0 */
/* KeyCodes: the values of a field over the rows of a block as small numbers.
 *
 * Grouping works on these numbers; values are looked at once for each that is
 * different, not once a row.  A column in dictionary form gives them for the
 * asking; others are numbered by hashing.  The same value may have several
 * numbers.  Memory is the view's arena. */
#ifndef VIREO_QUERY_KEY_CODES_H
#define VIREO_QUERY_KEY_CODES_H

#include "model/value.h"
#include "query/term_eval.h"

typedef struct KeyCodes {
    const uint32_t *codes; /* one a row */
    size_t len;            /* codes are below it */
    Value *values;         /* VALUE_NONE: absent */
} KeyCodes;

/* `aliases` (may be NULL) gives models their current names. */
MUST_CHECK Status key_codes_read(const BlockView *view, const Field *field,
                                 const ModelAliases *aliases, KeyCodes *out);

/* A number by which values are put in order: of a text its first six bytes; finite, but NaN
 * when there is no value, or it is one. */
double value_order(Value v);

/* Numbers of a field over the rows; a row without one is not valid. */
typedef struct Numbers {
    const int64_t *i; /* or */
    const double *d;
    const uint8_t *valid; /* NULL: every row has one */
    bool none;            /* no row has one */
} Numbers;

MUST_CHECK Status numbers_read(const BlockView *view, const Field *field, Numbers *out);

/* Columns that may hold values of an attribute, by precedence. */
enum { ATTRIBUTE_NAMES = 14 };
MUST_CHECK Status attribute_columns(const BlockView *view, const Field *field,
                                    Str names[ATTRIBUTE_NAMES], size_t *count);

#endif
