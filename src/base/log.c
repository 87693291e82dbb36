/* SPDX-License-Identifier: Apache-2.0 */
/* One line is built on the stack and handed to the sink whole. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_MAX_BYTES = 2048 };

/* The one piece of process state in base/: set once, before threads start. */
static struct {
    LogSink *sink;
    void *context;
    LogLevel min_level;
} target;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_set_sink(LogSink *sink, void *context, LogLevel min_level)
{
    target.sink = sink;
    target.context = context;
    target.min_level = min_level;
}

bool log_level_from_text(Str s, LogLevel *out)
{
    for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++) {
        if (str_eq_nocase(s, str_from(level_names[i]))) {
            *out = (LogLevel)i;
            return true;
        }
    }
    return false;
}

/* Control characters would let logged text forge lines. */
static void blank_controls(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7F)
            text[i] = ' ';
}

void log_line(LogLevel level, const char *msg, const char *fields, ...)
{
    char line[LINE_MAX_BYTES];
    const size_t room = sizeof line - 1; /* the newline */
    size_t len;
    va_list ap;
    int n;

    if (!target.sink || level < target.min_level)
        return;
    n = snprintf(line, room, "level=%s msg=\"%s\"", level_names[level], msg);
    len = n < 0 ? 0 : ((size_t)n < room ? (size_t)n : room - 1);
    va_start(ap, fields);
    n = vsnprintf(line + len, room - len, fields, ap);
    va_end(ap);
    if (n > 0)
        len = (size_t)n < room - len ? len + (size_t)n : room - 1;
    blank_controls(line, len);
    line[len++] = '\n';
    target.sink(target.context, level, (Str){line, len});
}
