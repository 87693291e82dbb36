/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots read the same from the memtable, from segments and from both, and
 * keep what they saw. */
#include "support/store_fixture.h"

typedef struct Column {
    Str name;
    VectorType type;
} Column;

typedef struct Columns {
    Arena arena;
    Column items[500];
    size_t len;
} Columns;

static Status note_column(void *visitor, Str column, VectorType type)
{
    Columns *c = visitor;

    for (size_t i = 0; i < c->len; i++)
        assert_false(str_eq(c->items[i].name, column));
    assert_true(c->len < 500);
    c->items[c->len].type = type;
    return arena_copy(&c->arena, column, &c->items[c->len++].name);
}

static size_t find_column(const Columns *c, Str name)
{
    for (size_t i = 0; i < c->len; i++)
        if (str_eq(c->items[i].name, name))
            return i;
    return SIZE_MAX;
}

static bool same_cell(VectorType type, Cell x, Cell y)
{
    switch (type) {
    case VECTOR_BOOL:
    case VECTOR_INT:
    case VECTOR_TIME:
        return x.i == y.i;
    case VECTOR_DOUBLE:
        return x.d == y.d;
    case VECTOR_STR:
    case VECTOR_JSON:
    case VECTOR_BYTES:
    case VECTOR_FIXED:
        break;
    }
    return str_eq(x.s, y.s);
}

/* One key a row that both sides have: (trace, span). */
static void read_column(const Snapshot *snap, Str name, Arena *a, Vector *out, Vector ids[2])
{
    const size_t rows = snapshot_block(snap, 0).rows;

    assert_int_equal(snapshot_block_count(snap), 1);
    CHECK_OK(snapshot_read(snap, 0, name, 0, rows, a, out));
    CHECK_OK(snapshot_read(snap, 0, STR("trace_id"), 0, rows, a, &ids[0]));
    CHECK_OK(snapshot_read(snap, 0, STR("span_id"), 0, rows, a, &ids[1]));
    assert_int_equal(out->len, rows);
}

static size_t row_of(const Vector ids[2], Str trace, Str span)
{
    for (size_t i = 0; i < ids[0].len; i++)
        if (str_eq(vector_str(&ids[0], i), trace) && str_eq(vector_str(&ids[1], i), span))
            return i;
    fail_msg("a row is gone");
    return 0;
}

static void compare_column(const Snapshot *x, const Snapshot *y, Str name)
{
    Arena a;
    Vector v[2];
    Vector ids[2][2];

    arena_init(&a, (size_t)1 << 28);
    read_column(x, name, &a, &v[0], ids[0]);
    read_column(y, name, &a, &v[1], ids[1]);
    assert_int_equal(v[0].len, v[1].len);
    for (size_t i = 0; i < v[0].len; i++) {
        const size_t k = row_of(ids[1], vector_str(&ids[0][0], i), vector_str(&ids[0][1], i));

        if (vector_is_null(&v[0], i) != vector_is_null(&v[1], k))
            fail_msg("column %.*s: null in one", STR_ARG(name));
        if (!vector_is_null(&v[0], i) &&
            (v[0].type != v[1].type ||
             !same_cell(v[0].type, vector_cell(&v[0], i), vector_cell(&v[1], k))))
            fail_msg("column %.*s differs", STR_ARG(name));
    }
    arena_deinit(&a);
}

