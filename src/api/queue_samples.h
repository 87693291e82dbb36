/* SPDX-License-Identifier: Apache-2.0 */
/* Review queues of samples, as queues.c tells them. */
#ifndef VIREO_API_QUEUE_SAMPLES_H
#define VIREO_API_QUEUE_SAMPLES_H

#include "api/reply.h"
#include "domain/queue.h"

typedef struct QueueCounts {
    uint64_t left;
    uint64_t done;
    bool partly; /* counting took too long: `left` are there at least, and `done` is not known */
} QueueCounts;

/* "left", "done" and "exact" of an object that is open. */
void queue_write_counts(JsonWriter *w, const QueueCounts *counts);
bool queue_takes_traces(const QueueRow *row);
/* "source", "dataset", "evaluation" of an object that is open. */
void queue_write_source(JsonWriter *w, const QueueRow *row);
MUST_CHECK Status queue_samples_count(Api *a, const QueueRow *row, const Cancel *cancel,
                                      Arena *arena, QueueCounts *out);
/* Answer what is left. */
void queue_samples_next(Api *a, Request *q, Response *r, const QueueRow *row, size_t limit);

#endif
