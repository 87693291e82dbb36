# SPDX-License-Identifier: Apache-2.0
"""The encoder: whatever goes in, valid JSON comes out, and plain data comes out equal."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import json
import math
import pathlib
import time
import uuid
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import vireo  # noqa: F401  (connects the converters)
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from vireo import _native


def encoded(value: Any, limit: int = 1024 * 1024) -> Any:
    return json.loads(_native.encode(value, limit))


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=50,
)


def without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in value)
    if isinstance(value, list):
        return [without_surrogates(v) for v in value]
    if isinstance(value, dict):
        return {without_surrogates(k): without_surrogates(v) for k, v in value.items()}
    return value


@given(plain_values)
@settings(max_examples=500, deadline=None)
def test_plain_data_comes_out_equal(value: Any) -> None:
    assert encoded(value) == without_surrogates(value)


@given(plain_values, st.integers(0, 400))
@settings(max_examples=500, deadline=None)
def test_text_that_was_cut_is_still_json_and_short(value: Any, limit: int) -> None:
    text = _native.encode(value, limit)
    json.loads(text)
    assert len(text) < limit * 6 + 65536


@given(st.text(alphabet=st.characters(), max_size=300))
@settings(max_examples=500, deadline=None)
def test_any_text_survives(text: str) -> None:
    assert encoded(text) == without_surrogates(text)


@given(st.binary(max_size=4000))
@settings(deadline=None)
def test_bytes_are_base64(data: bytes) -> None:
    import base64

    shown = encoded(data)
    assert shown["length"] == len(data)
    assert base64.b64decode(shown["base64"]) == data[:3072]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (math.nan, {"$float": "NaN"}),
        (math.inf, {"$float": "Infinity"}),
        (-math.inf, {"$float": "-Infinity"}),
        (-0.0, -0.0),
        (2**63, 2**63),
        (-(2**200), -(2**200)),
        pytest.param(1 << 4096, {"$truncated": "int of more than 2048 bits"}, id="huge"),
        (
            {1: "c", None: "b", False: "f", 2.5: "d", (1, 2): "e"},
            {"1": "c", "null": "b", "false": "f", "2.5": "d", "(1, 2)": "e"},
        ),
        (np.float64(1.5), 1.5),
        (np.int32(7), 7),
        (np.bool_(True), True),
        (datetime.datetime(2024, 1, 2, 3, 4, 5), "2024-01-02T03:04:05"),
        (decimal.Decimal("1.10"), "1.10"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (1 + 2j, "(1+2j)"),
        (collections.deque([1, 2]), [1, 2]),
        (collections.OrderedDict(a=1), {"a": 1}),
        (ValueError("no"), {"$type": "ValueError", "message": "no"}),
        (bytearray(b"ab"), {"$type": "bytes", "length": 2, "base64": "YWI="}),
        (range(3), "range(0, 3)"),
    ],
)
def test_what_json_does_not_know_has_a_form(value: Any, shown: Any) -> None:
    assert encoded(value) == shown


def test_an_enumeration_is_its_value() -> None:
    class Colour(enum.Enum):
        RED = "red"

    assert encoded([Colour.RED]) == ["red"]


def test_objects_with_declared_fields_are_their_fields() -> None:
    @dataclasses.dataclass
    class Point:
        x: int
        secret: str = dataclasses.field(default="s", repr=False)

    Pair = collections.namedtuple("Pair", "a b")
    assert encoded(Point(3)) == {"x": 3}
    assert encoded(Pair(1, Point(2))) == {"a": 1, "b": {"x": 2}}


def test_arrays_frames_and_images_are_summaries() -> None:
    assert encoded(np.arange(4.0).reshape(2, 2)) == {
        "$type": "ndarray",
        "shape": [2, 2],
        "dtype": "float64",
        "values": [[0.0, 1.0], [2.0, 3.0]],
    }
    assert encoded(np.zeros((1000, 1000)))["preview"] == [0.0] * 16
    frame = {"a": [1, 2], "b": ["x", None]}
    assert encoded(pd.DataFrame(frame))["rows"][0] == [1, "x"]
    assert encoded(pl.DataFrame(frame))["rows"] == [[1, "x"], [2, None]]
    assert encoded(pd.Series([1, 2], name="s"))["preview"] == [1, 2]
    assert encoded(Image.new("RGB", (3, 2))) == {"$type": "image", "mode": "RGB", "size": [3, 2]}


def test_a_container_in_itself_is_marked() -> None:
    loop: list[Any] = [1]
    loop.append({"again": loop})
    assert encoded(loop) == [1, {"again": {"$unserializable": "contains itself"}}]


def test_the_same_object_twice_is_no_loop() -> None:
    shared = [1]
    assert encoded([shared, shared]) == [[1], [1]]


def test_deep_nesting_is_cut() -> None:
    deep: Any = "bottom"
    for _ in range(100_000):
        deep = [deep]
    shown = encoded(deep)
    for _ in range(64):
        shown = shown[0]
    assert shown == {"$truncated": "list"}
    while deep != "bottom":  # taken apart by hand: freeing it would recurse
        deep = deep[0]


def test_a_long_list_keeps_its_beginning_and_tells_its_length() -> None:
    shown = encoded(list(range(1_000_000)))
    assert shown[:3] == [0, 1, 2]
    assert shown[-1] == {"$truncated": 1_000_000}
    assert 10_000 < len(shown) < 25_000


def test_a_long_text_keeps_its_beginning_and_tells_its_length() -> None:
    shown = encoded("x" * 3_000_000)
    assert shown["length"] == 3_000_000
    assert shown["$truncated"].startswith("xxx")
    assert len(shown["$truncated"]) <= 1024 * 1024


@pytest.mark.parametrize("unit", ["ä", "€", "😀", "\n", "\x01", '"', "a\x01", "\ud800"])
def test_long_texts_of_any_letters_are_cut_by_bytes(unit: str) -> None:
    text = unit * 2_000_000
    shown = encoded(text)
    assert shown["length"] == len(text)
    assert without_surrogates(text).startswith(shown["$truncated"])
    assert len(_native.encode(text)) < 1024 * 1024 + 300
    assert encoded({"a": [text, 1]})["a"][0]["length"] == len(text)
    assert len(encoded([text] * 3)) == 2
    assert encoded({text: 1}).popitem()[1] == 1


def test_fractions_are_exact_and_whole_numbers_fast() -> None:
    for value in [0.1, 1e15, 1e15 - 1, 123456789.0, -5.0, 1e300, 5e-324, 2.0**53, -0.0, 0.0, 1e16, 999999999999999.5]:
        assert _native.encode(value) == repr(value).encode()


class Hostile:
    """Raises wherever it can."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("no " + name)

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no eq")

    __hash__ = None  # type: ignore[assignment]