/* All columns but the ones that are about storage itself. */
static void every_column_reads_the_same_before_and_after_a_flush(void **state)
{
    Fixture *f = fixture_new();
    Snapshot *before = NULL;
    Snapshot *after = NULL;
    Columns *x = calloc(1, sizeof *x);
    Columns *y = calloc(1, sizeof *y);
    Dice dice = dice_new(5);

    (void)state;
    arena_init(&x->arena, 1 << 24);
    arena_init(&y->arena, 1 << 24);
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 5, 200, 1000000));
    CHECK_OK(store_snapshot(f->store, 1, &before));
    CHECK_OK(store_flush(f->store));
    CHECK_OK(store_snapshot(f->store, 1, &after));
    check_picks(&dice, before, 0);
    check_picks(&dice, after, 0);
    assert_int_equal(snapshot_block(before, 0).cache_key, 0);
    assert_int_not_equal(snapshot_block(after, 0).cache_key, 0);
    CHECK_OK(snapshot_columns(before, note_column, x));
    CHECK_OK(snapshot_columns(after, note_column, y));
    assert_int_equal(x->len, y->len);
    assert_true(x->len > SPAN_COLUMN_COUNT + 20);
    for (size_t i = 0; i < x->len; i++) {
        const size_t k = find_column(y, x->items[i].name);

        if (k == SIZE_MAX)
            fail_msg("column %.*s is gone", STR_ARG(x->items[i].name));
        assert_int_equal(x->items[i].type, y->items[k].type);
        if (!str_eq(x->items[i].name, STR("trace_start")))
            compare_column(before, after, x->items[i].name);
    }
    snapshot_release(before);
    snapshot_release(after);
    arena_deinit(&x->arena);
    arena_deinit(&y->arena);
    free(x);
    free(y);
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

/* Has the column a value; *copied: all of them are the row's input or output. */
static bool has_values(const Snapshot *snap, Str column, Arena *a, bool *copied)
{
    const size_t rows = snapshot_block(snap, 0).rows;
    Vector v;
    Vector payload[2];
    bool any = false;

    CHECK_OK(snapshot_read(snap, 0, column, 0, rows, a, &v));
    CHECK_OK(snapshot_read(snap, 0, STR("input"), 0, rows, a, &payload[0]));
    CHECK_OK(snapshot_read(snap, 0, STR("output"), 0, rows, a, &payload[1]));
    *copied = v.type == VECTOR_STR || v.type == VECTOR_JSON;
    for (size_t row = 0; row < rows; row++) {
        bool same = false;

        if (vector_is_null(&v, row))
            continue;
        any = true;
        for (size_t i = 0; i < 2 && *copied; i++)
            same = same ||
                   str_eq(vector_is_null(&payload[i], row) ? STR("") : vector_str(&payload[i], row),
                          vector_str(&v, row));
        *copied = *copied && same;
    }
    return any;
}

/* Free text looks at these: none that has something of its own to say may be missing. */
static void check_block_attributes(const Snapshot *snap, const Columns *all)
{
    Columns *some = calloc(1, sizeof *some);
    size_t found = 0;

    arena_init(&some->arena, 1 << 28);
    CHECK_OK(snapshot_block_attributes(snap, 0, note_column, some));
    for (size_t i = 0; i < all->len; i++) {
        const Str name = all->items[i].name;
        const bool told = find_column(some, name) != SIZE_MAX;
        bool copied;

        found += told;
        if (!str_starts(name, STR("attr.")))
            assert_false(told);
        else if (has_values(snap, name, &some->arena, &copied) && !told && !copied)
            fail_msg("column %.*s is not told", STR_ARG(name));
    }
    assert_int_equal(found, some->len);
    assert_true(found > 10);
    arena_deinit(&some->arena);
    free(some);
}

static void the_attributes_of_a_block_are_told(void **state)
{
    Fixture *f = fixture_new();
    Columns *all = calloc(1, sizeof *all);

    (void)state;
    arena_init(&all->arena, 1 << 24);
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 6, 200, 1000000));
    for (int flushed = 0; flushed < 2; flushed++) {
        Snapshot *snap = NULL;

        if (flushed)
            CHECK_OK(store_flush(f->store));
        CHECK_OK(store_snapshot(f->store, 1, &snap));
        all->len = 0;
        CHECK_OK(snapshot_columns(snap, note_column, all));
        check_block_attributes(snap, all);
        snapshot_release(snap);
    }
    arena_deinit(&all->arena);
    free(all);
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

static void an_unknown_column_reads_as_nulls(void **state)
{
    static const char *const names[] = {"nonsense", "attr.never.set", "resource.never#int"};
    Fixture *f = fixture_new();

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 5, 10, 1000000));
    for (size_t pass = 0; pass < 2; pass++) {
        Snapshot *snap = NULL;
        Arena a;

        arena_init(&a, 1 << 24);
        CHECK_OK(store_snapshot(f->store, 1, &snap));
        for (size_t i = 0; i < 3; i++) {
            Vector v;

            CHECK_OK(snapshot_read(snap, 0, str_from(names[i]), 2, 7, &a, &v));
            assert_int_equal(v.len, 5);
            assert_int_equal(v.type, VECTOR_STR);
            for (size_t k = 0; k < 5; k++)
                assert_true(vector_is_null(&v, k));
        }
        snapshot_release(snap);
        arena_deinit(&a);
        CHECK_OK(store_flush(f->store));
    }
    fixture_free(f);
}

