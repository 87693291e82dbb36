# SPDX-License-Identifier: Apache-2.0
"""`assess`: every call traced and scored, off the caller's thread, whatever happens."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import pathlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, NamedTuple

import pytest
from conftest import free_port, run_python
from fake_server import FakeServer
from vireo import RefusedError, UnreachableError, Vireo, _trace
from vireo.judge import Judge
from vireo.judge._judge import chosen
from vireo.judge._outbox import Outbox


def rubric(outputs: Any) -> Any:
    return len(outputs) if isinstance(outputs, (list, str)) else outputs


def passing(score: Any) -> Any:
    return score > 5


@pytest.fixture
def tag(vr: Vireo) -> str:
    return vr.add_judge(Judge("size", "how much came out", rubric, passing))


@pytest.fixture
def scores(vr: Vireo, fake: FakeServer) -> Callable[[], list[dict[str, Any]]]:
    """The scores that arrived, in the order of the judged spans' starts."""

    def arrived() -> list[dict[str, Any]]:
        assert vr.flush(30)
        order = [s.span_id for s in sorted(fake.spans, key=lambda s: s.start)]
        return sorted(fake.scores.values(), key=lambda row: (order.index(row["span_id"]), row["judge"]))

    return arrived


def test_a_judge_has_a_tag_by_its_definition(vr: Vireo, fake: FakeServer, tag: str) -> None:
    assert tag == "size:v1"
    assert vr.add_judge(Judge("size", "described otherwise", rubric, passing)) == "size:v1"
    assert vr.add_judge(Judge("size", "", rubric, lambda score: score > 6)) == "size:v2"
    stored = fake.judges["size"][0]
    assert (stored["kind"], stored["parameters"], stored["language"]) == ("code", ["outputs"], "python")
    assert "def rubric" in stored["source"]
    assert "return score > 5" in stored["source"]
    with pytest.raises(TypeError, match="a Judge or an LLMJudge"):
        vr.add_judge(rubric)


def test_every_call_is_traced_and_scored(vr: Vireo, fake: FakeServer, tag: str, scores: Any) -> None:
    @vr.assess(tag, name="adder", tags={"tier": "free"})
    def model(a: int, b: int) -> int:
        return a + b

    assert [model(1, 2), model(3, b=4)] == [3, 7]
    first, second = scores()
    assert (first["value"], first["passed"], second["value"], second["passed"]) == (3, False, 7, True)
    assert first["judge"] == "size:v1"
    assert first["name"] == "size"
    assert first["source"] == "code"
    span = min(fake.spans, key=lambda s: s.start)
    assert (first["trace_id"], first["span_id"], first["trace_start"]) == (span.trace_id, span.span_id, span.start)
    assert span.name == "adder"
    assert span.tags == {"tier": "free"}
    assert json.loads(span.attributes["vireo.judges"]) == ["size:v1"]
    assert vr.version_of(model) == "adder:v1"


def test_the_judge_is_no_part_of_the_models_definition(vr: Vireo, fake: FakeServer, tag: str, scores: Any) -> None:
    @vr.assess(tag)
    def model(a: int) -> int:
        return a

    assessed = model

    @vr.trace
    def model(a: int) -> int:  # type: ignore[no-redef]
        return a

    assert vr.version_of(assessed) == vr.version_of(model) == "model:v1"


def test_coroutines_generators_methods_and_errors(vr: Vireo, tag: str, scores: Any) -> None:
    @vr.assess(tag)
    async def coroutine() -> str:
        await asyncio.sleep(0)
        return "four"

    @vr.assess(tag)
    def generator() -> Iterator[str]:
        yield "abc"
        yield "def"

    @vr.assess(tag)
    async def agenerator() -> AsyncIterator[int]:
        for i in range(7):
            yield i

    class Thing:
        @vr.assess(tag)
        def method(self, x: str) -> str:
            return x * 2

    @vr.assess(tag)
    def failing() -> str:
        raise ValueError("no")

    async def run() -> None:
        assert await coroutine() == "four"
        assert [i async for i in agenerator()] == list(range(7))

    asyncio.run(run())
    assert list(generator()) == ["abc", "def"]
    assert Thing().method("xyz") == "xyzxyz"
    with pytest.raises(ValueError, match="no"):
        failing()
    found = scores()
    assert [row["value"] for row in found] == [4, 7, 6, 6, None]
    assert found[4]["error"] == "not judged: the call failed"


def test_several_judges_and_redaction(vr: Vireo, tag: str, scores: Any) -> None:
    def inputs_too(outputs: Any, inputs: Any) -> Any:
        return f"{inputs} {outputs}"

    other = vr.add_judge(Judge("inputs", "", inputs_too))

    @vr.assess(tag, other, redact=lambda value: "hidden")
    def model(secret: str) -> str:
        return secret

    model("s")
    found = scores()
    assert {row["name"]: row["value"] for row in found} == {"size": 6, "inputs": "hidden hidden"}


