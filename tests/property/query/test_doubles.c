/* SPDX-License-Identifier: Apache-2.0 */
/* Doubles in blocks of segments and of the memtable, with late rows, while segments are added
 * and merged, against a loop over all pairs of rows. */
#include "support/fake_snapshot.c"

#include "support/check.h"

#include "query/doubles.h"

enum { SEEDS = 300, BLOCKS = 40, DAY = 1000000, STEPS = 12 };

static struct Snapshot snapshot;
static QueryEngine *engine;

/* What the store holds by now. */
typedef struct History {
    FakeSpan spans[FAKE_MAX_SPANS];
    size_t len;
    uint64_t sources[64];
    size_t blocks;
    uint64_t segments;
    uint64_t seq;
} History;

static History history;

static bool in_source(const FakeSpan *f, uint64_t source)
{
    for (size_t i = 0; i < history.len && source; i++)
        if (history.sources[history.spans[i].block] == source &&
            memcmp(&history.spans[i].span.trace_id, &f->span.trace_id, TRACE_ID_BYTES) == 0 &&
            memcmp(&history.spans[i].span.span_id, &f->span.span_id, SPAN_ID_BYTES) == 0)
            return true;
    return false;
}

/* Of one id come rows with one start, as a client sends them again. */
static void add_rows(Dice *d, size_t block, int64_t day, size_t count)
{
    for (size_t i = 0; i < count && history.len < FAKE_MAX_SPANS; i++) {
        FakeSpan *f = &history.spans[history.len];
        const bool again = history.len && !dice_below(d, 4);

        *f = again ? history.spans[dice_below(d, history.len)] : (FakeSpan){0};
        if (!again) {
            f->span.trace_id[15] = (uint8_t)dice_below(d, 3);
            f->span.span_id[6] = (uint8_t)(history.seq >> 8);
            f->span.span_id[7] = (uint8_t)history.seq;
            f->span.type = dice_below(d, 3) ? STR("llm") : STR("score");
            f->span.start_ns = (dice_below(d, 30) ? day : (int64_t)dice_below(d, STEPS)) * DAY +
                               (int64_t)dice_below(d, DAY);
        }
        if (in_source(f, history.sources[block]))
            continue;
        f->block = block;
        f->span.seq = ++history.seq;
        history.len++;
    }
}

/* A segment of a few blocks, or a block of the memtable. */
static void flush(Dice *d, int64_t day, bool segment)
{
    const size_t blocks = 1 + dice_below(d, 3);

    history.segments += segment;
    for (size_t i = 0; i < blocks && history.blocks < BLOCKS; i++) {
        history.sources[history.blocks] = segment ? history.segments : 0;
        add_rows(d, history.blocks++, day, 1 + dice_below(d, 20));
    }
}

/* The blocks of a segment become new ones of another. */
static void rewrite(Dice *d)
{
    const uint64_t gone = history.segments ? 1 + dice_below(d, (size_t)history.segments) : 0;

    history.segments++;
    for (size_t b = 0, end = history.blocks; b < end && gone && history.blocks < BLOCKS; b++) {
        if (history.sources[b] != gone)
            continue;
        for (size_t i = 0; i < history.len; i++)
            if (history.spans[i].block == b)
                history.spans[i].block = history.blocks;
        history.sources[history.blocks++] = history.segments;
        history.sources[b] = 0;
    }
}

static void drop_memtable(void)
{
    size_t kept = 0;

    for (size_t i = 0; i < history.len; i++)
        if (history.sources[history.spans[i].block])
            history.spans[kept++] = history.spans[i];
    history.len = kept;
}

static void show(void)
{
    snapshot = (struct Snapshot){.len = history.len};
    memcpy(snapshot.spans, history.spans, history.len * sizeof *history.spans);
    memcpy(snapshot.sources, history.sources, sizeof history.sources);
    fake_arrange(&snapshot, history.blocks);
}

/* ---------------------------------------------------------------- oracle */

static bool is_double(size_t at, bool scores_only)
{
    const Span *s = &snapshot.spans[at].span;

    for (size_t i = 0; i < snapshot.len; i++) {
        const Span *other = &snapshot.spans[i].span;

        if (other->seq > s->seq && memcmp(other->trace_id, s->trace_id, TRACE_ID_BYTES) == 0 &&
            memcmp(other->span_id, s->span_id, SPAN_ID_BYTES) == 0)
            return !scores_only || span_is_score(s);
    }
    return false;
}

static void check(bool scores_only)
{
    Arena arena;
    Doubles found;

    arena_init(&arena, 1 << 26);
    CHECK_OK(
        (scores_only ? doubles_of_scores : doubles_find)(&snapshot, engine, NULL, &arena, &found));
    PROPERTY(!found.incomplete);
    for (size_t b = 0; b < snapshot.blocks; b++) {
        const size_t begin = snapshot.block_begin[b];
        const size_t rows = snapshot.block_begin[b + 1] - begin;
        uint8_t keep[FAKE_MAX_SPANS];

        memset(keep, 1, sizeof keep);
        doubles_drop(&found, b, keep);
        for (size_t row = 0; row < rows; row++)
            PROPERTY(keep[row] == !is_double(begin + row, scores_only));
        PROPERTY(doubles_has(&found, b) == (memchr(keep, 0, rows) != NULL));
    }
    arena_deinit(&arena);
}

static void each_row_but_the_newest_is_found(Dice *d)
{
    history = (History){0};
    CHECK_OK(engine_new(1 << 22, 0, &engine));
    for (int64_t day = 0; day < STEPS; day++) {
        flush(d, day, dice_below(d, 4));
        if (!dice_below(d, 4))
            drop_memtable();
        if (!dice_below(d, 5))
            rewrite(d);
        show();
        if (dice_below(d, 3))
            check(false);
        if (dice_below(d, 3))
            check(true);
    }
    engine_free(engine);
    assert_int_equal(mem_live(), 0);
}

static void doubles_are_those_that_were_sent_again(void **state)
{
    (void)state;
    for_seeds(SEEDS, each_row_but_the_newest_is_found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_are_those_that_were_sent_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
