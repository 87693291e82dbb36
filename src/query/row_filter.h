/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows of a block are spans that match by themselves: start in the window and
 * satisfy the query, each of whose terms is asked of that one span.  Scores are none. */
#ifndef VIREO_QUERY_ROW_FILTER_H
#define VIREO_QUERY_ROW_FILTER_H

#include "query/doubles.h"
#include "query/match.h"

/* Do all rows of the block start in the window?  Does any? */
bool block_inside(const Matcher *m, size_t block);
bool block_overlaps(const Matcher *m, size_t block);

/* (*keep)[row] is 1 or 0, in the view's arena; NULL: every row matches.  Doubles do not. */
MUST_CHECK Status row_filter(const Matcher *m, const Doubles *doubles, const BlockView *view,
                             uint8_t **keep);

#endif
