/* SPDX-License-Identifier: Apache-2.0 */
/* Names that may change, of things that are unique by name in their project: models, judges.
 *
 * Renaming keeps the old name with a position above all others, so "who had this name last" is
 * the highest position.  A thing that takes a former name of its own back loses that alias;
 * another's alias stays and comes to light again when the name is given up. */
#ifndef VIREO_CATALOG_NAMING_H
#define VIREO_CATALOG_NAMING_H

#include "catalog/model.h"
#include "catalog/sql.h"

/* The SQL of one kind of thing, by NAMING(). */
typedef struct Naming {
    const char *find;    /* who has the name $2 in the project $1, or had it last */
    const char *former;  /* names that still lead to the thing $1, newest first */
    const char *aliases; /* of the project $1: names that still lead to something, and to what */
    const char *is_so;   /* whether $1 is called $2 */
    const char *keep;    /* the name of $1 as a former one, at the position $2 */
    const char *forget;  /* the former name $2 of $1 */
    const char *set;     /* the name of $1 to $2 */
    const char *count;   /* former names of $1 */
    Str sequence;        /* of positions */
    size_t max_former;
    bool dated; /* `keep` takes the time as $3 */
} Naming;

/* Who may be meant by the name $2 in the project $1, for a FROM clause: the one that has it
 * (former = 0), then those that had it, the last one first by SQL_NAMED_ORDER. */
#define SQL_NAMED(THINGS, ID, FORMER)                                                        \
    "(SELECT id AS " ID ", 0 AS former, 0 AS position FROM " THINGS                          \
    " WHERE project_id = $1 AND name = $2 UNION ALL SELECT " ID ", 1, position FROM " FORMER \
    " WHERE project_id = $1 AND name = $2) AS named"
#define SQL_NAMED_ORDER " ORDER BY named.former, named.position DESC LIMIT 1"
/* Nobody has the name `f.name` now, and nobody else had it later. */
#define SQL_STILL_LEADS(THINGS, FORMER)                        \
    " AND NOT EXISTS (SELECT 1 FROM " THINGS " n"              \
    "  WHERE n.project_id = f.project_id AND n.name = f.name)" \
    " AND NOT EXISTS (SELECT 1 FROM " FORMER " g"              \
    "  WHERE g.project_id = f.project_id AND g.name = f.name"  \
    "  AND g.position > f.position)"

/* `THINGS` have `id`, `project_id`, `name`; `FORMER` their former names under `ID`, with what
 * else the three last arguments put into a row of it: columns, values, changes. */
#define NAMING(THINGS, ID, FORMER, COLUMNS, VALUES, CHANGES)                                  \
    .find = "SELECT named." ID " FROM " SQL_NAMED(THINGS, ID, FORMER) SQL_NAMED_ORDER,        \
    .former = "SELECT f.name FROM " FORMER " f WHERE f." ID                                   \
              " = $1" SQL_STILL_LEADS(THINGS, FORMER) " ORDER BY f.position DESC",            \
    .aliases = "SELECT f.name, t.name FROM " FORMER " f JOIN " THINGS " t ON t.id = f." ID    \
               " WHERE f.project_id = $1" SQL_STILL_LEADS(THINGS, FORMER),                    \
    .is_so = "SELECT CASE WHEN name = $2 THEN 1 ELSE 0 END FROM " THINGS " WHERE id = $1",    \
    .keep = "INSERT INTO " FORMER " (" ID ", project_id, name, position" COLUMNS ")"          \
            " SELECT id, project_id, name, $2" VALUES " FROM " THINGS " WHERE id = $1"        \
            " ON CONFLICT (" ID ", name) DO UPDATE SET position = excluded.position" CHANGES, \
    .forget = "DELETE FROM " FORMER " WHERE " ID " = $1 AND name = $2",                       \
    .set = "UPDATE " THINGS " SET name = $2 WHERE id = $1",                                   \
    .count = "SELECT COUNT(*) FROM " FORMER " WHERE " ID " = $1",                             \
    .sequence = {"" FORMER, sizeof FORMER - 1}

/* ST_NOTFOUND. */
MUST_CHECK Status naming_find(Conn *c, const Naming *of, int64_t project_id, Str name,
                              int64_t *out);
/* The former names that still lead to `id`, newest first. */
MUST_CHECK Status naming_former(Conn *c, const Naming *of, int64_t id, Arena *arena, Str **out,
                                size_t *len);
/* ST_NOTFOUND; ST_EXISTS: the name is taken; ST_LIMIT: too many former names. */
MUST_CHECK Status naming_rename(Conn *c, const Naming *of, int64_t id, Str name, int64_t now_ns);
/* All former names of the project that still lead to something, at most `limit`. */
MUST_CHECK Status naming_aliases(Catalog *c, const Naming *of, int64_t project_id, size_t limit,
                                 Arena *arena, ModelAliases *out);

#endif
