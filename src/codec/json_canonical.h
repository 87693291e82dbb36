/* SPDX-License-Identifier: Apache-2.0 */
/* One spelling for JSON values that mean the same, to hash them, and merging of objects.
 *
 * Canonical: no white space, members by the bytes of their keys, of doubled keys the last, strings
 * as json_write has them, whole numbers in decimal without sign for zero, other numbers as
 * shortest doubles (`1.0` is not `1`; a whole number beyond 64 bits stays as it is written). */
#ifndef VIREO_CODEC_JSON_CANONICAL_H
#define VIREO_CODEC_JSON_CANONICAL_H

#include "base/buf.h"
#include "codec/json_read.h"

/* Append the canonical text.  `scratch` holds sorted lists of members.  ST_NOMEM, ST_LIMIT. */
MUST_CHECK Status json_canonical(const Json *value, Arena *scratch, Buf *out);

/* Append one object with the members of both objects, by key; `over` decides about those that both
 * have.  Values stay as they were written. */
MUST_CHECK Status json_merge(const Json *under, const Json *over, Arena *scratch, Buf *out);

#endif
