# SPDX-License-Identifier: Apache-2.0
"""Object detection, ready-made: types, a workflow, and an evaluator for one or several classes.

from vireo.workflow import test
from vireo.workflow.detection import *

model = Model("yolo", infer=infer)
suite = TestSuite("street", test_cases=[TestCase("all", test_samples=pairs), ...])
test(model, suite, ObjectDetectionEvaluator([ThresholdConfiguration(threshold_strategy=0.5)]))

Boxes match as in PASCAL VOC (`vireo.metrics.match_inferences`).  With the strategy "F1-Optimal" the threshold is
the one that is best on the first test case of the suite, which therefore should hold all samples.
"""

import dataclasses
import statistics
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, Optional, Union

from .._data_object import data_object
from .._errors import UsageError
from ..annotation import LabeledBoundingBox, LabeledPolygon, ScoredLabel, ScoredLabeledBoundingBox, ScoredLabeledPolygon
from ..metrics import confusion_matrix, f1_score, match_inferences, match_inferences_multiclass, precision, recall
from . import _case, _sample, _suite
from ._curves import Points
from ._define import define_workflow
from ._evaluator import Evaluator
from ._metrics import EvaluatorConfiguration, MetricsTestCase, MetricsTestSample, MetricsTestSuite
from ._plot import ConfusionMatrix, CurvePlot, Plot
from ._sample import Image, Metadata

Truth = Union[LabeledBoundingBox, LabeledPolygon]
Detection = Union[ScoredLabeledBoundingBox, ScoredLabeledPolygon]

F1_OPTIMAL = "F1-Optimal"


@data_object
class TestSample(Image):
    """An image with metadata."""

    metadata: Metadata = dataclasses.field(default_factory=dict)


@data_object
class GroundTruth(_sample.GroundTruth):
    """What is on an image.

    Attributes:
        bboxes: to be found.
        ignored_bboxes: neither right nor wrong to find.
        n_bboxes: derived.
    """

    bboxes: list[Truth]
    ignored_bboxes: list[Truth] = dataclasses.field(default_factory=list)
    n_bboxes: int = dataclasses.field(init=False, default=0)

    def _settle(self) -> None:
        object.__setattr__(self, "n_bboxes", len(self.bboxes))


@data_object
class Inference(_sample.Inference):
    """What a model finds on an image.

    Attributes:
        bboxes: with label and score.
        ignored: leave the image out.
    """

    bboxes: list[Detection]
    ignored: bool = False


_, TestCase, TestSuite, Model = define_workflow("Object Detection", TestSample, GroundTruth, Inference)


@data_object
class TestSampleMetricsSingleClass(MetricsTestSample):
    """What was right and wrong on one image."""

    TP: list[Detection]
    FP: list[Detection]
    FN: list[Truth]
    count_TP: int
    count_FP: int
    count_FN: int
    has_TP: bool
    has_FP: bool
    has_FN: bool
    ignored: bool
    max_confidence_above_t: Optional[float]
    min_confidence_above_t: Optional[float]
    thresholds: Optional[float]


@data_object
class TestSampleMetrics(MetricsTestSample):
    """What was right and wrong on one image, of several classes."""

    TP: list[Detection]
    FP: list[Detection]
    FN: list[Truth]
    Confused: list[Detection]
    count_TP: int
    count_FP: int
    count_FN: int
    count_Confused: int
    has_TP: bool
    has_FP: bool
    has_FN: bool
    has_Confused: bool
    ignored: bool
    max_confidence_above_t: Optional[float]
    min_confidence_above_t: Optional[float]
    thresholds: list[ScoredLabel]


@data_object
class TestCaseMetricsSingleClass(MetricsTestCase):
    """One class over the images of a case."""

    Objects: int
    Inferences: int
    TP: int
    FN: int
    FP: int
    nIgnored: int
    Precision: float
    Recall: float
    F1: float
    AP: float


@data_object
class ClassMetricsPerTestCase(MetricsTestCase):
    """One of several classes over the images of a case."""

    Class: str
    nImages: int
    Threshold: float
    Objects: int
    Inferences: int
    TP: int
    FN: int
    FP: int
    Precision: float
    Recall: float
    F1: float
    AP: float


@data_object
class TestCaseMetrics(MetricsTestCase):
    """Several classes over the images of a case."""

    PerClass: list[ClassMetricsPerTestCase]
    Objects: int
    Inferences: int
    TP: int
    FN: int
    FP: int
    nIgnored: int
    macro_Precision: float
    macro_Recall: float
    macro_F1: float
    mean_AP: float
    micro_Precision: float
    micro_Recall: float
    micro_F1: float


