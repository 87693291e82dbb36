# SPDX-License-Identifier: Apache-2.0
"""Regression, correlation and calibration, against scikit-learn and SciPy."""

from __future__ import annotations

import math
from array import array
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn import calibration as sk_calibration
from sklearn import metrics as sk
from vireo import metrics


def numbers(seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 200))
    x = rng.normal(size=n) * 10.0 ** rng.integers(-3, 6) + rng.choice([0, 1e6])
    y = x + rng.normal(size=n)
    if seed % 2:
        x, y = np.round(x / 2), np.round(rng.normal(size=n) * 2)
    return x, y


@pytest.mark.parametrize("seed", range(150))
def test_errors_and_correlations_are_scikit_learns_and_scipys(seed: int) -> None:
    x, y = numbers(seed)
    assert metrics.mean_absolute_error(x, y) == pytest.approx(sk.mean_absolute_error(x, y))
    assert metrics.mean_squared_error(x, y) == pytest.approx(sk.mean_squared_error(x, y))
    assert metrics.root_mean_squared_error(x, y) == pytest.approx(sk.root_mean_squared_error(x, y))
    assert metrics.r2_score(x, y) == pytest.approx(sk.r2_score(x, y), rel=1e-9)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return
    assert metrics.pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-9)
    assert metrics.spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
    assert metrics.kendall_tau(x, y) == pytest.approx(stats.kendalltau(x, y).statistic, abs=1e-12)


def test_regression_is_the_worked_examples() -> None:
    assert metrics.mean_absolute_error([25, 35], [27, 30]) == 3.5
    assert metrics.mean_squared_error([25, 35], [27, 30]) == 14.5
    assert metrics.root_mean_squared_error([25, 35], [27, 30]) == pytest.approx(3.81, abs=5e-3)
    assert metrics.root_mean_squared_error([60, 40], [70, 20]) == pytest.approx(15.8, abs=0.02)
    assert metrics.r2_score([25, 35], [27, 30]) == pytest.approx(0.42)
    assert metrics.r2_score([60, 40], [70, 20]) == pytest.approx(-1.5)
    assert metrics.pearson([25, 35, 30], [27, 28, 30]) == pytest.approx(0.327, abs=5e-4)
    assert metrics.spearman([25, 35, 30], [27, 28, 30]) == pytest.approx(0.5)


def test_what_does_not_vary_has_no_correlation() -> None:
    for function in (metrics.pearson, metrics.spearman, metrics.kendall_tau):
        assert math.isnan(function([1, 1, 1], [1, 2, 3]))
        assert math.isnan(function([1, 2, 3], [1, 2, math.nan]))
        assert math.isnan(function([], []))
        assert math.isnan(function([1], [1]))
    assert metrics.r2_score([2, 2], [2, 2]) == 1
    assert metrics.r2_score([2, 2], [2, 3]) == 0
    for error in (metrics.mean_absolute_error, metrics.mean_squared_error, metrics.root_mean_squared_error):
        assert math.isnan(error([], []))
        assert math.isnan(error([1, 2], [1, math.nan]))
    assert math.isnan(metrics.r2_score([], []))


def test_columns_come_in_many_shapes() -> None:
    truth = [1, 2, 4]
    for predicted in (
        [1, 2, 3],
        (1.0, 2.0, 3.0),
        array("f", [1, 2, 3]),
        array("b", [1, 2, 3]),
        memoryview(array("d", [1, 2, 3])),
        np.array([1, 2, 3], dtype="float16"),
        np.array([3, 2, 1], dtype="int64")[::-1],
        np.array([1, 2, 3], dtype=">f8"),
        np.array([1, 2, 3], dtype=object),
    ):
        assert metrics.mean_absolute_error(truth, predicted) == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="truth and predicted differ in length: 3 and 2"):
        metrics.mean_absolute_error(truth, [1, 2])
    with pytest.raises(TypeError, match=r"predicted\[1\] is None"):
        metrics.mean_absolute_error([1, 2], [1, None])


# ---------------------------------------------------------------- calibration


