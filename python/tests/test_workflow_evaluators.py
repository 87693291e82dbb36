# SPDX-License-Identifier: Apache-2.0
"""Ready-made evaluators: hand-worked images, scikit-learn as the oracle, its bundled data with the real binary."""

import dataclasses
import math
import random
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from conftest import Server
from sklearn import datasets as bundled
from sklearn import metrics as oracle
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from vireo import Vireo
from vireo.annotation import Label, LabeledBoundingBox, LabeledPolygon, ScoredLabel, ScoredLabeledBoundingBox
from vireo.metrics import mean_absolute_error, r2_score
from vireo.workflow import (
    EvaluationResults,
    GroundTruth,
    Inference,
    Metadata,
    MetricsTestCase,
    MetricsTestSample,
    define_workflow,
    detection,
    test,
)
from vireo.workflow import TestSample as Sample
from vireo.workflow._curves import CURVE_POINTS, Points
from vireo.workflow.classification import (
    compute_confusion_matrix,
    compute_roc_curves,
    compute_threshold_curves,
    create_histogram,
    get_histogram_range,
    get_label_confidence,
)
from vireo.workflow.detection import ObjectDetectionEvaluator, ThresholdConfiguration

# ---------------------------------------------------------------- detection


def truth(x: float, label: str = "car") -> LabeledBoundingBox:
    return LabeledBoundingBox((x, 0), (x + 10, 10), label)


def found(x: float, score: float, label: str = "car") -> ScoredLabeledBoundingBox:
    return ScoredLabeledBoundingBox((x, 0), (x + 10, 10), label, score)


def image(i: int, truths: list[Any], detections: list[Any], ignored: Any = (), skip: bool = False) -> Any:
    return (
        detection.TestSample(f"s3://{i}"),
        detection.GroundTruth(truths, list(ignored)),
        detection.Inference(detections, skip),
    )


def evaluated(triples: list[Any], *configurations: ThresholdConfiguration) -> list[Any]:
    """(metrics of samples, of the case, plots by title, of the suite) for each configuration."""
    evaluator = ObjectDetectionEvaluator(list(configurations))
    case: Any = types.SimpleNamespace(name="all")
    results = []
    for c in configurations:
        rows = [m for _, m in evaluator.compute_test_sample_metrics(case, triples, c)]
        whole = evaluator.compute_test_case_metrics(case, triples, rows, c)
        plots = {p.title: p for p in evaluator.compute_test_case_plots(case, triples, rows, c) or ()}
        results.append((rows, whole, plots, evaluator.compute_test_suite_metrics(None, [(case, whole)], c)))
    return results


ONE_CLASS = [
    image(0, [truth(0), truth(100)], [found(1, 0.9), found(200, 0.8)]),
    image(1, [truth(0)], [found(0, 0.3), found(500, 0.2)]),
    image(2, [], [found(0, 0.6)], ignored=[truth(0)]),
    image(3, [truth(0)], [found(50, 0.99)], skip=True),
]


def test_one_class_by_hand() -> None:
    ((rows, whole, plots, suite),) = evaluated(ONE_CLASS, ThresholdConfiguration(0.5))
    assert [(m.count_TP, m.count_FP, m.count_FN, m.ignored) for m in rows] == [
        (1, 1, 1, False),
        (0, 0, 1, False),  # found, but not sure enough
        (0, 0, 0, False),  # on what is to be ignored
        (0, 0, 0, True),
    ]
    assert (rows[0].max_confidence_above_t, rows[0].min_confidence_above_t, rows[3].max_confidence_above_t) == (
        0.9,
        0.8,
        None,
    )
    assert (whole.Objects, whole.Inferences, whole.TP, whole.FN, whole.FP, whole.nIgnored) == (3, 2, 1, 2, 1, 1)
    assert (whole.Precision, whole.Recall, whole.F1) == (0.5, pytest.approx(1 / 3), pytest.approx(0.4))
    # By score: found .9, wrong .8, found .3, wrong .2; three objects: precision 1, then 2/3 to the right.
    assert pytest.approx(1 / 3 * 1 + 1 / 3 * 2 / 3) == whole.AP
    assert (suite.n_images, suite.mean_AP, suite.threshold) == (4, whole.AP, 0.5)
    (curve,) = plots["F1-Score vs. Confidence Threshold"].curves
    assert dict(zip(curve.x, curve.y))[0.9] == pytest.approx(0.5)


