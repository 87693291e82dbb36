# SPDX-License-Identifier: Apache-2.0
"""Texts against reference texts.

A text is a str, which is cut into tokens, or a sequence of tokens, which is taken as it is.  `tokenize` cuts at white
space; `normalize` before that puts letters into lower case and leaves out punctuation.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, Union

from .. import _metrics
from ._columns import Numbers, choose, column

Text = Union[str, Sequence[Any]]
_SMOOTHING = {"none": 0, "add-one": 1, "exp": 2}


class Alignment(NamedTuple):
    """Of the alignment with the fewest edits and, of those, the most hits."""

    hits: int
    substitutions: int
    deletions: int
    """Tokens of the reference that are missing."""
    insertions: int
    """Tokens that are too many."""


class OverlapScores(NamedTuple):
    precision: float
    recall: float
    f1: float


def normalize(text: str) -> str:
    """In lower case, without punctuation (Unicode categories P*), white space as single blanks."""
    kept = "".join(c for c in text.lower() if not unicodedata.category(c).startswith("P"))
    return " ".join(kept.split())


def tokenize(text: str) -> list[str]:
    """What white space separates."""
    return text.split()


def _tokens(text: Text, normal: bool) -> tuple[Any, ...]:
    if isinstance(text, str):
        return tuple(tokenize(normalize(text) if normal else text))
    return tuple(text)


def _references(references: Text | Sequence[Text]) -> list[Text]:
    """One str is one reference; of a sequence each item is one."""
    return [references] if isinstance(references, str) else list(references)


# ---------------------------------------------------------------- error rates


def _pairs(reference: Any, hypothesis: Any) -> list[tuple[Any, Any]]:
    """Two texts, or two lists of texts."""
    if isinstance(reference, str) != isinstance(hypothesis, str):
        raise TypeError("reference and hypothesis: two texts, or two lists of texts")
    if isinstance(reference, str):
        return [(reference, hypothesis)]
    if len(reference) != len(hypothesis):
        raise ValueError(f"reference and hypothesis differ in length: {len(reference)} and {len(hypothesis)}")
    return list(zip(reference, hypothesis))


def alignment(
    reference: str | Sequence[Text],
    hypothesis: str | Sequence[Text],
    *,
    unit: Literal["word", "character"] = "word",
    normalized: bool = True,
) -> Alignment:
    """Edits that turn references into hypotheses.

    Args:
        reference: a text, or a list of texts (each a str or a list of tokens), whose edits are summed.
        hypothesis: the same, equally many.
        unit: what is compared; a character may be a blank.
        normalized: `normalize` texts first.
    """
    choose("unit", unit, {"word": 0, "character": 1})
    sums = [0, 0, 0, 0]
    for one, other in _pairs(reference, hypothesis):
        if unit == "character" and isinstance(one, str) and isinstance(other, str):
            found = _metrics.edits(*((normalize(one), normalize(other)) if normalized else (one, other)))
        else:
            found = _metrics.edits(_tokens(one, normalized), _tokens(other, normalized))
        sums = [a + b for a, b in zip(sums, found)]
    return Alignment(*sums)


def wer(reference: str | Sequence[Text], hypothesis: str | Sequence[Text], *, normalized: bool = True) -> float:
    """Word error rate: (S + D + I) / words of the reference; can pass 1.

    Of lists, of the summed counts.  For an empty reference: 0 when the hypothesis is empty too, else the number of
    its words.
    """
    return _metrics.error_rates(*alignment(reference, hypothesis, normalized=normalized))[0]


def cer(reference: str | Sequence[Text], hypothesis: str | Sequence[Text], *, normalized: bool = True) -> float:
    """Character error rate: as `wer`, of characters, blanks among them."""
    counts = alignment(reference, hypothesis, unit="character", normalized=normalized)
    return _metrics.error_rates(*counts)[0]


def mer(reference: str | Sequence[Text], hypothesis: str | Sequence[Text], *, normalized: bool = True) -> float:
    """Match error rate: (S + D + I) / (S + D + I + H) of words; 0 for nothing at all, never above 1."""
    return _metrics.error_rates(*alignment(reference, hypothesis, normalized=normalized))[1]


# ---------------------------------------------------------------- overlap


def bleu(
    candidate: Text,
    references: Text | Sequence[Text],
    *,
    longest: int = 4,
    smoothing: Literal["none", "add-one", "exp"] = "none",
    normalized: bool = False,
) -> float:
    """BLEU of one text, 0 to 1; see `corpus_bleu`."""
    return corpus_bleu([candidate], [references], longest=longest, smoothing=smoothing, normalized=normalized)


def corpus_bleu(
    candidates: Sequence[Text],
    references: Sequence[Text | Sequence[Text]],
    *,
    longest: int = 4,
    smoothing: Literal["none", "add-one", "exp"] = "none",
    normalized: bool = False,
) -> float:
    """BLEU of a corpus: the brevity penalty times the geometric mean of the precisions of n-grams.

    Args:
        candidates: texts.
        references: for each a str, or a list of references (each a str or a list of tokens).
        longest: n-grams of 1 to this many tokens, at most 16.
        smoothing: for lengths without a match: "none" makes the score 0; "add-one" adds 1 to both counts
            of n > 1; "exp" counts the k-th such length as half a match, a quarter, ...

    Returns: 0 to 1.  The length for the brevity penalty is that of the nearest reference, the shorter of two.
    """
    chosen = choose("smoothing", smoothing, _SMOOTHING)
    if len(candidates) != len(references):
        raise ValueError(f"candidates and references differ in length: {len(candidates)} and {len(references)}")
    corpus = tuple(
        tuple(_tokens(text, normalized) for text in (candidate, *_references(refs)))
        for candidate, refs in zip(candidates, references)
    )
    return _metrics.bleu(corpus, longest, chosen)


def _scores(matched: float, candidate: float, reference: float) -> OverlapScores:
    return OverlapScores(
        _metrics.precision(matched, candidate - matched, 0, 0),
        _metrics.recall(matched, 0, reference - matched, 0),
        _metrics.fbeta(matched, candidate - matched, reference - matched, 1),
    )


def _rouge_counts(candidate: tuple[Any, ...], reference: tuple[Any, ...], kind: int | str) -> tuple[int, int, int]:
    if kind == "l":
        return _metrics.common(candidate, reference), len(candidate), len(reference)
    return _metrics.overlap((candidate, reference), int(kind))


def rouge(
    candidate: Text,
    references: Text | Sequence[Text],
    kind: int | Literal["l"] = 1,
    *,
    combine: Literal["max", "sum"] = "max",
    normalized: bool = True,
) -> OverlapScores:
    """ROUGE-N (`kind` 1, 2, ... 16) or ROUGE-L (`kind` "l", the longest common subsequence).

    Args:
        references: a str, or a list of references (each a str or a list of tokens).
        combine: of several references "max" takes the one with the largest F1; "sum" adds up what they have in
            common and what there is, as the first definition of ROUGE-N.
    """
    choose("combine", combine, {"max": 0, "sum": 1})
    if kind != "l" and not (isinstance(kind, int) and 1 <= kind <= 16):
        raise ValueError(f"kind is {kind!r}, expected 1 to 16 or 'l'")
    words = _tokens(candidate, normalized)
    counts = [_rouge_counts(words, _tokens(r, normalized), kind) for r in _references(references)]
    if combine == "sum":
        counts = [(sum(c[0] for c in counts), sum(c[1] for c in counts), sum(c[2] for c in counts))]
    return max((_scores(*c) for c in counts), key=lambda s: s.f1, default=OverlapScores(0.0, 0.0, 0.0))


def porter_stem(word: str) -> str:
    """The stem of an English word in lower case (Porter 1980, with the two changes of his own program)."""
    return _metrics.stem(word)


def meteor(
    candidate: Text,
    references: Text | Sequence[Text],
    *,
    alpha: float = 0.9,
    beta: float = 3.0,
    gamma: float = 0.5,
    normalized: bool = True,
) -> float:
    """METEOR with the exact and the stem module, 0 to 1; of several references the best.

    Words match by themselves, then by `porter_stem`; F = P R / (alpha P + (1 - alpha) R); the score is
    F * (1 - gamma * (chunks / matches)^beta).  `beta=1` is the linear penalty that some guides print.
    """
    words = _tokens(candidate, normalized)
    stems = tuple(map(_stem, words))
    best = 0.0
    for reference in _references(references):
        other = _tokens(reference, normalized)
        score, _, _ = _metrics.meteor((words, other), (stems, tuple(map(_stem, other))), alpha, beta, gamma)
        best = max(best, score)
    return best


def _stem(token: Any) -> Any:
    return _metrics.stem(token) if isinstance(token, str) else token


def perplexity(log_probabilities: Numbers | Iterable[float]) -> float:
    """exp of the mean negative natural logarithm of the tokens' probabilities, 1 or more; NaN for no tokens."""
    values = list(column(log_probabilities))
    return math.exp(-math.fsum(values) / len(values)) if values else float("nan")
