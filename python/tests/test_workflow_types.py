# SPDX-License-Identifier: Apache-2.0
"""The types of a workflow: which fields they may declare, and the checks of metrics and plots."""

# ruff: noqa: UP006, UP035 - users write List, Dict and Optional

import dataclasses
from collections.abc import Sequence
from typing import Annotated, Any, Callable, Dict, List, Optional, Tuple, Union

import numpy as np
import pytest
from vireo._data_object import DataObject
from vireo.annotation import BoundingBox, Label, LabeledBoundingBox, TextSegment
from vireo.asset import ImageAsset
from vireo.workflow import (
    AxisConfig,
    BarPlot,
    Composite,
    ConfusionMatrix,
    Curve,
    CurvePlot,
    EvaluatorConfiguration,
    GroundTruth,
    Histogram,
    Image,
    ImagePair,
    ImageText,
    Inference,
    Metadata,
    MetricsTestCase,
    MetricsTestSample,
    MetricsTestSuite,
    Text,
    ThresholdedMetrics,
    Video,
)
from vireo.workflow import TestSample as Sample
from vireo.workflow._metrics import ThresholdSums, split_thresholded
from vireo.workflow._sample import check_answer_type, check_sample_type


def make(base: type, hints: Dict[str, Any], **more: Any) -> Any:
    """A user's frozen dataclass with the fields of `hints`."""
    return dataclasses.dataclass(frozen=True)(type("Made", (base,), {"__annotations__": hints, **more}))


@dataclasses.dataclass(frozen=True)
class Curves(ThresholdedMetrics):
    recall: float


@dataclasses.dataclass(frozen=True)
class Nested(DataObject):
    box: BoundingBox


@dataclasses.dataclass(frozen=True)
class PerClass(MetricsTestCase):
    name: str
    recall: Optional[float] = None


POSSIBLE = [
    str,
    float,
    BoundingBox,
    ImageAsset,
    TextSegment,
    Optional[int],
    Union[int, str, None],
    List[str],
    list[LabeledBoundingBox],
    Optional[List[Label]],
    List[Union[BoundingBox, Label]],
    List[Curves],
    Annotated[str, "strict"],
    Union[Annotated[int, "strict"], None],
]
IMPOSSIBLE = [
    bytes,
    Any,
    Dict[str, str],
    dict,
    list,
    Tuple[float, float],
    Sequence[str],
    List[List[str]],
    List[Any],
    Optional[Dict[str, int]],
    Nested,
    List[Nested],
    Optional[Nested],
    complex,
]


@pytest.mark.parametrize("hint", POSSIBLE)
def test_fields_that_are_possible(hint: Any) -> None:
    sample = make(Image, {"a": hint})
    check_sample_type(sample)
    check_answer_type(make(GroundTruth, {"a": hint}), GroundTruth, sample)
    check_answer_type(make(Inference, {"a": hint}), Inference, Image)
    make(MetricsTestSample, {"a": hint})


@pytest.mark.parametrize("hint", IMPOSSIBLE)
def test_fields_that_are_not(hint: Any) -> None:
    for check in (
        lambda: check_sample_type(make(Image, {"a": hint})),
        lambda: check_answer_type(make(GroundTruth, {"a": hint}), GroundTruth, Image),
        lambda: check_answer_type(make(Inference, {"a": hint}), Inference, Image),
        lambda: make(MetricsTestSample, {"a": hint}),
    ):
        with pytest.raises(ValueError, match=r"Made\.a"):
            check()


def test_inherited_fields_are_checked_too_and_a_reserved_name_is_refused() -> None:
    base = make(Image, {"a": bytes})
    with pytest.raises(ValueError, match="bytes"):
        check_sample_type(make(base, {"b": int}))
    with pytest.raises(ValueError, match="data_type"):
        check_answer_type(make(GroundTruth, {"data_type": str}, data_type="x"), GroundTruth, Image)


