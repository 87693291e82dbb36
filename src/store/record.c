/* SPDX-License-Identifier: Apache-2.0 */
/* Log records to bytes and back.  No I/O: the fuzz target needs no files. */
#include "store/record.h"

#include "base/hash.h"
#include "codec/compress.h"

#include <string.h>

static const char file_magic[8] = {'V', 'I', 'R', 'E', 'O', 'L', 'O', 'G'};
static const char record_magic[4] = {'V', 'R', 'E', 'C'};

/* Where the fields are; see the picture in record.h. */
enum {
    FILE_VERSION = 8,
    FILE_SALT = 16,
    FILE_AFTER = 24,
    FILE_SUM = 32,
    AT_LENGTH = 4,
    AT_SEQ = 8,
    AT_PROJECT = 16,
    AT_KIND = 24,
    AT_FLAGS = 28,
    AT_RECEIVED = 32,
    AT_RAW_LENGTH = 40,
    AT_SALT = 48,
    AT_PAYLOAD_SUM = 56,
    AT_HEADER_SUM = 64
};

static void put(char *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (char)(unsigned char)(value >> (8 * i));
}

static uint64_t take(const char *at, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = bytes; i-- > 0;)
        value = value << 8 | (unsigned char)at[i];
    return value;
}

void log_file_header_encode(const LogFileHeader *h, char out[LOG_FILE_HEADER_BYTES])
{
    memset(out, 0, LOG_FILE_HEADER_BYTES);
    memcpy(out, file_magic, sizeof file_magic);
    put(out + FILE_VERSION, LOG_VERSION, 4);
    put(out + FILE_SALT, h->salt, 8);
    put(out + FILE_AFTER, h->after_seq, 8);
    put(out + FILE_SUM, hash_bytes((Str){out, FILE_SUM}), 8);
}

uint64_t log_payload_sum(Str payload)
{
    return hash_bytes(payload);
}

void log_record_encode(const LogRecord *r, uint64_t salt, char out[LOG_RECORD_HEADER_BYTES])
{
    memcpy(out, record_magic, sizeof record_magic);
    put(out + AT_LENGTH, r->payload.len, 4);
    put(out + AT_SEQ, r->seq, 8);
    put(out + AT_PROJECT, (uint64_t)r->project_id, 8);
    put(out + AT_KIND, r->kind, 4);
    put(out + AT_FLAGS, r->flags, 4);
    put(out + AT_RECEIVED, (uint64_t)r->received_ns, 8);
    put(out + AT_RAW_LENGTH, r->raw_len, 8);
    put(out + AT_SALT, salt, 8);
    put(out + AT_PAYLOAD_SUM, r->payload_sum, 8);
    put(out + AT_HEADER_SUM, hash_bytes((Str){out, AT_HEADER_SUM}), 8);
}

Status log_scan_open(Str file, LogScan *out)
{
    LogScan s = {.file = file};

    if (file.len >= LOG_FILE_HEADER_BYTES && memcmp(file.ptr, file_magic, 8) == 0 &&
        take(file.ptr + FILE_SUM, 8) == hash_bytes((Str){file.ptr, FILE_SUM})) {
        if (take(file.ptr + FILE_VERSION, 4) > LOG_VERSION)
            return ST_VERSION;
        s.has_header = s.has_salt = true;
        s.header.salt = take(file.ptr + FILE_SALT, 8);
        s.header.after_seq = take(file.ptr + FILE_AFTER, 8);
        s.pos = LOG_FILE_HEADER_BYTES;
    }
    *out = s;
    return ST_OK;
}

/* Is there a header of ours at `at`?  Fills `r` but for the payload; *length
 * is the stored one. */
