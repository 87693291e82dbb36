/* SPDX-License-Identifier: Apache-2.0 */
/* See strata.h. */
#include "domain/strata.h"

#include "base/alloc.h"
#include "base/map.h"
#include "domain/internal.h"

#include <math.h>
#include <stdlib.h>

enum { CHUNK = 1000, DISTINCT_MAX = 100000, EDGES_MAX = 99 };
static const size_t scratch_memory = (size_t)1 << 30;

typedef enum Cutting { CUT_VALUES, CUT_QUANTILES, CUT_EDGES } Cutting;

typedef struct Spec {
    Str field; /* without "metadata." */
    bool is_split;
    Cutting cutting;
    size_t quantiles;
    double edges[EDGES_MAX];
    size_t edge_count;
} Spec;

static Status wrong(FieldErr *err, const char *why)
{
    return field_err_set(err, ST_INVALID, "stratify", "stratify: %s", why);
}

/* ------------------------------------------------------------ spec */

static Status read_edges(Str text, Spec *out, FieldErr *err)
{
    while (text.len) {
        Str one;
        double edge;

        (void)str_cut(text, ',', &one, &text);
        if (str_to_double(str_trim(one), &edge) || !isfinite(edge) ||
            (out->edge_count && !(edge > out->edges[out->edge_count - 1])))
            return wrong(err, "edges must be rising numbers, separated by commas");
        if (out->edge_count == EDGES_MAX)
            return wrong(err, "at most 99 edges");
        out->edges[out->edge_count++] = edge;
    }
    return out->edge_count ? ST_OK : wrong(err, "edges are missing");
}

static Status read_spec(Str text, Spec *out, FieldErr *err)
{
    const Str prefix = STR("metadata.");
    Str how;
    uint64_t n;

    *out = (Spec){0};
    if (!str_cut(text, ':', &out->field, &how))
        how = (Str){0};
    out->is_split = str_eq(out->field, STR("split"));
    if (str_starts(out->field, prefix))
        out->field = str_slice(out->field, prefix.len, out->field.len);
    if (!out->field.len)
        return wrong(err, "must name a field, such as metadata.city");
    if (!how.len)
        return ST_OK;
    if (str_starts(how, STR("edges="))) {
        out->cutting = CUT_EDGES;
        return read_edges(str_slice(how, 6, how.len), out, err);
    }
    if (!str_starts(how, STR("quantiles=")) || str_to_u64(str_slice(how, 10, how.len), &n) ||
        n < 2 || n > STRATA_MAX)
        return wrong(err, "behind the colon must be quantiles=N (2 to 100) or edges=a,b,...");
    out->cutting = CUT_QUANTILES;
    out->quantiles = (size_t)n;
    return ST_OK;
}

/* ------------------------------------------------------------ values */

/* The field of every sample: a number, or a text; both missing when it has none. */
typedef struct Values {
    size_t len;
    double *numbers; /* NaN: none */
    Str *texts;      /* shown value; empty: none */
} Values;

const Json *metadata_field(const Json *metadata, Str path)
{
    const Json *object = metadata;
    const Json *whole = json_get(object, path);

    if (whole)
        return whole; /* a key with dots in it */
    while (object && path.len) {
        Str key;

        (void)str_cut(path, '.', &key, &path);
        object = json_get(object, key);
    }
    return object;
}

static Status take_value(const Spec *spec, const TargetSample *s, Arena *arena, Arena *scratch,
                         double *number, Str *text)
{
    const Json *metadata;
    const Json *v;
    Status st = ST_OK;

    *number = NAN;
    *text = (Str){0};
    if (spec->is_split)
        return arena_copy(arena, s->split, text);
    if (!s->metadata.len || json_parse(s->metadata, scratch, &metadata, NULL) != ST_OK)
        return ST_OK;
    v = metadata_field(metadata, spec->field);
    if (!v || v->kind == JSON_KIND_NULL)
        return ST_OK;
    if (v->kind == JSON_KIND_INT || v->kind == JSON_KIND_DOUBLE)
        *number = v->kind == JSON_KIND_INT ? (double)v->as.i : v->as.d;
    st = arena_copy(arena, v->kind == JSON_KIND_STR ? v->as.s : v->raw, text);
    *text = utf8_clip(*text, 200);
    return st;
}

static Status read_values(Domain *d, const Target *t, const Spec *spec, Arena *arena, Values *out)
{
    TargetSample *samples = arena_calloc(arena, CHUNK, sizeof *samples);
    Status st = ST_OK;

    out->len = t->count;
    out->numbers = arena_calloc(arena, t->count + 1, sizeof *out->numbers);
    out->texts = arena_calloc(arena, t->count + 1, sizeof *out->texts);
    if (!samples || !out->numbers || !out->texts)
        return ST_NOMEM;
    for (size_t at = 0; at < t->count && !st; at += CHUNK) {
        const size_t n = t->count - at < CHUNK ? t->count - at : CHUNK;
        Arena scratch;

        arena_init(&scratch, scratch_memory);
        st = catalog_target_metadata(d->catalog, &t->key, &t->cases, t->all + at, n, &scratch,
                                     samples);
        for (size_t i = 0; i < n && !st; i++)
            st = take_value(spec, &samples[i], arena, &scratch, &out->numbers[at + i],
                            &out->texts[at + i]);
        arena_deinit(&scratch);
    }
    return st;
}

/* ------------------------------------------------------------ cutting */

