/* SPDX-License-Identifier: Apache-2.0 */
/* A state machine over the text; `expect` says what may come next:
 *
 *   VALUE --value--> AFTER --,--> VALUE or KEY
 *     |                ^  \--] or }--> AFTER (or DONE at depth 0)
 *     |--[--> ITEM_OR_END      KEY --"key":--> VALUE
 *     \--{--> KEY_OR_END
 */
#include "codec/json_scan.h"

#include "codec/utf8.h"

#include <string.h>

enum { VALUE, ITEM_OR_END, KEY_OR_END, KEY, AFTER, DONE };

JsonScan json_scan(Str text, unsigned max_depth)
{
    return (JsonScan){.in = text,
                      .max_depth = max_depth < JSON_MAX_DEPTH ? max_depth : JSON_MAX_DEPTH,
                      .expect = VALUE};
}

static bool fail(JsonScan *s, Status st, const char *reason)
{
    s->st = st;
    s->reason = reason;
    return false;
}

static void skip_space(JsonScan *s)
{
    while (s->pos < s->in.len) {
        const char c = s->in.ptr[s->pos];

        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return;
        s->pos++;
    }
}

/* The next character, or NUL at the end (a NUL in the text is no JSON either). */
static char peek(const JsonScan *s)
{
    return (char)(s->pos < s->in.len ? s->in.ptr[s->pos] : '\0');
}

static bool in_object(const JsonScan *s)
{
    const unsigned top = s->depth - 1;

    return s->depth && s->in_object[top / 64] >> (top % 64) & 1;
}

static bool open_container(JsonScan *s, bool object, JsonEvent *out)
{
    if (s->depth == s->max_depth)
        return fail(s, ST_LIMIT, "nested too deep");
    if (object)
        s->in_object[s->depth / 64] |= UINT64_C(1) << (s->depth % 64);
    else
        s->in_object[s->depth / 64] &= ~(UINT64_C(1) << (s->depth % 64));
    s->depth++;
    s->pos++;
    s->expect = object ? KEY_OR_END : ITEM_OR_END;
    out->kind = object ? JSON_EVENT_OBJECT : JSON_EVENT_ARRAY;
    return true;
}

static bool close_container(JsonScan *s, JsonEvent *out)
{
    out->kind = in_object(s) ? JSON_EVENT_OBJECT_END : JSON_EVENT_ARRAY_END;
    s->depth--;
    s->pos++;
    s->expect = s->depth ? AFTER : DONE;
    return true;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Bytes of the escape at the backslash, 0 when it is none. */
static size_t escape_len(Str s)
{
    if (s.len < 2)
        return 0;
    if (s.ptr[1] != 'u')
        return s.ptr[1] && strchr("\"\\/bfnrt", s.ptr[1]) ? 2 : 0;
    if (s.len < 6)
        return 0;
    for (size_t i = 2; i < 6; i++)
        if (!is_hex(s.ptr[i]))
            return 0;
    return 6;
}

/* Eight bytes at a time while none of them is a quote, a backslash, a control
 * character or outside ASCII.  (x - 0x01..) & ~x & 0x80.. finds zero bytes. */
static size_t plain_prefix(const char *p, size_t len)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = UINT64_C(0x8080808080808080);
    size_t i = 0;

    for (; len - i >= 8; i += 8) {
        uint64_t word;
        uint64_t quote;
        uint64_t slash;

        memcpy(&word, p + i, sizeof word);
        quote = word ^ (ones * '"');
        slash = word ^ (ones * '\\');
        if ((((quote - ones) & ~quote) | ((slash - ones) & ~slash) | (word - ones * ' ') | word) &
            tops)
            break;
    }
    return i;
}

static bool check_utf8(JsonScan *s, size_t begin, JsonEvent *out)
{
    const size_t good = utf8_valid_prefix(out->text);

    out->ill_formed = good != out->text.len;
    if (!out->ill_formed || s->lenient)
        return true;
    s->pos = begin + good;
    return fail(s, ST_CORRUPT, "not UTF-8");
}

