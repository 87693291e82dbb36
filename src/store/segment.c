/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, sharing and closing segment files. */
#include "store/segment.h"

#include "base/alloc.h"
#include "base/log.h"
#include "os/file.h"
#include "store/segment_writer.h"
#include "store/tombstone.h"

#include <inttypes.h>

enum { PATH_ARENA = 1 << 14 };

void segment_cache_init(SegmentCache *c, const char *store_dir)
{
    *c = (SegmentCache){.store_dir = store_dir};
    mutex_init(&c->lock);
}

void segment_cache_deinit(SegmentCache *c)
{
    zstd_pool_deinit(&c->zstd);
    mutex_deinit(&c->lock);
}

bool segment_lost(Status st)
{
    return st == ST_NOTFOUND || st == ST_CORRUPT || st == ST_UNSUPPORTED || st == ST_VERSION;
}

Status segment_note(Segment *s, size_t group, Status st)
{
    if (!segment_lost(st) || atomic_exchange(&s->groups[group].damaged, true))
        return st;
    atomic_fetch_add(&s->cache->damage, 1);
    log_error("damaged rows set aside; they are missing from answers until the file is mended",
              " segment=%" PRId64 " project=%" PRId64 " group=%zu rows=%zu error=\"%s\"",
              s->info.id, s->info.project_id, group, s->groups[group].rows, status_text(st));
    return st;
}

bool segment_damaged(const Segment *s)
{
    for (size_t g = 0; g < s->group_count; g++)
        if (atomic_load(&s->groups[g].damaged))
            return true;
    return false;
}

/* ----------------------------------------------------------- the idle list */

static void leave_idle(Segment *s)
{
    SegmentCache *c = s->cache;

    if (!s->is_idle)
        return;
    *(s->newer ? &s->newer->older : &c->newest) = s->older;
    *(s->older ? &s->older->newer : &c->oldest) = s->newer;
    s->newer = s->older = NULL;
    s->is_idle = false;
    c->idle--;
}

static void enter_idle(Segment *s)
{
    SegmentCache *c = s->cache;

    s->newer = NULL;
    s->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = s;
    c->newest = s;
    s->is_idle = true;
    c->idle++;
}

static void close_reader(Segment *s)
{
    leave_idle(s);
    parquet_reader_close(s->reader);
    s->reader = NULL;
    file_map_close(&s->map);
}

/* ------------------------------------------------------------------ opening */

static Status check_meta(const ParquetReader *r)
{
    Str format;
    uint64_t version = 0;

    if (!parquet_meta(r, STR("vireo.format"), &format) || str_to_u64(format, &version))
        return ST_CORRUPT;
    return version > SEGMENT_FORMAT ? ST_VERSION : ST_OK;
}

static bool fits(const SpanColumn *want, const ParquetColumn *have)
{
    return have->type == want->type && (have->required || !want->required) &&
           (want->type != VECTOR_FIXED || have->fixed_len == want->fixed_len);
}

/* Columns that everything leans on must be there; all that are there must be
 * of their type. */
static Status find_columns(Segment *s)
{
    for (SpanColumnId id = 0; id < SPAN_COLUMN_COUNT; id++) {
        const SpanColumn *c = span_column(id);
        const size_t at = parquet_find_column(s->reader, c->name);

        s->columns[id] = at;
        if (at == SIZE_MAX && c->required)
            return ST_CORRUPT;
        if (at != SIZE_MAX && !fits(c, parquet_column(s->reader, at)))
            return ST_CORRUPT;
    }
    return ST_OK;
}

/* The next of "123,456"; `fallback` where there is none. */
static uint64_t take_number(Str *list, uint64_t fallback)
{
    uint64_t number = fallback;
    Str item;
    Str tail;

    (void)str_cut(*list, ',', &item, &tail);
    *list = tail;
    return str_to_u64(item, &number) ? fallback : number;
}

/* A file without bytes of groups counts evenly; one without scores is older than scores. */
static void read_group_notes(const Segment *s, SegmentGroup *groups, size_t count)
{
    Str bytes = {0};
    Str scores = {0};

    (void)parquet_meta(s->reader, STR("vireo.group_bytes"), &bytes);
    (void)parquet_meta(s->reader, STR("vireo.group_scores"), &scores);
    for (size_t i = 0; i < count; i++) {
        groups[i].bytes = take_number(&bytes, s->info.bytes / count * 4);
        groups[i].scores = take_number(&scores, 0);
    }
}

