# SPDX-License-Identifier: Apache-2.0
"""The decorator: what is traced, under which name, with which wrapper."""

from __future__ import annotations

import functools
import inspect
import json
import logging
import threading
import types
from typing import Any, Callable, NamedTuple

from . import _definition, _forks, _native, _wrappers
from ._registration import Registration

_log = logging.getLogger("vireo")
Redact = Callable[[Any], Any]
_SELF = ("self", "cls")


class Options(NamedTuple):
    """The decorator's options, with the client's defaults filled in."""

    name: str | None
    kind: str
    tags: dict[str, Any] | None
    sample: float
    capture_inputs: bool
    capture_outputs: bool
    redact: Redact | None
    judges: tuple[Any, ...] = ()


class Preparation:
    """What happens once, at the first call: the definition is taken and the version registered.

    Not earlier, since what the definition refers to may come after it in its
    module; not later and not on another thread, since the call itself may change that.
    """

    def __init__(self, client: _native.Client, target: Any, name: str, kind: str) -> None:
        self.client = client
        self.target = target
        self.name = name
        self.kind = kind
        self.registration: Registration | None = None
        self._site: object | None = None
        self._busy = False
        self._lock = threading.RLock()
        _forks.watch(self)

    def _after_fork(self) -> None:
        self._lock = threading.RLock()

    def __call__(self, first: Any = None) -> object | None:
        """The site of the calls; `first` is the first argument of the first one."""
        with self._lock:
            if self.registration is None and not self._busy:
                self._busy = True  # what the definition looks at may call the function
                self.registration = Registration(self.name, _define(self.target, first))
                self._site = self.client.site(self.name, self.kind, self.name, self.registration.definition.fingerprint)
                self.registration.submit(self.client)
            return self._site


def _define(target: Any, first: Any) -> _definition.Definition:
    try:
        return _definition.define(target, first)
    except Exception:
        _log.debug("no definition of %r", target, exc_info=True)
        return _definition.undefined(target)


# ---------------------------------------------------------------- names and signatures


def default_name(target: Any) -> str:
    """`model`, `Class.method`, `Class` for its `__call__`; the name of what a partial calls."""
    while isinstance(target, functools.partial):
        target = target.func
    qualname = getattr(target, "__qualname__", None) or type(target).__qualname__
    parts = str(qualname).split("<locals>.")[-1].split(".")
    if parts[-1] == "__call__" and len(parts) > 1:
        parts.pop()
    return ".".join("lambda" if p == "<lambda>" else p for p in parts)


def _is_method(func: Any, first: str | None) -> bool:
    """Whether the first parameter is the object or class that a method belongs to."""
    path = getattr(func, "__qualname__", "").split(".")
    return first in _SELF and len(path) > 1 and path[-2] != "<locals>"


def describe(target: Any) -> dict[str, Any]:
    """Where the arguments of a call go, for `_native.Traced`."""
    try:
        parameters = list(inspect.signature(target).parameters.values())
    except (ValueError, TypeError):
        return {"names": (), "defaults": (), "positional": 0, "varargs": "args", "varkw": "kwargs"}
    plain = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    named = plain + [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    return {
        "names": tuple(p.name for p in named),
        "defaults": tuple(_native.missing if p.default is p.empty else p.default for p in named),
        "positional": len(plain),
        "varargs": next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None),
        "varkw": next((p.name for p in parameters if p.kind is p.VAR_KEYWORD), None),
        "skip": 1 if plain and _is_method(target, plain[0].name) else 0,
    }


# ---------------------------------------------------------------- wrapping


def _wrap_callable(client: _native.Client, target: Any, options: Options) -> Any:
    preparation = Preparation(client, target, options.name or default_name(target), options.kind)
    traced = _native.Traced(
        client,
        target,
        preparation,
        **describe(target),
        inputs=options.capture_inputs,
        outputs=options.capture_outputs,
        sample=options.sample,
        tags=dict(options.tags) if options.tags else None,
        redact=options.redact,
        judges=(options.judges, json.dumps([j.tag for j in options.judges])) if options.judges else None,
    )
    wrapper: Any = traced
    call = target if inspect.isroutine(target) or isinstance(target, functools.partial) else type(target).__call__
    if inspect.isasyncgenfunction(call):
        wrapper = _wrappers.async_generator(traced, target)
    elif inspect.iscoroutinefunction(call):
        wrapper = _wrappers.coroutine(traced, target)
    elif inspect.isgeneratorfunction(call):
        wrapper = _wrappers.generator(traced, target)
    else:
        functools.update_wrapper(traced, target)
    if not hasattr(wrapper, "__qualname__"):  # a partial or an object
        wrapper.__name__ = wrapper.__qualname__ = preparation.name
    wrapper.__vireo__ = preparation
    return wrapper


def _wrap_class(client: _native.Client, cls: type, options: Options) -> type:
    call = vars(cls).get("__call__")
    if not isinstance(call, types.FunctionType):
        raise TypeError(f"{cls.__qualname__} defines no __call__ to trace; decorate its methods instead")
    setattr(cls, "__call__", _wrap_callable(client, call, options))  # noqa: B010  (mypy forbids the assignment)
    return cls


def wrap(client: _native.Client, target: Any, options: Options) -> Any:
    """The traced `target`.

    Raises:
        TypeError: it is not callable, or a class without `__call__`, or a property.
    """
    if isinstance(target, (staticmethod, classmethod)):
        return type(target)(_wrap_callable(client, target.__func__, options))
    if isinstance(target, type):
        return _wrap_class(client, target, options)
    if isinstance(target, property):
        raise TypeError("put @trace below @property")
    if not callable(target):
        raise TypeError(f"{type(target).__name__} is not callable and cannot be traced")
    return _wrap_callable(client, target, options)


def preparation_of(thing: Any) -> Preparation | None:
    """What belongs to a traced callable, or a class whose `__call__` is traced; None for others."""
    if isinstance(thing, (staticmethod, classmethod)):
        thing = thing.__func__
    if isinstance(thing, type):
        thing = vars(thing).get("__call__")
    found = getattr(thing, "__vireo__", None)
    if not isinstance(found, Preparation):
        found = getattr(inspect.getattr_static(type(thing), "__call__", None), "__vireo__", None)
    return found if isinstance(found, Preparation) else None
