# SPDX-License-Identifier: Apache-2.0
"""Judges at work: one subject in, the rows that the server keeps as scores out.

The same for calls that just ended, stored traces and samples, so that a judge
sees the same values everywhere: what was recorded, as JSON.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import Any, NamedTuple, Protocol

from .._code_process import Code, CodePool, Outcome
from ._judge import MEMORY_BYTES, SECONDS, score_id

_log = logging.getLogger("vireo")
FATAL_MAX = 3  # times in a row that a judge may take its process along
SUSPENDED_SECONDS = 60.0


class Subject(NamedTuple):
    """What is judged.  `values` are JSON texts by the names of rubrics' parameters."""

    trace_id: str
    span_id: str
    trace_start: int | str | None  # nanoseconds since 1970, or RFC 3339
    values: dict[str, str | None]
    failed: str | None = None  # why there is no output


class Runnable(Protocol):
    """A judge that is ready to work."""

    kind: str
    name: str
    parameters: list[str]

    def judge(self, subject: Subject, tag: str) -> Outcome:
        """A list of scores as the API takes them, with `cost`; or an error, with `cost` in its `more`."""


class CodeJudge:
    """A judge made of code: runs in a process of the pool."""

    kind = "code"

    def __init__(self, pool: CodePool, name: str, version: dict[str, Any]) -> None:
        definition = version.get("definition") or {}
        self.name = name
        self.parameters: list[str] = list(version.get("parameters") or [])
        self._pool = pool
        key = f"{name}@{version.get('fingerprint', '')}"
        packages = version.get("packages") or {}
        parts = [definition.get("rubric"), definition.get("criteria")]
        self._code = Code(key, [{**part, "packages": packages} if part else None for part in parts])
        self._seconds = float(definition.get("timeout") or SECONDS)
        self._memory = int(definition.get("memory_bytes") or MEMORY_BYTES)

    def judge(self, subject: Subject, tag: str) -> Outcome:
        values = {k: subject.values.get(k) for k in self.parameters}
        return self._pool.run("judge", self._code, values, self._seconds, self._memory, judge=self.name)


class Panel:
    """Judges by tag.  Threads: any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fatal: dict[str, int] = {}
        self._suspended: dict[str, float] = {}

    def judge(self, tag: str, judge: Runnable, subject: Subject) -> list[dict[str, Any]]:
        """The rows for POST /scores; an error is a row too."""
        outcome = self._outcome(tag, judge, subject)
        scores = outcome.result if outcome.error is None else [{**outcome.more, "error": outcome.error}]
        if not isinstance(scores, list) or not all(isinstance(s, dict) for s in scores):
            scores = [{"error": "the judge returned nonsense"}]
        return [self._row(tag, judge, subject, score) for score in scores or [{"error": "no score"}]]

    def suspended(self, tag: str) -> bool:
        """Whether the judge is left alone for a while, since it killed its process several times in a row."""
        return time.monotonic() < self._suspended.get(tag, 0.0)

    def _outcome(self, tag: str, judge: Runnable, subject: Subject) -> Outcome:
        if subject.failed is not None and "trace" not in judge.parameters:
            return Outcome(None, f"not judged: {subject.failed}")
        if "outputs" in judge.parameters and subject.values.get("outputs") is None and subject.failed is None:
            return Outcome(None, "not judged: no output was recorded")
        if self.suspended(tag):
            return Outcome(None, f"not judged: the judge brought its process down {FATAL_MAX} times in a row")
        try:
            outcome = judge.judge(subject, tag)
        except Exception as exc:
            _log.debug("judge %s failed", tag, exc_info=True)
            outcome = Outcome(None, f"{type(exc).__name__}: {exc}")
        with self._lock:
            self._fatal[tag] = self._fatal.get(tag, 0) + 1 if outcome.fatal else 0
            if self._fatal[tag] >= FATAL_MAX:
                self._suspended[tag] = time.monotonic() + SUSPENDED_SECONDS
                self._fatal[tag] = 0
        return outcome

    @staticmethod
    def _row(tag: str, judge: Runnable, subject: Subject, score: dict[str, Any]) -> dict[str, Any]:
        name = str(score.get("name") or judge.name)
        row = {
            "id": score_id(subject.trace_id, subject.span_id, tag, name),
            "trace_id": subject.trace_id,
            "span_id": subject.span_id,
            "judge": tag,
            "source": judge.kind,
            "value": None,
            **score,
            "name": name,
        }
        if subject.trace_start is not None:
            row["trace_start"] = subject.trace_start
        return row


# ---------------------------------------------------------------- subjects from the server


def _error_of(span: dict[str, Any]) -> str | None:
    status = span.get("status") or {}
    if status.get("code") != "error":
        return None
    error = span.get("error") or {}
    return f"the call failed: {error.get('type') or 'error'}: {error.get('message') or status.get('message') or ''}"


def root_of(trace: dict[str, Any]) -> dict[str, Any] | None:
    """The first span without a parent in the trace; None when it is not there (yet)."""
    return next((s for s in trace.get("spans") or [] if not s.get("parent_span_id")), None)


def _expected(trace: dict[str, Any], span_id: str) -> str | None:
    """What people noted that the output should have been: one value, or a dict of several by name."""
    found = {}
    for score in trace.get("scores") or []:
        if score.get("kind") == "expectation" and score.get("span_id") in (None, "", span_id):
            found[score.get("name") or "expected"] = score.get("expected")
    if not found:
        return None
    return json.dumps(next(iter(found.values())) if len(found) == 1 else found)


def _json_text(text: str | None) -> str | None:
    """As JSON: what other clients record may be any text."""
    if text is None:
        return None
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return json.dumps(text)
    return text


def subject_of(trace: dict[str, Any], span_id: str | None = None) -> Subject | None:
    """A stored trace, or a span of it, as a subject.  None: the span is not there.

    Args:
        trace: as GET /traces/{id} gives it.
        span_id: of the judged span; default the root.
    """
    root = root_of(trace)
    spans = trace.get("spans") or []
    span = root if span_id is None else next((s for s in spans if s.get("span_id") == span_id), None)
    if span is None:
        return None
    start = min((s["start_time"] for s in trace["spans"]), default=None)
    subject = subject_of_span(str(trace["trace_id"]), start, span, root or span)
    subject.values.update(expected=_expected(trace, subject.span_id), trace=json.dumps(trace))
    return subject


def subject_of_span(trace_id: str, start: str | None, span: dict[str, Any], root: dict[str, Any]) -> Subject:
    """A stored span as a subject, without what needs the whole trace.

    Args:
        trace_id, start: of its trace.
        span, root: as the API gives them.
    """
    values = {
        "inputs": _json_text(span.get("input")),
        "outputs": _json_text(span.get("output")),
        "metadata": json.dumps({**(root.get("tags") or {}), **(span.get("tags") or {})}),
    }
    return Subject(trace_id, str(span["span_id"]), start, values, _error_of(span))
