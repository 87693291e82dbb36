/* SPDX-License-Identifier: Apache-2.0 */
/* Migrations: the schema as numbered steps, each in a transaction of its own.
 *
 * Steps are append-only: one that was ever released is never edited
 * (tests/golden/catalog/ holds what each of them makes). */
#ifndef VIREO_CATALOG_MIGRATE_H
#define VIREO_CATALOG_MIGRATE_H

#include "catalog/sql.h"

/* Bring the file up to `target`.  ST_VERSION when it is newer than this program. */
MUST_CHECK Status migrate(Conn *c, int target, Err *err);

/* As catalog_open(), stopping at an older schema: for the tests of migrations. */
MUST_CHECK Status catalog_open_at(const char *path, int schema, Err *err, Catalog **out);

#endif
