/* SPDX-License-Identifier: Apache-2.0 */
/* See queue_samples.h.  What is done are samples with feedback by the queue's judge. */
#include "domain/queue_samples.h"

#include "catalog/sample_score.h"
#include "domain/dataset.h"
#include "domain/internal.h"
#include "domain/judge.h"

/* Of any version of the judge. */
static Status find_judge(Domain *d, const QueueRow *row, Arena *arena, int64_t *out)
{
    JudgeRow judge = {0};
    const Status st = judge_get(d, row->project_id, row->judge, arena, &judge);

    *out = judge.id;
    return st;
}

/* ------------------------------------------------------------ datasets */

typedef struct Taking {
    SamplesLeft *out;
    size_t limit;
    Arena *arena;
} Taking;

static Status take_left(void *visitor, const SampleRow *row)
{
    Taking *t = visitor;
    SampleRow *to;
    Str *texts[5];
    Status st = ST_OK;

    t->out->left++;
    if (t->out->len == t->limit)
        return ST_OK;
    to = &t->out->rows[t->out->len++];
    *to = *row;
    texts[0] = &to->id;
    texts[1] = &to->input;
    texts[2] = &to->expected;
    texts[3] = &to->metadata;
    texts[4] = &to->split;
    for (size_t i = 0; i < 5 && !st; i++)
        st = arena_copy(t->arena, *texts[i], texts[i]);
    return st;
}

static Status count_done(void *visitor, const SampleRow *row)
{
    SamplesLeft *out = visitor;

    (void)row;
    out->done++;
    return ST_OK;
}

static Status scan_dataset(Domain *d, const QueueRow *row, const SpaceRow *dataset, size_t limit,
                           Arena *arena, SamplesLeft *out)
{
    SampleScan scan = {.list_id = dataset->list_id,
                       .version = row->source_version ? row->source_version : dataset->version,
                       .split = row->split.len ? &row->split : NULL,
                       .text = row->query,
                       .scored = SCORED_NONE};
    Taking taking = {out, limit, arena};
    Status st = find_judge(d, row, arena, &scan.judge_id);

    out->version = scan.version;
    if (!st)
        st = catalog_samples_each(d->catalog, &scan, take_left, &taking);
    scan.scored = SCORED_ANY;
    return st ? st : catalog_samples_each(d->catalog, &scan, count_done, out);
}

Status queue_of_dataset(Domain *d, const QueueRow *row, size_t limit, Arena *arena,
                        SamplesLeft *out, FieldErr *err)
{
    SamplesLeft left = {.rows = arena_calloc(arena, limit + 1, sizeof *left.rows)};
    SpaceRow dataset = {0};
    Status st = left.rows ? ST_OK : ST_NOMEM;

    if (!st && !row->dataset.len)
        return field_err_set(err, ST_NOTFOUND, "dataset", "the queue's dataset is deleted");
    if (!st)
        st = dataset_get(d, row->project_id, row->dataset, arena, &dataset, err);
    left.space_id = dataset.id;
    if (!st)
        st = scan_dataset(d, row, &dataset, limit, arena, &left);
    if (!st)
        *out = left;
    return st;
}

/* ------------------------------------------------------------ evaluations */

Status queue_of_answers(const Measured *m, const QueueRow *row, size_t limit, Arena *arena,
                        SamplesLeft *out, FieldErr *err)
{
    const EvaluationRow *e = &m->evaluation->row;
    SamplesLeft left = {.space_id = e->target.space};
    int64_t *judged = NULL;
    size_t judged_len = 0;
    int64_t *wanted = NULL;
    size_t len = 0;
    int64_t judge_id;
    Status st = find_judge(m->domain, row, arena, &judge_id);

    if (!st)
        st = measured_answered(m, row->query, arena, &wanted, &len, err);
    if (!st)
        st = catalog_sample_scores_judged(m->domain->catalog, e->target.space, e->version_id,
                                          judge_id, &judged, &judged_len);
    if (st)
        return st;
    left.numbers = wanted;
    for (size_t i = 0; i < len; i++) {
        if (numbers_hold(judged, judged_len, wanted[i]))
            left.done++;
        else if (left.left++ < limit)
            left.numbers[left.len++] = wanted[i]; /* never behind what is read */
    }
    mem_free(judged);
    *out = left;
    return ST_OK;
}
