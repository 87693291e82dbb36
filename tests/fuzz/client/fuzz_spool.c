/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a spool file: adopted, read to the end, gone or set aside.
 *
 * The first byte chooses: even takes the rest as the whole file; odd puts it behind a
 * valid file header and mends the checksums of record headers, which no
 * mutation would find. */
#include "base/hash.h"
#include "client/spool.h"
#include "client/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_MAX = 1 << 16, HEADER_CHECK_AT = 24 };

static char dir[] = "/tmp/vireo-fuzz-spool-XXXXXX";

static void remove_dir(void)
{
    (void)!dir_remove_all(dir);
}

static void mend(char *bytes, size_t len)
{
    for (size_t at = 0; len - at >= SPOOL_RECORD_HEADER;) {
        const size_t hit = str_find((Str){bytes + at, len - at}, STR("VREC"));

        at += hit;
        if (len - at < SPOOL_RECORD_HEADER)
            break;
        (void)wire_fixed64(bytes + at + HEADER_CHECK_AT,
                           hash_bytes((Str){bytes + at, HEADER_CHECK_AT}));
        at++;
    }
}

static size_t make_file(const uint8_t *data, size_t size, char *out)
{
    size_t len = 0;

    if (data[0] & 1)
        len = spool_file_header(STR("u\np"), out);
    memcpy(out + len, data + 1, size - 1);
    if (data[0] & 1)
        mend(out + len, size - 1);
    return len + size - 1;
}

static void put_file(Str bytes)
{
    char path[256];
    File f;

    (void)snprintf(path, sizeof path, "%s/1-1.spool", dir);
    if (file_create_new(path, &f))
        abort();
    if (file_write(&f, bytes))
        abort();
    file_close(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    static char bytes[FILE_MAX + SPOOL_FILE_HEADER_MAX];
    const Settings s = {.url = "u", .project = "p", .spool_dir = dir, .spool_bytes = 1 << 20};
    uint64_t last = 0;
    Spool sp;
    Parcel p;

    if (size == 0 || size > FILE_MAX)
        return 0;
    if (!ready && (!mkdtemp(dir) || atexit(remove_dir)))
        abort();
    ready = true;
    put_file((Str){bytes, make_file(data, size, bytes)});
    spool_init(&sp, &s);
    while (spool_adopt(&sp)) {
        while (spool_peek(&sp, SPOOL_ORPHAN, &p) == ST_OK) {
            if (sp.orphan.next <= last || p.name.len + p.body.len > size)
                abort();
            last = sp.orphan.next;
            spool_advance(&sp, SPOOL_ORPHAN);
        }
    }
    spool_deinit(&sp);
    (void)!dir_remove_all(dir);
    if (dir_make(dir))
        abort();
    return 0;
}