static void rows_that_are_not_there_are_refused(void **state)
{
    Fixture *f = fixture_new();

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 5, 10, 1000000));
    for (size_t pass = 0; pass < 2; pass++) {
        static const size_t descending[] = {3, 2};
        static const size_t beyond[] = {3, 10};
        Snapshot *snap = NULL;
        Arena a;
        Vector v;
        Span spans[2];

        arena_init(&a, 1 << 24);
        CHECK_OK(store_snapshot(f->store, 1, &snap));
        CHECK_STATUS(snapshot_read(snap, 0, STR("name"), 5, 11, &a, &v), ST_INVALID);
        CHECK_STATUS(snapshot_read(snap, 0, STR("name"), 5, 4, &a, &v), ST_INVALID);
        CHECK_OK(snapshot_read(snap, 0, STR("name"), 5, 5, &a, &v));
        assert_int_equal(v.len, 0);
        CHECK_STATUS(snapshot_spans(snap, 0, descending, 2, &a, spans), ST_INVALID);
        CHECK_STATUS(snapshot_spans(snap, 0, beyond, 2, &a, spans), ST_INVALID);
        CHECK_OK(snapshot_spans(snap, 0, beyond, 0, &a, spans));
        snapshot_release(snap);
        arena_deinit(&a);
        CHECK_OK(store_flush(f->store));
    }
    fixture_free(f);
}

/* The payload stands once in the file; its attribute can be asked for all the same. */
static void an_attribute_kept_as_the_input_is_found_under_its_own_name(void **state)
{
    Fixture *f = fixture_new();
    Snapshot *snap = NULL;
    Arena a;
    Vector attr;
    Vector key;
    Vector input;
    size_t found = 0;

    (void)state;
    arena_init(&a, 1 << 26);
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 5, 400, 1000000));
    CHECK_OK(store_flush(f->store));
    CHECK_OK(store_snapshot(f->store, 1, &snap));
    CHECK_OK(snapshot_read(snap, 0, STR("attr.vireo.input"), 0, 400, &a, &attr));
    CHECK_OK(snapshot_read(snap, 0, STR("input_key"), 0, 400, &a, &key));
    CHECK_OK(snapshot_read(snap, 0, STR("input"), 0, 400, &a, &input));
    for (size_t i = 0; i < 400; i++) {
        if (vector_is_null(&key, i) || !str_eq(vector_str(&key, i), STR("vireo.input")))
            continue;
        found++;
        assert_false(vector_is_null(&attr, i));
        CHECK_SAME(vector_str(&attr, i),
                   vector_is_null(&input, i) ? STR("") : vector_str(&input, i));
        assert_true(snapshot_may_contain(snap, 0, STR("attr.vireo.input"), vector_str(&attr, i)));
    }
    assert_true(found > 3);
    snapshot_release(snap);
    arena_deinit(&a);
    fixture_free(f);
}

static bool told_rows_have(const Snapshot *snap, size_t block, Str column, Str text, size_t row)
{
    RowRanges rows = {0};
    bool told = false;

    CHECK_OK(snapshot_text_rows(snap, block, column, text, &rows));
    for (size_t i = 0; i < rows.len; i++)
        told = told || (row >= rows.items[i].from && row < rows.items[i].to);
    VEC_FREE(&rows);
    return told;
}

static bool dictionary_has(const Snapshot *snap, size_t block, Str column, Str text, Arena *a)
{
    const Str *values;
    size_t count = 0;
    bool has;

    CHECK_OK(snapshot_dictionary(snap, block, column, a, &values, &count));
    has = !values;
    for (size_t i = 0; i < count; i++)
        has = has || str_eq(values[i], text);
    return has;
}

