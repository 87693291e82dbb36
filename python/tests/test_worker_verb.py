# SPDX-License-Identifier: Apache-2.0
"""`vireo worker` against the real server: backfills, rules, kill -9, refusals."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Server
from llm_stub import LLMStub, Reply
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from vireo import RefusedError, UnreachableError, Vireo, judge
from vireo.judge import Judge
from vireo.judge._service import OVERLAP, Job, backfill, main, parser


def length(outputs: Any) -> Any:
    return len(outputs)


def short(score: Any) -> Any:
    return score < 10


@pytest.fixture
def vr(server: Server) -> Iterator[Vireo]:
    with Vireo("default", url=server.url) as client:
        yield client


def send(server: Server, outputs: list[str], kind: str = "agent") -> None:
    """Traces of a program that has no Vireo in it, with a step below each root."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=server.url + "/v1/traces")))
    tracer = provider.get_tracer("test")
    for output in outputs:
        with tracer.start_as_current_span("answer") as span:
            span.set_attribute("openinference.span.kind", kind)
            span.set_attribute("input.value", "why?")
            with tracer.start_as_current_span("step") as step:
                step.set_attribute("output.value", "not this one")
            span.set_attribute("output.value", output)
    provider.shutdown()


def start(server: Server, *args: str, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "vireo", "worker", "--url", server.url, "--settle", "0", *args]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment})


def run(server: Server, *args: str, code: int = 0, **environment: str) -> str:
    process = start(server, *args, **environment)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == code, told
    return told