static Status read_groups(Segment *s)
{
    const size_t count = parquet_group_count(s->reader);
    SegmentGroup *groups;

    if (s->groups)
        return ST_OK;
    groups = mem_calloc(count, sizeof *groups);
    if (!groups)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++) {
        ParquetStats stats;

        parquet_stats(s->reader, i, s->columns[COLUMN_start], &stats);
        groups[i].rows = parquet_group_rows(s->reader, i);
        groups[i].min_time_ns = stats.has_range ? stats.min.i : s->info.min_time_ns;
        groups[i].max_time_ns = stats.has_range ? stats.max.i : s->info.max_time_ns;
    }
    read_group_notes(s, groups, count);
    s->groups = groups;
    s->group_count = count;
    return ST_OK;
}

static Status open_file(Segment *s, const char **path, Arena *a, Err *err)
{
    Str bytes;
    Status st = segment_path(a, s->cache->store_dir, &s->info, path);

    if (!st)
        st = file_map_open(*path, &s->map);
    if (st)
        return st;
    bytes = (Str){(const char *)s->map.data, s->map.len};
    if (bytes.len != s->info.bytes)
        return err_set(err, ST_CORRUPT, bytes.len, "the file has another length than it was given");
    st = parquet_reader_open(bytes, err, &s->reader);
    if (st)
        return st;
    parquet_reader_use_pool(s->reader, &s->cache->zstd);
    st = check_meta(s->reader);
    if (!st)
        st = find_columns(s);
    return st ? st : read_groups(s);
}

static Status open_reader(Segment *s)
{
    Arena a;
    Err err = {0};
    const char *path = NULL;
    Status st;

    arena_init(&a, PATH_ARENA);
    st = open_file(s, &path, &a, &err);
    if (st) {
        close_reader(s);
        if (segment_lost(st) && !s->told) {
            s->told = true;
            atomic_fetch_add(&s->cache->damage, 1); /* how many row groups it had, nobody knows */
            log_error("segment cannot be read; its spans are missing from answers",
                      " file=\"%s\" rows=%" PRIu64 " error=\"%s\" detail=\"%s\"", path ? path : "",
                      s->info.rows, status_text(st), err.msg);
        }
    }
    arena_deinit(&a);
    return st;
}

Status segment_pin(Segment *s)
{
    Status st = ST_OK;

    mutex_lock(&s->cache->lock);
    leave_idle(s);
    if (!s->reader)
        st = open_reader(s);
    if (!st)
        s->pins++;
    mutex_unlock(&s->cache->lock);
    return st;
}

void segment_unpin(Segment *s)
{
    SegmentCache *c = s->cache;

    mutex_lock(&c->lock);
    if (--s->pins == 0)
        enter_idle(s);
    while (c->idle > MAX_IDLE_SEGMENTS && c->oldest)
        close_reader(c->oldest);
    mutex_unlock(&c->lock);
}

/* --------------------------------------------------------------- ownership */

Status segment_new(SegmentCache *cache, const SegmentInfo *info, Segment **out)
{
    Segment *s = mem_calloc(1, sizeof *s);

    if (!s)
        return ST_NOMEM;
    s->info = *info;
    s->cache = cache;
    atomic_init(&s->refs, 1);
    atomic_init(&s->doomed, false);
    *out = s;
    return ST_OK;
}

void segment_ref(Segment *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
}

static void remove_segment_file(const Segment *s)
{
    Arena a;
    const char *path = NULL;
    Status st;

    arena_init(&a, PATH_ARENA);
    st = segment_path(&a, s->cache->store_dir, &s->info, &path);
    if (!st)
        st = path_remove(path);
    if (st && st != ST_NOTFOUND)
        log_warn("segment file not removed", " id=%" PRId64 " error=\"%s\"", s->info.id,
                 status_text(st));
    arena_deinit(&a);
}

void segment_unref(Segment *s)
{
    if (atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    mutex_lock(&s->cache->lock);
    close_reader(s);
    mutex_unlock(&s->cache->lock);
    if (atomic_load(&s->doomed))
        remove_segment_file(s);
    hidden_unref(s->hidden);
    mem_free(s->groups);
    mem_free(s);
}

void segment_doom(Segment *s)
{
    atomic_store(&s->doomed, true);
}
