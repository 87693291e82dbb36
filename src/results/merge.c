/* SPDX-License-Identifier: Apache-2.0 */
/* Merging: many small parts of one case and configuration become one file.
 *
 * A run is of parts that follow each other among those of their case and configuration.  The merged
 * part takes the number of the last of them, so that it stands where they stood: before what came
 * later.  Its rows are those that counted, so that nobody who reads sees a difference; where rows
 * had been replaced, the evaluation's revision is raised all the same, since they had a say in the
 * kinds of metrics.
 *
 *     write and sync the new file -> one transaction: it instead of them -> remove their files
 *
 * A crash leaves files that nothing lists, which the next start sweeps away.  Of a run that does
 * not fit into memory, or whose columns do not agree in type (a text among numbers has no column
 * that gives both back), the first half is tried, and so on; what is left of it is a run of its
 * own.  A run that fails does not keep others from being merged.
 *
 * Cost: a run is read and written once.  Leading parts that are larger than all others of their run
 * together are left out, so that a row is written again only when its part at least doubles. */
#include "base/alloc.h"
#include "base/log.h"
#include "os/file.h"
#include "results/frame.h"
#include "results/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUN_ROWS = 1 << 18,  /* most rows of a merged part */
    RUN_CELLS = 1 << 23, /* and most values, which are in memory together */
    RUN_BYTES = 64 << 20 /* of the files of a run, which are compressed */
};
static const size_t merge_memory = (size_t)1 << 30;

/* ------------------------------------------------------------ values */

typedef struct Cells {
    const ResultCell *items;
    size_t len;
} Cells;

static bool has_kind(const Cells *c, CellKind kind)
{
    for (size_t i = 0; i < c->len; i++)
        if (c->items[i].kind == kind)
            return true;
    return false;
}

/* Integers among doubles become doubles where none loses a digit. */
static bool fits_double(const Cells *c)
{
    const int64_t most = INT64_C(1) << 53;

    for (size_t i = 0; i < c->len; i++)
        if (c->items[i].kind == CELL_INT && (c->items[i].as.i > most || c->items[i].as.i < -most))
            return false;
    return true;
}

/* The one type that gives all cells back.  ST_UNSUPPORTED: there is none. */
static Status choose_type(const Cells *c, VectorType *out)
{
    const bool bools = has_kind(c, CELL_BOOL);
    const bool ints = has_kind(c, CELL_INT);
    const bool doubles = has_kind(c, CELL_DOUBLE);
    const bool texts = has_kind(c, CELL_TEXT);
    const bool others = has_kind(c, CELL_JSON);

    if (bools + (ints || doubles) + texts + others > 1 || (ints && doubles && !fits_double(c)))
        return ST_UNSUPPORTED;
    *out = others    ? VECTOR_JSON
           : texts   ? VECTOR_STR
           : doubles ? VECTOR_DOUBLE
           : ints    ? VECTOR_INT
                     : VECTOR_BOOL;
    return ST_OK;
}

/* `space` has room for a Str a row. */
static void put_value(const ResultCell *cell, VectorType type, void *space, size_t row)
{
    if (type == VECTOR_BOOL)
        ((uint8_t *)space)[row] = cell->as.b;
    else if (type == VECTOR_INT)
        ((int64_t *)space)[row] = cell->as.i;
    else if (type == VECTOR_DOUBLE)
        ((double *)space)[row] = cell->kind == CELL_INT ? (double)cell->as.i : cell->as.d;
    else
        ((Str *)space)[row] = cell->as.s;
}

static size_t value_size(VectorType type)
{
    if (type == VECTOR_STR || type == VECTOR_JSON)
        return sizeof(Str);
    return type == VECTOR_BOOL ? 1 : sizeof(int64_t);
}

static Status make_vector(const Cells *c, Arena *arena, Vector *out)
{
    uint8_t *valid = arena_calloc(arena, c->len + 1, 1);
    void *space;
    VectorType type;
    Status st = choose_type(c, &type);

    if (st)
        return st;
    space = arena_calloc(arena, c->len + 1, value_size(type));
    if (!valid || !space)
        return ST_NOMEM;
    for (size_t i = 0; i < c->len; i++) {
        valid[i] = c->items[i].kind != CELL_MISSING;
        if (valid[i])
            put_value(&c->items[i], type, space, i);
    }
    *out = (Vector){.type = type, .len = c->len, .as.b = space};
    out->valid = memchr(valid, 0, c->len) ? valid : NULL;
    return ST_OK;
}

/* ------------------------------------------------------------ a run */

static Status read_columns(const ResultFrame *f, const FrameRows *rows, Arena *arena,
                           ResultBatch *out)
{
    size_t count;
    const MetricInfo *metrics = frame_metrics(f, &count);
    ResultColumn *columns = arena_calloc(arena, count + 1, sizeof *columns);
    ResultCell *cells = mem_array(rows->len + 1, sizeof *cells);
    Status st = columns && cells ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < count && !st; i++) {
        columns[i].name = metrics[i].name;
        st = frame_cells(f, rows, i, arena, cells);
        if (!st)
            st = make_vector(&(Cells){cells, rows->len}, arena, &columns[i].values);
    }
    mem_free(cells);
    out->columns = columns;
    out->count = count;
    return st;
}

