/* SPDX-License-Identifier: Apache-2.0 */
/* What every request of ours shares: options of a curl handle, paths, headers. */
#ifndef VIREO_CLIENT_EASY_H
#define VIREO_CLIENT_EASY_H

#include "base/buf.h"
#include "client/settings.h"

#include <curl/curl.h>

/* NULL when memory is out.  No signals, no redirects, only http and https, no
 * proxy for this machine. */
CURL *easy_new(const Settings *s);

/* Headers of all requests; *list is NULL before the first.  On failure the
 * caller frees what is there. */
MUST_CHECK Status easy_header(struct curl_slist **list, const char *name, const char *value);
MUST_CHECK Status easy_common_headers(const Settings *s, struct curl_slist **list);

/* Append `s` with everything but unreserved characters as %XX. */
MUST_CHECK Status easy_escape(Buf *b, Str s);
/* Append "{url}/api/v1/projects/{project}". */
MUST_CHECK Status easy_project_url(const Settings *s, Buf *b);
/* A NUL behind the text, not counted in its length. */
MUST_CHECK Status easy_terminate(Buf *b);

#endif
