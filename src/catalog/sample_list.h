/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of samples in versions: datasets and test cases are the same thing.
 *
 * A sample is (id, input, expected, metadata, split).  A row of a list is a member from
 * one version until before another, so a commit writes only what it changes and every
 * version stays readable for ever by one scan along the index:
 *
 *     position  from  to    number          version 1: 1 2 3
 *        1       1    --      1             version 2: 1 3 4     (2 removed, 4 added)
 *        2       1     2      2             version 3: 1 5 4     (3 has another input)
 *        3       1     3      3
 *        4       2    --      4
 *        3       3    --      5
 *
 * The `number` stands for the distinct input in its space (catalog/sample_space.h); it is what
 * inferences and results are keyed by.  In a dataset two samples with other ids have other
 * numbers, also when their inputs are alike; a sample whose input changes gets another number.
 * In one version of a list every number and every id occurs at most once.
 *
 * Metadata is versioned with the row in a dataset.  In a workflow it belongs to the input, is
 * merged with what was there, and shows in all versions.
 *
 * Cost of reading a version: the rows that the list ever had, 1 to 2 us each. */
#ifndef VIREO_CATALOG_SAMPLE_LIST_H
#define VIREO_CATALOG_SAMPLE_LIST_H

#include "catalog/sample_space.h"
#include "os/cancel.h"

enum {
    CASES_MAX = 100000,          /* of a workflow */
    SAMPLES_MAX = 1000000,       /* in one version of a list */
    SAMPLE_VERSIONS_MAX = 100000 /* of a list */
};

typedef struct SampleListRow {
    int64_t id;
    int64_t space_id;
    Str name; /* of the case; empty for a dataset's */
    Str description;
    int64_t created_ns;
    int64_t version;    /* the newest; 0: nothing was ever in it */
    int64_t count;      /* samples of the newest version */
    int64_t updated_ns; /* when that was made */
} SampleListRow;

typedef struct SampleLists {
    SampleListRow *items; /* in the order they were made */
    size_t len;
    bool more;
} SampleLists;

/* The case of that name.  ST_NOTFOUND. */
MUST_CHECK Status catalog_case_get(Catalog *c, int64_t space_id, Str name, Arena *arena,
                                   SampleListRow *out);
/* ST_NOTFOUND. */
MUST_CHECK Status catalog_list_by_id(Catalog *c, int64_t list_id, Arena *arena, SampleListRow *out);
/* Those made after the one with the id `after` (0: from the first). */
MUST_CHECK Status catalog_case_list(Catalog *c, int64_t space_id, int64_t after, size_t limit,
                                    Arena *arena, SampleLists *out);
MUST_CHECK Status catalog_case_describe(Catalog *c, int64_t list_id, Str description);
/* ST_NOTFOUND; ST_BUSY: a version of a suite holds it. */
MUST_CHECK Status catalog_case_remove(Catalog *c, int64_t list_id);

/* ------------------------------------------------------------ reading a version */

typedef struct SampleRow {
    int64_t position; /* order of membership */
    int64_t number;
    Str id;
    Str input;    /* JSON */
    Str expected; /* JSON; empty: none */
    Str metadata; /* JSON object; empty: none */
    Str split;    /* empty: none */
    bool scored;  /* by a scan that asks for scores: are there any such? */
} SampleRow;

/* What feedback a sample itself has (catalog/sample_score.h). */
typedef enum Scored {
    SCORED_EITHER, /* does not matter */
    SCORED_TOLD,   /* does not matter, but is asked for */
    SCORED_ANY,
    SCORED_NONE,
    SCORED_PASSED, /* somebody says so */
    SCORED_FAILED,
    SCORED_EXPECTATION /* there is an expectation */
} Scored;

typedef struct SampleScan {
    int64_t list_id;
    int64_t version;
    int64_t after; /* only positions behind it */
    size_t limit;  /* 0: all */
    const Str *split;
    Str text; /* only samples with this text, ASCII letters in either case, in id, input, expected
               * or metadata as they are written */
    Scored scored;
    int64_t judge_id;     /* with `scored`: only what this judge said; 0: anybody */
    int32_t judge_number; /* and this version of it; 0: any */
    const Cancel *cancel; /* may be NULL; asked at every row: ST_CLOSED or ST_TIMEOUT */
} SampleScan;

/* In the order of membership.  Texts are valid until `visit` returns; it must not use
 * the catalogue's writer for long.  What it returns but ST_OK ends the scan and is returned. */
typedef Status SampleVisit(void *visitor, const SampleRow *row);
MUST_CHECK Status catalog_samples_each(Catalog *c, const SampleScan *scan, SampleVisit *visit,
                                       void *visitor);
/* One sample of a version by its id, or by its number when the id is empty.  ST_NOTFOUND. */
MUST_CHECK Status catalog_sample_get(Catalog *c, int64_t list_id, int64_t version, Str id,
                                     int64_t number, Arena *arena, SampleRow *out);
/* Numbers of a version, ascending, from an index alone; mem_free() them. */
MUST_CHECK Status catalog_sample_numbers(Catalog *c, int64_t list_id, int64_t version,
                                         int64_t **out, size_t *len);
/* Samples of a version by split: how many. */
typedef struct SplitCount {
    Str split; /* empty: none */
    int64_t count;
} SplitCount;
enum { SPLITS_MAX = 100 };
MUST_CHECK Status catalog_sample_splits(Catalog *c, int64_t list_id, int64_t version, Arena *arena,
                                        SplitCount **out, size_t *len);

/* The number of the last input that had the id.  ST_NOTFOUND. */
MUST_CHECK Status catalog_input_find(Catalog *c, int64_t space_id, Str id, int64_t *number);
/* The input alone: id, input, metadata; the other fields are empty.  ST_NOTFOUND. */
MUST_CHECK Status catalog_input_get(Catalog *c, int64_t space_id, int64_t number, Arena *arena,
                                    SampleRow *out);

/* ------------------------------------------------------------ differences */

typedef struct SampleDiff {
    Str id;
    bool before, after;               /* is it in the older, the newer version? */
    SampleRow from, to;               /* with before, after */
    bool input_differs, rest_differs; /* with both; neither: it moved */
} SampleDiff;

typedef struct DiffCounts {
    int64_t added, changed, removed;
} DiffCounts;

/* By id, those behind `after`, at most `limit` and about 32 MiB; the counts are of all.  Texts are
 * in `arena`. */
MUST_CHECK Status catalog_samples_diff(Catalog *c, int64_t list_id, int64_t from, int64_t to,
                                       Str after, size_t limit, Arena *arena, DiffCounts *counts,
                                       SampleDiff **out, size_t *len, bool *more);

#endif