class HostileKey:
    def __str__(self) -> str:
        raise RuntimeError("no str")


def test_hostile_objects_are_placeholders() -> None:
    shown = encoded([Hostile(), 1])
    assert "$unserializable" in shown[0]
    assert shown[1] == 1
    assert encoded({HostileKey(): 1}) == {"<unprintable key>": 1}


def test_a_field_that_raises_is_left_out() -> None:
    @dataclasses.dataclass
    class Broken:
        a: int = 1
        b: int = 2

    broken = Broken()
    del broken.__dict__["a"]
    type.__delattr__(Broken, "a")
    assert encoded(broken) == {"b": 2}


def test_a_list_that_changes_while_it_is_written_does_no_harm() -> None:
    items: list[Any] = []

    class Eater:
        def __repr__(self) -> str:
            items.clear()
            return "eaten"

    items.extend([Eater(), 2, 3])
    assert encoded(items)[0]["repr"] == "eaten"
    growing: dict[str, Any] = {}

    class Grower:
        def __repr__(self) -> str:
            growing.update({str(i): i for i in range(1000)})
            return "grown"

    growing["a"] = Grower()
    assert encoded(growing)["a"]["repr"] == "grown"
    encoded({1, 2, "x"})


def test_a_converter_that_never_ends_is_stopped() -> None:
    class Endless:
        def __repr__(self) -> str:
            return "e" * 10_000

    shown = encoded([Endless() for _ in range(5000)])
    assert shown[-1] == {"$truncated": 5000}
    assert len(shown) < 200


def test_slow_reprs_are_asked_once() -> None:
    asked = []

    class Slow:
        def __repr__(self) -> str:
            asked.append(1)
            time.sleep(0.01)
            return "slow"

    encoded([Slow(), Slow(), Slow()])
    assert len(asked) == 1


def test_no_value_holds_the_caller_for_long() -> None:
    rows = [{"id": i, "text": "word " * 20, "score": i / 7, "flags": [True, None]} for i in range(100_000)]
    fractions = [i / 7 for i in range(10**5)]
    for value in (rows, list(range(10**6)), fractions, "ä" * 10**7, "x" * 10**7, [np.zeros(50)] * 10**5):
        best = min(timed(value) for _ in range(5))
        assert best < 0.02, f"{best * 1000:.1f} ms"  # on a busy machine; bench/ has the exact figures


def timed(value: Any) -> float:
    before = time.thread_time()
    _native.encode(value)
    return time.thread_time() - before
