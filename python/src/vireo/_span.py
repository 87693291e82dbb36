# SPDX-License-Identifier: Apache-2.0
"""Span: a step of a trace, as users see it.

The native base has start, finish, tags and the context; here is what needs
Python: references, redaction, errors.  Nothing here raises for the value's sake.
"""

from __future__ import annotations

import json
import logging
from typing import Any, Callable, TypeVar

from . import _native, _references, _stack
from ._worker import Worker

_log = logging.getLogger("vireo")
Redact = Callable[[Any], Any]
_S = TypeVar("_S", bound="Span")


class Hooks:
    """What spans need of their client; holds nothing that holds the client."""

    def __init__(self, redact: Redact | None) -> None:
        self.worker = Worker()
        self.redact = redact
        self.dropped_references = 0

    def on_error(self, span: _native.SpanBase, exc: BaseException | None) -> None:
        _stack.record(self.worker, span, exc)


class Span(_native.SpanBase):
    """A step of a trace: use it in a `with` (or `async with`) statement, or call `finish()`.

    Inside the statement it is the current span: what starts there hangs below
    it.  Every method may be called at any time; after `finish()`, or in a trace
    that was not sampled, they do nothing.
    """

    __slots__ = ()

    def log(self, name: str, value: Any, *, media_type: str | None = None) -> None:
        """Keep `value` as a reference, shown with the span.

        Args:
            name: what it is called in the trace.
            value: a PIL image, a NumPy array (uint8 of shape (height, width[, channels]) is
                kept as a picture, others as .npy), a torch tensor, a pandas or Polars frame
                (its first 1000 rows and 200 columns), bytes, text, a matplotlib figure, or
                anything that can be written as JSON.  It is copied now and encoded later.
            media_type: replaces the one that would be chosen; for bytes and text.
        """
        if not self.recording:
            return
        name = str(name)
        try:
            prepared = _references.prepare(value)
        except Exception as exc:
            self.set_attribute(f"vireo.dropped.{name}", f"{type(exc).__name__}: {exc}"[:500])
            return
        self._keep(name, prepared, media_type)

    def _keep(self, name: str, prepared: _references.Prepared, media_type: str | None) -> None:
        hooks: Hooks = self._client.hooks

        def encode() -> None:
            try:
                e = prepared.encode()
                meta = json.dumps(e.meta, default=str, allow_nan=False) if e.meta else None
                self._log(name, media_type or e.media_type, e.data, meta, e.thumb)
            except Exception:
                _log.debug("a reference could not be encoded", exc_info=True)
                data = b'{"$unserializable":"it could not be encoded"}'
                self._log(name, "application/json", data, None, None)
            finally:
                self._release()

        self._hold()
        if not hooks.worker.submit(encode, prepared.size):
            hooks.dropped_references += 1
            self.set_attribute(f"vireo.dropped.{name}", prepared.size)
            self._release()

    def set_input(self, value: Any) -> None:
        """Record the input, as it is now; a later call replaces an earlier one."""
        self._input(value, self._client.hooks.redact)

    def set_output(self, value: Any) -> None:
        """Record the output, as it is now; a later call replaces an earlier one."""
        self._output(value, self._client.hooks.redact)

    def error(self, error: object) -> None:
        """Mark the span as failed.

        Args:
            error: an exception, recorded with its stack, or a text.
        """
        if isinstance(error, BaseException):
            self._client.hooks.on_error(self, error)
        elif self.recording:
            self._error("Error", str(error)[: _stack.MESSAGE_MAX], None)

    def score(
        self,
        name: str,
        value: Any = None,
        passed: bool | None = None,
        reason: str | None = None,
        *,
        by: str | None = None,
        source: str = "code",
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Score this span; a later score of the same name (and `by`) replaces an earlier one.

        Unlike `Vireo.score` it does not wait for the server: the score is queued, spooled and
        delivered behind the span.  It may come after `finish()` too.  What is no score is noted
        at the span, while it records.

        Args:
            name: of the score.
            value: a number, a bool or a label.
            passed: the verdict.
            reason: why.
            by: who or what says so.
            source: "code", "llm" or "person".
            metadata: anything else, as JSON.
        """
        from .judge._outcome import Score, as_json, scores_of

        if not self.sampled:
            return
        name = str(name)
        try:
            row = as_json(scores_of([Score(value, reason, passed=passed, name=name, metadata=metadata)], name))[0]
            whole = {"trace_id": self.trace_id, "span_id": self.span_id, "source": source, "by": by, **row}
            data = json.dumps({k: v for k, v in whole.items() if v is not None}, allow_nan=False).encode()
        except Exception as exc:
            self.set_attribute(f"vireo.dropped.score.{name}", f"{type(exc).__name__}: {exc}"[:500])
            return
        self._client.score(data)

    def set_session(self, session: str) -> None:
        """The conversation that the trace belongs to."""
        self.set_attribute("session.id", str(session))

    def set_user(self, user: str) -> None:
        """The end user that the trace belongs to."""
        self.set_attribute("user.id", str(user))

    def span(self, name: str, *, kind: str = "span", tags: dict[str, Any] | None = None) -> Span:
        """Start a span below this one, whatever is current."""
        child = self._client.start(name, kind, self)
        if tags:
            child.tag(tags)
        assert isinstance(child, Span)
        return child

    async def __aenter__(self: _S) -> _S:
        return self.__enter__()

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> bool:
        return self.__exit__(kind, error, traceback)

    def __repr__(self) -> str:
        return f"<Span {self.span_id} of trace {self.trace_id}{'' if self.recording else ', not recording'}>"
