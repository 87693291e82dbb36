# SPDX-License-Identifier: Apache-2.0
"""Which columns of an evaluation are whose.

A score "quality" of a sample becomes its columns quality, quality_passed and quality_error.
Who gave which is kept in the evaluation's metadata, by giver:

    {"strict:v2": ["quality", "quality_passed"], "exact@0123456789abcdef": ["exact"]}

A giver is a judge's tag, or an evaluator's name with its fingerprint.  A newer version takes the place of
an older one, unless both are asked for at once.  Where another has a column already, the giver's name goes before
it, "lenient.quality"; with the version, "lenient.v2.quality", beside another version of the same judge.
"""

from __future__ import annotations

import re
from typing import Any

KEY = "vireo.columns"  # in the metadata
_OLD_KEY = "columns"
_GIVER = re.compile(r"(.+)(:v\d+|@[0-9a-f]{16})")

Scores = list[dict[str, Any]]


def merged_metadata(stored: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """An evaluation's metadata with what the caller gives; whose columns are whose stays as it was."""
    merged = dict(stored)
    old = merged.get(_OLD_KEY)
    if KEY not in merged and isinstance(old, dict) and old and all(map(_GIVER.fullmatch, old)):
        merged[KEY] = merged.pop(_OLD_KEY)
    return {**merged, **{k: v for k, v in given.items() if k != KEY}}


def _same_but_version(giver: str) -> tuple[str, bool]:
    """Its name, and whether it is an evaluator."""
    found = _GIVER.fullmatch(giver)
    return (found.group(1), found.group(2)[0] == "@") if found else (giver, False)


def _may_be_called(giver: str, score: str) -> list[str]:
    found = _GIVER.fullmatch(giver)
    name, version = (found.group(1), found.group(2)[1:]) if found else (giver, "")
    return [score, f"{name}.{score}", f"{name}.{version}.{score}"]


def _of_score(name: str) -> set[str]:
    return {name, f"{name}_passed", f"{name}_error"}


class Columns:
    """The columns of one evaluation.

    Args:
        stored: as the metadata has them.
        asked: the givers of this run.

    Attributes:
        retired: columns of older versions of these, which nobody has any more.
    """

    def __init__(self, stored: dict[str, list[str]], asked: list[str]) -> None:
        renewed = {_same_but_version(giver) for giver in asked}
        old = [g for g in stored if g not in asked and _same_but_version(g) in renewed]
        self._of = {g: set(columns) for g, columns in stored.items() if g not in old}
        self.retired = {c for g in old for c in stored[g]}.difference(*self._of.values())

    def stored(self) -> dict[str, list[str]]:
        """For the metadata."""
        return {giver: sorted(columns) for giver, columns in self._of.items()}

    def missing(self, giver: str, sample: dict[str, Any]) -> bool:
        """Whether it has given a sample, by its columns, nothing yet, or only errors."""
        own = self._of.get(giver, set())
        errors = {f"{column}_error" for column in own}
        return not any(sample.get(column) is not None for column in own - errors)

    def renewed(self, sample: dict[str, Any], given: dict[str, Scores]) -> dict[str, Any]:
        """A sample's columns with the scores of some givers in place of what they said before."""
        again = self.retired.union(*(self._of.get(giver, set()) for giver in given))
        new: dict[str, Any] = {}
        for giver, scores in given.items():
            for score in scores:
                new.update(self._as_columns(giver, score))
        return {**{k: v for k, v in sample.items() if k not in again}, **new}

    def _as_columns(self, giver: str, score: dict[str, Any]) -> dict[str, Any]:
        name = self._name(giver, str(score["name"]))
        found = {name: score.get("value")}
        if score.get("passed") is not None:
            found[f"{name}_passed"] = score["passed"]
        if score.get("error"):
            found[f"{name}_error"] = score["error"]
        self._of.setdefault(giver, set()).update(found)
        return found

    def _name(self, giver: str, score: str) -> str:
        names = _may_be_called(giver, score)
        own = self._of.get(giver, set())
        others = {g: columns for g, columns in self._of.items() if g != giver}
        taken = set().union(*others.values())
        if any(_same_but_version(g) == _same_but_version(giver) for g in others):
            taken.add(names[1])
        free = [n for n in names if n in own] or [n for n in names if not taken & _of_score(n)]
        return free[0] if free else names[-1]
