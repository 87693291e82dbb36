# SPDX-License-Identifier: Apache-2.0
"""Data objects: what fields take, what is kept, what becomes JSON and comes back."""

# ruff: noqa: UP006, UP035, UP045 - users write List, Dict and Optional

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Sequence
from typing import Any, Dict, List, Literal, Optional, Tuple, Union

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vireo import annotation, asset
from vireo._data_object import DataObject, canonical, plain, revived, to_json
from vireo._field_types import FieldError, converter
from vireo.annotation import (
    BoundingBox,
    BoundingBox3D,
    Keypoints,
    Label,
    LabeledBoundingBox,
    LabeledTimeSegment,
    Polygon,
    ScoredLabel,
    ScoredLabeledBoundingBox,
    SegmentationMask,
    TextSegment,
)
from vireo.asset import ImageAsset, VideoAsset
from vireo.workflow import Image, Metadata, Video

pydantic_dataclasses = pytest.importorskip("pydantic.dataclasses")

DECORATORS = [
    pytest.param(dataclasses.dataclass, id="stdlib"),
    pytest.param(pydantic_dataclasses.dataclass, id="pydantic"),
]


@dataclasses.dataclass(frozen=True)
class Region(Image):
    """A user's sample."""

    region: BoundingBox
    score: float = 0.5
    labels: List[Label] = dataclasses.field(default_factory=list)
    metadata: Metadata = dataclasses.field(default_factory=dict)


# ---------------------------------------------------------------- conversion


@pytest.mark.parametrize(
    ("hint", "value", "expected"),
    [
        (str, "a", "a"),
        (str, 5, "5"),
        (str, np.str_("a"), "a"),
        (bool, np.bool_(True), True),
        (bool, "False", False),
        (bool, 1, True),
        (int, 5.0, 5),
        (int, "5", 5),
        (int, np.int16(5), 5),
        (float, 5, 5.0),
        (float, "1e3", 1000.0),
        (float, np.float32(0.5), 0.5),
        (float, {"double": "-Infinity"}, -math.inf),
        (Optional[int], None, None),
        (Union[int, str], "5", "5"),
        (Union[float, int], 5, 5),
        (Union[float, int], np.int64(5), 5),
        (Union[bool, int], 1, 1),
        (Union[int, float], 1.5, 1.5),
        (List[float], (1, 2), [1.0, 2.0]),
        (List[float], np.array([1, 2]), [1.0, 2.0]),
        (Sequence[int], [1, 2], [1, 2]),
        (Tuple[float, float], [1, 2], (1.0, 2.0)),
        (Tuple[int, ...], [1, 2, 3], (1, 2, 3)),
        (Dict[int, str], {"1": "cat"}, {1: "cat"}),
        (Literal["linear", "log"], "log", "log"),
        (list, (1, "a"), [1, "a"]),
        (Any, {1: 2}, {1: 2}),
        (Union[BoundingBox, LabeledBoundingBox], LabeledBoundingBox((0, 0), (1, 1), "x").to_dict(), "labeled"),
        (Union[Polygon, BoundingBox], BoundingBox((0, 0), (1, 1)).to_dict(), "box"),
    ],
)
def test_values_that_fit_are_converted(hint: Any, value: Any, expected: Any) -> None:
    found = converter(hint)(value, True)
    if isinstance(found, LabeledBoundingBox):
        found = "labeled"
    elif isinstance(found, BoundingBox):
        found = "box"
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (str, ["a"]),
        (str, True),
        (bool, "yes"),
        (bool, 2),
        (int, 1.5),
        (int, math.nan),
        (int, "x"),
        (float, "x"),
        (float, None),
        (float, {"double": "NaN", "x": 1}),
        (float, {"double": ["NaN"]}),
        (float, 10**400),
        (Union[int, bool], "x"),
        (List[int], "12"),
        (List[int], 5),
        (List[int], [1, None]),
        (Tuple[float, float], [1, 2, 3]),
        (Tuple[float, float], [1]),
        (Dict[str, int], [1]),
        (Literal["linear"], "log"),
        (BoundingBox, 3),
        (BoundingBox, {"top_left": [0, 0]}),
    ],
)
def test_values_that_do_not_fit_are_refused(hint: Any, value: Any) -> None:
    with pytest.raises(FieldError, match=r"expected|missing"):
        converter(hint)(value, True)


@pytest.mark.parametrize("hint", [complex, bytes, set, Dict[str, complex]])
def test_a_class_that_is_no_data_object_takes_only_its_instances(hint: Any) -> None:
    with pytest.raises(FieldError):
        converter(hint)({"a": "b"}, True)


