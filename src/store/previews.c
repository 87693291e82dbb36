/* SPDX-License-Identifier: Apache-2.0 */
/* See previews.h.  The rule looks at a row group as a whole: pages of texts hold many rows, so
 * what a list reads for one of them depends on all of them. */
#include "store/previews.h"

/* Texts up to so many times as long as their previews are read themselves: a list then
 * decompresses no more than so many times what it would of previews. */
enum { SHORT_TEXTS = 3 };

SpanColumnId preview_source(SpanColumnId id)
{
    if (id == COLUMN_input_preview)
        return COLUMN_input;
    return id == COLUMN_output_preview ? COLUMN_output : SPAN_COLUMN_COUNT;
}

Status preview_clip(const Vector *texts, Arena *a, Vector *out)
{
    Str *clipped = arena_alloc(a, (texts->len + 1) * sizeof *clipped);

    if (!clipped)
        return ST_NOMEM;
    for (size_t i = 0; i < texts->len; i++)
        clipped[i] = vector_is_null(texts, i) ? (Str){0}
                                              : utf8_clip(vector_str(texts, i), PREVIEW_MAX_BYTES);
    *out = (Vector){.type = VECTOR_STR, .len = texts->len, .valid = texts->valid, .as.s = clipped};
    return ST_OK;
}

static bool are_short(const Vector *texts)
{
    size_t bytes = 0;
    size_t preview_bytes = 0;

    for (size_t i = 0; i < texts->len; i++) {
        const size_t len = vector_is_null(texts, i) ? 0 : vector_str(texts, i).len;

        bytes += len;
        preview_bytes += len < PREVIEW_MAX_BYTES ? len : PREVIEW_MAX_BYTES;
    }
    return bytes / SHORT_TEXTS <= preview_bytes;
}

Status previews_fill(Vector *vectors, Arena *a)
{
    Status st = ST_OK;

    for (SpanColumnId id = 0; id < SPAN_COLUMN_COUNT && !st; id++) {
        const SpanColumnId source = preview_source(id);

        if (source == SPAN_COLUMN_COUNT)
            continue;
        if (are_short(&vectors[source]))
            st = cells_nulls(VECTOR_STR, vectors[source].len, a, &vectors[id]);
        else
            st = preview_clip(&vectors[source], a, &vectors[id]);
    }
    return st;
}
