/* SPDX-License-Identifier: Apache-2.0 */
/* Spans into one Parquet file, by way of a small store in a scratch folder:
 * the same code that writes segments sorts, encodes and merges them.
 *
 *     parquet_out_open -> parquet_out_add* -> parquet_out_finish */
#ifndef VIREO_CLI_PARQUET_OUT_H
#define VIREO_CLI_PARQUET_OUT_H

#include "store/store.h"

typedef struct ParquetOut ParquetOut;

MUST_CHECK Status parquet_out_open(const char *path, Err *err, ParquetOut **out);
/* Takes the chunk in any case; `body` is what it was decoded from. */
MUST_CHECK Status parquet_out_add(ParquetOut *p, Str body, Chunk *chunk);
/* Write the file, replacing one that is there, unless `st` is an error already.
 * Frees `p`.  ST_LIMIT: too much for one file. */
MUST_CHECK Status parquet_out_finish(ParquetOut *p, Status st, Err *err);

#endif
