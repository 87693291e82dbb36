# SPDX-License-Identifier: Apache-2.0
"""Values as expressions: what comes back is equal and of the same type, or there is no expression."""

from __future__ import annotations

import collections
import datetime
import decimal
import functools
import math
import pathlib
import re
import uuid
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vireo._stored_values import LENGTH_MAX, expression, named_tuple

ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(allow_nan=False),
    st.text(),
    st.binary(),
    st.decimals(allow_nan=False),
    st.fractions(),
    st.uuids(),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.datetimes(timezones=st.none() | st.just(datetime.timezone.utc)),
    st.builds(pathlib.PurePosixPath, st.from_regex(r"[a-z/]{1,9}", fullmatch=True)),
)
KEYS = st.one_of(st.text(), st.integers(), st.tuples(st.text(), st.booleans()), st.frozensets(st.integers()))
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner),
        st.tuples(inner, inner),
        st.sets(st.text(max_size=5), max_size=4),
        st.dictionaries(KEYS, inner, max_size=4),
        st.dictionaries(st.text(), inner, max_size=3).map(collections.OrderedDict),
        st.dictionaries(st.text(), inner, max_size=3).map(lambda d: collections.defaultdict(list, d)),
        st.dictionaries(st.text(), st.integers(), max_size=3).map(collections.Counter),
    ),
    max_leaves=12,
)


def same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return (a == b and math.copysign(1, a) == math.copysign(1, b)) or (math.isnan(a) and math.isnan(b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


@given(VALUES)
def test_what_has_an_expression_comes_back(value: Any) -> None:
    text = expression(value)
    assert text is not None or len(repr(value)) > LENGTH_MAX // 4
    if text is not None:
        assert same(eval(text, {}), value), text


def test_patterns_defaults_and_partials() -> None:
    pattern = eval(str(expression(re.compile("a.b", re.I | re.S))), {})
    assert (pattern.pattern, pattern.flags) == ("a.b", re.compile("a.b", re.I | re.S).flags)
    found = eval(str(expression(functools.partial(sorted, key=None, reverse=True))), {})
    assert found([1, 3, 2]) == [3, 2, 1]
    assert eval(str(expression(functools.partial(math.pow, 2.0))), {})(3) == 8
    assert eval(str(expression(collections.defaultdict(int))), {})["x"] == 0


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "uint64", "bool", ">i4", "complex64", "datetime64[s]"])
def test_small_arrays_come_back(dtype: str) -> None:
    for shape in ((), (0,), (5,), (2, 3), (1, 2, 2)):
        array = np.arange(int(np.prod(shape)), dtype="int64").reshape(shape).astype(dtype)
        back = eval(str(expression(array)), {})
        assert (back.dtype, back.shape) == (array.dtype, array.shape)
        assert (back == array).all()
        assert back.flags.writeable


class Own:
    pass


@pytest.mark.parametrize(
    "value",
    [
        Own(),
        [Own()],
        Own,
        lambda: 1,
        functools.partial(Own),
        np.zeros(10_000),
        np.array([Own()]),
        collections.defaultdict(lambda: 1),
        datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=1))),
        "x" * (LENGTH_MAX + 1),
        type("Text", (str,), {})("x"),
    ],
)
def test_what_has_none(value: Any) -> None:
    assert expression(value) is None


def test_named_tuples() -> None:
    scope: dict[str, Any] = {}
    exec(str(named_tuple(collections.namedtuple("P", "a b", defaults=[decimal.Decimal(1)]))), scope)
    assert scope["P"](2) == (2, decimal.Decimal(1))
    assert named_tuple(Own) is None
    assert named_tuple(collections.namedtuple("P", "a", defaults=[Own()])) is None
    assert expression(uuid.UUID(int=7)) is not None
