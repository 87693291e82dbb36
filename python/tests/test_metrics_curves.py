# SPDX-License-Identifier: Apache-2.0
"""Curves and their areas with heavy ties, against scikit-learn, COCO's tools and brute force."""

from __future__ import annotations

import math
import warnings
from array import array
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk
from vireo import metrics

SEEDS = range(200)


def scored(seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """From all different to nearly all tied; zeros of both signs and infinities among them."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 300))
    distinct = int(rng.choice([1, 2, 3, 5, 20, 100000]))
    truth = (rng.random(n) < rng.choice([0.05, 0.5, 0.9])).astype(np.int64)
    scores = rng.integers(0, distinct, n) / distinct
    if seed % 7 == 0:
        scores = rng.choice(np.array([0.0, -0.0, 0.5, -1.5, 2.0**70, 5e-324]), n)
    if truth.sum() in (0, n):
        truth[0] = 1 - truth[0]
    return truth, scores


def area(x: Any, y: Any) -> float:
    return float(np.trapezoid(y, x))


# ---------------------------------------------------------------- ROC


@pytest.mark.parametrize("seed", SEEDS)
def test_roc_is_scikit_learns(seed: int) -> None:
    truth, scores = scored(seed)
    fpr, tpr, thresholds = sk.roc_curve(truth, scores, drop_intermediate=False)
    ours = metrics.roc_curve(truth, scores, drop_collinear=False)
    np.testing.assert_allclose(ours.fpr, fpr, rtol=1e-15)
    np.testing.assert_allclose(ours.tpr, tpr, rtol=1e-15)
    np.testing.assert_array_equal(ours.thresholds, thresholds)
    expected = sk.roc_auc_score(truth, scores)
    assert metrics.roc_auc(truth, scores) == pytest.approx(expected, abs=1e-12)
    corners = metrics.roc_curve(truth, scores)
    assert area(corners.fpr, corners.tpr) == pytest.approx(expected, abs=1e-12)
    assert {*zip(corners.fpr, corners.tpr)} <= {*zip(ours.fpr, ours.tpr)}
    assert metrics.auc(corners.fpr, corners.tpr) == pytest.approx(expected, abs=1e-12)


def test_ties_do_not_bend_the_curve() -> None:
    """An example on which a known implementation integrates to 0.583."""
    truth, scores = [1, 1, 0, 1, 1, 1, 1], [0.25, 0.75, 0.25, 0.5, 0, 0.75, 0.5]
    curve = metrics.roc_curve(truth, scores)
    assert metrics.roc_auc(truth, scores) == 0.75
    assert metrics.auc(*curve[:2]) == pytest.approx(0.75)
    assert isinstance(curve.fpr, list)
    assert (curve.fpr[0], curve.tpr[0]) == (0, 0) and (curve.fpr[-1], curve.tpr[-1]) == (1, 1)


def test_collinear_points_are_left_out() -> None:
    curve = metrics.roc_curve([1, 0] * 50, [i // 2 for i in range(100)])
    assert (curve.fpr, curve.tpr) == ([0, 1], [0, 1])


def test_one_class_alone_has_no_area() -> None:
    assert math.isnan(metrics.roc_auc([1, 1], [0.5, 0.2]))
    assert math.isnan(metrics.roc_auc([0, 0], [0.5, 0.2]))
    assert math.isnan(metrics.roc_auc([], []))
    assert metrics.roc_curve([1, 1], [0.5, 0.2]).fpr == [0, 0]
    assert metrics.roc_curve([], []).thresholds == [math.inf]


def test_areas_include_the_ends_when_asked() -> None:
    fpr, tpr = [0.75, 0.5, 0.25], [1, 0.75, 0.5]
    assert metrics.auc(fpr, tpr) == pytest.approx(3 / 8)
    assert metrics.auc(fpr, tpr, ends=True) == pytest.approx(0.0625 + 3 / 8 + 0.25)
    assert metrics.auc([], []) == metrics.auc([1], [1]) == 0
    with pytest.raises(ValueError, match="rises and falls"):
        metrics.auc([0, 1, 0.5], [0, 1, 1])


def test_one_vs_rest_is_scikit_learns() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 200)
    scores = np.round(rng.dirichlet(np.ones(3), 200), 1)
    scores /= scores.sum(axis=1, keepdims=True)
    found = metrics.roc_auc_one_vs_rest(truth, {k: scores[:, k] for k in range(3)})
    assert found.macro == pytest.approx(sk.roc_auc_score(truth, scores, multi_class="ovr"))
    assert found.weighted == pytest.approx(sk.roc_auc_score(truth, scores, multi_class="ovr", average="weighted"))


# ---------------------------------------------------------------- precision and recall


@pytest.mark.parametrize("seed", SEEDS)
def test_precision_and_recall_are_scikit_learns(seed: int) -> None:
    truth, scores = scored(seed)
    precision, recall, thresholds = sk.precision_recall_curve(truth, scores)
    ours = metrics.precision_recall_curve(truth, scores)
    np.testing.assert_allclose(ours.precision, precision, rtol=1e-15)
    np.testing.assert_allclose(ours.recall, recall, rtol=1e-15)
    np.testing.assert_array_equal(ours.thresholds, thresholds)
    expected = sk.average_precision_score(truth, scores)
    assert metrics.average_precision(truth, scores) == pytest.approx(expected, abs=1e-12)


def interpolated(truth: Any, scores: Any, positives: int, recalls: list[float] | None) -> float:
    """From the definition: at a recall, the best precision with that recall or a higher one."""
    points = [((truth & (scores >= t)).sum() / positives, truth[scores >= t].mean()) for t in np.unique(scores)]

    def best(r: float) -> float:
        return float(max((p for x, p in points if x >= r - 1e-12), default=0.0))

    if recalls is not None:
        return sum(map(best, recalls)) / len(recalls)
    steps = sorted({0.0, *(float(x) for x, _ in points)})
    return sum((b - a) * best(b) for a, b in zip(steps, steps[1:]))


@pytest.mark.parametrize("seed", range(100))
def test_interpolated_average_precision_is_its_definition(seed: int) -> None:
    truth, scores = scored(seed)
    positives = int(truth.sum()) + seed % 5
    for method, recalls in (
        ("voc", None),
        ("voc11", [i / 10 for i in range(11)]),
        ("coco101", [i / 100 for i in range(101)]),
    ):
        found = metrics.average_precision(truth, scores, method=method, positives=positives)  # type: ignore[arg-type]
        assert found == pytest.approx(interpolated(truth, scores, positives, recalls), abs=1e-9), method


def test_average_precision_is_the_worked_examples() -> None:
    flags = [1, 1, 0, 0, 0, 1, 1, 0, 0, 1]
    falling = list(range(10, 0, -1))
    assert metrics.average_precision(flags, falling, method="voc") == pytest.approx(0.7285714, abs=1e-7)
    assert metrics.average_precision_of_curve([0.5], [0.5]) == 0.25
    assert metrics.average_precision_of_curve([], []) == 0
    ranked = [1, 0, 0, 1, 1]
    assert metrics.average_precision(ranked, [5, 4, 3, 2, 1], method="retrieval") == pytest.approx(0.7)
    parts = {"a": (flags, falling), "b": ([0, 0], [1, 2]), "c": ([1], [1], 2)}
    assert metrics.mean_average_precision(parts) == pytest.approx((0.7285714 + 0.5) / 2, abs=1e-7)
    assert metrics.mean_average_precision([]) == 0


@pytest.mark.parametrize("seed", range(50))
def test_average_precision_of_points_is_that_of_scores(seed: int) -> None:
    truth, scores = scored(seed)
    curve = metrics.precision_recall_curve(truth, scores)
    shuffled = np.random.default_rng(seed).permutation(len(curve.thresholds))
    found = metrics.average_precision_of_curve(curve.precision[:-1][shuffled], curve.recall[:-1][shuffled])
    assert found == pytest.approx(metrics.average_precision(truth, scores, method="voc"), abs=1e-12)


def test_no_positives_are_worth_nothing() -> None:
    for method in ("step", "voc", "voc11", "coco101", "retrieval"):
        assert metrics.average_precision([0, 0], [0.1, 0.2], method=method) == 0  # type: ignore[arg-type]
        assert metrics.average_precision([], [], method=method) == 0  # type: ignore[arg-type]
        assert metrics.average_precision([], [], method=method, positives=3) == 0  # type: ignore[arg-type]


# ---------------------------------------------------------------- thresholds


@pytest.mark.parametrize("seed", range(100))
def test_the_best_threshold_is_found_by_trying_all(seed: int) -> None:
    truth, scores = scored(seed)
    missed = seed % 4
    best = (0.0, 0.0)
    for t in np.unique(scores):
        tp = int((truth & (scores >= t)).sum())
        f1 = 2 * tp / ((scores >= t).sum() + truth.sum() + missed)
        if f1 > best[1]:
            best = (float(t), float(f1))
    found = metrics.f1_optimal_threshold(truth, scores, positives=int(truth.sum()) + missed)
    assert found == pytest.approx(best)


@pytest.mark.parametrize("seed", range(50))
def test_threshold_curves_are_scikit_learns(seed: int) -> None:
    truth, scores = scored(seed)
    curves = metrics.threshold_curves(truth, scores)
    assert curves.thresholds[0] == 0
    assert all(b - a >= 0.01 for a, b in zip(curves.thresholds, curves.thresholds[1:]))
    for i, t in enumerate(curves.thresholds):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            p, r, f, _ = sk.precision_recall_fscore_support(truth, scores >= t, average="binary", zero_division=0)
        assert (curves.precision[i], curves.recall[i], curves.f1[i]) == pytest.approx((p, r, f))


@pytest.mark.parametrize("seed", range(50))
def test_default_thresholds_are_those_that_are_far_enough_apart(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(0.5, rng.choice([0.01, 0.3, 30]), int(rng.integers(0, 400))).astype(rng.choice(["f", "d"]))
    scores[rng.random(len(scores)) < 0.01] = rng.choice([math.inf, -math.inf, -0.0])
    kept = [0.0]
    for value in sorted({i / 10 for i in range(11)} | set(map(float, scores))):
        if value - kept[-1] >= 0.01:
            kept.append(value)
    truth = rng.integers(0, 2, len(scores))
    assert metrics.threshold_curves(truth, scores).thresholds == kept
    assert metrics.threshold_curves(truth.tolist(), scores.tolist()).thresholds == kept


def test_thresholds_that_are_given_come_back_as_they_are() -> None:
    for thresholds in ([0.5, 0.1], (0.5,), np.array([0.5, 0.1]), [], array("d")):
        curves = metrics.threshold_curves([1, 0], [0.5, 0.2], thresholds)
        assert curves.thresholds is thresholds
        assert len(curves.precision) == len(curves.recall) == len(curves.f1) == len(thresholds)
    with pytest.raises(TypeError, match=r"thresholds\[0\] is None"):
        metrics.threshold_curves([1, 0], [0.5, 0.2], [None])
    with pytest.raises(ValueError, match="scores hold NaN"):
        metrics.threshold_curves([1, 0], [0.5, math.nan])


def test_binary_counts_are_the_worked_example() -> None:
    truth = [False, True, False, False, True]
    curves = metrics.threshold_curves(truth, [0.3, 0.2, 0.9, 0.4, 0.5], [0.5])
    assert (curves.precision, curves.recall) == ([0.5], [0.5])  # TP 1, FN 1, FP 1, TN 2


# ---------------------------------------------------------------- input


def test_a_label_can_be_the_positive_one() -> None:
    truth = ["yes", "no", "yes"]
    assert metrics.roc_auc(truth, [0.9, 0.1, 0.8], positive="yes") == 1
    assert metrics.roc_auc(np.array(truth), [0.9, 0.1, 0.8], positive="no") == 0
    assert metrics.average_precision(truth, [0.9, 0.1, 0.8], positive="yes") == 1


@pytest.mark.parametrize(
    ("truth", "scores", "error", "message"),
    [
        ([0, 1], [0.5], ValueError, "truth and scores differ in length: 2 and 1"),
        ([0, 2], [0.5, 0.5], ValueError, r"truth\[1\] is neither 0 nor 1"),
        (np.array([0.0, 0.5]), [0.5, 0.5], ValueError, r"truth\[1\] is neither 0 nor 1"),
        ([0, None], [0.5, 0.5], TypeError, r"truth\[1\] is None, expected a number"),
        ([0, 1], [0.5, "x"], TypeError, r"scores\[1\] is 'x', expected a number"),
        ([0, 1], [0.5, math.nan], ValueError, "scores hold NaN"),
        ([0, 1], 7, TypeError, "scores is <class 'int'>, expected a sequence"),
        ("01", [0.5, 0.5], TypeError, "truth is <class 'str'>"),
        (np.zeros((2, 2)), [0.5, 0.5], ValueError, "truth has 2 dimensions, expected 1"),
        (np.array([0, 1]), np.array([1j, 2]), TypeError, r"scores\[0\] is 1j"),
    ],
)
def test_bad_columns_are_told_by_name(truth: Any, scores: Any, error: type[Exception], message: str) -> None:
    for function in (metrics.roc_auc, metrics.roc_curve, metrics.precision_recall_curve, metrics.average_precision):
        with pytest.raises(error, match=message):
            function(truth, scores)


def test_too_few_positives_and_unknown_methods_are_told() -> None:
    with pytest.raises(ValueError, match="positives is 1, but truth holds 2"):
        metrics.average_precision([1, 1], [1, 2], positives=1)
    with pytest.raises(ValueError, match="positives is -1"):
        metrics.average_precision([1, 1], [1, 2], positives=-1)
    with pytest.raises(ValueError, match="method is 'best', expected one of 'step'"):
        metrics.average_precision([1, 1], [1, 2], method="best")  # type: ignore[arg-type]


def test_large_columns_are_sorted_by_two_threads() -> None:
    rng = np.random.default_rng(1)
    truth, scores = rng.integers(0, 2, 400000), np.round(rng.normal(size=400000), 3)
    assert metrics.roc_auc(truth, scores) == pytest.approx(sk.roc_auc_score(truth, scores), abs=1e-12)
    narrow = scores.astype("float32")
    assert metrics.roc_auc(truth.astype(bool), narrow) == pytest.approx(sk.roc_auc_score(truth, narrow), abs=1e-12)


@pytest.mark.parametrize("digits", [0, 3, 16])
def test_the_curve_of_large_columns_is_scikit_learns_to_the_last_bit(digits: int) -> None:
    """Large enough for two threads and for pages of megabytes; nearly all tied, some, none."""
    rng = np.random.default_rng(digits)
    truth, scores = rng.integers(0, 2, 700000), np.round(rng.normal(size=700000), digits)
    for ours, theirs in zip(metrics.precision_recall_curve(truth, scores), sk.precision_recall_curve(truth, scores)):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("kind", ["?", "b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "f", "d"])
@pytest.mark.parametrize("step", [1, 3, -1])
def test_truth_comes_in_any_format_and_step(kind: str, step: int) -> None:
    rng = np.random.default_rng(3)
    truth, scores = (rng.integers(0, top, 99).astype(kind)[::step] for top in (2, 5))
    assert metrics.roc_auc(truth, scores) == pytest.approx(sk.roc_auc_score(truth, scores), abs=1e-12)
    if kind == "?":
        return
    for bad in (3, math.nan if kind in "fd" else 2):
        truth[7] = bad
        with pytest.raises(ValueError, match=r"truth\[7\] is neither 0 nor 1"):
            metrics.roc_auc(truth, scores)
