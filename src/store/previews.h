/* SPDX-License-Identifier: Apache-2.0 */
/* Previews of inputs and outputs: their first PREVIEW_MAX_BYTES, whole characters.
 *
 * Lists show them, and are not to read long texts for that.  Where the texts of a row group
 * are short, the preview would be about the same bytes once more, so there it is not stored:
 * all its rows are null, and readers clip the text (docs/adr/0006-previews.md). */
#ifndef VIREO_STORE_PREVIEWS_H
#define VIREO_STORE_PREVIEWS_H

#include "store/span_columns.h"

/* The column that `id` is the preview of; SPAN_COLUMN_COUNT when it is none. */
SpanColumnId preview_source(SpanColumnId id);

/* The preview of each row's text, in the arena. */
MUST_CHECK Status preview_clip(const Vector *texts, Arena *a, Vector *out);

/* Both preview columns of a row group, from its texts among the SPAN_COLUMN_COUNT `vectors`:
 * stored or all null, as pays. */
MUST_CHECK Status previews_fill(Vector *vectors, Arena *a);

#endif
