/* SPDX-License-Identifier: Apache-2.0 */
/* The normal approximation: good from about five of each on; what is rarer is told by its count. */
#include "stats/proportion.h"

#include <math.h>

double proportion_z(uint64_t a, uint64_t of_a, uint64_t b, uint64_t of_b)
{
    double pooled;
    double variance;

    if (of_a == 0 || of_b == 0)
        return 0;
    pooled = ((double)a + (double)b) / ((double)of_a + (double)of_b);
    variance = pooled * (1 - pooled) * (1 / (double)of_a + 1 / (double)of_b);
    if (!(variance > 0))
        return 0;
    return ((double)a / (double)of_a - (double)b / (double)of_b) / sqrt(variance);
}

double two_sided_p(double z)
{
    return erfc(fabs(z) / sqrt(2));
}
