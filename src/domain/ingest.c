/* SPDX-License-Identifier: Apache-2.0 */
/* See ingest.h.
 *
 * The code of a log record (StoreRecord.kind):
 *
 *     bit 0     content: 0 protobuf, 1 JSON
 *     bits 1-2  encoding: 0 identity, 1 gzip, 2 zstd
 *     bit 3     0: only the spans whose resource names the record's project
 *               1: all spans of the body
 *
 * The rule of bit 3 compares names, which never change, so a record means the same spans
 * whenever it is read. */
#include "domain/ingest.h"

#include "base/alloc.h"
#include "base/log.h"
#include "catalog/segment.h"
#include "catalog/tombstone.h"
#include "codec/compress.h"
#include "domain/internal.h"
#include "domain/project.h"
#include "domain/publish.h"
#include "domain/resolve.h"
#include "os/clock.h"
#include "otlp/decode.h"
#include "otlp/normalise.h"
#include "otlp/score_events.h"

#include <string.h>

enum { KIND_JSON = 1, KIND_ENCODING_SHIFT = 1, KIND_ENCODING_MASK = 3, KIND_WHOLE = 8 };

struct Ingest {
    Domain *domain;
    char *dir;
    void (*notify)(void *context, int64_t project_id, size_t spans);
    void *notify_context;
};

/* ------------------------------------------------------------ decoding */

/* The buffer's bytes are the chunk's from now on, at the same place. */
static Str hold(Chunk *chunk, Buf *buffer)
{
    Str body;

    chunk->body_cap = buffer->cap;
    chunk->body = buf_take(buffer, &body.len);
    chunk->arena.limit -= body.len < chunk->arena.limit ? body.len : chunk->arena.limit;
    body.ptr = chunk->body;
    return body;
}

/* A buffer that grew as its length came to light may be half empty. */
static Str hold_fitted(Chunk *chunk, Buf *buffer)
{
    Str body = hold(chunk, buffer);

    if (chunk->body_cap - body.len > body.len / 8) {
        char *fitted = mem_realloc(chunk->body, body.len);

        if (fitted) {
            chunk->body = fitted;
            chunk->body_cap = body.len;
        }
    }
    body.ptr = chunk->body;
    return body;
}

static Status inflate(uint32_t kind, Str body, Chunk *chunk, Str *out)
{
    static const Compression encodings[] = {COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD};
    const uint32_t encoding = kind >> KIND_ENCODING_SHIFT & KIND_ENCODING_MASK;
    Buf plain;
    Status st;

    if (encoding > ENCODING_ZSTD)
        return ST_UNSUPPORTED;
    buf_init(&plain, INGEST_MAX_DECODED);
    st = decompress(encodings[encoding], body, &plain);
    if (!st)
        *out = hold_fitted(chunk, &plain);
    buf_deinit(&plain);
    return st;
}

/* The body that the spans will borrow from, the chunk's own. */
static Status take_body(uint32_t kind, Str body, Buf *buffer, Chunk *chunk, Str *out)
{
    const uint32_t encoding = kind >> KIND_ENCODING_SHIFT & KIND_ENCODING_MASK;

    if (encoding != ENCODING_IDENTITY)
        return inflate(kind, body, chunk, out);
    if (!buffer)
        return arena_copy(&chunk->arena, body, out);
    *out = hold(chunk, buffer);
    return ST_OK;
}

static Status decode_into(Chunk *chunk, uint32_t kind, Str body, OtlpResult *out, Err *err)
{
    static const OtlpLimits limits = {.max_body = INGEST_MAX_DECODED};
    Status st = kind & KIND_JSON ? otlp_decode_json(body, &limits, &chunk->arena, out, err)
                                 : otlp_decode_protobuf(body, &limits, &chunk->arena, out, err);

    if (!st)
        st = otlp_normalise(out->batch, &chunk->arena);
    if (!st)
        st = otlp_score_events(&out->batch, &chunk->arena);
    chunk->batch = out->batch;
    return st;
}

/* A chunk with every span of the body, whoever's they are. */
static Status decode_all(uint32_t kind, Str body, Buf *buffer, Chunk **out, OtlpResult *result,
                         Err *err)
{
    Chunk *chunk;
    Str plain;
    Status st = chunk_new(0, INGEST_MAX_MEMORY, &chunk);

    if (st)
        return st;
    st = take_body(kind, body, buffer, chunk, &plain);
    if (st)
        (void)err_set(err, st, 0, "cannot decompress the body: %s", status_text(st));
    else
        st = decode_into(chunk, kind, plain, result, err);
    if (st) {
        chunk_free(chunk);
        return st;
    }
    *out = chunk;
    return ST_OK;
}

