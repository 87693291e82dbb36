/* SPDX-License-Identifier: Apache-2.0 */
/* Three bytes to four characters and back, by table. */
#include "codec/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encoded_len(size_t len)
{
    return (len / 3 + (len % 3 != 0)) * 4;
}

size_t base64_decoded_max(size_t chars)
{
    return chars / 4 * 3 + chars % 4;
}

static uint32_t three_bytes(const unsigned char *p, size_t len)
{
    uint32_t word = (uint32_t)p[0] << 16;

    if (len > 1)
        word |= (uint32_t)p[1] << 8;
    if (len > 2)
        word |= p[2];
    return word;
}

void base64_encode(Str bytes, char *out)
{
    const unsigned char *p = (const unsigned char *)bytes.ptr;

    for (size_t i = 0; i < bytes.len; i += 3, out += 4) {
        const size_t left = bytes.len - i;
        const uint32_t word = three_bytes(p + i, left);

        out[0] = alphabet[word >> 18];
        out[1] = alphabet[word >> 12 & 63];
        out[2] = (char)(left > 1 ? alphabet[word >> 6 & 63] : '=');
        out[3] = (char)(left > 2 ? alphabet[word & 63] : '=');
    }
}

/* 0..63, or -1.  Both alphabets. */
static int digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

/* Without the padding, which must complete a group of four when it is there. */
static bool strip_padding(Str *text)
{
    size_t pads = 0;

    while (text->len && pads < 2 && text->ptr[text->len - 1] == '=') {
        text->len--;
        pads++;
    }
    return pads == 0 || (text->len + pads) % 4 == 0;
}

/* `count` characters (2..4) to count - 1 bytes; the bits left over must be 0. */
static Status decode_group(const char *p, size_t count, uint8_t *out)
{
    uint32_t word = 0;

    for (size_t i = 0; i < 4; i++) {
        const int d = i < count ? digit(p[i]) : 0;

        if (d < 0)
            return ST_CORRUPT;
        word = word << 6 | (uint32_t)d;
    }
    if ((count == 2 && word & 0xFFFF) || (count == 3 && word & 0xFF))
        return ST_CORRUPT;
    for (size_t i = 0; i + 1 < count; i++)
        out[i] = (uint8_t)(word >> (16 - 8 * i));
    return ST_OK;
}

Status base64_decode(Str text, uint8_t *out, size_t *len)
{
    size_t done = 0;

    if (!strip_padding(&text) || text.len % 4 == 1)
        return ST_CORRUPT;
    for (size_t i = 0; i < text.len; i += 4) {
        const size_t count = text.len - i < 4 ? text.len - i : 4;
        const Status st = decode_group(text.ptr + i, count, out + done);

        if (st)
            return st;
        done += count - 1;
    }
    *len = done;
    return ST_OK;
}
