# SPDX-License-Identifier: Apache-2.0
"""The decorator on everything that can be called, and spans."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
import threading
from typing import Any

import numpy as np
import pytest
from vireo import Vireo


def test_a_call_becomes_a_span_with_inputs_and_output(vr: Vireo, only: Any, fake: Any) -> None:
    @vr.trace
    def model(input_a: int, input_b: int = 2, *rest: int, flag: bool = True, **more: int) -> int:
        return input_a + input_b

    assert model(1, 2, 3, 4, extra=5) == 3
    span = only()
    assert span.name == "model"
    assert span.input == {"input_a": 1, "input_b": 2, "rest": [3, 4], "flag": True, "more": {"extra": 5}}
    assert list(span.input) == ["input_a", "input_b", "rest", "flag", "more"]
    assert span.output == 3
    assert span.status == 1
    assert span.parent_id == ""
    assert span.end >= span.start
    assert span.attributes["vireo.type"] == "model"
    assert span.attributes["vireo.model.name"] == "model"
    assert span.attributes["vireo.output.type"] == "int"
    assert span.attributes["vireo.model.fingerprint"] == fake.versions["model"][0]["fingerprint"]
    assert span.resource["telemetry.sdk.language"] == "python"


def test_defaults_are_recorded_and_self_is_not(vr: Vireo, only: Any) -> None:
    class Classifier:
        @vr.trace
        def predict(self, x: int, scale: float = 1.5) -> float:
            return x * scale

    assert Classifier().predict(2) == 3.0
    span = only()
    assert span.name == "Classifier.predict"
    assert span.input == {"x": 2, "scale": 1.5}


def test_keywords_reach_their_parameters(vr: Vireo, only: Any) -> None:
    @vr.trace
    def f(a: int, b: int, *, c: int = 3) -> int:
        return a

    f(b=1, a=2)
    assert only().input == {"a": 2, "b": 1, "c": 3}


def test_static_class_and_callable_objects(vr: Vireo, spans: Any) -> None:
    class Tool:
        @vr.trace
        @staticmethod
        def fixed(x: int) -> int:
            return x

        @staticmethod
        @vr.trace
        def fixed_inside(x: int) -> int:
            return x

        @vr.trace
        @classmethod
        def made(cls, x: int) -> str:
            return cls.__name__ + str(x)

        @classmethod
        @vr.trace
        def made_inside(cls, x: int) -> str:
            return cls.__name__ + str(x)

        @vr.trace
        def __call__(self, x: int) -> int:
            return -x

        @property
        @vr.trace
        def shown(self) -> int:
            return 7

    tool = Tool()
    results = [tool.fixed(1), Tool.fixed_inside(2), tool.made(3), Tool.made_inside(4), tool(5), tool.shown]
    assert results == [1, 2, "Tool3", "Tool4", -5, 7]
    found = spans()
    assert [s.name for s in found] == [
        "Tool.fixed",
        "Tool.fixed_inside",
        "Tool.made",
        "Tool.made_inside",
        "Tool",
        "Tool.shown",
    ]
    assert [s.input for s in found] == [{"x": 1}, {"x": 2}, {"x": 3}, {"x": 4}, {"x": 5}, {}]


def test_a_class_is_traced_through_its_call(vr: Vireo, only: Any) -> None:
    @vr.trace(name="doubler", kind="tool")
    class Doubler:
        def __call__(self, x: int) -> int:
            return 2 * x

    assert isinstance(Doubler, type)
    assert Doubler()(4) == 8
    span = only()
    assert (span.name, span.input, span.attributes["vireo.type"]) == ("doubler", {"x": 4}, "tool")


def test_partials_builtins_lambdas_and_objects(vr: Vireo, spans: Any) -> None:
    class Adder:
        def __init__(self, n: int) -> None:
            self.n = n

        def __call__(self, x: int) -> int:
            return x + self.n

    def power(base: int, exponent: int) -> int:
        return base**exponent

    assert vr.trace(functools.partial(power, exponent=2))(3) == 9
    assert vr.trace(lambda x: x)(1) == 1
    assert vr.trace(Adder(2))(1) == 3
    assert vr.trace(len)([1, 2]) == 2
    assert vr.trace(max)(1, 2, key=None) == 2
    assert vr.trace(Adder(5).__call__)(1) == 6
    found = spans()
    assert [s.name for s in found] == ["power", "lambda", "Adder", "len", "max", "Adder"]
    assert found[0].input == {"base": 3, "exponent": 2}
    assert found[3].input == {"obj": [1, 2]}
    assert found[4].input == {"args": [1, 2], "kwargs": {"key": None}}


def test_the_wrapper_looks_like_the_function(vr: Vireo) -> None:
    def model(a: int, b: str = "x") -> float:
        """What it does."""
        return 1.0

    model.custom = 5  # type: ignore[attr-defined]
    traced = vr.trace(model)
    assert (traced.__name__, traced.__doc__, traced.__module__) == ("model", "What it does.", __name__)
    assert traced.__qualname__ == model.__qualname__
    assert inspect.signature(traced) == inspect.signature(model)
    assert inspect.getsource(traced) == inspect.getsource(model)
    assert traced.__annotations__ == model.__annotations__
    assert traced.__wrapped__ is model
    assert traced.custom == 5
    assert traced.__code__ is model.__code__
    assert traced.__defaults__ == ("x",)
    traced.other = 1
    assert traced.other == 1
    assert copy.deepcopy(traced) is traced
    assert repr(traced).startswith("<traced <function")
    with pytest.raises(AttributeError):
        _ = traced.nothing


MODULE_CLIENT = Vireo("pickles", enabled=False)


@MODULE_CLIENT.trace
def module_level(x: int) -> int:
    return x


def test_a_traced_function_is_pickled_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(module_level)) is module_level


def test_errors_are_recorded_and_raised_again(vr: Vireo, only: Any) -> None:
    @vr.trace
    def model(x: int) -> int:
        try:
            return 1 // x
        except ZeroDivisionError as exc:
            raise ValueError("bad input ä") from exc

    with pytest.raises(ValueError, match="bad input") as caught:
        model(0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    span = only()
    assert span.status == 2
    name, details = span.events[0]
    assert name == "exception"
    assert details["exception.type"] == "ValueError"
    assert details["exception.message"] == "bad input ä"
    stack = details["exception.stacktrace"]
    assert "ZeroDivisionError" in stack
    assert "direct cause" in stack
    assert 'raise ValueError("bad input ä") from exc' in stack
    assert "vireo/_" not in stack
    assert "vireo.output" not in span.attributes


def test_an_exception_that_cannot_be_printed_is_recorded(vr: Vireo, only: Any) -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no str")

    @vr.trace
    def model() -> None:
        raise Odd

    with pytest.raises(Odd):
        model()
    assert "raised RuntimeError" in only().events[0][1]["exception.message"]


def test_a_call_that_does_not_fit_raises_its_own_error(vr: Vireo, only: Any) -> None:
    @vr.trace
    def model(a: int) -> int:
        return a

    with pytest.raises(TypeError, match="missing 1 required"):
        model()
    assert only().events[0][1]["exception.type"] == "TypeError"


def test_inputs_are_as_they_were_at_the_call(vr: Vireo, only: Any) -> None:
    @vr.trace
    def model(items: list[int]) -> list[int]:
        items.append(99)
        return items

    items = [1]
    result = model(items)
    result.append(100)
    span = only()
    assert span.input == {"items": [1]}
    assert span.output == [1, 99]


def test_spans_nest(vr: Vireo, spans: Any) -> None:
    @vr.trace(kind="retriever")
    def retrieve(q: str) -> str:
        with vr.span("embed", kind="embedding") as inner:
            inner.tag(model="e5")
        return q

    @vr.trace
    def answer(q: str) -> str:
        return retrieve(q)

    answer("why")
    outer, middle, inner = spans()
    assert (outer.name, middle.name, inner.name) == ("answer", "retrieve", "embed")
    assert (middle.parent_id, inner.parent_id) == (outer.span_id, middle.span_id)
    assert len({s.trace_id for s in (outer, middle, inner)}) == 1
    assert inner.tags == {"model": "e5"}


def test_tags_keep_their_types(vr: Vireo, only: Any) -> None:
    with vr.span("s", tags={"from": "start"}) as span:
        span.tag(country="DE", n=3, share=0.5, yes=True, none=None, big=2**70, list=[1, 2])
        span.tag({"with space": np.int64(4), 5: np.float32(0.5)}, umlaut="ä\ud800")
        span.set_attribute("gen_ai.usage.input_tokens", 12)
        span.set_session("s1")
        span.set_user("u1")
    got = only()
    assert got.tags == {
        "from": "start",
        "country": "DE",
        "n": 3,
        "share": 0.5,
        "yes": True,
        "big": str(2**70),
        "list": "[1,2]",
        "with space": 4,
        "5": 0.5,
        "umlaut": "ä?",
    }
    assert got.attributes["gen_ai.usage.input_tokens"] == 12
    assert (got.attributes["session.id"], got.attributes["user.id"]) == ("s1", "u1")


def test_span_input_output_and_error(vr: Vireo, spans: Any) -> None:
    with vr.span("a") as span:
        span.set_input({"q": 1})
        span.set_output([2])
        span.set_output([3])
    with vr.span("b") as span:
        span.error("no good")
    with pytest.raises(KeyError), vr.span("c"):
        raise KeyError("k")
    a, b, c = spans()
    assert (a.input, a.output) == ({"q": 1}, [3])
    assert b.status == 2
    assert c.events[0][1]["exception.type"] == "KeyError"


def test_a_span_may_be_finished_by_hand_and_twice(vr: Vireo, only: Any) -> None:
    span = vr.span("hand")
    assert span.recording
    span.finish()
    span.finish()
    assert not span.recording
    span.tag(late=1)
    span.log("late", b"x")
    span.set_output(1)
    got = only()
    assert got.tags == {}
    assert "vireo.output" not in got.attributes


def test_a_span_that_nobody_finished_is_recorded(vr: Vireo, only: Any) -> None:
    vr.span("lost").tag(a=1)
    assert only().tags == {"a": 1}


def test_a_discarded_span_is_not_sent(vr: Vireo, spans: Any) -> None:
    with vr.span("gone") as span:
        span.discard()
    assert spans() == []


def test_current_span_and_trace(vr: Vireo, spans: Any) -> None:
    @vr.trace
    def outer() -> None:
        with vr.span("inner") as inner:
            assert vr.current_span() is inner
            vr.current_trace().tag(seen="yes")
            vr.current_span().tag(here=1)

    assert not vr.current_span().recording
    vr.current_span().tag(nothing=1)
    outer()
    first, second = spans()
    assert first.tags == {"seen": "yes"}
    assert second.tags == {"here": 1}


def test_a_trace_by_id_collects_roots_of_several_processes(vr: Vireo, spans: Any) -> None:
    with vr.start_trace("one", trace_id="order-17", session="s", user="u"), vr.span("child"):
        pass
    vr.start_trace("two", trace_id="order-17", tags={"t": 1}).finish()
    vr.start_trace("three", trace_id="0af7651916cd43dd8448eb211c80319c").finish()
    one, child, two, three = spans()
    assert one.trace_id == child.trace_id == two.trace_id
    assert child.parent_id == one.span_id
    assert one.parent_id == two.parent_id == ""
    assert one.attributes["vireo.trace.key"] == "order-17"
    assert three.trace_id == "0af7651916cd43dd8448eb211c80319c"


def test_start_trace_ignores_what_is_current(vr: Vireo, spans: Any) -> None:
    with vr.span("outer"):
        trace = vr.start_trace("new")
        child = trace.span("below", kind="tool", tags={"a": 1})
        child.finish()
        trace.finish()
    outer, new, below = spans()
    assert new.parent_id == ""
    assert new.trace_id != outer.trace_id
    assert below.parent_id == new.span_id


def test_sampling_is_decided_at_the_root(vr: Vireo, spans: Any) -> None:
    @vr.trace
    def inner() -> str:
        with vr.span("deep"):
            return vr.traceparent() or ""

    @vr.trace(sample=0.0)
    def never() -> str:
        return inner()

    header = never()
    assert header.endswith("-00")
    assert spans() == []

    @vr.trace(sample=0.3)
    def some() -> None:
        inner()

    for _ in range(1000):
        some()
    names = [s.name for s in spans()]
    assert 200 < names.count("some") < 400
    assert names.count("some") == names.count("inner") == names.count("deep")


def test_sample_out_of_range_is_refused(vr: Vireo) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        vr.trace(sample=1.5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        Vireo("p", sample=-1)


def test_capture_switches(vr: Vireo, only: Any) -> None:
    @vr.trace(capture_inputs=False, capture_outputs=False, tags={"team": "a"})
    def secret(x: str) -> str:
        return x

    secret("s")
    span = only()
    assert "vireo.input" not in span.attributes
    assert "vireo.output" not in span.attributes
    assert span.tags == {"team": "a"}


def test_redaction_sees_inputs_and_output(vr: Vireo, only: Any) -> None:
    def hide(value: Any) -> Any:
        return {**value, "password": "***"} if isinstance(value, dict) else "hidden"

    @vr.trace(redact=hide)
    def login(user: str, password: str, *more: int, **other: int) -> str:
        return user + password

    assert login("u", "p", 1, x=2) == "up"
    span = only()
    assert span.input == {"user": "u", "password": "***", "more": [1], "other": {"x": 2}}
    assert span.output == "hidden"


def test_a_redaction_that_fails_lets_nothing_out(vr: Vireo, only: Any) -> None:
    def broken(value: Any) -> Any:
        raise LookupError(value)

    @vr.trace(redact=broken)
    def f(secret: str) -> str:
        return secret

    assert f("s3cret") == "s3cret"
    span = only()
    assert span.input == span.output == {"$redaction_failed": "LookupError"}
    assert "s3cret" not in str(span.attributes)


def test_the_clients_redaction_is_the_default(fake: Any) -> None:
    with Vireo("p", url=fake.url, redact=lambda v: "no") as vr:
        with vr.span("s") as span:
            span.set_input("secret")
        vr.trace(lambda x: x)("secret")
    assert "secret" not in str([s.attributes for s in fake.spans])


def test_tracing_can_be_turned_off(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIREO_DISABLED", "1")
    vr = Vireo("p", url=fake.url)

    @vr.trace
    def f(x: int) -> int:
        return x

    assert f(1) == 1
    with vr.span("s") as span:
        span.tag(a=1)
        span.log("x", b"y")
    assert not span.recording
    assert vr.flush(1)
    assert vr.close()
    assert fake.spans == []


def test_after_close_the_program_goes_on(fake: Any) -> None:
    vr = Vireo("p", url=fake.url)

    @vr.trace
    def f(x: int) -> int:
        return x

    running = vr.span("running")
    f(1)
    assert vr.close(5)
    assert vr.close(5)
    assert f(2) == 2
    running.tag(a=1)
    running.finish()
    assert len(fake.spans) == 1


def test_two_clients_do_not_mix(fake: Any) -> None:
    with Vireo("one", url=fake.url) as one, Vireo("two", url=fake.url) as two, one.span("a"), two.span("b"):
        pass
    assert all(s.parent_id == "" for s in fake.spans)
    assert {s.resource.get("vireo.project", s.name) for s in fake.spans} >= {"one", "two"} or len(fake.spans) == 2


def test_what_cannot_be_traced_is_refused_at_once(vr: Vireo) -> None:
    with pytest.raises(TypeError, match="not callable"):
        vr.trace(5)  # type: ignore[type-var]
    with pytest.raises(TypeError, match="below @property"):
        vr.trace(property(lambda self: 1))  # type: ignore[type-var]
    with pytest.raises(TypeError, match="defines no __call__"):

        @vr.trace
        class Plain:
            pass


def test_recursion_and_many_threads(vr: Vireo, spans: Any) -> None:
    @vr.trace
    def fall(n: int) -> int:
        return 0 if n == 0 else 1 + fall(n - 1)

    assert fall(50) == 50
    threads = [threading.Thread(target=fall, args=(3,)) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    found = spans()
    assert len(found) == 51 + 8 * 4
    assert len([s for s in found if not s.parent_id]) == 9


def test_one_call_is_one_span_even_with_very_many_arguments(vr: Vireo, only: Any) -> None:
    @vr.trace
    def f(*args: int, **kwargs: int) -> int:
        return len(args) + len(kwargs)

    assert f(*range(50_000), **{f"k{i}": i for i in range(5000)}) == 55_000
    assert only().input["$truncated"] is True


def test_huge_outputs_are_cut_not_dropped(vr: Vireo, only: Any) -> None:
    @vr.trace
    def f() -> str:
        return "x" * (64 * 1024 * 1024)

    f()
    assert only().output["length"] == 64 * 1024 * 1024


def test_huge_inputs_of_any_letters_are_cut_not_dropped(vr: Vireo, spans: Any) -> None:
    @vr.trace
    def f(text: str) -> str:
        return text

    for letter in "x\nä€😀":
        f(letter * 3_000_000)
    for span in spans():
        assert span.input["text"]["length"] == 3_000_000
        assert span.output["length"] == 3_000_000
