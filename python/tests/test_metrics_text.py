# SPDX-License-Identifier: Apache-2.0
"""Texts, against NLTK, jiwer and brute force."""

from __future__ import annotations

import collections
import math
import random
import string
from typing import Any

import jiwer
import nltk
import pytest
from nltk.translate import bleu_score, meteor_score
from vireo import metrics

WORDS = ["the", "a", "cat", "cats", "sat", "on", "mats", "running", "runs", "ran", "quickly", "nationally", "hopefully"]


def sentence(dice: random.Random, most: int = 12, least: int = 0) -> list[str]:
    return [dice.choice(WORDS) for _ in range(dice.randint(least, most))]


ENDINGS = """ational tional enci anci izer bli alli entli eli ousli ization ation ator alism iveness fulness ousness
aliti
iviti biliti logi icate ative alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent sion tion ion
ou ism ate iti ous ive ize s es sses ies ss ed eed ing y e ll ee at bl iz"""


# ---------------------------------------------------------------- error rates


@pytest.mark.parametrize("seed", range(200))
def test_error_rates_are_jiwers(seed: int) -> None:
    dice = random.Random(seed)
    reference, hypothesis = " ".join(sentence(dice, least=1)), " ".join(sentence(dice))
    words = jiwer.process_words(reference, hypothesis)
    assert metrics.wer(reference, hypothesis) == pytest.approx(words.wer)
    assert metrics.mer(reference, hypothesis) <= words.mer + 1e-12  # the most hits of all shortest edits
    assert metrics.cer(reference, hypothesis) == pytest.approx(jiwer.cer(reference, hypothesis))


def best_alignment(a: list[str], b: list[str]) -> tuple[int, int]:
    """(edits, -hits), by trying everything."""

    def go(i: int, j: int) -> tuple[int, int]:
        if i == len(a):
            return len(b) - j, 0
        if j == len(b):
            return len(a) - i, 0
        found = []
        for di, dj in ((1, 1), (1, 0), (0, 1)):
            edits, hits = go(i + di, j + dj)
            same = di == dj and a[i] == b[j]
            found.append((edits + (not same), hits - same))
        return min(found)

    return go(0, 0)


@pytest.mark.parametrize("seed", range(60))
def test_the_alignment_has_the_fewest_edits_then_the_most_hits(seed: int) -> None:
    dice = random.Random(seed)
    a, b = ([dice.choice("xyz") for _ in range(dice.randint(0, 6))] for _ in "ab")
    found = metrics.alignment([a], [b])
    edits, hits = best_alignment(a, b)
    assert found.substitutions + found.deletions + found.insertions == edits
    assert found.hits == -hits
    assert found.hits + found.substitutions + found.deletions == len(a)
    assert found.hits + found.substitutions + found.insertions == len(b)


def test_rates_have_conventions_for_nothing() -> None:
    assert metrics.wer("", "") == metrics.cer("", "") == metrics.mer("", "") == 0
    assert metrics.wer("", "two words") == 2
    assert metrics.mer("", "two words") == 1
    assert metrics.wer("two words", "") == metrics.mer("two words", "") == 1
    assert metrics.wer([], []) == 0
    assert metrics.wer(["a b", "c d"], ["a b", "c x"]) == 0.25
    assert metrics.wer([["A", "b"]], [["a", "b"]]) == 0.5  # tokens are taken as they are
    assert metrics.wer("It's late, NOW!", "its late now") == 0
    assert metrics.wer("It's late, NOW!", "its late now", normalized=False) == 1
    assert metrics.cer("über", "uber", normalized=False) == 0.25
    with pytest.raises(TypeError, match="two texts, or two lists"):
        metrics.wer("a", ["a"])
    with pytest.raises(ValueError, match="differ in length: 1 and 2"):
        metrics.wer(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="too long to be aligned"):
        metrics.cer("x" * 300000, "y" * 300000)


# ---------------------------------------------------------------- BLEU


@pytest.mark.parametrize("seed", range(150))
def test_bleu_is_nltks(seed: int) -> None:
    dice = random.Random(seed)
    candidates = [sentence(dice, 20, 4) for _ in range(3)]
    references = [[sentence(dice, 20, 4) for _ in range(dice.randint(1, 3))] for _ in candidates]
    for text, refs in zip(candidates, references):  # some that agree
        refs[0][:5] = text[:5]
    weights = (0.25,) * 4
    expected = bleu_score.corpus_bleu(references, candidates, weights)
    assert metrics.corpus_bleu(candidates, references) == pytest.approx(expected, abs=1e-9)
    two = bleu_score.corpus_bleu(references, candidates, (0.5, 0.5))
    assert metrics.corpus_bleu(candidates, references, longest=2) == pytest.approx(two, abs=1e-9)
    for ours, theirs in (("add-one", "method2"), ("exp", "method3")):
        smooth = getattr(bleu_score.SmoothingFunction(), theirs)
        one = bleu_score.sentence_bleu(references[0], candidates[0], weights, smoothing_function=smooth)
        found = metrics.bleu(candidates[0], references[0], smoothing=ours)  # type: ignore[arg-type]
        assert found == pytest.approx(one, abs=1e-9), ours


