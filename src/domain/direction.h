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

Direction direction_guess(Str metric);
/* `higher` and `lower`: names separated by commas, which decide before the guess. */
Direction direction_of(Str metric, Str higher, Str lower);
/* Is `name` in a list of names separated by commas? */
bool names_hold(Str names, Str name);

#endif
