# SPDX-License-Identifier: Apache-2.0
"""Confusion matrices and what follows from them.  Rows are truths, columns predictions."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .. import _metrics
from ._columns import Labels, choose, column

_AVERAGES = {"macro": 0, "micro": 1, "weighted": 2}
_WEIGHTS = {"none": 0, "linear": 1, "quadratic": 2}


@dataclass(frozen=True)
class ConfusionMatrix:
    """How often each label was taken for each other one."""

    labels: list[Any]
    """Of the rows and columns, in order."""
    cells: memoryview
    """Counts, row by row: the truth is `labels[i // k]`, the prediction `labels[i % k]`."""

    def __getitem__(self, pair: tuple[Any, Any]) -> int:
        """Count of (truth, prediction)."""
        truth, predicted = pair
        count: int = self.cells[self.labels.index(truth) * len(self.labels) + self.labels.index(predicted)]
        return count

    def rows(self) -> list[list[int]]:
        k = len(self.labels)
        return [self.cells[i * k : (i + 1) * k].tolist() for i in range(k)]

    def normalized(self, by: Literal["truth", "predicted", "all"] = "truth") -> list[list[float]]:
        """Rows of shares: of each row (the diagonal is recall), column (precision), or all; of nothing, 0."""
        rows = self.rows()
        if by == "truth":
            return [[x / (sum(row) or 1) for x in row] for row in rows]
        if by == "predicted":
            totals = [sum(row[j] for row in rows) or 1 for j in range(len(rows))]
            return [[x / totals[j] for j, x in enumerate(row)] for row in rows]
        if by != "all":
            raise ValueError(f"by is {by!r}, expected 'truth', 'predicted' or 'all'")
        total = sum(map(sum, rows)) or 1
        return [[x / total for x in row] for row in rows]


@dataclass(frozen=True)
class ClassScores:
    """One label against all others."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    precision: float
    recall: float
    f_score: float
    specificity: float
    fpr: float
    support: int
    """Rows with that truth."""


@dataclass(frozen=True)
class AverageScores:
    precision: float
    recall: float
    f_score: float
    support: int


@dataclass(frozen=True)
class ClassificationReport:
    accuracy: float
    """Share of rows that are right; of several labels, those where all are."""
    classes: dict[Any, ClassScores]
    macro: AverageScores
    """Plain mean over the classes."""
    micro: AverageScores
    """Of the summed counts."""
    weighted: AverageScores
    """Mean over the classes, weighted by support."""


def _are_integers(values: Any) -> bool:
    kind = getattr(getattr(values, "dtype", None), "kind", None)
    if kind is not None:
        return kind in "iu" and not (kind == "u" and values.dtype.itemsize == 8)
    return isinstance(values, (list, tuple)) and set(map(type, values)) <= {int}


def _plain(values: Any) -> list[Any]:
    plain: list[Any] = values.tolist() if hasattr(values, "tolist") else list(values)
    return plain


def _ordered(labels: Iterable[Any]) -> list[Any]:
    """Ascending where they can be compared, else by type and text."""
    distinct = list(labels)
    try:
        return sorted(distinct)
    except TypeError:
        return sorted(distinct, key=lambda x: (type(x).__name__, str(x)))


def _numbered(values: list[Any], numbers: dict[Any, int]) -> array[int]:
    return array("q", [numbers.get(x, -1) for x in values])


def confusion_matrix(truth: Labels, predicted: Labels, labels: Sequence[Any] | None = None) -> ConfusionMatrix:
    """Count pairs of labels.

    Args:
        truth: labels, one a row.  predicted: the same, equally many.
        labels: which ones count, in this order; rows with any other are left out.  Default: all that
            occur, ascending.

    Raises:
        ValueError: lengths that differ, a label given twice, more than 4096 labels.
    """
    truth, predicted = column(truth), column(predicted)
    if len(truth) != len(predicted):
        raise ValueError(f"truth and predicted differ in length: {len(truth)} and {len(predicted)}")
    if _are_integers(truth) and _are_integers(predicted) and (labels is None or _are_integers(list(labels))):
        found, cells = _metrics.confusion(truth, predicted, labels)
        return ConfusionMatrix(found, cells)
    truth, predicted = _plain(truth), _plain(predicted)
    if labels is None:
        labels = _ordered(dict.fromkeys(truth + predicted))
    numbers = {label: i for i, label in enumerate(labels)}
    if len(numbers) < len(labels):
        raise ValueError("labels: one is given twice")
    places = range(len(labels))
    cells = _metrics.confusion(_numbered(truth, numbers), _numbered(predicted, numbers), array("q", places))[1]
    return ConfusionMatrix(list(labels), cells)


