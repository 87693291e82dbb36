/* SPDX-License-Identifier: Apache-2.0 */
/* Ingest: a request's bytes -> decoded, normalised, versions resolved -> store.
 *
 * The same code decodes a log record after a restart, so that what is rebuilt is
 * what was accepted.
 *
 * Projects: an explicit project (the x-vireo-project header, or the key's) takes
 * all spans.  Else each ResourceSpans goes to the project of its resource
 * attribute vireo.project, else to "default"; a request for several projects is
 * logged once for each of them (at most INGEST_MAX_PROJECTS).  They are appended one
 * after the other: when a later one fails, the client sends all again, and readers
 * drop what came twice.
 *
 * Runs: a span with a model and a version is one run of it; error: its status is error.
 * Counts become durable in the same transaction as the segments that hold their spans
 * (ingest_store_options sets that up), hence exact after a crash, except rejected
 * spans: those since the last ingest_save_counters() are forgotten. */
#ifndef VIREO_DOMAIN_INGEST_H
#define VIREO_DOMAIN_INGEST_H

#include "base/buf.h"
#include "domain/domain.h"
#include "store/store.h"

enum { INGEST_MAX_PROJECTS = 16 };
#define INGEST_MAX_BODY    ((size_t)64 << 20)  /* as it came */
#define INGEST_MAX_DECODED ((size_t)128 << 20) /* decompressed */
#define INGEST_MAX_MEMORY  ((size_t)256 << 20) /* decompressed and decoded */

typedef enum IngestContent { CONTENT_PROTOBUF = 0, CONTENT_JSON = 1 } IngestContent;
typedef enum IngestEncoding {
    ENCODING_IDENTITY = 0,
    ENCODING_GZIP = 1,
    ENCODING_ZSTD = 2
} IngestEncoding;

typedef struct Ingest Ingest;

typedef struct IngestRequest {
    IngestContent content;
    IngestEncoding encoding;
    Str body;
    Buf *buffer;           /* holds `body`: its bytes go over to the spans; NULL: they are copied */
    int64_t project_id;    /* explicit project; 0: the resources say */
    bool may_make_project; /* resources may name projects that do not exist */
} IngestRequest;

typedef struct IngestResult {
    uint64_t accepted; /* spans that are durable now */
    uint64_t rejected;
    Err first; /* why the first rejected one was; code ST_OK: none */
} IngestResult;

/* `dir` is the store's directory. */
MUST_CHECK Status ingest_open(Domain *d, const char *dir, Ingest **out);
/* After store_close(); writes the last counts. */
void ingest_close(Ingest *in);
/* Set index, decode and decode_context. */
void ingest_store_options(Ingest *in, StoreOptions *options);
/* The store to append to. */
void ingest_attach(Ingest *in, Store *store);

/* ST_OK: what was accepted is durable (perhaps nothing; see the result).  A span
 * whose project cannot be is rejected by itself.
 * ST_CORRUPT, ST_INVALID: not decodable at all, err says why; ST_LIMIT: too large;
 * ST_NOMEM, ST_BUSY, ST_FULL, ST_IO: not now, try again later. */
MUST_CHECK Status ingest_spans(Ingest *in, const IngestRequest *request, IngestResult *out,
                               Err *err);

/* Write counts that are only in memory (rejected spans); the scheduler calls it
 * every minute. */
MUST_CHECK Status ingest_save_counters(Ingest *in);

/* Called with the project and number of spans after each append, from any
 * thread; for live views.  Must be quick.  Set before the first request. */
void ingest_on_append(Ingest *in, void (*notify)(void *context, int64_t project_id, size_t spans),
                      void *context);

#endif