def test_bleu_has_conventions_for_nothing() -> None:
    assert metrics.bleu("the cat sat", "the cat sat") == 0  # no n-gram of four
    assert metrics.bleu("the cat sat on it", "the cat sat on it") == 1
    assert metrics.bleu("", "the cat") == 0 and metrics.corpus_bleu([], []) == 0
    assert metrics.bleu("The Cat Sat On", "the cat sat on", normalized=True) == 1
    with pytest.raises(ValueError, match="longest is 17"):
        metrics.bleu("a", "a", longest=17)
    with pytest.raises(ValueError, match="without a reference"):
        metrics.bleu("a", [])
    with pytest.raises(ValueError, match="smoothing is 'all'"):
        metrics.bleu("a", "a", smoothing="all")  # type: ignore[arg-type]


# ---------------------------------------------------------------- ROUGE


def grams(tokens: list[str], n: int) -> collections.Counter[tuple[str, ...]]:
    return collections.Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def longest_common(a: list[str], b: list[str]) -> int:
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1][j + 1] = table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


@pytest.mark.parametrize("seed", range(100))
def test_rouge_counts_what_is_common(seed: int) -> None:
    dice = random.Random(seed)
    candidate, reference = sentence(dice), sentence(dice)
    for kind in (1, 2, 3, "l"):
        if kind == "l":
            common, of_a, of_b = longest_common(candidate, reference), len(candidate), len(reference)
        else:
            a, b = grams(candidate, kind), grams(reference, kind)  # type: ignore[arg-type]
            common, of_a, of_b = (a & b).total(), a.total(), b.total()
        found = metrics.rouge(candidate, [reference], kind)  # type: ignore[arg-type]
        p, r = common / (of_a or 1), common / (of_b or 1)
        assert found == pytest.approx((p, r, 2 * p * r / (p + r) if p + r else 0))


def test_rouge_combines_references() -> None:
    candidate, references = "a b c", ["a b", "c d e f"]
    assert metrics.rouge(candidate, references, 1).recall == 1
    assert metrics.rouge(candidate, references, 1, combine="sum").recall == 0.5
    assert metrics.rouge(candidate, [], 1) == (0, 0, 0)
    with pytest.raises(ValueError, match="kind is 0"):
        metrics.rouge("a", "a", 0)
    with pytest.raises(ValueError, match="combine is 'mean'"):
        metrics.rouge("a", "a", combine="mean")  # type: ignore[arg-type]


# ---------------------------------------------------------------- METEOR


class NoSynonyms:
    def synsets(self, word: str) -> list[Any]:
        return []


@pytest.mark.parametrize("seed", range(150))
def test_meteor_is_nltks(seed: int) -> None:
    dice = random.Random(seed)
    candidate, reference = sentence(dice, least=1), sentence(dice, least=1)
    for alpha, beta, gamma in ((0.9, 3.0, 0.5), (0.8, 1.0, 0.3)):
        expected = meteor_score.single_meteor_score(
            reference,
            candidate,
            stemmer=nltk.PorterStemmer(mode="MARTIN_EXTENSIONS"),
            wordnet=NoSynonyms(),
            alpha=alpha,
            beta=beta,
            gamma=gamma,
        )
        found = metrics.meteor(candidate, [reference], alpha=alpha, beta=beta, gamma=gamma)
        assert found == pytest.approx(expected, abs=1e-9)


def test_meteor_knows_both_penalties() -> None:
    """Two chunks of four matches: a half cubed, or a half as it is."""
    candidate, reference = "on mats the cat", "the cat on mats"
    assert metrics.meteor(candidate, reference) == pytest.approx(1 - 0.5 * 0.125)
    assert metrics.meteor(candidate, reference, beta=1) == 0.75
    assert metrics.meteor("", "a") == metrics.meteor("a", "") == metrics.meteor("a", []) == 0
    assert metrics.meteor("Running dogs", ["x", "run dog"]) == pytest.approx(1 - 0.5 * 0.125)


def test_stems_are_porters() -> None:
    theirs = nltk.PorterStemmer(mode="MARTIN_EXTENSIONS")
    endings = ENDINGS.split()
    dice = random.Random(1)
    words = {"yyy", "sky", "say", "by", "ying", "agreed", "hopping", "filing", "falling", "controlled", "roll"}
    for _ in range(20000):
        stem = "".join(dice.choice("aeiouybcdlrstxwz") for _ in range(dice.randint(0, 5)))
        words.add(stem + dice.choice(endings) + dice.choice(["", "", *endings]))
    for word in words:
        assert metrics.porter_stem(word) == theirs.stem(word), word
    assert metrics.porter_stem("") == "" and metrics.porter_stem("straßen") == "straßen"
    assert metrics.porter_stem("\ud800s") == "\ud800s"
    assert metrics.porter_stem("y" * 1000 + "s") == "y" * 1000 + "s"
    with pytest.raises(TypeError, match="word is <class 'int'>"):
        metrics.porter_stem(3)  # type: ignore[arg-type]


# ---------------------------------------------------------------- the rest


def test_perplexity_is_the_worked_example() -> None:
    assert metrics.perplexity([math.log(0.5)] * 7) == pytest.approx(2)
    assert metrics.perplexity(iter([0.0, 0.0])) == 1
    assert math.isnan(metrics.perplexity([]))


def test_normalization_is_as_documented() -> None:
    assert metrics.normalize("  Ärger, «überall»\t…\n+1 ") == "ärger überall +1"
    assert metrics.normalize(string.punctuation) == "$+<=>^`|~"
    assert metrics.tokenize(" a\tb\n") == ["a", "b"]
