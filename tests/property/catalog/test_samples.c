/* SPDX-License-Identifier: Apache-2.0 */
/* Random commits, edits, replacements and stages against a model that keeps every version as a
 * plain array: each old version reads as it was, numbers stand for the same input for ever, and
 * the counts and differences are those of the arrays. */
#include "support/check.h"
#include "unit/catalog/catalog_test.h"

#include "catalog/sample_commit.h"
#include "catalog/suite.h"

enum { SEEDS = 100, STEPS = 16, IDS = 12, INPUTS = 3, CONTENTS = 3 };

/* A sample of the model: which of a few ids, inputs and contents. */
typedef struct Sample {
    int id, input, content;
} Sample;

typedef struct Version {
    Sample items[IDS];
    int len;
} Version;

typedef struct Model {
    Version versions[STEPS + 1]; /* [0] is empty */
    int newest;
    int64_t numbers[IDS][INPUTS]; /* 0: not given yet */
} Model;

typedef struct Change {
    Sample puts[IDS];
    bool to_end[IDS];
    int put_count;
    int removes[IDS];
    int remove_count;
    bool replace, ordered, staged;
} Change;

static int find_id(const Version *v, int id)
{
    for (int i = 0; i < v->len; i++)
        if (v->items[i].id == id)
            return i;
    return -1;
}

static void take_out(Version *v, int at)
{
    for (int i = at; i + 1 < v->len; i++)
        v->items[i] = v->items[i + 1];
    v->len--;
}

static bool same(const Sample *a, const Sample *b)
{
    return a->id == b->id && a->input == b->input && a->content == b->content;
}

/* ------------------------------------------------------------ what the model says */

/* The list after a change, counting what it did. */
static Version model_apply(const Version *old, const Change *change, CommitOut *counts)
{
    Version now = *old;
    int last = -1; /* place in `old` of the put before, past its end: behind all of it */

    for (int i = 0; i < change->put_count; i++) {
        const Sample *put = &change->puts[i];
        const int before = find_id(old, put->id);
        const bool moves = before >= 0 && (change->to_end[i] ||
                                           (change->replace && change->ordered && before < last));
        const int at = find_id(&now, put->id);

        counts->added += before < 0;
        counts->unchanged += before >= 0 && same(&old->items[before], put) && !moves;
        counts->changed += before >= 0 && !(same(&old->items[before], put) && !moves);
        if (at >= 0 && !moves) {
            now.items[at] = *put;
        } else {
            if (at >= 0)
                take_out(&now, at);
            now.items[now.len++] = *put;
        }
        last = before >= 0 && !moves ? before : IDS;
    }
    for (int i = 0; i < change->remove_count; i++) {
        const int at = find_id(&now, change->removes[i]);

        counts->removed += at >= 0;
        if (at >= 0)
            take_out(&now, at);
    }
    for (int i = now.len; change->replace && i-- > 0;) {
        bool put = false;

        for (int k = 0; k < change->put_count; k++)
            put = put || change->puts[k].id == now.items[i].id;
        counts->removed += !put;
        if (!put)
            take_out(&now, i);
    }
    return now;
}

static Change random_change(Dice *d)
{
    Change c = {.replace = dice_below(d, 3) == 0, .staged = dice_below(d, 4) == 0};
    int order[IDS];

    c.ordered = dice_below(d, 2) == 0;
    for (int i = 0; i < IDS; i++)
        order[i] = i;
    for (int i = IDS - 1; i > 0; i--) {
        const int k = (int)dice_below(d, (size_t)i + 1);
        const int swap = order[i];

        order[i] = order[k];
        order[k] = swap;
    }
    for (int i = 0; i < IDS; i++) {
        const size_t what = dice_below(d, 4);

        if (what == 0) {
            c.to_end[c.put_count] = !c.replace && !c.staged && dice_below(d, 4) == 0;
            c.puts[c.put_count++] =
                (Sample){order[i], (int)dice_below(d, INPUTS), (int)dice_below(d, CONTENTS)};
        } else if (what == 1 && !c.replace) {
            c.removes[c.remove_count++] = order[i];
        }
    }
    return c;
}