def test_calls_below_others_are_judged_as_themselves(vr: Vireo, fake: FakeServer, tag: str, scores: Any) -> None:
    @vr.assess(tag)
    def inner() -> str:
        return "inner"

    @vr.trace
    def outer() -> str:
        return inner() + "outer"

    outer()
    (row,) = scores()
    root, below = sorted(fake.spans, key=lambda s: s.start)
    assert (row["span_id"], row["trace_start"], row["value"]) == (below.span_id, root.start, 5)


def test_a_share_of_the_traces_is_judged_and_all_are_traced(vr: Vireo, fake: FakeServer, tag: str, scores: Any) -> None:
    @vr.assess(tag, sample=0.2)
    def model(a: int) -> int:
        return a

    for i in range(300):
        model(i)
    judged = {row["trace_id"] for row in scores()}
    assert len(fake.spans) == 300
    assert judged == {s.trace_id for s in fake.spans if chosen(s.trace_id, 0.2)}
    assert 30 < len(judged) < 90


def test_what_was_not_recorded_is_not_judged(vr: Vireo, tag: str, scores: Any) -> None:
    @vr.assess(tag, capture_outputs=False)
    def model() -> int:
        return 1

    model()
    assert scores()[0]["error"] == "not judged: no output was recorded"


def test_misuse_is_told_at_once(vr: Vireo, tag: str) -> None:
    with pytest.raises(TypeError, match="needs a judge"):
        vr.assess()
    with pytest.raises(TypeError, match="needs a judge"):

        @vr.assess
        def model() -> None: ...

    with pytest.raises(ValueError, match="was not added by this client"):
        vr.assess("other:v1")
    with pytest.raises(ValueError, match="between 0 and 1"):
        vr.assess(tag, sample=2)


def test_a_judge_that_never_ends_holds_neither_the_caller_nor_other_judges(
    vr: Vireo, fake: FakeServer, tag: str
) -> None:
    def loop(outputs: Any) -> Any:
        while True:
            pass

    @vr.assess(vr.add_judge(Judge("loop", "", loop, timeout=20)), tag)
    def model() -> str:
        return "done"

    began = time.perf_counter()
    model()
    assert time.perf_counter() - began < 0.5
    deadline = time.monotonic() + 10
    while not fake.scores and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [row["judge"] for row in fake.scores.values()] == ["size:v1"]
    began = time.monotonic()
    assert not vr.flush(0.3)
    assert not vr.close(0.3)
    assert time.monotonic() - began < 5


def test_closing_ends_threads_and_processes(fake: FakeServer) -> None:
    before = threading.active_count()
    for _ in range(3):
        client = Vireo("test", url=fake.url)

        @client.assess(client.add_judge(Judge("size", "", rubric)))
        def model() -> str:
            return "done"

        model()
        assert client.close(30)
        model()
        process = client._assessor._pool._all[-1]  # type: ignore[union-attr]
        assert process._process is None
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threading.active_count() <= before + 3  # the clients' workers end with the process


def test_closing_leaves_what_is_not_judged_to_a_worker(fake: FakeServer, tmp_path: pathlib.Path) -> None:
    def slow(outputs: Any) -> Any:
        import pathlib
        import time

        pathlib.Path(outputs).touch()
        time.sleep(60)
        return 1

    client = Vireo("test", url=fake.url)

    @client.assess(client.add_judge(Judge("slow", "", slow, timeout=60)))
    def model(path: str) -> str:
        return path

    for n in range(3):
        model(str(tmp_path / str(n)))
    deadline = time.monotonic() + 20
    while not (tmp_path / "0").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (tmp_path / "0").exists()
    assert not client.close(1)
    while client.counters()["unjudged"] < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert client.counters()["unjudged"] == 3
    assert len(fake.spans) == 3
    assert fake.scores == {}


def test_scores_wait_for_a_server_that_is_away(vr: Vireo, fake: FakeServer, tag: str) -> None:
    @vr.assess(tag)
    def model() -> str:
        return "done"

    fake.refuse_scores = 503
    model()
    assert not vr.flush(1)
    assert vr.counters()["scores_delivered"] == 0
    fake.refuse_scores = 0
    assert vr.flush(30)
    assert len(fake.scores) == 1
    assert vr.counters()["scores_delivered"] == 1


