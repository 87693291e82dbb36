/* SPDX-License-Identifier: Apache-2.0 */
/* Fronts of pages of texts: what rows at the beginning of a page need of it.
 *
 *   levels | lengths of all texts | text | text | text ...
 *                                 what is wanted ^   the rest stays compressed
 *
 * The writer makes the frame of such a page of blocks (zstd_compress_texts()), so that of a text
 * in the middle half a page is decompressed.  The page's sum covers all of it, and was compared. */
#ifndef VIREO_COLUMN_FRONT_H
#define VIREO_COLUMN_FRONT_H

#include "column/metadata.h"
#include "column/pages.h"

/* Is it worth it for the first `rows` of the page?  False for all that front_decompress() does
 * not know. */
bool front_pays(const Leaf *leaf, int32_t codec, const PageHeader *h, size_t rows);
/* The first *len bytes of the page's body at `out`, which has room for all: enough for `rows` of
 * them, and all of it when in doubt. */
MUST_CHECK Status front_decompress(const Leaf *leaf, Zstd *zstd, const PageRef *p, size_t rows,
                                   char *out, size_t *len);

#endif