static void check_texts(const Snapshot *snap, size_t block, Str column, Arena *a)
{
    Vector v;

    CHECK_OK(snapshot_read(snap, block, column, 0, snapshot_block(snap, block).rows, a, &v));
    for (size_t i = 0; i < v.len; i++) {
        const Str text = vector_is_null(&v, i) ? (Str){0} : vector_str(&v, i);

        if (vector_is_null(&v, i))
            continue;
        assert_true(told_rows_have(snap, block, column, text, i));
        assert_true(told_rows_have(snap, block, column, str_slice(text, 3, 9), i));
        assert_true(dictionary_has(snap, block, column, text, a));
    }
}

/* Traces of the block that have the text in a span, by a look at every row. */
static uint32_t traces_with(const Vector *v, const Vector *ids, const Vector *types, Str text)
{
    uint32_t count = 0;
    bool counted = false;

    for (size_t i = 0; i < v->len; i++) {
        counted = counted && str_eq(vector_str(ids, i), vector_str(ids, i - 1));
        if (counted || vector_is_null(v, i) || !str_eq(vector_str(v, i), text) ||
            str_eq(vector_str(types, i), STR(VIREO_TYPE_SCORE)))
            continue;
        counted = true;
        count++;
    }
    return count;
}

/* Is it known in how many traces the texts of the column are? */
static bool check_run_counts(const Snapshot *snap, size_t block, Str column, Arena *a)
{
    const size_t rows = snapshot_block(snap, block).rows;
    RunCounts counts;
    Vector v, ids, types;

    CHECK_OK(snapshot_run_counts(snap, block, column, a, &counts));
    CHECK_OK(snapshot_read(snap, block, column, 0, rows, a, &v));
    CHECK_OK(snapshot_read(snap, block, STR("trace_id"), 0, rows, a, &ids));
    CHECK_OK(snapshot_read(snap, block, STR("type"), 0, rows, a, &types));
    for (size_t i = 0; i < counts.len; i++)
        assert_int_equal(counts.counts[i], traces_with(&v, &ids, &types, counts.values[i]));
    for (size_t i = 0; i < rows && counts.values; i++)
        assert_true(vector_is_null(&v, i) ||
                    dictionary_has(snap, block, column, vector_str(&v, i), a));
    return counts.values != NULL;
}

/* In the memtable, in what a flush wrote, and in what was put together. */
static void texts_are_where_they_may_be(void **state)
{
    static const char *const columns[] = {"input", "output", "name", "attr.vireo.input", "model"};
    Fixture *f = fixture_new();
    size_t counted = 0;
    bool more = true;

    (void)state;
    fixture_open(f);
    for (uint64_t pass = 0; pass < 6; pass++) {
        Snapshot *snap = NULL;
        Arena a;

        CHECK_OK(fixture_append(f, 1, 20 + pass, 200, 1000000));
        arena_init(&a, 1 << 26);
        CHECK_OK(store_snapshot(f->store, 1, &snap));
        for (size_t b = 0; b < snapshot_block_count(snap); b++)
            for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
                check_texts(snap, b, str_from(columns[c]), &a);
                counted += check_run_counts(snap, b, str_from(columns[c]), &a);
            }
        snapshot_release(snap);
        arena_deinit(&a);
        CHECK_OK(store_flush(f->store));
        if (pass > 3)
            CHECK_OK(store_compact(f->store, &more));
    }
    assert_true(counted > 0); /* of what was put together */
    fixture_free(f);
}

static void pruning_never_hides_a_row(void **state)
{
    Fixture *f = fixture_new();

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 6, 100, 1000000));
    for (size_t pass = 0; pass < 2; pass++) {
        static const char absent[16] = "not in any trace";
        Snapshot *snap = NULL;
        Arena a;
        Vector ids;
        Vector start;
        ParquetStats range;

        arena_init(&a, 1 << 24);
        CHECK_OK(store_snapshot(f->store, 1, &snap));
        CHECK_OK(snapshot_read(snap, 0, STR("trace_id"), 0, 100, &a, &ids));
        CHECK_OK(snapshot_read(snap, 0, STR("start"), 0, 100, &a, &start));
        assert_true(snapshot_range(snap, 0, STR("start"), &range));
        for (size_t i = 0; i < 100; i++) {
            assert_true(snapshot_may_contain(snap, 0, STR("trace_id"), vector_str(&ids, i)));
            assert_in_range(start.as.i[i] - range.min.i, 0, range.max.i - range.min.i);
        }
        assert_false(snapshot_may_contain(snap, 0, STR("trace_id"), (Str){absent, 16}));
        assert_int_equal(range.min.i, snapshot_block(snap, 0).min_time_ns);
        assert_int_equal(range.max.i, snapshot_block(snap, 0).max_time_ns);
        assert_false(snapshot_range(snap, 0, STR("name"), &range));
        snapshot_release(snap);
        arena_deinit(&a);
        CHECK_OK(store_flush(f->store));
    }
    fixture_free(f);
}