AWAY = """
import os, sys, signal, time
sys.path.insert(0, ".")
import test_assess
from fake_server import FakeServer
from vireo import Vireo
server = FakeServer(int(sys.argv[1]))
vr = Vireo("test", url=server.url)
@vr.assess(vr.add_judge(test_assess.Judge("size", "", test_assess.rubric)))
def model(text):
    return text
server.close()
for i in range(300):
    model("x" * i)
if sys.argv[2] == "killed":
    vr.flush(20)
    while vr.counters()["spooled"] < 300 or vr.counters()["queue_bytes"]:
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
vr.close(10)
"""


@pytest.mark.parametrize(("how", "code"), [("ended", 0), ("killed", -9)])
def test_scores_of_a_program_that_ended_while_the_server_was_away_arrive(how: str, code: int) -> None:
    port = free_port()
    done = run_python(AWAY, str(port), how)
    assert (done.returncode, done.stderr) == (code, "")
    late = FakeServer(port)
    client = Vireo("test", url=late.url)
    deadline = time.monotonic() + 30
    while len(late.scores) < 300 and time.monotonic() < deadline:
        client.flush(1)
        time.sleep(0.05)
    client.close(10)
    late.close()
    assert sorted(row["value"] for row in late.scores.values()) == list(range(300))
    assert {row["span_id"] for row in late.scores.values()} == {s.span_id for s in late.spans}


