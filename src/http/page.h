/* SPDX-License-Identifier: Apache-2.0 */
/* The web page, embedded: a table that tools/embed_page.py generates. */
#ifndef VIREO_HTTP_PAGE_H
#define VIREO_HTTP_PAGE_H

#include "http/response.h"

typedef struct PageAsset {
    const char *path; /* "/index.html", "/assets/index-Bx3k.js" */
    const char *content_type;
    const char *etag;           /* with quotes */
    const unsigned char *bytes; /* compressed with gzip if `gzip` */
    size_t size;
    bool gzip;
    bool immutable; /* its name holds a hash of its contents: cache for ever */
} PageAsset;

typedef struct PageTable {
    const PageAsset *assets; /* sorted by path */
    size_t count;
} PageTable;

extern const PageTable vireo_page; /* in the generated file */

/* Answer a GET that no route matched: the asset of that path, or index.html
 * for a path without a dot, since the page's own router takes it from there.
 * False: no such thing, the caller answers 404. */
bool page_answer(const PageTable *page, const Request *q, Response *r);

#endif