@data_object
class TestSuiteMetrics(MetricsTestSuite):
    """The suite: its images, each once, and the mean of its cases' average precision."""

    n_images: int
    mean_AP: float
    threshold: Optional[float] = None


@data_object
class ThresholdConfiguration(EvaluatorConfiguration):
    """Which detections count.

    Attributes:
        threshold_strategy: the lowest score that counts, or "F1-Optimal".
        iou_threshold: the lowest overlap that matches.
        min_confidence_score: what is below is dropped before anything else.
        multiclass: None: where a test case has more than one label.
    """

    threshold_strategy: Union[Literal["F1-Optimal"], float] = "F1-Optimal"
    iou_threshold: float = 0.5
    min_confidence_score: float = 0.0
    multiclass: Optional[bool] = None

    def display_name(self) -> str:
        """All of it, so that two that differ are told apart."""
        kind = {None: "", True: "Multiclass, ", False: "SingleClass, "}[self.multiclass]
        return (
            f"{kind}Confidence Threshold: {self.threshold_strategy}, IoU: {self.iou_threshold}, "
            f"min confidence ≥ {self.min_confidence_score}"
        )


class _Image:
    """How the detections of one image match its ground truths."""

    def __init__(self, truth: GroundTruth, inference: Inference, configuration: ThresholdConfiguration, multi: bool):
        self.ignored = inference.ignored
        self.found: list[tuple[Any, Any]] = []
        self.missed: list[Any] = []
        self.wrong: list[Any] = []
        self.confused: list[tuple[Any, Any]] = []
        if self.ignored:
            return
        counted = [d for d in inference.bboxes if d.score >= configuration.min_confidence_score]
        match: Any = match_inferences_multiclass if multi else match_inferences
        matches = match(
            truth.bboxes,
            counted,
            ignored_ground_truths=truth.ignored_bboxes,
            iou_threshold=configuration.iou_threshold,
        )
        self.found = list(matches.matched)
        self.wrong = list(matches.unmatched_inf)
        if multi:
            self.missed = [t for t, _ in matches.unmatched_gt]
            self.confused = [(t, d) for t, d in matches.unmatched_gt if d is not None]
        else:
            self.missed = list(matches.unmatched_gt)


class _Matched(NamedTuple):
    """The images of a test case, and whether they show several classes."""

    images: list[_Image]
    multi: bool


class _Thresholds:
    """The lowest score that counts, for each label; `labels` names those that have one of their own."""

    def __init__(self, default: float, labels: Optional[dict[str, float]] = None) -> None:
        self.default = default
        self.labels = labels or {}

    def of(self, label: str) -> float:
        return self.labels.get(label, self.default)

    def passes(self, detection: Any) -> bool:
        return bool(detection.score >= self.of(detection.label))


def _points(images: Iterable[_Image], label: Optional[str] = None) -> Points:
    """Scores over images, of one label or all."""
    points = Points()
    for image in images:
        points.found += [d.score for t, d in image.found if label in (None, t.label)]
        points.wrong += [d.score for d in image.wrong if label in (None, d.label)]
        points.missed += sum(label in (None, t.label) for t in image.missed)
    return points


def _labels(images: Iterable[_Image]) -> list[str]:
    found: set[str] = set()
    for image in images:
        found.update(d.label for _, d in image.found)
        found.update(t.label for t in image.missed)
        found.update(d.label for d in image.wrong)
    return sorted(found)


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return statistics.fmean(listed) if listed else 0.0


