/* SPDX-License-Identifier: Apache-2.0 */
/* What datasets and test cases answer alike: samples, commits, differences. */
#ifndef VIREO_API_SAMPLES_H
#define VIREO_API_SAMPLES_H

#include "api/reply.h"
#include "domain/sample.h"

enum { SAMPLES_A_PAGE = 5000 };

/* "created", "added", "changed", "removed", "unchanged" */
void write_commit_counts(JsonWriter *w, const CommitOut *out);
/* {"id", "number", "input", "expected", "metadata", "split"} */
void write_sample(JsonWriter *w, const SampleRow *row);
/* The same as members of an object that is open. */
void write_sample_members(JsonWriter *w, const SampleRow *row);

typedef struct ListRef {
    int64_t space_id;
    int64_t list_id;
    int64_t newest; /* version */
} ListRef;

/* Answers of a list by the request's parameters: a page of samples (version, split, q, scored,
 * judge, scores, cursor, limit), one of them by {id}, the commits, the differences (from, to,
 * cursor, limit). */
void answer_samples(Api *a, Request *q, Response *r, const ListRef *list);
void answer_sample(Api *a, Request *q, Response *r, const ListRef *list);
void answer_commits(Api *a, Request *q, Response *r, int64_t list_id);
void answer_diff(Api *a, Request *q, Response *r, int64_t list_id, int64_t newest);

/* The parameter `name` as a version of a list, the newest without it. */
bool param_version(const Request *q, Response *r, const char *name, int64_t newest, int64_t *out);
/* The parameters limit (at most SAMPLES_A_PAGE) and cursor of a page of samples. */
bool params_samples(const Request *q, Response *r, size_t *limit, int64_t *after);
/* A cursor that is a whole number; 0 without one. */
bool param_number(Response *r, Str cursor, int64_t *out);

#endif
