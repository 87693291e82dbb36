# SPDX-License-Identifier: Apache-2.0
"""Paired tests, intervals and corrections, against SciPy and by simulation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats
from vireo import metrics


def paired(seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """With ties and zeros for every other seed."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 120))
    a, b = rng.normal(size=n), rng.normal(0.2, size=n)
    if seed % 2:
        a, b = np.round(a), np.round(b)
    return a, b


@pytest.mark.parametrize("seed", range(150))
def test_wilcoxon_is_scipys(seed: int) -> None:
    a, b = paired(seed)
    if not np.any(a != b):
        return
    for zeros, scipy_zeros in (("drop", "wilcox"), ("pratt", "pratt")):
        expected = stats.wilcoxon(a, b, zero_method=scipy_zeros, method="asymptotic", correction=False)
        found = metrics.wilcoxon(a, b, zeros=zeros, method="normal")  # type: ignore[arg-type]
        assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))
        assert not found.exact
    if seed % 2 == 0:
        method = "exact" if len(a) <= 50 else "asymptotic"
        expected = stats.wilcoxon(a, b, method=method, correction=False)
        found = metrics.wilcoxon(a, b)
        assert found.exact == (len(a) <= 50)
        assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))


@pytest.mark.parametrize("seed", range(100))
def test_t_and_sign_tests_are_scipys(seed: int) -> None:
    a, b = paired(seed)
    if np.ptp(a - b) == 0:
        return
    expected = stats.ttest_rel(a, b)
    found = metrics.paired_t_test(a, b, confidence=0.9)
    assert (found.t, found.p_value, found.mean) == pytest.approx((expected.statistic, expected.pvalue, (a - b).mean()))
    assert found.interval == pytest.approx(tuple(expected.confidence_interval(0.9)))
    above, below = int((a > b).sum()), int((a < b).sum())
    p = stats.binomtest(above, above + below).pvalue if above + below else 1
    assert metrics.sign_test(a, b) == pytest.approx((above, p, above + below))


@pytest.mark.parametrize("seed", range(100))
def test_mcnemar_is_the_binomial_test(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 300))
    a, b = rng.random(n) < 0.8, rng.random(n) < 0.7
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    found = metrics.mcnemar(a, b)
    assert (found.only_a, found.only_b) == (only_a, only_b)
    p = stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1
    assert found.p_value == pytest.approx(p)
    rough = metrics.mcnemar(a.tolist(), b.tolist(), exact=False)
    statistic = max(abs(only_a - only_b) - 1, 0) ** 2 / max(only_a + only_b, 1)
    assert (rough.statistic, rough.p_value) == pytest.approx((statistic, stats.chi2.sf(statistic, 1)))
    share = (only_a - only_b) / n if n else 0
    assert found.difference.low <= share <= found.difference.high


def test_bad_pairs_are_told() -> None:
    with pytest.raises(ValueError, match=r"b\[1\] is neither 0 nor 1"):
        metrics.mcnemar([0, 1], [0, 3])
    for function in (metrics.mcnemar, metrics.sign_test, metrics.wilcoxon, metrics.paired_t_test):
        with pytest.raises(ValueError, match="a and b differ in length: 1 and 2"):
            function([0], [0, 1])
    with pytest.raises(ValueError, match="confidence is 1"):
        metrics.paired_t_test([0], [1], confidence=1)
    with pytest.raises(ValueError, match="exact: at most 50"):
        metrics.wilcoxon(range(60), [0.5] * 60, method="exact")
    assert metrics.wilcoxon([], []).p_value == metrics.sign_test([], []).p_value == metrics.mcnemar([], []).p_value == 1
    assert metrics.wilcoxon([1, math.nan], [1, 1]).n == 0


# ---------------------------------------------------------------- intervals


@pytest.mark.parametrize("seed", range(60))
def test_shares_have_wilsons_interval(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 1000))
    hits = int(rng.integers(0, n + 1))
    expected = stats.binomtest(hits, n).proportion_ci(0.9, method="wilson")
    assert metrics.wilson_interval(hits, n, confidence=0.9) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_two_shares_are_newcombes_example() -> None:
    found = metrics.two_proportions(56, 70, 48, 80)
    assert found.difference == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(found.z))
    with pytest.raises(ValueError, match="3 of 2 and 1 of 2 are no shares"):
        metrics.two_proportions(3, 2, 1, 2)
    with pytest.raises(ValueError, match="hits is -1 of 2"):
        metrics.wilson_interval(-1, 2)


def test_the_paired_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    shares = [0.6, 0.15, 0.05, 0.2]  # both, only a, only b, neither
    covered = 0
    for _ in range(2000):
        both, only_a, only_b, neither = rng.multinomial(60, shares)
        a = [1] * (both + only_a) + [0] * (only_b + neither)
        b = [1] * both + [0] * only_a + [1] * only_b + [0] * neither
        low, high = metrics.mcnemar(a, b).difference
        covered += low <= 0.1 <= high
    assert 0.935 <= covered / 2000 <= 0.985


# ---------------------------------------------------------------- bootstrap


