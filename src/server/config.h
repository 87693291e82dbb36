/* SPDX-License-Identifier: Apache-2.0 */
/* What `vireo serve` can be told, from flags, environment (VIREO_*) and a file. */
#ifndef VIREO_SERVER_CONFIG_H
#define VIREO_SERVER_CONFIG_H

#include "base/option.h"

enum { CONFIG_MAX_HOSTS = 16 };

typedef struct Config {
    Str data;
    Str listen;
    Str config; /* file */
    Str log_level;
    Str allow_host; /* comma-separated */
    bool require_key;
    bool help;
    int64_t max_body;
    int64_t max_bodies;
    int64_t workers;
    int64_t max_connections;
    int64_t memtable_bytes;
    int64_t flush_after_ns;
    int64_t purge_after_ns;
    int64_t retention_ns; /* 0: keep for ever */
    int64_t query_ns;
    int64_t drain_ns;

    /* Derived. */
    const char *host; /* an IP address, without brackets */
    uint16_t port;
    bool loopback;
} Config;

extern const OptionTable server_options;

/* Defaults, then the file, the environment, the flags; then derive and check.
 * Texts live in the arena or in argv.  Arguments that are no flags are an error. */
MUST_CHECK Status config_read(int argc, const char *const *argv, Arena *a, Config *out, Err *err);
/* "127.0.0.1:4318", "[::1]:80", "localhost:0", ":4318" (every address).  The
 * host has no brackets and is NUL-terminated in the arena. */
MUST_CHECK Status listen_parse(Str text, Arena *a, const char **host, uint16_t *port, Err *err);
bool host_is_loopback(Str host);

#endif