/* At the opening quote; leaves the position behind the closing one. */
static bool scan_string(JsonScan *s, JsonEvent *out)
{
    const size_t begin = s->pos + 1;
    unsigned char seen = 0;

    for (s->pos = begin; s->pos < s->in.len;) {
        char c;

        s->pos += plain_prefix(s->in.ptr + s->pos, s->in.len - s->pos);
        c = peek(s);
        if (s->pos == s->in.len)
            break;
        if (c == '"') {
            out->text = str_slice(s->in, begin, s->pos++);
            return !(seen & 0x80) || check_utf8(s, begin, out);
        }
        if (c == '\\') {
            const size_t n = escape_len(str_slice(s->in, s->pos, s->in.len));

            if (n == 0)
                return fail(s, ST_CORRUPT, "bad escape in a string");
            out->escaped = true;
            s->pos += n;
            continue;
        }
        if ((unsigned char)c < ' ')
            return fail(s, ST_CORRUPT, "control character in a string");
        seen |= (unsigned char)c;
        s->pos++;
    }
    return fail(s, ST_CORRUPT, "string without an end");
}

static size_t digits(JsonScan *s)
{
    const size_t begin = s->pos;

    while (peek(s) >= '0' && peek(s) <= '9')
        s->pos++;
    return s->pos - begin;
}

static bool scan_number(JsonScan *s, JsonEvent *out)
{
    const size_t begin = s->pos;
    bool good;

    if (peek(s) == '-')
        s->pos++;
    if (peek(s) == '0') {
        s->pos++;
        good = true;
    } else {
        good = digits(s) > 0;
    }
    if (good && peek(s) == '.') {
        s->pos++;
        good = digits(s) > 0;
    }
    if (good && (peek(s) == 'e' || peek(s) == 'E')) {
        s->pos++;
        if (peek(s) == '+' || peek(s) == '-')
            s->pos++;
        good = digits(s) > 0;
    }
    if (!good)
        return fail(s, ST_CORRUPT, "bad number");
    out->kind = JSON_EVENT_NUMBER;
    out->text = str_slice(s->in, begin, s->pos);
    return true;
}

static bool scan_word(JsonScan *s, Str word, JsonEvent *out, JsonEventKind kind)
{
    if (!str_starts(str_slice(s->in, s->pos, s->in.len), word))
        return fail(s, ST_CORRUPT, "expected a value");
    s->pos += word.len;
    out->kind = kind;
    return true;
}

static bool scan_scalar(JsonScan *s, JsonEvent *out)
{
    switch (peek(s)) {
    case '"':
        out->kind = JSON_EVENT_STR;
        return scan_string(s, out);
    case 't':
        out->truth = true;
        return scan_word(s, STR("true"), out, JSON_EVENT_BOOL);
    case 'f':
        return scan_word(s, STR("false"), out, JSON_EVENT_BOOL);
    case 'n':
        return scan_word(s, STR("null"), out, JSON_EVENT_NULL);
    case '-':
        return scan_number(s, out);
    default:
        if (peek(s) >= '0' && peek(s) <= '9')
            return scan_number(s, out);
        return fail(s, ST_CORRUPT, s->pos < s->in.len ? "expected a value" : "unexpected end");
    }
}

static bool scan_value(JsonScan *s, JsonEvent *out)
{
    if (peek(s) == '{')
        return open_container(s, true, out);
    if (peek(s) == '[')
        return open_container(s, false, out);
    if (!scan_scalar(s, out))
        return false;
    s->expect = s->depth ? AFTER : DONE;
    return true;
}

static bool scan_key(JsonScan *s, JsonEvent *out)
{
    if (peek(s) != '"')
        return fail(s, ST_CORRUPT, "expected a key in double quotes");
    out->kind = JSON_EVENT_KEY;
    if (!scan_string(s, out))
        return false;
    skip_space(s);
    if (peek(s) != ':')
        return fail(s, ST_CORRUPT, "expected a colon behind the key");
    s->pos++;
    s->expect = VALUE;
    return true;
}

