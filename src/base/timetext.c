/* SPDX-License-Identifier: Apache-2.0 */
/* Proleptic Gregorian calendar arithmetic after Howard Hinnant's
 * "chrono-compatible low-level date algorithms": no tables, no time zone
 * database, no locale. */
#include "base/timetext.h"

#include <stdio.h>

typedef struct Date {
    int64_t year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
} Date;

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

/* Days since 1970-01-01.  Years start in March, so that the leap day is last. */
static int64_t days_from_date(Date d)
{
    const int64_t y = d.month <= 2 ? d.year - 1 : d.year;
    const int64_t era = floor_div(y, 400);
    const int64_t year_of_era = y - era * 400;
    const int64_t month_from_march = (d.month + 9) % 12;
    const int64_t day_of_year = (153 * month_from_march + 2) / 5 + d.day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static Date date_from_days(int64_t days)
{
    const int64_t z = days + 719468;
    const int64_t era = floor_div(z, 146097);
    const int64_t doe = z - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;
    const int month = (int)(mp < 10 ? mp + 3 : mp - 9);

    return (Date){yoe + era * 400 + (month <= 2), month, (int)(doy - (153 * mp + 2) / 5 + 1)};
}

size_t time_to_text(int64_t ns, char out[TIME_TEXT_MAX])
{
    const int64_t seconds = floor_div(ns, NS_PER_SECOND);
    const int64_t days = floor_div(seconds, 86400);
    const int second_of_day = (int)(seconds - days * 86400);
    const int64_t fraction = ns % NS_PER_SECOND; /* seconds * 1e9 could overflow */
    const Date d = date_from_days(days);
    const int n =
        snprintf(out, TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", (int)d.year, d.month,
                 d.day, second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60,
                 (int)(fraction < 0 ? fraction + NS_PER_SECOND : fraction));

    return n < 0 ? 0 : (size_t)n;
}

/* Exactly `count` digits at `*at`, which moves behind them. */
static bool take_digits(Str s, size_t *at, size_t count, int *out)
{
    int value = 0;

    if (count > s.len - *at)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char c = s.ptr[*at + i];

        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *at += count;
    *out = value;
    return true;
}

static bool take_char(Str s, size_t *at, char c)
{
    if (*at >= s.len || s.ptr[*at] != c)
        return false;
    ++*at;
    return true;
}

static bool take_date(Str s, size_t *at, Date *out)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year;
    Date d;
    bool leap;

    if (!take_digits(s, at, 4, &year) || !take_char(s, at, '-') ||
        !take_digits(s, at, 2, &d.month) || !take_char(s, at, '-') ||
        !take_digits(s, at, 2, &d.day))
        return false;
    d.year = year;
    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (d.month < 1 || d.month > 12 || d.day < 1 ||
        d.day > lengths[d.month - 1] + (d.month == 2 && leap))
        return false;
    *out = d;
    return true;
}

/* Decimals behind the point as nanoseconds; digits past the ninth are cut. */
static bool take_fraction(Str s, size_t *at, int64_t *ns)
{
    int64_t unit = NS_PER_SECOND / 10;
    const size_t begin = *at;

    *ns = 0;
    for (; *at < s.len && s.ptr[*at] >= '0' && s.ptr[*at] <= '9'; ++*at) {
        *ns += (s.ptr[*at] - '0') * unit;
        unit /= 10;
    }
    return *at > begin;
}

static bool take_clock(Str s, size_t *at, int64_t *seconds, int64_t *ns)
{
    int hour;
    int minute;
    int second;

    if (!take_digits(s, at, 2, &hour) || !take_char(s, at, ':') ||
        !take_digits(s, at, 2, &minute) || !take_char(s, at, ':') ||
        !take_digits(s, at, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    *ns = 0;
    if (take_char(s, at, '.') && !take_fraction(s, at, ns))
        return false;
    *seconds = (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
    return true;
}

static bool take_zone(Str s, size_t *at, int64_t *offset_seconds)
{
    int hours;
    int minutes;
    bool minus;

    *offset_seconds = 0;
    if (take_char(s, at, 'Z') || take_char(s, at, 'z'))
        return true;
    minus = take_char(s, at, '-');
    if (!minus && !take_char(s, at, '+'))
        return false;
    if (!take_digits(s, at, 2, &hours) || !take_char(s, at, ':') ||
        !take_digits(s, at, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *offset_seconds = (minus ? -1 : 1) * ((int64_t)hours * 3600 + (int64_t)minutes * 60);
    return true;
}

static Status to_ns(int64_t seconds, int64_t fraction_ns, int64_t *ns)
{
    const int64_t max_seconds = INT64_MAX / NS_PER_SECOND - 1;

    if (seconds > max_seconds || seconds < -max_seconds)
        return ST_LIMIT;
    *ns = seconds * NS_PER_SECOND + fraction_ns;
    return ST_OK;
}

Status time_from_text(Str s, int64_t *ns)
{
    Date date;
    size_t at = 0;
    int64_t seconds = 0;
    int64_t fraction = 0;
    int64_t offset = 0;

    if (str_find_char(s, '-') == s.len || (s.len && s.ptr[0] == '-'))
        return str_to_i64(s, ns);
    if (!take_date(s, &at, &date))
        return ST_CORRUPT;
    if (at < s.len) {
        if (!take_char(s, &at, 'T') && !take_char(s, &at, 't') && !take_char(s, &at, ' '))
            return ST_CORRUPT;
        if (!take_clock(s, &at, &seconds, &fraction) || !take_zone(s, &at, &offset))
            return ST_CORRUPT;
    }
    if (at != s.len)
        return ST_CORRUPT;
    return to_ns(days_from_date(date) * 86400 + seconds - offset, fraction, ns);
}

static bool unit_ns(Str unit, double *ns)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {
        {"ns", 1},   {"us", 1e3},   {"ms", 1e6},    {"s", 1e9},
        {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}, {"w", 604800e9},
    };

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (str_eq(unit, str_from(units[i].name))) {
            *ns = units[i].ns;
            return true;
        }
    }
    return false;
}

static size_t span_of(Str s, size_t from, bool letters)
{
    size_t i = from;

    while (i < s.len && ((s.ptr[i] >= 'a' && s.ptr[i] <= 'z') == letters))
        i++;
    return i;
}

Status duration_from_text(Str s, int64_t *ns)
{
    double total = 0;

    if (s.len == 0)
        return ST_CORRUPT;
    for (size_t at = 0; at < s.len;) {
        const size_t number_end = span_of(s, at, false);
        const size_t unit_end = span_of(s, number_end, true);
        double number = 0;
        double unit = 0;

        if (str_to_double(str_slice(s, at, number_end), &number) ||
            !unit_ns(str_slice(s, number_end, unit_end), &unit))
            return ST_CORRUPT;
        total += number * unit;
        at = unit_end;
    }
    if (!(total > -9.2e18 && total < 9.2e18))
        return ST_LIMIT;
    *ns = (int64_t)(total + (total < 0 ? -0.5 : 0.5));
    return ST_OK;
}
