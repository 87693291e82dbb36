/* SPDX-License-Identifier: Apache-2.0 */
/* API keys.  Only their hashes are here; domain/key.h makes and checks them. */
#ifndef VIREO_CATALOG_API_KEY_H
#define VIREO_CATALOG_API_KEY_H

#include "catalog/catalog.h"

typedef struct KeyRow {
    int64_t id;
    int64_t project_id; /* 0: every project */
    Str name;
    Str role;   /* ingest, viewer, editor, admin */
    Str prefix; /* first characters of the key, to recognise it by */
    int64_t created_ns;
    int64_t last_used_ns; /* 0: never */
} KeyRow;

typedef struct KeyList {
    KeyRow *items; /* by id */
    size_t len;
} KeyList;

/* `row` without id; `hash` is hex and unique (ST_EXISTS). */
MUST_CHECK Status catalog_key_add(Catalog *c, const KeyRow *row, Str hash, int64_t *id);
/* ST_NOTFOUND */
MUST_CHECK Status catalog_key_find(Catalog *c, Str hash, Arena *arena, KeyRow *out);
/* Keys of one project; 0: those that are for every project.  At most 10 000 exist in all. */
MUST_CHECK Status catalog_key_list(Catalog *c, int64_t project_id, Arena *arena, KeyList *out);
/* ST_NOTFOUND when the project has no such key. */
MUST_CHECK Status catalog_key_remove(Catalog *c, int64_t project_id, int64_t id);
/* Never moves the time back. */
MUST_CHECK Status catalog_key_touch(Catalog *c, int64_t id, int64_t used_ns);
/* Of all projects. */
MUST_CHECK Status catalog_key_count(Catalog *c, uint64_t *out);

#endif
