/* SPDX-License-Identifier: Apache-2.0 */
/* Retention: whole segments go, oldest first.  By age: store_expire() in store.h. */
#ifndef VIREO_STORE_RETENTION_H
#define VIREO_STORE_RETENTION_H

#include "store/store.h"

/* Remove the oldest segments of the project (by their newest row) until all of them
 * together have at most `max_bytes`. */
MUST_CHECK Status store_shrink(Store *s, int64_t project_id, uint64_t max_bytes);

#endif
