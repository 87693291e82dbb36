/* SPDX-License-Identifier: Apache-2.0 */
/* The executor against a brute-force reading of docs/query-language.md, over random
 * spans in random blocks and random queries. */
#include "support/fake_snapshot.c"

#include "base/alloc.h"
#include "query/facets.h"
#include "query/ranking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { SEEDS = 1500, MAX_TRACES = 40, TEXT_ROOM = 4096, MAX_NODES = 64 };

/* ------------------------------------------------------------ random data */

static const FacetWish default_facets = {.top = 10};

static uint64_t rng;

static size_t below(size_t n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (size_t)(rng >> 11) % n;
}

/* With helpers or without: the answers are the same. */
static QueryEngine *helped;
static long live_at_rest; /* allocations that are the engine's */

static QueryEngine *any_engine(void)
{
    return below(2) ? helped : NULL;
}

#define PICK(array) str_from((array)[below(sizeof(array) / sizeof *(array))])

static const char *const names[] = {"load", "predict", "Call LLM", "pre*dict"};
static const char *const types[] = {"model", "llm", "tool", "span"};
static const char *const models[] = {"", "digits", "fraud", "a:v9"};
static const char *const countries[] = {"DE", "FR", "7", "true"};
static const char *const inputs[] = {"", "Refund please", "{\"x\": 7}", "straße"};
static const char *const events[] = {
    "", "[{\"name\":\"retry\",\"attributes\":{\"why\":\"rate \\\"limit\\\"\"}}]"};
static const char *const errors[] = {"", "ValueError", "Timeout"};
static const char *const judges[] = {"", "kind:v1", "kind:v2", "odd:v1:v1"};
static const char *const labels[] = {"good", "bad", "0.5"};

static FakeTag random_age(void)
{
    FakeTag tag = {.key = STR("age")};

    switch (below(3)) {
    case 0:
        tag.value = (Value){VALUE_STR, {.s = STR("7")}};
        break;
    case 1:
        tag.value = (Value){VALUE_INT, {.i = (int64_t)below(10)}};
        break;
    default:
        tag.value = (Value){VALUE_DOUBLE, {.d = (double)below(20) / 2}};
        break;
    }
    return tag;
}

static void random_tags(FakeSpan *f)
{
    f->tag_count = 0;
    if (below(2))
        f->tags[f->tag_count++] = (FakeTag){STR("country"), {VALUE_STR, {.s = PICK(countries)}}};
    if (below(2))
        f->tags[f->tag_count++] = random_age();
    if (below(3) == 0)
        f->tags[f->tag_count++] = (FakeTag){STR("paid"), {VALUE_BOOL, {.b = below(2)}}};
}

static void random_span(FakeSpan *f, size_t traces, uint32_t number)
{
    static const Resource resource;
    static const Scope scope;
    Span *s = &f->span;

    *f = (FakeSpan){.service = below(2) ? STR("shop") : (Str){0}};
    s->trace_id[15] = (uint8_t)(1 + below(traces));
    memcpy(s->span_id, &number, sizeof number);
    s->span_id[7] = 1;
    if (below(3)) { /* mostly a span that is there, though often of another trace */
        memcpy(s->parent_id, &(uint32_t){1 + (uint32_t)below(number + 1)}, sizeof number);
        s->parent_id[7] = (uint8_t)(below(8) != 0);
    }
    s->name = PICK(names);
    s->type = PICK(types);
    s->model = PICK(models);
    s->model_version = s->model.len ? (int32_t)below(4) : 0;
    s->start_ns = (int64_t)below(2000) * 1000000;
    s->end_ns = s->start_ns + (int64_t)below(3000) * 1000000;
    s->status = (SpanStatus)below(3);
    s->error_type = PICK(errors);
    s->error_message = s->error_type.len ? STR("it went WRONG") : (Str){0};
    s->events_json = PICK(events);
    s->input = PICK(inputs);
    s->output = PICK(inputs);
    s->has_cost = below(2);
    s->cost = (double)below(8) / 4;
    s->usage = (Usage){below(2) ? (int64_t)below(100) : -1, -1};
    s->seq = number;
    s->resource = &resource;
    s->scope = &scope;
    random_tags(f);
}

/* What a judge says; now and then nothing but that it is there. */
static void random_judgement(FakeSpan *f)
{
    f->judge = PICK(judges);
    f->passed = below(2) ? (Value){VALUE_BOOL, {.b = below(2)}} : (Value){0};
    switch (below(4)) {
    case 0:
        f->score = (Value){VALUE_STR, {.s = PICK(labels)}};
        break;
    case 1:
        f->score = (Value){VALUE_BOOL, {.b = below(2)}};
        break;
    case 2:
        f->score = (Value){VALUE_DOUBLE, {.d = (double)below(5) / 4}};
        break;
    default:
        f->score = (Value){0};
        break;
    }
}

/* Of a trace, or of a span that may be there; names, models and texts are no span's. */
static void make_score(FakeSpan *f)
{
    f->span.type = STR("score");
    random_judgement(f);
}

