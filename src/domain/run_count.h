/* SPDX-License-Identifier: Apache-2.0 */
/* Counting runs where the spans are, instead of keeping a second book of them:
 *
 *     in a segment being published -> added to the catalogue in the same transaction
 *     in the memtable              -> counted when somebody asks, added to the answer
 *
 * so that a crash, a replay of the log or a span that came twice cannot make the
 * count drift away from the spans.  A run is a span with a model and a version. */
#ifndef VIREO_DOMAIN_RUN_COUNT_H
#define VIREO_DOMAIN_RUN_COUNT_H

#include "domain/domain.h"
#include "domain/run_set.h"

/* Add the runs in one segment file: four columns, mostly dictionary codes; and how many of
 * its rows are scores, 0 on failure. */
MUST_CHECK Status count_segment(const char *path, int64_t project_id, RunSet *runs,
                                uint64_t *scores);
/* Add the runs of the project that no segment has yet, with their versions' ids; nothing
 * while no store is attached.  O(spans in the memtable). */
MUST_CHECK Status count_memtable(Domain *d, int64_t project_id, RunSet *runs);
/* Look up the versions' ids; what is not there keeps 0. */
MUST_CHECK Status find_versions(Domain *d, RunSet *runs);

#endif
