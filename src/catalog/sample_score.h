/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of samples: what people and judges say of a sample, or of a model's answer to it.
 *
 * A score belongs to a number of a space (catalog/sample_space.h), so it stands in every version
 * of every list that has the sample with that input, whatever its expected value is there.
 * One of an answer keeps the hash of what was judged: when the model answers otherwise later,
 * the score is outdated.
 *
 * The same giver, judge and name for the same thing is the same score: putting it again changes
 * it. */
#ifndef VIREO_CATALOG_SAMPLE_SCORE_H
#define VIREO_CATALOG_SAMPLE_SCORE_H

#include "catalog/sample_list.h"

enum { SCORES_A_SAMPLE = 500 /* and for each model's answer to it */ };

typedef enum Said { SAID_NOTHING = -1, SAID_FAILED, SAID_PASSED } Said;

typedef struct SampleScoreRow {
    int64_t id;
    int64_t number;     /* of the sample */
    int64_t version_id; /* of the model whose answer is judged; 0: the sample itself */
    Str answer;         /* the hash of that answer */
    bool expectation;   /* else feedback */
    Str name;
    int64_t judge_id; /* 0: none */
    int32_t judge_number;
    Str source; /* code, llm, person */
    Str by;
    Str value; /* JSON; empty: none */
    Said passed;
    Str reason;
    Str expected; /* JSON; empty: none */
    int64_t created_ns;
    int64_t updated_ns;
    /* Only read. */
    Str sample_id;
    Str model; /* its name; empty: none, or it is deleted */
    int32_t model_number;
    Str judge;     /* its name */
    bool outdated; /* the model has another answer by now, or none */
} SampleScoreRow;

typedef struct SampleScores {
    SampleScoreRow *items;
    size_t len;
    bool more;
} SampleScores;

/* Each by itself, in one transaction: each[i] is ST_OK and ids[i] given, or ST_LIMIT past
 * SCORES_A_SAMPLE. */
MUST_CHECK Status catalog_sample_scores_put(Catalog *c, int64_t space_id,
                                            const SampleScoreRow *rows, size_t count, int64_t *ids,
                                            Status *each);
/* ST_NOTFOUND. */
MUST_CHECK Status catalog_sample_score_get(Catalog *c, int64_t space_id, int64_t id, Arena *arena,
                                           SampleScoreRow *out);
/* ST_NOTFOUND. */
MUST_CHECK Status catalog_sample_score_remove(Catalog *c, int64_t space_id, int64_t id);

/* Which; what is 0 or empty (`version_id`: -1) does not matter. */
typedef struct SampleScoreWish {
    int64_t space_id;
    int64_t number;
    int64_t version_id;
    int64_t judge_id;
    int32_t judge_number;
    Str kind, by;
    int64_t after; /* only later ids */
    size_t limit;
} SampleScoreWish;

/* In the order in which they were first given. */
MUST_CHECK Status catalog_sample_scores_list(Catalog *c, const SampleScoreWish *wish, Arena *arena,
                                             SampleScores *out);
/* Those of one sample after the other: out[i] are numbers[i]'s, of the sample itself and, with a
 * `version_id`, of that model's answer, without outdated ones. */
MUST_CHECK Status catalog_sample_scores_of(Catalog *c, int64_t space_id, int64_t version_id,
                                           const int64_t *numbers, size_t count, Arena *arena,
                                           SampleScores *out);
/* Numbers, ascending, of samples that a judge (any of its versions) gave feedback on, or on that
 * model's answer as it is now; mem_free() them. */
MUST_CHECK Status catalog_sample_scores_judged(Catalog *c, int64_t space_id, int64_t version_id,
                                               int64_t judge_id, int64_t **out, size_t *len);

#endif
