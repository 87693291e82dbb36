/* SPDX-License-Identifier: Apache-2.0 */
/* Several evaluations beside each other: metrics with tests, and the samples that changed. */
#include "api/comparison_json.h"
#include "catalog/inference.h"

#include <math.h>

/* ------------------------------------------------------------ parameters */

/* "1,2,3". */
static bool read_ids(const Request *q, Response *r, size_t least, size_t most, int64_t *out,
                     size_t *count)
{
    Str text = {0};

    *count = 0;
    (void)request_query(q, STR("evaluations"), &text);
    while (text.len && *count < most) {
        Str one;

        (void)str_cut(text, ',', &one, &text);
        if (str_to_i64(str_trim(one), &out[*count]) != ST_OK)
            break;
        for (size_t i = 0; i < *count; i++)
            if (out[i] == out[*count])
                least = most + 1;
        ++*count;
    }
    if (*count >= least && !text.len)
        return true;
    problem(r, 400, "evaluations", "evaluations: must be %zu to %zu different ids, such as 3,1",
            least > most ? (size_t)2 : least, most);
    return false;
}

static bool read_baseline(const Request *q, Response *r, const int64_t *ids, size_t count,
                          size_t *out)
{
    Str text;
    int64_t id = 0;

    *out = 0;
    if (!request_query(q, STR("baseline"), &text))
        return true;
    if (str_to_i64(text, &id) == ST_OK)
        for (size_t i = 0; i < count; i++)
            if (ids[i] == id) {
                *out = i;
                return true;
            }
    problem(r, 400, "baseline", "baseline: must be one of the evaluations");
    return false;
}

static bool read_correction(const Request *q, Response *r, Correction *out)
{
    Str text;

    *out = CORRECTION_HOLM;
    if (!request_query(q, STR("correction"), &text) || str_eq(text, STR("holm")))
        return true;
    *out = str_eq(text, STR("bh")) ? CORRECTION_BH : CORRECTION_NONE;
    if (*out == CORRECTION_BH || str_eq(text, STR("none")))
        return true;
    problem(r, 400, "correction", "correction: must be holm, bh or none");
    return false;
}

static bool read_plan(const Request *q, Response *r, PairedPlan *out)
{
    Str text;

    *out = (PairedPlan){.test = PAIRED_AUTO, .confidence = 0.95};
    if (request_query(q, STR("test"), &text) &&
        paired_test_from(text.ptr, text.len, &out->test) != ST_OK) {
        problem(r, 400, "test", "test: must be auto, mcnemar, t, wilcoxon or bootstrap");
        return false;
    }
    if (!request_query(q, STR("confidence"), &text) ||
        (str_to_double(text, &out->confidence) == ST_OK && out->confidence >= 0.5 &&
         out->confidence < 1))
        return true;
    problem(r, 400, "confidence", "confidence: must be from 0.5 to below 1");
    return false;
}

void directions_read(const Request *q, Directions *out)
{
    (void)request_query(q, STR("higher"), &out->higher);
    (void)request_query(q, STR("lower"), &out->lower);
    (void)request_query(q, STR("neither"), &out->neither);
}

bool comparison_read_wish(const Request *q, Response *r, int64_t ids[COMPARISON_MAX],
                          Str *configuration, ComparisonWish *out)
{
    *out = (ComparisonWish){.ids = ids};
    if (request_query(q, STR("configuration"), configuration))
        out->configuration = configuration;
    (void)request_query(q, STR("case"), &out->scope);
    (void)request_query(q, STR("metrics"), &out->metrics);
    (void)request_query(q, STR("stratify"), &out->stratify);
    directions_read(q, &out->told);
    return read_ids(q, r, 1, COMPARISON_MAX, ids, &out->count) &&
           read_baseline(q, r, ids, out->count, &out->baseline) &&
           read_correction(q, r, &out->correction) && read_plan(q, r, &out->plan);
}

/* ------------------------------------------------------------ JSON */

void write_number(JsonWriter *w, Str key, double v)
{
    if (isnan(v))
        jw_key_null(w, key);
    else
        jw_key_double(w, key, v);
}

static const char *verdict_name(Verdict v)
{
    static const char *const names[] = {"unknown", "same", "improved", "regressed"};

    return names[v];
}

void write_direction(JsonWriter *w, Direction d)
{
    static const char *const names[] = {NULL, "higher", "lower"};

    jw_key_str_or_null(w, STR("direction"), str_from(names[d]));
}

