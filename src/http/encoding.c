/* SPDX-License-Identifier: Apache-2.0 */
/* See encoding.h.  The least levels save most of it.  5.4 MB of texts took 21 ms with zstd and 220
 * with gzip, which therefore is only for those who take nothing better. */
#include "http/encoding.h"

enum { LEVEL = 1 };

/* "q=0", "q=0.000": never. */
static bool is_refused(Str parameters)
{
    Str name;
    Str value;
    double weight;

    return str_cut(parameters, '=', &name, &value) && str_eq_nocase(str_trim(name), STR("q")) &&
           str_to_double(str_trim(value), &weight) == ST_OK && !(weight > 0);
}

Compression encoding_accepted(Str accept)
{
    Compression best = COMPRESSION_NONE;

    while (accept.len) {
        Str item;
        Str name;
        Str parameters;

        (void)str_cut(accept, ',', &item, &accept);
        (void)str_cut(item, ';', &name, &parameters);
        name = str_trim(name);
        if (is_refused(parameters))
            continue;
        if (str_eq_nocase(name, STR("zstd")))
            best = COMPRESSION_ZSTD;
        else if (str_eq_nocase(name, STR("gzip")) && best == COMPRESSION_NONE)
            best = COMPRESSION_GZIP;
    }
    return best;
}

void response_encode(const Request *q, Response *r)
{
    Compression how;
    Buf small;

    if (r->kind != BODY_BYTES || r->body.len < ENCODING_MIN_BYTES ||
        !str_eq(r->content_type, STR("application/json")))
        return;
    how = encoding_accepted(request_header(q, STR("accept-encoding")));
    response_header(r, STR("Vary"), STR("Accept-Encoding"));
    if (how == COMPRESSION_NONE)
        return;
    buf_init(&small, r->body.len);
    if (compress_into(how, LEVEL, buf_str(&r->body), &small) != ST_OK) {
        buf_deinit(&small);
        return;
    }
    buf_deinit(&r->body);
    r->body = small;
    response_header(r, STR("Content-Encoding"),
                    how == COMPRESSION_ZSTD ? STR("zstd") : STR("gzip"));
}
