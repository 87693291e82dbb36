/* SPDX-License-Identifier: Apache-2.0 */
/* Matching of text: wildcards and case-insensitive search. */
#ifndef VIREO_QUERY_TEXT_MATCH_H
#define VIREO_QUERY_TEXT_MATCH_H

#include "base/str.h"

/* `*` stands for any bytes, also none; everything else for itself.  O(n * m) at worst. */
bool text_glob(Str text, Str pattern);
/* ASCII letters match in either case, other bytes as they are. */
bool text_contains(Str text, Str needle);

#endif
