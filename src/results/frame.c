/* SPDX-License-Identifier: Apache-2.0 */
/* Which row counts is decided by overwriting: parts are walked from the lowest precedence to the
 * highest, and each notes itself as the place of the samples that it holds.  Then places are sorted
 * by part, so that a column of a part is decoded once and read from front to back. */
#include "results/frame.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/vec.h"
#include "column/parquet.h"
#include "os/file.h"
#include "os/map.h"
#include "results/internal.h"
#include "results/part.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_METRICS = 100000, OPEN_TRIES = 5 };
static const size_t frame_memory = (size_t)1 << 31;

typedef struct FramePart {
    PartRow row;
    FileMap map;
    ParquetReader *reader;
    const int64_t *numbers;
} FramePart;

struct ResultFrame {
    Arena arena;
    FramePart *parts; /* by id */
    size_t count;
    VEC_OF(MetricInfo) metrics;
    Map names; /* of metrics -> index */
    uint64_t stored;
};

/* ------------------------------------------------------------ opening */

static MetricKind kind_of(const ParquetReader *r, size_t column)
{
    ParquetStats stats;

    parquet_stats(r, 0, column, &stats);
    if (stats.null_count >= 0 && (size_t)stats.null_count == parquet_group_rows(r, 0))
        return METRIC_NONE;
    switch (parquet_column(r, column)->type) {
    case VECTOR_BOOL:
        return METRIC_BOOL;
    case VECTOR_INT:
    case VECTOR_DOUBLE:
        return METRIC_NUMBER;
    case VECTOR_STR:
        return METRIC_TEXT;
    default:
        return METRIC_OTHER;
    }
}

static MetricKind merge_kinds(MetricKind a, MetricKind b)
{
    if (a == METRIC_NONE || a == b)
        return b;
    if (b == METRIC_NONE)
        return a;
    return a <= METRIC_NUMBER && b <= METRIC_NUMBER ? METRIC_NUMBER : METRIC_OTHER;
}

static Status note_metric(ResultFrame *f, Str name, MetricKind kind)
{
    uint64_t *index;
    bool added;
    Status st = map_entry(&f->names, name, f->metrics.len, &index, &added);

    if (st)
        return st;
    if (added)
        return VEC_PUSH(&f->metrics, ((MetricInfo){name, kind}), MAX_METRICS);
    f->metrics.items[*index].kind = merge_kinds(f->metrics.items[*index].kind, kind);
    return ST_OK;
}

static Status note_metrics(ResultFrame *f, const ParquetReader *r)
{
    const Str prefix = STR(PART_METRIC_PREFIX);
    Status st = ST_OK;

    for (size_t c = 0; c < parquet_column_count(r) && !st; c++) {
        const Str name = parquet_column(r, c)->name;

        if (str_starts(name, prefix))
            st = note_metric(f, str_slice(name, prefix.len, name.len), kind_of(r, c));
    }
    return st;
}

/* We wrote the files ourselves: what a reader does not know or finds too large is damage. */
static Status as_damage(Status st)
{
    return st == ST_UNSUPPORTED || st == ST_LIMIT || st == ST_INVALID ? ST_CORRUPT : st;
}

static Status open_part(ResultFrame *f, const Results *r, FramePart *p)
{
    const char *folder;
    const char *path;
    Vector numbers;
    size_t column;
    Status st = part_full_paths(r, &p->row, &f->arena, &folder, &path);

    if (!st)
        st = file_map_open(path, &p->map);
    if (!st)
        st = as_damage(
            parquet_reader_open((Str){(const char *)p->map.data, p->map.len}, NULL, &p->reader));
    if (st)
        return st;
    column = parquet_find_column(p->reader, STR("number"));
    if (column == SIZE_MAX || parquet_group_count(p->reader) != 1 ||
        parquet_column(p->reader, column)->type != VECTOR_INT)
        return ST_CORRUPT;
    st = as_damage(parquet_read(p->reader, 0, column, 0, parquet_group_rows(p->reader, 0),
                                &f->arena, &numbers));
    if (st)
        return st;
    p->numbers = numbers.as.i;
    f->stored += numbers.len;
    return numbers.valid ? ST_CORRUPT : note_metrics(f, p->reader);
}