def test_the_best_threshold_is_found() -> None:
    ((_, whole, _, suite),) = evaluated(ONE_CLASS, ThresholdConfiguration())
    assert (suite.threshold, whole.TP, whole.FP) == (0.3, 2, 1)
    ((_, _, _, suite),) = evaluated(ONE_CLASS, ThresholdConfiguration(min_confidence_score=0.95))
    assert suite.threshold == 0.95  # nothing is left: the lowest that may be


def test_several_classes_by_hand() -> None:
    triples = [
        image(0, [truth(0), truth(100, "bus")], [found(0, 0.9), found(100, 0.8), found(300, 0.7, "bus")]),
        image(1, [truth(0, "bus")], [found(0, 0.6, "bus")]),
    ]
    ((rows, whole, plots, suite),) = evaluated(triples, ThresholdConfiguration(0.5))
    assert (rows[0].count_TP, rows[0].count_FP, rows[0].count_FN, rows[0].count_Confused) == (1, 2, 1, 1)
    assert [(t.label, t.score) for t in rows[0].thresholds] == [("bus", 0.5), ("car", 0.5)]
    bus, car = whole.PerClass
    assert (bus.Class, bus.nImages, bus.TP, bus.FP, bus.FN) == ("bus", 2, 1, 1, 1)
    assert (car.Class, car.nImages, car.TP, car.FP, car.FN) == ("car", 1, 1, 1, 0)
    assert (whole.micro_Precision, whole.macro_Recall) == (0.5, 0.75)
    assert (plots["Confusion Matrix"].labels, plots["Confusion Matrix"].matrix) == (["bus", "car"], [[1, 1], [0, 1]])
    assert suite.threshold is None


def test_polygons_are_detected_too() -> None:
    square = [(0, 0), (10, 0), (10, 10), (0, 10)]
    ((_, whole, _, _),) = evaluated(
        [image(0, [LabeledPolygon(square, "car")], [found(0, 0.9)])], ThresholdConfiguration(0.5)
    )
    assert (whole.TP, whole.AP) == (1, 1.0)


def test_an_empty_case_has_metrics() -> None:
    for triples in ([], [image(0, [], [])], [image(0, [truth(0)], [])]):
        for multiclass in (False, True):
            ((_, whole, plots, _),) = evaluated(triples, ThresholdConfiguration(multiclass=multiclass))
            assert (whole.TP, whole.FP) == (0, 0)
            assert not plots


@pytest.mark.parametrize("seed", range(100))
def test_rates_agree_with_scikit_learn(seed: int) -> None:
    dice = random.Random(seed)
    points = Points(
        [dice.randrange(20) / 20 for _ in range(dice.randrange(1, 30))],
        [dice.randrange(20) / 20 for _ in range(dice.randrange(30))],
        dice.randrange(5),
    )
    flags = [1] * len(points.found) + [0] * len(points.wrong) + [1] * points.missed
    scores = [*points.found, *points.wrong, *[-1.0] * points.missed]
    best = (0.0, 0.0)
    for t, p, r, f1 in points.rates(points.thresholds()):
        predicted = [s >= t for s in scores]
        expected = oracle.precision_recall_fscore_support(flags, predicted, average="binary", zero_division=0)[:3]
        assert (p, r, f1) == pytest.approx(expected)
        best = max(best, (round(f1, 12), -t))
    assert points.best_threshold() == pytest.approx(-best[1])
    curve = points.precision_recall()
    assert curve is None or (min(curve.x) == 0.0 and len(set(curve.x)) == len(curve.x))


