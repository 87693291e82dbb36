# SPDX-License-Identifier: Apache-2.0
"""Values that a definition refers to, as expressions that make them again.

Only what the fingerprint knows by its content (`_values`): what it does not, may be
another value under the same fingerprint.
"""

from __future__ import annotations

import base64
import collections
import datetime
import decimal
import fractions
import functools
import math
import pathlib
import re
import sys
import uuid
from typing import Any, Callable

from ._own import is_own_module

LENGTH_MAX = 16_384
DEPTH_MAX = 20

_PLAIN = (type(None), bool, int, str, bytes, type(Ellipsis), range)
_BY_REPR: dict[type, str] = {
    datetime.datetime: "datetime",
    datetime.date: "datetime",
    datetime.time: "datetime",
    datetime.timedelta: "datetime",
    decimal.Decimal: "decimal.Decimal",
    fractions.Fraction: "fractions.Fraction",
    uuid.UUID: "uuid.UUID",
}


class _Unwritable(Exception):
    pass


def _module(name: str) -> str:
    return f"__import__({name!r})"


def _float(value: float) -> str:
    return repr(value) if math.isfinite(value) else f"float({str(value)!r})"


def _by_repr(value: Any) -> str:
    """Its text, in which the module or class is a name: datetime.date(2020, 1, 1), Decimal('1.5')."""
    module, _, name = _BY_REPR[type(value)].partition(".")
    if getattr(value, "tzinfo", None) not in (None, datetime.timezone.utc):
        raise _Unwritable
    known = name or module
    return f"(lambda {known}: {value!r})({_module(module)}{'.' + name if name else ''})"


def _items(values: Any, depth: int) -> str:
    return ", ".join(_written(v, depth + 1) for v in values)


def _pairs(value: Any, depth: int) -> str:
    return ", ".join(f"{_written(k, depth + 1)}: {_written(v, depth + 1)}" for k, v in value.items())


def _default_dict(value: Any, depth: int) -> str:
    factory = value.default_factory
    if factory not in (None, int, float, str, bool, list, dict, set, tuple):
        raise _Unwritable
    name = "None" if factory is None else factory.__name__
    return f"{_module('collections')}.defaultdict({name}, {{{_pairs(value, depth)}}})"


def _array(value: Any) -> str:
    if value.dtype.hasobject or value.dtype.fields or value.nbytes > LENGTH_MAX // 2:
        raise _Unwritable
    data = base64.b64encode(value.tobytes()).decode()
    read = f"frombuffer({_module('base64')}.b64decode({data!r}), {value.dtype.str!r})"
    return f"{_module('numpy')}.{read}.reshape({value.shape!r}).copy()"


def _partial(value: Any, depth: int) -> str:
    """Of a function of a package; what is the user's own is not made twice."""
    func = value.func
    name, home = getattr(func, "__qualname__", ""), str(getattr(func, "__module__", None))
    if getattr(sys.modules.get(home), name, None) is not func or is_own_module(sys.modules[home]):
        raise _Unwritable
    known = name if home == "builtins" else f"{_module('importlib')}.import_module({home!r}).{name}"
    given = "".join(f", {_written(v, depth + 1)}" for v in value.args)
    named = f", **{{{_pairs(value.keywords, depth)}}}" if value.keywords else ""
    return f"{_module('functools')}.partial({known}{given}{named})"


_COMPOSED: dict[type, Callable[[Any, int], str]] = {
    list: lambda v, d: f"[{_items(v, d)}]",
    tuple: lambda v, d: f"({_items(v, d)}{',' if len(v) == 1 else ''})",
    set: lambda v, d: f"{{{_items(sorted(v, key=repr), d)}}}" if v else "set()",
    frozenset: lambda v, d: f"frozenset([{_items(sorted(v, key=repr), d)}])",
    dict: lambda v, d: f"{{{_pairs(v, d)}}}",
    bytearray: lambda v, d: f"bytearray({bytes(v)!r})",
    collections.OrderedDict: lambda v, d: f"{_module('collections')}.OrderedDict({{{_pairs(v, d)}}})",
    collections.Counter: lambda v, d: f"{_module('collections')}.Counter({{{_pairs(v, d)}}})",
    collections.defaultdict: _default_dict,
    functools.partial: _partial,
}


def _written(value: Any, depth: int) -> str:
    kind = type(value)
    if depth > DEPTH_MAX:
        raise _Unwritable
    if kind in _PLAIN:
        return repr(value)
    if kind is float:
        return _float(value)
    if kind is complex:
        return f"complex({_float(value.real)}, {_float(value.imag)})"
    if kind in _COMPOSED:
        return _COMPOSED[kind](value, depth)
    if kind in _BY_REPR:
        return _by_repr(value)
    if isinstance(value, pathlib.PurePath) and kind.__module__.startswith("pathlib"):
        known = "Path" if isinstance(value, pathlib.Path) else kind.__name__
        return f"{_module('pathlib')}.{known}({str(value)!r})"
    if kind is re.Pattern:
        return f"{_module('re')}.compile({value.pattern!r}, {value.flags})"
    if kind.__name__ == "ndarray" and kind.__module__ == "numpy":
        return _array(value)
    raise _Unwritable


def expression(value: Any) -> str | None:
    """Text that makes an equal value; None when there is none, or it is long."""
    try:
        text = _written(value, 0)
    except Exception:  # a member's repr()
        return None
    return text if len(text) <= LENGTH_MAX else None


def named_tuple(cls: type) -> str | None:
    """The statement that makes a class of `collections.namedtuple`; None for any other class."""
    fields, defaults = getattr(cls, "_fields", None), getattr(cls, "_field_defaults", None)
    if cls.__bases__ != (tuple,) or not isinstance(fields, tuple) or not isinstance(defaults, dict):
        return None
    text = expression([defaults[f] for f in fields if f in defaults])
    if text is None:
        return None
    return f"{cls.__name__} = {_module('collections')}.namedtuple({cls.__name__!r}, {list(fields)!r}, defaults={text})"


__all__ = ["expression", "named_tuple"]