/* ------------------------------------------------------------ projects of a request */

static Str project_of(const Resource *r)
{
    const Str name = attr_find_str(r->attrs, STR(VIREO_ATTR_PROJECT));

    return name.len ? name : STR(DEFAULT_PROJECT);
}

/* Keep the spans whose resource names that project. */
static void keep_project(SpanBatch *batch, Str name)
{
    const Resource *last = NULL;
    bool keep = false;
    size_t n = 0;

    for (size_t i = 0; i < batch->len; i++) {
        const Span *s = &batch->spans[i];

        if (s->resource != last) {
            last = s->resource;
            keep = str_eq(project_of(last), name);
        }
        if (keep)
            batch->spans[n++] = *s;
    }
    batch->len = n;
}

typedef struct Part {
    Str name;           /* in the first chunk's arena, or static */
    int64_t project_id; /* 0: its spans are rejected */
    size_t spans;
} Part;

typedef struct Parts {
    Part items[INGEST_MAX_PROJECTS + 1]; /* the last one: those of too many projects */
    size_t len;
    size_t taken; /* with a project */
} Parts;

static void name_project(Ingest *in, const IngestRequest *request, Part *part, Err *first)
{
    FieldErr e = {0};
    bool created;
    const Status st = request->may_make_project || str_eq(part->name, STR(DEFAULT_PROJECT))
                          ? project_ensure(in->domain, part->name, &part->project_id, &created, &e)
                          : project_find(in->domain, part->name, &part->project_id, &e);

    if (!st)
        return;
    part->project_id = 0;
    if (!first->code)
        (void)err_set(first, st, 0, "resource attribute vireo.project: %s", e.err.msg);
}

static Part *part_of(Ingest *in, const IngestRequest *request, Parts *parts, Str name, Err *first)
{
    Part *part;

    for (size_t i = 0; i < parts->len; i++)
        if (str_eq(parts->items[i].name, name))
            return &parts->items[i];
    if (parts->len >= INGEST_MAX_PROJECTS) {
        if (!first->code)
            (void)err_set(first, ST_LIMIT, 0, "a request may be for at most %d projects",
                          (int)INGEST_MAX_PROJECTS);
        return &parts->items[INGEST_MAX_PROJECTS];
    }
    part = &parts->items[parts->len++];
    *part = (Part){.name = name};
    name_project(in, request, part, first);
    parts->taken += part->project_id != 0;
    return part;
}

/* Which projects the spans are for. */
static void split(Ingest *in, const IngestRequest *request, SpanBatch batch, Parts *parts,
                  Err *first)
{
    const Resource *last = NULL;
    Part *part = NULL;

    *parts = (Parts){0};
    for (size_t i = 0; i < batch.len; i++) {
        if (!part || batch.spans[i].resource != last) {
            last = batch.spans[i].resource;
            part = part_of(in, request, parts, project_of(last), first);
        }
        part->spans++;
    }
}

static size_t spans_without_project(const Parts *parts)
{
    size_t n = parts->items[INGEST_MAX_PROJECTS].spans;

    for (size_t i = 0; i < parts->len; i++)
        if (!parts->items[i].project_id)
            n += parts->items[i].spans;
    return n;
}

/* ------------------------------------------------------------ appending */

/* Without scores: whoever watches waits for traces. */
static size_t count_spans(SpanBatch batch)
{
    size_t n = 0;

    for (size_t i = 0; i < batch.len; i++)
        n += !span_is_score(&batch.spans[i]);
    return n;
}

/* Takes the chunk, whatever happens. */
static Status append(Ingest *in, int64_t project_id, uint32_t kind, Str body, Chunk *chunk,
                     IngestResult *result)
{
    const StoreRecord record = {.project_id = project_id, .kind = kind, .body = body};
    const size_t spans = count_spans(chunk->batch);
    const size_t rows = chunk->batch.len;
    Status st;

    chunk->project_id = project_id;
    st = resolve_versions(in->domain, project_id, chunk->batch, false, &chunk->arena);
    if (!st)
        st = store_append(in->domain->store, &record, chunk);
    if (st) {
        chunk_free(chunk);
        return st;
    }
    result->accepted += rows;
    if (in->notify)
        in->notify(in->notify_context, project_id, spans);
    return ST_OK;
}