def test_curves_have_a_bounded_number_of_points() -> None:
    points = Points([i / 5000 for i in range(5000)], [i / 7777 for i in range(5000)])
    assert len(points.curve_points()) <= CURVE_POINTS
    curve = points.f1_over_threshold()
    assert curve is not None
    assert (min(curve.x), max(curve.x)) == (0.0, 4999 / 5000)


@pytest.mark.parametrize("multiclass", [False, True])
def test_one_evaluator_measures_each_model_by_itself(
    server_url: str, multiclass: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    request = Vireo.request
    monkeypatch.setattr(Vireo, "request", lambda self, *a: calls.append(" ".join(a[:2])) or request(self, *a))
    pairs = [(detection.TestSample(f"s3://{i}"), detection.GroundTruth([truth(0)])) for i in range(4)]

    def sure_above(least: float) -> Any:
        """Right at and above that score, wrong below."""
        return lambda s: detection.Inference([found(0, least), found(500, least - 0.1)])

    with Vireo(f"one evaluator {multiclass}", url=server_url) as vr:
        types = (detection.TestSample, detection.GroundTruth, detection.Inference)
        _, case, suite, model = define_workflow("detection", *types, client=vr)
        street = suite("street", test_cases=[case(n, test_samples=pairs) for n in ("all", "same")])
        evaluator = ObjectDetectionEvaluator([ThresholdConfiguration(multiclass=multiclass)])
        for least in (0.9, 0.3):
            sure = model(f"sure above {least}", sure_above(least))
            run = test(sure, street, evaluator)
            (row, *_) = vr.request("GET", f"/evaluations/{run.id}/samples?case=all")["items"]
            threshold = row["metrics"]["thresholds"]
            assert (threshold[0]["score"] if multiclass else threshold) == least
            calls.clear()
            test(sure, street, evaluator)
            assert calls == ["POST /evaluations"]  # nothing changed: nothing is fetched
    assert evaluator._matched is None  # no image stays


def test_steps_can_be_asked_in_any_order() -> None:
    evaluator = ObjectDetectionEvaluator([ThresholdConfiguration(0.5)])
    configuration: Any = evaluator.configurations[0]
    cases: list[Any] = [types.SimpleNamespace(name=n) for n in ("all", "some")]
    images = [ONE_CLASS, ONE_CLASS[:1]]
    rows = [[m for _, m in evaluator.compute_test_sample_metrics(c, i, configuration)] for c, i in zip(cases, images)]
    found = [evaluator.compute_test_case_metrics(*given, configuration) for given in zip(cases, images, rows)]
    assert [(m.TP, m.FP, m.FN) for m in found] == [(1, 1, 2), (1, 1, 1)]


# ---------------------------------------------------------------- classification


def test_histograms_of_scores() -> None:
    assert get_histogram_range([]) is None
    assert get_histogram_range([0.5, 1.1]) is None
    assert get_histogram_range([math.nan]) is None
    assert get_histogram_range([0.31, 0.39]) == pytest.approx((0.3, 0.4, 5))
    assert get_histogram_range([0.0, 1.0]) == pytest.approx((0.0, 1.0, 50))
    assert get_histogram_range([0.2]) == pytest.approx((0.2, 0.22, 1))
    assert get_histogram_range([1.0]) == pytest.approx((0.98, 1.0, 1))


@pytest.mark.parametrize("seed", range(30))
def test_histograms_count_as_numpy_does(seed: int) -> None:
    values = [float(v) for v in np.random.default_rng(seed).integers(0, 50, 200) / 50]
    low, high, bins = get_histogram_range(values) or (0, 1, 1)
    plot = create_histogram(values, (low, high, bins))
    counts, bounds = np.histogram(values, bins=plot.buckets)
    assert plot.frequency == counts.tolist()
    assert len(bounds) == bins + 1
    assert sum(plot.frequency) == 200


@pytest.mark.parametrize("seed", range(30))
def test_confusion_matrices_and_curves_agree_with_scikit_learn(seed: int) -> None:
    dice = random.Random(seed)
    labels = list("abc")
    actual = [dice.choice(labels) for _ in range(60)]
    scores = [[ScoredLabel(label, dice.randrange(8) / 8) for label in labels] for _ in actual]
    predicted = [max(s, key=lambda one: one.score).label for s in scores]
    matrix = compute_confusion_matrix(actual, predicted)
    assert matrix is not None
    assert matrix.matrix == oracle.confusion_matrix(actual, predicted, labels=labels).tolist()
    plot = compute_roc_curves([Label(a) for a in actual], scores)
    assert plot is not None
    for curve in plot.curves:
        flags = [a == curve.label for a in actual]
        column = [get_label_confidence(str(curve.label), s) for s in scores]
        area = sum((b - a) * (u + v) / 2 for a, b, u, v in zip(curve.x, curve.x[1:], curve.y, curve.y[1:]))
        assert area == pytest.approx(oracle.roc_auc_score(flags, column))
    curves = compute_threshold_curves([Label(a) for a in actual], [s[0] for s in scores])
    assert curves is not None
    for i, t in enumerate(curves[0].x):
        expected = oracle.precision_recall_fscore_support(
            [a == "a" for a in actual], [s[0].score >= t for s in scores], average="binary", zero_division=0
        )
        assert [c.y[i] for c in curves] == pytest.approx(expected[:3])


def test_what_cannot_be_drawn_is_nothing() -> None:
    assert compute_confusion_matrix(["a"], ["a"]) is None
    assert compute_confusion_matrix(["a"], []) is None
    assert compute_confusion_matrix([], []) is None
    assert compute_roc_curves([Label("a")] * 3, [[ScoredLabel("a", 1)]] * 3) is None
    assert compute_roc_curves([Label("a")] * 2, [[ScoredLabel("a", 1)]] * 2) is None
    assert compute_threshold_curves([], []) is None
    assert compute_threshold_curves([None, None], [ScoredLabel("a", 1), ScoredLabel("b", 1)]) is None
    assert get_label_confidence("x", [ScoredLabel("a", 1)]) == 0


# ---------------------------------------------------------------- scikit-learn's bundled data


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    running = Server(tmp_path_factory.mktemp("bundled") / "data")
    running.start()
    yield running.url
    running.stop()


@dataclasses.dataclass(frozen=True)
class Row(Sample):
    """One row of a table."""

    values: list[float]
    metadata: Metadata = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Class(GroundTruth):
    label: Label


@dataclasses.dataclass(frozen=True)
class Scores(Inference):
    scores: list[ScoredLabel]


@dataclasses.dataclass(frozen=True)
class Hit(MetricsTestSample):
    correct: bool


@dataclasses.dataclass(frozen=True)
class Summary(MetricsTestCase):
    n: int
    accuracy: float


def classified(samples: Any, truths: Any, inferences: Any, test_cases: Any) -> EvaluationResults:
    predicted = [max(i.scores, key=lambda s: s.score).label for i in inferences]
    rows = [Hit(t.label.label == p) for t, p in zip(truths, predicted)]
    by_case, plots = [], []
    for case, _, gts, infs, hits in test_cases.iter(samples, truths, inferences, rows):
        by_case.append((case, Summary(len(hits), sum(h.correct for h in hits) / len(hits))))
        plots.append((case, [compute_roc_curves([g.label for g in gts], [i.scores for i in infs])]))
    return EvaluationResults(list(zip(samples, rows)), by_case, plots)


@pytest.mark.parametrize("load", [bundled.load_wine, bundled.load_breast_cancer])
def test_classifiers_of_real_data(server_url: str, load: Any) -> None:
    data = load()
    names = [str(n) for n in data.target_names]
    classifier = make_pipeline(StandardScaler(), LogisticRegression()).fit(data.data[::2], data.target[::2])
    table, target = data.data[1::2], data.target[1::2]
    first = table[:, 0] > np.median(table[:, 0])
    pairs = [
        (Row(row, metadata={"high": bool(h)}), Class(Label(names[t])))  # type: ignore[arg-type]
        for row, t, h in zip(table, target, first)
    ]

    def infer(sample: Row) -> Scores:
        chances = classifier.predict_proba([sample.values])[0]
        return Scores([ScoredLabel(n, p) for n, p in zip(names, chances)])

    with Vireo(load.__name__, url=server_url) as vr:
        _, case, suite, model = define_workflow("tables", Row, Class, Scores, client=vr)
        cases = [case("all", test_samples=pairs), case("high", test_samples=[p for p, h in zip(pairs, first) if h])]
        run = test(model("logistic", infer), suite("s", test_cases=cases), classified, verify=0.2)
        assert run.differing == []
        items = vr.request("GET", f"/evaluations/{run.id}/cases")["items"]
        plots = vr.request("GET", f"/evaluations/{run.id}/plots?case=high")["items"][0]["plots"]
    right = classifier.predict(table) == target
    assert {i["case"]: i["metrics"]["accuracy"] for i in items} == pytest.approx(
        {"all": right.mean(), "high": right[first].mean()}
    )
    chances = classifier.predict_proba(table[first])
    for curve in plots[0]["curves"]:
        k = names.index(curve["label"])
        points = list(zip(curve["x"], curve["y"]))
        area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in zip(points, points[1:]))
        assert area == pytest.approx(oracle.roc_auc_score(target[first] == k, chances[:, k]))


