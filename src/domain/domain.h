/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of Vireo on top of catalogue and blobs: one handle for project.h,
 * key.h, model.h, reference.h and ingest.h.
 *
 * All functions of the folder are thread-safe.  Texts of results live in the
 * arena that the caller gives.
 *
 * Start and stop, in this order:
 *
 *     catalog_open, blobs_open_dir, domain_open, ingest_open,
 *     ingest_store_options, store_open, ingest_attach ...
 *     ... store_close, ingest_close, domain_close, blobs_close, catalog_close */
#ifndef VIREO_DOMAIN_DOMAIN_H
#define VIREO_DOMAIN_DOMAIN_H

#include "blob/blob.h"
#include "catalog/catalog.h"
#include "results/results.h"

typedef struct Domain Domain;

/* What was wrong with what the user sent: `field` names the member of the body
 * (empty: the whole), err.msg says what to do. */
typedef struct FieldErr {
    Err err;
    char field[64];
} FieldErr;

/* Both are borrowed and must outlive the domain.  Makes the project "default". */
MUST_CHECK Status domain_open(Catalog *catalog, Blobs *blobs, Domain **out);
void domain_close(Domain *d);
/* Where result rows are kept; borrowed.  Before the first request, and never in processes that
 * only read the catalogue. */
void domain_use_results(Domain *d, Results *results);

/* For doctor and backup. */
Catalog *domain_catalog(Domain *d);
Blobs *domain_blobs(Domain *d);

/* Fill `e` (may be NULL) and return `code`. */
Status field_err_set(FieldErr *e, Status code, const char *field, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

#endif