/* A score starts with its trace or later: nobody judges what has not begun. */
static void place_score(struct Snapshot *snap, FakeSpan *f)
{
    int64_t first = INT64_MAX;

    for (size_t i = 0; i < snap->len; i++)
        if (!span_is_score(&snap->spans[i].span) &&
            snap->spans[i].span.trace_id[15] == f->span.trace_id[15] &&
            snap->spans[i].span.start_ns < first)
            first = snap->spans[i].span.start_ns;
    if (first < INT64_MAX)
        f->span.start_ns = first + (below(3) ? 0 : (int64_t)below(500) * 1000000);
    f->span.end_ns = f->span.start_ns;
}

/* Sent again, a score may say another thing. */
static void send_scores_again(struct Snapshot *snap, size_t blocks)
{
    for (size_t i = 0, len = snap->len; i < len && snap->len < FAKE_MAX_SPANS; i++) {
        if (!span_is_score(&snap->spans[i].span))
            continue;
        place_score(snap, &snap->spans[i]);
        if (below(4))
            continue;
        snap->spans[snap->len] = snap->spans[i];
        random_judgement(&snap->spans[snap->len]);
        snap->spans[snap->len].span.seq += 1000;
        snap->spans[snap->len++].block = below(blocks);
    }
}

static void random_snapshot(struct Snapshot *snap)
{
    const bool judged = below(2);

    const size_t blocks = 1 + below(6);
    const size_t traces = 1 + below(below(3) ? MAX_TRACES : 3);

    *snap = (struct Snapshot){.len = below(200), .dictionaries = below(2), .exact_bloom = below(2)};
    for (size_t i = 0; i < snap->len; i++) {
        random_span(&snap->spans[i], traces, (uint32_t)i + 1);
        if (judged && below(3) == 0)
            make_score(&snap->spans[i]);
        snap->spans[i].block = below(blocks);
        /* Sent twice: the same span once more, in a block of its own choice. */
        if (i && below(10) == 0 && !span_is_score(&snap->spans[i - 1].span)) {
            snap->spans[i] = snap->spans[i - 1];
            snap->spans[i].span.seq++;
            snap->spans[i].block = below(blocks);
        }
    }
    send_scores_again(snap, blocks);
    fake_arrange(snap, blocks);
}

/* --------------------------------------------------------- random queries */

/* A query as a tree, with its text; leaves are checked one by one. */
typedef enum NodeKind { N_LEAF, N_NOT, N_AND, N_OR, N_SPAN, N_CHILD, N_PARENT } NodeKind;

typedef struct Node {
    NodeKind kind;
    int leaf;
    size_t left;
    size_t right;
} Node;

static Node nodes[MAX_NODES];
static size_t node_count;

typedef struct Leaf {
    const char *text;
    bool (*holds)(const FakeSpan *f);
} Leaf;

static const FakeTag *find_tag(const FakeSpan *f, Str key)
{
    for (size_t i = 0; i < f->tag_count; i++)
        if (str_eq(f->tags[i].key, key))
            return &f->tags[i];
    return NULL;
}

static bool age_between(const FakeSpan *f, double low, double high)
{
    const FakeTag *t = find_tag(f, STR("age"));

    if (!t || t->value.kind == VALUE_STR)
        return false;
    return t->value.kind == VALUE_INT
               ? (double)t->value.as.i >= low && (double)t->value.as.i <= high
               : t->value.as.d >= low && t->value.as.d <= high;
}

#define LEAF(name, condition)           \
    static bool name(const FakeSpan *f) \
    {                                   \
        const Span *s = &f->span;       \
        (void)s;                        \
        return condition;               \
    }

static bool country_is(const FakeSpan *f, Str value)
{
    const FakeTag *t = find_tag(f, STR("country"));

    return t && str_eq(t->value.as.s, value);
}

static bool has_text(const Span *s, const char *lower, const char *as_written)
{
    (void)lower;
    return str_find(s->input, str_from(as_written)) < s->input.len ||
           str_find(s->output, str_from(as_written)) < s->output.len;
}

LEAF(status_error, s->status == SPAN_ERROR)
LEAF(status_list, s->status == SPAN_OK || s->status == SPAN_UNSET)
LEAF(slow, span_duration_ns(s) > INT64_C(2000000000))
LEAF(in_range, span_duration_ns(s) >= 100000000 && span_duration_ns(s) <= 1500000000)
LEAF(name_predict, str_eq(s->name, STR("predict")))
LEAF(name_wild, str_starts(s->name, STR("pre")) && str_ends(s->name, STR("dict")))
LEAF(name_star, str_eq(s->name, STR("pre*dict")))
LEAF(model_any, str_eq(s->model, STR("digits")))
LEAF(model_v2, str_eq(s->model, STR("digits")) && s->model_version == 2)
LEAF(model_star, str_eq(s->model, STR("fraud")))
LEAF(model_odd, s->model.len == 0 ? false : str_eq(s->model, STR("a")) && s->model_version == 9)
LEAF(model_exists, s->model.len > 0)
LEAF(version_high, s->model_version >= 2)
LEAF(root_true, span_is_root(s))
LEAF(root_false, !span_is_root(s))
LEAF(country_de, country_is(f, STR("DE")))
LEAF(country_seven, country_is(f, STR("7")))
LEAF(age_seven, age_between(f, 7, 7) ||
                    (find_tag(f, STR("age")) && find_tag(f, STR("age"))->value.kind == VALUE_STR))
