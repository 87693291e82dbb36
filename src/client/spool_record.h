/* SPDX-License-Identifier: Apache-2.0 */
/* A spool file's bytes: docs/formats.md, section Spool.
 *
 *   file    "VIREOSP1" | u32 length | text "url\nproject" | u64 XXH3 of all before | record ...
 *   record  u32 "VREC" | u8 kind | u8 encoding | u16 name length | u32 count |
 *           u32 body length | u64 XXH3 of name and body | u64 XXH3 of the 24 bytes before |
 *           name | body
 *
 * Little-endian.  The header has a checksum of its own, so that its lengths can
 * be trusted when the body is damaged and only that record is lost.  Pure
 * functions over bytes in memory. */
#ifndef VIREO_CLIENT_SPOOL_RECORD_H
#define VIREO_CLIENT_SPOOL_RECORD_H

#include "client/parcel.h"

enum {
    SPOOL_RECORD_HEADER = 32,
    SPOOL_FILE_HEADER_MIN = 8 + 4 + 8,
    SPOOL_FILE_TEXT_MAX = 8200,
    SPOOL_FILE_HEADER_MAX = SPOOL_FILE_HEADER_MIN + SPOOL_FILE_TEXT_MAX
};

typedef struct SpoolHeader {
    ParcelKind kind;
    bool zstd;
    uint16_t name_len;
    uint32_t count;
    uint32_t body_len;
    uint64_t payload_check;
} SpoolHeader;

/* Header of a record that holds `p`, whose lengths are within the PARCEL limits. */
void spool_record_header(const Parcel *p, char out[SPOOL_RECORD_HEADER]);
/* ST_CORRUPT for anything that spool_record_header() did not write. */
MUST_CHECK Status spool_record_read(const char bytes[SPOOL_RECORD_HEADER], SpoolHeader *out);
/* The parcel in `payload` (name, then body).  ST_CORRUPT when the checksum is wrong. */
MUST_CHECK Status spool_record_payload(const SpoolHeader *h, Str payload, Parcel *out);
/* Offset of the next place in `bytes` where a valid record header starts, or
 * bytes.len. */
size_t spool_record_find(Str bytes);

/* Returns the length written.  `text` is cut at SPOOL_FILE_TEXT_MAX. */
size_t spool_file_header(Str text, char out[SPOOL_FILE_HEADER_MAX]);
/* Is `bytes` the start of a spool file?  Its header's length, ST_LIMIT when
 * there are too few bytes to tell, ST_CORRUPT. */
MUST_CHECK Status spool_file_header_read(Str bytes, size_t *len);

#endif
