/* SPDX-License-Identifier: Apache-2.0 */
/* Strata: the samples of a target in groups by what their metadata say.
 *
 *     by metadata.city                      a group for each value
 *     metadata.age:quantiles=4              quarters with as many samples each
 *     metadata.age:edges=18,40,65           <18, 18..40, 40..65, >=65
 *     split                                 a dataset's splits
 *
 * `metadata.` may be left out; dots go into nested objects.  A sample without the field is in no
 * group.  Values become at most STRATA_MAX groups: the most frequent, the rest is `other`. */
#ifndef VIREO_DOMAIN_STRATA_H
#define VIREO_DOMAIN_STRATA_H

#include "codec/json_read.h"
#include "domain/evaluation.h"

enum { STRATA_MAX = 100, STRATA_NONE = -1 };

typedef struct Strata {
    Str field;
    Str names[STRATA_MAX + 1];
    size_t count;
    const int16_t *of; /* of each of target->all; STRATA_NONE: of none */
} Strata;

/* A field of a sample's metadata: dots go into nested objects, unless a key has them itself.  NULL:
 * there is none. */
const Json *metadata_field(const Json *metadata, Str path);

/* ST_INVALID with the field `stratify`. */
MUST_CHECK Status strata_make(Domain *d, const Target *target, Str spec, Arena *arena, Strata *out,
                              FieldErr *err);

#endif
