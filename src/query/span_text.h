/* SPDX-License-Identifier: Apache-2.0 */
/* Free text: terms that are asked of all texts of a span. */
#ifndef VIREO_QUERY_SPAN_TEXT_H
#define VIREO_QUERY_SPAN_TEXT_H

#include "query/term_eval.h"

/* Mark the rows that have the term's text or pattern in the name, the input, the
 * output, the error or status message, an event's name or attributes, or an
 * attribute of the span that is a string (or a list of them). */
MUST_CHECK Status span_text_mark(const BlockView *view, const Term *t, uint8_t *bits);

#endif
