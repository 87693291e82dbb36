/* SPDX-License-Identifier: Apache-2.0 */
#include "client/easy.h"

#include "vireo/vireo.h"

#include <stdio.h>

static bool is_loopback(Str url)
{
    static const char *const hosts[] = {"://127.", "://localhost", "://[::1]"};
    const size_t at = str_find(url, STR("://"));

    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (str_starts(str_slice(url, at, url.len), str_from(hosts[i])))
            return true;
    return false;
}

CURL *easy_new(const Settings *s)
{
    CURL *easy = curl_easy_init();
    CURLcode failed;

    if (!easy)
        return NULL;
    failed = curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    if (!failed)
        failed = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (!failed)
        failed = curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    if (!failed)
        failed = curl_easy_setopt(easy, CURLOPT_USERAGENT, "vireo/" VIREO_VERSION);
    /* A proxy from the environment cannot reach this machine's own addresses. */
    if (!failed && is_loopback(str_from(s->url)))
        failed = curl_easy_setopt(easy, CURLOPT_PROXY, "");
    if (!failed)
        return easy;
    curl_easy_cleanup(easy);
    return NULL;
}

Status easy_header(struct curl_slist **list, const char *name, const char *value)
{
    struct curl_slist *longer;
    Status st;
    Buf line;

    buf_init(&line, 8192);
    st = buf_printf(&line, "%s: %s", name, value);
    if (!st)
        st = easy_terminate(&line);
    if (!st) {
        longer = curl_slist_append(*list, line.data);
        if (longer)
            *list = longer;
        else
            st = ST_NOMEM;
    }
    buf_deinit(&line);
    return st;
}

Status easy_common_headers(const Settings *s, struct curl_slist **list)
{
    Status st = easy_header(list, "x-vireo-project", s->project);
    char bearer[SETTINGS_TEXT_MAX + 16];

    if (st || !s->api_key[0])
        return st;
    (void)snprintf(bearer, sizeof bearer, "Bearer %s", s->api_key);
    return easy_header(list, "Authorization", bearer);
}

Status easy_escape(Buf *b, Str s)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.len; i++) {
        const unsigned char c = (unsigned char)s.ptr[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        const char escaped[3] = {'%', digits[c >> 4], digits[c & 15]};
        const Status st =
            plain ? buf_append_char(b, (char)c) : buf_append(b, (Str){escaped, sizeof escaped});

        if (st)
            return st;
    }
    return ST_OK;
}

Status easy_project_url(const Settings *s, Buf *b)
{
    Status st = buf_printf(b, "%s/api/v1/projects/", s->url);

    return st ? st : easy_escape(b, str_from(s->project));
}

Status easy_terminate(Buf *b)
{
    const Status st = buf_append_char(b, '\0');

    if (!st)
        b->len--;
    return st;
}
