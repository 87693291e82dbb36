/* SPDX-License-Identifier: Apache-2.0 */
/* Test suites: versions are ordered lists of test cases in fixed versions.
 *
 * Only another membership makes a version; description and tags belong to the suite. */
#ifndef VIREO_CATALOG_SUITE_H
#define VIREO_CATALOG_SUITE_H

#include "catalog/sample_list.h"

enum { SUITES_MAX = 10000, SUITE_CASES_MAX = 10000, SUITE_VERSIONS_MAX = 100000 };

typedef struct SuiteRow {
    int64_t id;
    int64_t space_id;
    Str name; /* unique in its workflow */
    Str description;
    Str tags; /* JSON array of strings */
    int64_t created_ns;
    int64_t version;    /* the newest; 0: no case was ever in it */
    int64_t updated_ns; /* when that was made */
    Str workflow;
} SuiteRow;

typedef struct SuiteList {
    SuiteRow *items; /* in the order they were made */
    size_t len;
    bool more;
} SuiteList;

typedef struct SuiteCase {
    int64_t list_id;
    Str name;
    Str description;
    int64_t version; /* of the case */
    int64_t count;   /* its samples in that version */
} SuiteCase;

typedef struct SuiteCases {
    SuiteCase *items; /* in the suite's order */
    size_t len;
} SuiteCases;

/* A member of a suite version: the sample `number` is in the case items[case_index]. */
typedef struct SuiteMember {
    int64_t number;
    uint32_t case_index;
} SuiteMember;

typedef struct SuiteMembers {
    SuiteMember *items; /* by number, then case; mem_free() them */
    size_t len;
} SuiteMembers;

/* ST_NOTFOUND. */
MUST_CHECK Status catalog_suite_get(Catalog *c, int64_t space_id, Str name, Arena *arena,
                                    SuiteRow *out);
MUST_CHECK Status catalog_suite_by_id(Catalog *c, int64_t id, Arena *arena, SuiteRow *out);
/* Those made after the one with the id `after`. */
MUST_CHECK Status catalog_suite_list(Catalog *c, int64_t space_id, int64_t after, size_t limit,
                                     Arena *arena, SuiteList *out);
/* The same of all workflows of a project. */
MUST_CHECK Status catalog_suites_of_project(Catalog *c, int64_t project_id, int64_t after,
                                            size_t limit, Arena *arena, SuiteList *out);
/* When a version was made; 0 gives the suite's own time.  ST_NOTFOUND. */
MUST_CHECK Status catalog_suite_version(Catalog *c, const SuiteRow *suite, int64_t version,
                                        int64_t *created_ns);
/* The cases of a version; none for version 0. */
MUST_CHECK Status catalog_suite_cases(Catalog *c, int64_t suite_id, int64_t version, Arena *arena,
                                      SuiteCases *out);
/* Which sample is in which cases, from indexes alone.  ST_LIMIT past 50 million. */
MUST_CHECK Status catalog_suite_members(Catalog *c, int64_t suite_id, int64_t version,
                                        SuiteMembers *out);

/* The samples of a version by number, those behind `after`, at most `limit` of them; a sample
 * comes once for each case that has it, with that case's ground truth, the cases in order.
 * As SampleVisit otherwise. */
typedef Status SuiteVisit(void *visitor, const SampleRow *row, const SuiteCase *in);
MUST_CHECK Status catalog_suite_samples(Catalog *c, int64_t suite_id, int64_t version,
                                        int64_t after, size_t limit, SuiteVisit *visit,
                                        void *visitor);

typedef struct SuiteCaseRef {
    Str name;
    int64_t version;
} SuiteCaseRef;

typedef struct SuiteIn {
    int64_t space_id;
    Str name;
    int64_t base_version; /* -1: whatever is there */
    bool create;          /* ST_EXISTS when the name is taken, else ST_NOTFOUND when it is not */
    const Str *description, *tags; /* NULL: as they are */
    const SuiteCaseRef *cases;     /* NULL: as they are */
    size_t case_count;
    Str author, message;
    int64_t now_ns;
} SuiteIn;

/* ST_INVALID with *at = which case there is not in that version, or SUITE_STALE when the version is
 * another than base_version (*out is the suite then).  No case may be twice in `cases`.
 * ST_LIMIT: too many suites or versions. */
#define SUITE_STALE SIZE_MAX
MUST_CHECK Status catalog_suite_commit(Catalog *c, const SuiteIn *in, Arena *arena, SuiteRow *out,
                                       bool *made, size_t *at);
/* With its versions; the cases stay.  ST_NOTFOUND. */
MUST_CHECK Status catalog_suite_remove(Catalog *c, int64_t id);

#endif
