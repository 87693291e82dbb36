/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that a dialect spread over attributes with an index:
 *
 *   gen_ai.prompt.0.role = user, gen_ai.prompt.0.content = Hi
 *     -> [{"role":"user","content":"Hi"}]
 */
#ifndef VIREO_OTLP_INDEXED_H
#define VIREO_OTLP_INDEXED_H

#include "base/arena.h"
#include "model/value.h"

/* The attributes `<prefix><index>.<name>` as a JSON array by index, in the
 * arena; `strip` is taken off the front of names.  *out stays as it is when
 * there are none.  At most 4096 attributes are gathered. */
MUST_CHECK Status indexed_messages(AttrList attrs, Str prefix, Str strip, Arena *a, Str *out);

#endif
