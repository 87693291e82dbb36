/* SPDX-License-Identifier: Apache-2.0 */
/* One part: a batch as a Parquet file, durable under its name. */
#ifndef VIREO_RESULTS_PART_H
#define VIREO_RESULTS_PART_H

#include "results/results.h"

#define PART_METRIC_PREFIX "metric."

/* Write `batch` to `path`, a new name; its folder exists.  Synced when it returns, the name
 * not yet.  On failure nothing is left. */
MUST_CHECK Status part_write(const char *path, const ResultBatch *batch, uint64_t *bytes,
                             uint64_t *checksum);

#endif
