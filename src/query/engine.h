/* SPDX-License-Identifier: Apache-2.0 */
/* QueryEngine: what questions share - threads to help with one, and parts of answers.
 *
 * Work on blocks is divided among the asking thread and as many helpers as there
 * are processors to spare: engine_each() takes helpers from a budget of the whole
 * process, so that one large question does not starve the others.
 *
 * Parts of answers that only depend on the immutable content of a block are kept
 * in a cache of bounded size, the least recently used of which goes first.
 * A part is reference-counted; it is never changed once it was put in.
 *
 * All functions are thread-safe and take a NULL engine: no helpers, no cache. */
#ifndef VIREO_QUERY_ENGINE_H
#define VIREO_QUERY_ENGINE_H

#include "query/query.h"

/* `helpers`: threads besides the asking ones, for all questions together. */
MUST_CHECK Status engine_new(size_t cache_bytes, unsigned helpers, QueryEngine **out);
void engine_free(QueryEngine *e);

/* Call `fn` for 0 .. count - 1, each once, from several threads; the indexes are
 * given out in ascending order.  Stops early at an error, which is returned. */
MUST_CHECK Status engine_each(QueryEngine *e, size_t count,
                              Status (*fn)(void *context, size_t index), void *context);

typedef struct PartKey {
    uint64_t block; /* BlockInfo.cache_key, or of a whole snapshot */
    uint64_t asked; /* two hashes of what was asked */
    uint64_t asked_again;
} PartKey;

/* Of what a question asks of a block, as text. */
PartKey part_key(uint64_t block, Str identity);

/* A reference to the part, or NULL.  Give it back with engine_give(). */
void *engine_take(QueryEngine *e, const PartKey *key);
/* Put a part in; `free_part` is called when nobody uses it any more.  The caller keeps
 * using `part` and gives it back too.  False: not kept, the part is still the caller's. */
bool engine_put(QueryEngine *e, const PartKey *key, void *part, size_t bytes,
                void (*free_part)(void *part));
void engine_give(QueryEngine *e, const PartKey *key, void *part);

#endif
