/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing of one term: `field op value` or free text. */
#ifndef VIREO_QUERY_TERM_PARSE_H
#define VIREO_QUERY_TERM_PARSE_H

#include "query/ast.h"
#include "query/scan_text.h"

/* *negated: the operator was `!=`. */
MUST_CHECK Status term_parse(Cursor *c, Term *out, bool *negated);

#endif
