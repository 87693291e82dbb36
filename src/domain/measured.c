/* SPDX-License-Identifier: Apache-2.0 */
/* See measured.h. */
#include "domain/measured.h"

#include "base/alloc.h"
#include "catalog/inference.h"
#include "domain/internal.h"
#include "domain/row_filter.h"
#include "domain/strata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define METADATA_PREFIX "metadata."

enum { SAMPLE_CHUNK = 1000 };
static const size_t scratch_memory = (size_t)2 << 30;

/* ------------------------------------------------------------ opening */

static Status find_configuration(const Evaluation *e, const Str *wanted, Str *out)
{
    for (size_t i = 0; i < e->configurations.len; i++) {
        if (str_eq(e->configurations.items[i].name, *wanted)) {
            *out = *wanted;
            return ST_OK;
        }
    }
    *out = (Str){0};
    return wanted->len ? ST_INVALID : ST_OK;
}

static Status open_frame(Domain *d, const Evaluation *e, const Str *configuration, Measured *m)
{
    Status st = configuration ? find_configuration(e, configuration, &m->configuration) : ST_OK;

    if (!st)
        st = frame_open(d->results, e->row.id, m->configuration, &m->frame);
    if (st || configuration || frame_stored(m->frame) || !e->configurations.len)
        return st;
    frame_close(m->frame);
    m->frame = NULL;
    m->configuration = e->configurations.items[0].name;
    return frame_open(d->results, e->row.id, m->configuration, &m->frame);
}

Status measured_open(Domain *d, const Evaluation *e, const Str *configuration, Measured *out)
{
    Measured m = {.domain = d, .evaluation = e};
    Status st = open_frame(d, e, configuration, &m);

    if (!st)
        st = evaluation_target(d, &e->row, &m.target);
    if (st)
        measured_close(&m);
    else
        *out = m;
    return st;
}

void measured_close(Measured *m)
{
    frame_close(m->frame);
    if (m->target)
        target_put(m->domain, m->target);
    *m = (Measured){0};
}

/* Of these samples, in whatever case: rows of no case, then those of the first case that holds
 * the sample. */
static Status rows_among(const Measured *m, const int64_t *numbers, size_t count, Arena *arena,
                         FrameRows *out)
{
    const TargetCases *cases = &m->target->cases;
    Str *scopes = arena_calloc(arena, cases->len + 1, sizeof *scopes);

    if (!scopes)
        return ST_NOMEM;
    for (size_t i = 0; i < cases->len; i++)
        scopes[i] = cases->items[cases->len - 1 - i].name;
    return frame_rows(m->frame, scopes, cases->len + 1, numbers, count, arena, out);
}

/* Rows of no case stand for all cases; a case's own count more.  NULL: all samples together. */
static Status rows_of(const Measured *m, const TargetCase *k, Arena *arena, FrameRows *out)
{
    if (k) {
        const Str own[] = {{0}, k->name};

        return frame_rows(m->frame, own, 2, k->numbers, k->count, arena, out);
    }
    return rows_among(m, m->target->all, m->target->count, arena, out);
}

Status measured_rows(const Measured *m, Str scope, Arena *arena, FrameRows *out)
{
    const TargetCase *k = scope.len ? target_case(m->target, scope) : NULL;

    if (scope.len && !k && !str_eq(scope, STR(TARGET_ALL)))
        return ST_NOTFOUND;
    return rows_of(m, k, arena, out);
}

/* ------------------------------------------------------------ means */

static MeanMetric mean_of(const MetricInfo *info, const double *values, size_t len)
{
    MeanMetric out = {.name = info->name, .kind = info->kind};
    double sum = 0;

    for (size_t i = 0; i < len; i++) {
        if (isnan(values[i]))
            continue;
        sum += values[i];
        out.n++;
    }
    out.mean = out.n ? sum / (double)out.n : NAN;
    return out;
}

