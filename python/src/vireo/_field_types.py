# SPDX-License-Identifier: Apache-2.0
"""Declared types of fields, made into functions that check and convert values.

One set of rules for every data object, however it comes: constructed by a
program, or read from JSON.

| declared | taken | becomes |
| --- | --- | --- |
| str | text, numbers | text |
| bool | booleans, 0, 1, "true", "false" | bool |
| int | whole numbers, also as text | int |
| float | numbers, also as text | float |
| List, Sequence | list, tuple, array | list |
| Tuple | list, tuple, array of as many | tuple |
| Dict | dict | dict |
| Optional, Union | what one of the alternatives takes unchanged, else the first that converts | |
| a data object | an instance, or a dict of its fields | an instance |

NumPy scalars count as Python's.  What would lose something (1.5 as int, "yes"
as bool) is an error, not a guess.
"""

from __future__ import annotations

import collections.abc
import enum
import math
import sys
import types
import typing
from typing import Any, Callable, Union

# (value, whether it may be converted) -> value; raises ValueError
Converter = Callable[[Any, bool], Any]

NOT_IN_JSON = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
UNIONS = (Union, getattr(types, "UnionType", Union))
_LISTS = (list, collections.abc.Sequence, collections.abc.Iterable)
_BARE: dict[Any, tuple[Any, tuple[Any, ...]]] = {
    list: (list, (Any,)),
    dict: (dict, (Any, Any)),
    tuple: (tuple, (Any, ...)),
}
_SHOWN = 60


class FieldError(ValueError):
    """A value does not fit its field: which one, what was expected, what came."""


