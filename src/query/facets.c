/* SPDX-License-Identifier: Apache-2.0 */
/* query_facets: the most frequent values of some fields among matching traces.
 *
 * First the matching traces are found, then each field's column is counted: a
 * value counts once for each run of neighbouring spans of one trace that have it.
 * A trace that is spread over blocks may so count more than once, which a list
 * of "what is there" can bear; counts of traces come from the histogram. */
#include "query/match.h"

#include "base/map.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 30, TOP_VALUES = 10, MAX_DISTINCT = 100000 };

typedef struct Counted {
    Str field;
    Str column;
    Map counts; /* value -> traces */
} Counted;

typedef struct FacetScan {
    Matcher matcher;
    Arena *arena;
    Counted fields[MAX_FIELDS];
    size_t len;
} FacetScan;

static const struct {
    const char *field;
    const char *column;
} fixed[] = {{"status", "status"},   {"model", "model"},     {"type", "type"}, {"name", "name"},
             {"service", "service"}, {"session", "session"}, {"user", "user"}};

static void add_field(FacetScan *s, Str field, Str column)
{
    s->fields[s->len] = (Counted){.field = field, .column = column};
    map_init(&s->fields[s->len++].counts, MAX_DISTINCT);
}

/* Tags that are strings or booleans; numbers have too many values to list. */
static Status add_tag_field(void *visitor, Str column, VectorType type)
{
    static const char prefix[] = "attr." VIREO_ATTR_TAG_PREFIX;
    FacetScan *s = visitor;
    Str copy = {0};
    Str field = {0};
    Str key;
    Status st;

    if (!str_starts(column, STR("attr." VIREO_ATTR_TAG_PREFIX)) || s->len == MAX_FIELDS)
        return ST_OK;
    if (type != VECTOR_STR && type != VECTOR_BOOL && type != VECTOR_INT)
        return ST_OK;
    key = str_slice(column, sizeof prefix - 1, column.len);
    if (type != VECTOR_STR)
        key.len = str_find_char(key, '#');
    st = arena_copy(s->arena, column, &copy);
    if (!st)
        st = arena_printf(s->arena, &field, "tag.%.*s", STR_ARG(key));
    if (!st)
        add_field(s, field, copy);
    return st;
}

static Status count_value(FacetScan *s, Counted *c, Str value)
{
    uint64_t known;
    Str copy = {0};
    Status st;

    if (map_get(&c->counts, value, &known))
        return map_put(&c->counts, value, known + 1);
    st = arena_copy(s->arena, value, &copy);
    if (!st)
        st = map_put(&c->counts, copy, 1);
    return st == ST_LIMIT ? ST_OK : st; /* past MAX_DISTINCT only known values count */
}

static Str text_of(const Vector *v, size_t row, char scratch[32])
{
    if (v->type == VECTOR_BOOL)
        return v->as.b[row] ? STR("true") : STR("false");
    if (v->type == VECTOR_INT || v->type == VECTOR_TIME) {
        int64_t n = v->as.i[row];
        uint64_t magnitude = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
        size_t at = 32;

        do {
            scratch[--at] = (char)('0' + magnitude % 10);
            magnitude /= 10;
        } while (magnitude);
        if (n < 0)
            scratch[--at] = '-';
        return (Str){scratch + at, 32 - at};
    }
    return vector_str(v, row);
}

/* `wanted[row]`: the row's trace matches; `ids` tells where a trace begins. */
static Status count_column(FacetScan *s, const BlockView *view, Counted *c, const Vector *ids,
                           const uint8_t *wanted)
{
    char scratch[32];
    char last_text[64];
    Str last = {0};
    size_t last_row = SIZE_MAX;
    Vector v;
    Status st = view_read(view, c->column, &v);

    for (size_t row = 0; row < view->rows && !st; row++) {
        Str text;

        if (!wanted[row] || vector_is_null(&v, row))
            continue;
        text = text_of(&v, row, scratch);
        if (last_row != SIZE_MAX && str_eq(text, last) &&
            memcmp(vector_str(ids, row).ptr, vector_str(ids, last_row).ptr, TRACE_ID_BYTES) == 0)
            continue;
        st = count_value(s, c, text);
        last_row = text.len <= sizeof last_text ? row : SIZE_MAX;
        if (last_row == row && text.len)
            memcpy(last_text, text.ptr, text.len);
        last = (Str){last_text, text.len};
    }
    return st;
}

