# SPDX-License-Identifier: Apache-2.0
"""The definition of a callable: its own code and the user's code and constants that it reaches.

A graph, walked breadth first from the callable, names in sorted order, so that
the same program always gives the same sequence of nodes:

    node 0   the callable: canonical text, then "name=what" for each name that it refers to
    node 1.. functions, classes and modules of the user's own code

"what" is `#3` (node 3), `outside:package:name`, or the text of a constant.  The
fingerprint is the SHA-256 of all nodes.  Neither file names, line numbers, module names nor
the callable's own name are part of it.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import functools
import hashlib
import inspect
import re
import sys
import types
from typing import Any, NamedTuple, cast

from . import _native
from ._canonical import canonical, canonical_code, canonical_definition
from ._names import Names, join_part, names_of
from ._own import is_own, is_own_module, own_module_file, source_file
from ._source import (
    Source,
    class_source,
    function_source,
    functions_in,
    imports_in,
    imports_of,
    methods_of,
    module_source,
    unwrapped,
)
from ._stored_values import expression, named_tuple
from ._values import Writer, outside_name

FORMAT = "vireo fingerprint 1"
NODES_MAX = 1000
ROOT = "__root__"  # stands for the module of the callable itself
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_TRACING = frozenset({"trace", "assess"})


class Dependency(NamedTuple):
    """Something that the definition needs, as it is stored: `kind` is function, class, constant or import."""

    name: str
    kind: str
    source: str
    module: str


class Definition(NamedTuple):
    """What a version is made of."""

    fingerprint: str
    source: str
    signature: str
    output_type: str | None
    dependencies: list[Dependency]
    packages: set[str]  # top-level names of the packages that it uses
    module: str
    filename: str
    exact: bool  # False: without source; the fingerprint then differs between Python versions


class Bound(NamedTuple):
    """A function with the class that it is a method of, so that `self.other` can be followed."""

    func: Any  # a types.FunctionType; Any, lest it be taken for a method of this class
    owner: type | None


# ---------------------------------------------------------------- decorators


def _dotted(node: ast.expr) -> list[str]:
    """`a.b.c` or `a.b.c(...)` as names; empty for anything else."""
    if isinstance(node, ast.Call):
        node = node.func
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else []


def _is_tracing(decorator: ast.expr, scope: dict[str, Any]) -> bool:
    """Whether a decorator is ours, which is no part of the definition.

    It is, when its name leads to a method of this package, or ends in `.trace`
    or `.assess` of something that cannot be seen from here (a local client).
    """
    names = _dotted(decorator)
    if not names:
        return False
    if names[0] not in scope:
        return len(names) > 1 and names[-1] in _TRACING
    here = scope[names[0]]
    for name in names[1:]:
        here = (
            inspect.getattr_static(here, name, None)
            if not isinstance(here, types.ModuleType)
            else getattr(here, name, None)
        )
    module = str(getattr(inspect.unwrap(here) if callable(here) else here, "__module__", None) or "")
    return module == "vireo" or module.startswith("vireo.")


def _scope(func: types.FunctionType) -> dict[str, Any]:
    """Every name that the function can see, with its value."""
    scope = dict(func.__globals__)
    for name, cell in zip(func.__code__.co_freevars, func.__closure__ or ()):
        try:
            scope[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            scope.pop(name, None)
    return scope


def _without(source: Source, removed: list[ast.expr]) -> str:
    """The text without the lines of these decorators."""
    lines = source.text.splitlines(keepends=True)
    base = 0 if not isinstance(source.node, ast.ClassDef) else source.first_line - 1
    for decorator in sorted(removed, key=lambda d: -d.lineno):
        del lines[decorator.lineno - 1 - base : (decorator.end_lineno or decorator.lineno) - base]
    return "".join(lines)


# ---------------------------------------------------------------- the graph


class _Node(NamedTuple):
    name: str
    thing: Any  # Bound, a class, or a module's file name
    module: str


class _Graph:
    """One walk.  `lines` is what is hashed; `stored` what is registered."""

    def __init__(self) -> None:
        self.nodes: list[_Node] = []
        self.index: dict[Any, int] = {}
        self.lines: list[str] = []
        self.stored: list[Dependency] = []
        self.packages: set[str] = set()
        self.exact = True
        self._kept: list[Any] = []  # what ids in `index` belong to
        self._stored_names: set[tuple[str, str]] = set()
        self._here: _Node | None = None

    # -- references

    def refer(self, thing: Any) -> str:
        """What stands for `thing` in the text of the node that refers to it."""
        if isinstance(thing, types.ModuleType):
            return "module" if is_own_module(thing) else self._outside(thing)
        if isinstance(thing, functools.partial):
            write = Writer(self.refer).write
            return f"partial({self.refer(thing.func)},{write(thing.args)},{write(thing.keywords)})"
        if isinstance(thing, types.MethodType):
            return f"method({self.follow(Bound(thing.__func__, type(thing.__self__)))})"
        func = unwrapped(thing)
        if isinstance(func, types.FunctionType):
            return self.follow(Bound(func, None)) if is_own(func) else self._outside(func)
        if isinstance(func, type) and is_own(func):
            return self.follow(func)
        return self._outside(func)

    def _outside(self, thing: Any) -> str:
        owner = (
            thing if isinstance(thing, (type, types.ModuleType)) or getattr(thing, "__module__", None) else type(thing)
        )
        module = thing.__name__ if isinstance(thing, types.ModuleType) else getattr(owner, "__module__", "")
        self.packages.add(str(module).split(".", 1)[0])
        return outside_name(thing)

    def follow(self, thing: Any, name: str = "") -> str:
        """Give `thing` a node, once."""
        key = (
            (id(thing.func), id(thing.owner))
            if isinstance(thing, Bound)
            else thing
            if isinstance(thing, str)
            else id(thing)
        )
        if isinstance(thing, Bound) and (id(thing.func), id(None)) in self.index:
            key = (id(thing.func), id(None))
        found = self.index.get(key)
        if found is None:
            if len(self.nodes) >= NODES_MAX:
                return "beyond"
            found = self.index[key] = len(self.nodes)
            self._kept.append(thing)
            self.nodes.append(_Node(name or _name_of(thing), thing, _module_of(thing)))
        return f"#{found}"

    # -- nodes

    def walk(self) -> None:
        """Write every node; the list grows meanwhile."""
        for node in self.nodes:
            self._here = node
            if isinstance(node.thing, Bound):
                self._function(node, node.thing, root=node is self.nodes[0])
            elif isinstance(node.thing, str):
                self._module(node, node.thing)
            else:
                self._class(node, node.thing)

    def _write(self, kind: str, text: str, references: dict[str, str]) -> None:
        joined = ";".join(f"{name}={references[name]}" for name in sorted(references))
        self.lines.append(f"{kind} {text} [{joined}]")

    def _function(self, node: _Node, bound: Bound, root: bool) -> None:
        func, scope = bound.func, _scope(bound.func)
        source = function_source(func)
        references = self._names(names_of(func.__code__), scope, node.module)
        references.update(self._members(bound))
        write = Writer(self.refer).write
        references["()"] = write((func.__defaults__, func.__kwdefaults__))
        if source is None:
            self.exact = False
            text = canonical_code(func.__code__, func.__doc__) + _annotations(func)
            self.store(node, "function", "")
        else:
            removed = _tracing_decorators(source, scope)
            kept = [d for d in getattr(source.node, "decorator_list", []) if d not in removed]
            references.update(self._decorators(kept, scope, node.module))
            text = canonical_definition(source.node, kept, named=not root)
            self.store(node, "function", _without(source, removed))
        self._write("function", text, references)

    def _class(self, node: _Node, cls: type) -> None:
        filename = source_file(cls)
        source = class_source(cls, filename) if filename else None
        module = sys.modules.get(cls.__module__)
        scope = dict(vars(module)) if module else {}
        references = {f"base {i}": self.refer(base) for i, base in enumerate(cls.__bases__) if base is not object}
        methods = methods_of(cls, filename)
        for method in methods:
            found = self._names(names_of(method.__code__), _scope(method), node.module)
            references.update({f"{method.__name__}.{name}": what for name, what in found.items()})
        if source is None:
            self.exact = False
            text = "".join(f"{m.__name__}={canonical_code(m.__code__, m.__doc__)}" for m in methods)
            self.store(node, "class", named_tuple(cls) or "")
        else:
            assert isinstance(source.node, ast.ClassDef)
            removed = _tracing_decorators(source, scope)
            kept = [d for d in source.node.decorator_list if d not in removed]
            references.update(self._decorators([*kept, *_class_level(source.node)], scope, node.module))
            text = canonical_definition(source.node, kept, named=True)
            self.store(node, "class", _without(source, removed))
        self._write("class", text, references)

    def _module(self, node: _Node, filename: str) -> None:
        found = module_source(filename)
        text = canonical(found[1]) if found else ""
        references: dict[str, str] = {}
        package = node.name if filename.endswith("__init__.py") else node.name.rpartition(".")[0]
        if found:
            references = self._imports(*_imports_of_tree(found[1]), package)
        self._write("module", text, references)
        self.store(node._replace(module=package), "module", found[0] if found else "")

    # -- names

    def _names(self, names: Names, scope: dict[str, Any], module: str) -> dict[str, str]:
        """What each name stands for; local imports of own modules count as a whole."""
        references: dict[str, str] = {}
        for name in sorted(names.chains):
            if name in names.stored:
                references[name] = "state"
                if name in scope:  # where it begins
                    self._store_name(name, scope[name], module)
            elif name in scope:
                references.update(self._chains(name, names.chains[name], scope[name], module))
            elif not hasattr(builtins, name):
                references[name] = "unknown"
        package = str(scope.get("__package__") or str(scope.get("__name__") or "").rpartition(".")[0])
        references.update(self._imports(names.imports, names.parts, package))
        return references

    def _imports(self, modules: set[str], parts: set[str], package: str) -> dict[str, str]:
        """What modules that the code imports itself stand for: own ones count as a whole."""
        references: dict[str, str] = {}
        for name in sorted(modules):
            known_as = _absolute(name, package)
            filename = own_module_file(known_as)
            if filename:
                references[f"import {name}"] = self.follow(filename, known_as)
            else:
                self.packages.add(known_as.split(".", 1)[0])
        for name in sorted(parts):
            known_as = _absolute(name, package)
            top = sys.modules.get(known_as.split(".", 1)[0])
            filename = own_module_file(known_as) if top is None or is_own_module(top) else None
            if filename:
                references[f"import {name}"] = self.follow(filename, known_as)
        return references

    def _chains(self, name: str, chains: set[tuple[str, ...]], value: Any, module: str) -> dict[str, str]:
        """`name` and, if it is an own module, what is taken from it."""
        references: dict[str, str] = {}
        if not (issubclass(type(value), types.ModuleType) and is_own_module(value)):
            references[name] = Writer(self.refer).write(value)
            self._store_name(name, value, module)
            return references
        self._store_name(name, value, module)
        for chain in sorted(chains):
            path, here = name, cast(Any, value)
            for attribute in chain:
                if not isinstance(here, types.ModuleType) or not is_own_module(here):
                    break
                inside = here.__name__
                path, here = f"{path}.{attribute}", getattr(here, attribute, None)
                if not isinstance(here, types.ModuleType) or not is_own_module(here):
                    self._store_name(attribute, here, inside)
            references[path] = Writer(self.refer).write(here)
        return references

    def _members(self, bound: Bound) -> dict[str, str]:
        """What a method may take from `self`: own methods and plain class attributes of those names."""
        references: dict[str, str] = {}
        if bound.owner is None:
            return references
        for attribute in sorted(names_of(bound.func.__code__).attributes):
            for base in bound.owner.__mro__:
                if attribute in vars(base) and is_own(base):
                    references[f"self.{attribute}"] = self._member(vars(base)[attribute], bound.owner)
                    break
        return references

    def _member(self, value: Any, owner: type) -> str:
        functions = functions_in(value)
        if functions:
            return ",".join(self.follow(Bound(f, owner)) for f in functions)
        return Writer(self.refer).write(value)

    def _decorators(self, nodes: list[ast.expr], scope: dict[str, Any], module: str) -> dict[str, str]:
        """What expressions that run when the definition is made refer to."""
        references: dict[str, str] = {}
        for node in nodes:
            for part in ast.walk(node):
                if isinstance(part, ast.Name) and part.id in scope:
                    value = scope[part.id]
                    references[f"@{part.id}"] = Writer(self.refer).write(value)
                    self._store_name(part.id, value, module)
        return references

    # -- what is stored

    def store(self, node: _Node, kind: str, source: str) -> None:
        key = (node.module, node.name)
        if node is not self.nodes[0] and key not in self._stored_names:
            self._stored_names.add(key)
            self.stored.append(Dependency(node.name, kind, source, self._label(node.module)))

    def _label(self, module: str) -> str:
        return ROOT if self.nodes and module == self.nodes[0].module else module

    def _store_name(self, name: str, value: Any, module: str) -> None:
        """Note how `name` of `module` comes to its value, unless its definition does that by itself."""
        if (module, name) in self._stored_names:
            return
        with contextlib.suppress(Exception):  # a value whose own methods raise
            self._store_value(name, value, module)

    def _store_value(self, name: str, value: Any, module: str) -> None:
        target = unwrapped(value)
        own = isinstance(target, (type, types.FunctionType)) and is_own(target)
        if own and target.__qualname__ == name and _module_of(target) == module:
            return
        self._stored_names.add((module, name))
        home = self._label(_module_of(target)) if own else ""
        kind, text = _stored_form(name, value, target, home, module)
        self.stored.append(Dependency(name, kind, text, self._label(module)))


def _stored_form(name: str, value: Any, target: Any, own_home: str, module: str) -> tuple[str, str]:
    """(kind, source) of a name of `module` that is not a definition of it."""
    if isinstance(value, types.ModuleType):
        return "import", "\n".join([f"import {value.__name__} as {name}", *_submodules(name, value, module)])
    if own_home:
        return "import", f"from {own_home} import {target.__qualname__} as {name}"
    text = expression(value)
    if text is not None:
        return "constant", f"{name} = {text}"
    home = _imported_from(name, value, module)
    known_as = getattr(target, "__qualname__", None)
    if home is None and known_as and getattr(target, "__module__", None):
        home = f"from {target.__module__} import {known_as}"
        if getattr(sys.modules.get(target.__module__), known_as, None) is not target:
            home = None
    return ("constant", f"# {name}: {outside_name(value)}") if home is None else ("import", f"{home} as {name}")


def _absolute(name: str, package: str) -> str:
    """A module's name without leading dots, which stand for `package` and those above it."""
    dots = len(name) - len(name.lstrip("."))
    if not dots:
        return name
    above = package.split(".")[: max(0, len(package.split(".")) - dots + 1)]
    return ".".join([*above, name[dots:]]).strip(".")