def test_types_must_extend_what_they_are() -> None:
    for wrong in (GroundTruth, int, "Image", None):
        with pytest.raises(ValueError):
            check_sample_type(wrong)  # type: ignore[arg-type]
        with pytest.raises(ValueError):
            check_answer_type(wrong, Inference, Image)  # type: ignore[arg-type]
    check_sample_type(Sample)
    with pytest.raises(ValueError, match="TEST_SAMPLE/IMAGE"):
        check_sample_type(make(Sample, {}, data_type="TEST_SAMPLE/IMAGE"))


@pytest.mark.parametrize("hint", [Metadata, Dict[str, str], Dict[str, Optional[int]], Dict[str, Union[int, List[str]]]])
def test_metadata_that_is_possible(hint: Any) -> None:
    check_sample_type(make(Image, {"metadata": hint}))


@pytest.mark.parametrize("hint", [str, dict, Dict[int, str], Dict[str, Any], Dict[str, Label], Dict[str, dict]])
def test_metadata_that_is_not(hint: Any) -> None:
    with pytest.raises(ValueError, match="metadata"):
        check_sample_type(make(Image, {"metadata": hint}))


def test_metadata_is_no_part_of_what_a_sample_is() -> None:
    kind = make(Image, {"metadata": Metadata}, metadata=dataclasses.field(default_factory=dict))
    assert kind("a", {"x": 1}).to_input() == kind("a", {"x": 2}).to_input() == Image("a").to_dict()
    assert kind("a", {"x": 1}).to_metadata() == {"x": 1}
    assert kind("a").to_metadata() == Image("a").to_metadata() == {}


def test_composites_hold_basic_samples_one_level_deep() -> None:
    for kind in (ImagePair, ImageText, make(Composite, {"a": Image, "b": Video, "n": int, "metadata": Metadata})):
        check_sample_type(kind)
    with pytest.raises(ValueError, match=r"Made\.a"):
        check_sample_type(make(Composite, {"a": ImagePair}))
    with pytest.raises(ValueError, match=r"Made\.a"):
        check_sample_type(make(Image, {"a": Image}))
    pair = ImageText(Image("a"), Text("b"))
    assert ImageText.from_dict(pair.to_dict()) == pair


def test_annotations_of_a_composites_parts_stand_under_their_name() -> None:
    check_answer_type(make(GroundTruth, {"a": Nested, "b": Nested, "same": bool}), GroundTruth, ImagePair)
    doubly = make(DataObject, {"inner": Nested})
    for hints in ({"c": Nested}, {"a": List[Nested]}, {"a": doubly}):
        with pytest.raises(ValueError):
            check_answer_type(make(Inference, hints), Inference, ImagePair)
    with pytest.raises(ValueError):
        check_answer_type(make(Inference, {"a": Nested}), Inference, Image)


# ---------------------------------------------------------------- metrics


@pytest.mark.parametrize(
    "hint",
    [int, Optional[float], Union[str, bool], List[PerClass], Optional[List[PerClass]], List[Union[PerClass, PerClass]]],
)
def test_metrics_of_cases_that_are_possible(hint: Any) -> None:
    make(MetricsTestCase, {"a": hint})


@pytest.mark.parametrize(
    "hint", [BoundingBox, List[float], PerClass, List[Optional[PerClass]], List[List[PerClass]], List[Nested], bytes]
)
def test_metrics_of_cases_that_are_not(hint: Any) -> None:
    with pytest.raises(ValueError):
        make(MetricsTestCase, {"a": hint})


def test_metrics_nest_once_and_those_of_suites_not_at_all() -> None:
    outer = make(MetricsTestCase, {"rows": List[PerClass]})
    with pytest.raises(ValueError, match="one level deep"):
        make(MetricsTestCase, {"rows": List[outer]})
    with pytest.raises(ValueError):
        make(MetricsTestSuite, {"rows": List[PerClass]})
    make(MetricsTestSuite, {"a": Optional[int], "b": str})
    metrics = outer([PerClass("a", float("nan")), PerClass("b")])
    assert metrics.to_dict()["rows"][1] == {"name": "b", "recall": None}


