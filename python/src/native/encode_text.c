/* SPDX-License-Identifier: Apache-2.0 */
/* JSON strings, numbers and base64.
 *
 * Texts are read from Python's own representation (1, 2 or 4 bytes a
 * character), so that no UTF-8 copy is left cached on the user's string.
 * A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD. */
#include "native.h"

#include <math.h>

enum { REPLACEMENT = 0xFFFD, CHAR_BYTES_MAX = 6, BLOCK_CHARS = 32, FLOAT_UNITS = 10 };

static const double WHOLE_MAX = 1e15;

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
    to[1] = 'u';
    to[2] = '0';
    to[3] = '0';
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

/* `to` has room for CHAR_BYTES_MAX; how many bytes were written. */
static inline size_t put_char(char *to, Py_UCS4 c)
{
    if (c >= 0x80)
        return put_utf8(to, c);
    if (!plain((unsigned char)c))
        return put_escaped(to, c);
    *to = (char)c;
    return 1;
}

/* Where text is being written: no block begins when `o` is as long as `end`. */
typedef struct Writing {
    Out *o;
    size_t end;
} Writing;

/* Write up to BLOCK_CHARS characters one by one, with one look at the room for all;
 * how many. */
static Py_ssize_t put_block(Writing w, int kind, const void *data, Py_ssize_t at, Py_ssize_t n)
{
    const size_t room = w.end - w.o->len;
    Py_ssize_t most = n - at < BLOCK_CHARS ? n - at : BLOCK_CHARS;
    char *to;

    if ((size_t)most > room)
        most = (Py_ssize_t)room;
    if (!out_room(w.o, (size_t)most * CHAR_BYTES_MAX))
        return 0;
    to = w.o->data + w.o->len;
    for (Py_ssize_t i = 0; i < most; i++)
        to += put_char(to, PyUnicode_READ(kind, data, at + i));
    w.o->len = (size_t)(to - w.o->data);
    return most;
}

/* Runs of plain ASCII are copied whole; they are most of what there is.  How
 * many characters were written. */
static Py_ssize_t put_latin(Writing w, const Py_UCS1 *text, Py_ssize_t n)
{
    Py_ssize_t at = 0;

    while (at < n && w.o->len < w.end && !w.o->failed) {
        const size_t room = w.end - w.o->len;
        const Py_ssize_t most = (size_t)(n - at) < room ? n - at : (Py_ssize_t)room;
        const Py_ssize_t run = plain_run(text + at, most);

        out_bytes(w.o, (const char *)text + at, (size_t)run);
        at += run;
        if (run < most)
            at += put_block(w, PyUnicode_1BYTE_KIND, text, at, n);
    }
    return at;
}

static Py_ssize_t put_wide(Writing w, PyObject *text, Py_ssize_t n)
{
    const int kind = (int)PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    Py_ssize_t at = 0;

    while (at < n && w.o->len < w.end && !w.o->failed)
        at += put_block(w, kind, data, at, n);
    return at;
}

Py_ssize_t encode_text(Out *o, PyObject *text, size_t bytes)
{
    const Py_ssize_t n = PyUnicode_GET_LENGTH(text);
    const Writing w = {o, o->len + 1 + bytes};
    Py_ssize_t done;

    out_char(o, '"');
    if (PyUnicode_KIND(text) == PyUnicode_1BYTE_KIND)
        done = put_latin(w, PyUnicode_DATA(text), n);
    else
        done = put_wide(w, text, n);
    out_char(o, '"');
    return done;
}

/* A number without a fraction is written as an integer and ".0", as repr() does,
 * but ten times faster. */
static bool put_whole(Out *o, double value)
{
    if (!(fabs(value) < WHOLE_MAX) || value != floor(value) || (value == 0.0 && signbit(value)))
        return false;
    out_int(o, (long long)value);
    out_bytes(o, ".0", 2);
    return true;
}

int encode_float(Out *o, double value)
{
    char *text;

    if (!isfinite(value)) {
        encode_marker(o, "$float", isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        return FLOAT_UNITS;
    }
    if (put_whole(o, value))
        return 1;
    text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (!text) {
        PyErr_Clear();
        out_text(o, "null");
        return FLOAT_UNITS;
    }
    out_text(o, text);
    PyMem_Free(text);
    return FLOAT_UNITS;
}

void encode_bytes(Out *o, const unsigned char *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    out_char(o, '"');
    for (size_t i = 0; i < len; i += 3) {
        const size_t have = len - i < 3 ? len - i : 3;
        const unsigned b = (unsigned)bytes[i] << 16 | (have > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                           (have > 2 ? bytes[i + 2] : 0);
        char four[4] = {digits[b >> 18], digits[(b >> 12) & 63], '=', '='};

        if (have > 1)
            four[2] = digits[(b >> 6) & 63];
        if (have > 2)
            four[3] = digits[b & 63];
        out_bytes(o, four, sizeof four);
    }
    out_char(o, '"');
}
