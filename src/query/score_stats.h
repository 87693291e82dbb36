/* SPDX-License-Identifier: Apache-2.0 */
/* query_score_stats: what judges said, by judge version, model version and score.
 *
 * Two passes over the blocks that have scores: the first counts and finds the range of each
 * score's numbers, the second fills histograms, which share their edges among the groups of
 * one score.  Scores that were replaced do not count. */
#ifndef VIREO_QUERY_SCORE_STATS_H
#define VIREO_QUERY_SCORE_STATS_H

#include "query/engine.h"

enum { SCORE_BINS = 20, SCORE_LABELS = 20, SCORE_GROUPS_MAX = 10000 };

/* What some scores come to. */
typedef struct ScoreTally {
    uint64_t count;
    uint64_t passed;
    uint64_t failed; /* that did not pass; scores may tell neither */
    uint64_t errors; /* of judges: they gave none */
    uint64_t numbers;
    double sum; /* of the numbers, NaN and infinities left out */
    double min;
    double max;
} ScoreTally;

typedef struct ScoreLabel {
    Str label; /* also true and false */
    uint64_t count;
} ScoreLabel;

typedef struct ScoreGroup {
    Str judge; /* name, without version */
    int32_t version;
    Str model; /* "name:vN"; empty: unknown */
    Str name;  /* of the score */
    ScoreTally tally;
    int64_t last_ns; /* when the newest was received */
    double low;      /* of the histogram: of all numbers of that score */
    double high;
    uint64_t *bins;     /* SCORE_BINS, or NULL: there are no numbers, or nobody asked */
    uint32_t *bins_at;  /* the same of each bucket, SCORE_BINS after SCORE_BINS */
    ScoreLabel *labels; /* the most frequent first, at most SCORE_LABELS */
    size_t label_count;
    ScoreTally *buckets; /* bucket_count of them; NULL: nobody asked */
} ScoreGroup;

typedef struct ScoreStats {
    ScoreGroup *items; /* by judge, version, score, model */
    size_t len;
    int64_t from_ns;
    int64_t bucket_ns;
    size_t bucket_count;
} ScoreStats;

typedef struct ScoreWish {
    Str judge;                  /* current name; empty: all judges */
    const ModelAliases *judges; /* former names; may be NULL */
    const ModelAliases *models; /* may be NULL */
    size_t buckets;             /* about so many; 0: neither these nor histograms and labels */
} ScoreWish;

MUST_CHECK Status query_score_stats(const Snapshot *snap, const ScoreWish *wish,
                                    const QueryWindow *w, QueryEngine *engine, Arena *arena,
                                    ScoreStats *out);

#endif