def test_thresholded_metrics_keep_their_threshold_and_hold_no_dicts() -> None:
    with pytest.raises(TypeError, match="threshold"):
        make(ThresholdedMetrics, {"threshold": float})
    with pytest.raises(TypeError, match="dict"):
        make(ThresholdedMetrics, {"x": Dict[str, int]})(0.5, {"a": 1})
    kind = make(MetricsTestSample, {"car": List[Curves], "tags": List[str]})
    values = kind([Curves(0.1, 1.0), Curves(0.2, 0.5)], ["x"]).to_dict()
    rows = [{"threshold": 0.1, "recall": 1.0}, {"threshold": 0.2, "recall": 0.5}]
    assert split_thresholded(values) == {"car": rows}
    assert values == {"car": rows, "tags": ["x"]}
    sums = ThresholdSums()
    for _ in range(3):
        sums.add({"car": rows, "bus": [{"threshold": 0.2, "hits": 1, "note": "x", "ok": True}]})
    assert sums.rows() == [
        {"name": "bus", "threshold": 0.2, "hits": 3, "ok": 3},
        {"name": "car", "threshold": 0.1, "recall": 3.0},
        {"name": "car", "threshold": 0.2, "recall": 1.5},
    ]


def test_a_configuration_needs_a_display_name() -> None:
    with pytest.raises(NotImplementedError):
        make(EvaluatorConfiguration, {"t": float})(0.5).display_name()


# ---------------------------------------------------------------- plots


@pytest.mark.parametrize(
    "plot",
    [
        CurvePlot("t", "x", "y", []),
        CurvePlot("t", "x", "y", [Curve(np.arange(2), [0.5, 1], "l", {"threshold": [1, 2]})], AxisConfig("log")),
        Histogram("t", "x", "y", [0, 1, 2], [3, 4]),
        Histogram("t", "x", "y", np.array([0, 1, 2]), np.array([[3, 4], [5, 6]]), ["a", "b"]),
        BarPlot("t", "x", "y", ["a", 2], [None, 1.5], AxisConfig("linear")),
        ConfusionMatrix("t", ["a", "b"], [[1, None], [0, 4]]),
    ],
)
def test_plots_come_back(plot: DataObject) -> None:
    assert type(plot).from_dict(plot.to_dict()) == plot
    assert plot.to_dict()["data_type"].startswith("PLOT/")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Curve([1, 2], [1]),
        lambda: Curve([1, 2], [1, 2], extra={"t": [1]}),
        lambda: Curve([1, None], [1, 2]),  # type: ignore[list-item]
        lambda: CurvePlot("t", "x", "y", [1]),  # type: ignore[list-item]
        lambda: AxisConfig("square"),  # type: ignore[arg-type]
        lambda: Histogram("t", "x", "y", [0], []),
        lambda: Histogram("t", "x", "y", [0, 0], [1]),
        lambda: Histogram("t", "x", "y", [0, float("nan"), 1], [1, 1]),
        lambda: Histogram("t", "x", "y", [0, 1, 2], [1]),
        lambda: Histogram("t", "x", "y", [0, 1], [[1], [2]]),
        lambda: Histogram("t", "x", "y", [0, 1], [[1], [2]], ["a"]),
        lambda: Histogram("t", "x", "y", [0, 1], [1], ["a"]),
        lambda: Histogram("t", "x", "y", [0, 1, 2], [[1, 2], [3]], ["a", "b"]),
        lambda: BarPlot("t", "x", "y", [], []),
        lambda: BarPlot("t", "x", "y", ["a"], [1, 2]),
        lambda: ConfusionMatrix("t", ["a"], [[1]]),
        lambda: ConfusionMatrix("t", ["a", "b"], [[1, 2]]),
        lambda: ConfusionMatrix("t", ["a", "b"], [[1, 2], [3]]),
    ],
)
def test_plots_of_wrong_shape_are_refused(wrong: Callable[[], Any]) -> None:
    with pytest.raises(ValueError):
        wrong()
