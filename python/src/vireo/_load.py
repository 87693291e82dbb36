# SPDX-License-Identifier: Apache-2.0
"""A stored definition as a callable again.  This runs stored code: only on the caller's explicit word.

Each module that the definition came from becomes a fresh module object, which no
import finds but those of the stored code.  Definitions are executed until none can make
progress, since one may need another at its beginning (a base class, a default).
Imports of packages are real ones; imports of the user's own modules lead to the
stored ones.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import re
import sys
import types
from typing import Any, Callable, NamedTuple

from ._definition import ROOT
from ._errors import LoadError

_IMPORT = re.compile(r"from (\S+) import (\S+) as ")


class MissingValueError(LoadError, NameError):
    """The code asks for a value that is no code and was not stored."""


class _Known(NamedTuple):
    """What messages tell.

    Attributes:
        tag: of the version.
        packages: that it used, with their versions.
        missing: names whose values were not stored, and what they were.
    """

    tag: str
    packages: dict[str, str]
    missing: dict[str, str]

    def to_install(self) -> str:
        return " ".join(f"{name}=={version}" for name, version in sorted(self.packages.items()))


class _Builtins(dict[str, Any]):
    """Builtins that tell what a name was that is not there."""

    def __init__(self, known: _Known) -> None:
        super().__init__(vars(builtins))
        self._known = known

    def __missing__(self, name: str) -> Any:
        what = self._known.missing.get(name)
        if what is None:
            raise KeyError(name)
        raise MissingValueError(
            f"{self._known.tag} uses {name!r} ({what}), a value that is no code and was not stored: "
            f"give it, load(allow_code=True, names={{{name!r}: ...}}), or make it inside of a function"
        )


class _Modules:
    """The stored modules by name, and the packages above them, which may have nothing stored.

    They are in `sys.modules` too, which dataclasses and pickle ask for a class' module, under names that no import has.
    """

    def __init__(self, provided: dict[str, Any], known: _Known) -> None:
        self._found: dict[str, types.ModuleType] = {}
        self._provided = provided
        self._known = known
        # Only then, since looking names up in a dict of another type is slower.
        self._builtins = _Builtins(known) if known.missing else dict(vars(builtins))
        self._builtins["__import__"] = self._import

    def get(self, name: str) -> types.ModuleType:
        module = self._found.get(name)
        if module is None:
            module = self._found[name] = types.ModuleType(f"<vireo {self._known.tag}> {name}")
            sys.modules[module.__name__] = module
            module.__dict__.update({"__builtins__": self._builtins, "__package__": name, **self._provided})
            above, _, known_as = name.rpartition(".")
            if above:
                setattr(self.get(above), known_as, module)
        return module

    def _import(
        self, name: str, scope: Any = None, local: Any = None, fromlist: Any = (), level: int = 0
    ) -> types.ModuleType:
        if level:
            name = self._absolute(name, str((scope or {}).get("__package__")), level, fromlist or ())
        if name in self._found:
            return self._found[name if fromlist else name.split(".")[0]]
        try:
            return builtins.__import__(name, scope, local, fromlist)
        except ModuleNotFoundError as exc:
            packages = self._known.to_install()
            if not packages or exc.name is None or exc.name.split(".")[0] != name.split(".")[0]:
                raise
            text = f"{exc}; {self._known.tag} was made with these packages: pip install {packages}"
            raise ModuleNotFoundError(text, name=exc.name, path=exc.path) from None

    def _absolute(self, name: str, home: str, level: int, fromlist: Any) -> str:
        """What a relative import in the stored module `home` means.

        It may have been a package or not, and the callable's own module has no name any more: of what that leaves
        open, what is there.
        """
        if home == ROOT:
            endings = [name] if name else list(fromlist)
            inner = next((m for m in self._found if any(f".{m}".endswith(f".{e}") for e in endings)), None)
            found = inner.rpartition(".")[0] if inner and not name else inner
        else:
            path = home.split(".")
            above = [".".join(path[: len(path) - up]) for up in (level - 1, level) if up < len(path)]
            tries = [f"{a}.{name}" if name else a for a in above]
            found = next((t for t in tries if t in self._found), None)
        if found is None:
            raise ModuleNotFoundError(f"{self._known.tag}: no stored module for {'.' * level}{name}", name=name)
        return found


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


def _not_stored(dependencies: list[dict[str, str]], provided: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Names, with their modules, whose values were not stored, and what they were, from
    "# clf: outside:sklearn:LogisticRegression"; also of modules that import them."""
    found = {}
    imports = []
    for one in dependencies:
        text = one.get("source") or ""
        imported = _IMPORT.match(text) if one["kind"] == "import" else None
        if one["kind"] == "constant" and text.startswith("#"):
            found[_home(one), one["name"]] = text.rpartition(":")[2].strip() or "unknown"
        elif imported is not None and imported.group(2) not in provided:
            imports.append(((_home(one), one["name"]), (imported.group(1), imported.group(2))))
    for _ in imports:  # one may import what another imports
        found.update({name: found[source] for name, source in imports if source in found})
    return found


def _home(dependency: dict[str, str]) -> str:
    """The module that a dependency is in, or is."""
    return dependency["name"] if dependency["kind"] == "module" else dependency.get("module") or ROOT


def load(
    name: str,
    source: str,
    dependencies: list[dict[str, str]],
    provided: dict[str, Any],
    packages: dict[str, str] | None = None,
) -> Callable[..., Any]:
    """The callable that `source` defines.

    Args:
        name: the version's tag, for messages.
        source: a function, a class or a lambda.
        dependencies: as registered.
        provided: values for names whose own could not be stored, such as a trained estimator; of a name that was
            stored, in its place.
        packages: that it used, with their versions, for messages.

    Raises:
        LoadError: there is no source, or something that it needs is missing.
    """
    if not source.strip():
        raise LoadError(f"{name} was registered without source")
    not_stored = _not_stored(dependencies, provided)
    wanted = {known_as for _, known_as in not_stored}
    missing = {known_as: what for (_, known_as), what in not_stored.items() if known_as not in provided}
    modules = _Modules(provided, _Known(name, packages or {}, missing))
    root = modules.get(ROOT)
    for one in dependencies:
        modules.get(_home(one))
    jobs: list[tuple[str, Callable[[], None]]] = []
    for one in reversed(dependencies):
        home = modules.get(_home(one))
        if (_home(one), one["name"]) in not_stored:
            continue  # what is missing is told when the code asks for it
        if one["name"] in provided and one["name"] not in wanted:
            continue
        text = one.get("source") or ""
        if one["kind"] == "module":
            home.__dict__["__package__"] = one.get("module") or ""
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