class ObjectDetectionEvaluator(Evaluator):
    """Precision, recall, F1 and average precision of detections; needs at least one ThresholdConfiguration."""

    def __init__(self, configurations: Optional[list[ThresholdConfiguration]] = None) -> None:
        super().__init__(list(configurations) if configurations is not None else [ThresholdConfiguration()])
        self.begin()

    def begin(self) -> None:
        """Forget the thresholds and images of another model."""
        self._thresholds: dict[tuple[str, bool], _Thresholds] = {}  # by configuration
        self._locators: dict[str, set[str]] = {}  # by test case
        self._matched: Optional[tuple[tuple[str, str], _Matched]] = None  # of one configuration and test case

    @staticmethod
    def _checked(configuration: Optional[EvaluatorConfiguration]) -> ThresholdConfiguration:
        if not isinstance(configuration, ThresholdConfiguration):
            raise UsageError(f"a ThresholdConfiguration is needed, got {configuration!r}")
        return configuration

    def _threshold(self, configuration: ThresholdConfiguration, images: list[_Image], multi: bool) -> _Thresholds:
        if configuration.threshold_strategy != F1_OPTIMAL:
            return _Thresholds(float(configuration.threshold_strategy))
        key = (configuration.display_name(), multi)
        if key not in self._thresholds:
            low = configuration.min_confidence_score
            if multi:
                best = {label: _points(images, label).best_threshold() for label in _labels(images)}
                self._thresholds[key] = _Thresholds(low, best)
            else:
                self._thresholds[key] = _Thresholds(max(low, _points(images).best_threshold()))
        return self._thresholds[key]

    def _match(self, test_case: _case.TestCase, inferences: list[Any], chosen: ThresholdConfiguration) -> _Matched:
        """The images of a case, matched once for all that is asked of them."""
        key = (chosen.display_name(), test_case.name)
        if self._matched is None or self._matched[0] != key:
            labels = {b.label for _, truth, inference in inferences for b in [*truth.bboxes, *inference.bboxes]}
            multi = len(labels) >= 2 if chosen.multiclass is None else chosen.multiclass
            images = [_Image(truth, inference, chosen, multi) for _, truth, inference in inferences]
            self._matched = key, _Matched(images, multi)
        return self._matched[1]

    def compute_test_sample_metrics(
        self, test_case: _case.TestCase, inferences: list[Any], configuration: Optional[EvaluatorConfiguration] = None
    ) -> list[Any]:
        """Match the boxes of every image, and count."""
        chosen = self._checked(configuration)
        self._matched = None
        images, multi = self._match(test_case, inferences, chosen)
        self._locators[test_case.name] = {sample.locator for sample, _, _ in inferences}
        thresholds = self._threshold(chosen, images, multi)
        return [(sample, _sample_metrics(i, thresholds, multi)) for (sample, _, _), i in zip(inferences, images)]

    def compute_test_case_metrics(
        self,
        test_case: _case.TestCase,
        inferences: list[Any],
        metrics: list[Any],
        configuration: Optional[EvaluatorConfiguration] = None,
    ) -> Any:
        """Sums and rates over the images of a case, for each class where there are several."""
        chosen = self._checked(configuration)
        images, multi = self._match(test_case, inferences, chosen)
        counts = {what: sum(getattr(m, f"count_{what}") for m in metrics) for what in ("TP", "FP", "FN")}
        ignored = sum(m.ignored for m in metrics)
        if not multi:
            return TestCaseMetricsSingleClass(
                nIgnored=ignored, AP=_points(images).average_precision(), **_rates(**counts)
            )
        thresholds = self._threshold(chosen, images, multi)
        labels = {b.label for _, truth, inference in inferences for b in [*truth.bboxes, *inference.bboxes]}
        classes = [_class_metrics(images, label, thresholds) for label in sorted(labels)]
        rates = _rates(**counts)
        return TestCaseMetrics(
            PerClass=classes,
            nIgnored=ignored,
            macro_Precision=_mean(c.Precision for c in classes),
            macro_Recall=_mean(c.Recall for c in classes),
            macro_F1=_mean(c.F1 for c in classes),
            mean_AP=_mean(c.AP for c in classes),
            micro_Precision=rates.pop("Precision"),
            micro_Recall=rates.pop("Recall"),
            micro_F1=rates.pop("F1"),
            **rates,
        )

    def compute_test_case_plots(
        self,
        test_case: _case.TestCase,
        inferences: list[Any],
        metrics: list[Any],
        configuration: Optional[EvaluatorConfiguration] = None,
    ) -> Optional[list[Plot]]:
        """Precision over recall, F1 over the threshold, and which classes are taken for which."""
        chosen = self._checked(configuration)
        images, multi = self._match(test_case, inferences, chosen)
        self._matched = None  # these are the last to need them
        points = {label: _points(images, label) for label in (_labels(images) if multi else [None])}
        suffix = " Per Class" if multi else ""
        pr = [c for c in (p.precision_recall(label) for label, p in points.items()) if c is not None]
        f1 = [c for c in (p.f1_over_threshold(label) for label, p in points.items()) if c is not None]
        plots: list[Plot] = []
        if pr:
            plots.append(CurvePlot(f"Precision vs. Recall{suffix}", "Recall", "Precision", pr))
        if f1:
            title = f"F1-Score vs. Confidence Threshold{suffix}"
            plots.append(CurvePlot(title, "Confidence Threshold", "F1-Score", f1))
        matrix = _confusion(images, self._threshold(chosen, images, multi)) if multi else None
        return [*plots, matrix] if matrix is not None else plots

    def compute_test_suite_metrics(
        self,
        test_suite: _suite.TestSuite,
        metrics: list[Any],
        configuration: Optional[EvaluatorConfiguration] = None,
    ) -> Optional[MetricsTestSuite]:
        """Images, each once, and the mean of the cases' average precision."""
        chosen = self._checked(configuration)
        locators = set().union(*(self._locators[case.name] for case, _ in metrics))
        single = [m for _, m in metrics if isinstance(m, TestCaseMetricsSingleClass)]
        return TestSuiteMetrics(
            n_images=len(locators),
            mean_AP=_mean(m.AP if isinstance(m, TestCaseMetricsSingleClass) else m.mean_AP for _, m in metrics),
            threshold=self._threshold(chosen, [], False).default if len(single) == len(metrics) else None,
        )


