/* SPDX-License-Identifier: Apache-2.0 */
/* Which way a metric is better: told by the user, else guessed from its name.
 *
 * A guess looks at the words of the name (`mean_latency_ms` has three): one that is always bad
 * (error, loss, latency ...) or always good (accuracy, recall, f1 ...).  Bad words win:
 * `false_positive_rate`, `recall_error`.  Without any such word there is no direction and no
 * verdict. */
#ifndef VIREO_DOMAIN_DIRECTION_H
#define VIREO_DOMAIN_DIRECTION_H

#include "base/str.h"

typedef enum Direction { DIRECTION_UNKNOWN, DIRECTION_HIGHER, DIRECTION_LOWER } Direction;

/* What the user tells: names separated by commas.  `neither`: no way is better, whatever the name.
 */
typedef struct Directions {
    Str higher, lower, neither;
} Directions;

Direction direction_guess(Str metric);
/* What is told decides before the guess, in the order of the fields. */
Direction direction_of(Str metric, const Directions *told);
/* Is `name` in a list of names separated by commas? */
bool names_hold(Str names, Str name);

#endif
