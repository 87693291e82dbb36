/* SPDX-License-Identifier: Apache-2.0 */
/* Truths are ordered by group, real before ignored, so that an inference looks only at a
 * run of them, in the order that settles ties.  Inferences go group by group too, by score
 * in each: the truths that one looks at are in the cache for the next. */
#include "stats/match.h"

#include "base/alloc.h"
#include "stats/numbering.h"
#include "stats/order.h"

#include <math.h>
#include <string.h>

typedef struct Run {
    uint32_t first; /* in Matcher.truths */
    uint32_t count;
} Run;

typedef struct Matcher {
    const MatchInput *in;
    Numbering groups;
    Run *runs;        /* by number of group */
    uint32_t *truths; /* places, by group */
    uint8_t *taken;   /* by place */
} Matcher;

static void deinit(Matcher *m)
{
    numbering_deinit(&m->groups);
    mem_free(m->runs);
    mem_free(m->truths);
    mem_free(m->taken);
}

static uint64_t group_of(const int64_t *groups, size_t i)
{
    return groups ? (uint64_t)groups[i] : 0;
}

static bool is_ignored(const MatchInput *in, size_t truth)
{
    return in->ignored && in->ignored[truth];
}

/* Count the truths of each group, find where its run starts, then fill the runs: a
 * counting sort, real truths in the first round, ignored ones in the second. */
static void fill_runs(Matcher *m, const uint32_t *numbers)
{
    uint32_t first = 0;

    for (size_t t = 0; t < m->in->truth_count; t++)
        m->runs[numbers[t]].count++;
    for (size_t g = 0; g < m->groups.len; g++) {
        m->runs[g].first = first;
        first += m->runs[g].count;
        m->runs[g].count = 0;
    }
    for (int round = 0; round < 2; round++)
        for (size_t t = 0; t < m->in->truth_count; t++) {
            Run *run = &m->runs[numbers[t]];

            if (is_ignored(m->in, t) == (round == 1))
                m->truths[run->first + run->count++] = (uint32_t)t;
        }
}

static Status group_truths(Matcher *m)
{
    const MatchInput *in = m->in;
    uint32_t *numbers = mem_array(in->truth_count, sizeof *numbers);
    Status st = ST_NOMEM;

    m->truths = mem_array(in->truth_count, sizeof *m->truths);
    m->taken = mem_calloc(in->truth_count, sizeof *m->taken);
    if (!numbers || !m->truths || !m->taken)
        goto done;
    st = ST_OK;
    for (size_t t = 0; t < in->truth_count && !st; t++)
        st = numbering_add(&m->groups, group_of(in->truth_groups, t), ORDER_MAX, &numbers[t]);
    if (st)
        goto done;
    m->runs = mem_calloc(m->groups.len, sizeof *m->runs);
    if (m->runs)
        fill_runs(m, numbers);
    else
        st = ST_NOMEM;
done:
    mem_free(numbers);
    return st;
}

/* What an inference sees of its group. */
typedef struct Best {
    int64_t truth; /* of the largest IoU at or above the threshold, or MATCH_NONE */
    double iou;    /* its */
    double real;   /* the largest with any real truth */
} Best;

static Status find_best(const Matcher *m, const Run *run, const Shape *inference, Best *out)
{
    const MatchInput *in = m->in;
    Best best = {.truth = MATCH_NONE, .iou = -1};

    for (uint32_t i = 0; i < run->count; i++) {
        const uint32_t truth = m->truths[run->first + i];
        double iou;
        const Status st = shape_iou(&in->truths[truth], inference, &iou);

        if (st)
            return st;
        if (iou > best.real && !is_ignored(in, truth))
            best.real = iou;
        if (iou >= in->threshold && iou > best.iou) {
            best.truth = truth;
            best.iou = iou;
        }
    }
    *out = best;
    return ST_OK;
}

static Status match_one(Matcher *m, uint32_t inference, int64_t *match, double *iou)
{
    const MatchInput *in = m->in;
    const uint32_t group = numbering_find(&m->groups, group_of(in->inference_groups, inference));
    Best best = {.truth = MATCH_NONE};
    Status st = ST_OK;

    if (group != NUMBER_NONE)
        st = find_best(m, &m->runs[group], &in->inferences[inference], &best);
    if (st)
        return st;
    *match = best.truth;
    *iou = best.iou;
    if (best.truth != MATCH_NONE && is_ignored(in, (size_t)best.truth)) {
        *match = MATCH_DROPPED;
    } else if (best.truth == MATCH_NONE || m->taken[best.truth]) {
        *match = MATCH_NONE;
        *iou = best.real;
    } else {
        m->taken[best.truth] = 1;
    }
    return ST_OK;
}

/* Put the inferences, which are in order of score, stably in order of their groups; those
 * without a truth to match come last. */
static Status group_inferences(const Matcher *m, const uint32_t *order, uint32_t *grouped)
{
    const MatchInput *in = m->in;
    const size_t groups = m->groups.len;
    uint32_t *numbers = mem_array(in->inference_count, sizeof *numbers);
    uint32_t *starts = mem_calloc(groups + 2, sizeof *starts);

    if (!numbers || !starts) {
        mem_free(starts);
        mem_free(numbers);
        return ST_NOMEM;
    }
    for (size_t i = 0; i < in->inference_count; i++) {
        const uint32_t group = numbering_find(&m->groups, group_of(in->inference_groups, i));

        numbers[i] = group == NUMBER_NONE ? (uint32_t)groups : group;
        starts[numbers[i] + 1]++;
    }
    for (size_t g = 0; g < groups; g++)
        starts[g + 1] += starts[g];
    for (size_t i = 0; i < in->inference_count; i++)
        grouped[starts[numbers[order[i]]]++] = order[i];
    mem_free(starts);
    mem_free(numbers);
    return ST_OK;
}

Status match_shapes(const MatchInput *in, int64_t *matches, double *ious, uint32_t *order)
{
    Matcher m = {.in = in};
    uint32_t *grouped;
    uint32_t *by_score;
    Status st;

    if (in->truth_count > ORDER_MAX || in->inference_count > ORDER_MAX)
        return ST_LIMIT;
    grouped = mem_array(in->inference_count, 2 * sizeof *grouped);
    if (!grouped)
        return ST_NOMEM;
    by_score = order ? order : grouped + in->inference_count;
    st = group_truths(&m);
    if (!st)
        st = order_descending(in->scores, in->inference_count, by_score);
    if (!st)
        st = group_inferences(&m, by_score, grouped);
    for (size_t i = 0; !st && i < in->inference_count; i++)
        st = match_one(&m, grouped[i], &matches[grouped[i]], &ious[grouped[i]]);
    deinit(&m);
    mem_free(grouped);
    return st;
}