def _sample_metrics(image: _Image, thresholds: _Thresholds, multi: bool) -> MetricsTestSample:
    passes = thresholds.passes
    tp = [d for _, d in image.found if passes(d)]
    fp = [d for d in image.wrong if passes(d)]
    fn = [*image.missed, *(t for t, d in image.found if not passes(d))]
    confused = [d for _, d in image.confused if passes(d)]
    scores = [d.score for d in [*tp, *fp]]
    shared: dict[str, Any] = {
        "TP": tp,
        "FP": fp,
        "FN": fn,
        "count_TP": len(tp),
        "count_FP": len(fp),
        "count_FN": len(fn),
        "has_TP": bool(tp),
        "has_FP": bool(fp),
        "has_FN": bool(fn),
        "ignored": image.ignored,
        "max_confidence_above_t": max(scores, default=None),
        "min_confidence_above_t": min(scores, default=None),
    }
    if not multi:
        return TestSampleMetricsSingleClass(thresholds=thresholds.default, **shared)
    seen = {d.label for _, d in image.found} | {d.label for d in image.wrong}
    return TestSampleMetrics(
        Confused=confused,
        count_Confused=len(confused),
        has_Confused=bool(confused),
        thresholds=[ScoredLabel(label, thresholds.of(label)) for label in sorted(seen)],
        **shared,
    )


def _rates(TP: int, FP: int, FN: int) -> dict[str, Any]:
    return {
        "Objects": TP + FN,
        "Inferences": TP + FP,
        "TP": TP,
        "FN": FN,
        "FP": FP,
        "Precision": precision(TP, FP),
        "Recall": recall(TP, FN),
        "F1": f1_score(TP, FP, FN),
    }


def _class_metrics(images: list[_Image], label: str, thresholds: _Thresholds) -> ClassMetricsPerTestCase:
    points = _points(images, label)
    t = thresholds.of(label)
    tp = sum(score >= t for score in points.found)
    fp = sum(score >= t for score in points.wrong)
    with_it = [i for i in images if any(x.label == label for x in [*(t for t, _ in i.found), *i.missed])]
    return ClassMetricsPerTestCase(
        Class=label,
        nImages=len(with_it),
        Threshold=t,
        AP=points.average_precision(),
        **_rates(tp, fp, len(points.found) + points.missed - tp),
    )


def _confusion(images: list[_Image], thresholds: _Thresholds) -> Optional[ConfusionMatrix]:
    """Classes of ground truths against those of detections that match in place; None of fewer than two classes."""
    pairs = [(t.label, d.label) for i in images for t, d in [*i.found, *i.confused] if thresholds.passes(d)]
    counted = confusion_matrix([actual for actual, _ in pairs], [predicted for _, predicted in pairs])
    if len(counted.labels) < 2:
        return None
    return ConfusionMatrix("Confusion Matrix", counted.labels, counted.rows())


__all__ = [
    "ClassMetricsPerTestCase",
    "GroundTruth",
    "Inference",
    "Model",
    "ObjectDetectionEvaluator",
    "TestCase",
    "TestCaseMetrics",
    "TestCaseMetricsSingleClass",
    "TestSample",
    "TestSampleMetrics",
    "TestSampleMetricsSingleClass",
    "TestSuite",
    "TestSuiteMetrics",
    "ThresholdConfiguration",
]
