/* SPDX-License-Identifier: Apache-2.0 */
/* Saved views: a name for what a page shows, kept in the project for everybody.
 *
 * The state is a JSON object of at most 16 KiB that only the page reads; it is kept as it
 * came.  Names follow the rule of all names and are unique in their page. */
#ifndef VIREO_DOMAIN_VIEW_H
#define VIREO_DOMAIN_VIEW_H

#include "catalog/view.h"
#include "domain/domain.h"

enum { VIEW_STATE_MAX = 16 * 1024 };

/* `body`: {"name", "page": "traces" | "explore", "state": {...}}.  ST_INVALID, ST_EXISTS or
 * ST_LIMIT with the field.  The row's texts are in `body` or the arena. */
MUST_CHECK Status view_create(Domain *d, int64_t project_id, Str body, Arena *arena, ViewRow *out,
                              FieldErr *err);
/* Members that `body` does not name stay.  ST_NOTFOUND too. */
MUST_CHECK Status view_update(Domain *d, int64_t project_id, int64_t id, Str body, Arena *arena,
                              ViewRow *out, FieldErr *err);
MUST_CHECK Status view_list(Domain *d, int64_t project_id, Arena *arena, ViewList *out);
MUST_CHECK Status view_remove(Domain *d, int64_t project_id, int64_t id);

#endif
