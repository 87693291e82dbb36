# SPDX-License-Identifier: Apache-2.0
"""Errors of predicted numbers, and correlations.  NaN in, NaN out; NaN for no rows."""

from __future__ import annotations

import math

from .. import _metrics
from ._columns import Numbers, column


def mean_absolute_error(truth: Numbers, predicted: Numbers) -> float:
    """Mean of |truth - predicted|, in the unit of both."""
    return _metrics.mean_absolute_error(column(truth), column(predicted))


def mean_squared_error(truth: Numbers, predicted: Numbers) -> float:
    """Mean of (truth - predicted)²."""
    return _metrics.mean_squared_error(column(truth), column(predicted))


def root_mean_squared_error(truth: Numbers, predicted: Numbers) -> float:
    """The root of `mean_squared_error`, in the unit of both."""
    return math.sqrt(_metrics.mean_squared_error(column(truth), column(predicted)))


def r2_score(truth: Numbers, predicted: Numbers) -> float:
    """1 - squared errors / squared distances from the mean truth, at most 1.  For a truth that does not vary, 1
    when it was met, else 0."""
    return _metrics.r_squared(column(truth), column(predicted))


def pearson(x: Numbers, y: Numbers) -> float:
    """Pearson's correlation, -1 to 1; NaN when one side does not vary."""
    return _metrics.pearson(column(x), column(y))


def spearman(x: Numbers, y: Numbers) -> float:
    """Pearson's correlation of the ranks, ties sharing their mean rank; NaN when one side does not vary."""
    return _metrics.spearman(column(x), column(y))


def kendall_tau(x: Numbers, y: Numbers) -> float:
    """Kendall's tau-b, corrected for ties, -1 to 1; NaN when one side does not vary."""
    return _metrics.kendall_tau(column(x), column(y))
