/* SPDX-License-Identifier: Apache-2.0 */
/* See headline.h. */
#include "domain/headline.h"

#include "catalog/summary.h"
#include "codec/json_read.h"
#include "codec/json_write.h"
#include "domain/background.h"
#include "domain/internal.h"
#include "domain/measured.h"

#include <math.h>

/* The numbers at the ends are of how they are made: raise them when the same rows give another
 * text. */
#define HEADLINE "headline 1"
#define NUMBERS  "numbers 1"

/* Both texts, from one look at the rows. */
typedef struct Texts {
    Str headline;
    Str numbers;
} Texts;

/* A finite number that the evaluator gave. */
static bool is_given(const Json *given, Str name, double *out)
{
    const Json *v = json_get(given, name);

    return v && given_number(v, out) && isfinite(*out);
}

static size_t write_means(JsonWriter *w, const CaseSummary *whole, const Json *given, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < whole->mean_count && count < max; i++) {
        double v = whole->means[i].mean;

        if (!is_given(given, whole->means[i].name, &v) && !isfinite(v))
            continue;
        jw_key_double(w, whole->means[i].name, v);
        count++;
    }
    return count;
}

static bool has_mean(const CaseSummary *whole, Str name)
{
    for (size_t i = 0; i < whole->mean_count; i++)
        if (str_eq(whole->means[i].name, name))
            return true;
    return false;
}

static void write_given(JsonWriter *w, const CaseSummary *whole, const Json *given, size_t room)
{
    for (size_t i = 0; given && i < given->as.object.len && room; i++) {
        const Str name = given->as.object.members[i].key;
        double v;

        if (!is_given(given, name, &v) || has_mean(whole, name))
            continue;
        jw_key_double(w, name, v);
        room--;
    }
}

/* {"samples": n, "metrics": {NAME: number, ...}}, at most `max` of them. */
static Status write_text(const CaseSummary *whole, const Json *given, size_t max, Arena *arena,
                         Str *out)
{
    Buf text;
    JsonWriter w;
    Status st;

    buf_init(&text, SUMMARY_MAX);
    w = jw_init(&text);
    jw_object(&w);
    jw_key_uint(&w, STR("samples"), whole->samples);
    jw_key(&w, STR("metrics"));
    jw_object(&w);
    write_given(&w, whole, given, max - write_means(&w, whole, given, max));
    jw_object_end(&w);
    jw_object_end(&w);
    st = jw_done(&w);
    if (!st)
        st = arena_copy(arena, buf_str(&text), out);
    buf_deinit(&text);
    return st;
}

static Status write_texts(const Measured *m, Arena *arena, Texts *out)
{
    CaseSummary whole = {0};
    const Json *given = NULL;
    Status st = measured_whole(m, arena, &whole);

    if (!st && whole.given.len)
        st = json_parse_object(whole.given, arena, &given, NULL);
    if (!st)
        st = write_text(&whole, given, HEADLINE_METRICS, arena, &out->headline);
    return st ? st : write_text(&whole, given, HEADLINE_NUMBERS, arena, &out->numbers);
}

static Status compute(Domain *d, const EvaluationRow *row, const Str *configuration, Arena *arena,
                      Texts *out)
{
    Evaluation e;
    Measured m;
    Status st = evaluation_get(d, row->project_id, row->id, arena, &e);

    if (!st)
        st = measured_open(d, &e, configuration, &m);
    if (st)
        return st;
    st = write_texts(&m, arena, out);
    measured_close(&m);
    return st;
}

static SummaryKey key_of(const EvaluationRow *row, Str about)
{
    return (SummaryKey){
        .ids = {row->id, row->id}, .revisions = {row->revision, row->revision}, .about = about};
}

/* Compute and keep. */
static Status make(Domain *d, const EvaluationRow *row, const Str *configuration, Str numbers_about,
                   Arena *arena, Texts *out)
{
    const SummaryKey headline = key_of(row, STR(HEADLINE));
    const SummaryKey numbers = key_of(row, numbers_about);
    const Status st = compute(d, row, configuration, arena, out);

    if (st)
        return st;
    if (!configuration)
        summary_keep_later(d, &headline, out->headline);
    summary_keep_later(d, &numbers, out->numbers);
    return ST_OK;
}

Status headline_find(Domain *d, const EvaluationRow *row, Arena *arena, Str *json)
{
    const SummaryKey key = key_of(row, STR(HEADLINE));

    return catalog_summary_get(d->catalog, &key, arena, json);
}

Status headline_get(Domain *d, const EvaluationRow *row, Arena *arena, Str *json)
{
    Texts made = {0};
    Status st = headline_find(d, row, arena, json);

    if (st != ST_NOTFOUND)
        return st;
    st = make(d, row, NULL, STR(NUMBERS), arena, &made);
    if (!st)
        *json = made.headline;
    return st;
}

Status headline_numbers(Domain *d, const EvaluationRow *row, const Str *configuration, Arena *arena,
                        Str *json)
{
    Texts made = {0};
    Str about = STR(NUMBERS);
    SummaryKey key;
    Status st = ST_OK;

    if (configuration)
        st = arena_printf(arena, &about, NUMBERS " of %.*s", STR_ARG(*configuration));
    if (st)
        return st;
    key = key_of(row, about);
    st = catalog_summary_get(d->catalog, &key, arena, json);
    if (st != ST_NOTFOUND)
        return st;
    st = make(d, row, configuration, about, arena, &made);
    if (!st)
        *json = made.numbers;
    return st;
}