/* ------------------------------------------------------------ the same in the catalogue */

typedef struct Texts {
    char id[8], hash[8], input[16], expected[16], split[4];
} Texts;

static SamplePut make_put(const Sample *s, bool to_end, Texts *t)
{
    SamplePut p = {.to_end = to_end};

    (void)snprintf(t->id, sizeof t->id, "s%d", s->id);
    /* The first input is what the id is the hash of. */
    (void)snprintf(t->hash, sizeof t->hash, "h%d", s->input);
    (void)snprintf(t->input, sizeof t->input, "\"in %d\"", s->input);
    (void)snprintf(t->expected, sizeof t->expected, "\"out %d\"", s->content);
    (void)snprintf(t->split, sizeof t->split, "%s", s->content ? "b" : "a");
    p.id = str_from(t->id);
    p.input_hash = s->input ? str_from(t->hash) : (Str){0};
    p.input = str_from(t->input);
    p.expected = str_from(t->expected);
    p.split = str_from(t->split);
    (void)snprintf(p.content, sizeof p.content, "content %d", s->content);
    return p;
}

static int64_t stage_puts(Catalog *c, int64_t list, const SamplePut *puts, size_t count)
{
    int64_t stage = 0;
    int64_t total = -1;

    CHECK_OK(catalog_stage_add(c, list, 9, &stage));
    for (size_t i = 0; i < count; i++)
        CHECK_OK(catalog_stage_put(c, list, stage, &puts[i], 1, &total));
    assert_true(!count || total == (int64_t)count);
    return stage;
}

static CommitOut commit(Catalog *c, int64_t list, int64_t base, const Change *change)
{
    Texts texts[IDS];
    SamplePut puts[IDS];
    char ids[IDS][8];
    Str removes[IDS];
    CommitIn in = {.list_id = list,
                   .base_version = base,
                   .replace = change->replace,
                   .ordered = change->ordered,
                   .removes = removes,
                   .remove_count = (size_t)change->remove_count,
                   .author = STR("me"),
                   .now_ns = 7};
    CommitOut out = {0};
    CommitErr why = {0};

    for (int i = 0; i < change->put_count; i++)
        puts[i] = make_put(&change->puts[i], change->to_end[i], &texts[i]);
    for (int i = 0; i < change->remove_count; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "s%d", change->removes[i]);
        removes[i] = str_from(ids[i]);
    }
    if (change->staged) {
        in.stage_id = stage_puts(c, list, puts, (size_t)change->put_count);
    } else {
        in.puts = puts;
        in.put_count = (size_t)change->put_count;
    }
    CHECK_OK(catalog_samples_commit(c, &in, &out, &why));
    return out;
}

/* ------------------------------------------------------------ comparing */

typedef struct Reading {
    const Version *version;
    Model *model;
    int at;
} Reading;

static Status check_row(void *visitor, const SampleRow *row)
{
    Reading *r = visitor;
    const Sample *s = &r->version->items[r->at];
    int64_t *number = &r->model->numbers[s->id][s->input];
    Texts t;
    const SamplePut p = make_put(s, false, &t);

    PROPERTY(r->at < r->version->len);
    PROPERTY(str_eq(row->id, p.id) && str_eq(row->input, p.input));
    PROPERTY(str_eq(row->expected, p.expected) && str_eq(row->split, p.split));
    if (!*number)
        *number = row->number;
    PROPERTY(row->number == *number);
    r->at++;
    return ST_OK;
}

