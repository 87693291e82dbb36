/* SPDX-License-Identifier: Apache-2.0 */
/* Files of traces, whatever their format, as OTLP requests ready to be sent.
 *
 *   .json .jsonl .ndjson   OTLP JSON, one ExportTraceServiceRequest a line or one in
 *                          all, as the OpenTelemetry Collector's file exporter writes it
 *   .pb .binpb .otlp       one ExportTraceServiceRequest in protobuf
 *   .parquet               a segment of Vireo, or what `vireo export` wrote
 *   ... .gz .zst           any but Parquet, compressed */
#ifndef VIREO_CLI_SPANS_IN_H
#define VIREO_CLI_SPANS_IN_H

#include "cli/cli.h"

/* One request; ST_OK to go on. */
typedef struct SpanSink {
    Status (*send)(void *context, Str body, bool json);
    void *context;
} SpanSink;

enum { SPANS_FILE_MAX = 1 << 30, SPANS_BATCH_BYTES = 4 << 20, SPANS_BATCH = 5000 };

/* Whether the name says that it is such a file. */
bool spans_known(Str name);
MUST_CHECK Status spans_read_file(const char *path, SpanSink sink, Err *err);
/* parquet_in.c */
MUST_CHECK Status spans_read_parquet(const char *path, SpanSink sink, Err *err);

#endif
