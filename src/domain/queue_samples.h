/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of a review queue that takes from a dataset or an evaluation. */
#ifndef VIREO_DOMAIN_QUEUE_SAMPLES_H
#define VIREO_DOMAIN_QUEUE_SAMPLES_H

#include "catalog/sample_list.h"
#include "domain/measured.h"
#include "domain/queue.h"

typedef struct SamplesLeft {
    uint64_t left;
    uint64_t done;
    int64_t space_id;
    int64_t version;  /* of the dataset */
    SampleRow *rows;  /* of a dataset: the first ones, in its order */
    int64_t *numbers; /* of an evaluation: the first ones, ascending */
    size_t len;
    bool partly; /* counting took too long: there may be more of either */
} SamplesLeft;

/* At most `limit` of them (0: only counts), texts in the arena.  Counting ends with `counting`, the
 * search for those that are passed with what that is in.  ST_NOTFOUND with the field "dataset": it
 * is deleted. */
MUST_CHECK Status queue_of_dataset(Domain *d, const QueueRow *row, size_t limit,
                                   const Cancel *counting, Arena *arena, SamplesLeft *out,
                                   FieldErr *err);
/* Answers of `m`, the queue's evaluation.  ST_INVALID with the field: the filter names a metric
 * that is not there. */
MUST_CHECK Status queue_of_answers(const Measured *m, const QueueRow *row, size_t limit,
                                   Arena *arena, SamplesLeft *out, FieldErr *err);

#endif