static Status mark_wanted(const FacetScan *s, const BlockView *view, const Vector *ids,
                          uint8_t *wanted, bool *any)
{
    const TraceState *state = NULL;
    const char *last = NULL;

    for (size_t row = 0; row < view->rows; row++) {
        const char *id = vector_str(ids, row).ptr;

        if (!last || memcmp(last, id, TRACE_ID_BYTES) != 0)
            state = trace_table_find(&s->matcher.table, (const uint8_t *)id);
        last = id;
        wanted[row] = state && matcher_accepts(&s->matcher, state);
        *any = *any || wanted[row];
    }
    return ST_OK;
}

static Status count_view(FacetScan *s, const BlockView *view)
{
    uint8_t *wanted = arena_calloc(view->arena, view->rows, 1);
    bool any = false;
    Vector ids;
    Status st = wanted ? view_read(view, STR("trace_id"), &ids) : ST_NOMEM;

    if (!st)
        st = mark_wanted(s, view, &ids, wanted, &any);
    for (size_t i = 0; i < s->len && !st && any; i++)
        st = count_column(s, view, &s->fields[i], &ids, wanted);
    return st;
}

static Status count_blocks(FacetScan *s)
{
    Status st = ST_OK;

    for (size_t block = 0; block < snapshot_block_count(s->matcher.snap) && !st; block++) {
        Arena arena;
        const BlockView view = {s->matcher.snap, block, snapshot_block(s->matcher.snap, block).rows,
                                &arena};

        if (!matcher_reaches(&s->matcher, block))
            continue;
        arena_init(&arena, BLOCK_ARENA_LIMIT);
        st = count_view(s, &view);
        arena_deinit(&arena);
    }
    return st;
}

/* More traces first, then by value, so that the order is stable. */
static int by_count(const void *a, const void *b)
{
    const MapEntry *x = a;
    const MapEntry *y = b;

    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return str_cmp(x->key, y->key);
}

static Status make_facet(FacetScan *s, Counted *c, Facet *out)
{
    const size_t len = c->counts.len < TOP_VALUES ? c->counts.len : TOP_VALUES;
    Facet f = {
        .field = c->field, .values = arena_calloc(s->arena, len + 1, sizeof *f.values), .len = len};

    if (!f.values)
        return ST_NOMEM;
    if (c->counts.len)
        qsort(c->counts.entries, c->counts.len, sizeof *c->counts.entries, by_count);
    for (size_t i = 0; i < len; i++)
        f.values[i] = (FacetValue){c->counts.entries[i].key, c->counts.entries[i].value};
    *out = f;
    return ST_OK;
}

static Status make_list(FacetScan *s, FacetList *out)
{
    FacetList list = {.items = arena_calloc(s->arena, s->len + 1, sizeof *list.items)};

    if (!list.items)
        return ST_NOMEM;
    for (size_t i = 0; i < s->len; i++) {
        Status st = ST_OK;

        if (s->fields[i].counts.len)
            st = make_facet(s, &s->fields[i], &list.items[list.len++]);
        if (st)
            return st;
    }
    *out = list;
    return ST_OK;
}

Status query_facets(const Snapshot *snap, const Query *q, const QueryWindow *w, Arena *arena,
                    FacetList *out)
{
    FacetScan s = {.arena = arena};
    Status st;

    matcher_init(&s.matcher, snap, q, w, true);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        add_field(&s, str_from(fixed[i].field), str_from(fixed[i].column));
    st = snapshot_columns(snap, add_tag_field, &s);
    if (!st)
        st = matcher_all(&s.matcher);
    if (!st)
        st = count_blocks(&s);
    if (!st)
        st = make_list(&s, out);
    for (size_t i = 0; i < s.len; i++)
        map_deinit(&s.fields[i].counts);
    matcher_deinit(&s.matcher);
    return st;
}