@pytest.mark.parametrize("seed", range(4))
def test_bootstrap_intervals_are_scipys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.exponential(size=40), rng.normal(1, 0.5, size=40)
    found = metrics.paired_bootstrap(a, b, rounds=20000, seed=seed)
    assert found.observed == pytest.approx((a - b).mean())
    for ours, method in ((found.percentile, "percentile"), (found.bca, "BCa")):
        theirs = stats.bootstrap((a - b,), np.mean, n_resamples=20000, method=method, random_state=seed, batch=1000)
        width = theirs.confidence_interval.high - theirs.confidence_interval.low
        assert ours == pytest.approx(tuple(theirs.confidence_interval), abs=0.04 * width)
        assert found.standard_error == pytest.approx(theirs.standard_error, rel=0.05)


def test_any_statistic_can_be_drawn_and_the_seed_decides() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=30), rng.normal(size=30)
    d = a - b
    mean = metrics.paired_bootstrap(a, b, rounds=300, seed=5)
    again = metrics.paired_bootstrap(a, b, statistic=lambda rows: d[np.asarray(rows)].mean(), rounds=300, seed=5)
    assert again.bca == pytest.approx(mean.bca) and again.percentile == pytest.approx(mean.percentile)
    assert metrics.paired_bootstrap(a, b, rounds=300, seed=5) == mean
    assert metrics.paired_bootstrap(a, b, rounds=300, seed=6) != mean
    assert metrics.paired_bootstrap(a.tolist(), b.tolist(), rounds=300, seed=5) == mean


def test_a_statistic_that_fails_is_told() -> None:
    with pytest.raises(ZeroDivisionError):
        metrics.paired_bootstrap([1, 2], [1, 2], statistic=lambda rows: 1 / 0)
    with pytest.raises(ValueError, match="not finite"):
        metrics.paired_bootstrap([1, 2], [1, 2], statistic=lambda rows: math.nan)
    with pytest.raises(TypeError):
        metrics.paired_bootstrap([1, 2], [1, 2], statistic=lambda rows: "x")  # type: ignore[arg-type,return-value]
    with pytest.raises(ValueError, match="rounds must be 1 to 1000000"):
        metrics.paired_bootstrap([1, 2], [1, 2], rounds=0)
    assert metrics.paired_bootstrap([], []).p_value == 1


# ---------------------------------------------------------------- corrections


@pytest.mark.parametrize("seed", range(60))
def test_corrections_are_scipys_and_the_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = np.round(rng.random(int(rng.integers(1, 30))) ** 3, 2)
    np.testing.assert_allclose(metrics.benjamini_hochberg(p), stats.false_discovery_control(p))
    order = sorted(range(len(p)), key=lambda i: p[i])
    expected, largest = [0.0] * len(p), 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, p[i] * (len(p) - rank)))
        expected[i] = largest
    assert metrics.holm(p.tolist()) == pytest.approx(expected)
    with_nan = np.insert(p, 0, math.nan)
    found = metrics.holm(with_nan)
    assert math.isnan(found[0]) and found[1:].tolist() == pytest.approx(expected)


# ---------------------------------------------------------------- deltas


def test_margins_deltas_and_difficulties_are_the_worked_examples() -> None:
    for n, level, expected in ((50, 0.95, 13.859), (50, 0.9, 11.631), (500, 0.9, 3.678), (5, 0.9, 36.780)):
        assert metrics.margin_of_error(n, level) == pytest.approx(expected, rel=1e-4)
    assert metrics.margin_of_error(1000, positive_sample_rate=0.52) == pytest.approx(3.097, abs=1e-3)
    assert metrics.margin_of_error(0) == metrics.margin_of_error(-1) == 0
    with pytest.raises(ValueError, match="confidence is 1"):
        metrics.margin_of_error(10, 1.0)
    for args, delta in (((0.12, 0.3, 0.3), -18), ((0.5, 0.3, 1), 20), ((50, 120, 130), -53.846), ((50, 120), -140)):
        assert metrics.performance_delta(*args) == pytest.approx(delta, abs=1e-3)
    columns = {
        "recall": [0.1, 0.5, 0.9, 0.6],
        "cost": [3.14, 0.9, 0.01, 0.5],
        "accuracy": [0.5, 0.8, 0.99, 0.55],
    }
    directions = {"recall": True, "cost": False, "accuracy": True}
    found = metrics.difficulty_scores(columns, directions)
    assert found == pytest.approx([1, 0.3907, 0, 0.4765], abs=1e-4)
    only = metrics.difficulty_scores(columns, directions, {"recall": 0, "cost": 2, "accuracy": 0})
    assert only == pytest.approx([1, 0.89 / 3.13, 0, 0.49 / 3.13])
    with pytest.raises(KeyError):
        metrics.difficulty_scores(columns, {})
    with pytest.raises(ValueError, match="columns differ in length"):
        metrics.difficulty_scores({"a": [1], "b": [1, 2]}, {"a": True, "b": True})
    assert metrics.normal_quantile(0.975) == pytest.approx(1.959963984540054, abs=1e-14)
