# SPDX-License-Identifier: Apache-2.0
"""The source text and syntax tree of functions, lambdas, classes and modules.

`inspect.getsource` runs a tokenizer in Python; here the lines behind a
definition's first one are tried until they parse, which is right because a
statement cannot end inside a string or a bracket, and takes microseconds.

A source file may have changed since it was imported.  So the text is compiled
again and compared with the code that runs; when they differ there is no
source, and callers fall back to the code itself.
"""

from __future__ import annotations
import __future__

import ast
import functools
import itertools
import linecache
import os
import re
import textwrap
import types
from typing import Any, NamedTuple, Union

TRIES_MAX = 200
_FUTURES = functools.reduce(
    lambda flags, name: flags | getattr(__future__, name).compiler_flag, __future__.all_feature_names, 0
)
_MANGLED = re.compile(r"^_[^_]\w*?(__\w+)$")

Definition = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda]


class Source(NamedTuple):
    """`text` is dedented and as it was written; `first_line` is that of the file."""

    text: str
    node: Definition
    first_line: int


# ---------------------------------------------------------------- the same code?


def _plain_name(name: str) -> str:
    mangled = _MANGLED.match(name)
    return mangled.group(1) if mangled else name


def _names(code: types.CodeType) -> set[str]:
    return {_plain_name(n) for n in (*code.co_names, *code.co_freevars, *code.co_cellvars)} - {"__class__"}


def _constants(code: types.CodeType) -> list[str]:
    plain = [c for c in code.co_consts if not isinstance(c, (types.CodeType, frozenset))]
    # What depends on the place: qualified names (Python 3.10 and older keep those of inner functions
    # with the outer one), and the line of a class (from 3.13 on).
    inner = tuple(f".{i.co_name}" for i in _inner(code))
    line = code.co_firstlineno if "__firstlineno__" in code.co_names else None

    def placed(c: object) -> bool:
        if isinstance(c, str):
            return c.endswith(code.co_name) or ("<locals>" in c and c.endswith(inner))
        return line is not None and c == line

    return [repr(c) for c in plain if not placed(c)]


def _inner(code: types.CodeType) -> list[types.CodeType]:
    return [c for c in code.co_consts if isinstance(c, types.CodeType)]


def same_code(a: types.CodeType, b: types.CodeType) -> bool:
    """Whether `a` and `b` do the same, one of them perhaps compiled outside of its class or function."""
    pairs = [(a, b)]
    while pairs:
        x, y = pairs.pop()
        if x.co_name != y.co_name or x.co_argcount != y.co_argcount or len(x.co_varnames) != len(y.co_varnames):
            return False
        if _names(x) != _names(y) or _constants(x) != _constants(y) or len(_inner(x)) != len(_inner(y)):
            return False
        pairs.extend(zip(_inner(x), _inner(y)))
    return True


def _compiled(text: str, code: types.CodeType) -> list[types.CodeType]:
    """The code objects called as `code` is in `text`, compiled as its module was."""
    module = compile(text, "<again>", "exec", flags=code.co_flags & _FUTURES, dont_inherit=True)
    found, todo = [], [module]
    while todo:
        here = todo.pop()
        if here.co_name == code.co_name:
            found.append(here)
        todo.extend(_inner(here))
    return found


# ---------------------------------------------------------------- finding


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _ends(lines: list[str], start: int) -> list[int]:
    """Where a definition that begins at `start` may end: before a line that is not indented more."""
    margin = _indent(lines[start])
    found = (
        i
        for i in range(start + 1, len(lines))
        if lines[i].strip() and not lines[i].lstrip().startswith("#") and _indent(lines[i]) <= margin
    )
    return [*itertools.islice(found, TRIES_MAX), len(lines)]


