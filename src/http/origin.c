/* SPDX-License-Identifier: Apache-2.0 */
/* Host and origin checks: string comparisons only, nothing is resolved. */
#include "http/origin.h"

/* "localhost:4318" -> "localhost", "[::1]:4318" -> "[::1]". */
static Str without_port(Str host)
{
    if (host.len && host.ptr[0] == '[') {
        const size_t end = str_find_char(host, ']');

        return end < host.len ? str_slice(host, 0, end + 1) : host;
    }
    return str_slice(host, 0, str_find_char(host, ':'));
}

bool host_allowed(const Request *q, const Str *hosts, size_t count)
{
    const Str host = without_port(request_header(q, STR("host")));

    for (size_t i = 0; i < count; i++) {
        if (host.len && str_eq_nocase(host, hosts[i]))
            return true;
    }
    return false;
}

static bool is_safe_method(Str method)
{
    return str_eq(method, STR("GET")) || str_eq(method, STR("HEAD")) ||
           str_eq(method, STR("OPTIONS"));
}

bool origin_allowed(const Request *q)
{
    const Str site = request_header(q, STR("sec-fetch-site"));
    const Str origin = request_header(q, STR("origin"));
    size_t scheme;

    if (is_safe_method(q->method))
        return true;
    if (site.len && !str_eq(site, STR("same-origin")) && !str_eq(site, STR("none")))
        return false;
    if (!origin.len)
        return true;
    scheme = str_find(origin, STR("://"));
    return scheme < origin.len &&
           str_eq_nocase(str_slice(origin, scheme + 3, origin.len), request_header(q, STR("host")));
}
