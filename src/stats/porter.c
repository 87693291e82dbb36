/* SPDX-License-Identifier: Apache-2.0 */
/* A word is [C](VC)^m[V] for runs of consonants C and vowels V; most rules look at the
 * measure m of what stands before a suffix.  No rule makes a word longer than it was:
 * those that add an e follow one that took at least two letters. */
#include "stats/porter.h"

#include <stdbool.h>
#include <string.h>

typedef struct Word {
    char *text;
    size_t len;
    size_t stem; /* what stands before the suffix that ends_with() found last */
} Word;

typedef struct Rule {
    const char *suffix;
    const char *replacement;
} Rule;

static bool is_consonant(const Word *w, size_t i)
{
    switch (w->text[i]) {
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
        return false;
    case 'y': /* a consonant at the start and behind a vowel: every other y of a run */
    {
        bool consonant = true;
        size_t start = i;

        while (start > 0 && w->text[start - 1] == 'y')
            start--;
        if (start > 0)
            consonant = !is_consonant(w, start - 1);
        return (i - start) % 2 ? !consonant : consonant;
    }
    default:
        return true;
    }
}

/* m of the first `len` letters. */
static size_t measure(const Word *w, size_t len)
{
    size_t m = 0;
    bool vowel = false;

    for (size_t i = 0; i < len; i++) {
        const bool consonant = is_consonant(w, i);

        m += vowel && consonant;
        vowel = !consonant;
    }
    return m;
}

static bool has_vowel(const Word *w, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_consonant(w, i))
            return true;
    return false;
}

/* The first `len` letters end in a doubled consonant. */
static bool ends_double(const Word *w, size_t len)
{
    return len >= 2 && w->text[len - 1] == w->text[len - 2] && is_consonant(w, len - 1);
}

/* They end in consonant, vowel, consonant, the last one not w, x or y: hop, fil(e). */
static bool ends_short(const Word *w, size_t len)
{
    return len >= 3 && is_consonant(w, len - 1) && !is_consonant(w, len - 2) &&
           is_consonant(w, len - 3) && !strchr("wxy", w->text[len - 1]);
}

static bool ends_with(Word *w, const char *suffix)
{
    const size_t len = strlen(suffix);

    if (len > w->len || memcmp(w->text + w->len - len, suffix, len) != 0)
        return false;
    w->stem = w->len - len;
    return true;
}

static void replace(Word *w, const char *replacement)
{
    const size_t len = strlen(replacement);

    memcpy(w->text + w->stem, replacement, len);
    w->len = w->stem + len;
}

/* The first rule whose suffix fits decides, whether its measure suffices or not. */
static void apply(Word *w, const Rule *rules, size_t count, size_t least)
{
    for (size_t i = 0; i < count; i++)
        if (ends_with(w, rules[i].suffix)) {
            if (measure(w, w->stem) >= least)
                replace(w, rules[i].replacement);
            return;
        }
}

static void cut_plural(Word *w)
{
    if (w->text[w->len - 1] != 's')
        return;
    if (ends_with(w, "sses") || ends_with(w, "ies"))
        w->len -= 2;
    else if (w->text[w->len - 2] != 's')
        w->len--;
}

/* -ed and -ing, and what that leaves: fil(e), hop(p). */
static void cut_past(Word *w)
{
    if (ends_with(w, "eed")) {
        w->len -= measure(w, w->stem) > 0;
        return;
    }
    if (!((ends_with(w, "ed") || ends_with(w, "ing")) && has_vowel(w, w->stem)))
        return;
    w->len = w->stem;
    if (ends_double(w, w->len))
        w->len -= !strchr("lsz", w->text[w->len - 1]);
    else if (ends_with(w, "at") || ends_with(w, "bl") || ends_with(w, "iz") ||
             (measure(w, w->len) == 1 && ends_short(w, w->len)))
        w->text[w->len++] = 'e';
}

static void cut_long_suffixes(Word *w)
{
    static const Rule rules[] = {
        {"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"},   {"anci", "ance"},
        {"izer", "ize"},    {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"},
        {"eli", "e"},       {"ousli", "ous"},   {"ization", "ize"}, {"ation", "ate"},
        {"ator", "ate"},    {"alism", "al"},    {"iveness", "ive"}, {"fulness", "ful"},
        {"ousness", "ous"}, {"aliti", "al"},    {"iviti", "ive"},   {"biliti", "ble"},
        {"logi", "log"},
    };

    apply(w, rules, sizeof rules / sizeof *rules, 1);
}

static void cut_middle_suffixes(Word *w)
{
    static const Rule rules[] = {
        {"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"},
        {"ical", "ic"},  {"ful", ""},   {"ness", ""},
    };

    apply(w, rules, sizeof rules / sizeof *rules, 1);
}

static void cut_short_suffixes(Word *w)
{
    static const Rule rules[] = {
        {"al", ""},   {"ance", ""}, {"ence", ""},  {"er", ""},   {"ic", ""},  {"able", ""},
        {"ible", ""}, {"ant", ""},  {"ement", ""}, {"ment", ""}, {"ent", ""}, {"ou", ""},
        {"ism", ""},  {"ate", ""},  {"iti", ""},   {"ous", ""},  {"ive", ""}, {"ize", ""},
    };

    if (ends_with(w, "ion") && w->stem > 0 && strchr("st", w->text[w->stem - 1])) {
        if (measure(w, w->stem) > 1)
            w->len = w->stem;
        return;
    }
    apply(w, rules, sizeof rules / sizeof *rules, 2);
}

static void cut_last_letters(Word *w)
{
    const size_t m = measure(w, w->len);

    if (w->text[w->len - 1] == 'e' && (m > 1 || (m == 1 && !ends_short(w, w->len - 1))))
        w->len--;
    if (w->text[w->len - 1] == 'l' && ends_double(w, w->len) && m > 1)
        w->len--;
}

size_t porter_stem(char *word, size_t len)
{
    Word w = {.text = word, .len = len};

    if (len <= 2 || len > PORTER_LONGEST)
        return len;
    cut_plural(&w);
    cut_past(&w);
    if (ends_with(&w, "y") && has_vowel(&w, w.stem))
        w.text[w.len - 1] = 'i';
    cut_long_suffixes(&w);
    cut_middle_suffixes(&w);
    cut_short_suffixes(&w);
    cut_last_letters(&w);
    return w.len;
}
