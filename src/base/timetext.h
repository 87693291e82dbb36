/* SPDX-License-Identifier: Apache-2.0 */
/* Times and durations as text.  Times are nanoseconds since 1970-01-01 UTC in
 * an int64_t (1677 to 2262). */
#ifndef VIREO_BASE_TIMETEXT_H
#define VIREO_BASE_TIMETEXT_H

#include "base/str.h"

enum { TIME_TEXT_MAX = 36 };
#define NS_PER_SECOND INT64_C(1000000000)

/* RFC 3339 in UTC with nine decimals: 2026-11-21T04:05:06.000000007Z.  Writes a
 * NUL too.  Returns the length. */
size_t time_to_text(int64_t ns, char out[TIME_TEXT_MAX]);
/* RFC 3339 with any offset and 0 to 9 decimals (more are cut), a date alone,
 * or whole nanoseconds since 1970 as digits.  ST_CORRUPT or ST_LIMIT. */
MUST_CHECK Status time_from_text(Str s, int64_t *ns);
/* "250us", "1.5s", "2m", "1h30m", "7d"; units ns us ms s m h d w.  A bare
 * number is refused: the unit is part of the meaning. */
MUST_CHECK Status duration_from_text(Str s, int64_t *ns);

#endif
