/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions of the filter language, over PCRE2.
 *
 * A pattern is checked once, when a query is parsed, and compiled to machine
 * code each time that a block is looked at: that takes some 100 us, needs no
 * owner that outlives the look, and gives each thread its own.
 *
 * No pattern can burn: a match may take REGEX_MATCH_STEPS steps of
 * backtracking, and all matches of a query together REGEX_BUDGET_NS.  What
 * passes either bound makes the query fail (RegexWork says how) instead of
 * being taken for "does not match". */
#ifndef VIREO_QUERY_REGEX_H
#define VIREO_QUERY_REGEX_H

#include "base/arena.h"

#include <stdatomic.h>

enum { REGEX_MAX_PATTERN = 1000, REGEX_MATCH_STEPS = 1000000 };
#define REGEX_BUDGET_NS (INT64_C(10) * 1000000000)

typedef enum RegexFailure {
    REGEX_FINE,
    REGEX_TOO_MANY_STEPS, /* on one text */
    REGEX_TOO_MUCH_TIME,  /* over all */
    REGEX_NO_MEMORY
} RegexFailure;

/* What the matches of one pattern cost so far; shared by threads. */
typedef struct RegexWork {
    atomic_llong spent_ns;
    atomic_int failure; /* RegexFailure */
} RegexWork;

typedef enum RegexFlag { REGEX_NOCASE = 1, REGEX_DOT_ALL = 2, REGEX_LINES = 4 } RegexFlag;

typedef struct Regex Regex;

/* Does it compile?  ST_INVALID or ST_LIMIT with the reason in `err`, at `pos`
 * plus the place in the pattern. */
MUST_CHECK Status regex_check(Str pattern, unsigned flags, size_t pos, Err *err);

/* `work` is borrowed and counts on. */
MUST_CHECK Status regex_open(Str pattern, unsigned flags, RegexWork *work, Regex **out);
void regex_close(Regex *r); /* NULL does nothing */
/* Around a run of matches; what happens between runs is not counted.  NULL does nothing. */
void regex_begin(Regex *r);
void regex_end(Regex *r);
/* Is the pattern somewhere in the text?  False for good once `work` has failed. */
bool regex_matches(Regex *r, Str text);

#endif