/* The rows of the run that count, as one batch; texts are the frame's or the arena's. */
static Status read_run(const ResultFrame *f, const PartRow *last, Arena *arena, ResultBatch *out)
{
    ResultBatch batch = {.scope = last->scope, .configuration = last->configuration};
    size_t metrics;
    size_t count = 0;
    int64_t *members = NULL;
    FrameRows rows;
    Status st = frame_numbers_there(f, arena, &members, &count);

    (void)frame_metrics(f, &metrics);
    if (!st && (metrics > RUN_CELLS / (count + 1) || metrics > RESULT_MAX_METRICS))
        st = ST_UNSUPPORTED;
    if (!st)
        st = frame_rows(f, &last->scope, 1, members, count, arena, &rows);
    if (st)
        return st;
    batch.rows = rows.len;
    batch.numbers = rows.numbers;
    st = read_columns(f, &rows, arena, &batch);
    if (!st)
        *out = batch;
    return st;
}

static void remove_files(const Results *r, const PartRow *parts, size_t count, Arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        const char *folder;
        const char *file;

        if (part_full_paths(r, &parts[i], arena, &folder, &file) || path_remove(file))
            log_warn("a merged result file is removed at the next start", " part=\"%.*s\"",
                     STR_ARG(parts[i].name));
    }
}

static Status replace_parts(const Results *r, const ResultBatch *batch, const PartRow *parts,
                            size_t count, Arena *arena)
{
    char name[PART_NAME_CHARS];
    PartRow row = parts[count - 1];
    uint64_t rows = 0;
    const char *path;
    Status st;

    for (size_t i = 0; i < count; i++)
        rows += parts[i].rows;
    part_name(name);
    row.name = (Str){name, sizeof name};
    row.rows = batch->rows;
    st = part_store(r, batch, arena, &row, &path);
    if (st)
        return st;
    st = catalog_part_replace(r->catalog, &row, parts, count, rows != batch->rows);
    if (st)
        part_discard(path);
    else
        remove_files(r, parts, count, arena);
    return st;
}

/* ST_UNSUPPORTED: these stay as they are. */
static Status merge_run(Results *r, const PartRow *parts, size_t count)
{
    ResultFrame *f = NULL;
    ResultBatch batch;
    Arena arena;
    Status st;

    arena_init(&arena, merge_memory);
    st = frame_open_parts(r, parts, count, &f);
    if (!st)
        st = read_run(f, &parts[count - 1], &arena, &batch);
    if (!st)
        st = replace_parts(r, &batch, parts, count, &arena);
    frame_close(f);
    arena_deinit(&arena);
    return st;
}

/* ------------------------------------------------------------ which runs */

static bool same_kind(const PartRow *a, const PartRow *b)
{
    return str_eq(a->scope, b->scope) && str_eq(a->configuration, b->configuration);
}

/* By case and configuration, then in the order of their numbers. */
static int compare_parts(const void *a, const void *b)
{
    const PartRow *x = a;
    const PartRow *y = b;
    int order = str_cmp(x->scope, y->scope);

    if (!order)
        order = str_cmp(x->configuration, y->configuration);
    return order ? order : x->id < y->id ? -1 : x->id > y->id;
}

/* How many parts from the first on may become one file. */
static size_t run_length(const PartRow *parts, size_t count)
{
    uint64_t rows = 0;
    uint64_t bytes = 0;
    size_t n = 0;

    for (; n < count && same_kind(&parts[0], &parts[n]); n++) {
        rows += parts[n].rows;
        bytes += parts[n].bytes;
        if (rows > RUN_ROWS || bytes > RUN_BYTES)
            break;
    }
    return n ? n : 1;
}

/* How many leading parts are each larger than all behind it together. */
static size_t large_ones(const PartRow *parts, size_t count)
{
    uint64_t behind = 0;
    size_t large = 0;

    for (size_t i = 1; i < count; i++)
        behind += parts[i].rows;
    for (; large + 1 < count && parts[large].rows > behind; large++)
        behind -= parts[large + 1].rows;
    return large;
}

/* Merge as much of the run as can be; *count: how many parts that was, or would have been. */
static Status merge_some(Results *r, const PartRow *parts, size_t least, size_t *count)
{
    Status st = merge_run(r, parts, *count);

    while ((st == ST_UNSUPPORTED || st == ST_NOMEM || st == ST_LIMIT) && *count / 2 >= least) {
        *count /= 2;
        st = merge_run(r, parts, *count);
    }
    return st;
}

/* The first error; ST_UNSUPPORTED is none, it stays so. */
static Status merge_runs(Results *r, const PartList *list, size_t least, size_t *merged)
{
    Status first = ST_OK;

    for (size_t i = 0, n; i < list->len; i += n) {
        size_t count, large;
        Status st;

        n = run_length(&list->items[i], list->len - i);
        large = large_ones(&list->items[i], n);
        count = n - large;
        if (count < least)
            continue;
        st = merge_some(r, &list->items[i + large], least, &count);
        n = large + count;
        *merged += st ? 0 : count;
        if (!first && st != ST_UNSUPPORTED)
            first = st;
    }
    return first;
}

Status results_merge(Results *r, int64_t evaluation_id, size_t least, size_t *merged)
{
    PartList list;
    Arena arena;
    Status st;

    assert(least >= 2);
    *merged = 0;
    arena_init(&arena, merge_memory);
    st = catalog_part_list(r->catalog, evaluation_id, &arena, &list);
    if (!st) {
        qsort(list.items, list.len, sizeof *list.items, compare_parts);
        st = merge_runs(r, &list, least, merged);
    }
    arena_deinit(&arena);
    return st;
}
