/* SPDX-License-Identifier: Apache-2.0 */
/* Quality standards: which metrics count, which way they are better, and by which strata. */
#ifndef VIREO_CATALOG_STANDARD_H
#define VIREO_CATALOG_STANDARD_H

#include "catalog/catalog.h"

enum { STANDARDS_MAX = 500 }; /* of one project */

typedef struct StandardRow {
    int64_t project_id;
    Str name; /* unique in its project */
    Str body; /* a JSON object (domain/standard.h) */
    int64_t created_ns;
    int64_t updated_ns;
} StandardRow;

typedef struct StandardList {
    StandardRow *items; /* by name */
    size_t len;
} StandardList;

/* Make or replace; updated_ns is now.  ST_LIMIT: STANDARDS_MAX are there. */
MUST_CHECK Status catalog_standard_put(Catalog *c, const StandardRow *row);
/* ST_NOTFOUND. */
MUST_CHECK Status catalog_standard_get(Catalog *c, int64_t project_id, Str name, Arena *arena,
                                       StandardRow *out);
MUST_CHECK Status catalog_standard_list(Catalog *c, int64_t project_id, Arena *arena,
                                        StandardList *out);
MUST_CHECK Status catalog_standard_remove(Catalog *c, int64_t project_id, Str name);

#endif
