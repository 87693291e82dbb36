/* SPDX-License-Identifier: Apache-2.0 */
/* Previews of inputs and outputs for the lines of a list. */
#ifndef VIREO_QUERY_PREVIEWS_H
#define VIREO_QUERY_PREVIEWS_H

#include "query/engine.h"

/* A line whose previews are still to be read. */
typedef struct PreviewLine {
    size_t block;
    size_t row;
    Span *span; /* gets input and output */
} PreviewLine;

/* Texts are put into `arena`; the lines are sorted by place.  `engine` may be NULL. */
MUST_CHECK Status previews_read(const Snapshot *snap, PreviewLine *lines, size_t count,
                                QueryEngine *engine, Arena *arena);

#endif
