# SPDX-License-Identifier: Apache-2.0
"""Short plain descriptions of objects that JSON does not know.

The encoder in C asks here for everything but text, numbers, lists, tuples,
dicts and sets.  A description is small whatever the object's size, so that a
call is never slowed: shapes and a few values of an array, some rows of a frame.
The whole object belongs in `span.log()`.

Libraries are recognised by the name of the module that a type comes from; none
is imported.  What raises is shown by its type alone.
"""

from __future__ import annotations

import base64
import collections.abc
import dataclasses
import datetime
import decimal
import enum
import fractions
import itertools
import pathlib
import time
import types
import uuid
from typing import Any, Callable

VALUES_WHOLE = 100  # an array of at most so many values is shown whole
VALUES_SHOWN = 16
ROWS_SHOWN = 5
COLUMNS_SHOWN = 12
ITEMS_MAX = 10_000
REPR_MAX = 1000
REPR_SECONDS = 0.001
BYTES_SHOWN = 3072

Plain = Any
_Converter = Callable[[Any], Plain]


def type_name(kind: type) -> str:
    module = getattr(kind, "__module__", None)
    return kind.__qualname__ if module in (None, "builtins", "__main__") else f"{module}.{kind.__qualname__}"


# ---------------------------------------------------------------- arrays and frames


def _ndarray(a: Any) -> Plain:
    plain: dict[str, Any] = {"$type": "ndarray", "shape": list(a.shape), "dtype": str(a.dtype)}
    if a.size <= VALUES_WHOLE:
        plain["values"] = a.tolist()
    else:
        plain["preview"] = a.flat[:VALUES_SHOWN].tolist()
    return plain


def _numpy_scalar(value: Any) -> Plain:
    plain = value.item()
    return plain if type(plain) is not type(value) else repr(value)


def _tensor(t: Any) -> Plain:
    plain: dict[str, Any] = {"$type": "tensor", "shape": [int(n) for n in t.shape], "dtype": str(t.dtype)}
    device = getattr(t, "device", None)
    if device is not None:
        plain["device"] = str(device)
    if getattr(device, "type", None) == "cpu":  # elsewhere, looking would wait for the device
        whole = t.numel() <= VALUES_WHOLE
        flat = t.detach()
        plain["values" if whole else "preview"] = (flat if whole else flat.flatten()[:VALUES_SHOWN]).tolist()
    return plain


def _shaped(a: Any) -> Plain:
    return {"$type": type_name(type(a)), "shape": [int(n) for n in a.shape], "dtype": str(a.dtype)}


def _pandas_frame(df: Any) -> Plain:
    names = list(df.columns[:COLUMNS_SHOWN])
    columns = [df.iloc[:ROWS_SHOWN, i].tolist() for i in range(len(names))]
    return {
        "$type": "dataframe",
        "library": "pandas",
        "shape": list(df.shape),
        "columns": [str(n) for n in names],
        "rows": [list(row) for row in zip(*columns)],
    }


def _pandas_series(s: Any) -> Plain:
    values = s.iloc[:VALUES_SHOWN].tolist()
    return {"$type": "series", "name": str(s.name), "dtype": str(s.dtype), "length": len(s), "preview": values}


def _polars_frame(df: Any) -> Plain:
    return {
        "$type": "dataframe",
        "library": "polars",
        "shape": list(df.shape),
        "columns": df.columns[:COLUMNS_SHOWN],
        "rows": [list(row) for row in df[:, :COLUMNS_SHOWN].head(ROWS_SHOWN).rows()],
    }


def _polars_series(s: Any) -> Plain:
    values = s.head(VALUES_SHOWN).to_list()
    return {"$type": "series", "name": s.name, "dtype": str(s.dtype), "length": len(s), "preview": values}


def _image(image: Any) -> Plain:
    return {"$type": "image", "mode": image.mode, "size": list(image.size)}


# module of the type, name of the type -> converter
_FOREIGN: dict[tuple[str, str], _Converter] = {
    ("numpy", "ndarray"): _ndarray,
    ("numpy", "generic"): _numpy_scalar,
    ("torch", "Tensor"): _tensor,
    ("pandas", "DataFrame"): _pandas_frame,
    ("pandas", "Series"): _pandas_series,
    ("polars", "DataFrame"): _polars_frame,
    ("polars", "Series"): _polars_series,
    ("PIL", "Image"): _image,
}


def foreign_kind(kind: type) -> tuple[str, str] | None:
    """("numpy", "ndarray") and the like for what `kind` is or derives from; None for others."""
    for base in kind.__mro__:
        found = (str(getattr(base, "__module__", "")).split(".", 1)[0], base.__name__)
        if found in _FOREIGN:
            return found
    return None


