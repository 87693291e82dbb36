/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of a project as members of an object. */
#ifndef VIREO_API_RETENTION_H
#define VIREO_API_RETENTION_H

#include "api/reply.h"
#include "domain/retention.h"

/* max_age_days and max_bytes, null where there is none. */
void retention_write(JsonWriter *w, const RetentionRow *row);

#endif
