/* SPDX-License-Identifier: Apache-2.0 */
/* An n-gram is named by the pair (name of its first n - 1 tokens, its last token), so
 * that a 64-bit key is exact for every n:
 *
 *   tokens   the cat the cat          names of n = 1    0 1 0 1
 *                                     of n = 2          (0,1) (1,0) (0,1) -> 0 1 0
 */
#include "stats/ngram.h"

#include "base/alloc.h"
#include "stats/numbering.h"

#include <math.h>
#include <string.h>

/* Names of the n-grams of one text; names[i] starts at token i. */
typedef struct Named {
    Tokens tokens;
    uint32_t *names;
} Named;

static size_t grams_of(Tokens t, unsigned n)
{
    return t.len >= n ? t.len - n + 1 : 0;
}

/* From the names of n - 1 to those of n; for n = 1 the tokens name themselves. */
static Status name_grams(Numbering *pairs, Named *text, unsigned n)
{
    const size_t count = grams_of(text->tokens, n);

    for (size_t i = 0; i < count; i++) {
        const uint64_t before = n == 1 ? 0 : (uint64_t)text->names[i] << 32;
        const Status st = numbering_add(pairs, before | text->tokens.ids[i + n - 1],
                                        NUMBER_NONE - 1, &text->names[i]);

        if (st)
            return st;
    }
    return ST_OK;
}

static void count_names(const Named *text, unsigned n, uint32_t *counts)
{
    const size_t grams = grams_of(text->tokens, n);

    for (size_t i = 0; i < grams; i++)
        counts[text->names[i]]++;
}

/* `texts[0]` is the candidate.  For one n: how many of its n-grams are matched. */
static Status match_grams(const Named *texts, size_t count, size_t names, unsigned n,
                          uint64_t *matched)
{
    uint32_t *counts = mem_calloc(names * 3, sizeof *counts);
    uint32_t *largest;
    uint32_t *one;

    if (!counts)
        return ST_NOMEM;
    largest = counts + names;
    one = largest + names;
    count_names(&texts[0], n, counts);
    for (size_t t = 1; t < count; t++) {
        memset(one, 0, names * sizeof *one);
        count_names(&texts[t], n, one);
        for (size_t i = 0; i < names; i++)
            largest[i] = largest[i] > one[i] ? largest[i] : one[i];
    }
    for (size_t i = 0; i < names; i++)
        *matched += counts[i] < largest[i] ? counts[i] : largest[i];
    mem_free(counts);
    return ST_OK;
}

static Status match_all(Named *texts, size_t count, unsigned longest, NgramCounts *out)
{
    Status st = ST_OK;

    for (unsigned n = 1; n <= longest && !st; n++) {
        Numbering pairs = {0};

        for (size_t t = 0; t < count && !st; t++)
            st = name_grams(&pairs, &texts[t], n);
        if (!st)
            st = match_grams(texts, count, pairs.len, n, &out->matched[n - 1]);
        out->total[n - 1] = grams_of(texts[0].tokens, n);
        numbering_deinit(&pairs);
    }
    return st;
}

static size_t distance(size_t a, size_t b)
{
    return a < b ? b - a : a - b;
}

static uint64_t nearest_length(size_t candidate, const Tokens *references, size_t count)
{
    size_t best = count ? references[0].len : 0;

    for (size_t i = 1; i < count; i++) {
        const size_t len = references[i].len;
        const size_t apart = distance(len, candidate);

        if (apart < distance(best, candidate) || (apart == distance(best, candidate) && len < best))
            best = len;
    }
    return best;
}

static Status take_texts(Tokens candidate, const Tokens *references, size_t count, Named *texts)
{
    for (size_t t = 0; t <= count; t++) {
        const Tokens tokens = t ? references[t - 1] : candidate;

        texts[t] = (Named){tokens, mem_array(tokens.len, sizeof *texts[t].names)};
        if (!texts[t].names)
            return ST_NOMEM;
    }
    return ST_OK;
}

Status ngram_count(Tokens candidate, const Tokens *references, size_t reference_count,
                   unsigned longest, NgramCounts *counts)
{
    Named *texts;
    NgramCounts c = {.candidate = candidate.len};
    Status st;

    if (longest < 1 || longest > NGRAM_MAX)
        return ST_INVALID;
    texts = mem_calloc(reference_count + 1, sizeof *texts);
    if (!texts)
        return ST_NOMEM;
    st = take_texts(candidate, references, reference_count, texts);
    if (!st)
        st = match_all(texts, reference_count + 1, longest, &c);
    for (size_t t = 0; t <= reference_count; t++)
        mem_free(texts[t].names);
    mem_free(texts);
    if (st)
        return st;
    for (unsigned n = 0; n < longest; n++) {
        counts->matched[n] += c.matched[n];
        counts->total[n] += c.total[n];
    }
    counts->candidate += c.candidate;
    counts->reference += nearest_length(candidate.len, references, reference_count);
    return ST_OK;
}

double bleu_score(const NgramCounts *counts, unsigned longest, BleuSmoothing smoothing)
{
    const double brevity =
        counts->candidate ? 1 - (double)counts->reference / (double)counts->candidate : 0;
    double logs = 0;
    double share = 1;

    for (unsigned n = 0; n < longest; n++) {
        const double one = smoothing == BLEU_ADD_ONE && n > 0 ? 1 : 0;
        double matched = (double)counts->matched[n] + one;

        if (counts->total[n] == 0)
            return 0;
        if (matched == 0 && smoothing == BLEU_HALVES)
            matched = share /= 2;
        if (matched == 0)
            return 0;
        logs += log(matched / ((double)counts->total[n] + one));
    }
    return exp((brevity < 0 ? brevity : 0) + logs / longest);
}

Status ngram_overlap(Tokens candidate, Tokens reference, unsigned n, Overlap *out)
{
    NgramCounts counts = {0};
    const Status st = ngram_count(candidate, &reference, 1, n, &counts);

    if (!st)
        *out = (Overlap){
            .matched = counts.matched[n - 1],
            .candidate = grams_of(candidate, n),
            .reference = grams_of(reference, n),
        };
    return st;
}
