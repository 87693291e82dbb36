/* SPDX-License-Identifier: Apache-2.0 */
/* Problem documents: built in one place so that all errors look alike. */
#include "http/problem.h"

#include "codec/json_write.h"

#include <stdarg.h>
#include <stdio.h>

/* status, reason */
#define HTTP_REASONS(X)              \
    X(200, "OK")                     \
    X(201, "Created")                \
    X(204, "No Content")             \
    X(304, "Not Modified")           \
    X(400, "Bad Request")            \
    X(401, "Unauthorized")           \
    X(403, "Forbidden")              \
    X(404, "Not Found")              \
    X(405, "Method Not Allowed")     \
    X(409, "Conflict")               \
    X(413, "Content Too Large")      \
    X(414, "URI Too Long")           \
    X(415, "Unsupported Media Type") \
    X(421, "Misdirected Request")    \
    X(429, "Too Many Requests")      \
    X(500, "Internal Server Error")  \
    X(503, "Service Unavailable")    \
    X(504, "Gateway Timeout")        \
    X(507, "Insufficient Storage")

const char *http_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
#define HTTP_REASON_ROW(code, text) {code, text},
        HTTP_REASONS(HTTP_REASON_ROW)
#undef HTTP_REASON_ROW
    };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Error";
}

int http_code_of(Status st)
{
    static const int codes[] = {
        [ST_OK] = 200,      [ST_NOMEM] = 503,       [ST_LIMIT] = 413,    [ST_CORRUPT] = 400,
        [ST_IO] = 500,      [ST_FULL] = 507,        [ST_NOTFOUND] = 404, [ST_EXISTS] = 409,
        [ST_INVALID] = 400, [ST_UNSUPPORTED] = 415, [ST_BUSY] = 429,     [ST_DENIED] = 403,
        [ST_CLOSED] = 503,  [ST_TIMEOUT] = 503,     [ST_VERSION] = 500,
    };
    const size_t i = (size_t)st;

    return i < sizeof codes / sizeof codes[0] ? codes[i] : 500;
}

static void write_problem(Response *r, int status, const char *field, const size_t *position,
                          Str detail)
{
    JsonWriter w;

    response_reset(r);
    response_type(r, status, STR("application/problem+json"));
    if (status == 429 || status == 503)
        response_header(r, STR("Retry-After"), STR("1"));
    w = jw_init(&r->body);
    jw_object(&w);
    jw_key_str(&w, STR("type"), STR("about:blank"));
    jw_key_str(&w, STR("title"), str_from(http_reason(status)));
    jw_key_int(&w, STR("status"), status);
    jw_key_str(&w, STR("detail"), detail);
    if (field)
        jw_key_str(&w, STR("field"), str_from(field));
    if (position)
        jw_key_uint(&w, STR("position"), *position);
    jw_object_end(&w);
    if (jw_done(&w) != ST_OK)
        buf_clear(&r->body);
}

/* Formatted into `text` first, since arguments may point into `r`. */
static Str format_detail(char *text, size_t size, const char *detail, va_list args)
{
    const int n = vsnprintf(text, size, detail, args);
    const size_t len = n < 0 ? 0 : (size_t)n;

    return (Str){text, len < size ? len : size - 1};
}

void problem(Response *r, int status, const char *field, const char *detail, ...)
{
    char text[512];
    Str message;
    va_list args;

    va_start(args, detail);
    message = format_detail(text, sizeof text, detail, args);
    va_end(args);
    write_problem(r, status, field, NULL, message);
}

void problem_at(Response *r, int status, const char *field, size_t position, const char *detail,
                ...)
{
    char text[512];
    Str message;
    va_list args;

    va_start(args, detail);
    message = format_detail(text, sizeof text, detail, args);
    va_end(args);
    write_problem(r, status, field, &position, message);
}

void problem_status(Response *r, Status st, const char *field, const char *detail, ...)
{
    char text[512];
    Str message;
    va_list args;

    va_start(args, detail);
    message = format_detail(text, sizeof text, detail, args);
    va_end(args);
    write_problem(r, http_code_of(st), field, NULL, message);
}
