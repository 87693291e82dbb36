/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of fields and calls as parameters have them: `model,tag.country`, attr."odd, key". */
#ifndef VIREO_QUERY_FIELD_LIST_H
#define VIREO_QUERY_FIELD_LIST_H

#include "query/fields.h"

/* The text up to the next `stop` outside quotes and parentheses; *rest is what is behind. */
Str field_list_cut(Str text, char stop, Str *rest);
/* One field, which may be quoted as in the language. */
MUST_CHECK Status field_list_one(Str text, Arena *arena, Err *err, Field *out);
/* Fields by commas into out[max]; none when the text is empty.  ST_LIMIT: too many. */
MUST_CHECK Status field_list_parse(Str text, size_t max, Arena *arena, Err *err, Field *out,
                                   size_t *count);

#endif
