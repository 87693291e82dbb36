/* SPDX-License-Identifier: Apache-2.0 */
/* See sample_agreement.h.  Opinions of people are a list, sorted by person and by place in the
 * ascending list of answered samples; those of judges are kept by that place, a column at a time.
 * So memory goes by what people said, and by one column. */
#include "domain/sample_agreement.h"

#include "catalog/sample_score.h"
#include "codec/json_read.h"
#include "domain/internal.h"

#include <stdlib.h>
#include <string.h>

enum { SCORES_A_PAGE = 1000 };

static const size_t scratch_memory = (size_t)1 << 30; /* and as much for a column */

/* What a person said of one answer. */
typedef struct Heard {
    uint32_t person;
    uint32_t at; /* place of the sample */
    int64_t given_ns;
    int64_t id; /* of the score */
    Opinion opinion;
} Heard;

typedef struct Person {
    Str name;
    const Heard *items; /* ascending by place */
    size_t len;
} Person;

typedef struct Hearing {
    const Measured *m;
    Arena *scratch;
    Arena *arena; /* of what is told */
    int64_t *numbers;
    size_t len;
    VEC_OF(Heard) heard;
    Person people[AGREEMENT_MAX_PEOPLE];
    size_t count;
    SampleAgreements out;
    size_t room;
} Hearing;

/* A verdict may be all that is said. */
static Opinion opinion(Value passed, Value value)
{
    return (Opinion){passed.kind == VALUE_NONE && value.kind == VALUE_BOOL ? value : passed, value};
}

static bool says_something(const Opinion *o)
{
    return o->passed.kind != VALUE_NONE || o->value.kind != VALUE_NONE;
}

/* ------------------------------------------------------------ people */

static Status value_of(Str json, Arena *arena, Value *out)
{
    const Json *j = NULL;
    Status st = ST_OK;

    *out = (Value){0};
    if (!json.len)
        return ST_OK;
    st = json_parse(json, arena, &j, NULL);
    if (st)
        return st;
    if (j->kind == JSON_KIND_BOOL)
        *out = (Value){VALUE_BOOL, {.b = j->as.b}};
    else if (j->kind == JSON_KIND_INT)
        *out = (Value){VALUE_DOUBLE, {.d = (double)j->as.i}};
    else if (j->kind == JSON_KIND_DOUBLE)
        *out = (Value){VALUE_DOUBLE, {.d = j->as.d}};
    else if (j->kind == JSON_KIND_STR)
        *out = (Value){VALUE_STR, {.s = j->as.s}};
    return ST_OK;
}

static Status find_person(Hearing *h, Str name, uint32_t *out)
{
    for (*out = 0; *out < h->count; ++*out)
        if (str_eq(name, h->people[*out].name))
            return ST_OK;
    if (h->count == AGREEMENT_MAX_PEOPLE)
        return ST_LIMIT;
    return arena_copy(h->arena, name, &h->people[h->count++].name);
}

