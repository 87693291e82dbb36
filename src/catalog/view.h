/* SPDX-License-Identifier: Apache-2.0 */
/* Saved views: what somebody looked at, under a name, for everybody in the project. */
#ifndef VIREO_CATALOG_VIEW_H
#define VIREO_CATALOG_VIEW_H

#include "catalog/catalog.h"

enum { VIEWS_MAX = 500 }; /* of one project */

typedef struct ViewRow {
    int64_t id;
    int64_t project_id;
    Str page;  /* "traces" or "explore" */
    Str name;  /* unique in its project and page */
    Str state; /* a JSON object; the page's own business */
    int64_t created_ns;
} ViewRow;

typedef struct ViewList {
    ViewRow *items; /* by page, then name */
    size_t len;
} ViewList;

/* `row` without id.  ST_EXISTS: the name is taken; ST_LIMIT: VIEWS_MAX are there. */
MUST_CHECK Status catalog_view_add(Catalog *c, const ViewRow *row, int64_t *id);
/* Replace page, name and state.  ST_NOTFOUND, ST_EXISTS. */
MUST_CHECK Status catalog_view_put(Catalog *c, const ViewRow *row);
/* ST_NOTFOUND when the project has no such view. */
MUST_CHECK Status catalog_view_get(Catalog *c, int64_t project_id, int64_t id, Arena *arena,
                                   ViewRow *out);
MUST_CHECK Status catalog_view_list(Catalog *c, int64_t project_id, Arena *arena, ViewList *out);
MUST_CHECK Status catalog_view_remove(Catalog *c, int64_t project_id, int64_t id);

#endif
