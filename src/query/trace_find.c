/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to a light trace: searching in it, and where its time went. */
#include "query/trace_light.h"

#include "base/map.h"
#include "query/match.h"
#include "query/text_match.h"
#include "query/trace_read.h"

#include <stdio.h>
#include <stdlib.h>

/* ---------------------------------------------------------------- search */

/* What is looked at in the snapshot; the rest is in the light rows. */
static const char *const searched[] = {"error_type", "error_message", "input_preview",
                                       "output_preview"};

enum { SEARCHED = sizeof searched / sizeof searched[0] };

typedef struct Search {
    const TraceLight *t;
    Needle needle;
    uint8_t *texts; /* by number: has the needle */
    uint8_t *found; /* by position */
} Search;

static bool status_has(const Needle *n, uint8_t status)
{
    return needle_in(n, status == SPAN_ERROR ? STR("error")
                        : status == SPAN_OK  ? STR("ok")
                                             : STR("unset"));
}

/* "digits:v2" may be looked for as it is shown. */
static bool model_has(const Search *s, const TreeSpan *span)
{
    const Str model = s->t->texts[span->model];
    char text[300];
    int len;

    if (!span->model_version || model.len > 256)
        return false;
    len = snprintf(text, sizeof text, "%.*s:v%d", STR_ARG(model), (int)span->model_version);
    return len > 0 && needle_in(&s->needle, (Str){text, (size_t)len});
}

static void search_light(Search *s)
{
    char id[2 * SPAN_ID_BYTES];

    for (size_t i = 0; i < s->t->text_count; i++)
        s->texts[i] = needle_in(&s->needle, s->t->texts[i]);
    for (size_t i = 0; i < s->t->len; i++) {
        const TreeSpan *span = &s->t->spans[i];

        hex_encode(span->span_id, SPAN_ID_BYTES, id);
        s->found[i] = s->texts[span->name] || s->texts[span->type] || s->texts[span->model] ||
                      status_has(&s->needle, span->status) || model_has(s, span) ||
                      needle_in(&s->needle, (Str){id, sizeof id});
    }
}

static Status search_column(Search *s, const Snapshot *snap, size_t block, uint32_t part, Str name)
{
    const TracePart *p = &s->t->parts[part];
    Arena arena;
    Vector v;
    Status st;

    arena_init(&arena, BLOCK_ARENA_LIMIT);
    st = snapshot_read(snap, block, name, p->from, p->to, &arena, &v);
    for (size_t i = 0; i < s->t->len && !st; i++) {
        const TreeSpan *span = &s->t->spans[i];

        if (!s->found[i] && span->part == part && !vector_is_null(&v, span->row - p->from))
            s->found[i] = needle_in(&s->needle, vector_str(&v, span->row - p->from));
    }
    arena_deinit(&arena);
    return st;
}

static Status search_parts(Search *s, const Snapshot *snap, const Cancel *cancel)
{
    BlockList blocks = {0};
    uint64_t content;
    Status st = trace_blocks(snap, s->t->trace_id, &blocks, &content);

    for (uint32_t part = 0; part < s->t->part_count && !st; part++) {
        const size_t rank = s->t->parts[part].rank;

        st = cancel_check(cancel);
        if (!st && rank >= blocks.len)
            st = ST_INVALID; /* another snapshot: our bug */
        for (size_t c = 0; c < SEARCHED && !st; c++)
            st = search_column(s, snap, blocks.items[rank], part, str_from(searched[c]));
    }
    VEC_FREE(&blocks);
    return st;
}

Status trace_light_find(const TraceLight *t, const Snapshot *snap, Str text, const Cancel *cancel,
                        Arena *arena, uint32_t **out, size_t *count)
{
    Search s = {.t = t,
                .texts = arena_calloc(arena, t->text_count + 1, 1),
                .found = arena_calloc(arena, t->len + 1, 1)};
    uint32_t *positions = arena_calloc(arena, t->len + 1, sizeof *positions);
    size_t n = 0;
    Status st = s.texts && s.found && positions ? needle_make(text, arena, &s.needle) : ST_NOMEM;

    if (st)
        return st;
    search_light(&s);
    st = search_parts(&s, snap, cancel);
    if (st)
        return st;
    for (size_t i = 0; i < t->len; i++)
        if (s.found[i])
            positions[n++] = (uint32_t)i;
    *out = positions;
    *count = n;
    return ST_OK;
}

/* ---------------------------------------------------------------- shares */

static int64_t add_up(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static int most_first(const void *a, const void *b)
{
    const TraceShare *x = a;
    const TraceShare *y = b;
    int by_name;

    if (x->critical_ns != y->critical_ns)
        return x->critical_ns > y->critical_ns ? -1 : 1;
    if (x->self_ns != y->self_ns)
        return x->self_ns > y->self_ns ? -1 : 1;
    by_name = str_cmp(x->name, y->name);
    return by_name ? by_name : str_cmp(x->type, y->type);
}

/* The share of the span's name and type; the map's keys are in the shares themselves. */
static Status find_share(Map *known, const TraceLight *t, TraceShares *all, const TreeSpan *s,
                         TraceShare **out)
{
    const uint32_t key[2] = {s->name, s->type};
    TraceShare *fresh = &all->items[all->len];
    uint64_t at;

    if (map_get(known, (Str){(const char *)key, sizeof key}, &at)) {
        *out = &all->items[at];
        return ST_OK;
    }
    *fresh =
        (TraceShare){.key = {key[0], key[1]}, .name = t->texts[s->name], .type = t->texts[s->type]};
    *out = fresh;
    return map_put(known, (Str){(const char *)fresh->key, sizeof fresh->key}, all->len++);
}

static void count_span(TraceShare *share, const TreeSpan *s)
{
    share->spans++;
    share->errors += s->status == SPAN_ERROR;
    share->self_ns = add_up(share->self_ns, s->self_ns);
    share->critical_ns = add_up(share->critical_ns, s->critical_ns);
}

Status trace_light_shares(const TraceLight *t, Arena *arena, TraceShares *out)
{
    TraceShares all = {.items = arena_calloc(arena, t->len + 1, sizeof *all.items)};
    Map known;
    Status st = all.items ? ST_OK : ST_NOMEM;

    map_init(&known, TRACE_TREE_MAX);
    for (size_t i = 0; i < t->len && !st; i++) {
        const TreeSpan *s = &t->spans[i];
        TraceShare *share;

        st = find_share(&known, t, &all, s, &share);
        if (st)
            break;
        count_span(share, s);
        all.self_ns = add_up(all.self_ns, s->self_ns);
        all.critical_ns = add_up(all.critical_ns, s->critical_ns);
    }
    map_deinit(&known);
    if (st)
        return st;
    qsort(all.items, all.len, sizeof *all.items, most_first);
    *out = all;
    return ST_OK;
}