def shown(value: object) -> str:
    """A short text of `value` for messages."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _wrong(expected: str, value: object) -> FieldError:
    return FieldError(f"expected {expected}, got {shown(value)} ({type(value).__name__})")


def type_name(hint: Any) -> str:
    """How a type is called in messages."""
    return hint.__name__ if isinstance(hint, type) else str(hint).replace("typing.", "")


def is_numpy_scalar(value: object) -> bool:
    """Whether `value` is one number of NumPy or the like, of no dimension."""
    return (
        type(value) is not dict
        and hasattr(value, "dtype")
        and getattr(value, "shape", None) == ()
        and hasattr(value, "item")
    )


def marked(value: float) -> Any:
    """A number as JSON has it: what it lacks as `{"double": "NaN"}`."""
    if math.isfinite(value):
        return value
    return {"double": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}


def unmarked(value: Any) -> Any:
    """The number that `{"double": "NaN"}` stands for; anything else as it is."""
    if type(value) is dict and len(value) == 1:
        text = value.get("double")
        return NOT_IN_JSON.get(text, value) if isinstance(text, str) else value
    return value


# ---------------------------------------------------------------- scalars


def _to_str(value: Any, cast: bool) -> str:
    if isinstance(value, str):
        return value if type(value) is str or isinstance(value, enum.Enum) else str(value)
    if cast and isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise _wrong("text", value)


def _to_bool(value: Any, cast: bool) -> bool:
    if isinstance(value, bool):
        return value
    if cast and isinstance(value, int) and value in (0, 1):
        return bool(value)
    if cast and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise _wrong("true or false", value)


def _to_int(value: Any, cast: bool) -> int:
    if isinstance(value, int) and (cast or not isinstance(value, bool)):
        return int(value)
    if cast and isinstance(value, float) and value.is_integer():
        return int(value)
    if cast and isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
    raise _wrong("a whole number", value)


def _to_float(value: Any, cast: bool) -> float:
    # JSON does not tell 1.0 from 1.
    taken = (int, float, str) if cast else (int, float)
    if isinstance(value, taken) and (cast or not isinstance(value, bool)):
        try:
            return float(value)
        except (ValueError, OverflowError):
            raise _wrong("a number", value) from None
    number = unmarked(value)
    if number is not value:
        return float(number)
    raise _wrong("a number", value)


def _to_none(value: Any, _cast: bool) -> None:
    if value is not None:
        raise _wrong("nothing", value)


_SCALARS: dict[Any, Converter] = {str: _to_str, bool: _to_bool, int: _to_int, float: _to_float, type(None): _to_none}


def _scalar(kind: Any) -> Converter:
    convert = _SCALARS[kind]

    def one(value: Any, cast: bool) -> Any:
        if type(value) is kind:
            return value
        return convert(value.item() if is_numpy_scalar(value) else value, cast)

    return one


# ---------------------------------------------------------------- composed


def _items(value: Any, expected: str) -> Any:
    if isinstance(value, (list, tuple)):
        return value
    if hasattr(value, "tolist") and getattr(value, "shape", ()) != ():
        return value.tolist()
    raise _wrong(expected, value)


def _list(item: Converter) -> Converter:
    def many(value: Any, cast: bool) -> list[Any]:
        try:
            return [item(v, cast) for v in _items(value, "a list")]
        except FieldError as exc:
            raise FieldError(f"in a list: {exc}") from None

    return many


def _tuple(items: tuple[Converter, ...]) -> Converter:
    expected = f"{len(items)} values"

    def fixed(value: Any, cast: bool) -> tuple[Any, ...]:
        found = _items(value, expected)
        if len(found) != len(items):
            raise _wrong(expected, value)
        return tuple(convert(v, cast) for convert, v in zip(items, found))

    return fixed


def _open_tuple(item: Converter) -> Converter:
    return lambda value, cast: tuple(item(v, cast) for v in _items(value, "a list"))


def _dict(key: Converter, item: Converter) -> Converter:
    def mapping(value: Any, cast: bool) -> dict[Any, Any]:
        if type(value) is not dict and not isinstance(value, collections.abc.Mapping):
            raise _wrong("a dict", value)
        try:
            # JSON's keys are text, so a key is always converted.
            return {key(k, True): item(v, cast) for k, v in value.items()}
        except FieldError as exc:
            raise FieldError(f"in a dict: {exc}") from None

    return mapping


def _literal(values: tuple[Any, ...]) -> Converter:
    def one(value: Any, _cast: bool) -> Any:
        if value in values:
            return value
        raise _wrong("one of " + ", ".join(map(repr, values)), value)

    return one


def _union(hint: Any) -> Converter:
    hints = list(typing.get_args(hint))
    # A labelled box is a box too: the alternative that says more is asked first.
    hints.sort(key=lambda h: -len(getattr(h, "__dataclass_fields__", ())))
    converters = [converter(h) for h in hints]
    at_once = frozenset(h for h in hints if h in _SCALARS)

    def one(value: Any, cast: bool) -> Any:
        if type(value) in at_once:
            return value
        if is_numpy_scalar(value):
            return one(value.item(), cast)
        for casting in (False, True)[: 1 + cast]:
            for convert in converters:
                try:
                    return convert(value, casting)
                except FieldError:
                    continue
        raise _wrong(type_name(hint), value)

    return one


def _any(value: Any, _cast: bool) -> Any:
    return value


def _class(kind: type) -> Converter:
    read = getattr(kind, "_read", None)

    def one(value: Any, cast: bool) -> Any:
        if isinstance(value, kind):
            return value
        if read is not None and (type(value) is dict or isinstance(value, collections.abc.Mapping)):
            return read(value, cast)
        if cast and issubclass(kind, enum.Enum):
            try:
                return kind(value)
            except ValueError:
                pass
        raise _wrong(type_name(kind), value)

    return one


def converter(hint: Any) -> Converter:
    """The function that checks and converts values for a declared type.

    Raises:
        FieldError: the type is not one that fields can have.
    """
    if hint is None:
        hint = type(None)
    if hint is Any or isinstance(hint, typing.TypeVar):
        return _any
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is None:
        origin, args = {list: (list, (Any,)), dict: (dict, (Any, Any)), tuple: (tuple, (Any, ...))}.get(
            hint, (None, ())
        )
    if origin is None:
        if hint in _SCALARS:
            return _scalar(hint)
        if isinstance(hint, type):
            return _class(hint)
    elif origin in UNIONS:
        return _union(hint)
    elif origin in _LISTS:
        return _list(converter(args[0]))
    elif origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return _open_tuple(converter(args[0]))
        return _tuple(tuple(converter(a) for a in args))
    elif origin in (dict, collections.abc.Mapping):
        return _dict(converter(args[0]), converter(args[1]))
    elif origin is typing.Literal:
        return _literal(args)
    elif hasattr(hint, "__metadata__"):  # Annotated
        return converter(args[0])
    raise FieldError(f"fields cannot have the type {type_name(hint)}")


def resolved_hints(cls: type) -> dict[str, Any]:
    """The declared types of a class, also where they are text (`from __future__ import annotations`).

    Raises:
        FieldError: a name in them is not known where the class is defined.
    """
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except NameError as exc:
        raise FieldError(
            f"{cls.__qualname__}: the declared types need {exc.name if sys.version_info >= (3, 10) else exc}, "
            "which is not defined in its module (a class inside a function needs types that are no text)"
        ) from None
    except TypeError as exc:  # `int | None` as text, before Python 3.10
        raise FieldError(f"{cls.__qualname__}: this Python cannot read a declared type: {exc}") from None
