/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of models: `name:vN`, numbered from 1 without gaps, one a fingerprint. */
#ifndef VIREO_CATALOG_VERSION_H
#define VIREO_CATALOG_VERSION_H

#include "catalog/catalog.h"

enum { MAX_VERSIONS_PER_MODEL = 10000, MAX_OBSERVED_TYPES = 16, FINGERPRINT_CHARS = 64 };

typedef struct VersionRow {
    int64_t id;
    int64_t model_id;
    Str model; /* current name */
    int32_t number;
    Str fingerprint; /* 64 lower-case hex digits */
    Str origin;      /* code, package, name */
    bool registered; /* false: known from spans only, nobody sent its definition */
    Str signature;
    Str output_type;
    Str *observed_types; /* in the order they were first seen */
    size_t observed_count;
    Str language;
    Str language_version;
    Str git;      /* JSON object, or empty */
    Str metadata; /* JSON object */
    int64_t created_ns;
    int64_t first_seen_ns; /* of its spans; 0: no span yet */
    int64_t last_seen_ns;
    uint64_t runs;
    uint64_t errors;
    /* Details: empty in lists. */
    Str source;
    Str dependencies; /* JSON array, or empty */
    Str packages;     /* JSON object, or empty */
} VersionRow;

typedef struct VersionList {
    VersionRow *items; /* newest first */
    size_t len;
    bool more;
} VersionList;

/* What is known of a version when it is put.  Empty: not known. */
typedef struct VersionPut {
    int64_t project_id;
    Str model;       /* a former name leads to its model; an unknown one makes a model */
    Str fingerprint; /* 64 lower-case hex digits */
    Str origin;
    bool registers;                                                 /* carries a definition */
    Str signature, output_type, language, language_version, source; /* text */
    Str git, metadata, dependencies, packages;                      /* JSON */
    int64_t now_ns;
} VersionPut;

typedef struct VersionRef {
    int64_t id;
    int64_t model_id;
    Str model; /* current name */
    int32_t number;
} VersionRef;

/* Find or create the version of that fingerprint, in one transaction, so that
 * concurrent callers agree and numbers have no gaps.  A version known from spans
 * only is filled in by the first put that registers; later ones change nothing
 * but what is still empty.  ST_LIMIT: too many models or versions. */
MUST_CHECK Status catalog_version_put(Catalog *c, const VersionPut *put, Arena *arena,
                                      VersionRef *out, bool *created);
/* The version of that fingerprint, if it exists.  ST_NOTFOUND. */
MUST_CHECK Status catalog_version_find(Catalog *c, int64_t project_id, Str model, Str fingerprint,
                                       Arena *arena, VersionRef *out);
/* By number; `model` as in catalog_version_get().  ST_NOTFOUND. */
MUST_CHECK Status catalog_version_ref(Catalog *c, int64_t project_id, Str model, int32_t number,
                                      Arena *arena, VersionRef *out);
/* By number, with details.  `model` may be a former name: where the model that has
 * the name now lacks the number, the one that had it before answers. */
MUST_CHECK Status catalog_version_get(Catalog *c, int64_t project_id, Str model, int32_t number,
                                      Arena *arena, VersionRow *out);
/* Up to `limit` versions below `before` (0: from the newest), without details. */
MUST_CHECK Status catalog_version_list(Catalog *c, int64_t model_id, int32_t before, size_t limit,
                                       Arena *arena, VersionList *out);
MUST_CHECK Status catalog_version_set_metadata(Catalog *c, int64_t version_id, Str metadata);
/* Remember an output type that was seen; past MAX_OBSERVED_TYPES it is ignored. */
MUST_CHECK Status catalog_version_observe(Catalog *c, int64_t version_id, Str type);

#endif
