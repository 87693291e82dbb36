/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that several bodies have, checked in one place: names, descriptions, metadata, tags. */
#ifndef VIREO_DOMAIN_BODY_H
#define VIREO_DOMAIN_BODY_H

#include "codec/json_read.h"
#include "domain/domain.h"

enum {
    DESCRIPTION_MAX = 16 << 10,
    OBJECT_MAX = 64 << 10, /* bytes of an object that is kept as it came */
    TAGS_MAX = 100,
    MESSAGE_MAX = 4 << 10
};

/* The body of a request as an object. */
MUST_CHECK Status body_parse(Str text, Arena *arena, const Json **out, FieldErr *err);
/* A name by the rule of all names. */
MUST_CHECK Status body_name(const Json *body, const char *field, JsonNeed need, Str *out,
                            FieldErr *err);
/* Text of at most `most` bytes.  *given (may be NULL): it is there and not null. */
MUST_CHECK Status body_text(const Json *body, const char *field, size_t most, Str *out, bool *given,
                            FieldErr *err);
/* An object, as it was written. */
MUST_CHECK Status body_object(const Json *body, const char *field, Str *out, bool *given,
                              FieldErr *err);
/* An array of names without doubles, sorted when `sorted`, as a JSON array. */
MUST_CHECK Status body_names(const Json *body, const char *field, size_t most, bool sorted,
                             Arena *arena, Str *out, bool *given, FieldErr *err);
/* A whole number of at least `least`; left out: *out stays. */
MUST_CHECK Status body_count(const Json *body, const char *field, int64_t least, int64_t *out,
                             FieldErr *err);
/* The strings of a JSON array that body_names() made. */
MUST_CHECK Status names_split(Str json, Arena *arena, Str **out, size_t *len);

#endif
