# SPDX-License-Identifier: Apache-2.0
"""`vr.evaluate` and `vr.compare` against the real server: only what is missing, after crashes too."""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import threading
import time
import types
from collections.abc import Generator, Iterator
from random import Random
from typing import Any

import pytest
from conftest import TESTS, Server
from vireo import Dataset, LoadError, RefusedError, UnreachableError, Vireo, _evaluate
from vireo._code_child import whole_text
from vireo._columns import KEY, Columns, merged_metadata
from vireo._evaluate import in_batches, in_threads
from vireo._evaluation import Evaluation
from vireo._side_by_side import AHEAD
from vireo.judge import Judge, LLMJudge

SAMPLES = [{"input": {"n": n}, "expected": n * n, "metadata": {"odd": n % 2}} for n in range(20)]


@pytest.fixture(name="vr")  # not as a global, which would hide what `@vr.trace` in a test means
def client_of(server: Server) -> Iterator[Vireo]:
    with Vireo("p", url=server.url) as client:
        yield client


@pytest.fixture
def squares(vr: Vireo) -> Dataset:
    return vr.dataset("squares").add(SAMPLES)


def exact(outputs: Any, expected: Any) -> Any:
    return outputs == expected


def distance(outputs: Any, expected: Any) -> Any:
    return {"distance": abs(outputs - expected), "distance_reason": f"{outputs} for {expected}"}


def test_a_callable_over_a_dataset(vr: Vireo, squares: Dataset) -> None:
    calls = []

    @vr.trace
    def model(n: int) -> int:
        with vr.span("inner"):
            calls.append(n)
        return n * n if n != 7 else 50

    evaluation = vr.evaluate(model, squares, evaluators=[exact, distance], workers=3)
    assert sorted(calls) == list(range(20))
    assert (evaluation.status, evaluation.samples, evaluation.inferred) == ("complete", 20, 20)
    assert evaluation.model == "model:v1"
    assert evaluation.url == f"{vr.url}/p/evaluations/{evaluation.id}"
    assert evaluation.metrics["exact"] == pytest.approx(19 / 20)
    rows = {row["input"]["n"]: row for row in evaluation.rows()}
    assert rows[7]["metrics"]["exact"] is False
    assert rows[7]["metrics"]["distance"] == 1
    assert rows[8]["metrics"] == {"exact": True, "distance": 0}
    trace = vr.request("GET", f"/traces/{rows[7]['trace_id']}")
    assert [s["name"] for s in trace["spans"]] == ["model", "inner"]
    root = trace["spans"][0]
    assert (root["model"], json.loads(root["input"]), root["output"]) == ("model:v1", {"n": 7}, "50")
    again = vr.evaluate(model, squares, evaluators=[exact, distance])
    assert again.id == evaluation.id
    assert len(calls) == 20

    def changed(outputs: Any, expected: Any) -> Any:
        return outputs != expected

    changed.__name__ = "exact"
    assert vr.evaluate(model, squares, evaluators=[changed]).metrics["exact"] == pytest.approx(1 / 20)
    assert len(calls) == 20
    with pytest.raises(TypeError, match="two evaluators are called exact"):
        vr.evaluate(model, squares, evaluators=[exact, changed])