/* Those of the configuration (NULL: all). */
static Status open_parts(ResultFrame *f, const Results *r, const PartRow *parts, size_t count,
                         const Str *configuration)
{
    Status st = ST_OK;

    f->parts = arena_calloc(&f->arena, count, sizeof *f->parts);
    if (!f->parts)
        return ST_NOMEM;
    for (size_t i = 0; i < count && !st; i++) {
        if (configuration && !str_eq(parts[i].configuration, *configuration))
            continue;
        f->parts[f->count].row = parts[i];
        st = open_part(f, r, &f->parts[f->count++]);
    }
    return st;
}

static Status frame_new(ResultFrame **out)
{
    ResultFrame *f = mem_calloc(1, sizeof *f);

    if (!f)
        return ST_NOMEM;
    arena_init(&f->arena, frame_memory);
    map_init(&f->names, MAX_METRICS);
    *out = f;
    return ST_OK;
}

static Status open_listed(const Results *r, int64_t evaluation_id, Str configuration,
                          ResultFrame **out)
{
    ResultFrame *f;
    PartList list;
    Status st = frame_new(&f);

    if (st)
        return st;
    st = catalog_part_list(r->catalog, evaluation_id, &f->arena, &list);
    if (!st)
        st = open_parts(f, r, list.items, list.len, &configuration);
    if (st)
        frame_close(f);
    else
        *out = f;
    return st;
}

/* Parts may be merged between the list and the files: then the list is another one by now.  A file
 * that is listed again and again, and is not there, is lost. */
Status frame_open(const Results *r, int64_t evaluation_id, Str configuration, ResultFrame **out)
{
    Status st = ST_NOTFOUND;

    for (int i = 0; i < OPEN_TRIES && st == ST_NOTFOUND; i++)
        st = open_listed(r, evaluation_id, configuration, out);
    return st == ST_NOTFOUND ? ST_CORRUPT : st;
}

Status frame_open_parts(const Results *r, const PartRow *parts, size_t count, ResultFrame **out)
{
    ResultFrame *f;
    Status st = frame_new(&f);

    if (st)
        return st;
    st = open_parts(f, r, parts, count, NULL);
    if (st)
        frame_close(f);
    else
        *out = f;
    return st;
}

static int compare_numbers(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

Status frame_numbers_there(const ResultFrame *f, Arena *arena, int64_t **numbers, size_t *count)
{
    int64_t *all = arena_alloc(arena, (f->stored + 1) * sizeof *all);
    size_t len = 0;
    size_t kept = 0;

    if (!all)
        return ST_NOMEM;
    for (size_t p = 0; p < f->count; p++)
        for (size_t i = 0; i < f->parts[p].row.rows; i++)
            all[len++] = f->parts[p].numbers[i];
    qsort(all, len, sizeof *all, compare_numbers);
    for (size_t i = 0; i < len; i++)
        if (!kept || all[kept - 1] != all[i])
            all[kept++] = all[i];
    *numbers = all;
    *count = kept;
    return ST_OK;
}

void frame_close(ResultFrame *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++) {
        parquet_reader_close(f->parts[i].reader);
        file_map_close(&f->parts[i].map);
    }
    VEC_FREE(&f->metrics);
    map_deinit(&f->names);
    arena_deinit(&f->arena);
    mem_free(f);
}

const MetricInfo *frame_metrics(const ResultFrame *f, size_t *count)
{
    *count = f->metrics.len;
    return f->metrics.items;
}

size_t frame_find(const ResultFrame *f, Str metric)
{
    uint64_t index;

    return map_get(&f->names, metric, &index) ? (size_t)index : SIZE_MAX;
}

size_t frame_part_count(const ResultFrame *f)
{
    return f->count;
}

uint64_t frame_stored(const ResultFrame *f)
{
    return f->stored;
}

/* ------------------------------------------------------------ rows */

typedef struct Place {
    uint32_t part; /* plus 1; 0: none */
    uint32_t row;
} Place;

