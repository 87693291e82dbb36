# SPDX-License-Identifier: Apache-2.0
"""Metrics of counts.  Each is 0 unless its denominator is above 0: for nothing counted, and for NaN."""

from __future__ import annotations

from .. import _metrics


def accuracy(true_positives: float, false_positives: float, false_negatives: float, true_negatives: float) -> float:
    """(TP + TN) / all."""
    return _metrics.accuracy(true_positives, false_positives, false_negatives, true_negatives)


def precision(true_positives: float, false_positives: float) -> float:
    """TP / (TP + FP)."""
    return _metrics.precision(true_positives, false_positives, 0, 0)


def recall(true_positives: float, false_negatives: float) -> float:
    """TP / (TP + FN), the true positive rate."""
    return _metrics.recall(true_positives, 0, false_negatives, 0)


def f1_score(true_positives: float, false_positives: float, false_negatives: float) -> float:
    """2 P R / (P + R) of precision and recall."""
    return _metrics.fbeta(true_positives, false_positives, false_negatives, 1)


def fbeta_score(true_positives: float, false_positives: float, false_negatives: float, beta: float) -> float:
    """(1 + beta²) P R / (beta² P + R); `beta` > 1 favours recall.  ValueError when it is negative or NaN."""
    if not beta >= 0:
        raise ValueError(f"beta is {beta}, expected 0 or more")
    return _metrics.fbeta(true_positives, false_positives, false_negatives, beta)


def specificity(true_negatives: float, false_positives: float) -> float:
    """TN / (TN + FP), the true negative rate."""
    return _metrics.specificity(0, false_positives, 0, true_negatives)


def fpr(true_negatives: float, false_positives: float) -> float:
    """FP / (FP + TN), the false positive rate."""
    return _metrics.fpr(0, false_positives, 0, true_negatives)
