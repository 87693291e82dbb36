/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds: the smallest and largest value of a page or chunk, for pruning.
 *
 * Order: numbers by value (NaN is left out, both zeros count as equal), texts
 * and bytes as unsigned bytes.  Texts borrow from the vectors they come from. */
#ifndef VIREO_COLUMN_BOUNDS_H
#define VIREO_COLUMN_BOUNDS_H

#include "column/format.h"
#include "column/vector.h"

typedef union Bound {
    int64_t i; /* BOOL, INT, TIME */
    double d;
    Str s;
} Bound;

typedef struct Bounds {
    bool any; /* false: no value yet, min and max mean nothing */
    Bound min;
    Bound max;
} Bounds;

void bounds_add_ints(Bounds *b, const int64_t *values, size_t count);
void bounds_add_bools(Bounds *b, const uint8_t *values, size_t count);
void bounds_add_doubles(Bounds *b, const double *values, size_t count);
void bounds_add_str(Bounds *b, Str value);
void bounds_merge(Bounds *b, VectorType type, const Bounds *other);
/* <0, 0, >0. */
int bound_compare(VectorType type, const Bound *a, const Bound *b);

/* A bound as statistics have it: PLAIN without a length.  Texts longer than
 * MAX_STATISTIC_BYTES are cut, the smallest down and the largest up. */
typedef struct BoundText {
    char bytes[MAX_STATISTIC_BYTES + 8];
    size_t len;
    bool exact;
} BoundText;

/* False when there is no such text: then there must be no statistics.  Texts
 * stay UTF-8, since readers may insist on it. */
bool bound_min_text(VectorType type, const Bound *min, BoundText *out);
bool bound_max_text(VectorType type, const Bound *max, BoundText *out);

#endif
