# SPDX-License-Identifier: Apache-2.0
"""Plots and thresholds of matched detections, whose shape is that of `match_inferences` or its multiclass sibling."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .....metrics import average_precision_of_curve, confusion_matrix
from .....workflow import ConfusionMatrix, Curve, CurvePlot
from .....workflow._curves import Points


def filter_inferences(inferences: list[Any], confidence_score: float | None = None, labels: Any = None) -> list[Any]:
    """The inferences with at least that score (0 and None: any), and one of these labels (None: any)."""
    kept = [i for i in inferences if i.score >= confidence_score] if confidence_score else inferences
    return kept if labels is None else [i for i in kept if i.label in labels]


def _missed(matches: Any) -> list[Any]:
    """Ground truths that were not found; of several classes they stand beside what they were taken for."""
    return [x[0] if isinstance(x, tuple) else x for x in matches.unmatched_gt]


def _points(all_matches: Iterable[Any], label: str | None = None) -> Points:
    points = Points()
    for matches in all_matches:
        points.found += [i.score for t, i in matches.matched if label is None or t.label == label]
        points.wrong += [i.score for i in matches.unmatched_inf if label is None or i.label == label]
        points.missed += sum(label is None or t.label == label for t in _missed(matches))
    return points


def _labels(all_matches: Iterable[Any]) -> list[str]:
    found: set[str] = set()
    for matches in all_matches:
        found.update(i.label for _, i in matches.matched)
        found.update(t.label for t in _missed(matches))
        found.update(i.label for i in matches.unmatched_inf)
    return sorted(found)


def _plot(kind: str, curves: Iterable[Curve | None], suffix: str = "") -> CurvePlot | None:
    found = [curve for curve in curves if curve is not None]
    if not found:
        return None
    if kind == "pr":
        return CurvePlot(f"Precision vs. Recall{suffix}", "Recall", "Precision", found)
    return CurvePlot(f"F1-Score vs. Confidence Threshold{suffix}", "Confidence Threshold", "F1-Score", found)


def compute_pr_curve(all_matches: list[Any], curve_label: str | None = None) -> Curve | None:
    """Precision over recall, of one or several classes together; None of fewer than two points."""
    return _points(all_matches).precision_recall(curve_label)


def compute_pr_plot(all_matches: list[Any], curve_label: str | None = None) -> CurvePlot | None:
    """`compute_pr_curve` as a plot."""
    return _plot("pr", [compute_pr_curve(all_matches, curve_label)])


def compute_pr_plot_multiclass(all_matches: list[Any]) -> CurvePlot | None:
    """Precision over recall, a curve for each class."""
    curves = [_points(all_matches, label).precision_recall(label) for label in _labels(all_matches)]
    return _plot("pr", curves, " Per Class")


def compute_f1_plot(all_matches: list[Any], curve_label: str | None = None) -> CurvePlot | None:
    """F1 over the threshold of the score."""
    return _plot("f1", [_points(all_matches).f1_over_threshold(curve_label)])


def compute_f1_plot_multiclass(all_matches: list[Any]) -> CurvePlot | None:
    """F1 over the threshold, a curve for each class."""
    curves = [_points(all_matches, label).f1_over_threshold(label) for label in _labels(all_matches)]
    return _plot("f1", curves, " Per Class")


def compute_confusion_matrix_plot(
    all_matches: list[Any], plot_title: str = "Confusion Matrix"
) -> ConfusionMatrix | None:
    """Which class was taken for which, of matches of several classes; None of fewer than two classes."""
    pairs = [(t.label, t.label) for matches in all_matches for t, _ in matches.matched]
    pairs += [(t.label, i.label) for matches in all_matches for t, i in matches.unmatched_gt if i is not None]
    labels = sorted({x for pair in pairs for x in pair}.union(t.label for m in all_matches for t in _missed(m)))
    if len(labels) < 2:
        return None
    counted = confusion_matrix([actual for actual, _ in pairs], [predicted for _, predicted in pairs], labels)
    return ConfusionMatrix(plot_title, labels, counted.rows())


def compute_optimal_f1_threshold(all_matches: list[Any]) -> float:
    """The lowest score with the largest F1; 0 when none is above 0."""
    return _points(all_matches).best_threshold()


def compute_optimal_f1_threshold_multiclass(all_matches: list[Any]) -> dict[str, float]:
    """`compute_optimal_f1_threshold` of each class."""
    return {label: _points(all_matches, label).best_threshold() for label in _labels(all_matches)}


def compute_average_precision(precisions: Sequence[float], recalls: Sequence[float]) -> float:
    """The area under precision over recall as PASCAL VOC has it."""
    return float(average_precision_of_curve(precisions, recalls))


__all__ = [
    "compute_average_precision",
    "compute_confusion_matrix_plot",
    "compute_f1_plot",
    "compute_f1_plot_multiclass",
    "compute_optimal_f1_threshold",
    "compute_optimal_f1_threshold_multiclass",
    "compute_pr_curve",
    "compute_pr_plot",
    "compute_pr_plot_multiclass",
    "filter_inferences",
]