# ---------------------------------------------------------------- the standard library's


def _bytes(data: Any) -> Plain:
    view = memoryview(data).cast("B") if not isinstance(data, bytes) else memoryview(data)
    shown = base64.b64encode(view[:BYTES_SHOWN]).decode()
    plain = {"$type": "bytes", "length": view.nbytes, "base64": shown}
    return plain if view.nbytes <= BYTES_SHOWN else {**plain, "truncated": True}


def _exception(exc: BaseException) -> Plain:
    return {"$type": type_name(type(exc)), "message": str(exc)[:REPR_MAX]}


def _named(thing: Any) -> Plain:
    kind = "class" if isinstance(thing, type) else "module" if isinstance(thing, types.ModuleType) else "function"
    module = getattr(thing, "__module__", None)
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", "?")
    return {"$type": kind, "name": f"{module}.{name}" if module and kind != "module" else name}


def _few(items: Any) -> Plain:
    return list(itertools.islice(items, ITEMS_MAX))


_KNOWN: list[tuple[Any, _Converter]] = [
    (enum.Enum, lambda e: e.value),
    ((datetime.datetime, datetime.date, datetime.time), lambda t: t.isoformat()),
    ((datetime.timedelta, decimal.Decimal, fractions.Fraction, complex, uuid.UUID, pathlib.PurePath), str),
    ((bytes, bytearray, memoryview), _bytes),
    ((range, slice), repr),
    (BaseException, _exception),
    (
        (
            type,
            types.FunctionType,
            types.BuiltinFunctionType,
            types.MethodType,
            types.ModuleType,
        ),
        _named,
    ),
    (
        (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType, collections.abc.Iterator),
        lambda g: {"$unserializable": type_name(type(g))},
    ),
    (collections.deque, _few),
    (collections.abc.Mapping, lambda m: dict(itertools.islice(m.items(), ITEMS_MAX))),
    ((collections.abc.Set, collections.abc.KeysView, collections.abc.ValuesView, collections.abc.ItemsView), _few),
]

_slow: set[type] = set()


def _unknown(thing: Any) -> Plain:
    """Its type, and what it says of itself if that is cheap."""
    kind = type(thing)
    plain = {"$unserializable": type_name(kind)}
    if getattr(kind, "__repr__", None) is object.__repr__ or kind in _slow:
        return plain
    before = time.perf_counter()
    text = repr(thing)
    if time.perf_counter() - before > REPR_SECONDS:
        _slow.add(kind)
    return {**plain, "repr": text[:REPR_MAX]}


# ---------------------------------------------------------------- choosing

_chosen: dict[type, _Converter] = {}
_CHOSEN_MAX = 4096


def _choose(kind: type) -> _Converter:
    foreign = foreign_kind(kind)
    if foreign is not None:
        return _FOREIGN[foreign]
    for known, converter in _KNOWN:
        if issubclass(kind, known):
            return converter
    if kind.__module__.split(".", 1)[0] in ("sklearn", "xgboost", "lightgbm", "catboost"):
        return lambda _: {"$unserializable": type_name(kind)}  # their repr() takes milliseconds
    if hasattr(kind, "shape") and hasattr(kind, "dtype"):
        return _shaped
    return _unknown


def convert(thing: Any) -> Plain:
    """A plain object that describes `thing`."""
    kind = type(thing)
    converter = _chosen.get(kind)
    if converter is None:
        if len(_chosen) >= _CHOSEN_MAX:
            _chosen.clear()
        converter = _chosen[kind] = _choose(kind)
    try:
        return converter(thing)
    except Exception as exc:
        return {"$unserializable": type_name(kind), "error": type(exc).__name__}


def plan(kind: type) -> tuple[str, ...] | None:
    """The attributes that describe objects of `kind`: of a dataclass, a named tuple, pydantic, attrs or msgspec
    class; None for others.  A field with `repr=False` is left out: its author does not want it shown."""
    fields = getattr(kind, "__dataclass_fields__", None)
    if isinstance(fields, dict):
        return tuple(f.name for f in dataclasses.fields(kind) if f.repr)
    if issubclass(kind, tuple):
        names = getattr(kind, "_fields", None)
        return tuple(names) if names and all(isinstance(n, str) for n in names) else None
    for attribute in ("__pydantic_fields__", "__fields__"):
        models = getattr(kind, attribute, None)
        if isinstance(models, dict) and models:
            return tuple(n for n, f in models.items() if getattr(f, "repr", True))
    attrs = getattr(kind, "__attrs_attrs__", None)
    if attrs:
        return tuple(a.name for a in attrs if a.repr)
    struct = getattr(kind, "__struct_fields__", None)
    return tuple(struct) if struct else None
