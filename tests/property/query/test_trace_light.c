/* SPDX-License-Identifier: Apache-2.0 */
/* Light traces out of random blocks, with lost parents, cycles and doubled
 * spans, against definitions that are read off word by word. */
#include "support/fake_snapshot.c"

#include "support/check.h"

#include "query/trace_light.h"

enum { SEEDS = 300, MAX_LEN = 120 };

static const char *const names[] = {"load", "Predict", "call LLM", "rank"};
static const char *const types[] = {"llm", "tool", "span"};
static const char *const inputs[] = {"", "Refund please", "straße", "order 7"};

static void random_span(Dice *d, FakeSpan *f, uint32_t number)
{
    static const Resource resource;
    static const Scope scope;
    Span *s = &f->span;

    *f = (FakeSpan){0};
    s->trace_id[15] = (uint8_t)(1 + dice_below(d, 4) / 3);
    s->span_id[7] = (uint8_t)(1 + dice_below(d, MAX_LEN));
    if (dice_below(d, 8))
        s->parent_id[7] = (uint8_t)(1 + dice_below(d, MAX_LEN));
    s->name = str_from(names[dice_below(d, 4)]);
    s->type = str_from(types[dice_below(d, 3)]);
    s->model = dice_below(d, 3) ? (Str){0} : STR("digits");
    s->model_version = s->model.len ? (int32_t)dice_below(d, 3) : 0;
    s->start_ns = (int64_t)dice_below(d, 100);
    s->end_ns = s->start_ns + (int64_t)dice_below(d, 60);
    s->status = (SpanStatus)dice_below(d, 3);
    s->error_message = s->status == SPAN_ERROR ? STR("it went WRONG") : (Str){0};
    s->input = str_from(inputs[dice_below(d, 4)]);
    s->output = str_from(inputs[dice_below(d, 4)]);
    s->seq = number;
    s->resource = &resource;
    s->scope = &scope;
}

static void random_snapshot(Dice *d, struct Snapshot *snap)
{
    const size_t blocks = 1 + dice_below(d, 5);

    *snap = (struct Snapshot){.len = dice_below(d, MAX_LEN),
                              .dictionaries = dice_below(d, 2),
                              .exact_bloom = dice_below(d, 2)};
    for (size_t i = 0; i < snap->len; i++) {
        random_span(d, &snap->spans[i], (uint32_t)i + 1);
        snap->spans[i].block = dice_below(d, blocks);
    }
    fake_arrange(snap, blocks);
}

/* ---------------------------------------------------------------- oracle */

/* The spans of trace 1 that count, by id. */
static const Span *truth[256];

static size_t read_truth(const struct Snapshot *snap)
{
    size_t len = 0;

    memset(truth, 0, sizeof truth);
    for (size_t i = 0; i < snap->len; i++) {
        const Span *s = &snap->spans[i].span;
        const Span **at = &truth[s->span_id[7]];

        if (s->trace_id[15] == 1 && (!*at || (*at)->seq < s->seq))
            *at = s;
    }
    for (size_t id = 0; id < 256; id++)
        len += truth[id] != NULL;
    return len;
}

static void check_row(const TraceLight *t, size_t at)
{
    const TreeSpan *s = &t->spans[at];
    const Span *real = truth[s->span_id[7]];
    size_t children = 0;
    size_t below = 0;

    PROPERTY(real && real->start_ns == s->start_ns && real->end_ns == s->end_ns);
    PROPERTY(str_eq(t->texts[s->name], real->name) && str_eq(t->texts[s->type], real->type));
    PROPERTY(str_eq(t->texts[s->model], real->model));
    PROPERTY(s->model_version == real->model_version && s->status == real->status);
    PROPERTY(s->orphan == (real->parent_id[7] && !truth[real->parent_id[7]]));
    if (s->parent != TREE_NONE) {
        PROPERTY(s->parent < at && s->depth == t->spans[s->parent].depth + 1);
        PROPERTY(t->spans[s->parent].span_id[7] == real->parent_id[7]);
    } else {
        PROPERTY(s->depth == 0);
    }
    for (size_t i = at + 1; i < t->len; i++)
        children += t->spans[i].parent == at;
    for (size_t i = at + 1; i < t->len && t->spans[i].depth > s->depth; i++)
        below++;
    PROPERTY(children == s->children && below == s->descendants);
}

/* A root without parent id, an orphan, or the earliest of a cycle. */
static void check_roots(const TraceLight *t)
{
    size_t last = SIZE_MAX;

    for (size_t i = 0; i < t->len; i++) {
        const TreeSpan *s = &t->spans[i];
        const Span *at = truth[s->span_id[7]];

        if (s->parent != TREE_NONE)
            continue;
        PROPERTY(last == SIZE_MAX || t->spans[last].start_ns <= s->start_ns);
        last = i;
        if (!at->parent_id[7] || s->orphan)
            continue;
        for (size_t step = 0; step < t->len; step++) {
            at = truth[at->parent_id[7]];
            PROPERTY(at && at->start_ns >= s->start_ns);
        }
    }
}

