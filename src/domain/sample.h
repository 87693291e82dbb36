/* SPDX-License-Identifier: Apache-2.0 */
/* Samples as they come: JSON checked item by item, with the ids and hashes that the catalogue
 * wants.
 *
 * A sample is {"id"?, "input", "expected"?, "metadata"?, "split"?}.  Its id is what was given,
 * or the members of the input that the dataset names, or the hash of the input as
 * codec/json_canonical.h spells it.  Errors name index and member: "samples[17].input". */
#ifndef VIREO_DOMAIN_SAMPLE_H
#define VIREO_DOMAIN_SAMPLE_H

#include "catalog/sample_commit.h"
#include "codec/json_read.h"
#include "codec/json_scan.h"
#include "domain/domain.h"

enum {
    SAMPLE_MAX_BYTES = 1 << 20, /* of JSON */
    SAMPLE_MAX_ID = 500,        /* bytes */
    SAMPLE_MAX_SPLIT = 100,     /* bytes */
    SAMPLE_MAX_METADATA = 256 << 10,
    SAMPLES_A_REQUEST = 250000,
    ID_FIELDS_MAX = 16
};

typedef struct SampleRules {
    const char *field; /* that holds them, for errors: "samples", "edits" */
    bool workflow;     /* known by their input alone; metadata is not versioned */
    const Str *id_fields;
    size_t id_field_count;
} SampleRules;

/* A body whose large member is left as text: `rest` has the others. */
typedef struct LargeBody {
    const Json *rest;
    Str large; /* the array; empty: not given */
} LargeBody;

/* Split the member `large`, an array, off an object.  ST_INVALID. */
MUST_CHECK Status body_split(Str text, const char *large, Arena *arena, LargeBody *out,
                             FieldErr *err);

/* In an array whose `[` was read: the next item's text; false at its end and on an error. */
bool array_next(JsonScan *s, Str *raw);

/* One sample, from its JSON.  Texts are in `json`'s text or the arena. */
MUST_CHECK Status sample_read(const Json *json, const SampleRules *rules, size_t index,
                              Arena *arena, SamplePut *out, FieldErr *err);

/* Call `visit` for each item of an array, parsed one at a time: `json` lives until it
 * returns, its raw text as long as `array`.  ST_INVALID past SAMPLES_A_REQUEST items. */
typedef Status SampleItem(void *visitor, const Json *json, size_t index, FieldErr *err);
MUST_CHECK Status samples_each(Str array, const char *field, SampleItem *visit, void *visitor,
                               FieldErr *err);

typedef struct SamplePuts {
    SamplePut *items;
    size_t len;
} SamplePuts;

/* All samples of an array. */
MUST_CHECK Status samples_read(Str array, const SampleRules *rules, Arena *arena, SamplePuts *out,
                               FieldErr *err);

/* Edits of a case, in order, to what they come to: each sample is put or removed once.
 * {"op": "add", "input", "expected"?, "metadata"?} | {"op": "remove", "input" | "id"} */
typedef struct NetEdits {
    SamplePuts puts;
    Str *removes;
    size_t remove_count;
} NetEdits;

/* `field`: the array's name, for errors.  `adds`: samples without "op", all to be added. */
MUST_CHECK Status edits_read(Str array, const char *field, bool adds, Arena *arena, NetEdits *out,
                             FieldErr *err);

/* A refused commit in words. */
Status commit_refused(Status st, const CommitErr *why, const SampleRules *rules,
                      const SamplePuts *puts, FieldErr *err);

/* The hash of a JSON text as canonical text: 32 hex digits. */
MUST_CHECK Status json_hash(const Json *value, char out[SAMPLE_HASH_CHARS]);

#endif
