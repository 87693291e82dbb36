/* SPDX-License-Identifier: Apache-2.0 */
/* See publish.h. */
#include "domain/publish.h"

#include "base/log.h"
#include "catalog/segment.h"
#include "domain/internal.h"
#include "domain/run_count.h"

enum { DELTA_ARENA = 64 << 20 };

static bool brings_spans(const SegmentInfo *s)
{
    return !s->level && s->table == TABLE_SPANS;
}

/* Runs of models, and the scores of each segment. */
static Status count_added(const char *dir, const SegmentInfo *add, size_t count, Arena *arena,
                          RunSet *runs, uint64_t *scores)
{
    for (size_t i = 0; i < count; i++) {
        Str path;
        Status st;

        if (!brings_spans(&add[i]))
            continue;
        st = arena_printf(arena, &path, "%s/segments/%lld/%lld.parquet", dir,
                          (long long)add[i].project_id, (long long)add[i].id);
        if (!st)
            st = count_segment(path.ptr, add[i].project_id, runs, &scores[i]);
        if (st == ST_NOMEM)
            return st;
        /* Better spans without a count than a flush that can never end. */
        if (st)
            log_error("cannot count the runs of a segment", " segment=%lld reason=\"%s\"",
                      (long long)add[i].id, status_text(st));
    }
    return ST_OK;
}

static Status run_deltas(const RunSet *runs, Arena *arena, CountDeltas *out)
{
    RunDelta *items = arena_calloc(arena, runs->tallies.len + 1, sizeof *items);
    size_t n = 0;

    if (!items)
        return ST_NOMEM;
    for (size_t i = 0; i < runs->tallies.len; i++) {
        const RunTally *t = &runs->tallies.items[i];

        if (t->version_id)
            items[n++] = (RunDelta){t->version_id, t->runs, t->errors, t->first_ns, t->last_ns};
    }
    out->runs = items;
    out->run_count = n;
    return ST_OK;
}

/* Stored spans by segment, without their scores, then the rejected ones by project: entries
 * of one project add up. */
static Status project_deltas(const SegmentInfo *add, const uint64_t *scores, size_t count,
                             const ProjectDelta *rejected, size_t rejected_len, Arena *arena,
                             CountDeltas *out)
{
    ProjectDelta *items = arena_calloc(arena, rejected_len + count + 1, sizeof *items);
    size_t n = 0;

    if (!items)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++)
        if (brings_spans(&add[i]))
            items[n++] =
                (ProjectDelta){.project_id = add[i].project_id, .stored = add[i].rows - scores[i]};
    for (size_t i = 0; i < rejected_len; i++)
        items[n++] = rejected[i];
    out->projects = items;
    out->project_count = n;
    return ST_OK;
}

static Status deltas_of(Domain *d, const char *dir, const SegmentInfo *add, size_t add_count,
                        Arena *arena, CountDeltas *out)
{
    uint64_t *scores = arena_calloc(arena, add_count + 1, sizeof *scores);
    RunSet runs;
    Status st;

    if (!scores)
        return ST_NOMEM;
    run_set_init(&runs);
    st = count_added(dir, add, add_count, arena, &runs, scores);
    if (!st)
        st = find_versions(d, &runs);
    if (!st)
        st = run_deltas(&runs, arena, out);
    run_set_deinit(&runs);
    return st ? st : project_deltas(add, scores, add_count, NULL, 0, arena, out);
}

Status publish_segments(Domain *d, const char *dir, const SegmentInfo *add, size_t add_count,
                        const int64_t *remove, size_t remove_count, uint64_t flushed_seq)
{
    CountDeltas deltas = {0};
    Arena a;
    Status st;

    arena_init(&a, DELTA_ARENA);
    st = deltas_of(d, dir, add, add_count, &a, &deltas);
    if (!st)
        st = catalog_segments_publish(d->catalog, add, add_count, remove, remove_count, flushed_seq,
                                      &deltas);
    arena_deinit(&a);
    return st;
}

Status publish_rejected(Domain *d)
{
    CountDeltas deltas = {0};
    ProjectDelta *rejected = NULL;
    size_t len = 0;
    Arena a;
    Status st;

    arena_init(&a, DELTA_ARENA);
    mutex_lock(&d->publish_lock);
    st = rejected_copy(&d->rejected, &a, &rejected, &len);
    if (!st)
        st = project_deltas(NULL, NULL, 0, rejected, len, &a, &deltas);
    if (!st && len)
        st = catalog_counters_add(d->catalog, &deltas);
    if (!st)
        rejected_sub(&d->rejected, rejected, len);
    mutex_unlock(&d->publish_lock);
    arena_deinit(&a);
    return st;
}
