# SPDX-License-Identifier: Apache-2.0
"""Which fields the types of a workflow may declare.

Fields must be something that the page can show, filter and compare, so a field
is an *atom*, optional or not, or a list of atoms.  What the atoms are depends
on what is declared:

| type | atoms | lists of |
| --- | --- | --- |
| sample, ground truth, inference, metrics of a sample | scalars, annotations, assets, thresholded metrics | the same |
| metrics of a case | scalars | metrics of a case, which then have no lists |
| metrics of a suite | scalars | nothing |

A composite sample also holds basic samples, and its ground truth and inference
may hold one data object for each of them, under the same name.
"""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

from .._data_object import DATA_TYPE, DataObject
from .._field_types import UNIONS, FieldError, resolved_hints, type_name
from ..annotation import Annotation
from ..asset import Asset

SCALARS: tuple[type, ...] = (str, bool, int, float)
METADATA = "metadata"


@dataclasses.dataclass(frozen=True)
class Grammar:
    """The atoms that fields may have, and those that lists may have."""

    atoms: tuple[type, ...]
    listed: tuple[type, ...]

    def check(self, where: str, hint: Any) -> None:
        """Raise FieldError unless a field `where` may be declared as `hint`."""
        if typing.get_origin(hint) is list:
            self._check_item(where, typing.get_args(hint)[0])
        elif typing.get_origin(hint) in UNIONS:
            for part in typing.get_args(hint):
                if typing.get_origin(part) is list:
                    self._check_item(where, typing.get_args(part)[0])
                elif part is not type(None):
                    _check_atom(where, hint, part, self.atoms)
        else:
            _check_atom(where, hint, hint, self.atoms)

    def _check_item(self, where: str, item: Any) -> None:
        parts = typing.get_args(item) if typing.get_origin(item) in UNIONS else (item,)
        for part in parts:
            nothing = part is type(None) and self.listed == self.atoms
            if not nothing:
                _check_atom(where, f"List[{type_name(item)}]", part, self.listed)


def _check_atom(where: str, hint: Any, part: Any, allowed: tuple[type, ...]) -> None:
    if hasattr(part, "__metadata__"):  # Annotated, such as pydantic's strict types
        part = typing.get_args(part)[0]
    if not (isinstance(part, type) and issubclass(part, allowed)):
        names = ", ".join(t.__name__ for t in allowed) or "nothing"
        raise FieldError(f"{where}: {type_name(hint)} is not possible here; possible are {names}")


def declared(cls: type) -> dict[str, Any]:
    """Fields that a user's class and its user's bases declare, with their types; not those of built-in classes."""
    own: set[str] = set()
    for base in cls.__mro__:
        if base.__module__.split(".")[0] == "vireo":
            break
        own.update(vars(base).get("__annotations__", {}))
    if not own:
        return {}
    return {n: h for n, h in resolved_hints(cls).items() if n in own and typing.get_origin(h) is not typing.ClassVar}


def check_fields(cls: type, grammar: Grammar, skip: tuple[str, ...] = ()) -> None:
    """Raise FieldError, telling class and field, unless all declared fields are possible."""
    for name, hint in declared(cls).items():
        if name == DATA_TYPE:
            raise FieldError(f"{cls.__name__}: the name {DATA_TYPE!r} is taken")
        if name not in skip:
            grammar.check(f"{cls.__name__}.{name}", hint)


def _check_metadata(cls: type, hint: Any) -> None:
    where = f"{cls.__name__}.{METADATA}"
    args = typing.get_args(hint)
    if typing.get_origin(hint) is not dict or args[0] is not str:
        raise FieldError(f"{where}: metadata is a Dict[str, ...], for example vireo.workflow.Metadata")
    Grammar((*SCALARS, type(None)), (*SCALARS, type(None))).check(f"{where}, its values", args[1])


# ---------------------------------------------------------------- the parts of a workflow


class ThresholdedMarker:
    """What thresholded metrics are, for the grammar, which is read before they are defined."""


VALUES = Grammar((*SCALARS, Annotation, Asset, ThresholdedMarker), (*SCALARS, Annotation, Asset, ThresholdedMarker))


def composite_fields(sample: type, composite: type, base: type) -> tuple[str, ...]:
    """Names of the basic samples in a composite one; empty for others."""
    if not issubclass(sample, composite):
        return ()
    hints = resolved_hints(sample)
    return tuple(n for n, h in hints.items() if isinstance(h, type) and issubclass(h, base))


def check_sample(cls: type, parts: tuple[str, ...]) -> None:
    """The fields of a sample; `parts` are its basic samples, already checked."""
    hints = declared(cls)
    if METADATA in hints:
        _check_metadata(cls, hints[METADATA])
    check_fields(cls, VALUES, (METADATA, *parts))


def check_answer(cls: type, parts: tuple[str, ...]) -> None:
    """The fields of a ground truth or inference; `parts` are the sample's basic samples."""
    grouped = []
    for name, hint in declared(cls).items():
        is_group = isinstance(hint, type) and issubclass(hint, DataObject) and not issubclass(hint, VALUES.atoms)
        if is_group and name in parts:
            check_fields(hint, VALUES)
            grouped.append(name)
    check_fields(cls, VALUES, tuple(grouped))


# ---------------------------------------------------------------- the schema that the server keeps

_SCHEMA_DEPTH = 4


def schema_of(cls: type[DataObject], depth: int = 0) -> dict[str, Any]:
    """The declared fields of a class with their types as text, and the fields of classes in them."""
    fields: dict[str, str] = {}
    classes: dict[str, Any] = {}
    hints = resolved_hints(cls)
    for field in dataclasses.fields(cls):
        if field.init:
            fields[field.name] = _described(hints[field.name], classes, depth)
    schema: dict[str, Any] = {"class": cls.__name__, "fields": fields}
    if cls.data_type:
        schema["data_type"] = cls.data_type
    if classes:
        schema["classes"] = classes
    return schema


def _described(hint: Any, classes: dict[str, Any], depth: int) -> str:
    """A type as text, the same for all ways to write it."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hasattr(hint, "__metadata__"):
        return _described(args[0], classes, depth)
    if origin in UNIONS:
        return " | ".join(sorted(_described(a, classes, depth) for a in args))
    if origin is not None and origin is not typing.Literal:
        inner = ", ".join("..." if a is Ellipsis else _described(a, classes, depth) for a in args)
        return f"{getattr(origin, '__name__', 'list').lower().replace('sequence', 'list')}[{inner}]"
    if hint is type(None):
        return "null"
    if isinstance(hint, type):
        if issubclass(hint, DataObject) and hint.__name__ not in classes and depth < _SCHEMA_DEPTH:
            classes[hint.__name__] = schema_of(hint, depth + 1)
        return hint.__name__
    return type_name(hint)