LEAF(age_text, find_tag(f, STR("age")) && find_tag(f, STR("age"))->value.kind == VALUE_STR)
LEAF(age_range, age_between(f, 2.5, 6))
LEAF(age_exists, find_tag(f, STR("age")) != NULL)
LEAF(paid, find_tag(f, STR("paid")) && find_tag(f, STR("paid"))->value.as.b)
LEAF(text_refund, has_text(s, "refund", "Refund"))
LEAF(text_llm, str_eq(s->name, STR("Call LLM")))
LEAF(input_has, str_eq(s->input, STR("{\"x\": 7}")))
LEAF(text_country, country_is(f, STR("DE")))
LEAF(text_event, s->events_json.len > 0)
LEAF(never, s->seq == UINT64_MAX)
LEAF(name_regex, str_starts(s->name, STR("pre")))
LEAF(country_regex, country_is(f, STR("DE")) || country_is(f, STR("FR")))
LEAF(recent, s->start_ns >= INT64_C(1000000000))
LEAF(regex_anywhere, str_eq(s->name, STR("load")) || s->events_json.len > 0)
LEAF(error_is, str_eq(s->error_type, STR("Timeout")))
LEAF(error_says, s->error_message.len > 0)
LEAF(tokens, s->usage.input_tokens >= 50)
LEAF(costly, s->has_cost && s->cost > 1)
LEAF(cost_between, s->has_cost && s->cost >= 0.5 && s->cost <= 1.25)
LEAF(cost_is, s->has_cost && s->cost == 0.75)
LEAF(trace_seven, s->trace_id[15] == 7)
LEAF(at_time, s->start_ns < 1000000000)
LEAF(service_shop, f->service.len > 0)

static bool label_is(const FakeSpan *f, const char *label)
{
    return f->score.kind == VALUE_STR && str_eq(f->score.as.s, str_from(label));
}

static bool score_between(const FakeSpan *f, double low, double high)
{
    return f->score.kind == VALUE_DOUBLE && f->score.as.d >= low && f->score.as.d <= high;
}

LEAF(score_low, score_between(f, -1, 0.49))
LEAF(score_half, score_between(f, 0.5, 0.5) || label_is(f, "0.5"))
LEAF(score_good, label_is(f, "good"))
LEAF(score_regex, label_is(f, "good") || label_is(f, "bad"))
LEAF(score_true, f->score.kind == VALUE_BOOL && f->score.as.b)
LEAF(score_there, f->score.kind != VALUE_NONE)
LEAF(passed, f->passed.kind == VALUE_BOOL && f->passed.as.b)
LEAF(judge_kind, str_starts(f->judge, STR("kind:")))
LEAF(judge_version, str_eq(f->judge, STR("kind:v2")))
LEAF(judge_odd, str_eq(f->judge, STR("odd:v1:v1")))
LEAF(judge_there, f->judge.len > 0)

enum { SCORE_LEAVES = 11 }; /* which come first */

static const Leaf leaves[] = {
    {"score.x<0.5", score_low},
    {"score.x:0.5", score_half},
    {"score.x:good", score_good},
    {"score.x:/^(g|b)/", score_regex},
    {"score.x:true", score_true},
    {"has:score.x", score_there},
    {"passed.x:true", passed},
    {"judge:kind", judge_kind},
    {"judge:k*:v2", judge_version},
    {"judge:\"odd:v1:v1\"", judge_odd},
    {"judge:*", judge_there},
    {"score.y:1", never},
    {"type:score", never},
    {"status:error", status_error},
    {"status:(ok, unset)", status_list},
    {"latency>2s", slow},
    {"duration:100ms..1500ms", in_range},
    {"name:predict", name_predict},
    {"name:pre*dict", name_wild},
    {"name:\"pre*dict\"", name_star},
    {"model:digits", model_any},
    {"model:digits:v2", model_v2},
    {"model:fr*:v*", model_star},
    {"model:a:v9", model_odd},
    {"has:model", model_exists},
    {"version>=2", version_high},
    {"root:true", root_true},
    {"root:false", root_false},
    {"tag.country:DE", country_de},
    {"tag.country:7", country_seven},
    {"tag.age:7", age_seven},
    {"tag.age:\"7\"", age_text},
    {"tag.age:2.5..6", age_range},
    {"tag.age:*", age_exists},
    {"tag.paid:true", paid},
    {"refund", text_refund},
    {"\"call llm\"", text_llm},
    {"input:\"\\\"X\\\": 7\"", input_has},
    {"error:Timeout", error_is},
    {"\"de\"", text_country},
    {"\"RATE \\\"lim\"", text_event},
    {"attributes", never},
    {"name:/^pre.*dict$/", name_regex},
    {"tag.country:/^[df]/i", country_regex},
    {"error.message:/went [A-Z]+$/", error_says},
    {"/rate .limit|^load$/", regex_anywhere},
    {"time>=-1s", recent},
    {"error.message:wrong", error_says},
    {"tokens.input>=50", tokens},
    {"cost>$1", costly},
    {"cost:$0.5..1.25", cost_between},
    {"cost:$0.75", cost_is},
    {"trace:00000000000000000000000000000007", trace_seven},
    {"time<1000000000", at_time},
    {"service:shop", service_shop},
};

