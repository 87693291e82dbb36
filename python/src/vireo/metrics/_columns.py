# SPDX-License-Identifier: Apache-2.0
"""Columns of numbers: what the C side takes as it is, and what has to be turned first.

NumPy is never imported for somebody who does not use it: arrays come in through the buffer
protocol, and results are arrays when one of the inputs was one, else lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

_T = TypeVar("_T")

# A sequence of numbers, an array.array, a NumPy array, a pandas or Polars column.
Numbers = Any
# A sequence of labels (numbers, texts, anything hashable), or such an array.
Labels = Any


def column(values: Any) -> Any:
    """Something that the C side reads: a sequence, or a buffer of numbers in the machine's byte order."""
    if isinstance(values, (list, tuple)):
        return values
    if hasattr(values, "to_numpy"):  # pandas, Polars
        values = values.to_numpy()
    elif hasattr(values, "__array__") and not hasattr(values, "dtype"):
        values = values.__array__()
    kind = getattr(getattr(values, "dtype", None), "kind", None)
    if kind is None:
        return values
    if kind not in "biuf":
        return values.tolist()
    if not values.dtype.isnative or (kind == "f" and values.dtype.itemsize not in (4, 8)):
        return values.astype("float64" if kind == "f" else "int64")
    return values


def like(view: memoryview, *inputs: Any) -> Any:
    """A NumPy array over `view` when one of the inputs is an array, else a list."""
    if any(hasattr(x, "__array__") for x in inputs):
        import numpy

        return numpy.asarray(view)
    return view.tolist()


def differences(a: Numbers, b: Numbers) -> Any:
    """a - b by place."""
    a, b = column(a), column(b)
    if len(a) != len(b):
        raise ValueError(f"a and b differ in length: {len(a)} and {len(b)}")
    if hasattr(a, "__array__") and hasattr(b, "__array__"):
        return a.astype("float64") - b.astype("float64")
    return [float(x) - float(y) for x, y in zip(a, b)]


def choose(name: str, value: str, choices: Mapping[str, _T]) -> _T:
    """What `value` stands for; ValueError naming the choices."""
    if value not in choices:
        raise ValueError(f"{name} is {value!r}, expected one of {', '.join(map(repr, choices))}")
    return choices[value]


def positive_column(truth: Labels, positive: object) -> Any:
    """Truth as 0 and 1: as given, or what equals `positive`."""
    truth = column(truth)
    if positive is None:
        return truth
    if hasattr(truth, "__array__"):
        return truth == positive
    return [x == positive for x in truth]


def each(items: Iterable[Any], check: Callable[[Any], Any]) -> tuple[Any, ...]:
    return tuple(check(x) for x in items)
