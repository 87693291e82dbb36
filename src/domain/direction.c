/* SPDX-License-Identifier: Apache-2.0 */
/* See direction.h. */
#include "domain/direction.h"

static const char *const lower_words[] = {
    "error",   "errors",        "loss",     "latency",  "duration",  "time",       "ms",
    "seconds", "cost",          "price",    "mae",      "mse",       "rmse",       "mape",
    "wer",     "cer",           "mer",      "der",      "fp",        "fn",         "fpr",
    "fnr",     "false",         "miss",     "missed",   "wrong",     "perplexity", "distance",
    "brier",   "ece",           "toxicity", "toxic",    "failure",   "failed",     "failures",
    "tokens",  "bytes",         "memory",   "confused", "deviation", "bias",       "divergence",
    "regret",  "hallucination", "nll",      "edits",
};

static const char *const higher_words[] = {
    "accuracy", "acc",         "precision",   "recall",       "f1",          "fbeta",
    "ap",       "map",         "auc",         "iou",          "miou",        "score",
    "bleu",     "rouge",       "meteor",      "r2",           "correct",     "passed",
    "pass",     "tp",          "tn",          "tpr",          "tnr",         "true",
    "success",  "hit",         "hits",        "psnr",         "ssim",        "kappa",
    "mcc",      "specificity", "sensitivity", "similarity",   "relevancy",   "relevance",
    "ndcg",     "mrr",         "match",       "matched",      "right",       "ok",
    "helpful",  "helpfulness", "correctness", "completeness", "alignment",   "dice",
    "win",      "likelihood",  "reward",      "quality",      "correlation", "agreement",
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* The word that begins at or behind *at: letters and digits, cut before a capital after a small
 * letter (`meanError`). */
static Str next_word(Str s, size_t *at)
{
    size_t begin;

    while (*at < s.len && !is_letter(s.ptr[*at]))
        ++*at;
    begin = *at;
    while (*at < s.len && is_letter(s.ptr[*at]) &&
           !(*at > begin && is_upper(s.ptr[*at]) && !is_upper(s.ptr[*at - 1])))
        ++*at;
    return str_slice(s, begin, *at);
}

static bool in_words(Str word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq_nocase(word, str_from(words[i])))
            return true;
    return false;
}

/* From `at` to the end of its letters and digits: `IoU`, `mAP`, where capitals are no words. */
static Str rest_of_run(Str s, size_t at)
{
    size_t end = at;

    while (end < s.len && is_letter(s.ptr[end]))
        end++;
    return str_slice(s, at, end);
}

Direction direction_guess(Str metric)
{
    const size_t lower = sizeof lower_words / sizeof lower_words[0];
    const size_t higher = sizeof higher_words / sizeof higher_words[0];
    Direction found = DIRECTION_UNKNOWN;

    for (size_t at = 0; at < metric.len;) {
        const Str word = next_word(metric, &at);
        const Str rest = rest_of_run(metric, at - word.len);

        if (in_words(word, lower_words, lower) || in_words(rest, lower_words, lower))
            return DIRECTION_LOWER;
        if (in_words(word, higher_words, higher) || in_words(rest, higher_words, higher))
            found = DIRECTION_HIGHER;
    }
    return found;
}

bool names_hold(Str names, Str name)
{
    while (names.len) {
        Str one;

        (void)str_cut(names, ',', &one, &names);
        if (str_eq(str_trim(one), name))
            return true;
    }
    return false;
}

Direction direction_of(Str metric, const Directions *told)
{
    if (names_hold(told->higher, metric))
        return DIRECTION_HIGHER;
    if (names_hold(told->lower, metric))
        return DIRECTION_LOWER;
    if (names_hold(told->neither, metric))
        return DIRECTION_UNKNOWN;
    return direction_guess(metric);
}
