/* SPDX-License-Identifier: Apache-2.0 */
/* The results store: what evaluators measured, a row a sample.
 *
 *   DIR/<project>/<evaluation>/<name>.parquet     one part: what one request brought
 *
 * Columns of a part: `number` (of the sample), `case` and `configuration` (null: none),
 * then one column `metric.NAME` for each metric.  It is plain Parquet.
 *
 * A part is written and synced under its name before the catalogue lists it, and what the
 * catalogue does not list does not exist: a crash between the two leaves a file that
 * results_sweep() removes.  Parts never change; small ones are merged (merge.c).  Of rows for the
 * same sample the newest part's counts (frame.h), so that sending again replaces.
 *
 * Thread-safe.  Cost: adding is one encoded file, two syncs and one transaction. */
#ifndef VIREO_RESULTS_RESULTS_H
#define VIREO_RESULTS_RESULTS_H

#include "catalog/result_part.h"
#include "column/vector.h"

enum {
    RESULT_MAX_ROWS = 1 << 20,      /* of a part */
    RESULT_MAX_METRICS = 10000 - 3, /* columns of a file less ours */
    RESULT_MAX_NAME = 200           /* bytes of a metric's name */
};

typedef struct Results Results;

/* `dir` is made when the first part is.  Both are borrowed texts and handles; `catalog` must
 * outlive the store. */
MUST_CHECK Status results_open(const char *dir, Catalog *catalog, Results **out);
void results_close(Results *r);

typedef struct ResultColumn {
    Str name;      /* of the metric */
    Vector values; /* VECTOR_BOOL, INT, DOUBLE, STR or JSON */
} ResultColumn;

/* What one request brings. */
typedef struct ResultBatch {
    Str scope;         /* name of the case; empty: all cases that hold the sample */
    Str configuration; /* empty: none */
    size_t rows;
    const int64_t *numbers; /* of samples, none twice */
    const ResultColumn *columns;
    size_t count;
} ResultBatch;

/* On disk and listed when it returns; *parts (NULL: not asked for): how many the evaluation has
 * then.  ST_NOTFOUND: no such evaluation; ST_LIMIT: too many
 * parts; ST_FULL, ST_IO: nothing has changed. */
MUST_CHECK Status results_add(Results *r, int64_t project_id, int64_t evaluation_id,
                              const ResultBatch *batch, size_t *parts);

/* Make one file of each run of `least` small parts or more, at least 2; see merge.c.  *merged: how
 * many parts are gone into others, also when another run's error is returned.  Not twice at once
 * for one evaluation. */
MUST_CHECK Status results_merge(Results *r, int64_t evaluation_id, size_t least, size_t *merged);

/* Remove the files.  The catalogue must not list them any more; none there is fine. */
MUST_CHECK Status results_remove(Results *r, int64_t project_id, int64_t evaluation_id);
MUST_CHECK Status results_remove_project(Results *r, int64_t project_id);
/* Remove files that the catalogue does not list.  Only by the one process that adds parts. */
MUST_CHECK Status results_sweep(Results *r);
/* Check every listed file; each finding goes to `report`.  ST_CORRUPT when there was any. */
MUST_CHECK Status results_verify(Results *r, void (*report)(void *context, Str finding),
                                 void *context, size_t *parts);

/* "PROJECT/EVALUATION" and "PROJECT/EVALUATION/NAME.parquet" below the store's folder. */
MUST_CHECK Status result_part_paths(const PartRow *row, Arena *a, const char **folder,
                                    const char **file);

#endif
