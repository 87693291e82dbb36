# SPDX-License-Identifier: Apache-2.0
"""What a rubric returns, as the scores that are recorded.

    number, bool, text            one score with the judge's name
    Score(...)                    the same with a reason, a label, a verdict of its own
    {"a": 1, "b": Score(...)}     several; "a_reason" is the reason of "a"
    [Score(..., name="a"), ...]   several

What cannot be a score (None, NaN, objects, names that are too long) is an error
that says so; it is recorded instead of a score.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Callable

SCORES_MAX = 50
NAME_MAX = 100
LABEL_MAX = 200
REASON_MAX = 10_000
ERROR_MAX = 2_000
METADATA_MAX = 10_000
_REASON_ENDS = ("_reason", "_reasoning")


class Score:
    """One score with what belongs to it.

    Args:
        value: a number, a bool, or a text (a label).
        reason: why, for whoever reads it.
        label: a text beside the number; alone, it is the value.
        passed: the verdict, instead of the judge's passing criteria.
        name: of the score, where a rubric returns several; default the judge's name.
        metadata: anything else to keep with it, as JSON.
    """

    __slots__ = ("label", "metadata", "name", "passed", "reason", "value")

    def __init__(
        self,
        value: Any = None,
        reason: str | None = None,
        label: str | None = None,
        passed: bool | None = None,
        *,
        name: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self.value = label if value is None else value
        self.reason = reason
        self.label = label
        self.passed = passed
        self.name = name
        self.metadata = metadata

    def __repr__(self) -> str:
        shown = ", ".join(f"{n}={getattr(self, n)!r}" for n in self.__slots__ if getattr(self, n) is not None)
        return f"Score({shown})"


class NoScore(ValueError):
    """What was returned is no score."""


def cut(text: str, most: int) -> str:
    """`text`, its end left out when it is too long; UTF-8 can hold what it gives."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= most else text[: most - 1] + "…"


def plain_value(value: Any) -> float | int | bool | str:
    """A number, bool or label as JSON has it; NumPy's scalars and enumerations too.

    Raises:
        NoScore: it is none of them, not finite, or too long.
    """
    if hasattr(value, "item") and not isinstance(value, (int, float, str)):
        value = value.item()
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return int(value)
    if isinstance(value, (int, float)):
        number = float(value) if abs(value) < 1e308 or isinstance(value, float) else math.inf
        if not math.isfinite(number):
            raise NoScore(f"the score is {number}, which is no number to count with")
        return number
    if isinstance(value, str):
        if len(value) > LABEL_MAX:
            raise NoScore(f"a label has at most {LABEL_MAX} characters, this has {len(value)}; texts belong in reason=")
        return cut(value, LABEL_MAX)
    raise NoScore(f"a score is a number, a bool, a label or several of them, not {type(value).__name__}")


def _checked_name(name: Any) -> str:
    if not isinstance(name, str) or not name or len(name) > NAME_MAX or not name.isprintable():
        raise NoScore(f"a score's name is a text of at most {NAME_MAX} characters, not {cut(repr(name), 120)}")
    return name


def _of_mapping(result: Mapping[Any, Any]) -> list[Score]:
    reasons: dict[str, Any] = {}
    for key in result:
        for end in _REASON_ENDS:
            if isinstance(key, str) and key.endswith(end) and key[: -len(end)] in result:
                reasons[key] = key[: -len(end)]
    scores = []
    for name, value in result.items():
        if name in reasons:
            continue
        score = _as_score(value)
        score.name = _checked_name(name)
        scores.append(score)
    by_name = {s.name: s for s in scores}
    for key, name in reasons.items():
        if by_name[name].reason is None:
            by_name[name].reason = str(result[key])
    return scores


def _as_score(value: Any) -> Score:
    if isinstance(value, Score):
        return Score(value.value, value.reason, value.label, value.passed, name=value.name, metadata=value.metadata)
    if isinstance(value, Mapping) and ("value" in value or "score" in value):
        known = {k: value[k] for k in ("reason", "label", "passed", "name", "metadata") if k in value}
        return Score(value.get("value", value.get("score")), **known)
    return Score(value)


def scores_of(result: Any, judge: str) -> list[Score]:
    """The scores in what a rubric returned, named.

    Args:
        result: what it returned.
        judge: the judge's name, for a score that has none.

    Raises:
        NoScore
    """
    if result is None:
        raise NoScore("the rubric returned nothing")
    if isinstance(result, Mapping) and not ("value" in result or "score" in result):
        scores = _of_mapping(result)
    elif isinstance(result, (list, tuple)):
        scores = [_as_score(one) for one in result[: SCORES_MAX + 1]]
    else:
        scores = [_as_score(result)]
    if not 0 < len(scores) <= SCORES_MAX:
        raise NoScore(f"a judgement has 1 to {SCORES_MAX} scores")
    for score in scores:
        if score.name is None and len(scores) > 1:
            raise NoScore("several scores need names: a dict, or Score(..., name=...)")
        score.name = _checked_name(score.name or judge)
        score.value = plain_value(score.value)
    if len({s.name for s in scores}) != len(scores):
        raise NoScore("two scores have the same name")
    return scores


def decide(scores: list[Score], criteria: Callable[[Any], Any] | None, judge: str) -> None:
    """Let the passing criteria say which scores passed.

    Of one score they get the value; of several a dict from name to value, and
    answer a dict from name to bool, or one bool, which becomes a score of its own
    with the judge's name.
    """
    if criteria is None:
        return
    if len(scores) == 1:
        if scores[0].passed is None:
            scores[0].passed = bool(criteria(scores[0].value))
        return
    verdict = criteria({s.name: s.value for s in scores})
    if not isinstance(verdict, Mapping):
        passed = bool(verdict)
        if all(s.name != judge for s in scores):
            scores.append(Score(passed, passed=passed, name=judge))
        return
    for score in scores:
        if score.passed is None and score.name in verdict:
            score.passed = bool(verdict[score.name])


def _checked_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(json.dumps(metadata, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as exc:
        raise NoScore(f"metadata is no JSON: {exc}") from exc
    if size > METADATA_MAX:
        raise NoScore(f"metadata has at most {METADATA_MAX} characters of JSON, this has {size}")
    return metadata


def as_json(scores: list[Score]) -> list[dict[str, Any]]:
    """The scores as the API takes them, without ids and targets."""
    found = []
    for s in scores:
        one: dict[str, Any] = {"name": s.name, "value": s.value}
        if s.passed is not None:
            one["passed"] = bool(s.passed)
        if s.reason is not None:
            one["reason"] = cut(str(s.reason), REASON_MAX)
        metadata = dict(s.metadata or {})
        if s.label is not None and s.label != s.value:
            metadata["label"] = cut(str(s.label), LABEL_MAX)
        if metadata:
            one["metadata"] = _checked_metadata(metadata)
        found.append(one)
    return found