static bool covers(const TreeSpan *s, int64_t ns)
{
    return s->start_ns <= ns && ns < s->end_ns;
}

static int64_t slow_self(const TraceLight *t, size_t at)
{
    int64_t self = 0;

    for (int64_t ns = t->spans[at].start_ns; ns < t->spans[at].end_ns; ns++) {
        bool busy = false;

        for (size_t i = 0; i < t->len; i++)
            busy = busy || (t->spans[i].parent == at && covers(&t->spans[i], ns));
        self += !busy;
    }
    return self;
}

/* The definition, as a recursion: the time of `at` in [from, to) before `to`. */
static void slow_path(const TraceLight *t, size_t at, int64_t from, int64_t to, int64_t *critical)
{
    int64_t now = to;
    bool used[MAX_LEN] = {0};

    for (;;) {
        size_t best = SIZE_MAX;
        int64_t best_to = 0;
        int64_t best_from = 0;

        for (size_t i = 0; i < t->len; i++) {
            const TreeSpan *c = &t->spans[i];
            const int64_t child_from = c->start_ns > from ? c->start_ns : from;
            const int64_t child_to = c->end_ns < to ? c->end_ns : to;

            if (used[i] || c->parent != (at == SIZE_MAX ? TREE_NONE : at) || c->start_ns > to ||
                c->end_ns < from || child_to > now)
                continue;
            if (best == SIZE_MAX || child_to > best_to) {
                best = i;
                best_to = child_to;
                best_from = child_from;
            }
        }
        if (at != SIZE_MAX)
            critical[at] += now - (best == SIZE_MAX ? from : best_to);
        if (best == SIZE_MAX)
            return;
        used[best] = true;
        slow_path(t, best, best_from, best_to, critical);
        now = best_from;
    }
}

static void check_times(const TraceLight *t)
{
    int64_t critical[MAX_LEN] = {0};

    slow_path(t, SIZE_MAX, INT64_MIN, INT64_MAX, critical);
    for (size_t i = 0; i < t->len; i++) {
        const TreeSpan *s = &t->spans[i];
        int64_t sum = 0;

        PROPERTY(s->self_ns == slow_self(t, i));
        PROPERTY(s->critical_ns == critical[i]);
        for (uint32_t k = 0; k < s->steps; k++) {
            const TreeStep step = t->steps.items[s->first_step + k];

            PROPERTY(step.span == i && step.from_ns < step.to_ns);
            PROPERTY(k == 0 || step.from_ns >= t->steps.items[s->first_step + k - 1].to_ns);
            sum += step.to_ns - step.from_ns;
        }
        PROPERTY(sum == s->critical_ns);
    }
}

static bool slow_contains(Str text, const char *wanted)
{
    const size_t len = strlen(wanted);

    for (size_t i = 0; i + len <= text.len; i++)
        if (str_eq_nocase(str_slice(text, i, i + len), str_from(wanted)))
            return true;
    return false;
}

static bool slow_found(const Span *s, const char *wanted)
{
    static const char *const statuses[] = {"unset", "ok", "error"};
    char text[64];

    (void)snprintf(text, sizeof text, "00000000000000%02x %.*s:v%d", s->span_id[7],
                   STR_ARG(s->model), (int)s->model_version);
    return slow_contains(s->name, wanted) || slow_contains(s->type, wanted) ||
           slow_contains(s->input, wanted) || slow_contains(s->output, wanted) ||
           slow_contains(s->error_message, wanted) ||
           slow_contains(str_from(statuses[s->status]), wanted) ||
           (s->model_version && slow_contains(str_from(text), wanted)) ||
           slow_contains(str_slice(str_from(text), 0, 16), wanted);
}

static void check_search(Dice *d, const TraceLight *t, const struct Snapshot *snap)
{
    static const char *const wanted[] = {"LLM", "refund",           "digits:v2", "Error",
                                         "ok",  "0000000000000001", "wrong",     "nowhere"};
    const char *text = wanted[dice_below(d, 8)];
    uint32_t *positions;
    size_t count;
    size_t at = 0;
    Arena arena;

    arena_init(&arena, 1 << 24);
    CHECK_OK(trace_light_find(t, snap, str_from(text), NULL, &arena, &positions, &count));
    for (size_t i = 0; i < t->len; i++) {
        const bool found = at < count && positions[at] == i;

        PROPERTY(found == slow_found(truth[t->spans[i].span_id[7]], text));
        at += found;
    }
    PROPERTY(at == count);
    arena_deinit(&arena);
}

static void check_shares(const TraceLight *t)
{
    TraceShares shares;
    uint64_t spans = 0;
    int64_t self = 0;
    Arena arena;

    arena_init(&arena, 1 << 24);
    CHECK_OK(trace_light_shares(t, &arena, &shares));
    for (size_t i = 0; i < shares.len; i++) {
        const TraceShare *s = &shares.items[i];

        spans += s->spans;
        self += s->self_ns;
        PROPERTY(i == 0 || shares.items[i - 1].critical_ns >= s->critical_ns);
        for (size_t k = 0; k < i; k++)
            PROPERTY(!str_eq(shares.items[k].name, s->name) ||
                     !str_eq(shares.items[k].type, s->type));
    }
    PROPERTY(spans == t->len && self == shares.self_ns);
    arena_deinit(&arena);
}

