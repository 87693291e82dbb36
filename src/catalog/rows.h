/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that belong to a project, for the files of this folder: what is done alike whatever
 * they hold.  SQL texts are literals, as sql_stmt() wants them. */
#ifndef VIREO_CATALOG_ROWS_H
#define VIREO_CATALOG_ROWS_H

#include "catalog/sql.h"

/* How the rows of a table are read: `read` fills `size` bytes from the statement's row. */
typedef struct RowKind {
    size_t size;
    void (*read)(Stmt *s, Arena *arena, void *row);
} RowKind;

typedef struct Rows {
    void *items; /* of the kind that was asked for, in the arena */
    size_t len;
} Rows;

/* The number for a new row from its sequence.  ST_LIMIT when `count`, of the project $1, is
 * `max` already. */
MUST_CHECK Status rows_next_id(Conn *c, const char *count, int64_t project_id, int64_t max,
                               Str sequence, int64_t *out);
/* Inserts `row` under a number of rows_next_id(). */
typedef Status (*RowInsert)(Conn *c, const void *row, int64_t *id);
/* `insert` in a transaction of its own; its number only when that is done. */
MUST_CHECK Status rows_add(Catalog *c, RowInsert insert, const void *row, int64_t *id);
/* The row $1 of the project $2.  ST_NOTFOUND. */
MUST_CHECK Status rows_get(Catalog *c, const RowKind *kind, const char *sql, int64_t project_id,
                           int64_t id, Arena *arena, void *out);
/* Rows of the project $1, at most `max`, for which the arena must have room. */
MUST_CHECK Status rows_list(Catalog *c, const RowKind *kind, const char *sql, int64_t project_id,
                            size_t max, Arena *arena, Rows *out);
/* Delete the row $1 of the project $2.  ST_NOTFOUND. */
MUST_CHECK Status rows_remove(Catalog *c, const char *sql, int64_t project_id, int64_t id);

#endif