static int compare_numbers(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static void check_version(Catalog *c, int64_t list, Model *m, int version)
{
    const Version *v = &m->versions[version];
    Reading r = {.version = v, .model = m};
    int64_t wanted[IDS];
    int64_t *numbers = NULL;
    size_t len = 0;

    CHECK_OK(
        catalog_samples_each(c, &(SampleScan){.list_id = list, .version = version}, check_row, &r));
    PROPERTY(r.at == v->len);
    CHECK_OK(catalog_sample_numbers(c, list, version, &numbers, &len));
    PROPERTY((int)len == v->len);
    for (int i = 0; i < v->len; i++)
        wanted[i] = m->numbers[v->items[i].id][v->items[i].input];
    qsort(wanted, (size_t)v->len, sizeof *wanted, compare_numbers);
    for (size_t i = 0; i < len; i++)
        PROPERTY(numbers[i] == wanted[i]);
    mem_free(numbers);
}

static void check_diff(Catalog *c, int64_t list, const Model *m, int from, int to)
{
    const Version *a = &m->versions[from];
    const Version *b = &m->versions[to];
    DiffCounts counts = {0};
    SampleDiff *items = NULL;
    Arena arena = test_arena();
    size_t len = 0;
    bool more = true;
    int changed = 0;

    CHECK_OK(catalog_samples_diff(c, list, from, to, (Str){0}, 100, &arena, &counts, &items, &len,
                                  &more));
    PROPERTY(!more);
    for (int id = 0; id < IDS; id++) {
        const int x = find_id(a, id);
        const int y = find_id(b, id);

        counts.added -= x < 0 && y >= 0;
        counts.removed -= x >= 0 && y < 0;
        changed += x >= 0 && y >= 0 && !same(&a->items[x], &b->items[y]);
    }
    PROPERTY(counts.added == 0 && counts.removed == 0);
    for (size_t i = 0; i < len; i++) {
        const SampleDiff *d = &items[i];

        PROPERTY(i == 0 || str_cmp(items[i - 1].id, d->id) < 0);
        PROPERTY(d->before == (d->from.id.len > 0) && d->after == (d->to.id.len > 0));
        changed -= d->input_differs || d->rest_differs;
        counts.changed -= d->before && d->after;
    }
    PROPERTY(changed == 0 && counts.changed == 0);
    arena_deinit(&arena);
}

static int64_t new_list(Catalog *c, const char *name)
{
    Arena a = test_arena();
    SpaceRow row = {.project_id = test_project(c, "p"), .name = str_from(name), .created_ns = 5};
    SpaceRow out = {0};
    bool created;

    CHECK_OK(catalog_space_put(c, SPACE_DATASET, &row, &a, &out, &created));
    arena_deinit(&a);
    assert_true(created);
    return out.list_id;
}

static Catalog *catalog;

static void every_version_reads_as_it_was(Dice *d)
{
    const int64_t list = new_list(catalog, getenv("TEST_SEED"));
    Model m = {0};

    for (int step = 0; step < STEPS; step++) {
        const Change change = random_change(d);
        CommitOut wanted = {0};
        const Version now = model_apply(&m.versions[m.newest], &change, &wanted);
        const CommitOut out = commit(catalog, list, dice_below(d, 2) ? m.newest : -1, &change);

        PROPERTY(out.added == wanted.added && out.changed == wanted.changed);
        PROPERTY(out.removed == wanted.removed && out.unchanged == wanted.unchanged);
        PROPERTY(out.made == (wanted.added || wanted.changed || wanted.removed));
        PROPERTY(out.count == now.len);
        if (out.made)
            m.versions[++m.newest] = now;
        PROPERTY(out.version == m.newest);
        check_diff(catalog, list, &m, (int)dice_below(d, (size_t)m.newest + 1), m.newest);
    }
    for (int v = 0; v <= m.newest; v++)
        check_version(catalog, list, &m, v);
    check_diff(catalog, list, &m, m.newest, 0);
}

static void random_commits_agree_with_the_model(void **state)
{
    const Place p = place_new();

    (void)state;
    catalog = place_open(&p);
    for_seeds(SEEDS, every_version_reads_as_it_was);
    assert_ok(catalog_check(catalog, test_no_finding, NULL));
    catalog_close(catalog);
    place_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_commits_agree_with_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
