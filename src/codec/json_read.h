/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents as a tree in an arena, for request bodies and small files.
 *
 * Built by json_scan without recursion, bounded by depth and by the arena's
 * limit (a tree takes up to 30 times the bytes of its text).  Nodes and decoded
 * strings live in the arena, strings without escapes in the text: keep both.
 * Whole numbers that fit are JSON_INT, all others JSON_DOUBLE.  Of doubled
 * keys the last one wins. */
#ifndef VIREO_CODEC_JSON_READ_H
#define VIREO_CODEC_JSON_READ_H

#include "base/arena.h"

enum { JSON_READ_DEPTH = 64 };

typedef enum JsonKind {
    JSON_KIND_NULL,
    JSON_KIND_BOOL,
    JSON_KIND_INT,
    JSON_KIND_DOUBLE,
    JSON_KIND_STR,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT
} JsonKind;

typedef struct Json Json;
typedef struct JsonMember JsonMember;

struct Json {
    JsonKind kind;
    Str raw; /* the value as it stands in the text */
    union {
        bool b;
        int64_t i;
        double d;
        Str s;
        struct {
            const Json *items;
            size_t len;
        } array;
        struct {
            const JsonMember *members;
            size_t len;
        } object;
    } as;
};

struct JsonMember {
    Str key;
    Json value;
};

/* ST_CORRUPT with the position and the reason in `err`, ST_LIMIT for depth,
 * ST_NOMEM for the arena. */
MUST_CHECK Status json_parse(Str text, Arena *a, const Json **out, Err *err);
/* As json_parse(), and anything but an object is ST_INVALID. */
MUST_CHECK Status json_parse_object(Str text, Arena *a, const Json **out, Err *err);

/* Member of an object; NULL when missing or when `object` is not one (NULL included). */
const Json *json_get(const Json *object, Str key);

typedef enum JsonNeed { JSON_OPTIONAL, JSON_REQUIRED } JsonNeed;

/* Fields of a request body.  A missing or null optional field leaves *out as it
 * is.  Otherwise ST_INVALID with "field: must be ..." in `err`. */
MUST_CHECK Status json_field_str(const Json *object, Str key, JsonNeed need, Str *out, Err *err);
MUST_CHECK Status json_field_bool(const Json *object, Str key, JsonNeed need, bool *out, Err *err);
MUST_CHECK Status json_field_int(const Json *object, Str key, JsonNeed need, int64_t *out,
                                 Err *err);
/* Integers too. */
MUST_CHECK Status json_field_double(const Json *object, Str key, JsonNeed need, double *out,
                                    Err *err);
MUST_CHECK Status json_field_array(const Json *object, Str key, JsonNeed need, const Json **out,
                                   Err *err);
MUST_CHECK Status json_field_object(const Json *object, Str key, JsonNeed need, const Json **out,
                                    Err *err);
/* "a string", "an object" ... for messages. */
const char *json_kind_name(JsonKind kind);

#endif
