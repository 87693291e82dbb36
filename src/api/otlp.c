/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP/HTTP for traces: POST /v1/traces.
 *
 * The answer, also an error, is in the encoding of the request, as the OTLP
 * specification asks.  Clients send again after 429 and 503 only, hence an I/O
 * error of ours is a 503: what failed now may work later. */
#include "api/reply.h"
#include "codec/compress.h"
#include "domain/project.h"
#include "otlp/encode.h"

/* "application/json; charset=utf-8" -> "application/json" */
static Str media_type(const Request *q)
{
    const Str type = request_header(q, STR("content-type"));

    return str_trim(str_slice(type, 0, str_find_char(type, ';')));
}

static OtlpEncoding answer_encoding(const Request *q)
{
    return str_eq_nocase(media_type(q), STR("application/x-protobuf")) ? OTLP_PROTOBUF : OTLP_JSON;
}

static void set_type(Response *r, OtlpEncoding encoding, int status)
{
    response_type(r, status,
                  encoding == OTLP_PROTOBUF ? STR("application/x-protobuf")
                                            : STR("application/json"));
}

/* gRPC's numbers, which google.rpc.Status uses. */
static int grpc_code(int status)
{
    static const struct {
        int http, grpc;
    } codes[] = {{400, 3}, {401, 16}, {403, 7}, {404, 5},  {405, 12},
                 {413, 8}, {415, 3},  {429, 8}, {503, 14}, {507, 8}};

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i].http == status)
            return codes[i].grpc;
    }
    return 13;
}

void otlp_error(const Request *q, Response *r, int status, const char *detail)
{
    const OtlpEncoding encoding = answer_encoding(q);

    response_reset(r);
    set_type(r, encoding, status);
    if (status == 429 || status == 503 || status == 507)
        response_header(r, STR("Retry-After"), status == 507 ? STR("30") : STR("1"));
    if (otlp_encode_error(encoding, grpc_code(status), str_from(detail), &r->body) != ST_OK)
        buf_clear(&r->body);
}

/* False: refused. */
static bool read_content(const Request *q, Response *r, IngestRequest *out)
{
    const Str type = media_type(q);
    Compression compression;

    if (str_eq_nocase(type, STR("application/json"))) {
        out->content = CONTENT_JSON;
    } else if (str_eq_nocase(type, STR("application/x-protobuf"))) {
        out->content = CONTENT_PROTOBUF;
    } else {
        otlp_error(q, r, 415, "Content-Type: must be application/x-protobuf or application/json");
        return false;
    }
    if (compression_from_text(request_header(q, STR("content-encoding")), &compression) != ST_OK) {
        otlp_error(q, r, 415, "Content-Encoding: must be gzip, zstd or identity");
        return false;
    }
    out->encoding = compression == COMPRESSION_GZIP   ? ENCODING_GZIP
                    : compression == COMPRESSION_ZSTD ? ENCODING_ZSTD
                                                      : ENCODING_IDENTITY;
    out->body = q->body;
    out->buffer = q->buffer;
    return true;
}

/* Percent-encoded where it has to be; what does not decode is meant as it is. */
static Str project_header(const Request *q)
{
    const Str raw = str_trim(request_header(q, STR("x-vireo-project")));
    Str name;

    return percent_decode(raw, false, q->arena, &name) == ST_OK ? name : raw;
}

static bool refuse_project(const Request *q, Response *r, Status st, const FieldErr *e, Str name)
{
    Str text;

    if (st == ST_NOTFOUND &&
        arena_printf(q->arena, &text, "there is no project \"%.*s\"%c", STR_ARG(name), 0) == ST_OK)
        otlp_error(q, r, 404, text.ptr);
    else
        otlp_error(q, r, http_code_of(st), e->err.msg[0] ? e->err.msg : status_text(st));
    return false;
}

/* The project of the header, else that of the key, else the resources say.
 * False: refused. */
static bool read_project(Api *a, const Request *q, Response *r, IngestRequest *out)
{
    const Caller *c = caller_of(q);
    const Str name = project_header(q);
    FieldErr e = {0};
    bool created;
    Status st;

    out->may_make_project = c->trusted;
    out->project_id = c->trusted ? 0 : c->grant.project_id;
    if (!name.len)
        return true;
    if (c->trusted)
        st = project_ensure(a->domain, name, &out->project_id, &created, &e);
    else
        st = project_find(a->domain, name, &out->project_id, &e);
    if (!c->trusted && c->grant.project_id && (st || out->project_id != c->grant.project_id)) {
        otlp_error(q, r, 403, "this key is not for the project in x-vireo-project");
        return false;
    }
    return st ? refuse_project(q, r, st, &e, name) : true;
}

static int status_of(Status st)
{
    return st == ST_IO ? 503 : http_code_of(st);
}

void otlp_post_traces(void *context, Request *q, Response *r)
{
    Api *a = context;
    IngestRequest request = {0};
    IngestResult result = {0};
    Err err = {0};
    Status st;

    if (!read_content(q, r, &request) || !read_project(a, q, r, &request))
        return;
    st = ingest_spans(a->ingest, &request, &result, &err);
    if (st) {
        otlp_error(q, r, status_of(st), err.msg[0] ? err.msg : status_text(st));
        return;
    }
    set_type(r, answer_encoding(q), 200);
    if (otlp_encode_response(answer_encoding(q), result.rejected, str_from(result.first.msg),
                             &r->body) != ST_OK)
        otlp_error(q, r, 503, "out of memory");
}
