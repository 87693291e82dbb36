/* SPDX-License-Identifier: Apache-2.0 */
/* See agreement.h: a table of what each judge said, then each pair of tables. */
#include "query/agreement.h"

#include "base/map.h"
#include "base/vec.h"
#include "model/score.h"
#include "query/aliases.h"
#include "query/key_codes.h"
#include "query/match.h"
#include "query/score_walk.h"

#include <string.h>

enum { KEY_BYTES = TRACE_ID_BYTES + SPAN_ID_BYTES };

/* What a judge said of one thing. */
typedef struct Verdict {
    int64_t seq;
    bool own; /* its score has the judge's name */
    Value passed;
    Value value; /* texts in the arena */
} Verdict;

typedef struct Judge {
    Str name;
    int64_t version; /* 0: any */
    Map seen;        /* trace and span -> index */
    VEC_OF(Verdict) verdicts;
} Judge;

typedef struct AgreementScan {
    const Snapshot *snap;
    const ModelAliases *aliases;
    const QueryWindow *window;
    Arena *arena;
    Judge *judges;
    size_t count;
    Doubles replaced;
} AgreementScan;

/* --------------------------------------------------------------- collecting */

typedef struct Columns {
    ScoreCodes codes;
    Vector trace_id;
    Vector parent_id;
    Vector seq;
} Columns;

static Status read_columns(const BlockView *view, Columns *c)
{
    Status st = score_codes_read(view, &c->codes);

    if (!st)
        st = view_read(view, STR("trace_id"), &c->trace_id);
    if (!st)
        st = view_read(view, STR("parent_id"), &c->parent_id);
    return st ? st : view_read(view, STR("seq"), &c->seq);
}

static Status verdict_at(const BlockView *view, const Columns *c, size_t row, Arena *arena,
                         Verdict *v)
{
    const Status st = score_codes_at(view, &c->codes, row, &v->value, &v->passed);

    if (st || v->value.kind != VALUE_STR)
        return st;
    return arena_copy(arena, v->value.as.s, &v->value.as.s);
}

/* The newest counts, unless only the older one has the judge's name. */
static Status note(AgreementScan *s, Judge *j, const char key[KEY_BYTES], const Verdict *v)
{
    uint64_t index;
    Str copy = {0};
    Status st;

    if (map_get(&j->seen, (Str){key, KEY_BYTES}, &index)) {
        Verdict *old = &j->verdicts.items[index];

        if (v->own != old->own ? v->own : v->seq > old->seq)
            *old = *v;
        return ST_OK;
    }
    st = arena_copy(s->arena, (Str){key, KEY_BYTES}, &copy);
    if (!st)
        st = map_put(&j->seen, copy, j->verdicts.len);
    if (!st)
        st = VEC_PUSH(&j->verdicts, *v, AGREEMENT_MAX_SPANS);
    return st;
}

static void key_at(const Columns *c, size_t row, char key[KEY_BYTES])
{
    memset(key, 0, KEY_BYTES);
    memcpy(key, vector_str(&c->trace_id, row).ptr, TRACE_ID_BYTES);
    if (!vector_is_null(&c->parent_id, row))
        memcpy(key + TRACE_ID_BYTES, vector_str(&c->parent_id, row).ptr, SPAN_ID_BYTES);
}

static Status look_row(AgreementScan *s, const BlockView *view, const Columns *c, size_t row)
{
    const Value tag = c->codes.judge.values[c->codes.judge.codes[row]];
    const Value name = c->codes.name.values[c->codes.name.codes[row]];
    char key[KEY_BYTES];
    int64_t version = 0;
    Str judge;
    Status st = ST_OK;

    if (tag.kind != VALUE_STR || name.kind != VALUE_STR)
        return ST_OK;
    judge = alias_current(s->aliases, split_model_tag(tag.as.s, &version));
    for (size_t i = 0; i < s->count && !st; i++) {
        Judge *j = &s->judges[i];
        Verdict v = {.seq = c->seq.as.i[row], .own = str_eq(name.as.s, j->name)};

        if (!str_eq(judge, j->name) || (j->version && j->version != version))
            continue;
        st = verdict_at(view, c, row, s->arena, &v);
        key_at(c, row, key);
        if (!st)
            st = note(s, j, key, &v);
    }
    return st;
}

static Status look(void *context, const BlockView *view, const uint8_t *keep)
{
    AgreementScan *s = context;
    Columns c = {0};
    Status st = read_columns(view, &c);

    for (size_t row = 0; row < view->rows && !st; row++)
        if (keep[row])
            st = look_row(s, view, &c, row);
    return st;
}

static Status collect(AgreementScan *s)
{
    return score_walk(&(ScoreWalk){s->snap, s->window, &s->replaced}, look, s);
}

/* ---------------------------------------------------------------- comparing */

static const Verdict *other_verdict(const Judge *b, Str key)
{
    uint64_t index;

    return map_get(&b->seen, key, &index) ? &b->verdicts.items[index] : NULL;
}

static Status compare(const Judge *a, const Judge *b, Agreement *out)
{
    VerdictPairs pairs;
    Status st = ST_OK;

    verdict_pairs_init(&pairs);
    for (size_t i = 0; i < a->seen.len && !st; i++) {
        const Verdict *x = &a->verdicts.items[a->seen.entries[i].value];
        const Verdict *y = other_verdict(b, a->seen.entries[i].key);

        if (y)
            st = verdict_pairs_add(&pairs, (Opinion){x->passed, x->value},
                                   (Opinion){y->passed, y->value});
    }
    if (!st)
        st = verdict_pairs_compare(&pairs, &out->of);
    verdict_pairs_deinit(&pairs);
    return st;
}

static Status compare_pairs(const AgreementScan *s, Agreement **out, size_t *len)
{
    Agreement *pairs = arena_calloc(s->arena, s->count * s->count + 1, sizeof *pairs);
    size_t n = 0;
    Status st = pairs ? ST_OK : ST_NOMEM;

    for (size_t a = 0; a < s->count && !st; a++) {
        for (size_t b = a + 1; b < s->count && !st; b++) {
            pairs[n] = (Agreement){.a = a, .b = b};
            st = compare(&s->judges[a], &s->judges[b], &pairs[n++]);
        }
    }
    *out = pairs;
    *len = n;
    return st;
}

Status query_agreement(const Snapshot *snap, const Str *judges, size_t count,
                       const ModelAliases *aliases, const QueryWindow *w, QueryEngine *engine,
                       Arena *arena, Agreement **out, size_t *len)
{
    Judge all[AGREEMENT_MAX_JUDGES] = {{.version = 0}};
    AgreementScan s = {.snap = snap,
                       .aliases = aliases,
                       .window = w,
                       .arena = arena,
                       .judges = all,
                       .count = count};
    Status st = count <= AGREEMENT_MAX_JUDGES ? ST_OK : ST_LIMIT;

    for (size_t i = 0; i < count && !st; i++) {
        all[i].name = alias_current(aliases, split_model_tag(judges[i], &all[i].version));
        map_init(&all[i].seen, AGREEMENT_MAX_SPANS);
    }
    if (!st)
        st = doubles_of_scores(snap, engine, w->cancel, arena, &s.replaced);
    if (!st)
        st = collect(&s);
    if (!st)
        st = compare_pairs(&s, out, len);
    for (size_t i = 0; i < count && i < AGREEMENT_MAX_JUDGES; i++) {
        map_deinit(&all[i].seen);
        VEC_FREE(&all[i].verdicts);
    }
    return st;
}