def _average(counts: Any, how: str, beta: float) -> AverageScores:
    p, r, f, support = _metrics.scores(counts, _AVERAGES[how], beta)
    return AverageScores(p, r, f, int(support))


def _class_scores(counts: Sequence[float], beta: float) -> ClassScores:
    tp, fp, fn, tn = counts
    return ClassScores(
        int(tp),
        int(fp),
        int(fn),
        int(tn),
        _metrics.precision(tp, fp, fn, tn),
        _metrics.recall(tp, fp, fn, tn),
        _metrics.fbeta(tp, fp, fn, beta),
        _metrics.specificity(tp, fp, fn, tn),
        _metrics.fpr(tp, fp, fn, tn),
        int(tp + fn),
    )


def _report(labels: list[Any], counts: Any, accuracy: float, beta: float) -> ClassificationReport:
    if not beta >= 0:
        raise ValueError(f"beta is {beta}, expected 0 or more")
    return ClassificationReport(
        accuracy,
        {label: _class_scores(counts[4 * i : 4 * i + 4], beta) for i, label in enumerate(labels)},
        _average(counts, "macro", beta),
        _average(counts, "micro", beta),
        _average(counts, "weighted", beta),
    )


def classification_report(
    truth: Labels, predicted: Labels, labels: Sequence[Any] | None = None, *, beta: float = 1.0
) -> ClassificationReport:
    """Precision, recall, F-beta of each label against all others, and their averages.

    Arguments and errors as for `confusion_matrix`; `beta` of the F score, 0 or more.  Ratios with an
    empty denominator are 0; no class is left out of an average.
    """
    matrix = confusion_matrix(truth, predicted, labels)
    counts = _metrics.class_counts(matrix.cells)
    return _report(matrix.labels, counts, _metrics.matrix_accuracy(matrix.cells), beta)


def multilabel_report(
    truth: Iterable[Iterable[Any]],
    predicted: Iterable[Iterable[Any]],
    labels: Sequence[Any] | None = None,
    *,
    beta: float = 1.0,
) -> ClassificationReport:
    """The same for rows that have any number of labels each.

    Args:
        truth: for each row its labels; a label given twice counts once.  predicted: the same.
        labels: which ones count; others are ignored.  Default: all that occur, ascending.
    """
    rows = [(set(t), set(p)) for t, p in _zip_rows(truth, predicted)]
    if labels is None:
        labels = _ordered({x for t, p in rows for x in t | p})
    kept = set(labels)
    if len(kept) < len(labels):
        raise ValueError("labels: one is given twice")
    places = {label: i for i, label in enumerate(labels)}
    counts = array("d", [0.0]) * (4 * len(labels))
    exact = 0
    for t, p in rows:
        t, p = t & kept, p & kept
        exact += t == p
        for where, found in enumerate((t & p, p - t, t - p)):
            for label in found:
                counts[4 * places[label] + where] += 1
    for i in range(0, len(counts), 4):
        counts[i + 3] = len(rows) - sum(counts[i : i + 3])
    return _report(list(labels), counts, exact / len(rows) if rows else 0.0, beta)


def _zip_rows(truth: Iterable[Any], predicted: Iterable[Any]) -> Iterable[tuple[Any, Any]]:
    truths, predictions = list(truth), list(predicted)
    if len(truths) != len(predictions):
        raise ValueError(f"truth and predicted differ in length: {len(truths)} and {len(predictions)}")
    return zip(truths, predictions)


def cohen_kappa(
    a: Labels,
    b: Labels,
    *,
    weights: Literal["none", "linear", "quadratic"] = "none",
    labels: Sequence[Any] | None = None,
) -> float:
    """Agreement of two raters beyond chance: 1 - observed / expected disagreement.

    `weights` let a disagreement count by the distance of the labels' places, or its square.  0 when no
    disagreement is expected: both always gave the same single label.
    """
    chosen = choose("weights", weights, _WEIGHTS)
    return _metrics.kappa(confusion_matrix(a, b, labels).cells, chosen)


def matthews(truth: Labels, predicted: Labels) -> float:
    """Matthews's correlation, for any number of labels; 0 when either side has one label only."""
    return _metrics.matthews(confusion_matrix(truth, predicted).cells)
