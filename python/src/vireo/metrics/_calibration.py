# SPDX-License-Identifier: Apache-2.0
"""Do probabilities mean what they say?  Truth is a column of 0 and 1; probabilities outside of [0, 1] raise
ValueError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .. import _metrics
from ._columns import Labels, Numbers, column, positive_column


class CalibrationBin(NamedTuple):
    low: float
    """Of low < p <= high; the first bin holds 0 as well."""
    high: float
    probability: float
    """Mean of what was predicted; NaN when the bin is empty, as the next."""
    rate: float
    """Share of positives."""
    n: int


def brier_score(truth: Labels, probabilities: Numbers | Mapping[Any, Numbers], *, positive: object = None) -> float:
    """Mean of (probability - truth)², 0 to 1, lower is better; NaN for no rows.

    Of several classes, where `probabilities` has a column for each label, the sum over them, 0 to 2.
    """
    if isinstance(probabilities, Mapping):
        return sum(_metrics.brier_score(*pair) for pair in _one_vs_rest(truth, probabilities, positive))
    return _metrics.brier_score(positive_column(truth, positive), column(probabilities))


def log_loss(truth: Labels, probabilities: Numbers | Mapping[Any, Numbers], *, positive: object = None) -> float:
    """Mean of -ln of the probability given to the truth; probabilities are kept 2.2e-16 off 0 and 1.  NaN for no
    rows.

    Of several classes `probabilities` has a column for each label.
    """
    if isinstance(probabilities, Mapping):
        pairs = _one_vs_rest(truth, probabilities, positive)
        rows = len(pairs[0][0])
        return sum(_metrics.surprise_of_ones(*pair) for pair in pairs) / rows if rows else float("nan")
    return _metrics.log_loss(positive_column(truth, positive), column(probabilities))


def _one_vs_rest(truth: Labels, probabilities: Mapping[Any, Numbers], positive: object) -> list[tuple[Any, Any]]:
    """For each label which rows have it, and its probabilities; every row has one of the labels."""
    if positive is not None:
        raise ValueError("positive is of two classes, and probabilities has a column for each label")
    if not probabilities:
        raise ValueError("probabilities has no label")
    truth = column(truth)
    pairs = [(positive_column(truth, label), column(values)) for label, values in probabilities.items()]
    known = sum(int(rows.sum()) if hasattr(rows, "sum") else sum(rows) for rows, _ in pairs)
    if known < len(truth):
        raise ValueError(f"truth has {len(truth) - known} rows whose label has no probabilities")
    return pairs


def calibration_curve(
    truth: Labels, probabilities: Numbers, *, bins: int = 10, positive: object = None
) -> list[CalibrationBin]:
    """A reliability diagram: rates against mean probabilities in `bins` bins of equal width, empty ones too."""
    found, _, _ = _metrics.reliability(positive_column(truth, positive), column(probabilities), bins)
    return [CalibrationBin(i / bins, (i + 1) / bins, *b) for i, b in enumerate(found)]


def expected_calibration_error(
    truth: Labels, probabilities: Numbers, *, bins: int = 10, positive: object = None
) -> float:
    """Mean distance of rate and probability over the bins, weighted by count; 0 for no rows."""
    return _metrics.reliability(positive_column(truth, positive), column(probabilities), bins)[1]


def maximum_calibration_error(
    truth: Labels, probabilities: Numbers, *, bins: int = 10, positive: object = None
) -> float:
    """The largest distance of rate and probability in a bin; 0 for no rows."""
    return _metrics.reliability(positive_column(truth, positive), column(probabilities), bins)[2]
