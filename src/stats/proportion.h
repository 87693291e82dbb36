/* SPDX-License-Identifier: Apache-2.0 */
/* Do two shares differ?  The two-proportion z test with pooled variance. */
#ifndef VIREO_STATS_PROPORTION_H
#define VIREO_STATS_PROPORTION_H

#include <stdint.h>

/* z of `a` of `of_a` against `b` of `of_b`: positive when the first share is larger.
 * 0 when one of the totals is 0 or nothing varies. */
double proportion_z(uint64_t a, uint64_t of_a, uint64_t b, uint64_t of_b);
/* The chance of such a z, or one further from 0, when the shares are equal. */
double two_sided_p(double z);

#endif
