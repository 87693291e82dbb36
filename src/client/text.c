/* SPDX-License-Identifier: Apache-2.0 */
/* Clips first, so that the cost is bounded by what is kept. */
#include "client/text.h"

#include "codec/utf8.h"

enum { CHARACTER_MAX = 4, REPLACEMENT_BYTES = 3 };

/* Clipped text loses at most three bytes of a character; what loses more was
 * never text. */
static bool fits(Str s, size_t kept_max)
{
    return kept_max - s.len < CHARACTER_MAX && utf8_valid(s);
}

void text_clean(Str s, size_t max, Text *out)
{
    *out = (Text){.cut = s.len > max};
    out->s = utf8_clip(s, max);
    s = str_slice(s, 0, max);
    if (fits(out->s, s.len))
        return;
    buf_init(&out->repaired, s.len * REPLACEMENT_BYTES + CHARACTER_MAX);
    out->s = STR("?");
    if (utf8_repair_to(s, &out->repaired) == ST_OK)
        out->s = utf8_clip(buf_str(&out->repaired), max);
}

void text_done(Text *t)
{
    buf_deinit(&t->repaired);
}
