# SPDX-License-Identifier: Apache-2.0
"""The test cases of a quality standard: which rows are of which."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import IncorrectUsageError
from ._standard_metrics import Row, member, number

Test = Callable[[Any], bool]


def _field(row: Row, field: str, source: str) -> Any:
    return member(row[0] if source == "datapoint" else row[1], field)


# ---------------------------------------------------------------- filters


def _filter(wanted: dict[str, Any]) -> Test:
    options = wanted.get("options") or {}
    pattern = None
    if wanted.get("contains") is not None:
        text = str(wanted["contains"])
        flags = re.IGNORECASE if "i" in str(options.get("regex_flags", "")) else 0
        pattern = re.compile(text if options.get("regex_match") else re.escape(text), flags)

    def holds(value: Any) -> bool:
        if wanted.get("null_value"):
            return value is None
        if wanted.get("value_in") is not None:
            return value in wanted["value_in"]
        if wanted.get("array_contains") is not None:
            return isinstance(value, (list, tuple)) and all(x in value for x in wanted["array_contains"])
        if wanted.get("number_range") is not None:
            x, limits = number(value), wanted["number_range"]
            low, high = (limits.get(k) for k in ("min", "max"))
            return x is not None and (low is None or x >= low) and (high is None or x <= high)
        return pattern is not None and isinstance(value, str) and pattern.search(value) is not None

    inverse = bool(options.get("inverse"))
    return lambda value: holds(value) is not inverse


def _passing(rows: list[Row], filters: dict[str, Any]) -> list[int]:
    tests = []
    for path, wanted in filters.items():
        source, _, field = path.partition(".")
        known = source in ("datapoint", "result") and field
        tests.append((field if known else path, source if known else "datapoint", _filter(wanted)))
    return [i for i, row in enumerate(rows) if all(test(_field(row, f, s)) for f, s, test in tests)]


# ---------------------------------------------------------------- strata


def _edges(values: list[float], buckets: dict[str, Any]) -> list[float]:
    """Between quantiles, or between parts of the range that are equally wide."""
    count = int(buckets.get("count") or 4)
    if not values:
        return []
    if buckets.get("type") == "equal-width":
        width = (values[-1] - values[0]) / count
        return [values[0] + i * width for i in range(1, count)]
    return [values[min(len(values) - 1, round(len(values) * i / count))] for i in range(1, count)]


def _stratum(wanted: dict[str, Any], spec: dict[str, Any], values: list[Any], largest: float | None) -> Test:
    """Whether a value is in the stratum that a test case names."""
    if wanted.get("index") is not None:
        numbers = sorted(x for x in map(number, values) if x is not None)
        edges = _edges(numbers, spec.get("buckets") or {})

        def of_quantile(value: Any) -> bool:
            x = number(value)
            return x is not None and bisect.bisect_right(edges, x) == wanted["index"]

        return of_quantile
    limits = wanted.get("value")
    if not isinstance(limits, dict):
        return lambda v: v == limits and isinstance(v, bool) == isinstance(limits, bool)
    low, high = limits.get("min"), limits.get("max")

    def within(value: Any) -> bool:
        x = number(value)
        if x is None or (low is not None and x < low):
            return False
        return high is None or x < high or (x == high and high in (low, largest))

    return within


def cases_of(stratification: dict[str, Any], rows: list[Row]) -> Iterator[tuple[str, list[int]]]:
    """The test cases of a stratification by name, with the places of their rows.

    Ranges hold their lower end; the upper one only of the highest range.

    Raises:
        IncorrectUsageError: a test case does not say a value for each field.
    """
    fields = stratification.get("stratify_fields") or []
    passing = _passing(rows, stratification.get("filters") or {})
    columns = [[_field(row, f["field"], f.get("source", "datapoint")) for row in rows] for f in fields]
    cases = stratification.get("test_cases") or [{"name": stratification["name"], "stratification": []}]
    ends = [[_end(case, at) for case in cases] for at in range(len(fields))]
    for case in cases:
        wanted = case.get("stratification") or []
        if len(wanted) != len(fields):
            raise IncorrectUsageError(f"test case {case['name']!r} needs {len(fields)} values, has {len(wanted)}")
        tests = [
            _stratum(one, spec, [column[i] for i in passing], max((x for x in end if x is not None), default=None))
            for one, spec, column, end in zip(wanted, fields, columns, ends)
        ]
        yield case["name"], [i for i in passing if all(t(c[i]) for t, c in zip(tests, columns))]


def _end(case: dict[str, Any], at: int) -> float | None:
    """The upper end of a test case's range."""
    wanted = case.get("stratification") or []
    value = wanted[at].get("value") if at < len(wanted) else None
    return value.get("max") if isinstance(value, dict) else None
