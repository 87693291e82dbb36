# SPDX-License-Identifier: Apache-2.0
"""Syntax trees as text in which only meaning is left.

Two definitions that differ in formatting, comments, docstrings or the Python
version that parsed them give the same text.  Not `ast.dump`: that shows fields
that newer versions add, and f-strings as each version happens to cut them.
"""

from __future__ import annotations

import ast
import types
from typing import Any

# Without meaning for the program: whether a name is loaded or stored follows from its place.
_SKIPPED = frozenset({"ctx", "kind", "type_comment", "type_ignores", "lineno", "end_lineno"})


def _constant(value: Any) -> str:
    return f"{type(value).__name__}:{value!r}"


def _without_inert(body: list[Any]) -> list[Any]:
    """Statements that do something: no docstrings, no constants standing alone, no `pass`."""
    return [
        s
        for s in body
        if not isinstance(s, ast.Pass) and not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
    ]


def _merged(values: list[Any]) -> list[Any]:
    """The parts of an f-string with neighbouring texts joined."""
    merged: list[Any] = []
    for value in values:
        text = str(value.value) if isinstance(value, ast.Constant) else None
        if text == "":
            continue
        if text is not None and merged and isinstance(merged[-1], str):
            merged[-1] += text
        else:
            merged.append(text if text is not None else value)
    return merged


def _emit(value: Any, out: list[str]) -> None:
    if isinstance(value, ast.Constant):
        out.append(_constant(value.value))
    elif isinstance(value, ast.AST):
        out.append(f"({type(value).__name__}")
        for field in sorted(value._fields):
            _emit_field(field, getattr(value, field, None), value, out)
        out.append(")")
    elif isinstance(value, list):
        out.append("[")
        for item in value:
            _emit(item, out)
            out.append(",")
        out.append("]")
    else:
        out.append(_constant(value))


def _emit_field(field: str, value: Any, node: ast.AST, out: list[str]) -> None:
    if isinstance(node, ast.JoinedStr):
        value = _merged(value)
    elif isinstance(value, list) and value and isinstance(value[0], ast.stmt):
        value = _without_inert(value)
    if field in _SKIPPED or value is None or value == []:
        return
    out.append(f" {field}=")
    _emit(value, out)


def canonical(node: ast.AST) -> str:
    """Text of `node`.  RecursionError for trees nested too deeply."""
    out: list[str] = []
    _emit(node, out)
    return "".join(out)


def canonical_definition(node: Any, decorators: list[ast.expr], named: bool) -> str:
    """Text of a function or class with these decorators instead of its own; without its name unless `named`."""
    if isinstance(node, ast.Lambda):
        return canonical(node)
    copy = type(node)(**{f: getattr(node, f, None) for f in node._fields if hasattr(node, f)})
    copy.decorator_list = decorators
    if not named:
        copy.name = ""
    return canonical(copy)


def canonical_code(code: types.CodeType, docstring: str | None) -> str:
    """Text of compiled code for want of source; no line numbers, no file.  Differs between Python versions."""
    constants = []
    for i, value in enumerate(code.co_consts):
        if isinstance(value, types.CodeType):
            constants.append(canonical_code(value, None))
        elif isinstance(value, frozenset):
            constants.append(f"frozenset:{sorted(map(_constant, value))}")
        elif i > 0 or (value is not None and value != docstring):  # the first is the docstring, or None
            constants.append(_constant(value))
    return "(code {} {} {} {} {} [{}])".format(
        code.co_code.hex(),
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & 0x2F),
        code.co_names,
        code.co_varnames,
        (code.co_freevars, code.co_cellvars),
        ",".join(constants),
    )