static bool header_at(const LogScan *s, size_t at, LogRecord *r, size_t *length)
{
    const char *p = s->file.ptr + at;

    if (s->file.len - at < LOG_RECORD_HEADER_BYTES ||
        memcmp(p, record_magic, sizeof record_magic) != 0)
        return false;
    if (s->has_salt && take(p + AT_SALT, 8) != s->header.salt)
        return false;
    if (take(p + AT_HEADER_SUM, 8) != hash_bytes((Str){p, AT_HEADER_SUM}))
        return false;
    if (take(p + AT_LENGTH, 4) > LOG_MAX_BODY_BYTES ||
        take(p + AT_RAW_LENGTH, 8) > LOG_MAX_BODY_BYTES)
        return false;
    *length = (size_t)take(p + AT_LENGTH, 4);
    *r = (LogRecord){.seq = take(p + AT_SEQ, 8),
                     .project_id = (int64_t)take(p + AT_PROJECT, 8),
                     .received_ns = (int64_t)take(p + AT_RECEIVED, 8),
                     .kind = (uint32_t)take(p + AT_KIND, 4),
                     .flags = (uint32_t)take(p + AT_FLAGS, 4),
                     .raw_len = (uint32_t)take(p + AT_RAW_LENGTH, 4),
                     .payload_sum = take(p + AT_PAYLOAD_SUM, 8)};
    return true;
}

/* Offset of the next header of ours at or behind `from`, or the file's end. */
static size_t next_header(const LogScan *s, size_t from)
{
    LogRecord r;
    size_t length;

    while (from < s->file.len) {
        const char *hit = memchr(s->file.ptr + from, record_magic[0], s->file.len - from);

        if (!hit)
            break;
        from = (size_t)(hit - s->file.ptr);
        if (header_at(s, from, &r, &length))
            return from;
        from++;
    }
    return s->file.len;
}

/* Offset of the first whole record at or behind `from`, or the file's end. */
static size_t next_whole_record(const LogScan *s, size_t from)
{
    LogRecord r;
    size_t length = 0;

    for (size_t at = next_header(s, from); at < s->file.len; at = next_header(s, from)) {
        from = at + LOG_RECORD_HEADER_BYTES;
        if (!header_at(s, at, &r, &length) || length > s->file.len - from)
            break;
        if (log_payload_sum((Str){s->file.ptr + from, length}) == r.payload_sum)
            return at;
        from += length;
    }
    return s->file.len;
}

/* What is bad in front of a whole record is damage; with none behind it, it is
 * a torn write.  All of it is given at once, so that a walk stays O(bytes). */
static LogFind found_bad(LogScan *s, size_t from, LogFound *out)
{
    const size_t end = next_whole_record(s, from);

    *out = (LogFound){.offset = s->pos, .bytes = {s->file.ptr + s->pos, end - s->pos}};
    s->pos = end;
    return end < s->file.len ? LOG_FIND_BAD : LOG_FIND_TAIL;
}

/* The header is right and all of the payload is there, but it is wrong. */
static LogFind found_damaged(LogScan *s, size_t from, LogFound *out)
{
    const LogFind find = found_bad(s, from, out);

    out->complete = true;
    return find;
}

LogFind log_scan_next(LogScan *s, LogFound *out)
{
    LogRecord r;
    size_t length = 0;
    size_t body;

    if (s->pos >= s->file.len)
        return LOG_FIND_END;
    if (!header_at(s, s->pos, &r, &length))
        return found_bad(s, s->pos + 1, out);
    body = s->pos + LOG_RECORD_HEADER_BYTES;
    if (length > s->file.len - body)
        return found_bad(s, s->file.len, out);
    r.payload = (Str){s->file.ptr + body, length};
    if (log_payload_sum(r.payload) != r.payload_sum)
        return found_damaged(s, body + length, out);
    if (!s->has_salt) {
        s->has_salt = true;
        s->header.salt = take(s->file.ptr + s->pos + AT_SALT, 8);
    }
    *out = (LogFound){.offset = s->pos,
                      .bytes = {s->file.ptr + s->pos, LOG_RECORD_HEADER_BYTES + length},
                      .record = r};
    s->pos = body + length;
    return LOG_FIND_RECORD;
}

Status log_record_body(const LogRecord *r, Buf *out)
{
    const size_t before = out->len;
    char *at;
    Status st;

    if (r->flags & ~(uint32_t)LOG_FLAG_ZSTD)
        return ST_UNSUPPORTED;
    if (!(r->flags & LOG_FLAG_ZSTD))
        return buf_append(out, r->payload);
    st = buf_extend(out, r->raw_len, &at);
    if (st)
        return st;
    st = zstd_decompress_exact(NULL, r->payload, at, r->raw_len);
    if (st)
        out->len = before;
    return st;
}
