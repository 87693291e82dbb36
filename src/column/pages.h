/* SPDX-License-Identifier: Apache-2.0 */
/* Which pages of a chunk hold some rows: found by walking over the page
 * headers, or through the offset index. */
#ifndef VIREO_COLUMN_PAGES_H
#define VIREO_COLUMN_PAGES_H

#include "base/vec.h"
#include "column/metadata.h"
#include "column/page.h"

typedef struct PageRef {
    PageHeader header;
    Str body; /* in the file, compressed */
    size_t first_row;
} PageRef;

/* Zero-initialise; free with pages_deinit(). */
typedef struct Pages {
    VEC_OF(PageRef) list; /* data pages with rows, in order */
    bool has_dictionary;
    PageRef dictionary;
} Pages;

void pages_deinit(Pages *p);
/* Data pages that overlap [from, to), and the dictionary page if there is one.
 * Every row of the range is covered exactly once. */
MUST_CHECK Status pages_walk(const ParquetReader *r, size_t group, size_t column, size_t from,
                             size_t to, Pages *out);
/* The same through the offset index, which the chunk must have. */
MUST_CHECK Status pages_look_up(const ParquetReader *r, size_t group, size_t column, size_t from,
                                size_t to, Pages *out);
/* The same, but of the pages only those with one of the ascending `rows`. */
MUST_CHECK Status pages_look_up_rows(const ParquetReader *r, size_t group, size_t column,
                                     const size_t *rows, size_t count, Pages *out);

#endif