static void one_snapshot(Dice *d)
{
    static const uint8_t id[TRACE_ID_BYTES] = {[15] = 1};
    static struct Snapshot snap;
    const TraceLight *t = NULL;
    const TraceLight *again = NULL;
    TraceCache *cache;
    size_t len;
    Status st;

    random_snapshot(d, &snap);
    len = read_truth(&snap);
    CHECK_OK(trace_cache_new(dice_below(d, 2) << 20, &cache));
    st = trace_light_take(cache, &snap, 1, id, NULL, &t);
    PROPERTY(st == (len ? ST_OK : ST_NOTFOUND));
    if (!st) {
        PROPERTY(t->len == len);
        for (size_t i = 0; i < t->len; i++)
            check_row(t, i);
        check_roots(t);
        check_times(t);
        check_search(d, t, &snap);
        check_shares(t);
        CHECK_OK(trace_light_take(cache, &snap, 1, id, NULL, &again));
        PROPERTY(again->len == len);
    }
    trace_light_put(cache, again);
    trace_light_put(cache, t);
    trace_cache_free(cache);
}

static void light_traces_agree_with_their_definition(void **state)
{
    (void)state;
    for_seeds(SEEDS, one_snapshot);
    assert_int_equal(mem_live(), 0);
}

/* ----------------------------------------------------------------- cache */

static void a_trace_is_read_again_only_when_it_changed(void **state)
{
    static const uint8_t id[TRACE_ID_BYTES] = {[15] = 1};
    static struct Snapshot snap;
    const TraceLight *a;
    const TraceLight *b;
    const TraceLight *other;
    TraceCache *cache;
    Dice d = dice_new(5);

    (void)state;
    snap = (struct Snapshot){.len = 2};
    for (uint32_t i = 0; i < 3; i++) {
        random_span(&d, &snap.spans[i], i + 1);
        snap.spans[i].span.trace_id[15] = 1;
        snap.spans[i].span.span_id[7] = (uint8_t)(i + 1);
    }
    fake_arrange(&snap, 1);
    CHECK_OK(trace_cache_new(1 << 20, &cache));
    CHECK_OK(trace_light_take(cache, &snap, 1, id, NULL, &a));
    CHECK_OK(trace_light_take(cache, &snap, 1, id, NULL, &b));
    assert_ptr_equal(a, b);
    CHECK_OK(trace_light_take(cache, &snap, 2, id, NULL, &other));
    assert_ptr_not_equal(a, other);
    trace_light_put(cache, b);
    snap.len = 3;
    fake_arrange(&snap, 1);
    CHECK_OK(trace_light_take(cache, &snap, 1, id, NULL, &b));
    assert_int_equal(a->len, 2);
    assert_int_equal(b->len, 3);
    trace_light_put(cache, a);
    trace_light_put(cache, b);
    trace_light_put(cache, other);
    trace_cache_free(cache);
    assert_int_equal(mem_live(), 0);
}

static void every_allocation_failure_is_survived(void **state)
{
    static const uint8_t id[TRACE_ID_BYTES] = {[15] = 1};
    static struct Snapshot snap;
    Dice d = dice_new(3);

    (void)state;
    random_snapshot(&d, &snap);
    for (long k = 0;; k++) {
        TraceCache *cache = NULL;
        const TraceLight *t = NULL;
        Status st;

        mem_fail_after(k);
        st = trace_cache_new(1 << 20, &cache);
        if (!st)
            st = trace_light_take(cache, &snap, 1, id, NULL, &t);
        mem_fail_after(-1);
        trace_light_put(cache, t);
        trace_cache_free(cache);
        assert_int_equal(mem_live(), 0);
        if (!st)
            break;
        CHECK_STATUS(st, ST_NOMEM);
    }
}

/* ------------------------------------------------------------- one span */

static void one_span_is_the_newest_of_its_id(Dice *d)
{
    static const uint8_t id[TRACE_ID_BYTES] = {[15] = 1};
    static struct Snapshot snap;
    uint8_t span_id[SPAN_ID_BYTES] = {0};
    Arena arena;
    Span found;
    Status st;

    random_snapshot(d, &snap);
    (void)read_truth(&snap);
    span_id[7] = (uint8_t)(1 + dice_below(d, MAX_LEN));
    arena_init(&arena, 1 << 20);
    st = query_span(&snap, id, span_id, &arena, &found);
    PROPERTY(st == (truth[span_id[7]] ? ST_OK : ST_NOTFOUND));
    PROPERTY(st || found.seq == truth[span_id[7]]->seq);
    arena_deinit(&arena);
}

static void single_spans_are_found(void **state)
{
    (void)state;
    for_seeds(SEEDS, one_span_is_the_newest_of_its_id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(light_traces_agree_with_their_definition),
        cmocka_unit_test(a_trace_is_read_again_only_when_it_changed),
        cmocka_unit_test(every_allocation_failure_is_survived),
        cmocka_unit_test(single_spans_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
