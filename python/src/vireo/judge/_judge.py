# SPDX-License-Identifier: Apache-2.0
"""Judge: a scoring rubric and passing criteria, versioned by their definition as models are."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import types
from typing import Any, Callable

from .. import _definition, _environment
from .._registration import SOURCE_MAX, clean, stored_code

PARAMETERS = ("outputs", "inputs", "expected", "trace", "metadata")
SECONDS = 30.0
MEMORY_BYTES = 2 * 1024**3
FORMAT = "vireo judge 1"


def _parameters_of(rubric: Callable[..., Any]) -> list[str]:
    """The names that the rubric asks for.

    Raises:
        TypeError: it asks for something else.
    """
    known = ", ".join(PARAMETERS)
    names = []
    for p in inspect.signature(rubric).parameters.values():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) or p.kind is p.POSITIONAL_ONLY:
            raise TypeError(f"scoring_rubric takes its parameters by name: any of {known}; not {p}")
        if p.name in PARAMETERS:
            names.append(p.name)
        elif p.default is p.empty:
            raise TypeError(f"scoring_rubric has a parameter {p.name!r}; a rubric takes any of {known}")
    if not names:
        raise TypeError(f"scoring_rubric looks at nothing: it takes any of {known}")
    return names


def _check_function(what: str, function: Any) -> None:
    """Its source is what the judge consists of, so that must be all that there is."""
    if not isinstance(function, types.FunctionType):
        raise TypeError(f"{what} is a function or a lambda, not {type(function).__name__}")


def _check_criteria(criteria: Any) -> None:
    _check_function("passing_criteria", criteria)
    try:
        inspect.signature(criteria).bind(0)
    except TypeError as exc:
        raise TypeError("passing_criteria takes one argument: the score") from exc


class Judge:
    """Scores calls by code.

    The judge is its source: it runs in a process of its own, from the stored
    definition, with what the functions refer to; imports belong inside them.

    Args:
        name: of the judge; its versions are `name:v1`, ...
        description: for whoever reads the scores.
        scoring_rubric: a function of any of `outputs`, `inputs`, `expected`, `trace`, `metadata`, by name.
            Returns a number, a bool, a label, a `Score`, or several named ones (a dict or a list).
        passing_criteria: a function of the score that says whether it passed; of several scores it gets a
            dict from name to value.  None: nothing passes or fails.
        timeout: seconds that one judgement may take.
        memory_bytes: that its process may have.

    Raises:
        TypeError: the rubric or the criteria have other parameters, or are no functions.
        ValueError: there is no name, or a limit makes no sense.
    """

    kind = "code"

    def __init__(
        self,
        name: str,
        description: str,
        scoring_rubric: Callable[..., Any],
        passing_criteria: Callable[[Any], Any] | None = None,
        *,
        timeout: float = SECONDS,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        if not name or not isinstance(name, str):
            raise ValueError("a judge has a name")
        if not timeout > 0 or memory_bytes <= 0:
            raise ValueError("timeout and memory_bytes are above zero")
        _check_function("scoring_rubric", scoring_rubric)
        if passing_criteria is not None:
            _check_criteria(passing_criteria)
        self.name = name
        self.description = description
        self.scoring_rubric = scoring_rubric
        self.passing_criteria = passing_criteria
        self.parameters = _parameters_of(scoring_rubric)
        self.timeout = float(timeout)
        self.memory_bytes = int(memory_bytes)

    @functools.cached_property
    def _definitions(self) -> list[_definition.Definition]:
        functions = [self.scoring_rubric, *([self.passing_criteria] if self.passing_criteria else [])]
        found = [_definition.define(f) for f in functions]
        for function, one in zip(functions, found):
            if not one.source.strip():
                raise TypeError(f"the source of {function.__qualname__} cannot be read: define it in a file or a cell")
        return found

    def registration(self) -> dict[str, Any]:
        """The body that registers it: fingerprint, source, definition.

        Raises:
            TypeError: a function's source cannot be read.
        """
        found = self._definitions
        parts = [FORMAT, *(d.fingerprint for d in found)]
        packages = set().union(*(d.packages for d in found))
        definition: dict[str, Any] = {"rubric": stored_code(found[0])}
        if len(found) > 1:
            definition["criteria"] = stored_code(found[1])
        definition["timeout"] = self.timeout
        definition["memory_bytes"] = self.memory_bytes
        return {
            "fingerprint": hashlib.sha256("\n".join(parts).encode()).hexdigest(),
            "kind": self.kind,
            "description": self.description,
            "source": "\n\n".join(clean(d.source).rstrip("\n") for d in found)[:SOURCE_MAX],
            "parameters": self.parameters,
            "definition": definition,
            "language": "python",
            "packages": _environment.package_versions(packages),
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def score_id(trace_id: str, span_id: str, judge: str, name: str) -> str:
    """16 hex digits: judging again replaces the score instead of adding one."""
    return hashlib.sha256("|".join((trace_id, span_id, judge, name)).encode("utf-8", "replace")).hexdigest()[:16]


def chosen(trace_id: str, sample: float) -> bool:
    """Whether a trace is in the share `sample`: by its id, so that every process says the same."""
    if sample >= 1.0:
        return True
    digest = hashlib.sha256(bytes.fromhex(trace_id)).digest()
    return int.from_bytes(digest[:8], "big") < sample * 2.0**64


def body(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
