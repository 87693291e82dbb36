/* SPDX-License-Identifier: Apache-2.0 */
/* A cell of the table holds edits in the upper half of a word and substitutions in the
 * lower: the smallest word is the fewest edits, then the fewest substitutions.  That and
 * the lengths give all counts: with n and m tokens, S + D + I edits and n - m = D - I. */
#include "stats/edit.h"

#include "base/alloc.h"

#define EDIT         (UINT64_C(1) << 32)
#define SUBSTITUTION (EDIT + 1)

static Status check_work(size_t a, size_t b)
{
    if (a >= UINT32_MAX || b >= UINT32_MAX || (b && a > EDIT_WORK_MAX / b))
        return ST_LIMIT;
    return ST_OK;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* `row[j]`: from the reference so far to the first j of the hypothesis. */
static void next_row(uint64_t *row, uint32_t token, Tokens hypothesis)
{
    uint64_t diagonal = row[0];

    row[0] += EDIT;
    for (size_t j = 0; j < hypothesis.len; j++) {
        const uint64_t kept = diagonal + (hypothesis.ids[j] == token ? 0 : SUBSTITUTION);
        const uint64_t skipped = least(row[j + 1], row[j]) + EDIT;

        diagonal = row[j + 1];
        row[j + 1] = least(kept, skipped);
    }
}

Status edit_count(Tokens reference, Tokens hypothesis, Edits *out)
{
    const Status st = check_work(reference.len, hypothesis.len);
    uint64_t *row;
    uint64_t skips; /* deletions and insertions */

    if (st)
        return st;
    row = mem_array(hypothesis.len + 1, sizeof *row);
    if (!row)
        return ST_NOMEM;
    for (size_t j = 0; j <= hypothesis.len; j++)
        row[j] = j * EDIT;
    for (size_t i = 0; i < reference.len; i++)
        next_row(row, reference.ids[i], hypothesis);
    out->substitutions = row[hypothesis.len] % EDIT;
    skips = row[hypothesis.len] / EDIT - out->substitutions;
    mem_free(row);
    out->deletions = (skips + reference.len - hypothesis.len) / 2;
    out->insertions = skips - out->deletions;
    out->hits = reference.len - out->substitutions - out->deletions;
    return ST_OK;
}

Status edit_common(Tokens a, Tokens b, uint64_t *out)
{
    const Status st = check_work(a.len, b.len);
    uint32_t *row;

    if (st)
        return st;
    row = mem_calloc(b.len + 1, sizeof *row);
    if (!row)
        return ST_NOMEM;
    for (size_t i = 0; i < a.len; i++) {
        uint32_t diagonal = 0;

        for (size_t j = 0; j < b.len; j++) {
            const uint32_t above = row[j + 1];

            if (a.ids[i] == b.ids[j])
                row[j + 1] = diagonal + 1;
            else if (row[j] > above)
                row[j + 1] = row[j];
            diagonal = above;
        }
    }
    *out = row[b.len];
    mem_free(row);
    return ST_OK;
}

double error_rate(const Edits *e)
{
    const uint64_t edits = e->substitutions + e->deletions + e->insertions;
    const uint64_t reference = e->hits + e->substitutions + e->deletions;

    return (double)edits / (double)(reference ? reference : 1);
}

double match_error_rate(const Edits *e)
{
    const uint64_t edits = e->substitutions + e->deletions + e->insertions;

    return edits ? (double)edits / (double)(edits + e->hits) : 0;
}