/* Then `holds` is asked of rows of scores. */
static bool is_of_score(const Leaf *leaf)
{
    const Str text = str_from(leaf->text);

    return str_starts(text, STR("score.")) || str_starts(text, STR("passed.")) ||
           str_starts(text, STR("judge:")) || str_starts(text, STR("has:score."));
}

static size_t new_node(Node n)
{
    nodes[node_count] = n;
    return node_count++;
}

static size_t append(char *text, size_t at, const char *more)
{
    return at + (size_t)snprintf(text + at, TEXT_ROOM - at, "%s", more);
}

static size_t append_leaf(char *text, size_t *at, size_t choices)
{
    const int leaf = (int)below(choices);

    *at = append(text, *at, leaves[leaf].text);
    return new_node((Node){.kind = N_LEAF, .leaf = leaf});
}

/* Two fields of scores, which in a group are asked of one. */
static size_t random_scores(char *text, size_t *at)
{
    const size_t left = append_leaf(text, at, SCORE_LEAVES);
    size_t right;

    *at = append(text, *at, " ");
    right = append_leaf(text, at, SCORE_LEAVES);
    return new_node((Node){.kind = N_AND, .left = left, .right = right});
}

/* Grow a random tree and its text together. */
static size_t random_query(char *text, size_t *at, int depth, bool in_span)
{
    const size_t choice = depth <= 0 || node_count > MAX_NODES - 8 ? 0 : below(9);
    size_t left;
    size_t right;

    if (choice <= 2 || (choice == 7 && in_span)) {
        return append_leaf(text, at, sizeof leaves / sizeof *leaves);
    }
    if (choice == 3) {
        *at = append(text, *at, below(2) ? "-(" : "not (");
        left = random_query(text, at, depth - 1, in_span);
        *at = append(text, *at, ")");
        return new_node((Node){.kind = N_NOT, .left = left});
    }
    if (choice == 8) {
        const bool child = below(2);

        *at = append(text, *at, child ? "child(" : "parent(");
        left = random_query(text, at, depth - 1, true);
        *at = append(text, *at, ")");
        return new_node((Node){.kind = child ? N_CHILD : N_PARENT, .left = left});
    }
    *at = append(text, *at, choice == 7 ? "span(" : "(");
    if (choice == 7 && below(3) == 0)
        left = random_scores(text, at);
    else
        left = random_query(text, at, depth - 1, in_span || choice == 7);
    if (choice == 7) {
        *at = append(text, *at, ")");
        return new_node((Node){.kind = N_SPAN, .left = left});
    }
    *at = append(text, *at, choice == 6 ? " or " : below(2) ? " and " : " ");
    right = random_query(text, at, depth - 1, in_span);
    *at = append(text, *at, ")");
    return new_node((Node){.kind = choice == 6 ? N_OR : N_AND, .left = left, .right = right});
}

/* ---------------------------------------------------------------- oracle */

static struct Snapshot snapshot;

static bool span_holds(size_t node, const FakeSpan *f);
static bool has_newer_copy(const struct Snapshot *snap, size_t i);

/* Has a child of the span, or its parent, what stands in the node? */
static bool relative_holds(size_t node, const FakeSpan *f, bool child)
{
    for (size_t i = 0; i < snapshot.len; i++) {
        const FakeSpan *g = &snapshot.spans[i];
        const FakeSpan *above = child ? f : g;
        const FakeSpan *below_it = child ? g : f;

        if (g->span.trace_id[15] == f->span.trace_id[15] && !span_is_score(&g->span) &&
            !span_is_root(&below_it->span) &&
            memcmp(below_it->span.parent_id, above->span.span_id, SPAN_ID_BYTES) == 0 &&
            span_holds(node, g))
            return true;
    }
    return false;
}

static bool all_hold(const Leaf *const *asked, size_t count, const FakeSpan *f)
{
    for (size_t i = 0; i < count; i++)
        if (!asked[i]->holds(f))
            return false;
    return true;
}

/* Is there one score of the span, or of the trace that it is a root of, as all the leaves say? */
static bool score_holds(const Leaf *const *asked, size_t count, const FakeSpan *f)
{
    for (size_t i = 0; i < snapshot.len; i++) {
        const FakeSpan *g = &snapshot.spans[i];

        if (span_is_score(&g->span) && g->span.trace_id[15] == f->span.trace_id[15] &&
            (span_is_root(&g->span)
                 ? span_is_root(&f->span)
                 : memcmp(g->span.parent_id, f->span.span_id, SPAN_ID_BYTES) == 0) &&
            !has_newer_copy(&snapshot, i) && all_hold(asked, count, g))
            return true;
    }
    return false;
}

/* What `and`s join, however they are nested: leaves that are asked of scores, by what binds
 * them; whether all else holds. */
typedef struct Chain {
    const Leaf *named[MAX_NODES]; /* score.x, passed.x; score.y never holds */
    size_t names;
    const Leaf *judges[MAX_NODES];
    size_t judge_count;
} Chain;

