/* SPDX-License-Identifier: Apache-2.0 */
/* Committing to lists of samples: one transaction, one new version, or nothing.
 *
 * A commit puts and removes samples by id.  What is put anew goes to the end, what is
 * there keeps its place.  A commit that changes nothing makes no version.  Large ones are
 * staged first: parts are kept, their inputs numbered, each in a transaction of its own, so
 * that the commit itself holds the write lock for as short as it can.
 *
 * Cost: about 10 us for each sample put, plus one scan of the version when it is replaced. */
#ifndef VIREO_CATALOG_SAMPLE_COMMIT_H
#define VIREO_CATALOG_SAMPLE_COMMIT_H

#include "catalog/sample_list.h"

enum { STAGES_MAX = 16, STAGE_HOURS = 24, SAMPLE_HASH_CHARS = 32 };

typedef struct SamplePut {
    Str id;
    Str input_hash;                  /* empty: the id is the hash of the input */
    Str input;                       /* JSON */
    Str expected;                    /* JSON; empty: none */
    Str metadata;                    /* JSON object; empty: none */
    Str split;                       /* empty: none */
    char content[SAMPLE_HASH_CHARS]; /* hash of what is versioned of the last three */
    bool to_end;                     /* also one that is there loses its place */
} SamplePut;

typedef struct CommitIn {
    int64_t list_id;
    int64_t base_version; /* -1: whatever is there */
    bool replace;         /* what is not put is removed */
    bool ordered;         /* with replace: the puts give the order too */
    bool shared_metadata; /* a workflow's: metadata goes to the input */
    const SamplePut *puts;
    size_t put_count;
    const Str *removes; /* ids; one that is not there is no error */
    size_t remove_count;
    int64_t stage_id;       /* 0: none; its samples come before `puts` and it is gone afterwards */
    const Str *description; /* of a case; NULL: as it is.  It makes no version */
    Str author, message;
    int64_t now_ns;
} CommitIn;

typedef struct CommitOut {
    int64_t version; /* the newest now */
    bool made;       /* it is new */
    int64_t added, changed, removed, unchanged;
    int64_t count;
} CommitOut;

typedef enum CommitRefusal {
    COMMIT_STALE = 1,
    COMMIT_TWICE,
    COMMIT_BOTH,
    COMMIT_TOO_MANY,
    COMMIT_NO_STAGE,
    COMMIT_METADATA
} CommitRefusal;

/* Why a commit was refused. */
typedef struct CommitErr {
    CommitRefusal why;
    int64_t at;      /* TWICE, METADATA: which of all puts; BOTH: which of `removes` */
    int64_t version; /* STALE: the newest */
} CommitErr;

/* ST_INVALID with *why: the version is another than base_version, an id is put twice or
 * put and removed, there would be too many samples or versions, the list has no such stage, or
 * metadata grew past 1 MiB. */
MUST_CHECK Status catalog_samples_commit(Catalog *c, const CommitIn *in, CommitOut *out,
                                         CommitErr *why);

MUST_CHECK Status catalog_stage_add(Catalog *c, int64_t list_id, int64_t now_ns, int64_t *stage_id);
/* Behind what is staged already.  ST_NOTFOUND; ST_LIMIT past SAMPLES_MAX in all. */
MUST_CHECK Status catalog_stage_put(Catalog *c, int64_t list_id, int64_t stage_id,
                                    const SamplePut *puts, size_t count, int64_t *total);
MUST_CHECK Status catalog_stage_remove(Catalog *c, int64_t list_id, int64_t stage_id);

/* A case to be made, or edited, or (neither `replace` and it has samples) only looked at. */
typedef struct CaseIn {
    Str name;
    CommitIn commit; /* list_id is set by the call */
} CaseIn;

typedef enum CaseFate { CASE_CREATED, CASE_LOADED, CASE_EDITED } CaseFate;

typedef struct CaseOut {
    SampleListRow row; /* name and description are borrowed from the arena */
    CaseFate fate;
    CommitOut commit;
} CaseOut;

/* All or nothing, in order.  `only_new`: ST_EXISTS with *at when a name is taken.  ST_LIMIT past
 * CASES_MAX.  ST_INVALID as above; *at says which case. */
MUST_CHECK Status catalog_cases_put(Catalog *c, int64_t space_id, const CaseIn *cases, size_t count,
                                    bool only_new, Arena *arena, CaseOut *out, size_t *at,
                                    CommitErr *why);

typedef struct SampleCommitRow {
    int64_t version;
    int64_t created_ns;
    Str author, message;
    int64_t added, changed, removed, count;
} SampleCommitRow;

typedef struct SampleCommits {
    SampleCommitRow *items; /* newest first */
    size_t len;
    bool more;
} SampleCommits;

/* Those below `before` (0: from the newest). */
MUST_CHECK Status catalog_sample_commits(Catalog *c, int64_t list_id, int64_t before, size_t limit,
                                         Arena *arena, SampleCommits *out);

#endif
