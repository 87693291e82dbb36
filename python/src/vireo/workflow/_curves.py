# SPDX-License-Identifier: Apache-2.0
"""Precision, recall and F1 over thresholds of the score, for detection: what was found, missed and made up."""

from __future__ import annotations

import bisect
import dataclasses

from ..metrics import average_precision_of_curve, f1_optimal_threshold, f1_score, precision, recall
from ._plot import Curve

CURVE_POINTS = 501


@dataclasses.dataclass
class Points:
    """The scores of what was found and of what was made up, and how many were missed at any threshold."""

    found: list[float] = dataclasses.field(default_factory=list)
    wrong: list[float] = dataclasses.field(default_factory=list)
    missed: int = 0

    def thresholds(self) -> list[float]:
        """The distinct scores, ascending."""
        return sorted({*self.found, *self.wrong})

    def rates(self, thresholds: list[float]) -> list[tuple[float, float, float, float]]:
        """(threshold, precision, recall, F1) where a score at the threshold counts."""
        found, wrong = sorted(self.found), sorted(self.wrong)
        rows = []
        for t in thresholds:
            tp = len(found) - bisect.bisect_left(found, t)
            fp = len(wrong) - bisect.bisect_left(wrong, t)
            fn = len(found) + self.missed - tp
            rows.append((t, precision(tp, fp), recall(tp, fn), f1_score(tp, fp, fn)))
        return rows

    def best_threshold(self) -> float:
        """The lowest threshold with the largest F1; 0 when none is above 0."""
        truth = [1] * len(self.found) + [0] * len(self.wrong)
        positives = len(self.found) + self.missed
        return float(f1_optimal_threshold(truth, [*self.found, *self.wrong], positives=positives).threshold)

    def curve_points(self) -> list[tuple[float, float, float, float]]:
        """At most 501 points, one for each recall: of several, the one of largest precision, then threshold."""
        thresholds = self.thresholds()
        if len(thresholds) >= CURVE_POINTS:
            low, step = thresholds[0], (thresholds[-1] - thresholds[0]) / (CURVE_POINTS - 1)
            thresholds = [low + i * step for i in range(CURVE_POINTS - 1)] + thresholds[-1:]
        kept: dict[float, tuple[float, float, float, float]] = {}
        for row in self.rates(thresholds):
            if row[2] not in kept or row[1] >= kept[row[2]][1]:
                kept[row[2]] = row
        return list(kept.values())

    def precision_recall(self, label: str | None = None) -> Curve | None:
        """Precision over recall, from recall 0; None of fewer than two points."""
        rows = self.curve_points()
        if rows and all(row[2] > 0 for row in rows):
            lowest = min(rows, key=lambda row: row[2])
            rows.append((lowest[0], lowest[1], 0.0, lowest[3]))
        if len(rows) < 2:
            return None
        t, p, r, f = zip(*rows)
        return Curve(list(r), list(p), label, {"F1": list(f), "Threshold": list(t)})

    def f1_over_threshold(self, label: str | None = None) -> Curve | None:
        """F1 over the threshold; None of fewer than two points."""
        rows = self.curve_points()
        if len(rows) < 2:
            return None
        t, p, r, f = zip(*rows)
        return Curve(list(t), list(f), label, {"Precision": list(p), "Recall": list(r)})

    def average_precision(self) -> float:
        """The area under precision over recall as PASCAL VOC has it; 0 without a curve."""
        curve = self.precision_recall()
        return 0.0 if curve is None else average_precision_of_curve(curve.y, curve.x)
