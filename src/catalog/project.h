/* SPDX-License-Identifier: Apache-2.0 */
/* Projects: the tenants.  Names never change; ids are never used twice. */
#ifndef VIREO_CATALOG_PROJECT_H
#define VIREO_CATALOG_PROJECT_H

#include "catalog/catalog.h"

enum { MAX_PROJECTS = 10000 };

typedef struct ProjectRow {
    int64_t id; /* > 0 */
    Str name;
    int64_t created_ns;
} ProjectRow;

typedef struct ProjectList {
    ProjectRow *items; /* by name */
    size_t len;
    bool more; /* there are others behind the last */
} ProjectList;

/* Find or create.  ST_LIMIT past MAX_PROJECTS. */
MUST_CHECK Status catalog_project_put(Catalog *c, Str name, int64_t now_ns, Arena *arena,
                                      ProjectRow *out, bool *created);
/* ST_NOTFOUND */
MUST_CHECK Status catalog_project_get(Catalog *c, Str name, Arena *arena, ProjectRow *out);
MUST_CHECK Status catalog_project_by_id(Catalog *c, int64_t id, Arena *arena, ProjectRow *out);
/* Up to `limit` projects whose names come after `after` (empty: from the first). */
MUST_CHECK Status catalog_project_list(Catalog *c, Str after, size_t limit, Arena *arena,
                                       ProjectList *out);

#endif
