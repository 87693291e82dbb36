/* SPDX-License-Identifier: Apache-2.0 */
/* Matching the last with the last is not the search for the fewest chunks of the paper,
 * which is exponential; it is what the common implementation does, and linear. */
#include "stats/meteor.h"

#include "base/alloc.h"
#include "stats/numbering.h"

#include <math.h>
#include <string.h>

#define FREE UINT32_MAX

/* Chains of free reference places by word: the last place first. */
typedef struct Chains {
    Numbering words;
    uint32_t *heads; /* by word */
    uint32_t *next;  /* by place: the one before with the same word */
} Chains;

static void chains_deinit(Chains *c)
{
    numbering_deinit(&c->words);
    mem_free(c->heads);
    mem_free(c->next);
}

static Status chains_init(Chains *c, const uint32_t *words, size_t n, const uint32_t *taken)
{
    *c = (Chains){
        .heads = mem_array(n, sizeof *c->heads),
        .next = mem_array(n, sizeof *c->next),
    };
    if (!c->heads || !c->next)
        return ST_NOMEM;
    memset(c->heads, 0xff, n * sizeof *c->heads);
    for (size_t i = 0; i < n; i++) {
        uint32_t word;
        Status st;

        if (taken[i] != FREE)
            continue;
        st = numbering_add(&c->words, words[i], FREE, &word);
        if (st)
            return st;
        c->next[i] = c->heads[word];
        c->heads[word] = (uint32_t)i;
    }
    return ST_OK;
}

/* Both sides' partners; FREE: none yet. */
typedef struct Pairs {
    uint32_t *of_candidate;
    uint32_t *of_reference;
} Pairs;

static Status match_words(const uint32_t *candidate, size_t n, const uint32_t *reference, size_t m,
                          Pairs *pairs)
{
    Chains c;
    Status st = chains_init(&c, reference, m, pairs->of_reference);

    for (size_t i = n; !st && i-- > 0;) {
        uint32_t word;
        uint32_t place;

        if (pairs->of_candidate[i] != FREE)
            continue;
        word = numbering_find(&c.words, candidate[i]);
        if (word == NUMBER_NONE || c.heads[word] == FREE)
            continue;
        place = c.heads[word];
        c.heads[word] = c.next[place];
        pairs->of_candidate[i] = place;
        pairs->of_reference[place] = (uint32_t)i;
    }
    chains_deinit(&c);
    return st;
}

static void count_chunks(const uint32_t *partners, size_t n, Meteor *out)
{
    size_t last = SIZE_MAX; /* place of the match before, in the candidate */

    *out = (Meteor){0};
    for (size_t i = 0; i < n; i++) {
        if (partners[i] == FREE)
            continue;
        out->matches++;
        out->chunks += !(last != SIZE_MAX && last + 1 == i && partners[last] + 1 == partners[i]);
        last = i;
    }
}

static double score_of(const Meteor *m, size_t candidate, size_t reference, const MeteorWeights *w)
{
    const double matches = (double)m->matches;
    const double precision = matches / (double)candidate;
    const double recall = matches / (double)reference;
    const double mean = precision * recall / (w->alpha * precision + (1 - w->alpha) * recall);

    if (m->matches == 0)
        return 0;
    return mean * (1 - w->gamma * pow((double)m->chunks / matches, w->beta));
}

Status meteor_score(Tokens candidate, const uint32_t *candidate_stems, Tokens reference,
                    const uint32_t *reference_stems, const MeteorWeights *weights, Meteor *out)
{
    const size_t n = candidate.len;
    const size_t m = reference.len;
    Pairs pairs;
    uint32_t *partners;
    Meteor result;
    Status st;

    if (n >= FREE || m >= FREE)
        return ST_LIMIT;
    partners = mem_array(n + m, sizeof *partners);
    if (!partners)
        return ST_NOMEM;
    memset(partners, 0xff, (n + m) * sizeof *partners);
    pairs = (Pairs){partners, partners + n};
    st = match_words(candidate.ids, n, reference.ids, m, &pairs);
    if (!st)
        st = match_words(candidate_stems, n, reference_stems, m, &pairs);
    if (!st) {
        count_chunks(pairs.of_candidate, n, &result);
        result.score = score_of(&result, n, m, weights);
        *out = result;
    }
    mem_free(partners);
    return st;
}
