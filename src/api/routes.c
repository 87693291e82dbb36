/* SPDX-License-Identifier: Apache-2.0 */
/* Every route, in one table.  The first match wins: literals before parameters. */
#include "api/context.h"

#define PROJECT    "/api/v1/projects/{project}"
#define MODEL      PROJECT "/models/{name}"
#define VERSION    MODEL "/versions/{version}"
#define ENTRANTS   PROJECT "/workflows/{workflow}/models"
#define STANDARD   PROJECT "/standards/{name}"
#define EVALUATION PROJECT "/evaluations/{id}"
#define DATASET    PROJECT "/datasets/{name}"
#define WORKFLOW   PROJECT "/workflows/{workflow}"
#define CASE       WORKFLOW "/cases/{case}"
#define SUITE      WORKFLOW "/suites/{suite}"
#define JUDGE      PROJECT "/judges/{name}"

static const Route routes[] = {
    {"GET", "/healthz", health_live, 0, ROUTE_INLINE | ROUTE_OPEN},
    {"GET", "/readyz", health_ready, 0, ROUTE_INLINE | ROUTE_OPEN},
    {"GET", "/api/v1/info", health_info, 0, ROUTE_INLINE | ROUTE_OPEN},
    {"GET", "/metrics", metrics_get, ACTION_READ, 0},

    {"POST", "/v1/traces", otlp_post_traces, ACTION_INGEST, ROUTE_SLOW | ROUTE_OTLP},

    {"GET", "/api/v1/projects", projects_list, ACTION_READ, 0},
    {"POST", "/api/v1/projects", projects_create, ACTION_ADMIN, ROUTE_SLOW},
    {"GET", PROJECT, projects_get, ACTION_READ, 0},
    {"DELETE", PROJECT, deletion_project, ACTION_ADMIN, ROUTE_SLOW},
    {"DELETE", PROJECT "/users/{user}", deletion_user, ACTION_ADMIN, ROUTE_SLOW},
    {"GET", PROJECT "/storage", storage_get, ACTION_READ, 0},
    {"GET", PROJECT "/retention", api_retention_get, ACTION_READ, 0},
    {"PATCH", PROJECT "/retention", api_retention_patch, ACTION_ADMIN, ROUTE_SLOW},
    {"GET", PROJECT "/keys", keys_list, ACTION_ADMIN, 0},
    {"POST", PROJECT "/keys", keys_create, ACTION_ADMIN, ROUTE_SLOW},
    {"DELETE", PROJECT "/keys/{id}", keys_revoke, ACTION_ADMIN, ROUTE_SLOW},
    {"GET", "/api/v1/keys", keys_list, ACTION_ADMIN, 0},
    {"POST", "/api/v1/keys", keys_create, ACTION_ADMIN, ROUTE_SLOW},
    {"DELETE", "/api/v1/keys/{id}", keys_revoke, ACTION_ADMIN, ROUTE_SLOW},

    {"GET", PROJECT "/aggregate", aggregate_get, ACTION_READ, 0},
    {"GET", PROJECT "/complete", complete_get, ACTION_READ, 0},
    {"GET", PROJECT "/compare", compare_get, ACTION_READ, 0},
    {"GET", PROJECT "/spans", spans_list, ACTION_READ, 0},
    {"POST", PROJECT "/spans/read", spans_read, ACTION_READ, 0},
    {"GET", PROJECT "/traces", traces_list, ACTION_READ, 0},
    {"GET", PROJECT "/traces/histogram", traces_histogram, ACTION_READ, 0},
    {"GET", PROJECT "/traces/facets", traces_facets, ACTION_READ, 0},
    {"GET", PROJECT "/traces/export", traces_export, ACTION_READ, 0},
    {"GET", PROJECT "/traces/live", traces_live, ACTION_READ, 0},
    {"GET", PROJECT "/traces/{trace_id}", traces_get, ACTION_READ, 0},
    {"GET", PROJECT "/traces/{trace_id}/spans", trace_spans_list, ACTION_READ, 0},
    {"GET", PROJECT "/traces/{trace_id}/spans/{span_id}", trace_spans_get, ACTION_READ, 0},
    {"GET", PROJECT "/traces/{trace_id}/shape", trace_spans_shape, ACTION_READ, 0},
    {"GET", PROJECT "/traces/{trace_id}/scores", scores_of_trace, ACTION_READ, 0},
    {"DELETE", PROJECT "/traces/{trace_id}", deletion_trace, ACTION_ADMIN, ROUTE_SLOW},

    {"POST", PROJECT "/scores", scores_post, ACTION_INGEST, ROUTE_SLOW},
    {"DELETE", PROJECT "/scores/{trace_id}/{id}", scores_delete, ACTION_INGEST, ROUTE_SLOW},

    {"GET", PROJECT "/judges", judges_list, ACTION_READ, 0},
    {"GET", PROJECT "/judges/agreement", judges_agreement, ACTION_READ, 0},
    {"GET", JUDGE, judges_get, ACTION_READ, 0},
    {"PATCH", JUDGE, judges_patch, ACTION_EDIT, ROUTE_SLOW},
    {"GET", JUDGE "/stats", judges_stats, ACTION_READ, 0},
    {"GET", JUDGE "/versions", judge_versions_list, ACTION_READ, 0},
    {"POST", JUDGE "/versions", judge_versions_register, ACTION_INGEST, ROUTE_SLOW},
    {"GET", JUDGE "/versions/{version}", judge_versions_get, ACTION_READ, 0},

    {"GET", PROJECT "/rules", rules_list, ACTION_READ, 0},
    {"POST", PROJECT "/rules", rules_create, ACTION_EDIT, ROUTE_SLOW},
    {"PATCH", PROJECT "/rules/{id}", rules_patch, ACTION_EDIT, ROUTE_SLOW},
    {"DELETE", PROJECT "/rules/{id}", rules_delete, ACTION_EDIT, ROUTE_SLOW},
    {"GET", PROJECT "/queues", queues_list, ACTION_READ, 0},
    {"POST", PROJECT "/queues", queues_create, ACTION_EDIT, ROUTE_SLOW},
    {"PATCH", PROJECT "/queues/{id}", queues_patch, ACTION_EDIT, ROUTE_SLOW},
    {"DELETE", PROJECT "/queues/{id}", queues_delete, ACTION_EDIT, ROUTE_SLOW},
    {"GET", PROJECT "/queues/{id}/next", queues_next, ACTION_READ, 0},

    {"GET", PROJECT "/models", models_list, ACTION_READ, 0},
    {"GET", MODEL, models_get, ACTION_READ, 0},
    {"PATCH", MODEL, models_patch, ACTION_EDIT, ROUTE_SLOW},
    {"GET", MODEL "/stats", models_stats, ACTION_READ, 0},
    {"GET", MODEL "/versions", versions_list, ACTION_READ, 0},
    {"POST", MODEL "/versions", versions_register, ACTION_INGEST, ROUTE_SLOW},
    {"GET", VERSION, versions_get, ACTION_READ, 0},
    {"PATCH", VERSION, versions_patch, ACTION_EDIT, ROUTE_SLOW},

    {"GET", PROJECT "/views", views_list, ACTION_READ, 0},
    {"POST", PROJECT "/views", views_create, ACTION_EDIT, ROUTE_SLOW},
    {"PUT", PROJECT "/views/{id}", views_put, ACTION_EDIT, ROUTE_SLOW},
    {"DELETE", PROJECT "/views/{id}", views_delete, ACTION_EDIT, ROUTE_SLOW},

    {"GET", ENTRANTS, workflow_models_list, ACTION_READ, 0},
    {"PUT", ENTRANTS "/{name}", workflow_models_put, ACTION_INGEST, ROUTE_SLOW},
    {"GET", ENTRANTS "/{name}", workflow_models_get, ACTION_READ, 0},
    {"PATCH", ENTRANTS "/{name}", workflow_models_patch, ACTION_EDIT, ROUTE_SLOW},
    {"GET", ENTRANTS "/{name}/inferences", inferences_of_model, ACTION_READ, 0},

    {"GET", PROJECT "/evaluations", evaluations_list, ACTION_READ, 0},
    {"POST", PROJECT "/evaluations", evaluations_start, ACTION_INGEST, ROUTE_SLOW},
    {"GET", EVALUATION, evaluations_get, ACTION_READ, 0},
    {"PATCH", EVALUATION, evaluations_patch, ACTION_INGEST, ROUTE_SLOW},
    {"DELETE", EVALUATION, evaluations_delete, ACTION_EDIT, ROUTE_SLOW},
    {"GET", EVALUATION "/remaining", inferences_remaining, ACTION_READ, 0},
    {"GET", EVALUATION "/inferences", inferences_list, ACTION_READ, 0},
    {"POST", EVALUATION "/inferences", inferences_save, ACTION_INGEST, ROUTE_SLOW},
    {"POST", EVALUATION "/verify", inferences_verify, ACTION_INGEST, ROUTE_SLOW},
    {"POST", EVALUATION "/results", results_add_rows, ACTION_INGEST, ROUTE_SLOW},
    {"PUT", EVALUATION "/metrics", results_set_metrics, ACTION_INGEST, ROUTE_SLOW},
    {"GET", EVALUATION "/cases", results_cases, ACTION_READ, 0},
    {"GET", EVALUATION "/plots", results_plots, ACTION_READ, 0},
    {"GET", EVALUATION "/samples", results_rows, ACTION_READ, 0},
    {"GET", EVALUATION "/agreement", results_agreement, ACTION_READ, 0},
    {"GET", PROJECT "/datasets", datasets_list, ACTION_READ, 0},
    {"POST", PROJECT "/datasets", datasets_create, ACTION_EDIT, ROUTE_SLOW | ROUTE_MAKES},
    {"GET", DATASET, datasets_get, ACTION_READ, 0},
    {"PATCH", DATASET, datasets_patch, ACTION_EDIT, ROUTE_SLOW},
    {"DELETE", DATASET, datasets_delete, ACTION_EDIT, ROUTE_SLOW},
    {"GET", DATASET "/commits", datasets_commits, ACTION_READ, 0},
    {"POST", DATASET "/commits", datasets_commit, ACTION_EDIT, ROUTE_SLOW},
    {"POST", DATASET "/stages", datasets_stage, ACTION_EDIT, ROUTE_SLOW},
    {"POST", DATASET "/stages/{stage}", datasets_stage_put, ACTION_EDIT, ROUTE_SLOW},
    {"DELETE", DATASET "/stages/{stage}", datasets_stage_delete, ACTION_EDIT, ROUTE_SLOW},
    {"GET", DATASET "/samples", datasets_samples, ACTION_READ, 0},
    {"GET", DATASET "/samples/{id}", datasets_sample, ACTION_READ, 0},
    {"GET", DATASET "/scores", sample_scores_list, ACTION_READ, 0},
    {"POST", DATASET "/scores", sample_scores_post, ACTION_INGEST, ROUTE_SLOW},
    {"DELETE", DATASET "/scores/{id}", sample_scores_delete, ACTION_INGEST, ROUTE_SLOW},
    {"POST", DATASET "/scores/{id}/apply", sample_scores_apply, ACTION_EDIT, ROUTE_SLOW},
    {"GET", DATASET "/diff", datasets_diff, ACTION_READ, 0},
    {"POST", DATASET "/from-traces", datasets_from_traces, ACTION_EDIT, ROUTE_SLOW},

    {"GET", PROJECT "/workflows", workflows_list, ACTION_READ, 0},
    {"POST", PROJECT "/workflows", workflows_put, ACTION_EDIT, ROUTE_SLOW | ROUTE_MAKES},
    {"GET", WORKFLOW, workflows_get, ACTION_READ, 0},
    {"GET", WORKFLOW "/scores", sample_scores_list, ACTION_READ, 0},
    {"POST", WORKFLOW "/scores", sample_scores_post, ACTION_INGEST, ROUTE_SLOW},
    {"DELETE", WORKFLOW "/scores/{id}", sample_scores_delete, ACTION_INGEST, ROUTE_SLOW},
    {"POST", WORKFLOW "/scores/{id}/apply", sample_scores_apply, ACTION_EDIT, ROUTE_SLOW},
    {"GET", WORKFLOW "/cases", cases_list, ACTION_READ, 0},
    {"POST", WORKFLOW "/cases", cases_create, ACTION_EDIT, ROUTE_SLOW},
    {"POST", WORKFLOW "/cases/bulk", cases_bulk, ACTION_EDIT, ROUTE_SLOW},
    {"GET", CASE, cases_get, ACTION_READ, 0},
    {"DELETE", CASE, cases_delete, ACTION_EDIT, ROUTE_SLOW},
    {"GET", CASE "/commits", cases_commits, ACTION_READ, 0},
    {"POST", CASE "/commits", cases_commit, ACTION_EDIT, ROUTE_SLOW},
    {"GET", CASE "/samples", cases_samples, ACTION_READ, 0},
    {"GET", CASE "/diff", cases_diff, ACTION_READ, 0},
    {"GET", WORKFLOW "/suites", suites_list, ACTION_READ, 0},
    {"GET", PROJECT "/suites", suites_of_project, ACTION_READ, 0},
    {"POST", WORKFLOW "/suites", suites_create, ACTION_EDIT, ROUTE_SLOW},
    {"GET", SUITE, suites_get, ACTION_READ, 0},
    {"DELETE", SUITE, suites_delete, ACTION_EDIT, ROUTE_SLOW},
    {"POST", SUITE "/commits", suites_commit, ACTION_EDIT, ROUTE_SLOW},
    {"GET", SUITE "/samples", suites_samples, ACTION_READ, 0},
    {"GET", EVALUATION "/export", results_export, ACTION_READ, 0},
    {"GET", PROJECT "/comparisons", comparisons_get, ACTION_READ, 0},
    {"GET", PROJECT "/comparisons/samples", comparisons_samples, ACTION_READ, 0},
    {"GET", PROJECT "/leaderboard", leaderboard_get, ACTION_READ, 0},
    {"GET", PROJECT "/standards", standards_list, ACTION_READ, 0},
    {"GET", STANDARD, standards_get, ACTION_READ, 0},
    {"PUT", STANDARD, standards_put, ACTION_EDIT, ROUTE_SLOW},
    {"DELETE", STANDARD, standards_delete, ACTION_EDIT, ROUTE_SLOW},
    {"POST", STANDARD "/copy", standards_copy, ACTION_EDIT, ROUTE_SLOW},
    {"GET", STANDARD "/result", standards_result, ACTION_READ, 0},

    {"PUT", PROJECT "/blobs/{sha256}", blobs_put, ACTION_INGEST, ROUTE_SLOW},
    {"GET", PROJECT "/blobs/{sha256}", blobs_get, ACTION_READ, 0},
};

_Static_assert(sizeof routes / sizeof routes[0] <= METRICS_MAX_ROUTES, "raise METRICS_MAX_ROUTES");

const Router api_router = {routes, sizeof routes / sizeof routes[0]};
