/* SPDX-License-Identifier: Apache-2.0 */
/* Models and their versions `name:vN`.
 *
 * A fingerprint that the model has is its version, whoever registers it; a new
 * one is the next number.  A model that was renamed still answers to its former names,
 * for tags and for registration, until another model is given the name. */
#ifndef VIREO_DOMAIN_MODEL_H
#define VIREO_DOMAIN_MODEL_H

#include "catalog/model.h"
#include "catalog/version.h"
#include "domain/domain.h"
#include "query/query.h"

enum {
    MODEL_MAX_SOURCE = 1 << 20, /* bytes of a definition */
    MODEL_MAX_DEPENDENCIES = 4 << 20,
    MODEL_MAX_PACKAGES = 1 << 20,
    MODEL_MAX_METADATA = 1 << 16,
    MODEL_MAX_TEXT = 1 << 14, /* signature, output type */
    MODEL_MAX_BODY = 8 << 20,
    MODEL_MAX_ALIASES = 1000
};

/* Register from the JSON body of docs/api.md.  ST_INVALID with the field;
 * ST_LIMIT: a field is too long, or too many models or versions. */
MUST_CHECK Status model_register(Domain *d, int64_t project_id, Str name, Str body, Arena *arena,
                                 VersionRef *out, bool *created, FieldErr *err);

/* {"name": ..., "metadata": {...}}, both optional.  ST_NOTFOUND, ST_INVALID,
 * ST_EXISTS: another model has that name. */
MUST_CHECK Status model_patch(Domain *d, int64_t project_id, Str name, Str body, Arena *arena,
                              ModelRow *out, FieldErr *err);
/* {"metadata": {...}} */
MUST_CHECK Status version_patch(Domain *d, int64_t project_id, Str name, int32_t number, Str body,
                                Arena *arena, VersionRow *out, FieldErr *err);

/* By current or former name.  Counts include spans that are not flushed yet. */
MUST_CHECK Status model_get(Domain *d, int64_t project_id, Str name, Arena *arena, ModelRow *out);
MUST_CHECK Status model_list(Domain *d, int64_t project_id, Str after, size_t limit, Arena *arena,
                             ModelList *out);
/* Former names that still lead to a model, for queries; at most MODEL_MAX_ALIASES. */
MUST_CHECK Status model_aliases(Domain *d, int64_t project_id, Arena *arena, ModelAliases *out);
/* Newest first, those below `before` (0: from the newest), without details. */
MUST_CHECK Status version_list(Domain *d, int64_t project_id, Str name, int32_t before,
                               size_t limit, Arena *arena, VersionList *out);
/* With details. */
MUST_CHECK Status version_get(Domain *d, int64_t project_id, Str name, int32_t number, Arena *arena,
                              VersionRow *out);
/* The version of a tag `name:vN`, with details.  ST_INVALID: not a tag; ST_NOTFOUND. */
MUST_CHECK Status version_by_tag(Domain *d, int64_t project_id, Str tag, Arena *arena,
                                 VersionRow *out);

/* "2" or "v2" -> 2; ST_INVALID. */
MUST_CHECK Status version_number(Str text, int32_t *out);
/* Split at the last colon: names may hold colons.  ST_INVALID. */
MUST_CHECK Status tag_split(Str tag, Str *name, int32_t *number);
MUST_CHECK Status tag_join(Str name, int32_t number, Arena *arena, Str *out);

#endif
