# SPDX-License-Identifier: Apache-2.0
"""Coroutines, generators and async generators: what goes through comes out, and the span tells."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vireo import Vireo


async def test_a_coroutine_is_traced_and_stays_one(vr: Vireo, only: Any) -> None:
    @vr.trace(kind="llm")
    async def model(q: str) -> str:
        """Doc."""
        assert vr.current_span().recording
        await asyncio.sleep(0.01)
        return q * 2

    assert inspect.iscoroutinefunction(model)
    assert asyncio.iscoroutinefunction(model)
    assert (model.__name__, model.__doc__) == ("model", "Doc.")
    assert await model("a") == "aa"
    assert not vr.current_span().recording
    span = only()
    assert (span.input, span.output, span.status) == ({"q": "a"}, "aa", 1)
    assert span.end - span.start >= 9_000_000


async def test_tasks_have_their_own_current_span(vr: Vireo, spans: Any) -> None:
    @vr.trace
    async def child(i: int) -> int:
        await asyncio.sleep(0.001 * (i % 3))
        async with vr.span(f"step {i}"):
            await asyncio.sleep(0.001)
        return i

    @vr.trace
    async def parent() -> list[int]:
        return list(await asyncio.gather(*(child(i) for i in range(10))))

    assert await parent() == list(range(10))
    found = spans()
    root = next(s for s in found if s.name == "parent")
    children = {s.span_id: s for s in found if s.name == "child"}
    assert all(s.parent_id == root.span_id for s in children.values())
    for step in (s for s in found if s.name.startswith("step")):
        assert children[step.parent_id].input == {"i": int(step.name.split()[1])}


async def test_errors_and_cancellation_are_recorded(vr: Vireo, spans: Any) -> None:
    @vr.trace
    async def fails() -> None:
        raise ValueError("no")

    @vr.trace
    async def waits() -> None:
        await asyncio.sleep(10)

    with pytest.raises(ValueError, match="no"):
        await fails()
    task = asyncio.create_task(waits())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    first, second = spans()
    assert first.events[0][1]["exception.type"] == "ValueError"
    assert second.events[0][1]["exception.type"].endswith("CancelledError")


async def test_an_async_method_and_callable_object(vr: Vireo, spans: Any) -> None:
    class Model:
        @vr.trace
        async def predict(self, x: int) -> int:
            return x

        @vr.trace
        async def __call__(self, x: int) -> int:
            return -x

    assert await Model().predict(1) == 1
    assert await Model()(2) == -2
    assert [(s.name, s.input) for s in spans()] == [("Model.predict", {"x": 1}), ("Model", {"x": 2})]


def test_streamed_text_is_put_together(vr: Vireo, only: Any) -> None:
    @vr.trace
    def stream(n: int) -> Iterator[str]:
        for i in range(n):
            yield f"{i} "

    assert inspect.isgeneratorfunction(stream)
    assert list(stream(4)) == ["0 ", "1 ", "2 ", "3 "]
    span = only()
    assert (span.input, span.output) == ({"n": 4}, "0 1 2 3 ")
    assert span.attributes["vireo.output.chunks"] == 4
    assert span.attributes["vireo.output.type"] == "str"


@pytest.mark.parametrize(
    ("chunks", "output"),
    [
        ([b"a", b"b"], {"$type": "bytes", "length": 2, "base64": "YWI="}),
        ([1, "a", None], [1, "a", None]),
        (["a", 1], ["a", 1]),
        ([{"delta": "x"}, {"delta": "y"}], [{"delta": "x"}, {"delta": "y"}]),
        ([], []),
    ],
)
def test_other_chunks_are_a_list(vr: Vireo, only: Any, chunks: list[Any], output: Any) -> None:
    @vr.trace
    def stream() -> Iterator[Any]:
        yield from chunks

    assert list(stream()) == chunks
    assert only().output == output


def test_chunks_are_as_they_were_when_they_were_yielded(vr: Vireo, only: Any) -> None:
    @vr.trace
    def stream() -> Iterator[dict[str, int]]:
        state = {"n": 0}
        for i in range(3):
            state["n"] = i
            yield state

    for chunk in stream():
        chunk["seen"] = 1
    assert only().output[0] == {"n": 0}


def test_send_throw_close_and_return_reach_the_generator(vr: Vireo, spans: Any) -> None:
    @vr.trace
    def talk() -> Generator[str, Any, str]:
        got = yield "start"
        try:
            while got != "end":
                got = yield f"got {got}"
        except LookupError:
            got = yield "caught"
        return "result"

    g = talk()
    assert next(g) == "start"
    assert g.send(1) == "got 1"
    assert g.throw(LookupError("x")) == "caught"
    with pytest.raises(StopIteration) as stop:
        g.send(None)
    assert stop.value.value == "result"
    assert spans()[0].output == "startgot 1caught"


def test_a_generator_that_is_closed_early_is_no_error(vr: Vireo, spans: Any) -> None:
    cleaned = []

    @vr.trace
    def stream() -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            cleaned.append(vr.current_span().recording)

    for _ in stream():
        break
    gc.collect()
    assert cleaned == [True]
    span = spans()[0]
    assert (span.output, span.status) == ([1], 1)


def test_a_generator_that_fails_keeps_what_it_yielded(vr: Vireo, spans: Any) -> None:
    @vr.trace
    def stream() -> Iterator[str]:
        yield "a"
        raise OSError("line cut")

    with pytest.raises(OSError, match="line cut"):
        list(stream())
    span = spans()[0]
    assert (span.output, span.status) == ("a", 2)


def test_a_generator_that_never_started_leaves_no_span(vr: Vireo, spans: Any) -> None:
    @vr.trace
    def stream() -> Iterator[int]:
        yield 1

    stream()
    gc.collect()
    assert spans() == []


def test_a_generator_is_current_only_while_it_runs(vr: Vireo, spans: Any) -> None:
    @vr.trace
    def numbers() -> Iterator[int]:
        for i in range(2):
            with vr.span("inside"):
                pass
            yield i

    with vr.span("consumer"):
        for _ in numbers():
            with vr.span("outside"):
                pass
    found = {s.span_id: s for s in spans()}
    parents = {(s.name, found[s.parent_id].name) for s in found.values() if s.parent_id}
    assert parents == {("inside", "numbers"), ("outside", "consumer"), ("numbers", "consumer")}


def test_an_endless_generator_needs_bounded_memory(vr: Vireo, spans: Any) -> None:
    @vr.trace
    def endless() -> Iterator[str]:
        while True:
            yield "x" * 1000

    g = endless()
    for _ in range(30_000):
        next(g)
    g.close()
    span = spans()[0]
    assert span.attributes["vireo.output.chunks"] == 30_000
    assert len(span.output) <= 1_049_576


async def test_async_generators_are_put_together(vr: Vireo, spans: Any) -> None:
    @vr.trace(redact=lambda v: v if isinstance(v, dict) else v.upper())
    async def stream(n: int) -> AsyncIterator[str]:
        for i in range(n):
            await asyncio.sleep(0)
            assert vr.current_span().recording
            yield f"t{i}"

    assert inspect.isasyncgenfunction(stream)
    assert [c async for c in stream(3)] == ["t0", "t1", "t2"]
    async for _ in stream(3):
        break
    gc.collect()
    await asyncio.sleep(0.01)
    first, second = spans()
    assert first.output == "T0T1T2"
    assert second.output == "T0"
    assert not vr.current_span().recording


async def test_async_generators_take_asend_athrow_and_aclose(vr: Vireo, spans: Any) -> None:
    @vr.trace
    async def talk() -> Any:
        got = yield 0
        try:
            got = yield got
        except KeyError:
            yield "caught"

    g = talk()
    assert await g.__anext__() == 0
    assert await g.asend(5) == 5
    assert await g.athrow(KeyError("k")) == "caught"
    await g.aclose()
    assert spans()[0].output == [0, 5, "caught"]


async def test_an_async_generator_that_fails(vr: Vireo, spans: Any) -> None:
    @vr.trace
    async def stream() -> AsyncIterator[int]:
        yield 1
        raise RuntimeError("cut")

    with pytest.raises(RuntimeError, match="cut"):
        _ = [c async for c in stream()]
    assert (spans()[0].output, spans()[0].status) == ([1], 2)


def test_arguments_that_do_not_fit_are_the_callers_error(vr: Vireo, spans: Any) -> None:
    @vr.trace
    def stream(a: int) -> Iterator[int]:
        yield a

    with pytest.raises(TypeError, match="missing 1 required"):
        list(stream())  # type: ignore[call-arg]
    assert spans()[0].status == 2


ACTIONS = st.lists(st.sampled_from(["next", "send", "throw", "close"]), max_size=12)


def drive(generator: Any, actions: list[str]) -> list[Any]:
    """What a consumer sees of a generator."""
    seen: list[Any] = []
    for action in actions:
        try:
            if action == "next":
                seen.append(next(generator))
            elif action == "send":
                seen.append(generator.send(None if not seen else len(seen)))
            elif action == "throw":
                seen.append(generator.throw(LookupError("t")))
            else:
                seen.append(generator.close())
        except BaseException as exc:
            seen.append((type(exc), getattr(exc, "value", None)))
    return seen


QUIET = Vireo("quiet", url="http://127.0.0.1:9", enabled=False)


@given(ACTIONS, st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_consumer_cannot_tell_the_wrapper_from_the_generator(actions: list[str], stubborn: bool) -> None:
    def plain() -> Generator[Any, Any, str]:
        got = yield "first"
        for _ in range(3):
            try:
                got = yield got
            except LookupError:
                if not stubborn:
                    raise
                got = yield "caught"
        return "end"

    assert drive(plain(), actions) == drive(QUIET.trace(plain)(), actions)