def _cut(lines: list[str], start: int) -> Source | None:
    """The one definition that begins at line `start` (from 0), with its decorators."""
    for end in _ends(lines, start):
        text = textwrap.dedent("".join(lines[start:end])).rstrip() + "\n"
        try:
            body = ast.parse(text).body
        except SyntaxError:
            continue
        if len(body) == 1 and isinstance(body[0], (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return Source(text, body[0], start + 1)
        return None
    return None


@functools.lru_cache(maxsize=32)
def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _lambda_source(lines: list[str], code: types.CodeType) -> Source | None:
    text = "".join(lines)
    tree = _parsed(text)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno:
            segment = ast.get_source_segment(text, node)
            if segment and any(same_code(c, code) for c in _compiled(f"({segment})", code)):
                return Source(segment, node, node.lineno)
    return None


def function_source(func: types.FunctionType) -> Source | None:
    """The source of `func`, or None: there is none, or it is not what runs."""
    code = func.__code__
    lines = linecache.getlines(code.co_filename, func.__globals__)
    if not 0 < code.co_firstlineno <= len(lines):
        return None
    try:
        if code.co_name == "<lambda>":
            return _lambda_source(lines, code)
        source = _cut(lines, code.co_firstlineno - 1)
        if source is None or not any(same_code(c, code) for c in _compiled(source.text, code)):
            return None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return source


@functools.lru_cache(maxsize=1024)
def _same_file(a: str, b: str) -> bool:
    return a == b or os.path.realpath(a) == os.path.realpath(b)


def methods_of(cls: type, filename: str | None) -> list[types.FunctionType]:
    """The functions written in the body of `cls` in that file; not those that a class decorator made, as
    `dataclass` does, which look like methods but come from elsewhere."""
    found = []
    for value in vars(cls).values():
        for candidate in functions_in(value):
            if candidate.__qualname__ != f"{cls.__qualname__}.{candidate.__name__}":
                continue
            if filename is None or _same_file(candidate.__code__.co_filename, filename):
                found.append(candidate)
    return found


def functions_in(value: Any) -> list[types.FunctionType]:
    """The plain functions behind a class attribute: of a method, a property, a wrapped function."""
    if isinstance(value, property):
        parts: list[Any] = [value.fget, value.fset, value.fdel]
    else:
        parts = [getattr(value, "__func__", value)]
    found = []
    for part in parts:
        for _ in range(16):
            if isinstance(part, types.FunctionType):
                break
            part = wrapped_by(part) or getattr(part, "func", None)
        if isinstance(part, types.FunctionType):
            found.append(unwrapped(part))
    return found


def wrapped_by(thing: Any) -> Any:
    """What `functools.wraps` put inside `thing`, or None; runs none of its code."""
    try:
        return object.__getattribute__(thing, "__dict__").get("__wrapped__")
    except (AttributeError, TypeError):
        return None


def unwrapped(func: Any) -> Any:
    """What `functools.wraps` wrapped, innermost."""
    for _ in range(64):
        inner = wrapped_by(func)
        if inner is None or not callable(inner):
            break
        func = inner
    return func


def _class_nodes(tree: ast.Module, qualname: str) -> list[ast.ClassDef]:
    """The classes of that qualified name, in the order of the file."""
    todo: list[tuple[ast.AST, str]] = [(tree, "")]
    found = []
    while todo:
        node, prefix = todo.pop()
        for child in ast.iter_child_nodes(node):
            name = getattr(child, "name", "") if isinstance(child, (ast.ClassDef, ast.FunctionDef)) else ""
            if isinstance(child, ast.ClassDef) and prefix + name == qualname:
                found.append(child)
            scope = f"{prefix}{name}." if isinstance(child, ast.ClassDef) else f"{prefix}{name}.<locals>."
            todo.append((child, scope if name else prefix))
    return sorted(found, key=lambda n: n.lineno)


def class_source(cls: type, filename: str) -> Source | None:
    """The source of `cls`, which comes from `filename`; of several of that name the one with its methods."""
    lines = linecache.getlines(filename)
    tree = _parsed("".join(lines)) if lines else None
    if tree is None:
        return None
    methods = methods_of(cls, filename)
    for node in reversed(_class_nodes(tree, cls.__qualname__)):
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        end = node.end_lineno or first
        if all(first <= m.__code__.co_firstlineno <= end for m in methods):
            text = textwrap.dedent("".join(lines[first - 1 : end]))
            if all(function_source(m) is not None for m in methods):
                return Source(text, node, first)
    return None


def module_source(filename: str) -> tuple[str, ast.Module] | None:
    """Text and tree of a whole file."""
    text = "".join(linecache.getlines(filename))
    tree = _parsed(text) if text else None
    return (text, tree) if tree else None


# ---------------------------------------------------------------- imports

Imports = list[Union[ast.Import, ast.ImportFrom]]
IMPORTS_MAX = 256  # files
_STATEMENTS_IN = ("body", "handlers", "orelse", "finalbody", "cases")
_imports: dict[str, tuple[list[str], Imports]] = {}


def imports_of(tree: ast.Module) -> Imports:
    """The import statements, outer ones first.  Only statements are walked, a tenth of a tree."""
    found: Imports = []
    todo: list[ast.AST] = [tree]
    for node in todo:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.append(node)
        for field in _STATEMENTS_IN:
            inner = getattr(node, field, None)
            if isinstance(inner, list):
                todo.extend(inner)
    return found


def imports_in(filename: str) -> Imports:
    """The import statements of a file; it is walked once for each text that it had."""
    lines = linecache.getlines(filename)  # the same list as long as the text is the same
    known = _imports.get(filename)
    if known is None or known[0] is not lines:
        source = module_source(filename)
        known = (lines, imports_of(source[1]) if source else [])
        if len(_imports) >= IMPORTS_MAX:
            _imports.clear()
        _imports[filename] = known
    return known[1]
