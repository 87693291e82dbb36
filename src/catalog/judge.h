/* SPDX-License-Identifier: Apache-2.0 */
/* Judges and their versions `name:vN`, numbered from 1 without gaps, one a fingerprint.
 *
 * Names follow the rule of models (catalog/model.h): a judge that was renamed is found by its
 * former names too, until another has one of them. */
#ifndef VIREO_CATALOG_JUDGE_H
#define VIREO_CATALOG_JUDGE_H

#include "catalog/model.h"

enum {
    MAX_JUDGES_PER_PROJECT = 1000,
    MAX_VERSIONS_PER_JUDGE = 10000,
    MAX_FORMER_JUDGE_NAMES = 100
};

typedef struct JudgeRow {
    int64_t id;
    int64_t project_id;
    Str name;
    Str *former_names; /* those that still lead here, newest first */
    size_t former_count;
    Str kind;        /* of the newest version: code, llm, person */
    Str description; /* the newest version's, until somebody writes another */
    Str metadata;    /* JSON object */
    int64_t created_ns;
    int32_t latest; /* number of the newest version */
    uint64_t version_count;
} JudgeRow;

typedef struct JudgeList {
    JudgeRow *items; /* by name */
    size_t len;
    bool more;
} JudgeList;

typedef struct JudgeVersionRow {
    int64_t id;
    int64_t judge_id;
    Str judge; /* current name */
    int32_t number;
    Str fingerprint; /* 64 lower-case hex digits */
    Str kind;
    Str description;
    Str parameters; /* JSON array of names */
    Str language;
    Str metadata; /* JSON object */
    int64_t created_ns;
    /* Details: empty in lists. */
    Str source;
    Str definition; /* JSON object */
    Str packages;   /* JSON object */
} JudgeVersionRow;

typedef struct JudgeVersionList {
    JudgeVersionRow *items; /* newest first */
    size_t len;
    bool more;
} JudgeVersionList;

/* Find the version of `row->fingerprint`, or make it (and the judge), in one transaction.
 * `row->judge` names the judge, ids and number are filled in, what is there stays as it was.
 * ST_LIMIT: too many judges or versions. */
MUST_CHECK Status catalog_judge_put(Catalog *c, int64_t project_id, JudgeVersionRow *row,
                                    Arena *arena, bool *created);

/* By current or former name.  ST_NOTFOUND. */
MUST_CHECK Status catalog_judge_get(Catalog *c, int64_t project_id, Str name, Arena *arena,
                                    JudgeRow *out);
/* Up to `limit` judges whose names come after `after` (empty: from the first). */
MUST_CHECK Status catalog_judge_list(Catalog *c, int64_t project_id, Str after, size_t limit,
                                     Arena *arena, JudgeList *out);

typedef struct JudgeChange {
    const Str *name; /* NULL: as it is */
    const Str *description;
    const Str *metadata; /* JSON object */
} JudgeChange;

/* All of it or nothing; *out is the judge as it is then.  ST_EXISTS: another judge has that name
 * now; ST_LIMIT: too many former names. */
MUST_CHECK Status catalog_judge_update(Catalog *c, int64_t judge_id, const JudgeChange *change,
                                       Arena *arena, JudgeRow *out);

/* By number, with details; 0: the newest. */
MUST_CHECK Status catalog_judge_version_get(Catalog *c, int64_t judge_id, int32_t number,
                                            Arena *arena, JudgeVersionRow *out);
/* Up to `limit` versions below `before` (0: from the newest), without details. */
MUST_CHECK Status catalog_judge_version_list(Catalog *c, int64_t judge_id, int32_t before,
                                             size_t limit, Arena *arena, JudgeVersionList *out);

/* All former names of the project that still lead to a judge, at most `limit`. */
MUST_CHECK Status catalog_judge_aliases(Catalog *c, int64_t project_id, size_t limit, Arena *arena,
                                        ModelAliases *out);

#endif
