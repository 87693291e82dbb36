/* SPDX-License-Identifier: Apache-2.0 */
/* Names and values as the language writes them. */
#ifndef VIREO_QUERY_PRINT_H
#define VIREO_QUERY_PRINT_H

#include "base/arena.h"

/* `value`, in quotes where it would be read differently without them. */
MUST_CHECK Status print_plain_value(Str value, Arena *a, Str *out);
/* attr.odd key -> attr."odd key" */
MUST_CHECK Status print_field_name(Str name, Arena *a, Str *out);

#endif