static bool add_to_chain(size_t node, const FakeSpan *f, Chain *c)
{
    const Node *n = &nodes[node];

    if (n->kind == N_AND) { /* both are added, whatever the first says */
        const bool left = add_to_chain(n->left, f, c);

        return add_to_chain(n->right, f, c) && left;
    }
    if (n->kind != N_LEAF || !is_of_score(&leaves[n->leaf]))
        return span_holds(node, f);
    if (str_starts(str_from(leaves[n->leaf].text), STR("judge:")))
        c->judges[c->judge_count++] = &leaves[n->leaf];
    else
        c->named[c->names++] = &leaves[n->leaf];
    return true;
}

/* One score for all that have its name, and then also for who judged; else one for each judge. */
static bool chain_holds(size_t node, const FakeSpan *f)
{
    Chain c = {.names = 0};

    if (!add_to_chain(node, f, &c))
        return false;
    if (c.names) {
        for (size_t i = 0; i < c.judge_count; i++)
            c.named[c.names++] = c.judges[i];
        return score_holds(c.named, c.names, f);
    }
    for (size_t i = 0; i < c.judge_count; i++)
        if (!score_holds(&c.judges[i], 1, f))
            return false;
    return true;
}

static bool span_holds(size_t node, const FakeSpan *f)
{
    const Node *n = &nodes[node];

    switch (n->kind) {
    case N_LEAF:
    case N_AND:
        return n->kind == N_AND || is_of_score(&leaves[n->leaf]) ? chain_holds(node, f)
                                                                 : leaves[n->leaf].holds(f);
    case N_NOT:
        return !span_holds(n->left, f);
    case N_OR:
        return span_holds(n->left, f) || span_holds(n->right, f);
    case N_CHILD:
    case N_PARENT:
        return relative_holds(n->left, f, n->kind == N_CHILD);
    case N_SPAN:
        break;
    }
    return span_holds(n->left, f);
}

static bool any_span(size_t node, const struct Snapshot *snap, uint8_t trace)
{
    for (size_t i = 0; i < snap->len; i++)
        if (snap->spans[i].span.trace_id[15] == trace && !span_is_score(&snap->spans[i].span) &&
            span_holds(node, &snap->spans[i]))
            return true;
    return false;
}

static bool any_score(const Leaf *leaf, const struct Snapshot *snap, uint8_t trace)
{
    for (size_t i = 0; i < snap->len; i++)
        if (snap->spans[i].span.trace_id[15] == trace && span_is_score(&snap->spans[i].span) &&
            !has_newer_copy(snap, i) && leaf->holds(&snap->spans[i]))
            return true;
    return false;
}

static bool trace_holds(size_t node, const struct Snapshot *snap, uint8_t trace)
{
    const Node *n = &nodes[node];

    switch (n->kind) {
    case N_LEAF:
        if (is_of_score(&leaves[n->leaf]))
            return any_score(&leaves[n->leaf], snap, trace);
        return any_span(node, snap, trace);
    case N_SPAN:
    case N_CHILD:
    case N_PARENT:
        return any_span(node, snap, trace);
    case N_NOT:
        return !trace_holds(n->left, snap, trace);
    case N_AND:
        return trace_holds(n->left, snap, trace) && trace_holds(n->right, snap, trace);
    case N_OR:
        return trace_holds(n->left, snap, trace) || trace_holds(n->right, snap, trace);
    }
    return false;
}

typedef struct Expected {
    uint8_t trace;
    int64_t start_ns;
    SpanStatus status;
    size_t spans; /* without doubled ones */
} Expected;

static int newest_first(const void *a, const void *b)
{
    const Expected *x = a;
    const Expected *y = b;

    if (x->start_ns != y->start_ns)
        return x->start_ns > y->start_ns ? -1 : 1;
    return y->trace - x->trace;
}

static bool has_newer_copy(const struct Snapshot *snap, size_t i)
{
    for (size_t k = 0; k < snap->len; k++)
        if (memcmp(snap->spans[k].span.span_id, snap->spans[i].span.span_id, SPAN_ID_BYTES) == 0 &&
            snap->spans[k].span.trace_id[15] == snap->spans[i].span.trace_id[15] &&
            snap->spans[k].span.seq > snap->spans[i].span.seq)
            return true;
    return false;
}

static bool is_better_root(const Span *a, const Span *than)
{
    if (span_is_root(a) != span_is_root(than))
        return span_is_root(a);
    return a->start_ns < than->start_ns;
}

/* Two roots that start together: which one is the root is nobody's promise. */
static Expected expect_trace(const struct Snapshot *snap, uint8_t trace, bool *ambiguous)
{
    Expected e = {.trace = trace, .start_ns = INT64_MAX};
    const Span *root = NULL;

    *ambiguous = false;
    for (size_t i = 0; i < snap->len; i++) {
        const Span *s = &snap->spans[i].span;

        if (s->trace_id[15] != trace || has_newer_copy(snap, i) || span_is_score(s))
            continue;
        e.spans++;
        e.start_ns = s->start_ns < e.start_ns ? s->start_ns : e.start_ns;
        if (root && !is_better_root(s, root) && !is_better_root(root, s))
            *ambiguous = true;
        if (!root || is_better_root(s, root)) {
            *ambiguous = *ambiguous && root && !is_better_root(s, root);
            root = s;
        }
    }
    if (root)
        e.status = root->status;
    return e;
}

