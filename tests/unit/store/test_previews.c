/* SPDX-License-Identifier: Apache-2.0 */
/* Which previews are stored, and that readers see the same either way. */
#include "store/previews.h"

#include "support/store_fixture.h"

enum { ROWS = 60 };

/* `count` rows of one project whose inputs and outputs have these many bytes. */
static void append_texts(Fixture *f, uint64_t seed, size_t input, size_t output)
{
    Dice d = dice_new(seed);
    Chunk *c = NULL;

    CHECK_OK(make_chunk(1, seed, ROWS, 1000000, &c));
    for (size_t i = 0; i < ROWS; i++) {
        Span *s = &c->batch.spans[i];

        s->input_key = s->output_key = (Str){0};
        s->input = i % 7 ? made_text(&d, &c->arena, 2 * input) : (Str){0};
        s->output = made_text(&d, &c->arena, 2 * output);
    }
    CHECK_OK(
        store_append(f->store, &(StoreRecord){.project_id = 1, .kind = 7, .body = {"", 0}}, c));
}

static bool is_stored(const Fixture *f, SpanColumnId id)
{
    Segment *s = f->store->segments.items[0];
    ParquetStats stats;

    CHECK_OK(segment_pin(s));
    parquet_stats(s->reader, 0, s->columns[id], &stats);
    segment_unpin(s);
    return stats.null_count < (int64_t)s->groups[0].rows;
}

/* All rows of the one block. */
static void check_all(const Fixture *f)
{
    Snapshot *snap = NULL;
    Dice d = dice_new(1);
    Vector text;
    Vector preview;
    Arena a;

    arena_init(&a, 1 << 26);
    CHECK_OK(store_snapshot(f->store, 1, &snap));
    for (size_t b = 0; b < snapshot_block_count(snap); b++) {
        const size_t rows = snapshot_block(snap, b).rows;

        check_picks(&d, snap, b);
        CHECK_OK(snapshot_read(snap, b, STR("input"), 0, rows, &a, &text));
        CHECK_OK(snapshot_read(snap, b, STR("input_preview"), 0, rows, &a, &preview));
        assert_int_equal(preview.len, rows);
        assert_true(snapshot_has(snap, b, STR("input_preview")));
        for (size_t i = 0; i < rows; i++) {
            assert_int_equal(vector_is_null(&preview, i), vector_is_null(&text, i));
            if (!vector_is_null(&text, i))
                CHECK_SAME(vector_str(&preview, i),
                           utf8_clip(vector_str(&text, i), PREVIEW_MAX_BYTES));
        }
    }
    snapshot_release(snap);
    arena_deinit(&a);
}

static void previews_of_long_texts_are_stored_and_of_short_ones_are_not(void **state)
{
    Fixture *f = fixture_new();

    (void)state;
    fixture_open(f);
    append_texts(f, 1, 100, 3000);
    check_all(f);
    CHECK_OK(store_flush(f->store));
    assert_false(is_stored(f, COLUMN_input_preview));
    assert_true(is_stored(f, COLUMN_output_preview));
    check_all(f);
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

/* Four segments whose inputs are short become one whose inputs are not. */
static void a_merge_decides_anew(void **state)
{
    Fixture *f = fixture_new();
    bool more = true;

    (void)state;
    fixture_open(f);
    for (uint64_t i = 0; i < 4; i++) {
        append_texts(f, i + 1, i == 3 ? 9000 : 100, 100);
        CHECK_OK(store_flush(f->store));
    }
    while (more)
        CHECK_OK(store_compact(f->store, &more));
    assert_int_equal(f->store->segments.len, 1);
    assert_true(is_stored(f, COLUMN_input_preview));
    assert_false(is_stored(f, COLUMN_output_preview));
    check_all(f);
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

static void only_previews_are_clipped_from_something(void **state)
{
    (void)state;
    assert_int_equal(preview_source(COLUMN_input_preview), COLUMN_input);
    assert_int_equal(preview_source(COLUMN_output_preview), COLUMN_output);
    assert_int_equal(preview_source(COLUMN_input), SPAN_COLUMN_COUNT);
    assert_int_equal(preview_source(COLUMN_name), SPAN_COLUMN_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(previews_of_long_texts_are_stored_and_of_short_ones_are_not),
        cmocka_unit_test(a_merge_decides_anew),
        cmocka_unit_test(only_previews_are_clipped_from_something),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