def _imports_of_tree(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Modules that a file imports, and what it takes from them, as `Names` has them."""
    modules: set[str] = set()
    parts: set[str] = set()
    for node in imports_of(tree):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        else:
            module = "." * node.level + (node.module or "")
            modules.add(module)
            parts.update(join_part(module, alias.name) for alias in node.names)
    return modules, parts


def _imports_in(module: str) -> list[ast.Import | ast.ImportFrom]:
    """The absolute imports in a module's file."""
    filename = getattr(sys.modules.get(module), "__file__", None)
    found = imports_in(filename) if filename else []
    return [node for node in found if isinstance(node, ast.Import) or node.level == 0]


def _imported_from(name: str, value: Any, module: str) -> str | None:
    """`from package import thing`, as the module's own file has it; public paths outlive private ones."""
    for node in _imports_in(module):
        if not isinstance(node, ast.ImportFrom):
            continue
        home = sys.modules.get(node.module or "")
        for alias in node.names:
            if (alias.asname or alias.name) == name and getattr(home, alias.name, None) is value:
                return f"from {node.module} import {alias.name}"
    return None


def _submodules(name: str, value: types.ModuleType, module: str) -> list[str]:
    """`import package.part`, which makes `package` have its part, as the module's own file has it."""
    if name != value.__name__ or is_own_module(value):
        return []
    names = {a.name for node in _imports_in(module) if isinstance(node, ast.Import) for a in node.names if not a.asname}
    return [f"import {x}" for x in sorted(names) if x.startswith(f"{name}.")]


def _name_of(thing: Any) -> str:
    return str((thing.func if isinstance(thing, Bound) else thing).__qualname__)


def _module_of(thing: Any) -> str:
    if isinstance(thing, str):
        return ""
    thing = thing.func if isinstance(thing, Bound) else thing
    if isinstance(thing, types.FunctionType):
        return str(thing.__globals__.get("__name__", "__main__"))
    return str(getattr(thing, "__module__", None) or "__main__")


def _tracing_decorators(source: Source, scope: dict[str, Any]) -> list[ast.expr]:
    return [d for d in getattr(source.node, "decorator_list", []) if _is_tracing(d, scope)]


def _class_level(node: ast.ClassDef) -> list[ast.expr]:
    """The expressions that run in a class' body, outside of its methods."""
    found: list[ast.expr] = [*node.bases, *(k.value for k in node.keywords)]
    for statement in node.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.extend(statement.decorator_list)
            found.extend(d for d in (*statement.args.defaults, *statement.args.kw_defaults) if d is not None)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
            found.append(statement.value)
    return found


def _annotations(func: types.FunctionType) -> str:
    items = sorted((k, _ADDRESS.sub("", str(v))) for k, v in getattr(func, "__annotations__", {}).items())
    return repr(items)


# ---------------------------------------------------------------- signature


def _signature_of(func: Any, source: Source | None) -> tuple[str, str | None]:
    """(signature, declared output type) as written, else as Python tells."""
    node = source.node if source else None
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        output = ast.unparse(node.returns) if node.returns is not None else None
        arrow = f" -> {output}" if output else ""
        return f"({ast.unparse(node.args)}){arrow}", output
    try:
        signature = inspect.signature(func)
    except (ValueError, TypeError):
        return "(*args, **kwargs)", None
    output = None
    if signature.return_annotation is not signature.empty:
        annotation = signature.return_annotation
        output = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return _ADDRESS.sub("", str(signature)), output


# ---------------------------------------------------------------- entry


def owner_of(func: types.FunctionType, instance: Any) -> type | None:
    """The class that `func` is a method of: by its qualified name, else that of the first argument."""
    path = func.__qualname__.split(".")[:-1]
    if not path or path[-1] == "<locals>":
        return None
    here: Any = func.__globals__.get(path[0])
    for name in path[1:]:
        here = getattr(here, name, None)
    if isinstance(here, type):
        return here
    kind = instance if isinstance(instance, type) else type(instance)
    return kind if any(func.__name__ in vars(base) for base in kind.__mro__) else None


def _root(target: Any, instance: Any) -> tuple[Any, str]:
    """(what to follow, more text): how the callable leads to a function or class."""
    if isinstance(target, functools.partial):
        inner, more = _root(target.func, instance)
        graph = _Graph()
        write = Writer(graph.refer).write
        return inner, f"{more} partial({write(target.args)},{write(target.keywords)})"
    if isinstance(target, types.MethodType):
        return Bound(unwrapped(target.__func__), type(target.__self__)), ""
    target = unwrapped(target)
    if isinstance(target, types.FunctionType):
        return Bound(target, owner_of(target, instance)), ""
    if isinstance(target, type):
        return target, ""
    call = unwrapped(inspect.getattr_static(type(target), "__call__", None))
    if isinstance(call, types.FunctionType) and not isinstance(target, _native.Traced):
        data = {k: v for k, v in getattr(target, "__dict__", {}).items() if not k.startswith("_")}
        return Bound(call, type(target)), f" state {Writer(_Graph().refer).write(data)}"
    return None, outside_name(target)


def define(target: Any, instance: Any = None) -> Definition:
    """The definition of `target`, as it is now.

    Args:
        target: a function, method, class, partial, callable object or builtin.
        instance: the first argument of its first call, which tells the class of a method that
            was defined inside a function.

    A few hundred microseconds for a function with a few helpers; it reads source
    files that Python has not cached yet.
    """
    graph = _Graph()
    root, more = _root(target, instance)
    if root is None:
        graph.lines.append(more)
        graph.packages.add(str(getattr(target, "__module__", None) or "").split(".", 1)[0])
        source = None
    else:
        graph.follow(root)
        graph.walk()
        graph.lines.append(more)
        source = function_source(root.func) if isinstance(root, Bound) else None
    signature, output_type = _signature_of(target, source)
    digest = hashlib.sha256("\n".join([FORMAT, *graph.lines]).encode("utf-8", "surrogatepass"))
    return Definition(
        digest.hexdigest(),
        _root_text(root, source),
        signature,
        output_type,
        [d for d in graph.stored if d.source],
        graph.packages - {"vireo"},
        graph.nodes[0].module if graph.nodes else "",
        _filename(root),
        graph.exact and root is not None,
    )


def undefined(target: Any) -> Definition:
    """A definition from the compiled code alone, for when `define` failed."""
    func = unwrapped(target)
    code = getattr(func, "__code__", None)
    text = canonical_code(code, func.__doc__) if isinstance(code, types.CodeType) else outside_name(func)
    digest = hashlib.sha256(f"{FORMAT}\n{text}".encode("utf-8", "surrogatepass"))
    return Definition(digest.hexdigest(), "", "", None, [], set(), "", "", False)


def _root_text(root: Any, source: Source | None) -> str:
    if source is not None:
        return _without(source, _tracing_decorators(source, _scope(root.func)))
    if isinstance(root, type):
        filename = source_file(root)
        found = class_source(root, filename) if filename else None
        if found:
            module = sys.modules.get(root.__module__)
            return _without(found, _tracing_decorators(found, dict(vars(module)) if module else {}))
    return ""


def _filename(root: Any) -> str:
    if isinstance(root, Bound):
        return str(root.func.__code__.co_filename)
    return (source_file(root) or "") if isinstance(root, type) else ""


__all__ = ["Bound", "Definition", "Dependency", "define", "owner_of", "undefined"]