static Status summarise(const Measured *m, const TargetCase *k, Arena *arena, CaseSummary *out)
{
    size_t count;
    const MetricInfo *metrics = frame_metrics(m->frame, &count);
    FrameRows rows = {0};
    double *values;
    Arena scratch;
    Status st;

    arena_init(&scratch, scratch_memory);
    st = rows_of(m, k, &scratch, &rows);
    values = st ? NULL : arena_alloc(&scratch, (rows.len + 1) * sizeof *values);
    out->means = arena_calloc(arena, count + 1, sizeof *out->means);
    if (!st && (!values || !out->means))
        st = ST_NOMEM;
    for (size_t i = 0; i < count && !st; i++) {
        if (metrics[i].kind != METRIC_BOOL && metrics[i].kind != METRIC_NUMBER)
            continue;
        st = frame_numbers(m->frame, &rows, i, values);
        if (!st)
            out->means[out->mean_count++] = mean_of(&metrics[i], values, rows.len);
    }
    out->name = k ? k->name : STR(TARGET_ALL);
    out->samples = k ? k->count : m->target->count;
    out->rows = rows.len;
    arena_deinit(&scratch);
    /* Names are the frame's: they go with it. */
    for (size_t i = 0; i < out->mean_count && !st; i++)
        st = arena_copy(arena, out->means[i].name, &out->means[i].name);
    return st ? st : arena_copy(arena, out->name, &out->name);
}

static void give(CaseSummary *to, Str kind, Str body)
{
    if (str_eq(kind, STR("metrics")))
        to->given = body;
    else
        to->thresholded = body;
}

/* What the evaluator gave, to the cases that it is about.  A dataset's one case is its whole. */
static Status add_given(const Measured *m, Str kind, Arena *arena, CaseSummaries *out)
{
    const bool is_dataset = !m->evaluation->row.target.suite;
    FindingList list = {0};
    const Status st =
        catalog_findings_list(m->domain->catalog, m->evaluation->row.id, kind, arena, &list);

    for (size_t i = 0; i < list.len && !st; i++) {
        const FindingRow *row = &list.items[i];

        if (!str_eq(row->configuration, m->configuration))
            continue;
        if (!row->scope.len || is_dataset)
            give(&out->whole, kind, row->body);
        for (size_t k = 0; k < out->len; k++)
            if (is_dataset || str_eq(out->items[k].name, row->scope))
                give(&out->items[k], kind, row->body);
    }
    return st;
}

bool given_number(const Json *v, double *out)
{
    if (v->kind == JSON_KIND_INT)
        *out = (double)v->as.i;
    else if (v->kind == JSON_KIND_DOUBLE)
        *out = v->as.d;
    else if (v->kind == JSON_KIND_BOOL)
        *out = v->as.b;
    else
        return false;
    return true;
}

Status measured_cases(const Measured *m, Arena *arena, CaseSummaries *out)
{
    const TargetCases *cases = &m->target->cases;
    CaseSummaries found = {.items = arena_calloc(arena, cases->len + 1, sizeof *found.items)};
    Status st = found.items ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < cases->len && !st; i++)
        st = summarise(m, &cases->items[i], arena, &found.items[found.len++]);
    if (!st)
        st = summarise(m, NULL, arena, &found.whole);
    if (!st)
        st = add_given(m, STR("metrics"), arena, &found);
    if (!st)
        st = add_given(m, STR("thresholded"), arena, &found);
    if (!st)
        *out = found;
    return st;
}

Status measured_whole(const Measured *m, Arena *arena, CaseSummary *out)
{
    CaseSummaries found = {0};
    Status st = summarise(m, NULL, arena, &found.whole);

    if (!st)
        st = add_given(m, STR("metrics"), arena, &found);
    if (!st)
        *out = found.whole;
    return st;
}

/* ------------------------------------------------------------ filter */

static ResultCell cell_of(const Json *v)
{
    if (!v || v->kind == JSON_KIND_NULL)
        return (ResultCell){CELL_MISSING, {0}};
    if (v->kind == JSON_KIND_BOOL)
        return (ResultCell){CELL_BOOL, {.b = v->as.b}};
    if (v->kind == JSON_KIND_INT)
        return (ResultCell){CELL_INT, {.i = v->as.i}};
    if (v->kind == JSON_KIND_DOUBLE)
        return (ResultCell){CELL_DOUBLE, {.d = v->as.d}};
    return v->kind == JSON_KIND_STR ? (ResultCell){CELL_TEXT, {.s = v->as.s}}
                                    : (ResultCell){CELL_JSON, {.s = v->raw}};
}

static bool metadata_hold(const TargetSample *sample, const RowCondition *c, Str field,
                          Arena *arena, Status *st)
{
    const Json *metadata = NULL;
    ResultCell cell;

    if (sample->metadata.len)
        *st = json_parse(sample->metadata, arena, &metadata, NULL);
    cell = cell_of(metadata ? metadata_field(metadata, field) : NULL);
    return !*st && row_condition_holds(c, &cell);
}