typedef struct Tally {
    Str text;
    uint64_t count;
} Tally;

static int most_first(const void *a, const void *b)
{
    const Tally *x = a;
    const Tally *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return str_cmp(x->text, y->text);
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(((const Tally *)a)->text, ((const Tally *)b)->text);
}

static Status count_values(const Values *v, Map *counts)
{
    Status st = ST_OK;

    for (size_t i = 0; i < v->len && !st; i++) {
        uint64_t *n;
        bool added;

        if (!v->texts[i].len)
            continue;
        st = map_entry(counts, v->texts[i], 0, &n, &added);
        if (!st)
            ++*n;
    }
    return st;
}

/* The most frequent values in the order of their texts, then `other` where there are more. */
static Status name_values(const Map *counts, Arena *arena, Strata *out)
{
    Tally *all = arena_calloc(arena, counts->len + 1, sizeof *all);
    const bool more = counts->len > STRATA_MAX;
    Status st = ST_OK;

    if (!all)
        return ST_NOMEM;
    for (size_t i = 0; i < counts->len; i++)
        all[i] = (Tally){counts->entries[i].key, counts->entries[i].value};
    qsort(all, counts->len, sizeof *all, most_first);
    out->count = more ? STRATA_MAX : counts->len;
    qsort(all, out->count, sizeof *all, by_text);
    for (size_t i = 0; i < out->count && !st; i++)
        st = arena_copy(arena, all[i].text, &out->names[i]);
    if (more)
        out->names[out->count++] = STR("other");
    return st;
}

static Status cut_values(const Values *v, Arena *arena, int16_t *of, Strata *out)
{
    Map counts;
    Map names;
    Status st;

    map_init(&counts, DISTINCT_MAX);
    map_init(&names, STRATA_MAX + 1);
    st = count_values(v, &counts);
    if (!st)
        st = name_values(&counts, arena, out);
    for (size_t i = 0; i < out->count && !st; i++)
        st = map_put(&names, out->names[i], i);
    for (size_t i = 0; i < v->len && !st; i++) {
        uint64_t at;

        of[i] = STRATA_NONE;
        if (v->texts[i].len)
            of[i] = map_get(&names, v->texts[i], &at) ? (int16_t)at : (int16_t)STRATA_MAX;
    }
    map_deinit(&names);
    map_deinit(&counts);
    return st;
}

static int compare_doubles(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* Bounds between groups of the same size; equal ones fall together. */
static Status find_quantiles(const Values *v, size_t groups, Arena *arena, double *edges,
                             size_t *count)
{
    double *sorted = arena_alloc(arena, (v->len + 1) * sizeof *sorted);
    size_t len = 0;

    if (!sorted)
        return ST_NOMEM;
    for (size_t i = 0; i < v->len; i++)
        if (isfinite(v->numbers[i]))
            sorted[len++] = v->numbers[i];
    qsort(sorted, len, sizeof *sorted, compare_doubles);
    *count = 0;
    for (size_t g = 1; g < groups && len; g++) {
        const double edge = sorted[g * len / groups];

        if (edge > sorted[0] && (!*count || edge > edges[*count - 1]))
            edges[(*count)++] = edge;
    }
    return ST_OK;
}

static Status name_ranges(const double *edges, size_t count, Arena *arena, Strata *out)
{
    Status st = ST_OK;

    out->count = count + 1;
    for (size_t i = 0; i <= count && !st; i++) {
        if (!count)
            st = arena_printf(arena, &out->names[i], "any number");
        else if (!i)
            st = arena_printf(arena, &out->names[i], "< %.6g", edges[0]);
        else if (i == count)
            st = arena_printf(arena, &out->names[i], ">= %.6g", edges[i - 1]);
        else
            st = arena_printf(arena, &out->names[i], "%.6g to < %.6g", edges[i - 1], edges[i]);
    }
    return st;
}

static void cut_ranges(const Values *v, const double *edges, size_t count, int16_t *of)
{
    for (size_t i = 0; i < v->len; i++) {
        size_t group = 0;

        of[i] = STRATA_NONE;
        if (isnan(v->numbers[i]))
            continue;
        while (group < count && v->numbers[i] >= edges[group])
            group++;
        of[i] = (int16_t)group;
    }
}

Status strata_make(Domain *d, const Target *target, Str text, Arena *arena, Strata *out,
                   FieldErr *err)
{
    int16_t *of = arena_calloc(arena, target->count + 1, sizeof *of);
    Strata found = {.of = of};
    Values values = {0};
    Arena scratch;
    Spec spec;
    Status st = read_spec(text, &spec, err);

    if (st)
        return st;
    arena_init(&scratch, scratch_memory);
    st = of ? read_values(d, target, &spec, &scratch, &values) : ST_NOMEM;
    if (!st && spec.cutting == CUT_QUANTILES)
        st = find_quantiles(&values, spec.quantiles, &scratch, spec.edges, &spec.edge_count);
    if (!st && spec.cutting == CUT_VALUES) {
        st = cut_values(&values, arena, of, &found);
    } else if (!st) {
        st = name_ranges(spec.edges, spec.edge_count, arena, &found);
        cut_ranges(&values, spec.edges, spec.edge_count, of);
    }
    arena_deinit(&scratch);
    if (st == ST_LIMIT)
        return wrong(err, "the field has too many values; use quantiles or edges");
    if (!st)
        st = arena_copy(arena, text, &found.field);
    if (!st)
        *out = found;
    return st;
}
