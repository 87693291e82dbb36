# SPDX-License-Identifier: Apache-2.0
"""What evaluators of classifiers share: histograms of scores, confusion matrices, ROC and threshold curves.

What cannot be drawn (no samples, one class only) gives None, and the log says why.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence

from ..annotation import Label, ScoredLabel
from ..metrics import confusion_matrix, roc_curve, threshold_curves
from ._plot import ConfusionMatrix, Curve, CurvePlot, Histogram
from ._workflow import log

BIN = 0.02
_NEARLY = 1e-9  # scores that are a bin's bound but for rounding


def get_label_confidence(label: str, inference_labels: Sequence[ScoredLabel]) -> float:
    """The score of a label; 0 when it is not among them."""
    return next((one.score for one in inference_labels if one.label == label), 0.0)


def get_histogram_range(values: Sequence[float]) -> tuple[float, float, int] | None:
    """Lower bound, upper bound and number of bins of 0.02 that hold scores between 0 and 1.

    None without scores, or when one is outside.
    """
    if not values:
        log.warning("a histogram needs values")
        return None
    low, high = min(values), max(values)
    if not (low >= 0 and high <= 1):
        log.warning("a histogram of scores needs values between 0 and 1, got %g to %g", low, high)
        return None
    first = math.floor((low + _NEARLY) / BIN)
    last = math.floor((high - _NEARLY) / BIN) + 1
    if first == last:
        first, last = (first, first + 1) if last * BIN < 0.5 else (last - 1, last)
    return first * BIN, last * BIN, last - first


def create_histogram(
    values: Sequence[float], range: tuple[float, float, int], title: str = "", x_label: str = "", y_label: str = ""
) -> Histogram:
    """A histogram of `values` with bins of one width.

    Args:
        values: those outside of the range are left out.
        range: lower bound, upper bound, number of bins; a value on a bound belongs to the bin above, the last
            bound to the last bin.
    """
    low, high, bins = range
    bounds = [low + (high - low) * i / bins for i in _range(bins)] + [high]
    counts = [0] * bins
    for value in values:
        if low <= value <= high:
            counts[min(bisect.bisect_right(bounds, value) - 1, bins - 1)] += 1
    return Histogram(title, x_label, y_label, bounds, counts)


_range = range


def compute_confusion_matrix(
    ground_truths: Sequence[str],
    inferences: Sequence[str],
    title: str = "Confusion Matrix",
    labels: Sequence[str] | None = None,
) -> ConfusionMatrix | None:
    """How often each class was taken for each.

    Args:
        ground_truths, inferences: the classes of each sample.
        labels: which classes, in which order; default all, sorted.
    """
    if len(ground_truths) != len(inferences):
        log.warning("a confusion matrix of %d ground truths and %d inferences", len(ground_truths), len(inferences))
        return None
    chosen = sorted({*ground_truths, *inferences}) if labels is None else list(labels)
    if not ground_truths or len(chosen) < 2:
        log.warning("a confusion matrix needs samples and at least two classes")
        return None
    return ConfusionMatrix(title, chosen, confusion_matrix(ground_truths, inferences, chosen).rows())


def compute_roc_curves(
    ground_truths: Sequence[Label | None],
    inferences: Sequence[Sequence[ScoredLabel]],
    labels: Sequence[str] | None = None,
    title: str | None = None,
) -> CurvePlot | None:
    """The ROC curve of each class against the rest.

    Args:
        ground_truths: the class of each sample; None is the negative class.
        inferences: the scores of each sample by class; one that is missing is 0.
        labels: which classes; default those of the ground truths.
        title: of the plot.
    """
    if len(ground_truths) != len(inferences) or len(ground_truths) < 3:
        log.warning("ROC curves need at least 3 samples, got %d and %d", len(ground_truths), len(inferences))
        return None
    chosen = sorted({t.label for t in ground_truths if t is not None}) if labels is None else labels
    curves = []
    for label in chosen:
        truth = [t is not None and t.label == label for t in ground_truths]
        if any(truth) and not all(truth):
            curve = roc_curve(truth, [get_label_confidence(label, scores) for scores in inferences])
            curves.append(Curve(list(curve.fpr), list(curve.tpr), label))
    if not curves:
        return None
    several = "" if len(inferences[0]) == 1 else " (One-vs-Rest)"
    title = title if title is not None else f"Receiver Operating Characteristic{several}"
    return CurvePlot(title, "False Positive Rate (FPR)", "True Positive Rate (TPR)", curves)


def compute_threshold_curves(
    ground_truths: Sequence[Label | None],
    inferences: Sequence[ScoredLabel],
    thresholds: Sequence[float] | None = None,
) -> list[Curve] | None:
    """Precision, recall and F1 of one class over the threshold of its score.

    Args:
        ground_truths: the class of each sample; None is the negative class.
        inferences: the score of each sample, all of one class.
        thresholds: default 0, 0.1, ... 1 and all scores, those closer than 0.01 to the one before left out.
    """
    if len(ground_truths) != len(inferences) or not inferences:
        log.warning("threshold curves need samples, got %d and %d", len(ground_truths), len(inferences))
        return None
    label = inferences[0].label
    if any(one.label != label for one in inferences):
        log.warning("threshold curves are of one class, got several")
        return None
    truth = [int(t is not None and t.label == label) for t in ground_truths]
    chosen = None if thresholds is None else sorted(set(thresholds))
    found = threshold_curves(truth, [one.score for one in inferences], chosen)
    series = {"Precision": found.precision, "Recall": found.recall, "F1": found.f1}
    return [Curve(list(found.thresholds), values, name) for name, values in series.items()]


__all__ = [
    "compute_confusion_matrix",
    "compute_roc_curves",
    "compute_threshold_curves",
    "create_histogram",
    "get_histogram_range",
    "get_label_confidence",
]
