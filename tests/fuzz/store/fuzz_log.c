/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a log file: walked to the end in bounds, every byte seen once,
 * bodies within their limit.  Then the same bytes as the body of a good record
 * between two others, with one byte damaged: the others are found. */
#include "store/record.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_LIMIT = 1 << 20 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void walk(Str file)
{
    LogScan scan;
    LogFound found;
    size_t at;
    Buf body;

    if (log_scan_open(file, &scan))
        return;
    buf_init(&body, BODY_LIMIT);
    at = scan.pos;
    for (LogFind find = log_scan_next(&scan, &found); find != LOG_FIND_END;
         find = log_scan_next(&scan, &found)) {
        must(found.offset == at && found.bytes.len > 0);
        at += found.bytes.len;
        must(at <= file.len && (find != LOG_FIND_TAIL || at == file.len));
        if (find == LOG_FIND_RECORD) {
            buf_clear(&body);
            must(log_record_body(&found.record, &body) != ST_OK || body.len <= BODY_LIMIT);
        }
    }
    must(at == file.len);
    buf_deinit(&body);
}

static void put_record(Buf *b, uint64_t seq, Str payload, uint64_t salt)
{
    const LogRecord r = {.seq = seq,
                         .raw_len = (uint32_t)payload.len,
                         .payload_sum = log_payload_sum(payload),
                         .payload = payload};
    char header[LOG_RECORD_HEADER_BYTES];

    log_record_encode(&r, salt, header);
    must(!buf_append(b, (Str){header, sizeof header}) && !buf_append(b, payload));
}

static void damage_the_middle(Str bytes)
{
    const uint64_t salt = 77;
    const size_t first = LOG_FILE_HEADER_BYTES + LOG_RECORD_HEADER_BYTES + 5;
    char header[LOG_FILE_HEADER_BYTES];
    uint64_t seen = 0;
    LogScan scan;
    LogFound found;
    Buf b;

    buf_init(&b, (size_t)1 << 26);
    log_file_header_encode(&(LogFileHeader){salt, 0}, header);
    must(!buf_append(&b, (Str){header, sizeof header}));
    put_record(&b, 1, STR("first"), salt);
    put_record(&b, 2, bytes, salt);
    put_record(&b, 3, STR("third"), salt);
    b.data[first + (bytes.len * 31 + (unsigned char)bytes.ptr[0]) %
                       (LOG_RECORD_HEADER_BYTES + bytes.len)] ^= 0x40;
    must(!log_scan_open(buf_str(&b), &scan));
    for (LogFind find = log_scan_next(&scan, &found); find != LOG_FIND_END;
         find = log_scan_next(&scan, &found))
        seen = seen * 10 + (find == LOG_FIND_RECORD ? found.record.seq : 0);
    must(seen == 103);
    buf_deinit(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Str bytes = {(const char *)data, size};

    walk(bytes);
    if (size && size < BODY_LIMIT)
        damage_the_middle(bytes);
    return 0;
}