/* One project's share of the request, decoded anew: each chunk owns all it points to. */
static Status append_part(Ingest *in, uint32_t kind, Str body, const Part *part,
                          IngestResult *result)
{
    OtlpResult decoded;
    Chunk *chunk;
    Status st = decode_all(kind, body, NULL, &chunk, &decoded, NULL);

    if (st)
        return st;
    keep_project(&chunk->batch, part->name);
    if (!chunk->batch.len) {
        chunk_free(chunk);
        return ST_OK;
    }
    return append(in, part->project_id, kind, body, chunk, result);
}

static Status append_parts(Ingest *in, uint32_t kind, Str body, const Parts *parts, Chunk *chunk,
                           IngestResult *result)
{
    Status st = ST_OK;

    for (size_t i = 0; i < parts->len && !st; i++)
        if (parts->items[i].project_id)
            st = append_part(in, kind, body, &parts->items[i], result);
    chunk_free(chunk); /* last: the names of the parts live in it */
    return st;
}

/* Takes the chunk.  *charge becomes the project that rejected spans are counted for. */
static Status append_by_resource(Ingest *in, const IngestRequest *request, uint32_t kind,
                                 Chunk *chunk, IngestResult *result, int64_t *charge)
{
    Parts parts;

    split(in, request, chunk->batch, &parts, &result->first);
    result->rejected += spans_without_project(&parts);
    for (size_t i = parts.len; i-- > 0;)
        if (parts.items[i].project_id)
            *charge = parts.items[i].project_id;
    if (parts.len == 1 && parts.taken == 1)
        return append(in, parts.items[0].project_id, kind | KIND_WHOLE, request->body, chunk,
                      result);
    return append_parts(in, kind, request->body, &parts, chunk, result);
}

/* Takes the chunk. */
static Status append_all(Ingest *in, const IngestRequest *request, uint32_t kind, Chunk *chunk,
                         IngestResult *result, int64_t *charge)
{
    if (!chunk->batch.len) {
        chunk_free(chunk);
        return ST_OK;
    }
    if (!request->project_id)
        return append_by_resource(in, request, kind, chunk, result, charge);
    return append(in, request->project_id, kind | KIND_WHOLE, request->body, chunk, result);
}

/* Spans that nobody can be charged for go to the default project's counters. */
static void count_rejected(Ingest *in, int64_t project_id, uint64_t spans)
{
    if (!spans)
        return;
    if (!project_id && project_find(in->domain, STR(DEFAULT_PROJECT), &project_id, NULL))
        return;
    rejected_add(&in->domain->rejected, project_id, spans);
}

Status ingest_spans(Ingest *in, const IngestRequest *request, IngestResult *out, Err *err)
{
    const uint32_t kind = (request->content == CONTENT_JSON ? KIND_JSON : 0U) |
                          (uint32_t)request->encoding << KIND_ENCODING_SHIFT;
    IngestResult result = {0};
    OtlpResult decoded = {0};
    int64_t charge = request->project_id;
    Chunk *chunk;
    Status st;

    if (request->body.len > INGEST_MAX_BODY)
        return err_set(err, ST_LIMIT, 0, "the body may have at most %zu bytes", INGEST_MAX_BODY);
    st = decode_all(kind, request->body, request->buffer, &chunk, &decoded, err);
    if (st)
        return err && err->code ? st : err_set(err, st, 0, "%s", status_text(st));
    result.rejected = decoded.rejected;
    if (decoded.rejected)
        (void)err_set(&result.first, ST_INVALID, 0, "%s", decoded.message);
    st = append_all(in, request, kind, chunk, &result, &charge);
    if (st)
        return err_set(err, st, 0, "cannot keep the spans: %s", status_text(st));
    count_rejected(in, charge, result.rejected);
    *out = result;
    return ST_OK;
}

/* ------------------------------------------------------------ after a restart */

/* Keep the spans of the record's project in a body that had several. */
static Status keep_record(Ingest *in, const StoreRecord *record, Chunk *chunk)
{
    Str name;
    Status st;

    if (record->kind & KIND_WHOLE)
        return ST_OK;
    st = project_name(in->domain, record->project_id, &chunk->arena, &name);
    if (!st)
        keep_project(&chunk->batch, name);
    return st;
}

