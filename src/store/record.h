/* SPDX-License-Identifier: Apache-2.0 */
/* The format of a log file, as pure functions over bytes (docs/formats.md).
 *
 *   file    [header 40][record][record]...
 *   header  "VIREOLOG" | version u32 | 0 u32 | salt u64 | after_seq u64 | checksum u64
 *   record  [header 72][payload]
 *
 *    0       4       8              16             24      28      32             40
 *    +-------+-------+--------------+--------------+-------+-------+--------------+
 *    | VREC  |length | seq          | project      | kind  | flags | received ns  |
 *    +-------+-------+--------------+--------------+-------+-------+--------------+
 *    | raw length    | salt         | payload sum  | header sum   |
 *    +---------------+--------------+--------------+--------------+
 *   40              48             56             64             72
 *
 * Integers are little-endian; sums are hash_bytes().  The salt is random, one a
 * file: a body that was made to look like a record cannot know it, so looking
 * for the next whole record behind damage never finds one inside a body.  The
 * header has a sum of its own, so that a length is believed only when it was
 * written by us, and a search costs O(bytes) on any input. */
#ifndef VIREO_STORE_RECORD_H
#define VIREO_STORE_RECORD_H

#include "base/arena.h"
#include "base/buf.h"

enum {
    LOG_VERSION = 1,
    LOG_FILE_HEADER_BYTES = 40,
    LOG_RECORD_HEADER_BYTES = 72,
    LOG_MAX_BODY_BYTES = 64 << 20
};

enum { LOG_FLAG_ZSTD = 1 }; /* the payload is one zstd frame of raw_len bytes */

typedef struct LogRecord {
    uint64_t seq;
    int64_t project_id;
    int64_t received_ns;
    uint32_t kind;
    uint32_t flags;
    uint32_t raw_len;     /* of the body before compression */
    uint64_t payload_sum; /* log_payload_sum() */
    Str payload;          /* as stored */
} LogRecord;

typedef struct LogFileHeader {
    uint64_t salt;
    /* Records of older files with a greater seq were refused: their write or
     * sync failed, and this file took over. */
    uint64_t after_seq;
} LogFileHeader;

void log_file_header_encode(const LogFileHeader *h, char out[LOG_FILE_HEADER_BYTES]);
uint64_t log_payload_sum(Str payload);
void log_record_encode(const LogRecord *r, uint64_t salt, char out[LOG_RECORD_HEADER_BYTES]);

/* Walk over a file, record by record; borrows `file`. */
typedef struct LogScan {
    Str file;
    size_t pos;
    bool has_header; /* false: damaged or cut; the salt is learned from the first record */
    bool has_salt;
    LogFileHeader header;
} LogScan;

typedef enum LogFind {
    LOG_FIND_END,    /* nothing more */
    LOG_FIND_RECORD, /* a whole record with right sums */
    LOG_FIND_BAD,    /* damaged bytes with a whole record or the file's end behind them */
    LOG_FIND_TAIL    /* bytes up to the end without a whole record: a torn write */
} LogFind;

typedef struct LogFound {
    size_t offset;
    Str bytes;     /* all of it: header and payload, or what is damaged */
    bool complete; /* damaged bytes that begin with a record of full length: no torn write */
    LogRecord record;
} LogFound;

/* ST_VERSION: written by a newer version; damage is no failure. */
MUST_CHECK Status log_scan_open(Str file, LogScan *out);
LogFind log_scan_next(LogScan *s, LogFound *out);

/* Append the body as it came to `out`.  ST_CORRUPT, ST_UNSUPPORTED (flags of a
 * newer version), ST_LIMIT. */
MUST_CHECK Status log_record_body(const LogRecord *r, Buf *out);

#endif
