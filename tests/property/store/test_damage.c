/* SPDX-License-Identifier: Apache-2.0 */
/* Bits of segment files are flipped, anywhere, while the store is open and before it is
 * opened.  Reading answers with right spans or an error; after an error the damaged rows are left
 * out, and what is left reads.  Nothing that is read is ever wrong. */
#include "column/metadata.h"
#include "support/store_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { REQUESTS = 4, SPANS = 60, MAX_TRIES = 100 };

static void segment_file(const Fixture *f, size_t i, char *out, size_t size)
{
    const SegmentInfo *s = &f->index.items[i];

    (void)snprintf(out, size, "%s/segments/%lld/%lld.parquet", f->dir, (long long)s->project_id,
                   (long long)s->id);
}

static void flip_bit(const char *path, uint64_t bit)
{
    unsigned char byte;
    const int fd = open(path, O_RDWR);

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, (off_t)(bit / 8)), 1);
    byte ^= (unsigned char)(1u << bit % 8);
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)(bit / 8)), 1);
    (void)close(fd);
}

/* Where the pages of the file's one row group end. */
static uint64_t pages_end(const Fixture *f, int64_t id)
{
    uint64_t end = 0;

    for (size_t i = 0; i < f->store->segments.len; i++) {
        Segment *s = f->store->segments.items[i];

        if (s->info.id != id)
            continue;
        CHECK_OK(segment_pin(s));
        for (size_t c = 0; c < s->reader->column_count; c++) {
            const ChunkMeta *m = &s->reader->groups[0].chunks[c];

            end = m->start + m->size > end ? m->start + m->size : end;
        }
        segment_unpin(s);
    }
    return end;
}

/* What is behind the pages is checked when a file is opened: damage that comes later shows
 * at the next opening. */
static void flip_some(const Fixture *f, Dice *d, bool only_pages)
{
    const size_t flips = dice_below(d, 3) + 1;

    for (size_t i = 0; i < flips; i++) {
        const size_t at = dice_below(d, f->index.len);
        char path[400];

        const uint64_t end =
            only_pages ? pages_end(f, f->index.items[at].id) : f->index.items[at].bytes;

        segment_file(f, at, path, sizeof path);
        flip_bit(path, dice_below(d, end * 8));
    }
}

/* All spans of a snapshot, or what went wrong. */
static Status read_snapshot(Store *s, Arena *a, Span **out, size_t *count)
{
    Snapshot *snap = NULL;
    size_t rows = 0;
    Status st = store_snapshot(s, 1, &snap);

    if (st)
        return st;
    for (size_t b = 0; b < snapshot_block_count(snap); b++)
        rows += snapshot_block(snap, b).rows;
    *out = arena_calloc(a, rows + 1, sizeof **out);
    *count = 0;
    for (size_t b = 0; b < snapshot_block_count(snap) && !st; b++) {
        const size_t n = snapshot_block(snap, b).rows;
        size_t *wanted = arena_alloc(a, (n + 1) * sizeof *wanted);

        for (size_t i = 0; i < n; i++)
            wanted[i] = i;
        st = snapshot_spans(snap, b, wanted, n, a, *out + *count);
        *count += n;
    }
    snapshot_release(snap);
    return st;
}

static void check_right(const Span *have, size_t have_count, const Span *want, size_t want_count,
                        Arena *a, uint64_t seed)
{
    size_t w = 0;

    for (size_t h = 0; h < have_count; h++) {
        const char *diff;

        while (w < want_count && memcmp(want[w].trace_id, have[h].trace_id, 24) < 0)
            w++;
        if (w == want_count || memcmp(want[w].trace_id, have[h].trace_id, 24) != 0)
            fail_msg("seed %llu: a span that nobody sent", (unsigned long long)seed);
        diff = stored_difference(&want[w], &have[h], a);
        if (diff)
            fail_msg("seed %llu: %s is silently wrong", (unsigned long long)seed, diff);
    }
}