/* Place of a number, or h->len. */
static size_t place_of(const Hearing *h, int64_t number)
{
    size_t low = 0;
    size_t high = h->len;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (h->numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < h->len && h->numbers[low] == number ? low : h->len;
}

/* `page` holds the score's texts. */
static Status hear_person(Hearing *h, const SampleScoreRow *s, Arena *page)
{
    const size_t at = place_of(h, s->number);
    Heard heard = {.at = (uint32_t)at, .given_ns = s->updated_ns, .id = s->id};
    Value passed = {0};
    Value value;
    Status st;

    if (at == h->len || s->outdated || !str_eq(s->source, STR("person")))
        return ST_OK;
    st = find_person(h, s->judge.len ? s->judge : s->by.len ? s->by : s->name, &heard.person);
    if (!st)
        st = value_of(s->value, page, &value);
    if (!st && value.kind == VALUE_STR)
        st = arena_copy(h->scratch, value.as.s, &value.as.s);
    if (st)
        return st;
    if (s->passed != SAID_NOTHING)
        passed = (Value){VALUE_BOOL, {.b = s->passed == SAID_PASSED}};
    heard.opinion = opinion(passed, value);
    return VEC_PUSH(&h->heard, heard, AGREEMENT_MAX_SCORES);
}

static Status hear_page(Hearing *h, SampleScoreWish *wish, bool *more)
{
    SampleScores page = {0};
    Arena arena;
    Status st;

    arena_init(&arena, scratch_memory);
    st = catalog_sample_scores_list(h->m->domain->catalog, wish, &arena, &page);
    for (size_t i = 0; i < page.len && !st; i++) {
        st = hear_person(h, &page.items[i], &arena);
        wish->after = page.items[i].id;
    }
    *more = page.more;
    arena_deinit(&arena);
    return st;
}

/* The newest of an answer first. */
static int by_person_and_place(const void *a, const void *b)
{
    const Heard *x = a;
    const Heard *y = b;

    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->given_ns != y->given_ns)
        return x->given_ns > y->given_ns ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Of one person's scores of one answer the newest counts. */
static void settle_people(Hearing *h)
{
    Heard *const all = h->heard.items;
    size_t kept = 0;

    if (h->heard.len)
        qsort(all, h->heard.len, sizeof *all, by_person_and_place);
    for (size_t i = 0; i < h->heard.len; i++) {
        Person *p = &h->people[all[i].person];

        if (p->len && all[kept - 1].at == all[i].at)
            continue;
        all[kept] = all[i];
        if (!p->len++)
            p->items = &all[kept];
        kept++;
    }
}

static Status hear_people(Hearing *h)
{
    const EvaluationRow *e = &h->m->evaluation->row;
    SampleScoreWish wish = {.space_id = e->target.space,
                            .version_id = e->version_id,
                            .kind = STR("feedback"),
                            .limit = SCORES_A_PAGE};
    bool more = true;
    Status st = ST_OK;

    while (more && !st)
        st = hear_page(h, &wish, &more);
    if (!st)
        settle_people(h);
    return st;
}

/* ------------------------------------------------------------ judges */

static Value value_of_cell(const ResultCell *c)
{
    switch (c->kind) {
    case CELL_BOOL:
        return (Value){VALUE_BOOL, {.b = c->as.b}};
    case CELL_INT:
        return (Value){VALUE_DOUBLE, {.d = (double)c->as.i}};
    case CELL_DOUBLE:
        return (Value){VALUE_DOUBLE, {.d = c->as.d}};
    case CELL_TEXT:
        return (Value){VALUE_STR, {.s = c->as.s}};
    default:
        return (Value){0};
    }
}

/* Index of NAME_passed, or SIZE_MAX. */
static size_t verdict_column(const Hearing *h, Str name, Arena *arena)
{
    Str column = {0};

    if (arena_printf(arena, &column, "%.*s_passed", STR_ARG(name)))
        return SIZE_MAX;
    return frame_find(h->m->frame, column);
}

/* Is it a column that another one goes with? */
static bool is_of_another(const Hearing *h, Str name)
{
    static const char *const ends[] = {"_passed", "_error"};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const Str end = str_from(ends[i]);

        if (name.len > end.len && str_eq(str_slice(name, name.len - end.len, name.len), end) &&
            frame_find(h->m->frame, str_slice(name, 0, name.len - end.len)) != SIZE_MAX)
            return true;
    }
    return false;
}

static Status hear_column(const Hearing *h, const FrameRows *rows, size_t metric, Str name,
                          Arena *arena, Opinion *out)
{
    const size_t verdict = verdict_column(h, name, arena);
    ResultCell *values = arena_calloc(arena, rows->len + 1, sizeof *values);
    ResultCell *verdicts = arena_calloc(arena, rows->len + 1, sizeof *verdicts);
    Status st = values && verdicts ? ST_OK : ST_NOMEM;

    if (!st)
        st = frame_cells(h->m->frame, rows, metric, arena, values);
    if (!st && verdict != SIZE_MAX)
        st = frame_cells(h->m->frame, rows, verdict, arena, verdicts);
    for (size_t i = 0; i < rows->len && !st; i++) {
        const size_t at = place_of(h, rows->numbers[i]);

        if (at < h->len)
            out[at] = opinion(value_of_cell(&verdicts[i]), value_of_cell(&values[i]));
    }
    return st;
}

