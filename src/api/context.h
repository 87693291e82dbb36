/* SPDX-License-Identifier: Apache-2.0 */
/* What all resources share.  Only files of api/ include it. */
#ifndef VIREO_API_CONTEXT_H
#define VIREO_API_CONTEXT_H

#include "api/api.h"
#include "api/live.h"
#include "api/metrics.h"
#include "api/running.h"
#include "domain/key.h"
#include "query/engine.h"
#include "query/trace_light.h"

#include <stdatomic.h>

struct Api {
    bool accounts;
    atomic_bool ready;    /* what /readyz says */
    atomic_bool attached; /* once set, requests are handled, also while draining */
    Cancel cancel;        /* at the end of the server */
    /* Set before `attached`, constant after. */
    Domain *domain;
    Ingest *ingest;
    Store *store;
    HttpServer *http;
    Live live;
    Metrics metrics;
    TraceCache *traces; /* large traces that were looked at last */
    QueryEngine *engine;
    QueryEngine *rankings; /* of lists that are read by rank: ranked.c */
    int64_t start_ns;      /* monotonic */
    int64_t count_ns;      /* how long to count for an answer that is good without the count */
    Questions running;
};

/* Who asks: the principal of every guarded request. */
typedef struct Caller {
    bool trusted; /* accounts are off */
    KeyGrant grant;
    int64_t project_id; /* of the {project} in the path; 0: none */
    Str project;
    uint64_t damage; /* that the store had found when the request began */
    Running running;
} Caller;

static inline const Caller *caller_of(const Request *q)
{
    return q->principal;
}

extern const Router api_router;

/* guard.c */
bool api_guard(void *context, const Route *route, Request *q, Response *r);
void api_after(void *context, Request *q);
/* Did reading set damaged data aside?  The next try does without it. */
bool api_again(void *context, Request *q);

