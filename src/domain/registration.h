/* SPDX-License-Identifier: Apache-2.0 */
/* Members of the body that registers a version of a model or a judge, each with its limit and an
 * error that names it.
 *
 * A member that is missing or null leaves *out as it is.  Texts and raw JSON stand in the body or
 * the arena that it was parsed into. */
#ifndef VIREO_DOMAIN_REGISTRATION_H
#define VIREO_DOMAIN_REGISTRATION_H

#include "codec/json_read.h"
#include "domain/domain.h"

/* ST_LIMIT: longer than `most`, or too many parts for the arena; ST_INVALID: no object. */
MUST_CHECK Status registration_parse(Str text, size_t most, Arena *arena, const Json **out,
                                     FieldErr *err);
/* ST_INVALID; ST_LIMIT: longer than `most` bytes. */
MUST_CHECK Status registration_text(const Json *body, const char *field, size_t most, Str *out,
                                    FieldErr *err);
/* An object, kept as it stands; *object (may be NULL) is its tree. */
MUST_CHECK Status registration_object(const Json *body, const char *field, size_t most,
                                      const Json **object, Str *raw, FieldErr *err);
/* 64 hex digits, required; in lower case in the arena. */
MUST_CHECK Status registration_fingerprint(const Json *body, Arena *arena, Str *out, FieldErr *err);
/* {"numpy": "2.1"} */
MUST_CHECK Status registration_packages(const Json *body, size_t most, Str *raw, FieldErr *err);

#endif