static size_t expect_list(const struct Snapshot *snap, size_t query, bool everything,
                          const QueryWindow *w, Expected *out, bool *ambiguous)
{
    size_t len = 0;

    *ambiguous = false;
    for (int trace = 1; trace <= MAX_TRACES; trace++) {
        bool unclear = false;
        const Expected e = expect_trace(snap, (uint8_t)trace, &unclear);

        if (!e.spans || e.start_ns < w->from_ns || e.start_ns >= w->to_ns)
            continue;
        if (!everything && !trace_holds(query, snap, (uint8_t)trace))
            continue;
        *ambiguous = *ambiguous || unclear;
        out[len++] = e;
    }
    qsort(out, len, sizeof *out, newest_first);
    return len;
}

/* ------------------------------------------------------------------ tests */

static void check_pages(const Query *q, const QueryWindow *w, const Expected *expected, size_t len,
                        bool ambiguous, const char *label)
{
    Arena a;
    Str cursor = {0};
    size_t seen = 0;

    arena_init(&a, 1 << 28);
    do {
        TracePage page = {0};
        const size_t limit = 1 + below(7);

        assert_int_equal(query_traces(&snapshot, q, w, limit, cursor, any_engine(), &a, &page),
                         ST_OK);
        if (page.len > limit || seen + page.len > len)
            fail_msg("%s: %d traces too many", label, (int)(seen + page.len - len));
        for (size_t i = 0; i < page.len; i++, seen++) {
            if (page.items[i].root->trace_id[15] != expected[seen].trace)
                fail_msg("%s: trace %d at %d, expected %d", label, page.items[i].root->trace_id[15],
                         (int)seen, expected[seen].trace);
            assert_int_equal(page.items[i].start_ns, expected[seen].start_ns);
            assert_int_equal(page.items[i].span_count, expected[seen].spans);
            if (!ambiguous)
                assert_int_equal(page.items[i].status, expected[seen].status);
        }
        cursor = page.next_cursor;
    } while (cursor.len);
    if (seen != len)
        fail_msg("%s: %d traces, expected %d", label, (int)seen, (int)len);
    arena_deinit(&a);
}

/* The ranking behind some trace of the list is the rest of it, and any stretch reads as its page.
 */
static void check_ranking(const Query *q, const QueryWindow *w, const Expected *expected,
                          size_t len, const char *label)
{
    const TraceOrder newest_first_order = {0};
    const size_t skipped = len ? below(len) : 0;
    TracePage page = {0};
    TraceSummary lines[MAX_TRACES] = {0};
    Ranking r = {0};
    size_t from;
    Arena a;

    arena_init(&a, 1 << 28);
    if (skipped)
        assert_int_equal(query_traces(&snapshot, q, w, skipped, (Str){0}, NULL, &a, &page), ST_OK);
    assert_int_equal(
        query_ranking(&snapshot, q, w, &newest_first_order, page.next_cursor, any_engine(), &a, &r),
        ST_OK);
    if (r.len != len - skipped)
        fail_msg("%s: %d ranked, expected %d", label, (int)r.len, (int)(len - skipped));
    for (size_t i = 0; i < r.len; i++)
        if (r.items[i].id[15] != expected[skipped + i].trace ||
            r.items[i].start_ns != expected[skipped + i].start_ns)
            fail_msg("%s: trace %d ranked %d, expected %d", label, r.items[i].id[15],
                     (int)(skipped + i), expected[skipped + i].trace);
    from = r.len ? below(r.len) : 0;
    assert_int_equal(
        query_ranked(&snapshot, r.items + from, r.len - from, any_engine(), NULL, &a, lines),
        ST_OK);
    for (size_t i = from; i < r.len; i++)
        if (lines[i - from].root->trace_id[15] != r.items[i].id[15] ||
            lines[i - from].span_count != expected[skipped + i].spans)
            fail_msg("%s: the line at %d is of another trace", label, (int)(skipped + i));
    ranking_free(&r);
    arena_deinit(&a);
}

static void check_histogram(const Query *q, const QueryWindow *w, const Expected *expected,
                            size_t len, bool ambiguous, const char *label)
{
    Arena a;
    Histogram h = {0};
    uint64_t errors_expected = 0;
    uint64_t sum = 0;

    arena_init(&a, 1 << 26);
    assert_int_equal(query_histogram(&snapshot, q, w, 1 + below(60), any_engine(), &a, &h), ST_OK);
    for (size_t i = 0; i < len; i++)
        errors_expected += expected[i].status == SPAN_ERROR;
    for (size_t i = 0; i < h.len; i++)
        sum += h.items[i].count;
    if (h.total != len || sum != len)
        fail_msg("%s: histogram counts %d, expected %d", label, (int)h.total, (int)len);
    if (!ambiguous)
        assert_int_equal(h.errors, errors_expected);
    arena_deinit(&a);
}

