# SPDX-License-Identifier: Apache-2.0
"""What a function's code refers to, read from its bytecode.

The bytecode knows which names are global, whatever is shadowed where; that
holds in every Python version, while the instructions around it vary.
"""

from __future__ import annotations

import dis
import types
from typing import Any, NamedTuple

_GLOBAL = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_GLOBALS"})
_ATTRIBUTE = frozenset({"LOAD_ATTR", "LOAD_METHOD"})
_STORE = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL", "STORE_DEREF"})
_NOISE = frozenset({"EXTENDED_ARG", "CACHE", "PUSH_NULL", "NOP", "RESUME"})


class Names(NamedTuple):
    """`chains`: name -> attributes taken right from it ((), ("helper",), ("sub", "helper")).
    `stored`: names that the code assigns, so that their values are state, not definition.
    `imports`: modules that it imports itself, relative ones with their dots.  `parts`: what it takes from
    them, `package.part`, where the part may be a module.  `attributes`: of anything."""

    chains: dict[str, set[tuple[str, ...]]]
    stored: set[str]
    imports: set[str]
    parts: set[str]
    attributes: set[str]


def codes(code: types.CodeType) -> list[types.CodeType]:
    """`code` and all code inside it."""
    found = [code]
    for here in found:
        found.extend(c for c in here.co_consts if isinstance(c, types.CodeType))
    return found


def join_part(module: str, part: str) -> str:
    """`module.part`; of "." and "part" it is ".part"."""
    return f"{module}{part}" if module.endswith(".") else f"{module}.{part}"


def _scan(code: types.CodeType, free: frozenset[str], into: Names) -> None:
    chain: list[str] = []

    def close() -> None:
        if chain:
            into.chains.setdefault(chain[0], set()).add(tuple(chain[1:]))
            chain.clear()

    level: Any = None  # what the last instruction but one has loaded, and the last one
    taken: Any = None
    for step in dis.get_instructions(code):
        name = step.opname
        if name in _NOISE:
            continue
        if name in _ATTRIBUTE and chain:
            chain.append(step.argval)
            continue
        close()
        if name in _GLOBAL and (not name.endswith("DEREF") or step.argval in free):
            chain.append(step.argval)
        elif name in _STORE and (name != "STORE_DEREF" or step.argval in free):
            into.stored.add(step.argval)
        elif name == "IMPORT_NAME":
            module = "." * (level or 0) + step.argval
            into.imports.add(module)
            into.parts.update(join_part(module, part) for part in taken or ())
        level, taken = taken, step.argval
    close()
    into.attributes.update(code.co_names)


def names_of(code: types.CodeType) -> Names:
    """The names that `code` and the functions inside it take from outside."""
    found = Names({}, set(), set(), set(), set())
    free = frozenset(code.co_freevars)
    for here in codes(code):
        _scan(here, free, found)
    return found
