/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about judges share. */
#ifndef VIREO_API_JUDGE_JSON_H
#define VIREO_API_JUDGE_JSON_H

#include "api/context.h"
#include "codec/json_write.h"
#include "query/score_stats.h"
#include "query/verdict_pairs.h"

/* What the judge (empty: each one) said in the window; see ScoreWish. */
MUST_CHECK Status judge_score_stats(Api *a, int64_t project_id, Str judge,
                                    const QueryWindow *window, size_t buckets, Arena *arena,
                                    ScoreStats *out);

/* Members of an object that is open. */
void write_verdict_agreement(JsonWriter *w, const VerdictAgreement *of);

#endif
