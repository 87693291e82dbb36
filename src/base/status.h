/* SPDX-License-Identifier: Apache-2.0 */
/* Status: the one error type of every fallible function.
 *
 * A function that can fail returns a Status, gives results through its last
 * pointer arguments and leaves those untouched on failure.  Callers check at
 * once: `if (st) return st;`.  A human reads an Err, which adds the place and
 * the words; only the edges (API, CLI, config) build one. */
#ifndef VIREO_BASE_STATUS_H
#define VIREO_BASE_STATUS_H

#include <stddef.h>

#if defined(__GNUC__)
#define MUST_CHECK            __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, arg) __attribute__((format(printf, fmt, arg)))
#else
#define MUST_CHECK
#define PRINTF_LIKE(fmt, arg)
#endif

/* name, text for people */
#define STATUS_MAP(X)                                \
    X(OK, "ok")                                      \
    X(NOMEM, "out of memory")                        \
    X(LIMIT, "a configured limit was hit")           \
    X(CORRUPT, "malformed input")                    \
    X(IO, "input/output error")                      \
    X(FULL, "no space left on the device")           \
    X(NOTFOUND, "not found")                         \
    X(EXISTS, "already exists")                      \
    X(INVALID, "invalid argument")                   \
    X(UNSUPPORTED, "not supported")                  \
    X(BUSY, "in use or overloaded, try again later") \
    X(DENIED, "not allowed")                         \
    X(CLOSED, "closed or shutting down")             \
    X(TIMEOUT, "timed out")                          \
    X(VERSION, "written by a newer version")

typedef enum Status {
#define STATUS_ENUM(name, text) ST_##name,
    STATUS_MAP(STATUS_ENUM)
#undef STATUS_ENUM
} Status;

/* Text for people; never NULL, static. */
const char *status_text(Status st);

/* An error that a person reads.  `msg` names the field and what to do. */
typedef struct Err {
    Status code;
    size_t pos; /* byte offset in the input, where there is one */
    char msg[256];
} Err;

/* Fill `e` (may be NULL) and return `code`, so that a caller can
 * `return err_set(e, ST_INVALID, 0, "...")`. Too long a text is cut. */
Status err_set(Err *e, Status code, size_t pos, const char *fmt, ...) PRINTF_LIKE(4, 5);

#endif