def scores(vr: Vireo, query: str = "") -> list[dict[str, Any]]:
    """Of all traces, oldest first."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = vr.request("GET", f"/traces?limit=500&query={query}{cursor}")
        for item in page["items"]:
            found += item["scores"]
        if not page["next_cursor"]:
            return found[::-1]
        cursor = f"&cursor={page['next_cursor']}"


def wait_for(vr: Vireo, count: int, name: str) -> list[dict[str, Any]]:
    """So many scores of a judge."""
    deadline = time.monotonic() + 30
    while len(found := [s for s in scores(vr) if s["name"] == name]) < count and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(found) == count
    return found


def test_a_backfill_judges_any_clients_traces_once(server: Server, vr: Vireo) -> None:
    outputs = ["x" * n for n in range(1, 21)]
    send(server, outputs)
    send(server, ["another kind"], kind="tool")
    tag = vr.add_judge(Judge("length", "", length, short))
    told = run(server, "--judge", tag, "--where", "type:agent", "--once", "--allow-code")
    assert "20 traces judged, 0 of them with an error, 0 left out; 20 scores stored, 0 refused, 0 not sent" in told
    found = scores(vr)
    assert [s["value"] for s in found] == [float(n) for n in range(1, 21)]
    assert [s["passed"] for s in found] == [n < 10 for n in range(1, 21)]
    roots = {i["root_span_id"] for i in vr.request("GET", "/traces?limit=100")["items"]}
    assert {s["span_id"] for s in found} < roots
    assert "0 traces judged" in run(server, "--judge", "length", "--where", "type:agent", "--once", "--allow-code")
    assert "1 traces judged" in run(server, "--judge", tag, "--once", "--allow-code")


def test_stored_code_needs_a_word(server: Server, vr: Vireo) -> None:
    send(server, ["x"])
    tag = vr.add_judge(Judge("length", "", length))
    assert "--allow-code lets this worker run it" in run(server, "--judge", tag, "--once", code=1)
    assert "no such judge" in run(server, "--judge", "nobody:v1", "--once", code=1).lower()
    assert "--once needs --judge" in run(server, "--once", code=2)
    assert "query" in run(server, "--judge", tag, "--where", "((", "--once", "--allow-code", code=1)
    assert scores(vr) == []


def test_backfill_and_assess_see_the_same(server: Server, vr: Vireo) -> None:
    def everything(inputs: Any, outputs: Any, metadata: Any, trace: Any) -> Any:
        return f"{inputs} {outputs} {metadata} {[s['name'] for s in trace['spans']]}"

    online = vr.add_judge(Judge("online", "", everything))
    later = vr.add_judge(Judge("later", "", everything))

    @vr.assess(online)
    def model(a: int, b: float) -> dict[str, Any]:
        with vr.span("inner"):
            vr.current_trace().tag(country="DE")
        return {"sum": a + b, "text": "é", "nan": float("nan")}

    model(1, b=2.5)
    assert vr.flush(30)
    run(server, "--judge", later, "--once", "--allow-code")
    found = {s["judge"]: s["value"] for s in scores(vr)}
    assert len(found) == 2
    assert found[online] == found[later]
    assert "'nan': nan" in found[online]
    assert "{'country': 'DE'} ['model', 'inner']" in found[online]


def test_spans_are_judged_as_they_match(server: Server, vr: Vireo) -> None:
    def seen(outputs: Any, metadata: Any) -> Any:
        return f"{outputs[:8]} {metadata}"

    big = "x" * 300_000
    for n in range(250):
        with vr.span("answer", kind="agent") as root:
            root.tag(country="DE")
            with vr.span("step", kind="llm") as step:
                step.tag(n=n)
                step.set_output(f"{n} {big if n % 100 == 0 else ''}")
    assert vr.flush(30)
    tag = vr.add_judge(Judge("seen", "", seen))
    args = ("--judge", tag, "--where", "type:llm", "--spans", "--once", "--allow-code")
    assert "250 spans judged, 0 of them with an error, 0 left out; 250 scores stored" in run(server, *args)
    found = scores(vr)
    assert len(found) == 250
    assert {s["span_id"] for s in found} == {i["span_id"] for i in spans_of(vr, "type:llm")}
    assert "7  {'country': 'DE', 'n': 7}" in {s["value"] for s in found}
    assert "0 spans judged" in run(server, *args)
    assert len(spans_of(vr, f"judge:{tag}")) == 250


def spans_of(vr: Vireo, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = vr.request("GET", f"/spans?limit=1000&query={query}")["items"]
    return found


def test_a_worker_that_is_killed_costs_only_the_rest(server: Server, vr: Vireo) -> None:
    def slow(outputs: Any) -> Any:
        import time

        time.sleep(0.02)
        return int(outputs)

    send(server, [str(n) for n in range(120)])
    tag = vr.add_judge(Judge("slow", "", slow))
    args = ("--judge", tag, "--once", "--allow-code")
    for _ in range(3):
        process = start(server, *args)
        before = len(scores(vr))
        deadline = time.monotonic() + 20
        while len(scores(vr)) < before + 10 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    stored = len(scores(vr))
    assert 30 <= stored < 120
    assert f"{120 - stored} traces judged" in run(server, *args)
    assert sorted(s["value"] for s in scores(vr)) == list(range(120))


def slow(outputs: Any) -> Any:
    import time

    time.sleep(0.05)
    return int(outputs)


def test_two_workers_on_one_backfill_lose_and_double_nothing(server: Server, vr: Vireo) -> None:
    send(server, [str(n) for n in range(150)])
    tag = vr.add_judge(Judge("slow", "", slow))
    workers = [start(server, "--judge", tag, "--once", "--allow-code") for _ in range(2)]
    told = [worker.communicate(timeout=60)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], told
    assert sorted(s["value"] for s in scores(vr)) == list(range(150))
    assert "0 traces judged" in run(server, "--judge", tag, "--once", "--allow-code")


def test_a_share_of_the_traces_is_the_same_for_every_worker(server: Server, vr: Vireo) -> None:
    send(server, ["x"] * 300)
    ids = [i["trace_id"] for i in vr.request("GET", "/traces?limit=500")["items"]]
    # The oracle: the first 8 bytes of the id's SHA-256 are a number that is spread evenly over all that 8 bytes can be.
    places = {t: int(hashlib.sha256(bytes.fromhex(t)).hexdigest()[:16], 16) / 16**16 for t in ids}
    tag = vr.add_judge(Judge("length", "", length))
    judged = 0
    for share in (0.0, 0.2, 0.5, 1.0):
        told = run(server, "--judge", tag, "--sample", str(share), "--once", "--allow-code")
        wanted = {t for t in ids if places[t] < share}
        items = vr.request("GET", f"/traces?limit=500&query=judge:{tag}")["items"]
        assert {i["trace_id"] for i in items} == wanted
        assert f" {len(wanted) - judged} traces judged" in told
        judged = len(wanted)
    assert judged == 300


def test_a_backfill_that_is_ended_early_says_so(server: Server, vr: Vireo) -> None:
    send(server, [str(n) for n in range(150)])
    tag = vr.add_judge(Judge("slow", "", slow))
    process = start(server, "--judge", tag, "--once", "--allow-code")
    deadline = time.monotonic() + 20
    while not scores(vr) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.terminate()
    told = process.communicate(timeout=20)[1]
    assert process.returncode == 1, told
    found = scores(vr)
    assert 0 < len(found) < 150
    assert not [s for s in found if s.get("error")]
    assert f"{len(found)} traces judged, 0 of them with an error, 0 left out; {len(found)} scores stored" in told


class Passes:
    """A service whose passes end as told; keeps from when on they looked."""

    def __init__(self, *ends: bool | Exception) -> None:
        self.ends = list(ends)
        self.since: list[datetime.datetime | None] = []
        self.stopping = threading.Event()

    def settled(self) -> datetime.datetime:
        return datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc) + len(self.since) * OVERLAP

    def run(self, job: Job, since: datetime.datetime | None) -> bool:
        self.since.append(since)
        end = self.ends.pop(0)
        if not self.ends:
            self.stopping.set()
        if isinstance(end, Exception):
            raise end
        return end


@pytest.mark.parametrize("left_out", [False, UnreachableError("away"), RefusedError("busy", 503)])
def test_a_backfill_looks_again_at_what_was_left_out(
    left_out: bool | Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = Passes(left_out, left_out, True, left_out, True, True)
    monkeypatch.setattr(passes.stopping, "wait", lambda seconds: None)
    begin = passes.settled()
    service: Any = passes
    assert backfill(service, [Job("j:v1", "", 1.0, None, None)], False, 0) == 0
    assert passes.since == [None, None, None, begin + OVERLAP, begin + OVERLAP, begin + 3 * OVERLAP]


def test_a_rule_that_is_switched_off_or_changed_leaves_off_at_once(server: Server, vr: Vireo) -> None:
    send(server, [str(n) for n in range(400)])
    send(server, [str(n) for n in range(3)], kind="tool")
    vr.add_judge(Judge("slow", "", slow))
    rule = vr.request("POST", "/rules", json.dumps({"judge": "slow", "where": "type:agent"}).encode())
    worker = start(server, "--allow-code", "--interval", "0.2", "--processes", "1")

    def change(**fields: Any) -> None:
        vr.request("PATCH", f"/rules/{rule['id']}", json.dumps(fields).encode())

    def stored(kind: str) -> int:
        return len(scores(vr, f"type:{kind}"))

    try:
        deadline = time.monotonic() + 20
        while not stored("agent") and time.monotonic() < deadline:
            time.sleep(0.05)
        change(enabled=False)
        time.sleep(1.5)
        left = stored("agent")
        assert 0 < left < 300
        time.sleep(1)
        assert stored("agent") == left
        change(enabled=True, where="type:tool")
        while stored("tool") < 3 and time.monotonic() < deadline + 10:
            time.sleep(0.05)
        assert (stored("tool"), stored("agent")) == (3, left)
    finally:
        worker.terminate()
        assert worker.wait(20) == 0


def test_the_servers_rules_are_followed_and_a_bad_judge_harms_nobody(server: Server, vr: Vireo) -> None:
    def loop(outputs: Any) -> Any:
        while True:
            pass

    good = vr.add_judge(Judge("good", "", length))
    vr.add_judge(Judge("bad", "", loop, timeout=1))
    rules = [
        {"judge": "bad", "where": "", "sample": 1, "enabled": True},
        {"judge": good, "where": "type:agent", "sample": 1, "enabled": True},
        {"judge": vr.add_judge(Judge("step", "", length)), "where": "name:step", "subject": "span"},
        {"judge": "good", "where": "type:tool", "enabled": False},
    ]
    made = [vr.request("POST", "/rules", json.dumps(r).encode()) for r in rules]
    worker = start(server, "--allow-code", "--interval", "0.2", "--processes", "2")
    try:
        send(server, ["a", "bb"])
        send(server, ["ccc"], kind="tool")
        assert sorted(s["value"] for s in wait_for(vr, 2, "good")) == [1, 2]
        send(server, ["dddd"])
        wait_for(vr, 3, "good")
        assert {s["value"] for s in wait_for(vr, 4, "step")} == {12}
        enable = json.dumps({"enabled": True}).encode()
        vr.request("PATCH", f"/rules/{made[3]['id']}", enable)
        wait_for(vr, 4, "good")
        assert {s["error"] for s in wait_for(vr, 3, "bad")} == {"it took longer than 1 s"}
    finally:
        worker.terminate()
        assert worker.wait(20) == 0


def test_llm_judges_go_only_where_they_may_and_do_not_judge_themselves(server: Server, vr: Vireo) -> None:
    stub = LLMStub(otherwise=Reply(json.dumps({"reason": "r", "score": 0.25})))
    send(server, ["a", "b", "c"])
    tag = vr.add_judge(judge.relevancy("m", base_url=stub.url, passing_criteria=0.5))
    told = run(server, "--judge", tag, "--once", code=1, OPENAI_API_KEY="secret")
    assert f"--endpoint {stub.url}" in told
    assert stub.requests == []
    run(server, "--judge", tag, "--once", "--endpoint", stub.url, OPENAI_API_KEY="secret")
    assert stub.keys == ["Bearer secret"] * 3
    again = run(server, "--judge", tag, "--once", "--endpoint", stub.url)
    assert "0 traces judged" in again
    found = scores(vr)
    assert [(s["value"], s["passed"], s["source"]) for s in found] == [(0.25, False, "llm")] * 3
    calls = vr.request("GET", "/traces?query=has:vireo.judging")["items"]
    assert len(calls) == 3
    stub.close()


def test_a_backfill_waits_for_a_server_that_restarts(server: Server, vr: Vireo) -> None:
    send(server, [str(n) for n in range(60)])
    process = start(server, "--judge", vr.add_judge(Judge("slow", "", slow)), "--once", "--allow-code")
    wait = time.monotonic() + 20
    while not scores(vr) and time.monotonic() < wait:
        time.sleep(0.05)
    server.stop()
    time.sleep(1)
    server.start()
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 0, told
    assert sorted(s["value"] for s in scores(vr)) == list(range(60))


def test_the_binarys_verb_is_the_same_worker(server: Server, vr: Vireo) -> None:
    send(server, ["abc"])
    tag = vr.add_judge(Judge("length", "", length))
    command = [server.binary, "worker", "--url", server.url, "--settle", "0", "--judge", tag, "--once", "--allow-code"]
    environment = {**os.environ, "VIREO_PYTHON": sys.executable}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode, "1 traces judged" in done.stderr) == (0, True), done.stderr
    assert [s["value"] for s in scores(vr)] == [3]
    assert "--judge TAG" in subprocess.run([server.binary, "worker", "--help"], capture_output=True, text=True).stdout
    missing = subprocess.run(command, capture_output=True, text=True, env={**environment, "VIREO_PYTHON": "/none"})
    assert (missing.returncode, "set VIREO_PYTHON" in missing.stderr) == (1, True)


def test_queries_and_times_of_the_command_line() -> None:
    job = Job("my judge:v2", "status:error or a", 1.0, None, None)
    assert job.query() == '(status:error or a) -judge:"my judge:v2" -has:vireo.judging'
    assert Job("j:v1", " ", 1.0, None, None).query() == "-judge:j:v1 -has:vireo.judging"
    options = parser().parse_args(["--from", "7d", "--to", "2026-01-02T03:04:05Z"])
    assert options.until.isoformat() == "2026-01-02T03:04:05+00:00"
    with pytest.raises(SystemExit):
        main(["--url", "ftp://x"])
    for wrong in (["--from", "soon"], ["--sample", "2"], ["--processes", "0"], ["--lookback", "x"]):
        with pytest.raises(SystemExit):
            parser().parse_args(wrong)
