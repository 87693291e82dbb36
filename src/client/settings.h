/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: vireo_options with the defaults and the environment filled in,
 * checked once, constant from then on. */
#ifndef VIREO_CLIENT_SETTINGS_H
#define VIREO_CLIENT_SETTINGS_H

#include "base/arena.h"
#include "vireo/vireo.h"

enum {
    SETTINGS_TEXT_MAX = 4096, /* bytes of a text option */
    SETTINGS_VALUE_MAX = 16 * 1024 * 1024,
    SETTINGS_REFERENCE_MAX = 64 * 1024 * 1024, /* bytes of one reference */
    SETTINGS_MODEL_MAX = 16 * 1024 * 1024,     /* JSON of one registration */
    SETTINGS_SCORE_MAX = 1024 * 1024           /* JSON of one score */
};

typedef struct Settings {
    const char *url;     /* without a slash at the end */
    const char *api_key; /* "" for none */
    const char *project;
    const char *spool_dir; /* of this url and project; "" when there is no place for it */
    const char *service;
    const char *language; /* telemetry.sdk.language */
    const char *resource; /* OTEL_RESOURCE_ATTRIBUTES: "key=value,key=value", percent-encoded */
    size_t queue_bytes;
    size_t spool_bytes;
    size_t value_bytes;
    int64_t batch_delay_ns;
    int64_t request_timeout_ns;
} Settings;

/* Strings are copied into the arena.  ST_INVALID for what makes no sense. */
MUST_CHECK Status settings_init(const vireo_options *o, Arena *a, Settings *out);

#endif
