/* SPDX-License-Identifier: Apache-2.0 */
/* Models that were renamed: spans keep the name that they were stored under. */
#ifndef VIREO_QUERY_ALIASES_H
#define VIREO_QUERY_ALIASES_H

#include "query/query.h"

/* The name that a span's model has today. */
Str alias_current(const ModelAliases *aliases, Str stored);

/* "digits:v2" -> "digits" and 2; "digits:v*" and "digits" -> "digits" and 0 (any version). */
Str split_model_tag(Str text, int64_t *version);

#endif
