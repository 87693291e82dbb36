# SPDX-License-Identifier: Apache-2.0
"""Counts, confusion matrices, reports and agreement, against scikit-learn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk
from sklearn.preprocessing import MultiLabelBinarizer
from vireo import _metrics, metrics

SEEDS = range(100)
nan = float("nan")


def labels_of(seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Few labels, some of which only one side has."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 200))
    k = int(rng.integers(1, 7))
    return rng.integers(-2, k, n), rng.integers(-1, k + 1, n)


# ---------------------------------------------------------------- counts


@pytest.mark.parametrize(
    ("function", "args", "expected"),
    [
        (metrics.accuracy, (8, 4, 2, 6), 0.7),
        (metrics.accuracy, (0, 0, 10, 990), 0.99),
        (metrics.accuracy, (0, 0, 0, 0), 0),
        (metrics.precision, (3, 1), 0.75),
        (metrics.precision, (0, 0), 0),
        (metrics.precision, (nan, 1), 0),
        (metrics.precision, (1, nan), 0),
        (metrics.precision, (1, -2), 0),
        (metrics.recall, (3, 1), 0.75),
        (metrics.recall, (0, 0), 0),
        (metrics.f1_score, (25, 75, 0), 0.4),
        (metrics.f1_score, (25, 0, 75), 0.4),
        (metrics.f1_score, (0, 0, 0), 0),
        (metrics.f1_score, (nan, nan, nan), 0),
        (metrics.fpr, (85, 15), 0.15),
        (metrics.fpr, (0, 0), 0),
        (metrics.specificity, (85, 15), 0.85),
        (metrics.specificity, (nan, 15), 0),
        (metrics.fbeta_score, (3, 1, 2, 0), 0.75),
        (metrics.fbeta_score, (3, 1, 2, math.inf), 0.6),
    ],
)
def test_counts_are_the_worked_examples(function: Any, args: tuple[float, ...], expected: float) -> None:
    assert function(*args) == pytest.approx(expected, abs=1e-15)


def test_a_negative_beta_is_refused() -> None:
    with pytest.raises(ValueError, match="beta is -1"):
        metrics.fbeta_score(1, 1, 1, -1)
    with pytest.raises(ValueError, match="beta is nan"):
        metrics.classification_report([1], [1], beta=nan)


def test_averages_are_the_worked_example() -> None:
    """Three classes of TP/FP/FN 2/1/1, 1/3/0, 3/0/3."""
    truth = [0] * 3 + [1] + [2] * 6
    predicted = [0, 0, 1, 1, 2, 2, 2, 0, 1, 1]
    report = metrics.classification_report(truth, predicted)
    counts = [(c.true_positives, c.false_positives, c.false_negatives) for c in report.classes.values()]
    assert counts == [(2, 1, 1), (1, 3, 0), (3, 0, 3)]
    assert report.macro.f_score == pytest.approx(0.578, abs=5e-4)
    assert report.micro.f_score == pytest.approx(0.6)
    assert report.weighted.f_score == pytest.approx(0.64)


# ---------------------------------------------------------------- confusion matrices


@pytest.mark.parametrize("seed", SEEDS)
def test_matrices_and_reports_are_scikit_learns(seed: int) -> None:
    truth, predicted = labels_of(seed)
    matrix = metrics.confusion_matrix(truth, predicted)
    assert matrix.labels == sorted({*truth.tolist(), *predicted.tolist()})
    assert matrix.rows() == sk.confusion_matrix(truth, predicted).tolist()
    beta = [0.5, 1.0, 2.0][seed % 3]
    report = metrics.classification_report(truth, predicted, beta=beta)
    assert report.accuracy == pytest.approx(sk.accuracy_score(truth, predicted))
    for name in ("macro", "micro", "weighted"):
        p, r, f, _ = sk.precision_recall_fscore_support(truth, predicted, average=name, beta=beta, zero_division=0)
        found = getattr(report, name)
        assert (found.precision, found.recall, found.f_score) == pytest.approx((p, r, f))
        assert found.support == len(truth)
    per_class = sk.precision_recall_fscore_support(truth, predicted, beta=beta, zero_division=0)
    for i, scores in enumerate(report.classes.values()):
        expected = [float(x[i]) for x in per_class]
        assert [scores.precision, scores.recall, scores.f_score, scores.support] == pytest.approx(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_agreement_is_scikit_learns(seed: int) -> None:
    truth, predicted = labels_of(seed)
    if len({*truth.tolist(), *predicted.tolist()}) < 2:
        assert metrics.cohen_kappa(truth, predicted) == 0
        return
    for ours, theirs in (("none", None), ("linear", "linear"), ("quadratic", "quadratic")):
        expected = sk.cohen_kappa_score(truth, predicted, weights=theirs)
        assert metrics.cohen_kappa(truth, predicted, weights=ours) == pytest.approx(expected, abs=1e-12)  # type: ignore[arg-type]
    assert metrics.matthews(truth, predicted) == pytest.approx(sk.matthews_corrcoef(truth, predicted), abs=1e-12)


def test_kappa_is_the_worked_example() -> None:
    pairs = [(0, 0)] * 20 + [(0, 1)] * 22 + [(1, 0)] * 10 + [(1, 1)] * 48
    truth, predicted = zip(*pairs)
    assert metrics.cohen_kappa(truth, predicted) == pytest.approx(0.316, abs=5e-4)
    with pytest.raises(ValueError, match="weights is 'cubic', expected one of 'none', 'linear', 'quadratic'"):
        metrics.cohen_kappa(truth, predicted, weights="cubic")  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(30))
def test_chosen_labels_are_scikit_learns(seed: int) -> None:
    truth, predicted = labels_of(seed)
    chosen = [3, -1, 0]
    if not {*chosen} & {*truth.tolist()}:
        return
    matrix = metrics.confusion_matrix(truth, predicted, chosen)
    assert matrix.labels == chosen
    assert matrix.rows() == sk.confusion_matrix(truth, predicted, labels=chosen).tolist()
    for by, normalize in (("truth", "true"), ("predicted", "pred"), ("all", "all")):
        expected = sk.confusion_matrix(truth, predicted, labels=chosen, normalize=normalize)
        np.testing.assert_allclose(matrix.normalized(by), expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "as_column",
    [
        list,
        tuple,
        np.array,
        pd.Series,
        lambda x: np.array(x, dtype="int8"),
        lambda x: np.array(x, dtype="uint16"),
        lambda x: np.array(x, dtype=">i4"),
        lambda x: np.array(x, dtype=">i8"),
        lambda x: np.array(x, dtype="uint64"),
        lambda x: np.repeat(np.array(x), 3)[::3],
        lambda x: np.array(x, dtype="float32"),
    ],
)
def test_every_kind_of_column_counts_the_same(as_column: Any) -> None:
    truth, predicted = [0, 1, 2, 2, 1, 0], [0, 2, 2, 2, 1, 1]
    matrix = metrics.confusion_matrix(as_column(truth), as_column(predicted))
    assert matrix.labels == [0, 1, 2]
    assert matrix.rows() == [[1, 1, 0], [0, 1, 1], [0, 0, 2]]
    assert matrix[1, 2] == 1


def test_labels_may_be_anything_hashable() -> None:
    truth = ["cat", "dog", None, "dog", True]
    predicted = ["cat", "cat", None, "dog", False]
    matrix = metrics.confusion_matrix(truth, predicted)
    assert matrix.labels == [None, False, True, "cat", "dog"]
    assert matrix["dog", "cat"] == 1
    assert metrics.confusion_matrix([True, False], [True, True]).labels == [False, True]
    far = metrics.confusion_matrix([2**62, -(2**62), 7], [7, -(2**62), 2**62])
    assert far.labels == [-(2**62), 7, 2**62]
    assert far.rows() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]


def test_items_of_eight_bytes_that_are_no_integers_are_not_taken_for_some() -> None:
    texts = np.array(["ab", "cd"], dtype="<U2")
    assert metrics.confusion_matrix(texts, texts).labels == ["ab", "cd"]
    for other in (texts, np.array([1, 2], dtype="complex64"), np.array([1, 2], dtype=">i8")):
        with pytest.raises(TypeError, match="expected"):
            _metrics.confusion([1, 2], [1, 2], other)
    with pytest.raises(TypeError, match="expected numbers"):
        _metrics.roc_auc(np.array([b"\0", b"\1"], dtype="S1"), [0.5, 0.25])


def test_nothing_and_nonsense_are_told() -> None:
    assert metrics.confusion_matrix([], []).labels == []
    report = metrics.classification_report([], [])
    assert report.accuracy == 0 and report.macro.f_score == 0 and report.weighted.precision == 0
    with pytest.raises(ValueError, match="differ in length: 1 and 2"):
        metrics.confusion_matrix([1], [1, 2])
    with pytest.raises(ValueError, match="given twice"):
        metrics.confusion_matrix([1], [1], [1, 1])
    with pytest.raises(ValueError, match="given twice"):
        metrics.confusion_matrix(["a"], ["a"], ["a", "a"])
    with pytest.raises(ValueError, match="more than 4096"):
        metrics.confusion_matrix(range(5000), list(range(5000)))


def test_many_labels_grow_the_matrix() -> None:
    rng = np.random.default_rng(5)
    truth, predicted = rng.integers(0, 700, 20000) * 1000003, rng.integers(0, 700, 20000) * 1000003
    matrix = metrics.confusion_matrix(truth, predicted)
    np.testing.assert_array_equal(np.array(matrix.rows()), sk.confusion_matrix(truth, predicted))


# ---------------------------------------------------------------- several labels a row


@pytest.mark.parametrize("seed", range(50))
def test_multilabel_reports_are_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = "abcde"
    rows = [
        [{names[i] for i in rng.integers(0, 5, int(rng.integers(0, 4)))} for _ in range(int(rng.integers(1, 40)))]
        for _ in "12"
    ]
    n = min(map(len, rows))
    truth, predicted = rows[0][:n], rows[1][:n]
    report = metrics.multilabel_report(truth, predicted, list(names))
    coder = MultiLabelBinarizer(classes=list(names))
    t, p = coder.fit_transform(truth), coder.fit_transform(predicted)
    assert report.accuracy == pytest.approx(sk.accuracy_score(t, p))
    for name in ("macro", "micro", "weighted"):
        expected = sk.precision_recall_fscore_support(t, p, average=name, zero_division=0)[:3]
        found = getattr(report, name)
        assert (found.precision, found.recall, found.f_score) == pytest.approx(expected)
    for scores, ((tn, fp), (fn, tp)) in zip(report.classes.values(), sk.multilabel_confusion_matrix(t, p).tolist()):
        assert (scores.true_negatives, scores.false_positives) == (tn, fp)
        assert (scores.false_negatives, scores.true_positives) == (fn, tp)