static void write_paired(JsonWriter *w, const ComparedValue *v)
{
    const char *test = paired_test_name(v->paired.test);

    jw_key_uint(w, STR("pairs"), v->paired.pairs);
    jw_key_uint(w, STR("up"), v->paired.up);
    jw_key_uint(w, STR("down"), v->paired.down);
    write_number(w, STR("delta"), v->paired.delta);
    write_number(w, STR("low"), v->paired.low);
    write_number(w, STR("high"), v->paired.high);
    write_number(w, STR("p"), v->paired.p);
    write_number(w, STR("corrected_p"), v->corrected);
    jw_key_str_or_null(w, STR("test"), str_from(test));
    jw_key_str(w, STR("verdict"), str_from(verdict_name(v->verdict)));
}

static void write_line(JsonWriter *w, const Comparison *c, const ComparedLine *line,
                       size_t baseline)
{
    jw_object(w);
    jw_key_str(w, STR("case"), line->scope);
    jw_key_str_or_null(w, STR("stratum"), line->stratum);
    jw_key_str(w, STR("metric"), line->metric);
    jw_key_str(w, STR("kind"), line->kind == METRIC_BOOL ? STR("boolean") : STR("number"));
    write_direction(w, line->direction);
    jw_key(w, STR("values"));
    jw_array(w);
    for (size_t i = 0; i < c->count; i++) {
        jw_object(w);
        jw_key_int(w, STR("evaluation"), c->evaluations[i].row.id);
        write_number(w, STR("value"), line->values[i].value);
        jw_key_uint(w, STR("n"), line->values[i].n);
        if (i != baseline)
            write_paired(w, &line->values[i]);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
}

static const char *correction_name(Correction c)
{
    static const char *const names[] = {"holm", "bh", "none"};

    return names[c];
}

void comparison_write_lines(JsonWriter *w, const ComparisonWish *wish, const Comparison *c)
{
    for (size_t i = 0; i < c->len; i++)
        write_line(w, c, &c->lines[i], wish->baseline);
}

void comparison_write_about(JsonWriter *w, const ComparisonWish *wish, const Comparison *c)
{
    jw_key(w, STR("evaluations"));
    jw_array(w);
    for (size_t i = 0; i < c->count; i++) {
        evaluation_write(w, &c->evaluations[i].row, NULL);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_key_int(w, STR("baseline"), wish->ids[wish->baseline]);
    jw_key_str_or_null(w, STR("configuration"), c->configurations[wish->baseline]);
    jw_key_double(w, STR("confidence"), wish->plan.confidence);
    jw_key_str(w, STR("correction"), str_from(correction_name(wish->correction)));
}

static void write_comparison(Response *r, const ComparisonWish *wish, const Comparison *c)
{
    JsonWriter w = list_begin(r);

    comparison_write_lines(&w, wish, c);
    jw_array_end(&w);
    comparison_write_about(&w, wish, c);
    jw_key_uint(&w, STR("tests"), c->tests);
    jw_key_null(&w, STR("next_cursor"));
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

void comparisons_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    int64_t ids[COMPARISON_MAX];
    Str configuration;
    ComparisonWish wish;
    Comparison c;
    FieldErr err = {0};
    Status st;

    if (!comparison_read_wish(q, r, ids, &configuration, &wish))
        return;
    st = comparison_make(a->domain, caller_of(q)->project_id, &wish, q->arena, &c, &err);
    if (st)
        reply_error(r, st, &err);
    else
        write_comparison(r, &wish, &c);
}

/* ------------------------------------------------------------ samples */

static bool read_side(const Request *q, Response *r, int *out)
{
    Str text;

    *out = -1;
    if (!request_query(q, STR("direction"), &text) || str_eq(text, STR("worse")))
        return true;
    *out = str_eq(text, STR("better")) ? 1 : 0;
    if (*out == 1 || str_eq(text, STR("any")))
        return true;
    problem(r, 400, "direction", "direction: must be worse, better or any");
    return false;
}

static bool read_changed(const Request *q, Response *r, Str *configuration, ChangedWish *out)
{
    int64_t ids[2];
    int64_t offset;
    size_t count;
    ListParams p;

    *out = (ChangedWish){0};
    if (!params_list(q, r, &p) || !params_after(r, p.cursor, &offset) ||
        !read_ids(q, r, 2, 2, ids, &count) || !read_side(q, r, &out->side))
        return false;
    if (request_query(q, STR("configuration"), configuration))
        out->configuration = configuration;
    out->before = ids[0];
    out->after = ids[1];
    out->limit = p.limit;
    out->offset = (size_t)offset;
    (void)request_query(q, STR("case"), &out->scope);
    directions_read(q, &out->told);
    if (request_query(q, STR("metric"), &out->metric) && out->metric.len)
        return true;
    problem(r, 400, "metric", "metric: is missing");
    return false;
}

typedef struct Details {
    TargetSample *samples;
    InferenceRow *before;
    InferenceRow *after;
} Details;

static Status read_side_details(Domain *d, const EvaluationRow *row, const int64_t *numbers,
                                size_t len, Arena *arena, InferenceRow **out)
{
    const InferenceKey key = {.version_id = row->version_id, .space = row->target.space};

    *out = arena_calloc(arena, len + 1, sizeof **out);
    return *out ? catalog_inferences_get(domain_catalog(d), &key, numbers, len, arena, *out)
                : ST_NOMEM;
}

static Status read_details(Domain *d, int64_t project_id, const ChangedWish *wish,
                           const ChangedSamples *c, Arena *arena, Details *out)
{
    int64_t *numbers = arena_alloc(arena, (c->len + 1) * sizeof *numbers);
    EvaluationRow before;
    EvaluationRow after;
    const Target *t;
    Status st = catalog_evaluation_get(domain_catalog(d), project_id, wish->before, arena, &before);

    if (!st)
        st = catalog_evaluation_get(domain_catalog(d), project_id, wish->after, arena, &after);
    out->samples = arena_calloc(arena, c->len + 1, sizeof *out->samples);
    if (!numbers || !out->samples)
        return ST_NOMEM;
    for (size_t i = 0; i < c->len; i++)
        numbers[i] = c->items[i].number;
    if (!st)
        st = read_side_details(d, &before, numbers, c->len, arena, &out->before);
    if (!st)
        st = read_side_details(d, &after, numbers, c->len, arena, &out->after);
    if (!st)
        st = evaluation_target(d, &before, &t);
    if (st)
        return st;
    st = catalog_target_samples(domain_catalog(d), &before.target, &t->cases, numbers, c->len,
                                arena, out->samples);
    target_put(d, t);
    return st;
}

static void write_changed(JsonWriter *w, const ChangedSample *c, const Details *d, size_t i)
{
    jw_object(w);
    jw_key_int(w, STR("number"), c->number);
    jw_key_str(w, STR("id"), d->samples[i].id);
    write_json(w, STR("input"), d->samples[i].input, "null");
    write_json(w, STR("expected"), d->samples[i].expected, "null");
    write_json(w, STR("metadata"), d->samples[i].metadata, "{}");
    write_number(w, STR("before"), c->before);
    write_number(w, STR("after"), c->after);
    write_number(w, STR("delta"), c->after - c->before);
    write_number(w, STR("difficulty"), c->difficulty);
    write_json(w, STR("inference_before"), d->before[i].inference, "null");
    write_json(w, STR("inference_after"), d->after[i].inference, "null");
    jw_key_str_or_null(w, STR("trace_before"), d->before[i].trace_id);
    jw_key_str_or_null(w, STR("trace_after"), d->after[i].trace_id);
    jw_object_end(w);
}

void comparisons_samples(void *context, Request *q, Response *r)
{
    Api *a = context;
    ChangedSamples c = {0};
    Details details = {0};
    Str configuration;
    Str cursor = {0};
    ChangedWish wish;
    FieldErr err = {0};
    JsonWriter w;
    Status st;

    if (!read_changed(q, r, &configuration, &wish))
        return;
    st = comparison_changed(a->domain, caller_of(q)->project_id, &wish, q->arena, &c, &err);
    if (!st)
        st = read_details(a->domain, caller_of(q)->project_id, &wish, &c, q->arena, &details);
    if (!st && wish.offset + c.len < c.total)
        st = arena_printf(q->arena, &cursor, "%zu", wish.offset + c.len);
    if (st) {
        reply_error(r, st, &err);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < c.len; i++)
        write_changed(&w, &c.items[i], &details, i);
    jw_array_end(&w);
    jw_key_str_or_null(&w, STR("next_cursor"), cursor);
    jw_key_uint(&w, STR("total"), c.total);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}