static Status decode_again(Ingest *in, const StoreRecord *record, Chunk *chunk)
{
    const Status st = keep_record(in, record, chunk);

    if (st || !chunk->batch.len)
        return st ? st : ST_CORRUPT;
    chunk->project_id = record->project_id;
    return resolve_versions(in->domain, record->project_id, chunk->batch, true, &chunk->arena);
}

static Status decode_record(void *context, const StoreRecord *record, Chunk **out)
{
    OtlpResult decoded = {0};
    Chunk *chunk;
    Status st = decode_all(record->kind, record->body, NULL, &chunk, &decoded, NULL);

    if (st)
        return st;
    st = decode_again(context, record, chunk);
    if (st) {
        chunk_free(chunk);
        return st;
    }
    *out = chunk;
    return ST_OK;
}

/* ------------------------------------------------------------ wiring */

static Status index_list(void *context, Status (*visit)(void *visitor, const SegmentInfo *s),
                         void *visitor, uint64_t *flushed_seq)
{
    Ingest *in = context;

    return catalog_segments_list(in->domain->catalog, visit, visitor, flushed_seq);
}

static Status index_publish(void *context, const SegmentInfo *add, size_t add_count,
                            const int64_t *remove, size_t remove_count, uint64_t flushed_seq)
{
    Ingest *in = context;

    return publish_segments(in->domain, in->dir, add, add_count, remove, remove_count, flushed_seq);
}

static Status index_each_tombstone(void *context,
                                   Status (*visit)(void *visitor, const Tombstone *t),
                                   void *visitor)
{
    Ingest *in = context;

    return catalog_tombstones_each(in->domain->catalog, visit, visitor);
}

static Status index_add_tombstones(void *context, const Tombstone *items, size_t count)
{
    Ingest *in = context;

    return catalog_tombstones_add(in->domain->catalog, items, count);
}

static Status index_drop_tombstones(void *context, int64_t project_id, uint64_t seq)
{
    Ingest *in = context;

    return catalog_tombstones_drop(in->domain->catalog, project_id, seq);
}

static Status index_each_dropped(void *context, Status (*visit)(void *visitor, int64_t project_id),
                                 void *visitor)
{
    Ingest *in = context;

    return catalog_dropped_each(in->domain->catalog, visit, visitor);
}

static Status index_drop_project(void *context, int64_t project_id)
{
    Ingest *in = context;

    return catalog_project_drop(in->domain->catalog, project_id, clock_now_ns());
}

Status ingest_open(Domain *d, const char *dir, Ingest **out)
{
    const size_t size = strlen(dir) + 1;
    Ingest *in = mem_calloc(1, sizeof *in);

    if (!in)
        return ST_NOMEM;
    in->domain = d;
    in->dir = mem_alloc(size);
    if (!in->dir) {
        mem_free(in);
        return ST_NOMEM;
    }
    memcpy(in->dir, dir, size);
    *out = in;
    return ST_OK;
}

void ingest_close(Ingest *in)
{
    Status st;

    if (!in)
        return;
    st = ingest_save_counters(in);
    if (st)
        log_warn("cannot write the last counts of rejected spans", " reason=\"%s\"",
                 status_text(st));
    in->domain->store = NULL;
    mem_free(in->dir);
    mem_free(in);
}

void ingest_store_options(Ingest *in, StoreOptions *options)
{
    static const SegmentIndexOps ops = {.list = index_list,
                                        .publish = index_publish,
                                        .each_tombstone = index_each_tombstone,
                                        .add_tombstones = index_add_tombstones,
                                        .drop_tombstones = index_drop_tombstones,
                                        .each_dropped = index_each_dropped,
                                        .drop_project = index_drop_project};

    options->index = (SegmentIndex){&ops, in};
    options->decode = decode_record;
    options->decode_context = in;
}

void ingest_attach(Ingest *in, Store *store)
{
    in->domain->store = store;
}

Status ingest_save_counters(Ingest *in)
{
    return publish_rejected(in->domain);
}

void ingest_on_append(Ingest *in, void (*notify)(void *context, int64_t project_id, size_t spans),
                      void *context)
{
    in->notify = notify;
    in->notify_context = context;
}
