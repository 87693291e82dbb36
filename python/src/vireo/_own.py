# SPDX-License-Identifier: Apache-2.0
"""Whose code is it: the user's own, which belongs to the definition, or a package's, which has a version?

Own is what does not come from the standard library, from site-packages or from
this package: scripts, notebooks, modules of the project (also when installed
as editable), text that was executed.
"""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import pathlib
import sys
import sysconfig
import types
from typing import Any

_PACKAGE = str(pathlib.Path(__file__).parent)


@functools.lru_cache(maxsize=1)
def _foreign_folders() -> tuple[str, ...]:
    keys = ("stdlib", "platstdlib")
    paths = {sysconfig.get_path(k) for k in keys} | {_PACKAGE}
    return tuple(sorted(str(pathlib.Path(p).resolve()) + "/" for p in paths if p))


@functools.lru_cache(maxsize=4096)
def is_own_file(filename: str) -> bool:
    """Whether code from that file is the user's.  `<string>`, `<stdin>` and notebook cells are."""
    if filename.startswith("<frozen"):
        return False
    if filename.startswith("<"):
        return True
    parts = pathlib.PurePath(filename).parts
    if "site-packages" in parts or "dist-packages" in parts:
        return False
    try:
        return not str(pathlib.Path(filename).resolve()).startswith(_foreign_folders())
    except OSError:
        return True


def is_own_module(module: types.ModuleType) -> bool:
    """Whether a module is the user's; modules without a file are, unless they are built in."""
    name = module.__name__
    if name.split(".", 1)[0] in (*sys.builtin_module_names, "vireo"):
        return False
    filename = getattr(module, "__file__", None)
    if filename is None:
        spec = getattr(module, "__spec__", None)
        return getattr(spec, "origin", None) not in ("built-in", "frozen")
    return is_own_file(filename)


def is_own(thing: Any) -> bool:
    """Whether a function or class is the user's."""
    if isinstance(thing, types.FunctionType):
        return is_own_file(thing.__code__.co_filename)
    module = sys.modules.get(getattr(thing, "__module__", None) or "")
    return module is not None and is_own_module(module)


def source_file(cls: type) -> str | None:
    """The file that a class was written in."""
    module = sys.modules.get(cls.__module__)
    filename = getattr(module, "__file__", None)
    if filename:
        return str(filename)
    # A notebook's classes live in __main__, which has no file; their methods know the cell.
    for value in vars(cls).values():
        code = getattr(getattr(value, "__func__", value), "__code__", None)
        if code is not None and code.co_filename.startswith("<"):
            return str(code.co_filename)
    return None


def own_module_file(name: str) -> str | None:
    """The file of an own module that may not be imported yet.  Imports nothing."""
    loaded = sys.modules.get(name)
    if loaded is not None:
        filename = getattr(loaded, "__file__", None)
        return filename if filename and is_own_module(loaded) else None
    search: list[str] | None = None
    spec = None
    for part in name.split("."):
        try:
            spec = importlib.machinery.PathFinder.find_spec(part, search)
        except (ImportError, ValueError):
            return None
        if spec is None:
            return None
        search = list(spec.submodule_search_locations or [])
    origin = getattr(spec, "origin", None)
    return origin if origin and origin.endswith(".py") and is_own_file(origin) else None