/* The condition on `field` of the metadata of those of some samples that are kept until now. */
static Status filter_samples(const Measured *m, const RowCondition *c, Str field,
                             const int64_t *numbers, size_t count, bool *keep)
{
    Arena arena;
    TargetSample *samples;
    int64_t *wanted;
    size_t len = 0;
    Status st = ST_NOMEM;

    arena_init(&arena, scratch_memory);
    samples = arena_calloc(&arena, count + 1, sizeof *samples);
    wanted = arena_calloc(&arena, count + 1, sizeof *wanted);
    for (size_t i = 0; i < count && wanted; i++)
        if (keep[i])
            wanted[len++] = numbers[i];
    if (samples && wanted)
        st = catalog_target_metadata(m->domain->catalog, &m->target->key, &m->target->cases, wanted,
                                     len, &arena, samples);
    for (size_t i = 0, at = 0; i < count && !st; i++)
        if (keep[i])
            keep[i] = metadata_hold(&samples[at++], c, field, &arena, &st);
    arena_deinit(&arena);
    return st;
}

/* A chunk at a time, which bounds the memory. */
static Status apply_metadata(const Measured *m, const FrameRows *rows, const RowCondition *c,
                             bool *keep)
{
    const Str field = str_slice(c->metric, sizeof METADATA_PREFIX - 1, c->metric.len);
    Status st = ST_OK;

    for (size_t at = 0; at < rows->len && !st; at += SAMPLE_CHUNK) {
        const size_t n = rows->len - at < SAMPLE_CHUNK ? rows->len - at : SAMPLE_CHUNK;

        st = filter_samples(m, c, field, rows->numbers + at, n, keep + at);
    }
    return st;
}

static bool is_of_metadata(const Measured *m, const RowCondition *c)
{
    return frame_find(m->frame, c->metric) == SIZE_MAX &&
           str_starts(c->metric, STR(METADATA_PREFIX));
}

/* Clear keep[i] of the rows for which the condition does not hold. */
static Status apply_condition(const Measured *m, const FrameRows *rows, const RowCondition *c,
                              Arena *scratch, bool *keep, FieldErr *err)
{
    const size_t metric = frame_find(m->frame, c->metric);
    ResultCell *cells;
    Status st;

    if (is_of_metadata(m, c))
        return apply_metadata(m, rows, c, keep);
    if (metric == SIZE_MAX)
        return field_err_set(err, ST_INVALID, "filter", "filter: there is no metric \"%.*s\"",
                             STR_ARG(utf8_clip(c->metric, 100)));
    cells = arena_calloc(scratch, rows->len + 1, sizeof *cells);
    if (!cells)
        return ST_NOMEM;
    st = frame_cells(m->frame, rows, metric, scratch, cells);
    for (size_t i = 0; i < rows->len && !st; i++)
        keep[i] &= row_condition_holds(c, &cells[i]);
    return st;
}

static Status apply_filter(const Measured *m, const FrameRows *rows, Str text, Arena *scratch,
                           bool *keep, FieldErr *err)
{
    RowConditions conditions;
    Err why = {0};
    Status st = row_filter_parse(text, scratch, &conditions, &why);

    if (st == ST_INVALID) {
        (void)field_err_set(err, st, "filter", "filter: %s", why.msg);
        err->err.pos = why.pos;
    }
    memset(keep, true, rows->len);
    /* Metadata, which cost more, of what the metrics leave. */
    for (int late = 0; late < 2; late++)
        for (size_t i = 0; !st && i < conditions.len; i++)
            if (is_of_metadata(m, &conditions.items[i]) == (late == 1))
                st = apply_condition(m, rows, &conditions.items[i], scratch, keep, err);
    return st;
}

/* ------------------------------------------------------------ sort */

typedef struct SortKey {
    double number; /* NaN last */
    Str text;      /* decides among equal numbers */
    bool descending;
    size_t row;
} SortKey;

static int compare_keys(const void *a, const void *b)
{
    const SortKey *x = a;
    const SortKey *y = b;
    int order = 0;

    if (isnan(x->number) != isnan(y->number))
        return isnan(x->number) ? 1 : -1;
    if (!isnan(x->number))
        order = x->number < y->number ? -1 : x->number > y->number;
    if (!order)
        order = str_cmp(x->text, y->text);
    if (x->descending)
        order = -order;
    return order ? order : x->row < y->row ? -1 : x->row > y->row;
}

