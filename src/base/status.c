/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of Status codes and the filling of Err. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

const char *status_text(Status st)
{
    static const char *const texts[] = {
#define STATUS_TEXT(name, text) text,
        STATUS_MAP(STATUS_TEXT)
#undef STATUS_TEXT
    };

    return (size_t)st < sizeof texts / sizeof *texts ? texts[st] : "unknown status";
}

Status err_set(Err *e, Status code, size_t pos, const char *fmt, ...)
{
    va_list ap;

    if (!e)
        return code;
    e->code = code;
    e->pos = pos;
    va_start(ap, fmt);
    (void)vsnprintf(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
    return code;
}
