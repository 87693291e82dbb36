/* SPDX-License-Identifier: Apache-2.0 */
/* How long and how much of a project's spans is kept. */
#ifndef VIREO_CATALOG_RETENTION_H
#define VIREO_CATALOG_RETENTION_H

#include "catalog/catalog.h"

typedef struct RetentionRow {
    int64_t max_age_ns; /* 0: what the server was started with */
    int64_t max_bytes;  /* of segments; 0: any */
} RetentionRow;

/* Zeros for a project that says nothing. */
MUST_CHECK Status catalog_retention_get(Catalog *c, int64_t project_id, RetentionRow *out);
MUST_CHECK Status catalog_retention_put(Catalog *c, int64_t project_id, const RetentionRow *row);

#endif
