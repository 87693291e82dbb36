# SPDX-License-Identifier: Apache-2.0
"""Curves over scores.  A row is positive when its score is at or above the threshold; rows of the
same score cross it together, so ties cannot change a result.

Truth is a column of 0 and 1 (or bool), or of labels with `positive=` naming the positive one.  Scores may
be infinite; NaN raises ValueError.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from .. import _metrics
from ._columns import Labels, Numbers, choose, column, like, positive_column

_METHODS = {"step": 0, "voc": 1, "voc11": 2, "coco101": 3, "retrieval": 4}
ApMethod = Literal["step", "voc", "voc11", "coco101", "retrieval"]


class RocCurve(NamedTuple):
    fpr: Any
    """False positive rate at each threshold, from 0."""
    tpr: Any
    """True positive rate."""
    thresholds: Any
    """Descending; the first is infinite."""


class PrecisionRecallCurve(NamedTuple):
    precision: Any
    """At each threshold, then 1."""
    recall: Any
    """Descending; the last is 0."""
    thresholds: Any
    """Ascending; one less than points."""


class ThresholdCurves(NamedTuple):
    thresholds: Any
    precision: list[float]
    recall: list[float]
    f1: list[float]


class OneVsRest(NamedTuple):
    macro: float
    """Mean over the classes that have a value; NaN when none has."""
    weighted: float
    """The same, weighted by the number of rows of the class."""
    classes: dict[Any, float]


class OptimalThreshold(NamedTuple):
    threshold: float
    f1: float


def roc_curve(truth: Labels, scores: Numbers, *, positive: object = None, drop_collinear: bool = True) -> RocCurve:
    """False and true positive rates at every distinct score, from (0, 0) to (1, 1).

    Points on the line between their neighbours are left out unless `drop_collinear` is false: the curve
    is the same.  Without negatives (positives) their rate is 0 everywhere.
    """
    views = _metrics.roc_curve(positive_column(truth, positive), column(scores), drop_collinear)
    return RocCurve(*(like(view, truth, scores) for view in views))


def precision_recall_curve(truth: Labels, scores: Numbers, *, positive: object = None) -> PrecisionRecallCurve:
    """Precision and recall at every distinct score, ascending, then (1, 0).  Recall is 0 without positives."""
    recall, precision, thresholds = _metrics.precision_recall_curve(positive_column(truth, positive), column(scores))
    return PrecisionRecallCurve(*(like(view, truth, scores) for view in (precision, recall, thresholds[:-1])))


def roc_auc(truth: Labels, scores: Numbers, *, positive: object = None) -> float:
    """The chance that a positive scores above a negative, ties half: the area under the ROC curve with both
    ends.  NaN without positives or without negatives."""
    return _metrics.roc_auc(positive_column(truth, positive), column(scores))


def roc_auc_one_vs_rest(truth: Labels, scores: Mapping[Any, Numbers]) -> OneVsRest:
    """`roc_auc` of each label against all others; `scores` has a column for each label."""
    truth = column(truth)
    plain = truth.tolist() if hasattr(truth, "tolist") else truth
    areas = {label: roc_auc(truth, scores[label], positive=label) for label in scores}
    found = [(area, plain.count(label)) for label, area in areas.items() if area == area]
    rows = sum(count for _, count in found)
    return OneVsRest(
        sum(area for area, _ in found) / len(found) if found else float("nan"),
        sum(area * count for area, count in found) / rows if rows else float("nan"),
        areas,
    )


def auc(x: Numbers, y: Numbers, *, ends: bool = False) -> float:
    """Trapezoids under the points, whose x never falls or never rises (ValueError when it turns).

    `ends` adds (0, 0) and (1, 1), the ends of a ROC curve, where they are missing.  Under fewer than
    two points the area is 0.
    """
    if not ends:
        return _metrics.area_under(column(x), column(y))
    points = list(zip(x, y))
    if len(points) > 1 and points[0][0] > points[-1][0]:
        points.reverse()
    points = [(0.0, 0.0), *points, (1.0, 1.0)]
    return _metrics.area_under([float(p[0]) for p in points], [float(p[1]) for p in points])


def average_precision(
    truth: Labels,
    scores: Numbers,
    *,
    method: ApMethod = "step",
    positives: int | None = None,
    positive: object = None,
) -> float:
    """The area under precision over recall, by one of five conventions.

    Args:
        method: "step", recall gained times the precision there (scikit-learn); "voc", with the best precision
            at that recall or a higher one (PASCAL VOC from 2010); "voc11", that best precision at recall 0, 0.1,
            ... 1 (VOC 2007); "coco101", at 0, 0.01, ... 1; "retrieval", the mean over the positives of the
            precision at their rank, equal scores ranked as they come.
        positives: how many there are to find, in detection the ground truths, found or not; at least the
            ones in `truth`, which is the default.

    Returns: 0 to 1; 0 without positives.
    """
    chosen = choose("method", method, _METHODS)
    total = -1 if positives is None else _positives(positives)
    return _metrics.average_precision(positive_column(truth, positive), column(scores), total, chosen)


def _positives(positives: int) -> int:
    if positives < 0:
        raise ValueError(f"positives is {positives}, expected 0 or more")
    return positives


def average_precision_of_curve(precisions: Numbers, recalls: Numbers) -> float:
    """The "voc" average precision of given points, in any order; precision right of the last one is 0."""
    return _metrics.average_precision_of_points(column(precisions), column(recalls))


def mean_average_precision(
    parts: Mapping[Any, tuple[Any, ...]] | Iterable[tuple[Any, ...]], *, method: ApMethod = "voc"
) -> float:
    """The mean of `average_precision` over classes or queries.

    Args:
        parts: for each a tuple (truth, scores) or (truth, scores, positives).  Those without positives are left
            out; 0 when all are.
    """
    values = []
    for truth, scores, *rest in parts.values() if isinstance(parts, Mapping) else parts:
        positives = rest[0] if rest else sum(map(int, truth))
        if positives:
            values.append(average_precision(truth, scores, method=method, positives=positives))
    return sum(values) / len(values) if values else 0.0


def threshold_curves(
    truth: Labels, scores: Numbers, thresholds: Numbers | None = None, *, positive: object = None
) -> ThresholdCurves:
    """Precision, recall and F1 at each threshold.

    `thresholds` default to 0, then the tenths to 1 and the scores, in steps of at least 0.01.  Ratios with an
    empty denominator are 0.
    """
    given = None if thresholds is None else column(thresholds)
    chosen, *rates = _metrics.threshold_curves(positive_column(truth, positive), column(scores), given)
    return ThresholdCurves(thresholds if chosen is None else chosen.tolist(), *(view.tolist() for view in rates))


def f1_optimal_threshold(
    truth: Labels, scores: Numbers, *, positives: int | None = None, positive: object = None
) -> OptimalThreshold:
    """The lowest score that as a threshold gives the largest F1; (0, 0) when no F1 is above 0.

    `positives` as for `average_precision`.
    """
    total = -1 if positives is None else _positives(positives)
    return OptimalThreshold(*_metrics.best_f1(positive_column(truth, positive), column(scores), total))
