# SPDX-License-Identifier: Apache-2.0
"""Values that a definition refers to, as text that is the same in every process.

Plain data counts whole, up to a size; what is larger counts by its hash as long
as it can be walked quickly, then by type and length.  Small arrays count by
their bytes.  Everything else counts by its type: a trained estimator or an
open connection is not code, and would make a new version with every run.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import functools
import hashlib
import pathlib
import re
import types
import uuid
from typing import Any, Callable

from ._source import wrapped_by

NODES_MAX = 20_000
TEXT_MAX = 4096
DEPTH_MAX = 20
ARRAY_BYTES_MAX = 64 * 1024

# functions, classes and modules -> what stands for them
Refer = Callable[[Any], str]

_ATOMS = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented), range, slice)
_SIMPLE = (
    datetime.datetime,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    decimal.Decimal,
    fractions.Fraction,
    uuid.UUID,
)
REFERRED = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, functools.partial)


def outside_name(thing: Any) -> str:
    """A name for what is not the user's: its package and its own name.

    Not the whole module path, which moves between versions of a package.
    """
    if isinstance(thing, types.ModuleType):
        return f"module:{thing.__name__}"
    owner = thing if isinstance(thing, type) or getattr(thing, "__module__", None) else type(thing)
    package = str(getattr(owner, "__module__", None) or "builtins").split(".", 1)[0]
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None) or type(thing).__qualname__
    return f"outside:{package.lstrip('_')}:{name}"


def _short(text: str) -> str:
    return text if len(text) <= TEXT_MAX else f"sha256:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"


class Writer:
    """Writes values; `refer` is asked for functions, classes and modules."""

    def __init__(self, refer: Refer) -> None:
        self._refer = refer
        self._left = NODES_MAX

    def write(self, value: Any, depth: int = 0) -> str:
        """The text of `value`; of one whose own methods raise, its type."""
        try:
            return self._write(value, depth)
        except Exception:
            return f"unreadable:{type(value).__name__}"

    def _write(self, value: Any, depth: int) -> str:
        self._left -= 1
        if isinstance(value, enum.Enum):
            return f"enum:{self._refer(type(value))}.{value.name}"
        if type(value) in _ATOMS:
            return _short(f"{type(value).__name__}:{value!r}")
        if isinstance(value, _SIMPLE):
            return f"{type(value).__name__}:{value!s}"
        if isinstance(value, pathlib.PurePath):
            return f"path:{value.as_posix()}"
        if isinstance(value, re.Pattern):
            return _short(f"pattern:{value.pattern!r}:{value.flags}")
        if isinstance(value, REFERRED) or wrapped_by(value) is not None:
            return self._refer(value)
        if self._left <= 0 or depth > DEPTH_MAX:
            return self._by_length(value)
        return self._composed(value, depth)

    def _by_length(self, value: Any) -> str:
        try:
            return f"large:{type(value).__name__}:{len(value)}"
        except Exception:
            return f"large:{type(value).__name__}"

    def _composed(self, value: Any, depth: int) -> str:
        name = type(value).__name__
        if isinstance(value, dict):
            items = sorted(list(value.items())[:NODES_MAX], key=lambda item: _order(item[0]))
            text = ",".join(f"{self.write(k, depth + 1)}={self.write(v, depth + 1)}" for k, v in items)
            return _short(f"{name}{{{text}}}")
        if isinstance(value, (set, frozenset)):
            text = ",".join(self.write(v, depth + 1) for v in sorted(value, key=_order))
            return _short(f"{name}{{{text}}}")
        if isinstance(value, (list, tuple)):
            return _short(f"{name}[{','.join(self.write(v, depth + 1) for v in value[:NODES_MAX])}]")
        if isinstance(value, bytearray):
            return _short(f"bytearray:{bytes(value)!r}")
        return self._instance(value, depth)

    def _instance(self, value: Any, depth: int) -> str:
        if type(value).__name__ == "ndarray" and type(value).__module__ == "numpy":
            return _array(value)
        if type(value).__module__ == "numpy" and hasattr(value, "item") and hasattr(value, "dtype"):
            return f"numpy:{value.dtype}:{value.item()!r}"
        kind = self._refer(type(value))
        fields = getattr(type(value), "__dataclass_fields__", None)
        if fields and not kind.startswith("outside:"):
            data = ",".join(f"{n}={self.write(getattr(value, n, None), depth + 1)}" for n in fields)
            return _short(f"instance:{kind}({data})")
        return f"instance:{kind}"


def _order(value: Any) -> str:
    """Where a key or a set's member stands among the others: the same in every process, before anything of it
    is referred to, since the order of references numbers the definition's nodes."""
    return Writer(lambda thing: str(getattr(thing, "__qualname__", type(thing).__qualname__))).write(value)


def _array(a: Any) -> str:
    if a.nbytes > ARRAY_BYTES_MAX or a.dtype.hasobject:
        return f"ndarray:{a.dtype}:{a.ndim} dimensions"
    return f"ndarray:{a.dtype}:{a.shape}:{hashlib.sha256(a.tobytes()).hexdigest()}"
