/* SPDX-License-Identifier: Apache-2.0 */
/* Serving the embedded page.
 *
 * Assets are sent as they were compressed at build time, whatever the client
 * accepts: every browser takes gzip.  Scripts and styles come only from this
 * server; nothing may frame the page. */
#include "http/page.h"

static const char page_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src blob:; font-src 'self'; connect-src 'self'; frame-src 'self' blob:; "
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

static const PageAsset *find_asset(const PageTable *page, Str path)
{
    size_t low = 0;
    size_t high = page->count;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const int order = str_cmp(path, str_from(page->assets[mid].path));

        if (order == 0)
            return &page->assets[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

/* Paths that never are one of the page's own: a missing one is a 404. */
static bool is_not_page_path(Str path)
{
    return str_starts(path, STR("/api/")) || str_starts(path, STR("/v1/")) ||
           str_starts(path, STR("/assets/"));
}

/* A name in a deep link may hold a dot, so a browser's navigation counts too. */
static bool is_navigation(const Request *q)
{
    const Str accept = request_header(q, STR("accept"));

    return str_find_char(q->path, '.') == q->path.len ||
           str_find(accept, STR("text/html")) < accept.len;
}

bool page_answer(const PageTable *page, const Request *q, Response *r)
{
    const PageAsset *asset = find_asset(page, q->path);

    if (!asset && !is_not_page_path(q->path) && is_navigation(q))
        asset = find_asset(page, STR("/index.html"));
    if (!asset)
        return false;
    response_header(r, STR("Cache-Control"),
                    asset->immutable ? STR("public, max-age=31536000, immutable")
                                     : STR("no-cache"));
    response_header(r, STR("Content-Security-Policy"), str_from(page_policy));
    response_header(r, STR("Cross-Origin-Opener-Policy"), STR("same-origin"));
    if (response_etag(q, r, str_from(asset->etag)))
        return true;
    if (asset->gzip)
        response_header(r, STR("Content-Encoding"), STR("gzip"));
    response_type(r, 200, str_from(asset->content_type));
    r->kind = BODY_SHARED;
    r->shared.bytes = (Str){(const char *)asset->bytes, asset->size};
    return true;
}
