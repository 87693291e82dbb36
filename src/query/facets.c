/* SPDX-License-Identifier: Apache-2.0 */
/* query_facets: the most frequent values of some fields among matching traces.
 *
 * First the matching traces are found, then each field's column is counted, block by
 * block and trace by trace: a value counts once for a trace that has it.  A trace that is
 * spread over blocks may count once in each, which a list of "what is there" can bear;
 * exact counts of traces come from the histogram. */
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

/* A row of a matching trace. */
typedef struct TraceRow {
    const char *id;
    size_t row;
} TraceRow;

typedef struct TraceRows {
    TraceRow *items; /* the rows of a trace are neighbours */
    size_t len;
} TraceRows;

static bool same_trace(const TraceRow *a, const TraceRow *b)
{
    return memcmp(a->id, b->id, TRACE_ID_BYTES) == 0;
}

enum { LOOK_BACK = 64 };

/* Has an earlier span of the same trace that value?  Looks back a few spans only, so that a
 * trace of a hundred thousand costs no square of that. */
static bool counted_before(const Vector *v, const TraceRows *rows, size_t i, Str text)
{
    char scratch[32];

    for (size_t k = i;
         k-- > 0 && i - k <= LOOK_BACK && same_trace(&rows->items[k], &rows->items[i]);)
        if (!vector_is_null(v, rows->items[k].row) &&
            str_eq(text_of(v, rows->items[k].row, scratch), text))
            return true;
    return false;
}

/* A value counts once a trace, whichever of its spans have it. */
static Status count_column(FacetScan *s, const BlockView *view, Counted *c, const TraceRows *rows)
{
    char scratch[32];
    Vector v;
    Status st = view_read(view, c->column, &v);

    for (size_t i = 0; i < rows->len && !st; i++) {
        const size_t row = rows->items[i].row;

        if (!vector_is_null(&v, row)) {
            const Str text = text_of(&v, row, scratch);

            if (!counted_before(&v, rows, i, text))
                st = count_value(s, c, text);
        }
    }
    return st;
}

static int by_trace(const void *a, const void *b)
{
    const TraceRow *x = a;
    const TraceRow *y = b;
    const int c = memcmp(x->id, y->id, TRACE_ID_BYTES);

    return c ? c : (x->row > y->row) - (x->row < y->row);
}

static Status find_rows(const FacetScan *s, const BlockView *view, TraceRows *out)
{
    const TraceState *state = NULL;
    const char *last = NULL;
    Vector ids;
    Status st = view_read(view, STR("trace_id"), &ids);

    *out = (TraceRows){.items = arena_calloc(view->arena, view->rows + 1, sizeof *out->items)};
    if (st || !out->items)
        return st ? st : ST_NOMEM;
    for (size_t row = 0; row < view->rows; row++) {
        const char *id = vector_str(&ids, row).ptr;

        if (!last || memcmp(last, id, TRACE_ID_BYTES) != 0)
            state = trace_table_find(&s->matcher.table, (const uint8_t *)id);
        last = id;
        if (state && matcher_accepts(&s->matcher, state))
            out->items[out->len++] = (TraceRow){id, row};
    }
    return ST_OK;
}

static Status count_view(FacetScan *s, const BlockView *view)
{
    TraceRows rows;
    Status st = find_rows(s, view, &rows);

    /* The memtable keeps spans as they came. */
    if (!st && snapshot_block(view->snap, view->block).cache_key == 0)
        qsort(rows.items, rows.len, sizeof *rows.items, by_trace);
    for (size_t i = 0; i < s->len && !st && rows.len; i++)
        st = count_column(s, view, &s->fields[i], &rows);
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