static void a_snapshot_keeps_what_it_saw(void **state)
{
    Fixture *f = fixture_new();
    Snapshot *old[6] = {NULL};
    bool more = true;

    (void)state;
    fixture_open(f);
    for (uint64_t i = 0; i < 5; i++) {
        CHECK_OK(fixture_append(f, 1, i + 1, 10, 1000000));
        CHECK_OK(store_snapshot(f->store, 1, &old[i]));
        if (i != 2)
            CHECK_OK(store_flush(f->store));
    }
    CHECK_OK(store_compact(f->store, &more));
    CHECK_OK(store_expire(f->store, 1, INT64_MAX));
    CHECK_OK(store_snapshot(f->store, 1, &old[5]));
    for (size_t i = 0; i < 6; i++) {
        size_t rows = 0;

        for (size_t b = 0; b < snapshot_block_count(old[i]); b++) {
            const size_t n = snapshot_block(old[i], b).rows;
            Arena a;
            Vector v;

            arena_init(&a, 1 << 24);
            CHECK_OK(snapshot_read(old[i], b, STR("name"), 0, n, &a, &v));
            arena_deinit(&a);
            rows += n;
        }
        assert_int_equal(rows, i == 5 ? 0 : (i + 1) * 10);
        snapshot_release(old[i]);
    }
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

static void spans_outlive_their_snapshot(void **state)
{
    Fixture *f = fixture_new();
    Arena a;
    Span *spans = NULL;
    size_t doubled;

    (void)state;
    arena_init(&a, 1 << 26);
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 50, 1000000));
    CHECK_OK(store_flush(f->store));
    assert_int_equal(read_all(f->store, 1, &a, &spans, &doubled), 50);
    CHECK_OK(store_expire(f->store, 1, INT64_MAX));
    assert_true(spans[49].name.len < 100 && spans[49].resource->attrs.len < 10);
    for (size_t i = 0; i < 50; i++)
        for (size_t k = 0; k < spans[i].attrs.len; k++)
            assert_true(utf8_valid(spans[i].attrs.items[k].key));
    arena_deinit(&a);
    fixture_free(f);
}

static void projects_do_not_see_each_other(void **state)
{
    Fixture *f = fixture_new();
    Snapshot *snap = NULL;

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 5, 10));
    CHECK_OK(fixture_append(f, 65, 2, 6, 10)); /* the same bucket of the memtable */
    CHECK_OK(store_snapshot(f->store, 65, &snap));
    assert_int_equal(snapshot_block_count(snap), 1);
    assert_int_equal(snapshot_block(snap, 0).rows, 6);
    snapshot_release(snap);
    CHECK_OK(store_flush(f->store));
    CHECK_OK(store_snapshot(f->store, 2, &snap));
    assert_int_equal(snapshot_block_count(snap), 0);
    snapshot_release(snap);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_reads_the_same_before_and_after_a_flush),
        cmocka_unit_test(the_attributes_of_a_block_are_told),
        cmocka_unit_test(an_unknown_column_reads_as_nulls),
        cmocka_unit_test(rows_that_are_not_there_are_refused),
        cmocka_unit_test(an_attribute_kept_as_the_input_is_found_under_its_own_name),
        cmocka_unit_test(texts_are_where_they_may_be),
        cmocka_unit_test(pruning_never_hides_a_row),
        cmocka_unit_test(a_snapshot_keeps_what_it_saw),
        cmocka_unit_test(spans_outlive_their_snapshot),
        cmocka_unit_test(projects_do_not_see_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
