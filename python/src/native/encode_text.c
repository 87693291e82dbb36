/* SPDX-License-Identifier: Apache-2.0 */
/* JSON strings, numbers and base64.
 *
 * Texts are read from Python's own representation (1, 2 or 4 bytes a
 * character), so that no UTF-8 copy is left cached on the user's string.
 * A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD. */
#include "native.h"

#include <math.h>

enum { REPLACEMENT = 0xFFFD, CHAR_BYTES_MAX = 6 };

static const char hex_digits[] = "0123456789abcdef";

/* A byte of ASCII that stands for itself in a JSON string. */
static inline bool plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* All eight bytes of `w` are plain: no byte above 0x7F, below 0x20, a quote or a
 * backslash; the last two by looking for a zero byte in w XOR eight of them. */
static inline bool plain_word(uint64_t w)
{
    const uint64_t ones = 0x0101010101010101ULL;
    const uint64_t high = 0x8080808080808080ULL;
    const uint64_t quote = w ^ (ones * '"');
    const uint64_t slash = w ^ (ones * '\\');

    return ((w | ((w - ones * 0x20) & ~w) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) &
            high) == 0;
}

/* How many bytes from `text` on are plain. */
static Py_ssize_t plain_run(const Py_UCS1 *text, Py_ssize_t n)
{
    Py_ssize_t run = 0;
    uint64_t word;

    while (n - run >= (Py_ssize_t)sizeof word) {
        memcpy(&word, text + run, sizeof word);
        if (!plain_word(word))
            break;
        run += (Py_ssize_t)sizeof word;
    }
    while (run < n && plain(text[run]))
        run++;
    return run;
}

static size_t put_escaped(char *to, Py_UCS4 c)
{
    static const char names[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};

    to[0] = '\\';
    if (c == '"' || c == '\\') {
        to[1] = (char)c;
        return 2;
    }
    if (c < sizeof names && names[c]) {
        to[1] = names[c];
        return 2;
    }
    memcpy(to + 1, "u00", 3);
    to[4] = hex_digits[c >> 4];
    to[5] = hex_digits[c & 15];
    return 6;
}

static size_t put_utf8(char *to, Py_UCS4 c)
{
    if (c >= 0xD800 && c < 0xE000)
        c = REPLACEMENT;
    if (c < 0x800) {
        to[0] = (char)(0xC0 | (c >> 6));
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xE0 | (c >> 12));
        to[1] = (char)(0x80 | ((c >> 6) & 0x3F));
        to[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | (c >> 18));
    to[1] = (char)(0x80 | ((c >> 12) & 0x3F));
    to[2] = (char)(0x80 | ((c >> 6) & 0x3F));
    to[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static void put_char(Out *o, Py_UCS4 c)
{
    if (!out_room(o, CHAR_BYTES_MAX))
        return;
    if (c < 0x80 && plain((unsigned char)c))
        o->data[o->len++] = (char)c;
    else if (c < 0x80)
        o->len += put_escaped(o->data + o->len, c);
    else
        o->len += put_utf8(o->data + o->len, c);
}

/* Runs of plain ASCII are copied whole; they are most of what there is. */
static void put_latin(Out *o, const Py_UCS1 *text, Py_ssize_t n)
{
    Py_ssize_t at = 0;

    while (at < n && !o->failed) {
        const Py_ssize_t run = plain_run(text + at, n - at);

        out_bytes(o, (const char *)text + at, (size_t)run);
        at += run;
        if (at < n)
            put_char(o, text[at++]);
    }
}

void encode_text(Out *o, PyObject *text, Py_ssize_t most)
{
    const Py_ssize_t len = PyUnicode_GET_LENGTH(text);
    const Py_ssize_t n = len < most ? len : most;
    const int kind = (int)PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);

    out_char(o, '"');
    if (kind == PyUnicode_1BYTE_KIND)
        put_latin(o, data, n);
    else
        for (Py_ssize_t i = 0; i < n && !o->failed; i++)
            put_char(o, PyUnicode_READ(kind, data, i));
    out_char(o, '"');
}

void encode_float(Out *o, double value)
{
    char *text;

    if (!isfinite(value)) {
        encode_marker(o, "$float", isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        return;
    }
    text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (!text) {
        PyErr_Clear();
        out_text(o, "null");
        return;
    }
    out_text(o, text);
    PyMem_Free(text);
}

void encode_bytes(Out *o, const unsigned char *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    out_char(o, '"');
    for (size_t i = 0; i < len; i += 3) {
        const size_t have = len - i < 3 ? len - i : 3;
        const unsigned b = (unsigned)bytes[i] << 16 | (have > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                           (have > 2 ? bytes[i + 2] : 0);
        const char four[4] = {digits[b >> 18], digits[(b >> 12) & 63],
                              have > 1 ? digits[(b >> 6) & 63] : '=',
                              have > 2 ? digits[b & 63] : '='};

        out_bytes(o, four, sizeof four);
    }
    out_char(o, '"');
}
