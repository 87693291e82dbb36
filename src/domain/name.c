/* SPDX-License-Identifier: Apache-2.0 */
/* The rule for names that people give: projects, models, keys. */
#include "domain/project.h"

/* Of valid UTF-8: the character that starts at `at`, and its length. */
static uint32_t decode(Str s, size_t at, size_t *len)
{
    const uint8_t b = (uint8_t)s.ptr[at];
    const size_t n = b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
    uint32_t c = n == 1 ? b : b & (0xffU >> (n + 1));

    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((uint8_t)s.ptr[at + i] & 0x3fU);
    *len = n;
    return c;
}

static bool is_control(uint32_t c)
{
    /* C0, DEL, C1; line and paragraph separators break lists just as well. */
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

/* White space that would make two names look alike at their ends. */
static bool is_space(uint32_t c)
{
    return c == ' ' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200b) || c == 0x202f ||
           c == 0x205f || c == 0x3000 || c == 0xfeff;
}

Status name_check(Str name, const char *field, FieldErr *err)
{
    size_t chars = 0;
    size_t len = 1;

    if (!name.len)
        return field_err_set(err, ST_INVALID, field, "%s must not be empty", field);
    if (!utf8_valid(name))
        return field_err_set(err, ST_INVALID, field, "%s must be UTF-8", field);
    /* Clients and proxies resolve these in paths. */
    if (str_eq(name, STR(".")) || str_eq(name, STR("..")))
        return field_err_set(err, ST_INVALID, field, "%s must not be . or ..", field);
    for (size_t at = 0; at < name.len; at += len, chars++) {
        const uint32_t c = decode(name, at, &len);

        if (is_control(c))
            return field_err_set(err, ST_INVALID, field,
                                 "%s must not hold control characters (U+%04X at byte %zu)", field,
                                 (unsigned)c, at);
        if (is_space(c) && (!at || at + len == name.len))
            return field_err_set(err, ST_INVALID, field,
                                 "%s must not begin or end with white space", field);
    }
    if (chars > NAME_MAX_CHARS)
        return field_err_set(err, ST_INVALID, field, "%s must have at most %d characters, not %zu",
                             field, (int)NAME_MAX_CHARS, chars);
    return ST_OK;
}