/* Handlers, by file. */
void health_live(void *context, Request *q, Response *r);
void health_ready(void *context, Request *q, Response *r);
void health_info(void *context, Request *q, Response *r);
void metrics_get(void *context, Request *q, Response *r);
void otlp_post_traces(void *context, Request *q, Response *r);
void otlp_error(const Request *q, Response *r, int status, const char *detail);
void projects_list(void *context, Request *q, Response *r);
void projects_create(void *context, Request *q, Response *r);
void projects_get(void *context, Request *q, Response *r);
void keys_list(void *context, Request *q, Response *r);
void keys_create(void *context, Request *q, Response *r);
void keys_revoke(void *context, Request *q, Response *r);
void compare_get(void *context, Request *q, Response *r);
void spans_list(void *context, Request *q, Response *r);
void spans_read(void *context, Request *q, Response *r);
void aggregate_get(void *context, Request *q, Response *r);
void complete_get(void *context, Request *q, Response *r);
void running_list(void *context, Request *q, Response *r);
void running_stop(void *context, Request *q, Response *r);
void traces_list(void *context, Request *q, Response *r);
void traces_histogram(void *context, Request *q, Response *r);
void traces_facets(void *context, Request *q, Response *r);
void traces_live(void *context, Request *q, Response *r);
void traces_export(void *context, Request *q, Response *r);
void traces_get(void *context, Request *q, Response *r);
void trace_spans_list(void *context, Request *q, Response *r);
void trace_spans_get(void *context, Request *q, Response *r);
void trace_spans_shape(void *context, Request *q, Response *r);
void models_list(void *context, Request *q, Response *r);
void models_get(void *context, Request *q, Response *r);
void models_patch(void *context, Request *q, Response *r);
void models_stats(void *context, Request *q, Response *r);
void versions_list(void *context, Request *q, Response *r);
void versions_register(void *context, Request *q, Response *r);
void versions_get(void *context, Request *q, Response *r);
void versions_patch(void *context, Request *q, Response *r);
void views_list(void *context, Request *q, Response *r);
void views_create(void *context, Request *q, Response *r);
void views_put(void *context, Request *q, Response *r);
void views_delete(void *context, Request *q, Response *r);
void datasets_list(void *context, Request *q, Response *r);
void datasets_create(void *context, Request *q, Response *r);
void datasets_get(void *context, Request *q, Response *r);
void datasets_patch(void *context, Request *q, Response *r);
void datasets_delete(void *context, Request *q, Response *r);
void datasets_commit(void *context, Request *q, Response *r);
void datasets_commits(void *context, Request *q, Response *r);
void datasets_stage(void *context, Request *q, Response *r);
void datasets_stage_put(void *context, Request *q, Response *r);
void datasets_stage_delete(void *context, Request *q, Response *r);
void datasets_samples(void *context, Request *q, Response *r);
void datasets_sample(void *context, Request *q, Response *r);
void sample_scores_list(void *context, Request *q, Response *r);
void sample_scores_post(void *context, Request *q, Response *r);
void sample_scores_delete(void *context, Request *q, Response *r);
void sample_scores_apply(void *context, Request *q, Response *r);
void datasets_diff(void *context, Request *q, Response *r);
void datasets_from_traces(void *context, Request *q, Response *r);
void workflows_list(void *context, Request *q, Response *r);
void workflows_put(void *context, Request *q, Response *r);
void workflows_get(void *context, Request *q, Response *r);
void cases_list(void *context, Request *q, Response *r);
void cases_create(void *context, Request *q, Response *r);
void cases_bulk(void *context, Request *q, Response *r);
void cases_get(void *context, Request *q, Response *r);
void cases_delete(void *context, Request *q, Response *r);
void cases_commit(void *context, Request *q, Response *r);
void cases_commits(void *context, Request *q, Response *r);
void cases_samples(void *context, Request *q, Response *r);
void cases_diff(void *context, Request *q, Response *r);
void suites_list(void *context, Request *q, Response *r);
void suites_of_project(void *context, Request *q, Response *r);
void suites_create(void *context, Request *q, Response *r);
void suites_get(void *context, Request *q, Response *r);
void suites_commit(void *context, Request *q, Response *r);
void suites_delete(void *context, Request *q, Response *r);
void suites_samples(void *context, Request *q, Response *r);
void judges_list(void *context, Request *q, Response *r);
void judges_get(void *context, Request *q, Response *r);
void judges_patch(void *context, Request *q, Response *r);
void judge_versions_list(void *context, Request *q, Response *r);
void judge_versions_get(void *context, Request *q, Response *r);
void judge_versions_register(void *context, Request *q, Response *r);
void rules_list(void *context, Request *q, Response *r);
void rules_create(void *context, Request *q, Response *r);
void rules_patch(void *context, Request *q, Response *r);
void rules_delete(void *context, Request *q, Response *r);
void queues_list(void *context, Request *q, Response *r);
void queues_create(void *context, Request *q, Response *r);
void queues_patch(void *context, Request *q, Response *r);
void queues_delete(void *context, Request *q, Response *r);
void queues_next(void *context, Request *q, Response *r);
void judges_stats(void *context, Request *q, Response *r);
void judges_agreement(void *context, Request *q, Response *r);
void scores_of_trace(void *context, Request *q, Response *r);
void scores_post(void *context, Request *q, Response *r);
void scores_delete(void *context, Request *q, Response *r);
void deletion_trace(void *context, Request *q, Response *r);
void deletion_user(void *context, Request *q, Response *r);
void deletion_project(void *context, Request *q, Response *r);
void storage_get(void *context, Request *q, Response *r);
void api_retention_get(void *context, Request *q, Response *r);
void api_retention_patch(void *context, Request *q, Response *r);
void evaluations_start(void *context, Request *q, Response *r);
void evaluations_list(void *context, Request *q, Response *r);
void evaluations_get(void *context, Request *q, Response *r);
void evaluations_patch(void *context, Request *q, Response *r);
void evaluations_delete(void *context, Request *q, Response *r);
void inferences_remaining(void *context, Request *q, Response *r);
void inferences_list(void *context, Request *q, Response *r);
void inferences_of_model(void *context, Request *q, Response *r);
void inferences_save(void *context, Request *q, Response *r);
void inferences_verify(void *context, Request *q, Response *r);
void results_add_rows(void *context, Request *q, Response *r);
void results_set_metrics(void *context, Request *q, Response *r);
void results_cases(void *context, Request *q, Response *r);
void results_plots(void *context, Request *q, Response *r);
void results_agreement(void *context, Request *q, Response *r);
void results_rows(void *context, Request *q, Response *r);
void comparisons_get(void *context, Request *q, Response *r);
void comparisons_samples(void *context, Request *q, Response *r);
void standards_list(void *context, Request *q, Response *r);
void standards_get(void *context, Request *q, Response *r);
void standards_put(void *context, Request *q, Response *r);
void standards_delete(void *context, Request *q, Response *r);
void standards_copy(void *context, Request *q, Response *r);
void standards_result(void *context, Request *q, Response *r);
void leaderboard_get(void *context, Request *q, Response *r);
void results_export(void *context, Request *q, Response *r);
void workflow_models_put(void *context, Request *q, Response *r);
void workflow_models_list(void *context, Request *q, Response *r);
void workflow_models_get(void *context, Request *q, Response *r);
void workflow_models_patch(void *context, Request *q, Response *r);
void blobs_put(void *context, Request *q, Response *r);
void blobs_get(void *context, Request *q, Response *r);

#endif
