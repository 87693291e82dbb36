/* SPDX-License-Identifier: Apache-2.0 */
/* How long and how much of a project is kept, and removing the rest. */
#ifndef VIREO_DOMAIN_RETENTION_H
#define VIREO_DOMAIN_RETENTION_H

#include "catalog/retention.h"
#include "domain/domain.h"

enum { RETENTION_MAX_DAYS = 36500 };
#define DAY_NS (INT64_C(86400) * 1000000000)

MUST_CHECK Status retention_get(Domain *d, int64_t project_id, RetentionRow *out);
/* {"max_age_days": number or null, "max_bytes": number or null}; members that `body` does
 * not name stay.  ST_INVALID with the field. */
MUST_CHECK Status retention_patch(Domain *d, int64_t project_id, Str body, Arena *arena,
                                  RetentionRow *out, FieldErr *err);

/* Apply them to every project now.  `server_age_ns` is for projects that set no age;
 * 0: keep for ever.  A project that fails is told in the log, the others go on. */
void retention_apply(Domain *d, int64_t server_age_ns);

#endif
