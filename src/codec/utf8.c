/* SPDX-License-Identifier: Apache-2.0 */
/* Valid runs are copied whole; only the broken bytes are looked at singly. */
#include "codec/utf8.h"

#define REPLACEMENT STR("\xEF\xBF\xBD")

Status utf8_repair_to(Str s, Buf *out)
{
    for (;;) {
        const size_t good = utf8_valid_prefix(s);
        Status st = buf_append(out, str_slice(s, 0, good));

        if (st || good == s.len)
            return st;
        st = buf_append(out, REPLACEMENT);
        if (st)
            return st;
        s = str_slice(s, good + 1, s.len);
    }
}

Status utf8_repair(Str s, Arena *a, Str *out)
{
    Buf b;
    Status st;

    if (utf8_valid(s)) {
        *out = s;
        return ST_OK;
    }
    buf_init(&b, s.len > SIZE_MAX / 3 ? SIZE_MAX : s.len * 3);
    st = utf8_repair_to(s, &b);
    if (!st)
        st = arena_copy(a, buf_str(&b), out);
    buf_deinit(&b);
    return st;
}