def test_the_error_says_which_field_of_which_class() -> None:
    with pytest.raises(ValueError, match=r"Region\.region: BoundingBox\.top_left: expected a number, got 'x' \(str\)"):
        Region.from_dict({"locator": "a", "region": {"top_left": ["x", 0], "bottom_right": [1, 1]}})
    with pytest.raises(ValueError, match=r"Region\.region is missing"):
        Region.from_dict({"locator": "a"})
    with pytest.raises(ValueError, match=r"Region\.score: expected a number"):
        Region("a", BoundingBox((0, 0), (1, 1)), score="high")  # type: ignore[arg-type]


# ---------------------------------------------------------------- classes of users


@pytest.mark.parametrize("decorator", DECORATORS)
def test_users_extend_with_either_kind_of_dataclass(decorator: Callable[..., Any]) -> None:
    @decorator(frozen=True)
    class Sample(Image):
        region: BoundingBox
        labels: List[ScoredLabel]
        count: Optional[int] = None
        metadata: Metadata = dataclasses.field(default_factory=dict)

    sample = Sample(
        locator="a",
        region=BoundingBox((1, 2), (3, 4)),
        labels=[ScoredLabel("x", 1)],
        count="5",
        metadata={"day": True, "n": 1, "city": "Rome", "none": None, "many": [1, "a"]},
    )
    again = Sample.from_dict(json.loads(json.dumps(sample.to_dict())))
    assert again == sample
    assert again.metadata == {"day": True, "n": 1, "city": "Rome", "none": None, "many": [1, "a"]}
    assert (again.count, type(again.labels[0])) == (5, ScoredLabel)

    @decorator(frozen=True)
    class Box(BoundingBox):
        a: str
        b: bool = False

    box = Box((2, 1), (0, 0), "a")
    assert (box.width, box.height, box.area) == (2.0, 1.0, 2.0)
    assert Box.from_dict(box.to_dict()) == box


def test_pydantic_keeps_what_a_field_does_not_declare() -> None:
    box = BoundingBox((0, 0), (1, 1), occluded=True)  # type: ignore[call-arg]
    for module in ("pydantic.v1.dataclasses", "pydantic.dataclasses"):

        @pytest.importorskip(module).dataclass(frozen=True, config={"extra": "allow"})
        class Sample(Image):
            region: BoundingBox
            more: List[BoundingBox]

        sample = Sample(locator="a", region=box, more=[box.to_dict()], other=box)
        assert [b.occluded for b in (sample.region, sample.more[0], sample.other)] == [True] * 3
        assert Sample.from_dict(sample.to_dict()).other == box
        assert BoundingBox((0, 0), (1, 1), occluded=False).occluded is False  # type: ignore[call-arg]


@pytest.mark.parametrize("decorator", DECORATORS)
def test_extensions_must_be_frozen(decorator: Callable[..., Any]) -> None:
    with pytest.raises(TypeError):

        @decorator
        class Sample(Image):
            region: BoundingBox


def test_fields_are_written_in_order_then_extras_then_the_type() -> None:
    box = LabeledBoundingBox((0, 0), (1, 1), "car", occluded=True)  # type: ignore[call-arg]
    assert list(box.to_dict()) == [
        *("top_left", "bottom_right", "width", "height", "area", "aspect_ratio", "label", "occluded", "data_type")
    ]
    assert "occluded=True" in str(box)


@pytest.mark.parametrize(
    "made",
    [
        BoundingBox((1, 1), (11, 11), extra="foo"),  # type: ignore[call-arg]
        Keypoints([(0, 0)], skeleton=[[0, 0]]),  # type: ignore[call-arg]
        SegmentationMask({1: "cat"}, "s3://m.png", extra={"a": [1]}),  # type: ignore[call-arg]
        ImageAsset("s3://a.png", extra=Label("x")),  # type: ignore[call-arg]
        Image("s3://a.png", boxes=[BoundingBox((0, 0), (1, 1))]),  # type: ignore[call-arg]
    ],
)
def test_more_keywords_than_declared_are_kept(made: DataObject) -> None:
    text = json.dumps(made.to_dict())
    again = type(made).from_dict(json.loads(text))
    assert again == made
    assert json.dumps(again.to_dict()) == text
    unknown = revived(json.loads(text))
    assert type(unknown) is type(made)
    assert json.dumps(unknown.to_dict()) == text


def test_unknown_keys_are_kept_by_users_classes_too() -> None:
    stored = {**Region("a", BoundingBox((0, 0), (1, 1))).to_dict(), "later": Label("x").to_dict(), "n": [1]}
    again = Region.from_dict(stored)
    assert again.later == Label("x")  # type: ignore[attr-defined]
    assert canonical(again.to_dict()) == canonical(stored)


