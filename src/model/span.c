/* SPDX-License-Identifier: Apache-2.0 */
/* Small questions about a span. */
#include "model/span.h"

#include <string.h>

bool span_is_root(const Span *s)
{
    static const uint8_t none[SPAN_ID_BYTES];

    return memcmp(s->parent_id, none, SPAN_ID_BYTES) == 0;
}

bool span_is_score(const Span *s)
{
    return str_eq(s->type, STR(VIREO_TYPE_SCORE));
}

int64_t span_duration_ns(const Span *s)
{
    return s->end_ns - s->start_ns;
}
