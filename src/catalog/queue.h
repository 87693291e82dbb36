/* SPDX-License-Identifier: Apache-2.0 */
/* Review queues: traces or samples that people judge. */
#ifndef VIREO_CATALOG_QUEUE_H
#define VIREO_CATALOG_QUEUE_H

#include "catalog/catalog.h"

enum { QUEUES_MAX = 200 };

typedef struct QueueRow {
    int64_t id;
    int64_t project_id;
    Str name;               /* unique in the project */
    Str source;             /* traces, dataset, evaluation */
    int64_t source_id;      /* the dataset's space, the evaluation */
    Str dataset;            /* its name; empty: it is deleted; only read */
    int64_t source_version; /* of the dataset; 0: always the newest */
    Str split;              /* of the dataset; empty: all */
    Str query;              /* which of them: each source has its own language */
    Str judge;              /* name of a judge that is a person */
    Str instructions;
    int64_t created_ns;
} QueueRow;

typedef struct QueueList {
    QueueRow *items; /* by name */
    size_t len;
} QueueList;

/* ST_EXISTS: the name is taken; ST_LIMIT: QUEUES_MAX are there. */
MUST_CHECK Status catalog_queue_add(Catalog *c, const QueueRow *row, int64_t *id);
/* Replace what is there under row->id in row->project_id.  ST_NOTFOUND, ST_EXISTS. */
MUST_CHECK Status catalog_queue_put(Catalog *c, const QueueRow *row);
MUST_CHECK Status catalog_queue_get(Catalog *c, int64_t project_id, int64_t id, Arena *arena,
                                    QueueRow *out);
MUST_CHECK Status catalog_queue_list(Catalog *c, int64_t project_id, Arena *arena, QueueList *out);
/* ST_NOTFOUND */
MUST_CHECK Status catalog_queue_remove(Catalog *c, int64_t project_id, int64_t id);

#endif