@dataclasses.dataclass(frozen=True)
class Progression(GroundTruth):
    value: float


@dataclasses.dataclass(frozen=True)
class Predicted(Inference):
    value: float


@dataclasses.dataclass(frozen=True)
class Error(MetricsTestSample):
    absolute_error: float


@dataclasses.dataclass(frozen=True)
class Fit(MetricsTestCase):
    mae: float
    r2: float


def fitted(samples: Any, truths: Any, inferences: Any, test_cases: Any) -> EvaluationResults:
    rows = [Error(abs(t.value - i.value)) for t, i in zip(truths, inferences)]
    by_case = []
    for case, _, gts, infs, _ in test_cases.iter(samples, truths, inferences, rows):
        actual, predicted = [g.value for g in gts], [i.value for i in infs]
        by_case.append((case, Fit(mean_absolute_error(actual, predicted), r2_score(actual, predicted))))
    return EvaluationResults(list(zip(samples, rows)), by_case)


def test_a_regression_on_real_data(server_url: str) -> None:
    data = bundled.load_diabetes()
    model_of = LinearRegression().fit(data.data[::2], data.target[::2])
    table, target = data.data[1::2], data.target[1::2]
    female = table[:, 1] > 0
    pairs = [(Row(row), Progression(value)) for row, value in zip(table, target)]  # type: ignore[arg-type]
    with Vireo("diabetes", url=server_url) as vr:
        _, case, suite, model = define_workflow("tables", Row, Progression, Predicted, client=vr)
        cases = case.init_many([("all", pairs), ("female", [p for p, f in zip(pairs, female) if f])])
        infer = model("linear", lambda s: Predicted(model_of.predict([s.values])[0]))
        run = test(infer, suite("s", test_cases=cases), fitted, workers=2)
        items = {i["case"]: i["metrics"] for i in vr.request("GET", f"/evaluations/{run.id}/cases")["items"]}
    for name, chosen in (("all", np.ones_like(female)), ("female", female)):
        predicted = model_of.predict(table[chosen])
        assert items[name] == pytest.approx(
            {
                "mae": oracle.mean_absolute_error(target[chosen], predicted),
                "r2": oracle.r2_score(target[chosen], predicted),
            }
        )