def test_what_fails_is_noted_and_tried_again(vr: Vireo, squares: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIREO_TEST_BROKEN", "3,4")  # state, not definition

    def model(n: int) -> int:
        if str(n) in os.environ["VIREO_TEST_BROKEN"].split(","):
            raise ValueError(f"not {n}")
        return n * n

    asked = []

    def picky(outputs: Any) -> Any:
        asked.append(outputs)
        if outputs == 25 and os.environ["VIREO_TEST_BROKEN"]:
            raise KeyError("25")
        return outputs

    first = vr.evaluate(model, squares, evaluators=[picky])
    assert first.inferred == 18
    rows = {row["input"]["n"]: row["metrics"] for row in first.rows()}
    assert rows[5]["picky"] is None
    assert rows[5]["picky_error"] == "KeyError: '25'"
    frame = first.to_pandas()
    assert len(frame) == 20
    assert {row.input["n"]: row.error for row in frame.itertuples() if isinstance(row.error, str)} == {
        n: f"ValueError: not {n}" for n in (3, 4)
    }
    monkeypatch.setenv("VIREO_TEST_BROKEN", "")
    asked.clear()
    second = vr.evaluate(model, squares, evaluators=[picky])
    assert (second.id, second.inferred) == (first.id, 20)
    assert len(second.rows()) == 20
    assert sorted(asked) == [9, 16, 25]
    rows = {row["input"]["n"]: row["metrics"] for row in second.rows()}
    assert (rows[5]["picky"], rows[5].get("picky_error")) == (25, None)


def test_judges_give_columns_and_score_the_traces(vr: Vireo, squares: Dataset) -> None:
    def close(outputs: Any, expected: Any, inputs: Any, metadata: Any, trace: Any) -> Any:
        if inputs["n"] == 2 or trace["spans"][0]["name"] != "model":
            raise ValueError("two")
        return {"error": abs(outputs - expected), "odd": bool(metadata["odd"])}

    def model(n: int) -> int:
        return n * n + n % 3

    judge = vr.add_judge(Judge("close", "", close, lambda s: {"error": s["error"] < 1}))
    evaluation = vr.evaluate(model, squares, [judge], workers=2)
    rows = {row["input"]["n"]: row for row in evaluation.rows()}
    assert rows[5]["metrics"] == {"error": 2, "error_passed": False, "odd": True, "close": None, "close_error": None}
    assert rows[2]["metrics"]["close_error"].startswith("ValueError: two")
    scores = vr.request("GET", f"/traces/{rows[5]['trace_id']}")["scores"]
    assert {(s["name"], s["value"], s["judge"]) for s in scores} == {("error", 2, judge), ("odd", True, judge)}
    stricter = vr.add_judge(Judge("close", "", close, lambda s: {"error": s["error"] < 3}))
    again = vr.evaluate(model, squares, [stricter], [exact])
    assert again.id == evaluation.id
    rows = {row["input"]["n"]: row for row in again.rows()}
    assert (rows[5]["metrics"]["error_passed"], rows[5]["metrics"]["exact"]) == (True, False)


def test_only_the_split_that_is_asked_for_is_evaluated(vr: Vireo) -> None:
    parts = [{"input": n, "expected": n, "split": "test" if n < 3 else "train"} for n in range(10)]
    parted = vr.dataset("parted").add(parts)
    calls = []

    @vr.trace
    def model(n: int) -> int:
        calls.append(n)
        return n

    evaluation = vr.evaluate(model, parted.split("test"), evaluators=[exact])
    assert (sorted(calls), evaluation.samples, len(evaluation.rows())) == ([0, 1, 2], 3, 3)
    whole = vr.evaluate(model, parted, evaluators=[exact])
    assert (sorted(calls), whole.samples) == (list(range(10)), 10)  # inferences of the model are kept by sample
    assert whole.id != evaluation.id
    named = types.SimpleNamespace(name="parted", version=1, split="test")
    with pytest.raises(TypeError, match="a dataset is"):
        vr.evaluate(model, named)


def test_a_server_that_is_away_for_a_moment_is_waited_for(
    vr: Vireo, squares: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = vr.request
    problems = itertools.cycle([UnreachableError("away"), RefusedError("restarting", 503), RefusedError("busy", 429)])
    failed: set[tuple[str, str]] = set()

    def flaky(method: str, path: str, *more: Any) -> Any:
        key = (method, path.partition("?")[0])
        if path.startswith("/evaluations") and key not in failed:
            failed.add(key)
            raise next(problems)
        return request(method, path, *more)

    monkeypatch.setattr(vr, "request", flaky)
    evaluation = vr.evaluate(lambda n: n * n, squares, evaluators=[exact])
    assert (evaluation.status, evaluation.inferred, evaluation.metrics["exact"]) == ("complete", 20, 1.0)
    assert {method for method, _ in failed} == {"GET", "POST", "PATCH"}
    assert len(failed) >= 7


def test_a_trace_that_cannot_be_read_is_noted_at_its_sample(
    vr: Vireo, squares: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spans(trace: Any) -> Any:
        return len(trace["spans"])

    judge = vr.add_judge(Judge("spans", "", spans))
    request = vr.request
    read: list[str] = []

    def damaged(method: str, path: str, *more: Any) -> Any:
        if path.startswith("/traces/"):
            read.append(path)
            if len(read) == 3:
                raise RefusedError("it is damaged", 500)
        return request(method, path, *more)

    monkeypatch.setattr(vr, "request", damaged)

    def model(n: int) -> int:
        return n

    evaluation = vr.evaluate(model, squares, [judge])
    found = [row["metrics"] for row in evaluation.rows()]
    assert [m for m in found if m["spans"] is None] == [
        {"spans": None, "spans_error": "the trace could not be read: it is damaged"}
    ]
    assert [m["spans"] for m in found].count(1) == 19
    again = vr.evaluate(model, squares, [judge])
    assert (again.id, len(read)) == (evaluation.id, 21)
    assert [row["metrics"]["spans"] for row in again.rows()] == [1] * 20


def test_metadata_of_an_evaluation_that_exists_is_merged(vr: Vireo, squares: Dataset) -> None:
    seen = []

    def model(n: int) -> int:
        return n * n

    def watched(outputs: Any, expected: Any) -> Any:
        seen.append(outputs)
        return outputs == expected

    def kept(evaluation: Evaluation) -> dict[str, Any]:
        return {k: v for k, v in evaluation.detail["metadata"].items() if k != KEY}

    first = vr.evaluate(model, squares, evaluators=[watched], metadata={"commit": "a", "columns": {"mine": [1]}})
    assert kept(first) == {"commit": "a", "columns": {"mine": [1]}}
    seen.clear()  # it is a part of the evaluator's definition
    second = vr.evaluate(model, squares, evaluators=[watched], metadata={"commit": "b", "by": "me", KEY: {}})
    assert second.id == first.id
    assert kept(second) == {"commit": "b", "by": "me", "columns": {"mine": [1]}}
    assert seen == []  # whose columns are whose was not forgotten
    assert kept(vr.evaluate(model, squares, evaluators=[watched])) == kept(second)
    assert seen == []


def test_the_bookkeeping_of_columns_is_read_under_its_old_name() -> None:
    old = {"good:v1": ["good"], "exact@0123456789abcdef": ["exact", "exact_error"]}
    assert merged_metadata({"columns": old, "a": 1}, {"a": 2}) == {KEY: old, "a": 2}
    mine = {"columns": {"left": ["x"]}}
    assert merged_metadata(mine, {}) == mine
    assert merged_metadata({KEY: old, "columns": old}, {KEY: {}}) == {KEY: old, "columns": old}


def test_givers_of_the_same_score_keep_columns_of_their_own(vr: Vireo, squares: Dataset) -> None:
    def one(outputs: Any) -> Any:
        return {"quality": outputs, "more": True}

    def two(outputs: Any) -> Any:
        return {"quality": -outputs}

    def quality(outputs: Any) -> Any:
        return outputs > 9

    def model(n: int) -> int:
        return n

    first = vr.add_judge(Judge("one", "", one))
    second = vr.add_judge(Judge("two", "", two, lambda score: score < -5))
    for judges in ([first, second], [first], [second], [second, first]):  # the later calls have nothing to do
        evaluation = vr.evaluate(model, squares, judges, [quality])
        rows = {row["input"]["n"]: row["metrics"] for row in evaluation.rows()}
        assert rows == {
            n: {"quality": n, "more": True, "two.quality": -n, "two.quality_passed": n > 5, "quality.quality": n > 9}
            for n in range(20)
        }
    assert len(list(vr.request("GET", f"/traces/{evaluation.rows()[0]['trace_id']}")["scores"])) == 3


def test_two_versions_of_a_judge_stand_side_by_side_when_both_are_asked_for(vr: Vireo, squares: Dataset) -> None:
    def good(outputs: Any) -> Any:
        return outputs > 5

    def model(n: int) -> int:
        return n

    old = vr.add_judge(Judge("good", "", good))
    new = vr.add_judge(Judge("good", "", lambda outputs: outputs > 7))
    both = vr.evaluate(model, squares, [old, new])
    assert both.metrics == {"good": 14 / 20, "good.v2.good": 12 / 20}
    assert vr.evaluate(model, squares, [new]).metrics == {"good.v2.good": 12 / 20}


def test_what_an_older_version_said_is_never_taken_for_the_newer_ones(
    vr: Vireo, squares: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_evaluate, "CHECKPOINT", 5)

    def model(n: int) -> int:
        return n

    old = vr.add_judge(Judge("good", "", lambda outputs: {"good": outputs > 5, "old": 1}))
    new = vr.add_judge(Judge("good", "", lambda outputs: outputs > 7))
    vr.evaluate(model, squares, [old], [exact])
    request, sent = vr.request, 0

    def breaks(method: str, path: str, data: Any = None, *more: Any) -> Any:
        nonlocal sent
        sent += path.endswith("/results") and b"true" in data and b'"good"' in data
        if sent > 2:
            raise RefusedError("the disk is full", 507)
        return request(method, path, data, *more)

    monkeypatch.setattr(vr, "request", breaks)
    with pytest.raises(RefusedError, match="disk is full"):
        vr.evaluate(model, squares, [new])
    monkeypatch.setattr(vr, "request", request)
    rows = vr.evaluation(1).rows()
    judged = {row["input"]["n"]: row["metrics"]["good"] for row in rows if row["metrics"]["good"] is not None}
    assert judged == {n: n > 7 for n in judged}
    assert 0 < len(judged) < 20
    again = vr.evaluate(model, squares, [new])
    for row in again.rows():
        n, metrics = row["input"]["n"], row["metrics"]
        assert (metrics["good"], metrics["exact"], metrics["old"]) == (n > 7, n in (0, 1), None)


def test_columns_are_one_givers_whatever_the_order() -> None:
    """The oracle: who gave a value is written in it."""
    givers = ["a:v1", "a:v2", "b:v1", "b.a:v1", "q@0123456789abcdef", "a@0123456789abcdef"]
    for seed in range(200):
        random = Random(seed)
        columns = Columns({}, [])
        sample: dict[str, Any] = {}
        said: dict[str, dict[str, Any]] = {}
        for _ in range(4):
            asked = random.sample(givers, random.randint(1, 4))
            columns = Columns(json.loads(json.dumps(columns.stored())), asked)
            for giver in list(said):
                if giver not in asked and any(_kind(g) == _kind(giver) for g in asked):
                    del said[giver]  # replaced by another version
            given = {g: [] for g in asked}
            for giver, scores in given.items():
                for name in random.sample(["q", "a", "x", "y"], random.randint(1, 3)):
                    scores.append({"name": name, "value": f"{giver} {name}", "passed": True})
                said[giver] = {score["name"]: score["value"] for score in scores}
            sample = columns.renewed(sample, given)
            values = [v for v in sample.values() if v is not True]
            assert sorted(values) == sorted(v for one in said.values() for v in one.values()), seed
            owners = {c: giver for giver, own in columns.stored().items() for c in own}
            assert len(owners) == sum(map(len, columns.stored().values())), seed
            assert all(v is True or v.startswith(owners[c] + " ") for c, v in sample.items()), seed
            assert not any(columns.missing(giver, sample) for giver in said), seed


def _kind(giver: str) -> tuple[str, bool]:
    return giver.partition("@")[0].partition(":")[0], "@" in giver


def test_reset_does_all_again(vr: Vireo, squares: Dataset) -> None:
    calls: list[int] = []
    looked: list[int] = []

    def told() -> tuple[list[int], list[int]]:
        found = sorted(calls), sorted(looked)
        calls.clear()  # they are parts of the definitions
        looked.clear()
        return found

    def model(n: int) -> int:
        calls.append(n)
        return n

    def seen(outputs: Any) -> Any:
        looked.append(outputs)
        return outputs

    first = vr.evaluate(model, squares, evaluators=[seen])
    assert told() == (list(range(20)), list(range(20)))
    traces = {row["trace_id"] for row in first.rows()}
    again = vr.evaluate(model, squares, evaluators=[seen], reset=True)
    assert told() == (list(range(20)), list(range(20)))
    rows = again.rows()
    assert (again.id, again.inferred, len(rows)) == (first.id, 20, 20)
    assert not traces & {row["trace_id"] for row in rows}
    assert [row["metrics"] for row in rows] == [{"seen": row["inference"]} for row in rows]
    vr.evaluate(model, squares, evaluators=[seen])
    assert told() == ([], [])


def test_a_bar_tells_how_far_it_is(vr: Vireo, squares: Dataset, capfd: pytest.CaptureFixture[str]) -> None:
    def model(n: int) -> int:
        return n

    vr.evaluate(model, squares, evaluators=[exact])
    vr.evaluate(model, squares, evaluators=[exact], reset=True, progress=False)
    assert capfd.readouterr().err == ""  # nobody looks
    vr.evaluate(model, squares, evaluators=[exact], reset=True, progress=True)
    whole = f"[{'#' * 30}]  20 of 20"
    told = capfd.readouterr().err
    assert [line.split("\r")[-1][: 8 + len(whole)] for line in told.split("\n")] == [
        f"infer  {whole} ",
        f"judge  {whole} ",
        "",
    ]
    vr.evaluate(model, squares, evaluators=[exact], progress=True)
    assert capfd.readouterr().err == ""  # nothing was to be done


def test_a_stored_judge_that_may_not_run_is_refused_with_what_would_help(vr: Vireo, squares: Dataset) -> None:
    code = vr.add_judge(Judge("code", "", lambda outputs: 1))
    llm = vr.add_judge(LLMJudge("llm", "", "{outputs}", model="m", base_url="http://127.0.0.1:9/v1"))
    with Vireo("p", url=vr.url) as other:
        for tag, help in ((code, "pass allow_code=True"), (llm, "set VIREO_LLM_URL")):
            with pytest.raises(LoadError, match=help) as caught:
                other.evaluate(lambda n: n, squares, [tag])
            assert "worker" not in str(caught.value)


def test_two_models_are_compared(vr: Vireo, squares: Dataset) -> None:
    @vr.trace
    def model(n: int) -> int:
        return n * n

    old = vr.evaluate(model, squares, evaluators=[exact])

    @vr.trace  # type: ignore[no-redef]
    def model(n: int) -> int:
        return n * n if n < 8 else 0

    new = vr.evaluate(model, squares, evaluators=[exact])
    assert (old.model, new.model) == ("model:v1", "model:v2")
    assert vr.compare(new, old).lines[0]["values"][-1]["delta"] == pytest.approx(-12 / 20)
    comparison = vr.compare(new, old, higher=["exact"])
    assert comparison.verdicts() == {"exact": "regressed"}
    assert "regressed" in str(comparison)
    assert comparison.models == ["model:v1", "model:v2"]
    with pytest.raises(ValueError, match="two evaluations"):
        vr.compare(new)


def test_an_old_version_runs_again_only_on_the_callers_word(vr: Vireo, squares: Dataset) -> None:
    offset = 5

    @vr.trace
    def model(n: int) -> int:
        import os

        return os.getpid() * 0 + n * n + offset

    model(1)
    assert vr.version_of(model) == "model:v1"
    with pytest.raises(LoadError, match="allow_code=True"):
        vr.evaluate("model:v1", squares)
    evaluation = vr.evaluate("model:v1", squares, evaluators=[distance], allow_code=True, workers=2)
    assert [row["inference"] for row in evaluation.rows()] == [n * n + 5 for n in range(20)]
    assert evaluation.metrics["distance"] == 5
    row = evaluation.rows()[0]
    assert vr.request("GET", f"/traces/{row['trace_id']}")["spans"][0]["model"] == "model:v1"


def test_methods_objects_coroutines_and_other_inputs(vr: Vireo) -> None:
    texts = vr.dataset("texts").add([{"input": t, "expected": len(t)} for t in ("a", "bb", "ccc")])

    class Model:
        def __init__(self, more: int) -> None:
            self.more = more

        @vr.trace
        def infer(self, text: str) -> int:
            return len(text) + self.more

        async def later(self, text: str) -> int:
            return len(text) + self.more

        def pieces(self, text: str) -> Iterator[str]:
            yield from text

    @vr.trace
    class Callable:
        def __call__(self, text: str) -> int:
            return len(text)

    vr.evaluate(Callable(), "texts")
    assert vr.evaluate(Model(0).infer, "texts:v1", evaluators=[exact]).metrics == {"exact": 1.0}
    assert vr.evaluate(Model(1).later, texts, evaluators=[exact]).metrics == {"exact": 0.0}
    assert vr.evaluate(Callable(), texts, evaluators=[exact]).metrics == {"exact": 1.0}
    assert sorted(r["inference"] for r in vr.evaluate(Model(0).pieces, texts, evaluators=[exact]).rows()) == [
        "a",
        "bb",
        "ccc",
    ]
    with pytest.raises(TypeError, match="a model is"):
        vr.evaluate(Model, texts)
    with pytest.raises(TypeError, match="an evaluator takes"):
        vr.evaluate(Model(0).later, texts, evaluators=[lambda output: 1])
    with pytest.raises(TypeError, match="a dataset is"):
        vr.evaluate(Model(0).later, 7)


def test_large_inferences_go_in_several_requests(vr: Vireo) -> None:
    sizes = vr.dataset("sizes").add([{"input": n} for n in range(12)])

    def model(n: int) -> str:
        return "x" * 4_000_000

    evaluation = vr.evaluate(model, sizes, evaluators=[lambda outputs: len(outputs)], workers=4)
    assert evaluation.inferred == 12
    assert set(evaluation.metrics.values()) == {4_000_000}


def test_outputs_are_kept_whole_or_not_at_all() -> None:
    numpy = pytest.importorskip("numpy")
    boxes = [{"box": [n, n + 1.5], "label": "é"} for n in range(50_000)]
    assert json.loads(whole_text(boxes)) == boxes
    assert whole_text({"x": numpy.float32(0.5), "y": float("nan")}) == '{"x":0.5,"y":{"$float":"NaN"}}'
    for large in ("x" * 17_000_000, [float("nan")] * 50_000):
        with pytest.raises(ValueError, match="the output"):
            whole_text(large)


CRASHING = """
import sys, time
from vireo import Vireo
vr = Vireo("p", url=sys.argv[1])
def model(n):
    print(n, flush=True)
    time.sleep(0.3)
    return n * n
def exact(outputs, expected):
    return outputs == expected
e = vr.evaluate(model, "squares", evaluators=[exact])
print("done", e.id, e.inferred, e.metrics["exact"])
"""


def test_a_crash_costs_only_what_was_after_the_last_checkpoint(
    vr: Vireo, squares: Dataset, server: Server, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "program.py"
    path.write_text(CRASHING)
    command = [sys.executable, str(path), server.url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=TESTS, env=dict(os.environ))
    deadline = time.monotonic() + 60
    inferred = 0
    while inferred < 5 and time.monotonic() < deadline:
        time.sleep(0.1)
        found = vr.request("GET", "/evaluations")["items"]
        inferred = vr.evaluation(found[0]["id"]).inferred if found else 0
    process.send_signal(signal.SIGKILL)
    process.communicate()
    inferred = vr.evaluation(vr.request("GET", "/evaluations")["items"][0]["id"]).inferred
    assert 5 <= inferred < 20
    done = subprocess.run(command, capture_output=True, text=True, cwd=TESTS, timeout=60, check=True)
    lines = done.stdout.split("\n")
    assert len([line for line in lines if line.isdigit()]) == 20 - inferred
    assert lines[-2].split()[2:] == ["20", "1.0"]


# ---------------------------------------------------------------- threads and batches


def test_threads_do_all_and_stop_at_the_first_problem() -> None:
    others = set(threading.enumerate())
    assert sorted(in_threads(lambda n: n * 2, range(100), 5)) == list(range(0, 200, 2))
    done: list[int] = []

    def work(n: int) -> int:
        if n == 50:
            raise ValueError("fifty")
        done.append(n)
        return n

    with pytest.raises(ValueError, match="fifty"):
        list(in_threads(work, range(100_000), 4))
    assert len(done) < 50 + 2 * 4 * AHEAD

    def items() -> Iterator[int]:
        yield 1
        raise KeyError("the list broke off")

    with pytest.raises(KeyError):
        list(in_threads(work, items(), 2))
    assert not [t for t in threading.enumerate() if t not in others and t.name.startswith("vireo-evaluate")]


def test_who_does_not_take_results_holds_up_the_work() -> None:
    done: list[int] = []

    def work(n: int) -> int:
        done.append(n)
        return n

    results = in_threads(work, range(100_000), 4)
    next(results)
    time.sleep(0.1)
    assert len(done) <= 4 * AHEAD
    results.close()


def test_a_checkpoint_that_fails_ends_the_work_and_is_not_sent_twice() -> None:
    done: list[int] = []
    sent: list[list[int]] = []

    def work(n: int) -> int:
        done.append(n)
        return n

    def send(batch: list[int]) -> None:
        sent.append(batch)
        raise OSError("the server went away")

    with pytest.raises(OSError, match="went away") as caught:
        in_batches(in_threads(work, range(100_000), 4), send)
    count = len(done)
    time.sleep(0.1)
    assert len(done) == count <= 200 + 4 * AHEAD
    assert [len(batch) for batch in sent] == [200]
    assert caught.value.__context__ is None


def test_batches_keep_what_came_before_a_problem() -> None:
    sent: list[list[int]] = []

    def results() -> Generator[int, None, None]:
        yield from range(450)
        raise ValueError

    with pytest.raises(ValueError):
        in_batches(results(), sent.append)
    assert [len(batch) for batch in sent] == [200, 200, 50]


def test_a_loaded_version_is_evaluated_as_itself(vr: Vireo, squares: Dataset, tmp_path: pathlib.Path) -> None:
    program = tmp_path / "program.py"
    text = """
        import sys
        from vireo import Vireo
        vr = Vireo("p", url=sys.argv[1])
        class Estimator:
            def predict(self, n): return n * n
        estimators = [Estimator()]
        @vr.trace
        def model(n): return estimators[0].predict(n)
        model(1)
        vr.close(20)
    """
    program.write_text(textwrap.dedent(text))
    subprocess.run([sys.executable, program, vr.url], check=True, timeout=60)
    lacking = vr.evaluate("model:v1", squares, allow_code=True)
    assert (lacking.status, lacking.inferred) == ("failed", 0)

    class Better:
        def predict(self, n: int) -> int:
            return n * n

    loaded = vr.model("model:v1").load(allow_code=True, names={"estimators": [Better()]})
    evaluation = vr.evaluate(loaded, squares, evaluators=[exact])
    assert (evaluation.id, evaluation.model, evaluation.metrics["exact"]) == (lacking.id, "model:v1", 1.0)
    assert vr.request("GET", "/models/model")["version_count"] == 1
