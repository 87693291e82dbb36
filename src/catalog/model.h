/* SPDX-License-Identifier: Apache-2.0 */
/* Models: named things that infer, unique by name in their project.
 *
 * A model that was renamed keeps its former names as aliases.  A name means the
 * model that has it now; if none has, the model that had it last. */
#ifndef VIREO_CATALOG_MODEL_H
#define VIREO_CATALOG_MODEL_H

#include "catalog/catalog.h"
#include "query/query.h"

enum { MAX_MODELS_PER_PROJECT = 10000, MAX_FORMER_NAMES = 100 };

typedef struct ModelRow {
    int64_t id;
    int64_t project_id;
    Str name;
    Str *former_names; /* those that still lead here, newest first */
    size_t former_count;
    Str metadata; /* JSON object */
    int64_t created_ns;
    int64_t first_seen_ns; /* of its spans; 0: no span yet */
    int64_t last_seen_ns;
    int32_t latest; /* newest version's number; 0: none */
    uint64_t version_count;
    uint64_t runs; /* of all versions */
    uint64_t errors;
} ModelRow;

typedef struct ModelList {
    ModelRow *items; /* by name */
    size_t len;
    bool more;
} ModelList;

/* By current or former name.  ST_NOTFOUND. */
MUST_CHECK Status catalog_model_get(Catalog *c, int64_t project_id, Str name, Arena *arena,
                                    ModelRow *out);
/* ST_NOTFOUND */
MUST_CHECK Status catalog_model_by_id(Catalog *c, int64_t id, Arena *arena, ModelRow *out);
/* Up to `limit` models whose names come after `after` (empty: from the first). */
MUST_CHECK Status catalog_model_list(Catalog *c, int64_t project_id, Str after, size_t limit,
                                     Arena *arena, ModelList *out);

/* All former names of the project that still lead to a model, at most `limit`. */
MUST_CHECK Status catalog_former_names(Catalog *c, int64_t project_id, size_t limit, Arena *arena,
                                       ModelAliases *out);

typedef struct ModelChange {
    const Str *name;     /* NULL: as it is */
    const Str *metadata; /* NULL: as it is; JSON object */
} ModelChange;

/* All of it or nothing.  ST_EXISTS: another model has that name now; ST_LIMIT:
 * too many former names. */
MUST_CHECK Status catalog_model_update(Catalog *c, int64_t model_id, const ModelChange *change,
                                       int64_t now_ns);

#endif