def test_forked_processes_judge_their_own_calls(vr: Vireo, fake: FakeServer, tag: str) -> None:
    @vr.assess(tag)
    def model(text: str) -> str:
        return text

    model("parent")
    pid = os.fork()
    if pid == 0:
        try:
            model("the child")
            done = vr.flush(30)
        finally:
            os._exit(0 if done else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert vr.flush(30)
    assert sorted(row["value"] for row in fake.scores.values()) == [6, 9]


def work(url: str) -> None:
    client = Vireo("test", url=url)

    @client.assess(client.add_judge(Judge("size", "", rubric, passing)))
    def model(text: str) -> str:
        return text

    model("spawned")


def test_spawned_processes_judge_before_they_end(fake: FakeServer) -> None:
    process = multiprocessing.get_context("spawn").Process(target=work, args=(fake.url,))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert [row["value"] for row in fake.scores.values()] == [7]


def test_a_program_that_ends_waits_for_its_scores(fake: FakeServer) -> None:
    code = """
import sys
sys.path.insert(0, ".")
import test_assess
from vireo import Vireo
vr = Vireo("test", url=sys.argv[1], exit_timeout=20)
@vr.assess(vr.add_judge(test_assess.Judge("size", "", test_assess.rubric)))
def model(text):
    return text
model("bye")
"""
    done = run_python(code, fake.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["value"] for row in fake.scores.values()] == [3]


def test_many_threads_lose_no_score(vr: Vireo, fake: FakeServer, tag: str, scores: Any) -> None:
    @vr.assess(tag)
    def model(i: int) -> int:
        return i

    threads = [threading.Thread(target=lambda n=n: [model(n * 100 + i) for i in range(100)]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row["value"] for row in scores()) == list(range(800))


class Nobody(NamedTuple):
    tag: str = "nobody:v1"


def test_what_waits_to_be_judged_is_bounded_and_the_rest_counted(vr: Vireo) -> None:
    woken: list[int] = []
    vr._client.judge_with(lambda: woken.append(1))
    options = vr._options(None, "model", None, None, None, None, None)._replace(judges=(Nobody(),))

    def model(size: int) -> str:
        return "x" * size

    traced = _trace.wrap(vr._client, model, options)
    for _ in range(100):
        traced(1_000_000)
    waiting, dropped = vr._client.judged_counts()
    assert (waiting, dropped) == (67, 33)  # 64 MiB
    assert woken == [1]
    first = vr._client.take_judged(2)
    assert len(first) == 2
    judges, trace_id, span_id, _, given, output, failed = first[0]
    assert (judges[0].tag, len(trace_id), len(span_id), failed) == ("nobody:v1", 16, 8, False)
    assert (given, len(output)) == (b'{"size":1000000}', 1_000_002)
    assert len(vr._client.take_judged(1000)) == 65
    assert vr._client.judged_counts() == (0, 33)
    for _ in range(100_010):
        traced(0)
    assert vr._client.judged_counts() == (100_000, 43)
    assert woken == [1, 1]


def test_a_callback_that_fails_harms_nobody(vr: Vireo) -> None:
    vr._client.judge_with(lambda: 1 / 0)
    options = vr._options(None, "model", None, None, None, None, None)._replace(judges=(Nobody(),))
    assert _trace.wrap(vr._client, len, options)("abc") == 3
    with pytest.raises(TypeError):
        _trace.wrap(vr._client, len, options)(7)
    assert vr.flush(10)
    assert [entry[-1] for entry in vr._client.take_judged(10)] == [False, True]


# ---------------------------------------------------------------- by hand


def test_scores_feedback_and_expectations_by_hand(vr: Vireo, fake: FakeServer) -> None:
    with vr.span("work") as span:
        pass
    vr.score(span, "helpful", 0.5, passed=False, reason="meh", by="me")
    vr.score("a" * 32, "label", "good")
    vr.feedback(span, False, "wrong", user="u1")
    vr.expect("a" * 32, {"answer": 42}, user="u1", span_id="b" * 16)
    helpful, label, feedback, expectation = fake.scores.values()
    assert helpful == {
        "trace_id": span.trace_id, "span_id": span.span_id, "name": "helpful", "value": 0.5, "passed": False,
        "reason": "meh", "by": "me", "source": "code",
    }  # fmt: skip
    assert label == {"trace_id": "a" * 32, "name": "label", "value": "good", "source": "code"}
    assert (feedback["kind"], feedback["value"], feedback["passed"], feedback["by"]) == ("feedback", False, False, "u1")
    assert (expectation["kind"], expectation["expected"]) == ("expectation", {"answer": 42})
    with pytest.raises(ValueError, match="a score is"):
        vr.score(span, "x", None)
    with pytest.raises(ValueError, match="not recorded"):
        vr.score(vr.current_span(), "x", 1)
    fake.refuse_scores = 400
    with pytest.raises(RefusedError):
        vr.score(span, "x", 1)


# ---------------------------------------------------------------- outbox


class Server:
    """Answers POST /scores as told."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.always: Any = None
        self.rows: list[Any] = []
        self.requests = 0

    def request(self, method: str, path: str, body: bytes | None, timeout: float) -> Any:
        rows = json.loads(body or b"")["scores"]
        self.requests += 1
        answer = self.answers.pop(0) if self.answers else self.always
        if isinstance(answer, Exception):
            raise answer
        bad = [i for i, row in enumerate(rows) if row.get("bad")]
        if bad and answer == 400:
            raise RefusedError("bad row", 400)
        self.rows += [row for row in rows if not row.get("bad")]
        return {"accepted": len(rows) - len(bad), "rejected": [{"index": i, "detail": "bad"} for i in bad]}


def test_one_bad_row_does_not_hold_up_the_others() -> None:
    server = Server()
    outbox = Outbox(server.request)
    outbox.add([{"n": i, "bad": i == 3} for i in range(10)])
    server.answers = [400] * 10
    assert outbox.pump(hurry=True)
    assert [row["n"] for row in server.rows] == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert (outbox.sent, outbox.rejected) == (9, 1)


def test_a_refused_batch_is_found_out_about_in_few_requests() -> None:
    server = Server()
    server.always = 400
    outbox = Outbox(server.request)
    outbox.add([{"n": i, "bad": i in (7, 300)} for i in range(500)])
    assert outbox.pump(hurry=True)
    assert [row["n"] for row in server.rows] == [i for i in range(500) if i not in (7, 300)]
    assert (outbox.sent, outbox.rejected, server.requests < 40) == (498, 2, True)


def test_a_server_that_goes_away_within_a_refused_batch_is_asked_once() -> None:
    server = Server()
    outbox = Outbox(server.request)
    outbox.add([{"n": i, "bad": i == 499} for i in range(500)])
    server.answers = [400, None, UnreachableError("away")]
    assert not outbox.pump(hurry=True)
    assert (server.requests, outbox.waiting) == (3, 250)
    server.always = 400
    deadline = time.monotonic() + 10
    while not outbox.pump(hurry=True) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [row["n"] for row in server.rows] == list(range(499))
    assert (outbox.sent, outbox.rejected) == (499, 1)


def test_rows_are_kept_while_the_server_is_away_and_sent_once_each() -> None:
    server = Server()
    outbox = Outbox(server.request)
    server.answers = [UnreachableError("away"), RefusedError("later", 429), RefusedError("full", 507)]
    outbox.add([{"n": i} for i in range(1200)])
    deadline = time.monotonic() + 10
    while not outbox.pump(hurry=True) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [row["n"] for row in server.rows] == list(range(1200))


def test_two_that_pump_at_once_send_each_row_once() -> None:
    server = Server()

    def slow(*args: Any) -> Any:
        time.sleep(0.05)
        return server.request(*args)

    outbox = Outbox(slow)
    outbox.add([{"n": i} for i in range(1200)])
    threads = [threading.Thread(target=outbox.pump, args=(True,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["n"] for row in server.rows] == list(range(1200))
    assert (outbox.sent, outbox.waiting) == (1200, 0)


def test_what_waits_is_bounded() -> None:
    outbox = Outbox(Server().request)
    outbox.add([{"n": i} for i in range(25_000)])
    assert (outbox.waiting, outbox.dropped) == (20_000, 5_000)
