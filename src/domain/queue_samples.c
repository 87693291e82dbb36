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
    SampleScan scan;
    const Cancel *counting;
} Taking;

static Status keep_sample(const SampleRow *row, Arena *arena, SampleRow *out)
{
    Str *const texts[] = {&out->id, &out->input, &out->expected, &out->metadata, &out->split};
    Status st = ST_OK;

    *out = *row;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && !st; i++)
        st = arena_copy(arena, *texts[i], texts[i]);
    return st;
}

/* From the last one that is passed on only counting is left, which may end early. */
static Status take_sample(void *visitor, const SampleRow *row)
{
    Taking *t = visitor;
    Status st = ST_OK;

    if (row->scored) {
        t->out->done++;
        return ST_OK;
    }
    t->out->left++;
    if (t->out->len < t->limit)
        st = keep_sample(row, t->arena, &t->out->rows[t->out->len++]);
    if (t->out->len == t->limit)
        t->scan.cancel = t->counting;
    return st;
}

static Status scan_dataset(Domain *d, const QueueRow *row, const SpaceRow *dataset, Taking *t)
{
    Status st;

    t->scan = (SampleScan){.list_id = dataset->list_id,
                           .version = row->source_version ? row->source_version : dataset->version,
                           .split = row->split.len ? &row->split : NULL,
                           .text = row->query,
                           .scored = SCORED_TOLD,
                           .cancel = t->limit ? t->counting->outer : t->counting};
    t->out->version = t->scan.version;
    st = find_judge(d, row, t->arena, &t->scan.judge_id);
    if (!st)
        st = catalog_samples_each(d->catalog, &t->scan, take_sample, t);
    t->out->partly = st == ST_TIMEOUT;
    if (t->out->partly && t->out->left == t->out->len)
        t->out->left++; /* whoever has gone through these shall ask again */
    return t->out->partly ? ST_OK : st;
}

Status queue_of_dataset(Domain *d, const QueueRow *row, size_t limit, const Cancel *counting,
                        Arena *arena, SamplesLeft *out, FieldErr *err)
{
    SamplesLeft left = {.rows = arena_calloc(arena, limit + 1, sizeof *left.rows)};
    Taking taking = {.out = &left, .limit = limit, .arena = arena, .counting = counting};
    SpaceRow dataset = {0};
    Status st = left.rows ? ST_OK : ST_NOMEM;

    if (!st && !row->dataset.len)
        return field_err_set(err, ST_NOTFOUND, "dataset", "the queue's dataset is deleted");
    if (!st)
        st = dataset_get(d, row->project_id, row->dataset, arena, &dataset, err);
    left.space_id = dataset.id;
    if (!st)
        st = scan_dataset(d, row, &dataset, &taking);
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
