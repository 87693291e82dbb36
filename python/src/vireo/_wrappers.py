# SPDX-License-Identifier: Apache-2.0
"""The wrappers of coroutines and generators: thin, around one span.

    start: traced._begin()   while the user's code runs: the span is current   end: _end() or fail()

A generator runs in pieces, in whatever context asks for the next one: the span
is current only during a piece.  Closing one early is not an error.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Generator
from typing import Any, Callable

from . import _native
from ._stream import Stream


def _fail(span: _native.SpanBase, exc: BaseException) -> None:
    span._client.hooks.on_error(span, exc)
    span.finish()


def coroutine(traced: _native.Traced, func: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap an `async def` function."""

    @functools.wraps(func)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        span = traced._begin(args, kwargs)
        if span is None:
            return await func(*args, **kwargs)
        span._activate()
        try:
            result = await func(*args, **kwargs)
        except BaseException as exc:
            span._deactivate()
            _fail(span, exc)
            raise
        span._deactivate()
        traced._end(span, result)
        return result

    return wrapper


class _Pieces:
    """Span and output of one generator; `with` it around each piece.  Without a span it does nothing."""

    def __init__(self, traced: _native.Traced, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.span = traced._begin(args, kwargs)
        self.stream = Stream(traced._outputs and self.span is not None, traced._redact)

    def __enter__(self) -> None:
        if self.span is not None:
            self.span._activate()

    def __exit__(self, *_: object) -> None:
        if self.span is not None:
            self.span._deactivate()

    def done(self) -> None:
        """The generator ended, or its consumer wants no more."""
        span, self.span = self.span, None
        if span is None:
            return
        if span.recording:
            self.stream.into(span)
        span.finish()

    def failed(self, exc: BaseException) -> None:
        """The generator raised; what it yielded before that is kept."""
        if isinstance(exc, GeneratorExit):
            self.done()
            return
        span, self.span = self.span, None
        if span is None:
            return
        if span.recording:
            self.stream.into(span)
        _fail(span, exc)


def generator(traced: _native.Traced, func: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a generator function: what the consumer sends, throws and closes reaches it, as with `yield from`."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        pieces = _Pieces(traced, args, kwargs)
        try:
            with pieces:
                inner = func(*args, **kwargs)
            step: Callable[[], Any] = functools.partial(next, inner)
            while True:
                try:
                    with pieces:
                        chunk = step()
                except StopIteration as stop:
                    pieces.done()
                    return stop.value
                pieces.stream.add(chunk)
                try:
                    sent = yield chunk
                except GeneratorExit:
                    with pieces:
                        inner.close()
                    raise
                except BaseException as exc:
                    step = functools.partial(inner.throw, exc)
                else:
                    step = functools.partial(inner.send, sent)
        except BaseException as exc:
            pieces.failed(exc)
            raise

    return wrapper


def async_generator(traced: _native.Traced, func: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap an async generator function: the same with `await`."""

    @functools.wraps(func)
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        pieces = _Pieces(traced, args, kwargs)
        try:
            with pieces:
                inner = func(*args, **kwargs)
            step: Callable[[], Any] = inner.__anext__
            while True:
                try:
                    with pieces:
                        chunk = await step()
                except StopAsyncIteration:
                    pieces.done()
                    return
                pieces.stream.add(chunk)
                try:
                    sent = yield chunk
                except GeneratorExit:
                    with pieces:
                        await inner.aclose()
                    raise
                except BaseException as exc:
                    step = functools.partial(inner.athrow, exc)
                else:
                    step = functools.partial(inner.asend, sent)
        except BaseException as exc:
            pieces.failed(exc)
            raise

    return wrapper
