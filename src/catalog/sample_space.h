/* SPDX-License-Identifier: Apache-2.0 */
/* Spaces of samples: datasets and workflows.
 *
 * A space numbers the inputs that differ, from 1, and a number is never given to another:
 * what was inferred for it stays true whatever list or version the sample stands in.
 * A dataset is a space with one list of samples; the cases of a workflow are
 * the lists of its space.  Nothing that outlives a space may refer to it by a foreign key. */
#ifndef VIREO_CATALOG_SAMPLE_SPACE_H
#define VIREO_CATALOG_SAMPLE_SPACE_H

#include "catalog/catalog.h"

enum { SPACES_MAX = 10000, SCHEMAS_MAX = 10000 }; /* a project and kind; a workflow */

typedef enum SpaceKind { SPACE_DATASET, SPACE_WORKFLOW } SpaceKind;

typedef struct SpaceRow {
    int64_t id;
    int64_t project_id;
    Str name; /* unique in its project and kind */
    Str description;
    Str metadata;  /* JSON object */
    Str tags;      /* JSON array of strings */
    Str id_fields; /* JSON array of strings: members of the input that are the sample's id */
    int64_t created_ns;
    int64_t updated_ns; /* when a dataset's newest version was made; else as created_ns */
    /* Of a dataset: its list.  Of a workflow: 0, the newest schema, the number of cases. */
    int64_t list_id;
    int64_t version; /* 0: none */
    int64_t count;
} SpaceRow;

typedef struct SpaceList {
    SpaceRow *items; /* by name */
    size_t len;
    bool more;
} SpaceList;

/* What to change; NULL leaves it. */
typedef struct SpaceChange {
    const Str *name, *description, *metadata, *tags;
} SpaceChange;

/* Find or create by name; one that is there stays as it is.  ST_LIMIT past SPACES_MAX. */
MUST_CHECK Status catalog_space_put(Catalog *c, SpaceKind kind, const SpaceRow *row, Arena *arena,
                                    SpaceRow *out, bool *created);
/* ST_NOTFOUND. */
MUST_CHECK Status catalog_space_get(Catalog *c, SpaceKind kind, int64_t project_id, Str name,
                                    Arena *arena, SpaceRow *out);
/* Those whose names come after `after`. */
MUST_CHECK Status catalog_space_list(Catalog *c, SpaceKind kind, int64_t project_id, Str after,
                                     size_t limit, Arena *arena, SpaceList *out);
/* ST_NOTFOUND; ST_EXISTS: another of its kind has that name. */
MUST_CHECK Status catalog_space_update(Catalog *c, int64_t id, const SpaceChange *change);
/* With lists, versions, inputs, suites.  ST_NOTFOUND. */
MUST_CHECK Status catalog_space_remove(Catalog *c, int64_t id);

typedef struct SchemaRow {
    int64_t version; /* from 1 */
    Str body;        /* JSON object */
    int64_t created_ns;
} SchemaRow;

/* The version with that hash, a new one if there is none.  ST_LIMIT past SCHEMAS_MAX. */
MUST_CHECK Status catalog_schema_put(Catalog *c, int64_t space_id, Str hash, Str body,
                                     int64_t now_ns, int64_t *version, bool *created);
/* The newest: `version` 0.  ST_NOTFOUND. */
MUST_CHECK Status catalog_schema_get(Catalog *c, int64_t space_id, int64_t version, Arena *arena,
                                     SchemaRow *out);

#endif
