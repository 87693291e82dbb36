/* SPDX-License-Identifier: Apache-2.0 */
/* Structured log: one line a call, logfmt (`level=info msg="..." key=value`).
 *
 * base/ does no I/O: the program sets a sink once at start, before threads.
 * Until then, and in the client library, lines are dropped.  Never log user
 * content, keys or passwords. */
#ifndef VIREO_BASE_LOG_H
#define VIREO_BASE_LOG_H

#include "base/str.h"

typedef enum LogLevel { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR } LogLevel;

/* Gets a whole line with its newline.  Called from any thread. */
typedef void LogSink(void *context, LogLevel level, Str line);

void log_set_sink(LogSink *sink, void *context, LogLevel min_level);
bool log_level_from_text(Str s, LogLevel *out);

/* `fields` is a printf format of ` key=value` pairs, or "" for none.  Quote
 * what may hold spaces with %s inside \"...\".  Lines are cut at 2 kB. */
void log_line(LogLevel level, const char *msg, const char *fields, ...) PRINTF_LIKE(3, 4);

#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)

#endif
