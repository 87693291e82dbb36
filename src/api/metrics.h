/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of the server itself: requests by route and status, and how long
 * they took.  Counting is a few atomic additions. */
#ifndef VIREO_API_METRICS_H
#define VIREO_API_METRICS_H

#include "http/route.h"

#include <stdatomic.h>

enum { METRICS_MAX_ROUTES = 200, METRICS_STATUSES = 22, METRICS_BUCKETS = 12 };

typedef struct RouteMetrics {
    _Atomic uint64_t by_status[METRICS_STATUSES]; /* the last: any other */
    _Atomic uint64_t by_bucket[METRICS_BUCKETS];  /* not cumulative; the last: longer */
    _Atomic uint64_t total_ns;
} RouteMetrics;

typedef struct Metrics {
    RouteMetrics routes[METRICS_MAX_ROUTES + 1]; /* the last: the page, and what matched none */
} Metrics;

/* `index` of the route in the table, -1 for none. */
void metrics_count(Metrics *m, int index, int status, int64_t duration_ns);
/* Prometheus text of them. */
MUST_CHECK Status metrics_write(const Metrics *m, const Router *router, Buf *out);

#endif
