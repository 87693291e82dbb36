# SPDX-License-Identifier: Apache-2.0
"""A stored definition as a callable again.  This runs stored code: only on the caller's explicit word.

Each module that the definition came from becomes a fresh module object, never
entered into `sys.modules`.  Definitions are executed until none can make
progress, since one may need another at its beginning (a base class, a default).
Imports of packages are real ones; imports of the user's own modules lead to the
stored ones.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import types
from typing import Any, Callable

from ._definition import ROOT
from ._errors import LoadError


class _Modules:
    """The stored modules by name."""

    def __init__(self, provided: dict[str, Any]) -> None:
        self._found: dict[str, types.ModuleType] = {}
        self._provided = provided

    def get(self, name: str) -> types.ModuleType:
        module = self._found.get(name)
        if module is None:
            module = self._found[name] = types.ModuleType(name)
            module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import}
            module.__dict__.update(self._provided)
        return module

    def has(self, name: str) -> bool:
        return name in self._found

    def _import(
        self, name: str, scope: Any = None, local: Any = None, fromlist: Any = (), level: int = 0
    ) -> types.ModuleType:
        if level == 0 and name in self._found:
            return self._found[name]
        return builtins.__import__(name, scope, local, fromlist, level)


def _run(source: str, module: types.ModuleType, name: str) -> None:
    # Annotations stay text: what they name is no part of what the code does, and was not stored.
    code = compile(source, f"<vireo {name}>", "exec", __future__.annotations.compiler_flag, dont_inherit=True)
    exec(code, module.__dict__)


def _is_lambda(source: str) -> bool:
    try:
        return isinstance(ast.parse(source.strip(), mode="eval").body, ast.Lambda)
    except SyntaxError:
        return False


def _settle(jobs: list[tuple[str, Callable[[], None]]]) -> None:
    """Run the jobs, those that raise again after the others, until nothing changes."""
    while jobs:
        failed: list[tuple[str, Callable[[], None]]] = []
        problem: Exception | None = None
        for name, job in jobs:
            try:
                job()
            except Exception as exc:
                problem = exc
                failed.append((name, job))
        if len(failed) == len(jobs):
            names = ", ".join(n for n, _ in failed)
            raise LoadError(f"cannot be made again: {names} ({type(problem).__name__}: {problem})") from problem
        jobs = failed


def load(name: str, source: str, dependencies: list[dict[str, str]], provided: dict[str, Any]) -> Callable[..., Any]:
    """The callable that `source` defines.

    Args:
        name: the version's tag, for messages.
        source: a function, a class or a lambda.
        dependencies: as registered.
        provided: values for names whose own could not be stored, such as a trained estimator.

    Raises:
        LoadError: there is no source, or something that it needs is missing.
    """
    if not source.strip():
        raise LoadError(f"{name} was registered without source")
    modules = _Modules(provided)
    root = modules.get(ROOT)
    for one in dependencies:
        modules.get(one.get("module") or ROOT)
    jobs: list[tuple[str, Callable[[], None]]] = []
    for one in reversed(dependencies):
        home = modules.get(one.get("module") or ROOT)
        if one["name"] in provided:
            continue
        text = one.get("source") or ""
        if one["kind"] == "constant" and text.startswith("#"):
            continue  # told when the code asks for it
        if one["kind"] == "module":
            home = modules.get(one["name"])
        jobs.append((one["name"], lambda text=text, home=home: _run(text, home, name)))  # type: ignore[misc]
    if _is_lambda(source):
        _settle(jobs)
        found = eval(compile(source.strip(), f"<vireo {name}>", "eval"), root.__dict__)
    else:
        defined = ast.parse(source).body[0]
        _settle([*jobs, (name, lambda: _run(source, root, name))])
        found = root.__dict__.get(getattr(defined, "name", ""))
    if not callable(found):
        raise LoadError(f"{name} does not define a callable")
    return found  # type: ignore[no-any-return]
