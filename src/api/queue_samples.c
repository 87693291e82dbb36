/* SPDX-License-Identifier: Apache-2.0 */
/* See queue_samples.h. */
#include "api/queue_samples.h"

#include "api/result_rows.h"
#include "api/sample_scores.h"
#include "api/samples.h"
#include "domain/queue_samples.h"

bool queue_takes_traces(const QueueRow *row)
{
    return str_eq(row->source, STR("traces"));
}

static bool takes_samples(const QueueRow *row)
{
    return str_eq(row->source, STR("dataset"));
}

void queue_write_source(JsonWriter *w, const QueueRow *row)
{
    jw_key_str(w, STR("source"), row->source);
    jw_key(w, STR("dataset"));
    if (takes_samples(row)) {
        jw_object(w);
        jw_key_str_or_null(w, STR("name"), row->dataset);
        if (row->source_version)
            jw_key_int(w, STR("version"), row->source_version);
        else
            jw_key_null(w, STR("version"));
        jw_key_str_or_null(w, STR("split"), row->split);
        jw_object_end(w);
    } else {
        jw_null(w);
    }
    if (str_eq(row->source, STR("evaluation")))
        jw_key_int(w, STR("evaluation"), row->source_id);
    else
        jw_key_null(w, STR("evaluation"));
}

/* ------------------------------------------------------------ evaluations */

/* The queue's evaluation, to be closed.  ST_NOTFOUND: it is deleted. */
static Status open_answers(Api *a, const QueueRow *row, Arena *arena, Evaluation *e, Measured *m)
{
    const Status st = evaluation_get(a->domain, row->project_id, row->source_id, arena, e);

    return st ? st : measured_open(a->domain, e, NULL, m);
}

Status queue_samples_count(Api *a, const QueueRow *row, const Cancel *cancel, Arena *arena,
                           QueueCounts *out)
{
    SamplesLeft left = {0};
    Evaluation e;
    Measured m;
    Status st = cancel_check(cancel);

    if (st)
        return st;
    if (takes_samples(row)) {
        st = queue_of_dataset(a->domain, row, 0, cancel, arena, &left, NULL);
    } else {
        st = open_answers(a, row, arena, &e, &m);
        if (st)
            return st;
        st = queue_of_answers(&m, row, 0, arena, &left, NULL);
        measured_close(&m);
    }
    *out = (QueueCounts){left.left, left.done, left.partly};
    return st;
}

/* ------------------------------------------------------------ what is left */

void queue_write_counts(JsonWriter *w, const QueueCounts *counts)
{
    jw_key_uint(w, STR("left"), counts->left);
    if (counts->partly)
        jw_key_null(w, STR("done"));
    else
        jw_key_uint(w, STR("done"), counts->done);
    jw_key_bool(w, STR("exact"), !counts->partly);
}

static JsonWriter begin(Response *r, const SamplesLeft *left)
{
    JsonWriter w = jw_init(&r->body);

    jw_object(&w);
    queue_write_counts(&w, &(QueueCounts){left->left, left->done, left->partly});
    return w;
}

static void answer_samples_left(Api *a, Request *q, Response *r, const QueueRow *row, size_t limit)
{
    SamplesLeft left = {0};
    FieldErr e = {0};
    SampleScores *scores;
    int64_t *numbers;
    JsonWriter w;
    const Cancel counting = cancel_after(&a->cancel, a->count_ns);
    Status st = queue_of_dataset(a->domain, row, limit, &counting, q->arena, &left, &e);

    numbers = arena_calloc(q->arena, left.len + 1, sizeof *numbers);
    scores = arena_calloc(q->arena, left.len + 1, sizeof *scores);
    if (!st && (!numbers || !scores))
        st = ST_NOMEM;
    for (size_t i = 0; i < left.len && !st; i++)
        numbers[i] = left.rows[i].number;
    if (!st)
        st = catalog_sample_scores_of(domain_catalog(a->domain), left.space_id, 0, numbers,
                                      left.len, q->arena, scores);
    if (st) {
        reply_error(r, st, &e);
        return;
    }
    w = begin(r, &left);
    jw_key_int(&w, STR("version"), left.version);
    jw_key(&w, STR("items"));
    jw_array(&w);
    for (size_t i = 0; i < left.len; i++) {
        jw_object(&w);
        write_sample_members(&w, &left.rows[i]);
        write_sample_scores(&w, &scores[i]);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

static Status find_answers(const Measured *m, const QueueRow *row, size_t limit, Arena *arena,
                           SamplesLeft *left, RowsPage *page, RowDetails *details, FieldErr *e)
{
    Status st = queue_of_answers(m, row, limit, arena, left, e);

    if (!st)
        st = measured_some(m, left->numbers, left->len, arena, page);
    return st ? st : result_details_read(m, page, (Str){0}, arena, details);
}

static void answer_answers_left(Api *a, Request *q, Response *r, const QueueRow *row, size_t limit)
{
    SamplesLeft left = {0};
    RowsPage page = {0};
    RowDetails details = {0};
    FieldErr err = {0};
    Evaluation e;
    Measured m = {0};
    JsonWriter w;
    Status st = open_answers(a, row, q->arena, &e, &m);

    if (st == ST_NOTFOUND) {
        problem(r, 404, "evaluation", "the queue's evaluation is deleted");
        return;
    }
    if (!st)
        st = find_answers(&m, row, limit, q->arena, &left, &page, &details, &err);
    if (st) {
        reply_error(r, st, &err);
    } else {
        w = begin(r, &left);
        evaluation_write_target(&w, &e.row);
        jw_key(&w, STR("items"));
        jw_array(&w);
        for (size_t i = 0; i < page.len; i++)
            result_row_write(&w, &page, i, &details);
        jw_array_end(&w);
        jw_object_end(&w);
        reply_json(r, 200, &w);
    }
    measured_close(&m);
}

void queue_samples_next(Api *a, Request *q, Response *r, const QueueRow *row, size_t limit)
{
    if (takes_samples(row))
        answer_samples_left(a, q, r, row, limit);
    else
        answer_answers_left(a, q, r, row, limit);
}