/* Behind a value in a container: a comma or the end of it. */
static bool scan_after(JsonScan *s, JsonEvent *out)
{
    const bool object = in_object(s);

    if (peek(s) == (object ? '}' : ']'))
        return close_container(s, out);
    if (peek(s) != ',')
        return fail(s, ST_CORRUPT,
                    object ? "expected , or } in an object" : "expected , or ] in an array");
    s->pos++;
    skip_space(s);
    out->pos = s->pos;
    return object ? scan_key(s, out) : scan_value(s, out);
}

bool json_scan_next(JsonScan *s, JsonEvent *out)
{
    if (s->st)
        return false;
    skip_space(s);
    *out = (JsonEvent){.pos = s->pos};
    switch (s->expect) {
    case ITEM_OR_END:
        return peek(s) == ']' ? close_container(s, out) : scan_value(s, out);
    case KEY_OR_END:
        return peek(s) == '}' ? close_container(s, out) : scan_key(s, out);
    case KEY:
        return scan_key(s, out);
    case AFTER:
        return scan_after(s, out);
    case DONE:
        return s->pos == s->in.len ? false : fail(s, ST_CORRUPT, "text behind the value");
    default:
        return scan_value(s, out);
    }
}

/* Pass over one value; `e` is its first event. */
static Status skip_value(JsonScan *s, JsonEvent *e)
{
    const unsigned depth = s->depth;
    JsonEvent inner;

    if (!json_scan_next(s, e))
        return s->st ? s->st : ST_CORRUPT;
    while (s->depth > depth)
        if (!json_scan_next(s, &inner))
            return s->st ? s->st : ST_CORRUPT;
    return ST_OK;
}

Status json_scan_skip(JsonScan *s)
{
    JsonEvent e;

    return skip_value(s, &e);
}

Status json_scan_skip_raw(JsonScan *s, Str *raw)
{
    JsonEvent e;
    const Status st = skip_value(s, &e);

    if (!st)
        *raw = str_slice(s->in, e.pos, s->pos);
    return st;
}

static unsigned hex4(const char *p)
{
    uint8_t bytes[2] = {0};

    if (hex_decode((Str){p, 4}, bytes, 2))
        return 0; /* not possible: the scanner checked the digits */
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static size_t put_utf8(unsigned code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* The \uXXXX at `*at`, together with a low half behind it.  Halves alone are
 * U+FFFD. */
static unsigned take_code(Str s, size_t *at)
{
    const unsigned first = hex4(s.ptr + *at + 2);
    unsigned second;

    *at += 6;
    if (first < 0xD800 || first > 0xDFFF)
        return first;
    if (first > 0xDBFF || s.len - *at < 6 || s.ptr[*at] != '\\' || s.ptr[*at + 1] != 'u')
        return 0xFFFD;
    second = hex4(s.ptr + *at + 2);
    if (second < 0xDC00 || second > 0xDFFF)
        return 0xFFFD;
    *at += 6;
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

static char short_escape(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
}

/* Never longer than its source: six characters become at most three bytes. */
static size_t unescape(Str s, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len;) {
        const size_t plain = str_find_char(str_slice(s, i, s.len), '\\');

        memcpy(out + n, s.ptr + i, plain);
        n += plain;
        i += plain;
        if (i == s.len)
            break;
        if (s.ptr[i + 1] == 'u') {
            n += put_utf8(take_code(s, &i), out + n);
        } else {
            out[n++] = short_escape(s.ptr[i + 1]);
            i += 2;
        }
    }
    return n;
}

Status json_unescape(const JsonEvent *e, Arena *a, Str *out)
{
    Str decoded = e->text;
    char *text;

    if (e->escaped) {
        text = arena_alloc(a, e->text.len);
        if (!text)
            return ST_NOMEM;
        decoded = (Str){text, unescape(e->text, text)};
    }
    if (e->ill_formed)
        return utf8_repair(decoded, a, out);
    *out = decoded;
    return ST_OK;
}

bool json_valid(Str text, unsigned max_depth)
{
    JsonScan s = json_scan(text, max_depth);
    JsonEvent e;

    while (json_scan_next(&s, &e)) {
    }
    return s.st == ST_OK;
}