/* ------------------------------------------------------------ comparing */

/* What both said of the same answers, unless that is nothing. */
static Status tell(Hearing *h, const Person *p, Str other, bool both_people,
                   const VerdictPairs *pairs)
{
    SampleAgreement *to = &h->out.items[h->out.len];
    Status st;

    if (!pairs->a.len || h->out.len == h->room)
        return ST_OK;
    *to = (SampleAgreement){.person = p->name, .both_people = both_people};
    st = arena_copy(h->arena, other, &to->other);
    if (!st)
        st = verdict_pairs_compare(pairs, &to->of);
    h->out.len += st == ST_OK;
    return st;
}

static Status compare_with_opinions(Hearing *h, const Person *p, Str other, const Opinion *opinions)
{
    VerdictPairs pairs;
    Status st = ST_OK;

    verdict_pairs_init(&pairs);
    for (size_t i = 0; i < p->len && !st; i++)
        if (says_something(&opinions[p->items[i].at]))
            st = verdict_pairs_add(&pairs, p->items[i].opinion, opinions[p->items[i].at]);
    if (!st)
        st = tell(h, p, other, false, &pairs);
    verdict_pairs_deinit(&pairs);
    return st;
}

static Status compare_people(Hearing *h, const Person *p, const Person *other)
{
    VerdictPairs pairs;
    size_t at = 0;
    Status st = ST_OK;

    verdict_pairs_init(&pairs);
    for (size_t i = 0; i < p->len && !st; i++) {
        while (at < other->len && other->items[at].at < p->items[i].at)
            at++;
        if (at < other->len && other->items[at].at == p->items[i].at &&
            says_something(&other->items[at].opinion))
            st = verdict_pairs_add(&pairs, p->items[i].opinion, other->items[at].opinion);
    }
    if (!st)
        st = tell(h, p, other->name, true, &pairs);
    verdict_pairs_deinit(&pairs);
    return st;
}

static Status compare_with_judge(Hearing *h, const FrameRows *rows, size_t metric, Str name)
{
    Arena arena;
    Opinion *opinions;
    Status st;

    arena_init(&arena, scratch_memory);
    opinions = arena_calloc(&arena, h->len + 1, sizeof *opinions);
    st = opinions ? hear_column(h, rows, metric, name, &arena, opinions) : ST_NOMEM;
    for (size_t i = 0; i < h->count && !st; i++)
        st = compare_with_opinions(h, &h->people[i], name, opinions);
    arena_deinit(&arena);
    return st;
}

static Status compare_all(Hearing *h)
{
    size_t columns;
    const MetricInfo *metrics = frame_metrics(h->m->frame, &columns);
    FrameRows rows;
    Status st = measured_rows(h->m, (Str){0}, h->scratch, &rows);

    h->room = h->count * (h->count + columns);
    h->out.items = arena_calloc(h->arena, h->room + 1, sizeof *h->out.items);
    if (!st && !h->out.items)
        st = ST_NOMEM;
    for (size_t k = 0; k < columns && h->count && !st; k++)
        if (!is_of_another(h, metrics[k].name))
            st = compare_with_judge(h, &rows, k, metrics[k].name);
    for (size_t a = 0; a < h->count && !st; a++)
        for (size_t b = a + 1; b < h->count && !st; b++)
            st = compare_people(h, &h->people[a], &h->people[b]);
    return st;
}

Status sample_agreement(const Measured *m, Arena *arena, SampleAgreements *out)
{
    Hearing *h;
    Arena scratch;
    Status st;

    arena_init(&scratch, scratch_memory);
    h = arena_calloc(&scratch, 1, sizeof *h);
    st = h ? ST_OK : ST_NOMEM;
    if (!st) {
        h->m = m;
        h->scratch = &scratch;
        h->arena = arena;
        st = measured_answered(m, (Str){0}, &scratch, &h->numbers, &h->len, NULL);
    }
    if (!st)
        st = hear_people(h);
    if (!st)
        st = compare_all(h);
    if (!st)
        *out = h->out;
    if (h)
        VEC_FREE(&h->heard);
    arena_deinit(&scratch);
    return st;
}