@pytest.mark.parametrize("seed", range(60))
def test_calibration_is_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 300))
    p = np.round(rng.random(n), int(rng.integers(1, 4)))
    truth = (rng.random(n) < p).astype(int)
    truth[0] = 1 - truth[-1]
    bins = int(rng.choice([1, 5, 10, 15]))
    assert metrics.brier_score(truth, p) == pytest.approx(sk.brier_score_loss(truth, p))
    assert metrics.log_loss(truth, p) == pytest.approx(sk.log_loss(truth, p, labels=[0, 1]))
    rate, probability = sk_calibration.calibration_curve(truth, p, n_bins=bins)
    curve = [b for b in metrics.calibration_curve(truth, p, bins=bins) if b.n]
    same_bins = all(abs(p * bins - np.round(p * bins)) > 1e-9)  # NumPy's bounds round the other way at times
    if same_bins:
        np.testing.assert_allclose([b.rate for b in curve], rate)
        np.testing.assert_allclose([b.probability for b in curve], probability)
    errors = [(b.n, abs(b.rate - b.probability)) for b in curve]
    assert metrics.expected_calibration_error(truth, p, bins=bins) == pytest.approx(sum(k * e for k, e in errors) / n)
    assert metrics.maximum_calibration_error(truth, p, bins=bins) == pytest.approx(max(e for _, e in errors))


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("as_lists", [False, True])
def test_losses_of_several_classes_are_scikit_learns(seed: int, as_lists: bool) -> None:
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(1, 100)), int(rng.integers(2, 6))
    labels = np.array(list("abcdef")[:k])
    raw = rng.random((n, k)) * (rng.random((n, k)) < 0.8) + np.eye(k)[rng.integers(0, k, n)] * 1e-3
    p = raw / raw.sum(axis=1, keepdims=True)
    truth = rng.integers(0, k, n)
    given: Any = labels[truth].tolist() if as_lists else labels[truth]
    columns = {label: p[:, i].tolist() if as_lists else p[:, i] for i, label in enumerate(labels.tolist())}
    expected = sk.log_loss(truth, p, labels=range(k))
    assert metrics.log_loss(given, columns) == pytest.approx(expected)
    assert metrics.brier_score(given, columns) == pytest.approx(np.mean(np.sum((p - np.eye(k)[truth]) ** 2, axis=1)))
    if k == 2:
        assert metrics.log_loss(truth, p[:, 1]) == pytest.approx(expected)
        assert 2 * metrics.brier_score(truth, p[:, 1]) == pytest.approx(metrics.brier_score(given, columns))


def test_columns_of_classes_that_make_no_sense_are_told() -> None:
    for loss in (metrics.log_loss, metrics.brier_score):
        assert math.isnan(loss([], {"a": []}))
        for truth, probabilities, options, message in (
            (["a", "b", "b"], {"a": [1, 0, 0]}, {}, "truth has 2 rows whose label has no probabilities"),
            ([], {}, {}, "probabilities has no label"),
            (["a"], {"a": [1]}, {"positive": "a"}, "positive is of two classes"),
            (["a"], {"a": [1, 0]}, {}, "differ in length: 1 and 2"),
            (["a"], {"a": [1.5]}, {}, r"probabilities\[0\] is not in"),
        ):
            with pytest.raises(ValueError, match=message):
                loss(truth, probabilities, **options)  # type: ignore[arg-type]


def test_bins_hold_their_upper_bound() -> None:
    for bins in (3, 7, 10, 300):
        for i in range(bins + 1):
            curve = metrics.calibration_curve([1], [i / bins], bins=bins)
            assert [k for k, b in enumerate(curve) if b.n] == [max(i - 1, 0)]


def test_bad_probabilities_are_told() -> None:
    for bad in (1.5, -0.1, math.nan):
        with pytest.raises(ValueError, match=r"probabilities\[1\] is not in \[0, 1\]"):
            metrics.brier_score([0, 1], [0.5, bad])
    with pytest.raises(ValueError, match="bins is 0, expected 1 to 10000"):
        metrics.calibration_curve([1], [0.5], bins=0)
    assert math.isnan(metrics.brier_score([], [])) and math.isnan(metrics.log_loss([], []))
    assert metrics.expected_calibration_error([], []) == 0 == metrics.maximum_calibration_error([], [])
    assert metrics.brier_score(["a", "b"], [1, 0], positive="a") == 0
