/* SPDX-License-Identifier: Apache-2.0 */
/* What judges said: by version and model over time, and how far they agree. */
#include "api/judge_json.h"
#include "api/reply.h"
#include "domain/judge.h"
#include "domain/model.h"
#include "query/agreement.h"
#include "query/field_list.h"

#include <math.h>

enum { BUCKETS_DEFAULT = 24, BUCKETS_MAX = 500 };

static void write_number(JsonWriter *w, Str key, double value)
{
    if (isfinite(value))
        jw_key_double(w, key, value);
    else
        jw_key_null(w, key);
}

static double mean_of(const ScoreTally *t)
{
    return t->numbers ? t->sum / (double)t->numbers : (double)NAN;
}

/* ------------------------------------------------------------------- groups */

static void write_histogram(JsonWriter *w, const ScoreGroup *g)
{
    if (!g->bins) {
        jw_key_null(w, STR("histogram"));
        return;
    }
    jw_key(w, STR("histogram"));
    jw_object(w);
    jw_key_double(w, STR("low"), g->low);
    jw_key_double(w, STR("high"), g->high);
    jw_key(w, STR("counts"));
    jw_array(w);
    for (size_t i = 0; i < SCORE_BINS; i++)
        jw_uint(w, g->bins[i]);
    jw_array_end(w);
    jw_object_end(w);
}

