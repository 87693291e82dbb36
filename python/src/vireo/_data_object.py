# SPDX-License-Identifier: Apache-2.0
"""Data objects: frozen dataclasses that become JSON and come back.

Samples, ground truths, inferences, annotations, assets, metrics and plots are
data objects.  Users extend them with `@dataclass(frozen=True)`, of the standard
library or of pydantic.  Fields that a class does not declare are kept: given to
a built-in class as more keywords, or found in JSON, they are attributes, and
are written again behind the declared ones.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable, ClassVar, TypeVar

from ._field_types import Converter, FieldError, converter, is_numpy_scalar, marked, resolved_hints, shown, unmarked

if TYPE_CHECKING:
    from typing_extensions import Self, dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Callable[[Any], Any]:
        return lambda decorator: decorator


T = TypeVar("T", bound=type)

DATA_TYPE = "data_type"
DEPTH_MAX = 64
_CONVERTED = "__converted__"  # an attribute, while an object is made of values that fit already

# "ANNOTATION/BOUNDING_BOX" -> the built-in classes, the ones with more fields first
_by_data_type: dict[str, list[type[DataObject]]] = {}


# ---------------------------------------------------------------- plain values


def plain(value: Any, depth: int = 0) -> Any:
    """`value` as JSON has it: dict, list, text, numbers, booleans, None.  NaN and infinities stay floats.

    Raises:
        FieldError: something in it is none of these, or it is nested deeper than 64.
    """
    kind = type(value)
    if kind is str or kind is float or kind is int or kind is bool or value is None:
        return value
    if depth > DEPTH_MAX:
        raise FieldError(f"nested deeper than {DEPTH_MAX}")
    if isinstance(value, DataObject):
        return value._written(depth)
    if isinstance(value, enum.Enum):
        return plain(value.value, depth + 1)
    if isinstance(value, (list, tuple)):
        return [plain(v, depth + 1) for v in value]
    if isinstance(value, collections.abc.Mapping):
        return {str(k): plain(v, depth + 1) for k, v in value.items()}
    if is_numpy_scalar(value):
        return plain(value.item(), depth + 1)
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        return plain(value.tolist(), depth + 1)
    for base in (str, int, float):  # their subclasses
        if isinstance(value, base):
            return base(value)
    raise FieldError(f"{shown(value)} ({kind.__name__}) is nothing that JSON can hold")


def canonical(value: Any) -> str:
    """The one text of a plain value: keys sorted, no spaces, NaN and infinities as Python writes them."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _marked(value: Any) -> Any:
    if type(value) is float:
        return marked(value)
    if type(value) is list:
        return [_marked(v) for v in value]
    if type(value) is dict:
        return {k: _marked(v) for k, v in value.items()}
    return value


def to_json(value: Any) -> bytes:
    """A plain value as the server takes it: what JSON lacks as `{"double": "NaN"}`."""
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
    except ValueError:
        return json.dumps(_marked(value), separators=(",", ":"), allow_nan=False).encode()


def revived(value: Any) -> Any:
    """A plain value that nothing is declared about, with the data objects in it that say what they are.

    Of several classes with one `data_type`, the one with the most fields, all of which are there: a box with
    a label comes back as a labelled one.
    """
    if type(value) is list:
        return [revived(v) for v in value]
    if type(value) is not dict:
        return value
    number = unmarked(value)
    if number is not value:
        return number
    for kind in _by_data_type.get(str(value.get(DATA_TYPE)), ()):
        if _plan(kind).init.keys() <= value.keys():
            try:
                return kind._read(value, False)
            except FieldError:
                continue
    return {k: revived(v) for k, v in value.items()}


# ---------------------------------------------------------------- the base


class _Plan:
    """What is known of a class once and for all."""

    def __init__(self, cls: type[DataObject]) -> None:
        hints = resolved_hints(cls)
        fields = dataclasses.fields(cls)
        self.names = tuple(f.name for f in fields)
        self.known = frozenset(self.names)
        # with the type whose values need no conversion, where there is one
        self.converters = [
            (f.name, hints[f.name] if isinstance(hints[f.name], type) else None, converter(hints[f.name]))
            for f in fields
            if f.init
        ]
        self.init = {name: convert for name, _, convert in self.converters}
        self.required = frozenset(
            f.name
            for f in fields
            if f.init and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        )
        self.nullable = frozenset(name for name, convert in self.init.items() if _takes_none(convert))


def _takes_none(convert: Converter) -> bool:
    try:
        return convert(None, False) is None
    except FieldError:
        return False


_plans: dict[type, _Plan] = {}


def _plan(cls: type[DataObject]) -> _Plan:
    plan = _plans.get(cls)
    if plan is None:
        plan = _plans[cls] = _Plan(cls)
    return plan