/* A segment that cannot even be opened was told when it was tried. */
static bool any_lost(const Store *s)
{
    bool lost = false;

    for (size_t i = 0; i < s->segments.len; i++) {
        const Status st = segment_pin(s->segments.items[i]);

        if (st)
            lost = true;
        else
            segment_unpin(s->segments.items[i]);
    }
    return lost;
}

/* As a server does it: when a read fails, the next snapshot is without the damage. */
static void read_and_check(Fixture *f, uint64_t seed)
{
    Chunk **chunks = calloc(f->len + 1, sizeof *chunks);
    Span *want = NULL;
    Span *have = NULL;
    size_t want_count;
    size_t have_count = 0;
    size_t tries = 0;
    Status st;
    Arena a;

    arena_init(&a, (size_t)1 << 30);
    want_count = expected_spans(f, 1, &a, chunks, &want);
    while ((st = read_snapshot(f->store, &a, &have, &have_count)) != ST_OK) {
        assert_true(segment_lost(st));
        if (++tries > MAX_TRIES)
            fail_msg("seed %llu: reading never ends: %s", (unsigned long long)seed,
                     status_text(st));
    }
    qsort(have, have_count, sizeof *have, span_by_id);
    check_right(have, have_count, want, want_count, &a, seed);
    if (have_count < want_count && !store_damage(f->store) && !any_lost(f->store))
        fail_msg("seed %llu: rows are missing silently", (unsigned long long)seed);
    arena_deinit(&a);
    for (size_t i = 0; i < f->len; i++)
        chunk_free(chunks[i]);
    free(chunks);
}

static void ignore(void *context, Str finding)
{
    (void)finding;
    ++*(size_t *)context;
}

/* A trace that is asked for by its id is found, or an error says why not. */
static void check_pruning(Fixture *f, Dice *d, uint64_t seed)
{
    for (size_t i = 0; i < 5; i++) {
        const TraceId id = made_trace_id(dice_below(d, 1000000) + 1);
        Snapshot *snap = NULL;

        if (store_snapshot(f->store, 1, &snap))
            continue;
        for (size_t b = 0; b < snapshot_block_count(snap); b++) {
            const size_t rows = snapshot_block(snap, b).rows;
            Vector v;
            Arena a;

            arena_init(&a, (size_t)1 << 26);
            if (!snapshot_may_contain(snap, b, STR("trace_id"),
                                      (Str){(const char *)id.bytes, 16}) &&
                !snapshot_read(snap, b, STR("trace_id"), 0, rows, &a, &v))
                for (size_t r = 0; r < rows; r++)
                    if (memcmp(vector_str(&v, r).ptr, id.bytes, 16) == 0)
                        fail_msg("seed %llu: a block denies what it has", (unsigned long long)seed);
            arena_deinit(&a);
        }
        snapshot_release(snap);
    }
}

static void flipped_bits_are_found(Dice *d)
{
    Fixture *f = fixture_new();
    const uint64_t seed = d->state;
    const bool reopen = dice_below(d, 4) != 0;
    size_t findings = 0;

    fixture_open(f);
    for (size_t i = 0; i < REQUESTS; i++) {
        CHECK_OK(fixture_append(f, 1, dice_u64(d), SPANS, 1000000));
        CHECK_OK(store_flush(f->store));
    }
    if (reopen)
        fixture_close(f);
    else
        read_and_check(f, seed);
    flip_some(f, d, !reopen);
    if (reopen)
        fixture_open(f);
    read_and_check(f, seed);
    check_pruning(f, d, seed);
    read_and_check(f, seed);
    CHECK_STATUS(store_verify(f->store, ignore, &findings), ST_CORRUPT);
    assert_true(findings > 0);
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

static void no_flipped_bit_makes_a_wrong_answer(void **state)
{
    const char *seeds = getenv("DAMAGE_SEEDS");

    (void)state;
    for_seeds(seeds ? (unsigned)atoi(seeds) : 400, flipped_bits_are_found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_flipped_bit_makes_a_wrong_answer)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