static void random_window(QueryWindow *w)
{
    *w = QUERY_ALWAYS;
    if (below(3) == 0) {
        w->from_ns = (int64_t)below(1500) * 1000000;
        w->to_ns = w->from_ns + (int64_t)(1 + below(1000)) * 1000000;
    }
}

static void queries_find_what_brute_force_finds(void **state)
{
    char text[TEXT_ROOM];
    char label[TEXT_ROOM + 64];
    Expected expected[MAX_TRACES];

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        Arena a;
        Err err = {0};
        Query *q = NULL;
        QueryWindow w;
        size_t at = 0;
        size_t len;
        size_t root = 0;
        bool ambiguous;
        const bool everything = seed % 20 == 0;

        rng = seed * UINT64_C(0x9E3779B97F4A7C15);
        random_snapshot(&snapshot);
        random_window(&w);
        node_count = 0;
        text[0] = '\0';
        if (!everything)
            root = random_query(text, &at, 4, false);
        (void)snprintf(label, sizeof label, "seed %d: %s", (int)seed, text);
        arena_init(&a, 1 << 24);
        if (query_parse_at(str_from(text), INT64_C(2000000000), &a, &err, &q))
            fail_msg("%s: %s", label, err.msg);
        len = expect_list(&snapshot, root, everything, &w, expected, &ambiguous);
        check_pages(q, &w, expected, len, ambiguous, label);
        check_histogram(q, &w, expected, len, ambiguous, label);
        check_ranking(q, &w, expected, len, label);
        arena_deinit(&a);
    }
    assert_int_equal(mem_live(), live_at_rest);
}

static void run_stats_count_what_brute_force_counts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        Arena a;
        RunStatsList list = {0};
        const QueryWindow w = QUERY_ALWAYS;

        rng = seed * UINT64_C(0x9E3779B97F4A7C15);
        random_snapshot(&snapshot);
        arena_init(&a, 1 << 26);
        assert_int_equal(query_run_stats(&snapshot, (Str){0}, NULL, &w, 10, &a, &list), ST_OK);
        for (size_t i = 0; i < list.len; i++) {
            uint64_t runs = 0;
            uint64_t failed = 0;

            for (size_t k = 0; k < snapshot.len; k++) {
                const Span *s = &snapshot.spans[k].span;

                if (span_is_score(s) || !str_eq(s->model, list.items[i].model) ||
                    (list.items[i].version && s->model_version != list.items[i].version))
                    continue;
                runs++;
                failed += s->status == SPAN_ERROR;
            }
            assert_int_equal(list.items[i].runs, runs);
            assert_int_equal(list.items[i].errors, failed);
        }
        arena_deinit(&a);
    }
}

static bool trace_has_status(uint8_t trace, SpanStatus status)
{
    for (size_t i = 0; i < snapshot.len; i++)
        if (snapshot.spans[i].span.trace_id[15] == trace &&
            snapshot.spans[i].span.status == status && !span_is_score(&snapshot.spans[i].span))
            return true;
    return false;
}

static void facets_count_a_trace_once_for_each_value(void **state)
{
    static const char *const statuses[] = {"unset", "ok", "error"};

    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        const QueryWindow w = QUERY_ALWAYS;
        Arena a;
        Query *q = NULL;
        FacetList facets = {0};

        rng = seed * UINT64_C(0x9E3779B97F4A7C15);
        random_snapshot(&snapshot);
        for (size_t i = 0; i < snapshot.len; i++)
            snapshot.spans[i].block = 0; /* in one block they are exact */
        fake_arrange(&snapshot, 1);
        arena_init(&a, 1 << 26);
        assert_int_equal(query_parse((Str){0}, &a, NULL, &q), ST_OK);
        assert_int_equal(query_facets(&snapshot, q, &w, &default_facets, any_engine(), &a, &facets),
                         ST_OK);
        for (size_t i = 0; i < facets.len && i < 1; i++) {
            assert_true(str_eq(facets.items[0].field, STR("status")));
            for (size_t k = 0; k < facets.items[0].len; k++) {
                uint64_t expected = 0;

                for (int code = 0; code < 3; code++)
                    for (int trace = 1; trace <= MAX_TRACES; trace++)
                        expected +=
                            str_eq(facets.items[0].values[k].value, str_from(statuses[code])) &&
                            trace_has_status((uint8_t)trace, (SpanStatus)code);
                assert_int_equal(facets.items[0].values[k].count, expected);
            }
        }
        arena_deinit(&a);
    }
}

static void a_trace_comes_back_once_and_in_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        Arena a;
        SpanBatch batch = {0};
        uint8_t id[TRACE_ID_BYTES] = {0};
        bool unclear;
        Expected e;
        Status st;

        rng = seed * UINT64_C(0x9E3779B97F4A7C15);
        random_snapshot(&snapshot);
        id[15] = 1;
        e = expect_trace(&snapshot, 1, &unclear);
        arena_init(&a, 1 << 26);
        st = query_trace(&snapshot, id, &a, &batch);
        if (!st)
            st = trace_split_scores(&batch, &a, &batch.len);
        if (!st && !batch.len)
            st = ST_NOTFOUND;
        assert_int_equal(st, e.spans ? ST_OK : ST_NOTFOUND);
        assert_int_equal(batch.len, e.spans);
        for (size_t i = 1; i < batch.len; i++)
            assert_true(batch.spans[i - 1].start_ns <= batch.spans[i].start_ns);
        arena_deinit(&a);
    }
}

