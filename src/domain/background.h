/* SPDX-License-Identifier: Apache-2.0 */
/* Work that nobody waits for, on one thread, in the order in which it came: comparing evaluations
 * that are complete, merging small result files, keeping what readers computed.  What fails there
 * is tried again by whoever needs it. */
#ifndef VIREO_DOMAIN_BACKGROUND_H
#define VIREO_DOMAIN_BACKGROUND_H

#include "catalog/summary.h"
#include "domain/domain.h"

/* How many small files are worth a merge. */
enum { MERGE_AT_END = 2, MERGE_MEANWHILE = 16, MERGE_EVERY = 64 /* requests with rows */ };

/* ST_BUSY: too much is waiting, or there is no thread; `arg` stays the caller's. */
MUST_CHECK Status background_submit(Domain *d, void (*fn)(void *arg), void *arg);

/* Merge small result files of the evaluation, now.  Only on that thread. */
void results_tidy(Domain *d, int64_t evaluation_id, size_t least);
/* The same later, with MERGE_MEANWHILE. */
void results_tidy_later(Domain *d, int64_t evaluation_id);

/* Keep a copy of the summary later: who reads must not wait for the catalogue's writers.  Dropped
 * when too much is waiting: then it is computed again. */
void summary_keep_later(Domain *d, const SummaryKey *key, Str body);

#endif
