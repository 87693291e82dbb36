/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot made of plain test spans: implements store/snapshot.h in the test
 * itself, so that the query engine is tested without a store.  Include in one
 * file of a test only. */
#ifndef VIREO_TESTS_FAKE_SNAPSHOT_H
#define VIREO_TESTS_FAKE_SNAPSHOT_H

#include "query/query.h"

enum { FAKE_MAX_SPANS = 600, FAKE_MAX_TAGS = 3 };

typedef struct FakeTag {
    Str key; /* without prefix */
    Value value;
} FakeTag;

/* Span with the few attributes that the tests use; all text is static. */
typedef struct FakeSpan {
    Span span;
    Str service;
    FakeTag tags[FAKE_MAX_TAGS];
    size_t tag_count;
    Value score; /* of rows of scores: named x */
    Value passed;
    Str judge;
    size_t block;
} FakeSpan;

/* Declared opaque by the store; here it is a list of spans in blocks. */
struct Snapshot {
    FakeSpan spans[FAKE_MAX_SPANS]; /* grouped by block */
    size_t len;
    size_t block_begin[64]; /* first span of a block; one more than blocks */
    size_t blocks;
    uint64_t sources[64]; /* by a span's block: its segment, which gives it a key too; 0: none */
    bool dictionaries;    /* give texts in dictionary form */
    bool immutable;       /* blocks have keys, so that parts of answers are kept */
    bool exact_bloom;     /* snapshot_may_contain() answers exactly, else always true */
};

/* Order the blocks newest first and set block_begin; call after filling spans
 * with their `block` numbers below `blocks`. */
void fake_arrange(struct Snapshot *snap, size_t blocks);

#endif