static void write_labels(JsonWriter *w, const ScoreGroup *g)
{
    jw_key(w, STR("labels"));
    jw_array(w);
    for (size_t i = 0; i < g->label_count; i++) {
        jw_object(w);
        jw_key_str(w, STR("label"), g->labels[i].label);
        jw_key_uint(w, STR("count"), g->labels[i].count);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void write_group(JsonWriter *w, const ScoreGroup *g)
{
    const ScoreTally *t = &g->tally;

    jw_object(w);
    write_tag(w, STR("judge"), g->judge, g->version);
    jw_key_str_or_null(w, STR("model"), g->model);
    jw_key_str(w, STR("name"), g->name);
    jw_key_uint(w, STR("count"), t->count);
    jw_key_uint(w, STR("passed"), t->passed);
    jw_key_uint(w, STR("failed"), t->failed);
    jw_key_uint(w, STR("errors"), t->errors);
    write_number(w, STR("mean"), mean_of(t));
    write_number(w, STR("min"), t->min);
    write_number(w, STR("max"), t->max);
    write_time(w, STR("last_scored"), g->last_ns);
    write_histogram(w, g);
    write_labels(w, g);
    jw_object_end(w);
}

/* ------------------------------------------------------------------- series */

/* Groups from `at` on of one judge version and score, whatever the model. */
static size_t end_of_series(const ScoreStats *s, size_t at)
{
    size_t end = at;

    while (end < s->len && str_eq(s->items[end].judge, s->items[at].judge) &&
           s->items[end].version == s->items[at].version &&
           str_eq(s->items[end].name, s->items[at].name))
        end++;
    return end;
}

static ScoreTally sum_at(const ScoreStats *s, size_t at, size_t end, size_t bucket)
{
    ScoreTally sum = {0};

    for (size_t i = at; i < end; i++) {
        const ScoreTally *t = &s->items[i].buckets[bucket];

        sum.count += t->count;
        sum.passed += t->passed;
        sum.failed += t->failed;
        sum.errors += t->errors;
        sum.numbers += t->numbers;
        sum.sum += t->sum;
    }
    return sum;
}

static void write_counts(JsonWriter *w, const ScoreStats *s, size_t at, size_t end, Str key,
                         size_t offset)
{
    jw_key(w, key);
    jw_array(w);
    for (size_t b = 0; b < s->bucket_count; b++) {
        const ScoreTally sum = sum_at(s, at, end, b);

        jw_uint(w, *(const uint64_t *)((const char *)&sum + offset));
    }
    jw_array_end(w);
}

static void write_means(JsonWriter *w, const ScoreStats *s, size_t at, size_t end)
{
    jw_key(w, STR("mean"));
    jw_array(w);
    for (size_t b = 0; b < s->bucket_count; b++) {
        const ScoreTally sum = sum_at(s, at, end, b);

        if (sum.numbers)
            jw_double(w, mean_of(&sum));
        else
            jw_null(w);
    }
    jw_array_end(w);
}

/* How the numbers lie at a time, of all models together. */
static void write_bins_at(JsonWriter *w, const ScoreStats *s, size_t at, size_t end, size_t bucket)
{
    jw_array(w);
    for (size_t bin = 0; bin < SCORE_BINS; bin++) {
        uint64_t sum = 0;

        for (size_t i = at; i < end; i++)
            sum += s->items[i].bins ? s->items[i].bins_at[bucket * SCORE_BINS + bin] : 0;
        jw_uint(w, sum);
    }
    jw_array_end(w);
}

static void write_histograms(JsonWriter *w, const ScoreStats *s, size_t at, size_t end)
{
    size_t numbers = at; /* the first group that has some: all of a score have the same edges */

    while (numbers < end && !s->items[numbers].bins)
        numbers++;
    if (numbers == end) {
        jw_key_null(w, STR("histogram"));
        return;
    }
    jw_key(w, STR("histogram"));
    jw_object(w);
    jw_key_double(w, STR("low"), s->items[numbers].low);
    jw_key_double(w, STR("high"), s->items[numbers].high);
    jw_key(w, STR("counts"));
    jw_array(w);
    for (size_t b = 0; b < s->bucket_count; b++)
        write_bins_at(w, s, at, end, b);
    jw_array_end(w);
    jw_object_end(w);
}

static void write_series(JsonWriter *w, const ScoreStats *s)
{
    jw_key(w, STR("series"));
    jw_array(w);
    for (size_t at = 0; at < s->len;) {
        const size_t end = end_of_series(s, at);

        jw_object(w);
        write_tag(w, STR("judge"), s->items[at].judge, s->items[at].version);
        jw_key_str(w, STR("name"), s->items[at].name);
        write_counts(w, s, at, end, STR("count"), offsetof(ScoreTally, count));
        write_counts(w, s, at, end, STR("passed"), offsetof(ScoreTally, passed));
        write_counts(w, s, at, end, STR("failed"), offsetof(ScoreTally, failed));
        write_counts(w, s, at, end, STR("errors"), offsetof(ScoreTally, errors));
        write_means(w, s, at, end);
        write_histograms(w, s, at, end);
        jw_object_end(w);
        at = end;
    }
    jw_array_end(w);
}

static void write_stats(Response *r, Str judge, const ScoreStats *s)
{
    JsonWriter w = jw_init(&r->body);

    jw_object(&w);
    jw_key_str(&w, STR("judge"), judge);
    jw_key(&w, STR("items"));
    jw_array(&w);
    for (size_t i = 0; i < s->len; i++)
        write_group(&w, &s->items[i]);
    jw_array_end(&w);
    jw_key_int(&w, STR("step_ns"), s->bucket_ns);
    jw_key(&w, STR("times"));
    jw_array(&w);
    for (size_t i = 0; i < s->bucket_count; i++)
        jw_time(&w, s->from_ns + (int64_t)i * s->bucket_ns);
    jw_array_end(&w);
    write_series(&w, s);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

/* ---------------------------------------------------------------- questions */

static Status find_aliases(Api *a, int64_t project_id, Arena *arena, ModelAliases *judges,
                           ModelAliases *models)
{
    const Status st = judge_aliases(a->domain, project_id, arena, judges);

    return st ? st : model_aliases(a->domain, project_id, arena, models);
}

Status judge_score_stats(Api *a, int64_t project_id, Str judge, const QueryWindow *window,
                         size_t buckets, Arena *arena, ScoreStats *out)
{
    ModelAliases judges = {0};
    ModelAliases models = {0};
    const ScoreWish wish = {judge, &judges, &models, buckets};
    Snapshot *snap;
    Status st = find_aliases(a, project_id, arena, &judges, &models);

    if (!st)
        st = store_snapshot(a->store, project_id, &snap);
    if (st)
        return st;
    /* Its texts are in the arena. */
    st = query_score_stats(snap, &wish, window, a->engine, arena, out);
    snapshot_release(snap);
    return st;
}

void judges_stats(void *context, Request *q, Response *r)
{
    Api *a = context;
    const int64_t project_id = caller_of(q)->project_id;
    QueryWindow window;
    JudgeRow judge = {0};
    ScoreStats stats = {0};
    size_t buckets;
    Status st;

    if (!params_window(a, q, r, &window) ||
        !params_count(q, r, STR("buckets"), BUCKETS_DEFAULT, BUCKETS_MAX, &buckets))
        return;
    st = judge_get(a->domain, project_id, request_param(q, STR("name")), q->arena, &judge);
    if (st == ST_NOTFOUND) {
        problem(r, 404, "name", "there is no such judge in this project");
        return;
    }
    if (!st)
        st = judge_score_stats(a, project_id, judge.name, &window, buckets, q->arena, &stats);
    if (st)
        reply_query_error(r, NULL, st);
    else
        write_stats(r, judge.name, &stats);
}

/* ---------------------------------------------------------------- agreement */

/* False: the answer is a 400 already. */
static bool take_judges(const Request *q, Response *r, Str out[AGREEMENT_MAX_JUDGES], size_t *len)
{
    Str rest = {0};

    *len = 0;
    (void)request_query(q, STR("judges"), &rest);
    while (rest.len) {
        const Str name = str_trim(field_list_cut(rest, ',', &rest));

        if (!name.len)
            continue;
        if (*len == AGREEMENT_MAX_JUDGES) {
            problem(r, 400, "judges", "judges: at most %d", (int)AGREEMENT_MAX_JUDGES);
            return false;
        }
        out[(*len)++] = name;
    }
    if (*len >= 2)
        return true;
    problem(r, 400, "judges", "judges: name at least two, by commas: tags or names");
    return false;
}

void write_verdict_agreement(JsonWriter *w, const VerdictAgreement *of)
{
    jw_key_uint(w, STR("n"), of->n);
    jw_key_uint(w, STR("compared"), of->compared);
    jw_key_uint(w, STR("agreed"), of->agreed);
    write_number(w, STR("kappa"), of->kappa);
    write_number(w, STR("pearson"), of->pearson);
    write_number(w, STR("spearman"), of->spearman);
}

static void write_agreement(Response *r, const Str *judges, const Agreement *pairs, size_t len)
{
    JsonWriter w = list_begin(r);

    for (size_t i = 0; i < len; i++) {
        jw_object(&w);
        jw_key_str(&w, STR("a"), judges[pairs[i].a]);
        jw_key_str(&w, STR("b"), judges[pairs[i].b]);
        write_verdict_agreement(&w, &pairs[i].of);
        jw_object_end(&w);
    }
    list_end(r, &w, (Str){0});
}

void judges_agreement(void *context, Request *q, Response *r)
{
    Api *a = context;
    Str judges[AGREEMENT_MAX_JUDGES];
    ModelAliases aliases = {0};
    QueryWindow window;
    Agreement *pairs = NULL;
    Snapshot *snap;
    size_t count;
    size_t len = 0;
    Status st;

    if (!take_judges(q, r, judges, &count) || !params_window(a, q, r, &window))
        return;
    st = judge_aliases(a->domain, caller_of(q)->project_id, q->arena, &aliases);
    if (!st)
        st = store_snapshot(a->store, caller_of(q)->project_id, &snap);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    st = query_agreement(snap, judges, count, &aliases, &window, a->engine, q->arena, &pairs, &len);
    if (st)
        reply_query_error(r, NULL, st);
    else
        write_agreement(r, judges, pairs, len);
    snapshot_release(snap);
}
