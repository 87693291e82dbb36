/* SPDX-License-Identifier: Apache-2.0 */
/* What a span costs on the write path, phase by phase, without the network:
 *
 *     ingest_load dump 200 1000 > body; ingest_profile DIR body [REQUESTS]
 *
 * Eight times: decodes the same request REQUESTS times (with new ids each time), appends
 * and flushes; then compacts.  All in DIR, which is to be empty.  Prints processor time a
 * span of each phase beside what zstd level 1 alone needs for the same bytes. */
#include "base/alloc.h"
#include "codec/compress.h"
#include "otlp/decode.h"
#include "otlp/normalise.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 8, BODY_MAX = 64 << 20, CHUNK_MAX = 256 << 20 };

static double cpu_seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(Status st, const char *what)
{
    if (!st)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, status_text(st));
    exit(1);
}

/* ------------------------------------------------------- an index that forgets */

static Status list(void *context, Status (*visit)(void *visitor, const SegmentInfo *s),
                   void *visitor, uint64_t *flushed_seq)
{
    (void)context;
    (void)visit;
    (void)visitor;
    *flushed_seq = 0;
    return ST_OK;
}

static Status publish(void *context, const SegmentInfo *add, size_t add_count,
                      const int64_t *remove, size_t remove_count, uint64_t flushed_seq)
{
    (void)context;
    (void)add;
    (void)add_count;
    (void)remove;
    (void)remove_count;
    (void)flushed_seq;
    return ST_OK;
}

static Store *open_store(const char *dir)
{
    static const SegmentIndexOps ops = {.list = list, .publish = publish};
    const StoreOptions options = {.dir = dir,
                                  .index = {&ops, NULL},
                                  .memtable_bytes = (size_t)4 << 30,
                                  .no_background = true};
    Store *store = NULL;

    must(store_open(&options, NULL, &store), "open");
    return store;
}

/* ------------------------------------------------------------------- phases */

static uint64_t next(void)
{
    static uint64_t seed = 88172645463325252;

    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void new_ids(SpanBatch batch, int64_t start_ns)
{
    uint64_t trace[2] = {0, 0};

    for (size_t i = 0; i < batch.len; i++) {
        const uint64_t span = next();

        if (i % 4 == 0) {
            trace[0] = next();
            trace[1] = next();
        }
        memcpy(batch.spans[i].trace_id, trace, sizeof trace);
        memcpy(batch.spans[i].span_id, &span, sizeof span);
        batch.spans[i].start_ns = start_ns;
        batch.spans[i].end_ns = start_ns + (int64_t)(next() % 50000000);
    }
}

static Chunk *decode(Str body, int64_t start_ns)
{
    const OtlpLimits limits = {.max_body = BODY_MAX};
    OtlpResult result;
    Chunk *chunk = NULL;
    Str copy = {0};

    must(chunk_new(1, CHUNK_MAX, &chunk), "chunk");
    must(arena_copy(&chunk->arena, body, &copy), "copy");
    must(otlp_decode_protobuf(copy, &limits, &chunk->arena, &result, NULL), "decode");
    must(otlp_normalise(result.batch, &chunk->arena), "normalise");
    chunk->batch = result.batch;
    new_ids(chunk->batch, start_ns);
    return chunk;
}

static double zstd_alone(Str body, size_t requests)
{
    Zstd *z = NULL;
    Buf out;
    double begin;

    must(zstd_new(&z), "zstd");
    buf_init(&out, BODY_MAX);
    begin = cpu_seconds();
    for (size_t i = 0; i < requests; i++) {
        buf_clear(&out);
        must(zstd_compress(z, 1, body, &out), "zstd");
    }
    begin = cpu_seconds() - begin;
    buf_deinit(&out);
    zstd_free(z);
    return begin;
}

typedef struct Phases {
    double decode, append, flush, compact;
    size_t spans;
} Phases;

/* As much as a memtable holds. */
static void fill_and_flush(Store *store, Str body, size_t requests, Phases *out)
{
    Chunk **chunks = mem_calloc(requests, sizeof *chunks);
    double at[4];

    at[0] = cpu_seconds();
    for (size_t i = 0; i < requests; i++) {
        chunks[i] = decode(body, 1700000000000000000 + (int64_t)(out->spans + i) * 1000000);
        out->spans += chunks[i]->batch.len;
    }
    at[1] = cpu_seconds();
    for (size_t i = 0; i < requests; i++)
        must(store_append(store, &(StoreRecord){.project_id = 1, .body = body}, chunks[i]),
             "append");
    at[2] = cpu_seconds();
    must(store_flush(store), "flush");
    at[3] = cpu_seconds();
    out->decode += at[1] - at[0];
    out->append += at[2] - at[1];
    out->flush += at[3] - at[2];
    mem_free(chunks);
}

static void run(const char *dir, Str body, size_t requests)
{
    Store *store = open_store(dir);
    const double zstd = zstd_alone(body, ROUNDS * requests);
    Phases p = {0};
    bool more = true;
    double each;

    for (size_t i = 0; i < ROUNDS; i++)
        fill_and_flush(store, body, requests, &p);
    p.compact = cpu_seconds();
    while (more)
        must(store_compact(store, &more), "compact");
    p.compact = cpu_seconds() - p.compact;
    each = 1e6 / (double)p.spans;
    (void)printf("us a span: decode %.2f append %.2f flush %.2f compact %.2f; zstd -1 %.2f\n",
                 p.decode * each, p.append * each, p.flush * each, p.compact * each, zstd * each);
    store_close(store);
}

int main(int argc, char **argv)
{
    static char body[BODY_MAX];
    FILE *f = argc > 2 ? fopen(argv[2], "rb") : NULL;
    size_t len;

    if (!f) {
        (void)fprintf(stderr, "usage: %s DIR BODY [REQUESTS]\n", argv[0]);
        return 2;
    }
    len = fread(body, 1, sizeof body, f);
    (void)fclose(f);
    run(argv[1], (Str){body, len}, argc > 3 ? strtoul(argv[3], NULL, 10) : 200);
    return 0;
}
