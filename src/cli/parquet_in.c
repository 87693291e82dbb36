/* SPDX-License-Identifier: Apache-2.0 */
/* Spans out of a Parquet file that Vireo wrote: opened as a segment, a copy of
 * it in a scratch folder where segments are looked for, and sent on in batches
 * of whole row ranges. */
#include "cli/scratch.h"
#include "cli/spans_in.h"
#include "os/file.h"
#include "os/map.h"
#include "otlp/encode.h"
#include "store/segment_read.h"
#include "store/segment_writer.h"

enum { PARQUET_ARENA_MAX = 512 << 20 };

static Status copy_to(const char *from, const char *to)
{
    FileMap map;
    File out = FILE_CLOSED;
    Status st = file_map_open(from, &map);

    if (st)
        return st;
    st = file_create_new(to, &out);
    if (!st)
        st = file_write(&out, (Str){(const char *)map.data, map.len});
    file_close(&out);
    file_map_close(&map);
    return st;
}

static Status send_rows(const Segment *s, size_t group, size_t from, size_t to, SpanSink sink)
{
    Arena a;
    Buf body;
    size_t *rows;
    Span *spans;
    Status st = ST_NOMEM;

    arena_init(&a, PARQUET_ARENA_MAX);
    buf_init(&body, SPANS_FILE_MAX);
    rows = arena_calloc(&a, to - from, sizeof *rows);
    spans = arena_calloc(&a, to - from, sizeof *spans);
    if (rows && spans) {
        for (size_t i = from; i < to; i++)
            rows[i - from] = i;
        st = segment_spans(s, group, rows, to - from, &a, spans);
    }
    if (!st)
        st = otlp_encode(OTLP_PROTOBUF, spans, to - from, &body);
    if (!st)
        st = sink.send(sink.context, buf_str(&body), false);
    buf_deinit(&body);
    arena_deinit(&a);
    return st;
}

static Status send_segment(const Segment *s, SpanSink sink)
{
    Status st = ST_OK;

    for (size_t g = 0; g < s->group_count && !st; g++) {
        const size_t rows = s->groups[g].rows;

        for (size_t from = 0; from < rows && !st; from += SPANS_BATCH)
            st = send_rows(s, g, from, from + SPANS_BATCH < rows ? from + SPANS_BATCH : rows, sink);
    }
    return st;
}

static Status open_and_send(const char *scratch, const SegmentInfo *info, SpanSink sink, Err *err)
{
    SegmentCache cache;
    Segment *segment;
    Status st;

    segment_cache_init(&cache, scratch);
    st = segment_new(&cache, info, &segment);
    if (!st) {
        st = segment_pin(segment);
        if (segment_lost(st))
            (void)err_set(err, st, 0, "not a Parquet file of spans that Vireo wrote");
        if (!st) {
            st = send_segment(segment, sink);
            segment_unpin(segment);
        }
        segment_unref(segment);
    }
    segment_cache_deinit(&cache);
    return st;
}

static Status remove_scratch(const char *scratch, Status st, Arena *a)
{
    const Status removed = scratch ? dir_remove_all(scratch) : ST_OK;

    arena_deinit(a);
    return st ? st : removed;
}

Status spans_read_parquet(const char *path, SpanSink sink, Err *err)
{
    SegmentInfo info = {.id = 1, .project_id = 1, .table = TABLE_SPANS};
    PathInfo file;
    Arena a;
    const char *scratch = NULL;
    const char *dir;
    const char *copy;
    Status st;

    arena_init(&a, 1 << 20);
    st = scratch_make(&a, path, &scratch);
    if (!st)
        st = segment_dir_path(&a, scratch, info.project_id, &dir);
    if (!st)
        st = dir_make(dir);
    if (!st)
        st = segment_path(&a, scratch, &info, &copy);
    if (!st)
        st = copy_to(path, copy);
    if (!st)
        st = path_info(copy, &file);
    if (st)
        return remove_scratch(scratch, err_set(err, st, 0, "%s", status_text(st)), &a);
    info.bytes = file.size;
    st = open_and_send(scratch, &info, sink, err);
    return remove_scratch(scratch, st, &a);
}