/* Spans are looked for a day before a trace's start; the span by which it was found is not that. */
static void a_trace_that_lasts_for_days_is_followed_back(void **state)
{
    static const int64_t hour = INT64_C(3600) * 1000000000;
    const QueryWindow w = QUERY_ALWAYS;
    Arena a;
    Query *q = NULL;
    TracePage page;

    (void)state;
    rng = 78;
    snapshot = (struct Snapshot){.len = 3};
    for (size_t i = 0; i < 3; i++) {
        random_span(&snapshot.spans[i], 1, (uint32_t)i + 1);
        snapshot.spans[i].span.start_ns = (100 - 20 * (int64_t)i) * hour;
        snapshot.spans[i].span.status = i == 0 ? SPAN_ERROR : SPAN_OK;
        snapshot.spans[i].block = i;
    }
    fake_arrange(&snapshot, 3);
    arena_init(&a, 1 << 20);
    assert_int_equal(query_parse(STR("status:error"), &a, NULL, &q), ST_OK);
    assert_int_equal(query_traces(&snapshot, q, &w, 5, (Str){0}, helped, &a, &page), ST_OK);
    assert_int_equal(page.len, 1);
    assert_int_equal(page.items[0].span_count, 3);
    assert_int_equal(page.items[0].start_ns, 60 * hour);
    arena_deinit(&a);
}

static void a_cursor_of_somebody_else_is_refused(void **state)
{
    static const char *const cursors[] = {"x", "1.2", "1.", "12.zz", "9999999999999999999999.00"};
    const QueryWindow w = QUERY_ALWAYS;
    Arena a;
    Query *q = NULL;
    TracePage page;

    (void)state;
    arena_init(&a, 1 << 20);
    assert_int_equal(query_parse((Str){0}, &a, NULL, &q), ST_OK);
    for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++)
        assert_int_equal(query_traces(&snapshot, q, &w, 5, str_from(cursors[i]), NULL, &a, &page),
                         ST_INVALID);
    for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++)
        for (int kind = TRACES_BY_START; kind <= TRACES_BY_SUM; kind++) {
            const TraceOrder order = {.kind = (TraceOrderKind)kind};
            Ranking r;

            assert_int_equal(
                query_ranking(&snapshot, q, &w, &order, str_from(cursors[i]), NULL, &a, &r),
                ST_INVALID);
        }
    arena_deinit(&a);
}

static void a_trace_that_is_gone_has_no_line(void **state)
{
    RankedTrace gone = {.start_ns = 1};
    TraceSummary line = {0};
    Arena a;

    (void)state;
    memset(gone.id, 0xEE, sizeof gone.id);
    arena_init(&a, 1 << 20);
    assert_int_equal(query_ranked(&snapshot, &gone, 1, NULL, NULL, &a, &line), ST_OK);
    assert_null(line.root);
    arena_deinit(&a);
}

static void every_allocation_failure_is_survived(void **state)
{
    (void)state;
    rng = 77;
    random_snapshot(&snapshot);
    for (long k = 0;; k++) {
        const QueryWindow w = QUERY_ALWAYS;
        Arena a;
        Query *q = NULL;
        TracePage page;
        FacetList facets;
        const TraceOrder order = {0};
        Ranking r = {0};
        Status st;

        arena_init(&a, 1 << 26);
        mem_fail_after(k);
        st = query_parse(STR("score.x<1 or status:error or tag.age:7 or \"refund\" or /x+y/i or "
                             "child(type:llm)"),
                         &a, NULL, &q);
        if (!st)
            st = query_traces(&snapshot, q, &w, 10, (Str){0}, NULL, &a, &page);
        if (!st)
            st = query_facets(&snapshot, q, &w, &default_facets, NULL, &a, &facets);
        if (!st)
            st = query_ranking(&snapshot, q, &w, &order, (Str){0}, NULL, &a, &r);
        mem_fail_after(-1);
        ranking_free(&r);
        arena_deinit(&a);
        assert_int_equal(mem_live(), live_at_rest);
        if (st == ST_OK)
            break;
        assert_int_equal(st, ST_NOMEM);
    }
}

static int start_helpers(void **state)
{
    (void)state;
    if (engine_new(1 << 20, 3, &helped) != ST_OK)
        return -1;
    live_at_rest = mem_live();
    return 0;
}

static int stop_helpers(void **state)
{
    (void)state;
    engine_free(helped);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries_find_what_brute_force_finds),
        cmocka_unit_test(run_stats_count_what_brute_force_counts),
        cmocka_unit_test(facets_count_a_trace_once_for_each_value),
        cmocka_unit_test(a_trace_comes_back_once_and_in_order),
        cmocka_unit_test(a_trace_that_lasts_for_days_is_followed_back),
        cmocka_unit_test(a_cursor_of_somebody_else_is_refused),
        cmocka_unit_test(a_trace_that_is_gone_has_no_line),
        cmocka_unit_test(every_allocation_failure_is_survived),
    };

    return cmocka_run_group_tests(tests, start_helpers, stop_helpers);
}