/* Index of `number` in the ascending `members`, SIZE_MAX when it is none of them.  `hint`: where it
 * would be if numbers came in order. */
static size_t find_member(const int64_t *members, size_t count, int64_t number, size_t hint)
{
    size_t low = 0;
    size_t high = count;

    if (hint < count && members[hint] == number)
        return hint;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (members[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && members[low] == number ? low : SIZE_MAX;
}

static void place_part(const ResultFrame *f, size_t part, const int64_t *members, size_t count,
                       Place *places)
{
    const FramePart *p = &f->parts[part];
    size_t next = 0;

    for (size_t i = 0; i < p->row.rows; i++) {
        const size_t at = find_member(members, count, p->numbers[i], next);

        if (at == SIZE_MAX)
            continue;
        places[at] = (Place){(uint32_t)part + 1, (uint32_t)i};
        next = at + 1;
    }
}

static bool counts_up(const uint32_t *list, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (list[i] != list[from] + (i - from))
            return false;
    return true;
}

/* Entries by part, from one place a slot. */
static Status group_by_part(const ResultFrame *f, const Place *places, size_t len, Arena *arena,
                            FrameRows *out)
{
    size_t *starts = arena_calloc(arena, f->count + 2, sizeof *starts);
    uint32_t *row = arena_calloc(arena, len + 1, sizeof *row);
    uint32_t *slot = arena_calloc(arena, len + 1, sizeof *slot);
    bool *straight = arena_calloc(arena, f->count + 1, sizeof *straight);

    if (!starts || !row || !slot || !straight)
        return ST_NOMEM;
    /* Counted one further, so that filling moves each start to where it belongs. */
    for (size_t i = 0; i < len; i++)
        starts[places[i].part + 1]++;
    for (size_t p = 1; p < f->count + 2; p++)
        starts[p] += starts[p - 1];
    for (size_t i = 0; i < len; i++) {
        const size_t at = starts[places[i].part]++;

        row[at] = places[i].row;
        slot[at] = (uint32_t)i;
    }
    for (size_t p = 0; p < f->count; p++)
        straight[p] =
            counts_up(row, starts[p], starts[p + 1]) && counts_up(slot, starts[p], starts[p + 1]);
    out->len = len;
    out->starts = starts;
    out->row = row;
    out->slot = slot;
    out->straight = straight;
    return ST_OK;
}

/* Close up over members without a row. */
static size_t compact(Place *places, const int64_t *members, size_t count, int64_t *numbers)
{
    size_t len = 0;

    for (size_t i = 0; i < count; i++) {
        if (!places[i].part)
            continue;
        numbers[len] = members[i];
        places[len++] = places[i];
    }
    return len;
}

Status frame_rows(const ResultFrame *f, const Str *scopes, size_t scope_count,
                  const int64_t *members, size_t member_count, Arena *arena, FrameRows *out)
{
    Place *places = arena_calloc(arena, member_count + 1, sizeof *places);
    int64_t *numbers = arena_alloc(arena, (member_count + 1) * sizeof *numbers);
    size_t len;

    if (!places || !numbers)
        return ST_NOMEM;
    for (size_t s = 0; s < scope_count; s++)
        for (size_t p = 0; p < f->count; p++)
            if (str_eq(f->parts[p].row.scope, scopes[s]))
                place_part(f, p, members, member_count, places);
    len = compact(places, members, member_count, numbers);
    out->numbers = numbers;
    return group_by_part(f, places, len, arena, out);
}

Status frame_pick(const ResultFrame *f, const FrameRows *rows, const size_t *picks, size_t count,
                  Arena *arena, FrameRows *out)
{
    Place *all = arena_calloc(arena, rows->len + 1, sizeof *all);
    Place *places = arena_calloc(arena, count + 1, sizeof *places);
    int64_t *numbers = arena_alloc(arena, (count + 1) * sizeof *numbers);

    if (!all || !places || !numbers)
        return ST_NOMEM;
    for (size_t p = 0; p < f->count; p++)
        for (size_t e = rows->starts[p]; e < rows->starts[p + 1]; e++)
            all[rows->slot[e]] = (Place){(uint32_t)p + 1, rows->row[e]};
    for (size_t i = 0; i < count; i++) {
        places[i] = all[picks[i]];
        numbers[i] = rows->numbers[picks[i]];
    }
    out->numbers = numbers;
    return group_by_part(f, places, count, arena, out);
}

/* ------------------------------------------------------------ columns */

/* Calls `visit` with the decoded column of every part that has rows; NULL: it has no such metric.
 */
static Status
each_part(const ResultFrame *f, const FrameRows *rows, size_t metric, Arena *arena,
          void (*visit)(const Vector *v, const FrameRows *rows, size_t part, void *out), void *out)
{
    Str name;
    Status st = arena_printf(arena, &name, PART_METRIC_PREFIX "%.*s",
                             STR_ARG(f->metrics.items[metric].name));

    for (size_t p = 0; p < f->count && !st; p++) {
        const ParquetReader *r = f->parts[p].reader;
        const size_t column = parquet_find_column(r, name);
        Vector v;

        if (rows->starts[p] == rows->starts[p + 1])
            continue;
        if (column == SIZE_MAX) {
            visit(NULL, rows, p, out);
            continue;
        }
        st = as_damage(parquet_read(r, 0, column, 0, parquet_group_rows(r, 0), arena, &v));
        if (!st)
            visit(&v, rows, p, out);
    }
    return st;
}

static double number_at(const Vector *v, size_t row)
{
    if (vector_is_null(v, row))
        return NAN;
    switch (v->type) {
    case VECTOR_BOOL:
        return v->as.b[row];
    case VECTOR_INT:
        return (double)v->as.i[row];
    case VECTOR_DOUBLE:
        return v->as.d[row];
    default:
        return NAN;
    }
}

static void take_numbers(const Vector *v, const FrameRows *rows, size_t part, void *out)
{
    const size_t from = rows->starts[part];
    const size_t to = rows->starts[part + 1];
    double *values = out;

    if (!v) {
        for (size_t e = from; e < to; e++)
            values[rows->slot[e]] = NAN;
        return;
    }
    if (v->type == VECTOR_DOUBLE && !v->valid && rows->straight[part]) {
        memcpy(values + rows->slot[from], v->as.d + rows->row[from], (to - from) * sizeof *values);
        return;
    }
    if (v->type == VECTOR_DOUBLE && !v->valid) {
        for (size_t e = from; e < to; e++)
            values[rows->slot[e]] = v->as.d[rows->row[e]];
        return;
    }
    for (size_t e = from; e < to; e++)
        values[rows->slot[e]] = number_at(v, rows->row[e]);
}

Status frame_numbers(const ResultFrame *f, const FrameRows *rows, size_t metric, double *out)
{
    Arena a;
    Status st;

    arena_init(&a, frame_memory);
    st = each_part(f, rows, metric, &a, take_numbers, out);
    arena_deinit(&a);
    return st;
}

static ResultCell cell_at(const Vector *v, size_t row)
{
    if (vector_is_null(v, row))
        return (ResultCell){CELL_MISSING, {0}};
    switch (v->type) {
    case VECTOR_BOOL:
        return (ResultCell){CELL_BOOL, {.b = v->as.b[row] != 0}};
    case VECTOR_INT:
        return (ResultCell){CELL_INT, {.i = v->as.i[row]}};
    case VECTOR_DOUBLE:
        return (ResultCell){CELL_DOUBLE, {.d = v->as.d[row]}};
    default:
        return (ResultCell){v->type == VECTOR_STR ? CELL_TEXT : CELL_JSON,
                            {.s = vector_str(v, row)}};
    }
}

static void take_cells(const Vector *v, const FrameRows *rows, size_t part, void *out)
{
    ResultCell *cells = out;

    for (size_t e = rows->starts[part]; e < rows->starts[part + 1]; e++)
        cells[rows->slot[e]] = v ? cell_at(v, rows->row[e]) : (ResultCell){CELL_MISSING, {0}};
}

Status frame_cells(const ResultFrame *f, const FrameRows *rows, size_t metric, Arena *arena,
                   ResultCell *out)
{
    return each_part(f, rows, metric, arena, take_cells, out);
}