static void take_key(const ResultCell *cell, SortKey *key)
{
    key->number = NAN;
    switch (cell->kind) {
    case CELL_BOOL:
        key->number = cell->as.b;
        break;
    case CELL_INT:
        key->number = (double)cell->as.i;
        break;
    case CELL_DOUBLE:
        key->number = cell->as.d;
        break;
    case CELL_TEXT:
    case CELL_JSON:
        key->number = 0;
        key->text = cell->as.s;
        break;
    default:
        break;
    }
}

/* `picks`: the rows that are kept, in the order of the metric. */
static Status sort_rows(const Measured *m, const FrameRows *rows, const RowsWish *wish,
                        Arena *scratch, size_t *picks, size_t len, FieldErr *err)
{
    const size_t metric = frame_find(m->frame, wish->sort);
    SortKey *keys = arena_calloc(scratch, len + 1, sizeof *keys);
    ResultCell *cells = arena_calloc(scratch, rows->len + 1, sizeof *cells);
    Status st;

    if (!keys || !cells)
        return ST_NOMEM;
    if (metric == SIZE_MAX)
        return field_err_set(err, ST_INVALID, "sort", "sort: there is no metric \"%.*s\"",
                             STR_ARG(utf8_clip(wish->sort, 100)));
    st = frame_cells(m->frame, rows, metric, scratch, cells);
    if (st)
        return st;
    for (size_t i = 0; i < len; i++) {
        keys[i] = (SortKey){.descending = wish->descending, .row = picks[i]};
        take_key(&cells[picks[i]], &keys[i]);
    }
    qsort(keys, len, sizeof *keys, compare_keys);
    for (size_t i = 0; i < len; i++)
        picks[i] = keys[i].row;
    return ST_OK;
}

static void reverse(size_t *picks, size_t len)
{
    for (size_t i = 0; i < len / 2; i++) {
        const size_t other = picks[len - 1 - i];

        picks[len - 1 - i] = picks[i];
        picks[i] = other;
    }
}

/* Rows that fit, in order. */
static Status choose(const Measured *m, const FrameRows *rows, const RowsWish *wish, Arena *scratch,
                     size_t **picks, size_t *len, FieldErr *err)
{
    bool *keep = arena_calloc(scratch, rows->len + 1, sizeof *keep);
    Status st;

    *picks = arena_alloc(scratch, (rows->len + 1) * sizeof **picks);
    if (!keep || !*picks)
        return ST_NOMEM;
    st = apply_filter(m, rows, wish->filter, scratch, keep, err);
    *len = 0;
    for (size_t i = 0; i < rows->len && !st; i++)
        if (keep[i])
            (*picks)[(*len)++] = i;
    if (st)
        return st;
    if (wish->sort.len)
        return sort_rows(m, rows, wish, scratch, *picks, *len, err);
    if (wish->descending)
        reverse(*picks, *len);
    return ST_OK;
}

/* ------------------------------------------------------------ page */

static Status fill_page(const Measured *m, const FrameRows *rows, const size_t *picks, size_t count,
                        Arena *arena, RowsPage *out)
{
    FrameRows page;
    ResultCell *column = arena_calloc(arena, count + 1, sizeof *column);
    Status st = frame_pick(m->frame, rows, picks, count, arena, &page);

    out->metrics = frame_metrics(m->frame, &out->metric_count);
    out->cells = arena_calloc(arena, count * out->metric_count + 1, sizeof *out->cells);
    if (!column || !out->cells)
        return ST_NOMEM;
    for (size_t k = 0; k < out->metric_count && !st; k++) {
        st = frame_cells(m->frame, &page, k, arena, column);
        for (size_t i = 0; i < count && !st; i++)
            out->cells[i * out->metric_count + k] = column[i];
    }
    out->numbers = page.numbers;
    out->len = count;
    return st;
}

