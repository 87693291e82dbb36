/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share behind the handle. */
#ifndef VIREO_RESULTS_INTERNAL_H
#define VIREO_RESULTS_INTERNAL_H

#include "results/results.h"

struct Results {
    char *dir;
    Catalog *catalog;
};

/* As result_part_paths(), with the store's folder in front. */
MUST_CHECK Status part_full_paths(const Results *r, const PartRow *row, Arena *a,
                                  const char **folder, const char **file);

#endif
