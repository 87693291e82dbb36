/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as application/problem+json (RFC 9457). */
#ifndef VIREO_HTTP_PROBLEM_H
#define VIREO_HTTP_PROBLEM_H

#include "http/response.h"

/* Turn `r` into an error.  `field` names the offending input, NULL for none;
 * the detail says what is wrong and what to do.  Never fails: without memory
 * the answer has no body.  Adds Retry-After to 429 and 503. */
void problem(Response *r, int status, const char *field, const char *detail, ...) PRINTF_LIKE(4, 5);
/* With the byte offset in the field at which it went wrong. */
void problem_at(Response *r, int status, const char *field, size_t position, const char *detail,
                ...) PRINTF_LIKE(5, 6);
/* The same from a status of ours: NOTFOUND 404, INVALID and CORRUPT 400, EXISTS 409,
 * BUSY 429, FULL 507, DENIED 403, CLOSED 503, UNSUPPORTED 415, LIMIT 413, else 500. */
void problem_status(Response *r, Status st, const char *field, const char *detail, ...)
    PRINTF_LIKE(4, 5);
int http_code_of(Status st);
/* "Not Found"; never NULL. */
const char *http_reason(int status);

#endif