Status measured_page(const Measured *m, const RowsWish *wish, Arena *arena, RowsPage *out,
                     FieldErr *err)
{
    RowsPage page = {0};
    FrameRows rows;
    size_t *picks = NULL;
    size_t len = 0;
    Arena scratch;
    Status st;

    arena_init(&scratch, scratch_memory);
    st = measured_rows(m, wish->scope, &scratch, &rows);
    if (!st)
        st = choose(m, &rows, wish, &scratch, &picks, &len, err);
    if (!st) {
        const size_t from = wish->offset < len ? wish->offset : len;
        const size_t count = len - from < wish->limit ? len - from : wish->limit;

        page.total = len;
        st = fill_page(m, &rows, picks + from, count, arena, &page);
    }
    arena_deinit(&scratch);
    if (!st)
        *out = page;
    return st;
}

/* ------------------------------------------------------------ by sample */

/* Numbers of the rows that fit, ascending. */
static Status fitting(const Measured *m, Str filter, Arena *scratch, const int64_t **out,
                      size_t *len, FieldErr *err)
{
    const RowsWish wish = {.filter = filter};
    FrameRows rows;
    size_t *picks = NULL;
    int64_t *numbers;
    Status st = measured_rows(m, (Str){0}, scratch, &rows);

    if (!st)
        st = choose(m, &rows, &wish, scratch, &picks, len, err);
    numbers = st ? NULL : arena_calloc(scratch, *len + 1, sizeof *numbers);
    if (!st && !numbers)
        st = ST_NOMEM;
    for (size_t i = 0; i < *len && !st; i++)
        numbers[i] = rows.numbers[picks[i]];
    *out = numbers;
    return st;
}

static Status find_answered(const Measured *m, Str filter, Arena *scratch, const int64_t **wanted,
                            size_t *wanted_len, int64_t **answered, size_t *answered_len,
                            FieldErr *err)
{
    const EvaluationRow *row = &m->evaluation->row;
    const InferenceKey key = {.version_id = row->version_id, .space = row->target.space};
    Status st = ST_OK;

    *wanted = m->target->all;
    *wanted_len = m->target->count;
    if (filter.len)
        st = fitting(m, filter, scratch, wanted, wanted_len, err);
    return st ? st
              : catalog_inference_numbers(m->domain->catalog, &key, scratch, answered,
                                          answered_len);
}

Status measured_answered(const Measured *m, Str filter, Arena *arena, int64_t **out, size_t *len,
                         FieldErr *err)
{
    const int64_t *wanted = NULL;
    int64_t *answered = NULL;
    int64_t *both;
    size_t wanted_len = 0;
    size_t answered_len = 0;
    size_t found = 0;
    Arena scratch;
    Status st;

    arena_init(&scratch, scratch_memory);
    st = find_answered(m, filter, &scratch, &wanted, &wanted_len, &answered, &answered_len, err);
    both = st ? NULL : arena_calloc(arena, wanted_len + 1, sizeof *both);
    if (!st && !both)
        st = ST_NOMEM;
    for (size_t i = 0; i < wanted_len && !st; i++)
        if (numbers_hold(answered, answered_len, wanted[i]))
            both[found++] = wanted[i];
    arena_deinit(&scratch);
    if (!st) {
        *out = both;
        *len = found;
    }
    return st;
}

/* A column of the rows that there are, to the places of their samples. */
static Status place_column(const Measured *m, const FrameRows *rows, size_t metric, Arena *arena,
                           ResultCell *column, RowsPage *page)
{
    const Status st = frame_cells(m->frame, rows, metric, arena, column);
    size_t at = 0;

    for (size_t i = 0; i < rows->len && !st; i++) {
        while (page->numbers[at] != rows->numbers[i])
            at++;
        page->cells[at * page->metric_count + metric] = column[i];
    }
    return st;
}

Status measured_some(const Measured *m, const int64_t *numbers, size_t count, Arena *arena,
                     RowsPage *out)
{
    RowsPage page = {.numbers = numbers, .len = count, .total = count};
    FrameRows rows = {0};
    ResultCell *column = arena_calloc(arena, count + 1, sizeof *column);
    Status st = ST_OK;

    page.metrics = frame_metrics(m->frame, &page.metric_count);
    page.cells = arena_calloc(arena, count * page.metric_count + 1, sizeof *page.cells);
    if (!column || !page.cells)
        return ST_NOMEM;
    st = rows_among(m, numbers, count, arena, &rows);
    for (size_t k = 0; k < page.metric_count && !st; k++)
        st = place_column(m, &rows, k, arena, column, &page);
    if (!st)
        *out = page;
    return st;
}
