/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about traces, in the one filter language (docs/query-language.md).
 *
 *     Query *q;
 *     st = query_parse(STR("model:digits:v2 status:error latency>50ms"), &arena, &err, &q);
 *     st = query_traces(snap, q, &window, 50, cursor, &arena, &page);
 *
 * A term holds for a trace if any of its spans satisfies it; `span(...)` groups
 * terms that one span must satisfy together.  Results live in the given arena;
 * its limit bounds the memory of a query (ST_NOMEM).  A parsed query is
 * immutable and may be shared.  ST_CLOSED or ST_TIMEOUT: cancelled
 * through the window. */
#ifndef VIREO_QUERY_QUERY_H
#define VIREO_QUERY_QUERY_H

#include "base/arena.h"
#include "model/span.h"
#include "os/cancel.h"
#include "store/snapshot.h"

enum { QUERY_MAX_TEXT = 8192, QUERY_MAX_TERMS = 200, QUERY_MAX_DEPTH = 50, QUERY_MAX_LIMIT = 1000 };

typedef struct Query Query;
typedef struct QueryEngine QueryEngine; /* query/engine.h; may be NULL everywhere */

/* Parse; an empty text matches everything.  `err` tells position and what was
 * expected; an unknown field names the nearest one. */
MUST_CHECK Status query_parse(Str text, Arena *arena, Err *err, Query **out);
/* The same at another time than now: `time>-1h` is an hour before `now_ns`. */
MUST_CHECK Status query_parse_at(Str text, int64_t now_ns, Arena *arena, Err *err, Query **out);
/* Did a pattern of the query give up (a question answered ST_TIMEOUT)?  Then `err` tells which,
 * where and why. */
bool query_gave_up(const Query *q, Err *err);
/* Does it depend on the span alone whether a span satisfies the query's terms?  Not with child( )
 * or parent( ), which may be in other blocks. */
bool query_is_local(const Query *q);
/* The canonical text: parses to an equal query, at any time: relative times are absolute in it. */
MUST_CHECK Status query_to_text(const Query *q, Arena *arena, Str *out);

/* A model was called `former` before; spans stored then are those of `current`. */
typedef struct ModelAlias {
    Str former;
    Str current;
} ModelAlias;

typedef struct ModelAliases {
    const ModelAlias *items;
    size_t len;
} ModelAliases;

/* Let `model:current` find the spans of its former names too.  Before the
 * query is used. */
MUST_CHECK Status query_use_aliases(Query *q, const ModelAliases *aliases, Arena *arena);
/* The same for `judge:current`. */
MUST_CHECK Status query_use_judge_aliases(Query *q, const ModelAliases *aliases, Arena *arena);

typedef struct QueryWindow {
    int64_t from_ns; /* spans that start in [from, to) */
    int64_t to_ns;
    const Cancel *cancel; /* may be NULL; checked at every block */
} QueryWindow;

/* All of time. */
#define QUERY_ALWAYS ((QueryWindow){INT64_MIN, INT64_MAX, NULL})

/* Of `root` only what a list shows is filled: ids, name, type, model, version,
 * status, times, error, service (in resource), session, user, usage; input and
 * output are previews. */
enum { SUMMARY_MAX_SCORES = 100 };

typedef struct TraceSummary {
    const Span *root;    /* the span without a parent, else the earliest */
    size_t span_count;   /* without doubled ones */
    int64_t start_ns;    /* of the earliest span */
    int64_t end_ns;      /* of the latest end */
    SpanStatus status;   /* of the root */
    AttrList tags;       /* of all spans, keys without the vireo.tag. prefix; the root's win */
    AttrList references; /* of all spans: name -> JSON object */
    const Span *scores;  /* rows of scores, oldest first; at most SUMMARY_MAX_SCORES */
    size_t score_count;
    int64_t input_tokens; /* summed over spans, -1: nobody said */
    int64_t output_tokens;
} TraceSummary;

typedef struct TracePage {
    TraceSummary *items;
    size_t len;
    Str next_cursor; /* empty: that was all */
} TracePage;

/* The newest `limit` matching traces by start, behind `cursor` (empty: from
 * the newest).  ST_INVALID: the cursor is not one of ours. */
MUST_CHECK Status query_traces(const Snapshot *snap, const Query *q, const QueryWindow *w,
                               size_t limit, Str cursor, QueryEngine *engine, Arena *arena,
                               TracePage *out);

/* Every span of a trace, each once, by start, parents first; scores (model/score.h) are among
 * them.  ST_NOTFOUND. */
MUST_CHECK Status query_trace(const Snapshot *snap, const uint8_t trace_id[TRACE_ID_BYTES],
                              Arena *arena, SpanBatch *out);

/* The scores of a trace alone, each once, oldest first; none is no error. */
MUST_CHECK Status query_trace_scores(const Snapshot *snap, const uint8_t trace_id[TRACE_ID_BYTES],
                                     Arena *arena, SpanBatch *out);
/* Put the scores behind the spans, both in the order they had; *spans becomes the number of the
 * latter. */
MUST_CHECK Status trace_split_scores(SpanBatch *trace, Arena *arena, size_t *spans);

typedef struct HistogramBucket {
    int64_t start_ns;
    uint64_t count; /* traces that start in the bucket */
    uint64_t errors;
} HistogramBucket;

typedef struct Histogram {
    int64_t from_ns; /* aligned to bucket_ns; the data's range where the window is open */
    int64_t to_ns;
    int64_t bucket_ns;
    HistogramBucket *items;
    size_t len;
    uint64_t total;
    uint64_t errors;
} Histogram;

MUST_CHECK Status query_histogram(const Snapshot *snap, const Query *q, const QueryWindow *w,
                                  size_t buckets, QueryEngine *engine, Arena *arena,
                                  Histogram *out);

/* Runs of models: spans with a model. */
typedef struct RunStats {
    Str model;
    int32_t version; /* 0: all versions of the model together */
    uint64_t runs;
    uint64_t errors;
    int64_t first_ns;
    int64_t last_ns;
    int64_t p50_ns; /* latency quantiles, relative error 1 % */
    int64_t p95_ns;
    int64_t p99_ns;
    uint64_t *bucket_runs; /* bucket_count of them over the window, oldest first */
    uint64_t *bucket_errors;
    int64_t *bucket_p50_ns; /* -1: no run */
} RunStats;

typedef struct RunStatsList {
    RunStats *items; /* by model, then version */
    size_t len;
    int64_t from_ns; /* the buckets' range: the window, or the data's range where it is open */
    int64_t bucket_ns;
    size_t bucket_count; /* about as many as were asked for: their width is a round one */
} RunStatsList;

/* `model` empty: all models.  Spans under a former name count for the current
 * one; `aliases` may be NULL. */
MUST_CHECK Status query_run_stats(const Snapshot *snap, Str model, const ModelAliases *aliases,
                                  const QueryWindow *w, size_t buckets, Arena *arena,
                                  RunStatsList *out);

#endif
