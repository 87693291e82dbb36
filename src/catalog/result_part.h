/* SPDX-License-Identifier: Apache-2.0 */
/* Parts: the files that hold the result rows of an evaluation.
 *
 * A part is of one evaluation, case and configuration.  Of parts that hold the same sample, the
 * one with the highest id counts. */
#ifndef VIREO_CATALOG_RESULT_PART_H
#define VIREO_CATALOG_RESULT_PART_H

#include "catalog/catalog.h"

enum { PARTS_MAX = 10000, PART_NAME_CHARS = 32 }; /* of an evaluation */

typedef struct PartRow {
    int64_t id;
    int64_t project_id;
    int64_t evaluation_id;
    Str name;  /* of the file, without its ending */
    Str scope; /* name of the case; empty: all cases that hold the sample */
    Str configuration;
    uint64_t rows;
    uint64_t bytes;
    uint64_t checksum;
    int64_t created_ns;
} PartRow;

typedef struct PartList {
    PartRow *items; /* by id */
    size_t len;
} PartList;

/* List a part whose file is on disk, and raise the evaluation's revision.  *parts (may be NULL):
 * how many it has then.  ST_NOTFOUND: no such evaluation; ST_LIMIT. */
MUST_CHECK Status catalog_part_add(Catalog *c, const PartRow *row, size_t *parts);
/* `row` in the place of `parts`, under the id that it has, which is one of theirs; `revise`: raise
 * the revision too.  ST_NOTFOUND: one of them is not listed any more. */
MUST_CHECK Status catalog_part_replace(Catalog *c, const PartRow *row, const PartRow *parts,
                                       size_t count, bool revise);
MUST_CHECK Status catalog_part_list(Catalog *c, int64_t evaluation_id, Arena *arena, PartList *out);
/* Every part of every project. */
MUST_CHECK Status catalog_part_each(Catalog *c, Status (*visit)(void *visitor, const PartRow *row),
                                    void *visitor);

#endif