@dataclasses.dataclass(frozen=True)
class DataObject:
    """The base of all data objects.

    Equality compares the declared fields.  Values are checked and converted to the declared types when an object
    is made; a class with a `__post_init__` of its own calls `super().__post_init__()` to have that, too.
    """

    data_type: ClassVar[str] = ""
    """What the class is called in JSON, for example "ANNOTATION/LABEL"; empty: not told."""

    def __post_init__(self) -> None:
        values = vars(self)
        converters = () if values.pop(_CONVERTED, False) else _plan(type(self)).converters
        for name, kind, convert in converters:
            value = values[name]
            if type(value) is kind:
                continue
            try:
                fitting = convert(value, True)
            except FieldError as exc:
                raise FieldError(f"{type(self).__name__}.{name}: {exc}") from None
            if fitting is not value:
                object.__setattr__(self, name, fitting)
        self._settle()

    def _settle(self) -> None:
        """Set derived fields, and check what the fields say together."""

    def _extras(self) -> list[str]:
        known = _plan(type(self)).known
        return [name for name in vars(self) if name not in known and not name.startswith("__")]

    def _written(self, depth: int) -> dict[str, Any]:
        names = [*_plan(type(self)).names, *self._extras()]
        try:
            written = {name: plain(getattr(self, name), depth + 1) for name in names}
        except FieldError as exc:
            raise FieldError(f"{type(self).__name__}: {exc}") from None
        if self.data_type:
            written[DATA_TYPE] = self.data_type
        return written

    def to_dict(self) -> dict[str, Any]:
        """Plain values by name: the declared fields in their order, then others, then `data_type`.

        Raises:
            FieldError: a value is nothing that JSON can hold.
        """
        return self._written(0)

    @classmethod
    def from_dict(cls, values: collections.abc.Mapping[str, Any]) -> Self:
        """An object of what `to_dict` gave.

        Derived fields are computed anew; None or nothing takes the default where there is one.

        Raises:
            FieldError: a field is missing, or does not fit.
        """
        return cls._read(values, True)

    @classmethod
    def _read(cls, values: collections.abc.Mapping[str, Any], cast: bool) -> Self:
        """`from_dict`; without `cast`, values must be of the declared types and of this `data_type`."""
        if type(values) is not dict and not isinstance(values, collections.abc.Mapping):
            raise FieldError(f"{cls.__name__}: expected a dict, got {shown(values)}")
        if not cast and values.get(DATA_TYPE, cls.data_type) != cls.data_type:
            raise FieldError(f"{cls.__name__}: {values[DATA_TYPE]!r} is another type")
        plan = _plan(cls)
        given: dict[str, Any] = {}
        extras: dict[str, Any] = {}
        for name, value in values.items():
            convert = plan.init.get(name)
            if convert is None:
                if name not in plan.known and name != DATA_TYPE:
                    extras[name] = revived(value)
                continue
            if value is None and name not in plan.nullable and name not in plan.required:
                continue
            try:
                given[name] = convert(value, cast)
            except FieldError as exc:
                raise FieldError(f"{cls.__name__}.{name}: {exc}") from None
        for name in plan.required:
            if name not in given:
                if name not in plan.nullable:
                    raise FieldError(f"{cls.__name__}.{name} is missing")
                given[name] = None
        made = cls.__new__(cls)
        vars(made)[_CONVERTED] = True
        made.__init__(**given)  # type: ignore[misc]
        if extras:
            _keep_extras(made, extras)
        return made

    # Where classes of pydantic have fields that are data objects, pydantic is to take them as they are: it
    # would drop what they do not declare, and pydantic 1 would even change the class.

    @classmethod
    def _validated(cls, value: Any) -> Any:
        return value if isinstance(value, cls) else cls.from_dict(value)

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[[Any], Any]]:
        yield cls._validated

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        if not cls.__module__.startswith("vireo."):
            return handler(source)
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(cls._validated)

    def __str__(self) -> str:
        parts = ", ".join(f"{n}={_part(getattr(self, n))}" for n in [*_plan(type(self)).names, *self._extras()])
        return f"{type(self).__qualname__}({parts})"


def _part(value: Any) -> str:
    return str(value) if isinstance(value, DataObject) else repr(value)


def _keep_extras(made: DataObject, extras: dict[str, Any]) -> None:
    for name, value in extras.items():
        if not isinstance(name, str) or name == DATA_TYPE or hasattr(type(made), name):
            raise FieldError(f"{type(made).__name__}: a field cannot be called {name!r}")
        object.__setattr__(made, name, value)


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def data_object(cls: T) -> T:
    """The decorator of the built-in classes: a frozen dataclass that takes more keywords than it declares."""
    made: Any = dataclasses.dataclass(frozen=True)(cls)
    declared = made.__init__
    names = frozenset(f.name for f in dataclasses.fields(made) if f.init)

    def __init__(self: DataObject, *args: Any, **values: Any) -> None:
        extras = {name: values.pop(name) for name in list(values) if name not in names}
        declared(self, *args, **values)
        _keep_extras(self, extras)

    __init__.__wrapped__ = declared  # type: ignore[attr-defined]
    made.__init__ = __init__
    if made.data_type:
        classes = _by_data_type.setdefault(made.data_type, [])
        classes.append(made)
        classes.sort(key=lambda kind: -len(dataclasses.fields(kind)))
    return made  # type: ignore[no-any-return]
