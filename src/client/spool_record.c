/* SPDX-License-Identifier: Apache-2.0 */
#include "client/spool_record.h"

#include "base/hash.h"
#include "client/wire.h"

#include <string.h>

#define FILE_MAGIC   STR("VIREOSP1")
#define RECORD_MAGIC STR("VREC")

enum {
    AT_KIND = 4,
    AT_ENCODING = 5,
    AT_NAME_LEN = 6,
    AT_COUNT = 8,
    AT_BODY_LEN = 12,
    AT_PAYLOAD_CHECK = 16,
    AT_HEADER_CHECK = 24,
    AT_FILE_TEXT = 12
};

static uint64_t get_le(const char *at, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = bytes; i-- > 0;)
        v = v << 8 | (unsigned char)at[i];
    return v;
}

/* The checksum of the name seeds that of the body: no copy to join them. */
static uint64_t payload_check(Str name, Str body)
{
    return hash_seeded(body, hash_bytes(name));
}

void spool_record_header(const Parcel *p, char out[SPOOL_RECORD_HEADER])
{
    memcpy(out, RECORD_MAGIC.ptr, RECORD_MAGIC.len);
    out[AT_KIND] = (char)p->kind;
    out[AT_ENCODING] = p->zstd ? 1 : 0;
    out[AT_NAME_LEN] = (char)(unsigned char)(p->name.len & 0xff);
    out[AT_NAME_LEN + 1] = (char)(unsigned char)(p->name.len >> 8);
    (void)wire_fixed32(out + AT_COUNT, p->count);
    (void)wire_fixed32(out + AT_BODY_LEN, (uint32_t)p->body.len);
    (void)wire_fixed64(out + AT_PAYLOAD_CHECK, payload_check(p->name, p->body));
    (void)wire_fixed64(out + AT_HEADER_CHECK, hash_bytes((Str){out, AT_HEADER_CHECK}));
}

static bool sane(const SpoolHeader *h)
{
    if (h->name_len > PARCEL_NAME_MAX || h->body_len > PARCEL_BODY_MAX)
        return false;
    if (h->kind == PARCEL_BLOB)
        return h->name_len > PARCEL_SHA256_HEX;
    if (h->kind == PARCEL_MODEL)
        return h->name_len > 0;
    return h->kind == PARCEL_SPANS || h->kind == PARCEL_SCORES;
}

Status spool_record_read(const char bytes[SPOOL_RECORD_HEADER], SpoolHeader *out)
{
    const SpoolHeader h = {
        .kind = (ParcelKind)(unsigned char)bytes[AT_KIND],
        .zstd = bytes[AT_ENCODING] == 1,
        .name_len = (uint16_t)get_le(bytes + AT_NAME_LEN, 2),
        .count = (uint32_t)get_le(bytes + AT_COUNT, 4),
        .body_len = (uint32_t)get_le(bytes + AT_BODY_LEN, 4),
        .payload_check = get_le(bytes + AT_PAYLOAD_CHECK, 8),
    };

    if (memcmp(bytes, RECORD_MAGIC.ptr, RECORD_MAGIC.len) != 0 ||
        get_le(bytes + AT_HEADER_CHECK, 8) != hash_bytes((Str){bytes, AT_HEADER_CHECK}))
        return ST_CORRUPT;
    if ((unsigned char)bytes[AT_ENCODING] > 1 || !sane(&h))
        return ST_CORRUPT;
    *out = h;
    return ST_OK;
}

Status spool_record_payload(const SpoolHeader *h, Str payload, Parcel *out)
{
    const Parcel p = {.kind = h->kind,
                      .zstd = h->zstd,
                      .count = h->count,
                      .name = str_slice(payload, 0, h->name_len),
                      .body = str_slice(payload, h->name_len, payload.len)};

    if (payload.len != (size_t)h->name_len + h->body_len ||
        payload_check(p.name, p.body) != h->payload_check)
        return ST_CORRUPT;
    *out = p;
    return ST_OK;
}

size_t spool_record_find(Str bytes)
{
    size_t at = 0;

    for (;;) {
        SpoolHeader h;

        at += str_find(str_slice(bytes, at, bytes.len), RECORD_MAGIC);
        if (bytes.len - at < SPOOL_RECORD_HEADER)
            return bytes.len;
        if (spool_record_read(bytes.ptr + at, &h) == ST_OK)
            return at;
        at++;
    }
}

size_t spool_file_header(Str text, char out[SPOOL_FILE_HEADER_MAX])
{
    char *p = out;

    text = str_slice(text, 0, SPOOL_FILE_TEXT_MAX);
    memcpy(p, FILE_MAGIC.ptr, FILE_MAGIC.len);
    p = wire_fixed32(p + FILE_MAGIC.len, (uint32_t)text.len);
    if (text.len)
        memcpy(p, text.ptr, text.len);
    p += text.len;
    p = wire_fixed64(p, hash_bytes((Str){out, (size_t)(p - out)}));
    return (size_t)(p - out);
}

Status spool_file_header_read(Str bytes, size_t *len)
{
    size_t text;

    if (!str_starts(bytes, str_slice(FILE_MAGIC, 0, bytes.len)))
        return ST_CORRUPT;
    if (bytes.len < SPOOL_FILE_HEADER_MIN)
        return ST_LIMIT;
    text = (size_t)get_le(bytes.ptr + FILE_MAGIC.len, 4);
    if (text > SPOOL_FILE_TEXT_MAX)
        return ST_CORRUPT;
    if (bytes.len < SPOOL_FILE_HEADER_MIN + text)
        return ST_LIMIT;
    if (get_le(bytes.ptr + AT_FILE_TEXT + text, 8) !=
        hash_bytes((Str){bytes.ptr, AT_FILE_TEXT + text}))
        return ST_CORRUPT;
    *len = SPOOL_FILE_HEADER_MIN + text;
    return ST_OK;
}
