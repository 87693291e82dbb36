/* SPDX-License-Identifier: Apache-2.0 */
/* vireo_request(): one call of the REST API on the caller's thread, on a
 * connection of its own, so that it never waits for the sender. */
#include "base/alloc.h"
#include "client/client.h"
#include "client/easy.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_MAX = 256 * 1024 * 1024, REQUEST_URL_MAX = 64 * 1024 };

typedef struct Request {
    CURL *easy;
    struct curl_slist *headers;
    Buf url;
    Buf answer;
    bool too_long;
} Request;

static size_t on_answer(char *data, size_t size, size_t count, void *context)
{
    Request *r = context;
    const size_t len = size * count;

    return buf_append(&r->answer, (Str){data, len}) ? 0 : len;
}

static Status prepare(Request *r, const Settings *s, const char *path, const char *content_type)
{
    Status st = easy_project_url(s, &r->url);

    if (!st)
        st = buf_append(&r->url, str_from(path));
    if (!st)
        st = easy_terminate(&r->url);
    if (!st)
        st = easy_common_headers(s, &r->headers);
    if (!st)
        st = easy_header(&r->headers, "Content-Type", content_type);
    if (!st)
        r->easy = easy_new(s);
    return st ? st : r->easy ? ST_OK : ST_NOMEM;
}

static CURLcode set_body(CURL *easy, const char *body, size_t len)
{
    CURLcode failed;

    if (!body)
        return CURLE_OK;
    failed = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    return failed ? failed : curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
}

static CURLcode set_up(Request *r, const char *method, unsigned timeout_ms)
{
    CURLcode failed = curl_easy_setopt(r->easy, CURLOPT_URL, r->url.data);

    if (!failed && strcmp(method, "HEAD") == 0)
        failed = curl_easy_setopt(r->easy, CURLOPT_NOBODY, 1L);
    if (!failed)
        failed = curl_easy_setopt(r->easy, CURLOPT_CUSTOMREQUEST, method);
    if (!failed)
        failed = curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER, r->headers);
    if (!failed)
        failed = curl_easy_setopt(r->easy, CURLOPT_WRITEFUNCTION, on_answer);
    if (!failed)
        failed = curl_easy_setopt(r->easy, CURLOPT_WRITEDATA, r);
    if (!failed)
        failed = curl_easy_setopt(r->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    return failed;
}

static vireo_status status_of(CURLcode failed, long http_status)
{
    switch (failed) {
    case CURLE_OK:
        return http_status >= 400 ? VIREO_REFUSED : VIREO_OK;
    case CURLE_OPERATION_TIMEDOUT:
        return VIREO_TIMEOUT;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_WRITE_ERROR: /* our own buffer said no */
        return VIREO_NOMEM;
    case CURLE_URL_MALFORMAT:
        return VIREO_INVALID;
    default:
        return VIREO_UNREACHABLE;
    }
}

static vireo_status hand_out(Request *r, long http_status, int *status, char **answer,
                             size_t *answer_len)
{
    size_t len;

    if (status)
        *status = (int)http_status;
    if (answer) {
        if (easy_terminate(&r->answer))
            return VIREO_NOMEM;
        *answer = buf_take(&r->answer, &len);
        if (answer_len)
            *answer_len = len;
    }
    return VIREO_OK;
}

static void request_deinit(Request *r)
{
    if (r->easy)
        curl_easy_cleanup(r->easy);
    curl_slist_free_all(r->headers);
    buf_deinit(&r->url);
    buf_deinit(&r->answer);
}

/* Letters only, and a path that begins with a slash or is empty, without
 * spaces or control characters. */
static bool arguments_fit(const char *method, const char *path)
{
    if (!method || !method[0] || !path || (path[0] && path[0] != '/' && path[0] != '?'))
        return false;
    for (const char *p = method; *p; p++)
        if (*p < 'A' || *p > 'Z')
            return false;
    for (const char *p = path; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return false;
    return true;
}

typedef struct Call {
    const char *method, *path, *content_type;
    const char *body; /* may be NULL */
    size_t body_len;
    unsigned timeout_ms;
} Call;

static vireo_status run(vireo_client *c, const Call *call, int *http_status, char **answer,
                        size_t *answer_len)
{
    Request r = {0};
    long status = 0;
    CURLcode failed = CURLE_OUT_OF_MEMORY;
    vireo_status result;

    if (http_status)
        *http_status = 0;
    if (answer)
        *answer = NULL;
    if (answer_len)
        *answer_len = 0;
    if (!c || !arguments_fit(call->method, call->path))
        return VIREO_INVALID;
    buf_init(&r.url, REQUEST_URL_MAX);
    buf_init(&r.answer, ANSWER_MAX);
    if (prepare(&r, &c->settings, call->path, call->content_type) == ST_OK)
        failed = set_up(&r, call->method, call->timeout_ms);
    if (!failed)
        failed = set_body(r.easy, call->body, call->body_len);
    if (!failed)
        failed = curl_easy_perform(r.easy);
    if (!failed)
        (void)curl_easy_getinfo(r.easy, CURLINFO_RESPONSE_CODE, &status);
    result = status_of(failed, status);
    if (!failed && hand_out(&r, status, http_status, answer, answer_len))
        result = VIREO_NOMEM;
    request_deinit(&r);
    return result;
}

vireo_status vireo_request(vireo_client *c, const char *method, const char *path, const char *body,
                           size_t body_len, unsigned timeout_ms, int *http_status, char **answer,
                           size_t *answer_len)
{
    return run(c, &(Call){method, path, "application/json", body, body_len, timeout_ms},
               http_status, answer, answer_len);
}

/* Printable ASCII: the type goes into a header as it is. */
static bool is_media_type(const char *text)
{
    if (!text || !text[0])
        return false;
    for (const char *p = text; *p; p++)
        if (*p < ' ' || *p > '~')
            return false;
    return true;
}

vireo_status vireo_blob_put(vireo_client *c, const char *media_type, const void *data, size_t len,
                            unsigned timeout_ms, int *http_status, char **answer,
                            char sha256[VIREO_SHA256_CHARS + 1])
{
    char path[sizeof "/blobs/" + VIREO_SHA256_CHARS];
    uint8_t hash[crypto_hash_sha256_BYTES];

    if (http_status)
        *http_status = 0;
    if (answer)
        *answer = NULL;
    if (!is_media_type(media_type) || (!data && len))
        return VIREO_INVALID;
    (void)crypto_hash_sha256(hash, data ? data : (const uint8_t *)"", len);
    hex_encode(hash, sizeof hash, sha256);
    sha256[VIREO_SHA256_CHARS] = '\0';
    (void)snprintf(path, sizeof path, "/blobs/%s", sha256);
    return run(c, &(Call){"PUT", path, media_type, data ? data : "", len, timeout_ms}, http_status,
               answer, NULL);
}
