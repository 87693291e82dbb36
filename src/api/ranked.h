/* SPDX-License-Identifier: Apache-2.0 */
/* The list of traces by rank. */
#ifndef VIREO_API_RANKED_H
#define VIREO_API_RANKED_H

#include "api/reply.h"
#include "query/traces_by.h"

typedef struct RankedQuestion {
    const Query *query;
    const QueryWindow *window;
    const TraceOrder *order;
    ListParams list_params; /* ranks count behind its cursor */
    bool asked;             /* by rank */
    bool has_list;
    PartKey list; /* the one that is read on */
    size_t offset;
} RankedQuestion;

/* The parameters `offset` and `list`; neither: out->asked is false.  False: answered with a 400. */
bool ranked_params(const Request *q, Response *r, RankedQuestion *out);
/* Answer unless it fails.  ST_INVALID: the cursor. */
MUST_CHECK Status ranked_answer(Api *a, const Request *q, Response *r, const Snapshot *snap,
                                const RankedQuestion *asked);

#endif
