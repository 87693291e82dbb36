/* SPDX-License-Identifier: Apache-2.0 */
/* Parcel: one thing to deliver, as the transport sends it and the spool keeps it. */
#ifndef VIREO_CLIENT_PARCEL_H
#define VIREO_CLIENT_PARCEL_H

#include "base/str.h"

/* On disk: numbers never change their meaning. */
typedef enum ParcelKind {
    PARCEL_SPANS = 1, /* body: ExportTraceServiceRequest */
    PARCEL_BLOB = 2,  /* name: "<sha256 in hex> <media type>"; body: its bytes */
    PARCEL_MODEL = 3, /* name: of the model; body: JSON of its registration */
    PARCEL_SCORES = 4 /* body: JSON as POST .../scores takes it */
} ParcelKind;

enum { PARCEL_SHA256_HEX = 64, PARCEL_NAME_MAX = 1024, PARCEL_BODY_MAX = 256 * 1024 * 1024 };

/* Borrowed; whoever makes one says how long its bytes live. */
typedef struct Parcel {
    ParcelKind kind;
    bool zstd;      /* the body is compressed */
    uint32_t count; /* of the spans or scores in it */
    Str name;
    Str body;
} Parcel;

/* What counts when it gets lost: its spans, its scores, or itself. */
uint64_t parcel_records(const Parcel *p);

#endif
