/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share behind the handle. */
#ifndef VIREO_RESULTS_INTERNAL_H
#define VIREO_RESULTS_INTERNAL_H

#include "results/frame.h"
#include "results/results.h"

struct Results {
    char *dir;
    Catalog *catalog;
};

/* As result_part_paths(), with the store's folder in front. */
MUST_CHECK Status part_full_paths(const Results *r, const PartRow *row, Arena *a,
                                  const char **folder, const char **file);

/* Parts of one case and configuration, given in the order in which they count.  ST_NOTFOUND: a file
 * is not there, ST_CORRUPT: damaged. */
MUST_CHECK Status frame_open_parts(const Results *r, const PartRow *parts, size_t count,
                                   ResultFrame **out);
/* The numbers of all samples that have a row, ascending, each once; in the arena. */
MUST_CHECK Status frame_numbers_there(const ResultFrame *f, Arena *arena, int64_t **numbers,
                                      size_t *count);

/* A name that no other part has. */
void part_name(char out[PART_NAME_CHARS]);
/* Write the file of `row`, whose bytes and checksum are filled in.  Durable under its name. */
MUST_CHECK Status part_store(const Results *r, const ResultBatch *batch, Arena *a, PartRow *row,
                             const char **path);
/* Remove a file that is not listed. */
void part_discard(const char *path);

#endif
