/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping web pages in the user's browser away from a server without keys.
 *
 * A page can send requests to 127.0.0.1 (it cannot read the answers), and with
 * a name of its own that resolves to 127.0.0.1 it can read them too (DNS
 * rebinding).  The first is told by Origin and Sec-Fetch-Site, which scripts
 * cannot forge, the second by Host. */
#ifndef VIREO_HTTP_ORIGIN_H
#define VIREO_HTTP_ORIGIN_H

#include "http/request.h"

/* Whether Host, without its port, is one of `hosts`; a missing Host is not. */
bool host_allowed(const Request *q, const Str *hosts, size_t count);
/* Whether the request may change something: it comes from no page, or from a
 * page of this very server. */
bool origin_allowed(const Request *q);

#endif