@pytest.mark.parametrize("name", ["to_dict", "data_type", "_settle", "__class__"])
def test_an_extra_cannot_take_the_name_of_a_method(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be called"):
        Label("x", **{name: 1})


def test_labels_and_scores_are_recognised_where_nothing_is_declared() -> None:
    box = ScoredLabeledBoundingBox((0, 0), (1, 1), "car", 1)
    assert type(revived(json.loads(to_json([box.to_dict()])))[0]) is ScoredLabeledBoundingBox
    odd = {**BoundingBox((0, 0), (1, 1)).to_dict(), "label": ["no", "text"]}
    assert type(revived(odd)) is BoundingBox
    assert revived({"data_type": "ANNOTATION/UNKNOWN", "a": 1}) == {"data_type": "ANNOTATION/UNKNOWN", "a": 1}
    assert revived({"data_type": "ANNOTATION/LABEL"}) == {"data_type": "ANNOTATION/LABEL"}


def test_string_annotations_of_a_function_are_told_apart_from_missing_types() -> None:
    class Local:
        pass

    @dataclasses.dataclass(frozen=True)
    class Sample(Image):
        a: Local

    with pytest.raises(ValueError, match="not defined in its module"):
        Sample("a", Local())


# ---------------------------------------------------------------- built-in classes


BUILT_IN = [getattr(m, n) for m in (annotation, asset) for n in m.__all__]


def test_every_built_in_class_is_frozen_and_has_its_type() -> None:
    for kind in BUILT_IN:
        assert kind.__dataclass_params__.frozen
        if kind.__name__ not in ("Annotation", "Asset"):
            assert kind.data_type.startswith(("ANNOTATION/", "ASSET/")), kind
    assert len({k.data_type for k in BUILT_IN if k.data_type}) == 13 + 7


def test_derived_fields_are_computed_anew() -> None:
    stored = {**BoundingBox((0, 0), (2, 1)).to_dict(), "area": 77, "width": "x"}
    assert BoundingBox.from_dict(stored).area == 2.0
    assert BoundingBox3D((0, 0, 0), (2, 3, 4), (0, 0, 0)).volume == 24.0
    assert BoundingBox((1, 1), (2, 1)).aspect_ratio == 0.0


@pytest.mark.parametrize("corners", [((10, 10), (20, 30)), ((20, 30), (10, 10)), ((20, 10), (10, 30))])
def test_swapped_corners_are_put_in_order(corners: Any) -> None:
    box = BoundingBox(*corners)
    assert (box.top_left, box.bottom_right) == ((10.0, 10.0), (20.0, 30.0))
    assert (box.width, box.height, box.area, box.aspect_ratio) == (10.0, 20.0, 200.0, 0.5)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Polygon([(0, 0), (1, 1)]),
        lambda: TextSegment("t", 3, 3),
        lambda: TextSegment("t", -1, 3),
        lambda: Video("a", start=2, end=1),
        lambda: Video("a", start=-1),
        lambda: Video("a", end=math.nan),
        lambda: VideoAsset("a", frame_rate=0),
        lambda: VideoAsset("a", start=2, end=1),
        lambda: VideoAsset("a", thumbnail=Label("x")),  # type: ignore[arg-type]
        lambda: BoundingBox((0, 0, 0), (1, 1)),  # type: ignore[arg-type]
    ],
)
def test_what_makes_no_sense_is_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(ValueError):
        make()


# ---------------------------------------------------------------- JSON


numbers = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=True), st.booleans())
values = st.recursive(
    st.one_of(st.none(), st.text(), numbers),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=9).filter(lambda k: k not in ("data_type", "double")), inner, max_size=4),
    ),
    max_leaves=12,
)
names = st.text("abcdefgh_", min_size=1, max_size=9).filter(lambda n: not hasattr(Region, n) and n[0] != "_")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(names, values, max_size=5), st.lists(numbers, min_size=4, max_size=4))
def test_any_plain_values_survive_a_round_trip(extras: dict[str, Any], corners: list[float]) -> None:
    box = BoundingBox((corners[0], corners[1]), (corners[2], corners[3]), **extras)
    sent = to_json(box.to_dict())
    json.loads(sent, parse_constant=pytest.fail)  # strict JSON: no NaN
    again = BoundingBox.from_dict(json.loads(sent))
    assert canonical(again.to_dict()) == canonical(box.to_dict())


def test_canonical_text_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical({"b": [1, math.nan], "a": "é"}) == canonical({"a": "é", "b": [1, math.nan]})
    assert canonical({"b": 1.0}) != canonical({"b": 1})


def test_what_json_cannot_hold_is_refused() -> None:
    deep: Any = []
    for _ in range(100):
        deep = [deep]
    for value in (b"x", object(), {1, 2}, deep, complex(1, 2)):
        with pytest.raises(FieldError):
            plain(value)
    with pytest.raises(FieldError, match="Label"):
        Label("x", raw=b"x").to_dict()  # type: ignore[call-arg]


def test_arrays_and_their_scalars_are_plain() -> None:
    assert plain({"a": np.arange(3), "b": np.float32(0.5), "c": np.bool_(True), "d": [np.int8(3)]}) == {
        "a": [0, 1, 2],
        "b": 0.5,
        "c": True,
        "d": [3],
    }
    segment = LabeledTimeSegment(np.float64(0), np.int32(1), "x")
    assert json.dumps(segment.to_dict())
