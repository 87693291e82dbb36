# SPDX-License-Identifier: Apache-2.0
"""Judges: what a rubric may be and return, and that hostile ones harm nobody."""

from __future__ import annotations

import contextlib
import json
import math
import os
import pathlib
import random
import time
from collections.abc import Iterator
from typing import Any, Callable

import pytest
from conftest import run_python
from vireo._code_process import CodePool, Outcome
from vireo.judge import Judge, Score
from vireo.judge._judge import chosen, score_id
from vireo.judge._outcome import NoScore, as_json, decide, plain_value, scores_of
from vireo.judge._panel import CodeJudge, Panel, Subject

LIMITS = {"low": 3, "high": 8}


def helper(outputs: Any) -> int:
    return len(outputs) * LIMITS["low"]


@pytest.fixture
def pool() -> Iterator[CodePool]:
    made = CodePool(1)
    yield made
    made.close()


@pytest.fixture
def judged(pool: CodePool) -> Callable[..., Outcome]:
    """Run a judge in a process, on values."""

    def run(rubric: Callable[..., Any], criteria: Any = None, *, seconds: float = 20.0, **values: Any) -> Outcome:
        judge = Judge("j", "", rubric, criteria, timeout=seconds)
        code = CodeJudge(pool, "j", judge.registration())
        texts = {k: json.dumps(v) for k, v in (values or {"outputs": "abc"}).items()}
        return code.judge(Subject("0" * 31 + "1", "0" * 15 + "1", None, texts), "j:v1")

    return run


# ---------------------------------------------------------------- definitions


def test_the_same_definition_is_the_same_judge_and_a_change_is_another() -> None:
    def one(outputs: Any) -> Any:
        return helper(outputs)

    def same(outputs: Any) -> Any:
        # comments and layout do not count
        return helper(
            outputs)  # fmt: skip

    def other(outputs: Any) -> Any:
        return helper(outputs) + 1

    made = [Judge("j", "d", f, lambda score: score > 1).registration() for f in (one, same, other)]
    fingerprint = [m["fingerprint"] for m in made]
    assert fingerprint[0] == fingerprint[1] != fingerprint[2]
    stricter = Judge("j", "d", one, lambda score: score > 2).registration()
    assert stricter["fingerprint"] != fingerprint[0]
    assert stricter["parameters"] == ["outputs"]
    assert "return helper(outputs)" in stricter["source"]
    assert "score > 2" in stricter["source"]


@pytest.mark.parametrize(
    ("rubric", "message"),
    [
        (lambda output: 1, "'output'.*any of outputs, inputs, expected, trace, metadata"),
        (lambda *args: 1, "by name"),
        (lambda **kwargs: 1, "by name"),
        (lambda: 1, "looks at nothing"),
        (len, "a function or a lambda"),
        (7, "a function or a lambda"),
    ],
)
def test_a_rubric_with_other_parameters_is_refused_at_once(rubric: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Judge("j", "", rubric)


def test_criteria_names_and_limits_are_checked() -> None:
    with pytest.raises(TypeError, match="one argument"):
        Judge("j", "", helper, lambda: True)
    with pytest.raises(ValueError, match="name"):
        Judge("", "", helper)
    with pytest.raises(ValueError, match="timeout"):
        Judge("j", "", helper, timeout=0)


def test_without_source_there_is_no_judge() -> None:
    scope: dict[str, Any] = {}
    exec("def rubric(outputs): return 1", scope)
    with pytest.raises(TypeError, match="source of rubric cannot be read"):
        Judge("j", "", scope["rubric"]).registration()


# ---------------------------------------------------------------- what is returned


def test_every_form_of_a_result() -> None:
    def forms(result: Any, criteria: Any = None) -> list[dict[str, Any]]:
        scores = scores_of(result, "j")
        decide(scores, criteria, "j")
        return as_json(scores)

    assert forms(7, lambda s: s > 5) == [{"name": "j", "value": 7, "passed": True}]
    assert forms(False) == [{"name": "j", "value": False}]
    assert forms("good") == [{"name": "j", "value": "good"}]
    assert forms(Score(0.5, "so so", passed=True), lambda s: False) == [
        {"name": "j", "value": 0.5, "passed": True, "reason": "so so"}
    ]
    assert forms(Score(label="fine")) == [{"name": "j", "value": "fine"}]
    assert forms(Score(3, label="fine"))[0]["metadata"] == {"label": "fine"}
    assert forms({"value": 2, "reason": "r"}) == [{"name": "j", "value": 2, "reason": "r"}]
    several = {"a": 1, "a_reasoning": "why", "b": Score(2.5, "how"), "c": {"score": True}}
    expected = [
        {"name": "a", "value": 1, "reason": "why"},
        {"name": "b", "value": 2.5, "reason": "how"},
        {"name": "c", "value": True},
    ]
    assert forms(several) == expected
    assert forms([Score(1, name="x"), Score(2, name="y")]) == [{"name": "x", "value": 1}, {"name": "y", "value": 2}]
    assert forms({"a": 1, "b": 2}, lambda s: s["a"] < s["b"])[-1] == {"name": "j", "value": True, "passed": True}
    assert [s.get("passed") for s in forms({"a": 1, "b": 2}, lambda s: {"a": False})] == [False, None]


def test_numpy_numbers_are_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    assert plain_value(numpy.float32(0.5)) == 0.5
    assert plain_value(numpy.bool_(True)) is True
    assert plain_value(numpy.int64(3)) == 3


@pytest.mark.parametrize(
    "nonsense",
    [None, math.nan, math.inf, object(), b"x", {}, [], {"a": None}, {1: 2}, {"a" * 101: 1}, {"a\n": 1}, "x" * 201]
    + [[1, 2], [Score(1, name="a"), Score(2, name="a")], 10**400, {str(i): i for i in range(51)}, 1j],
)
def test_nonsense_is_no_score(nonsense: Any) -> None:
    with pytest.raises(NoScore):
        scores_of(nonsense, "j")


def test_sampling_by_id_chooses_about_the_share_and_always_the_same() -> None:
    ids = [random.Random(seed).randbytes(16).hex() for seed in range(4000)]
    for share in (0.1, 0.5, 0.9):
        picked = [i for i in ids if chosen(i, share)]
        assert abs(len(picked) / len(ids) - share) < 0.03
        assert set(picked) <= {i for i in ids if chosen(i, min(1.0, share + 0.1))}
    assert all(chosen(i, 1.0) for i in ids)
    assert not any(chosen(i, 0.0) for i in ids)
    assert score_id("t", "s", "j:v1", "a") == score_id("t", "s", "j:v1", "a") != score_id("t", "s", "j:v2", "a")


# ---------------------------------------------------------------- in their process


def test_a_judge_runs_with_what_it_refers_to(judged: Any) -> None:
    factor = 2

    def rubric(outputs: Any, inputs: Any, expected: Any) -> Any:
        import math as m

        return Score(helper(outputs) * factor, f"{inputs['a']} {expected} {m.floor(2.5)} {outputs}")

    outcome = judged(rubric, lambda score: score > LIMITS["high"], outputs=[1, 2], inputs={"a": 5}, expected="e")
    assert outcome == Outcome([{"name": "j", "value": 12, "passed": True, "reason": "5 e 2 [1, 2]"}], None)


def test_the_values_are_what_was_recorded(judged: Any) -> None:
    def rubric(outputs: Any) -> Any:
        return repr(outputs)

    assert judged(rubric, outputs={"x": {"$float": "NaN"}, "y": [1.0, None, "é"]}).result[0]["value"] == (
        "{'x': nan, 'y': [1.0, None, 'é']}"
    )


def test_coroutines_are_waited_for(judged: Any) -> None:
    async def rubric(outputs: Any) -> Any:
        import asyncio

        await asyncio.sleep(0)
        return len(outputs)

    assert judged(rubric).result[0]["value"] == 3


def test_the_process_is_kept_as_long_as_nothing_unusual_happens(judged: Any, pool: CodePool) -> None:
    def pid(outputs: Any) -> Any:
        import os

        return os.getpid()

    def raises(outputs: Any) -> Any:
        raise KeyError("no such thing")

    first = judged(pid).result[0]["value"]
    assert first != os.getpid()
    failed = judged(raises)
    assert failed.error.startswith("KeyError: 'no such thing' (line 2)")
    assert not failed.fatal
    assert judged(pid).result[0]["value"] == first

    def leaves_a_thread(outputs: Any) -> Any:
        import threading
        import time

        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        return 1

    assert judged(leaves_a_thread).result[0]["value"] == 1
    assert judged(pid).result[0]["value"] != first
    assert pool.size == 1


def loop(outputs: Any) -> Any:
    while True:
        pass


def sleep_in_c(outputs: Any) -> Any:
    import time

    time.sleep(3600)


def eat(outputs: Any) -> Any:
    return len(bytearray(10 * 1024**3))


def eat_slowly(outputs: Any) -> Any:
    parts = []
    while True:
        parts.append(bytearray(64 * 1024**2))


def leave(outputs: Any) -> Any:
    import os

    os._exit(3)


def exit_politely(outputs: Any) -> Any:
    import sys

    sys.exit(0)


def die(outputs: Any) -> Any:
    import os
    import signal

    os.kill(os.getpid(), signal.SIGSEGV)


def recurse(outputs: Any) -> Any:
    return recurse(outputs)


def interrupt(outputs: Any) -> Any:
    raise KeyboardInterrupt


def unprintable(outputs: Any) -> Any:
    class Bad(Exception):
        def __str__(self) -> str:
            raise ValueError("not even this")

    raise Bad


def unwritable_metadata(outputs: Any) -> Any:
    return [{"name": "a", "value": 1, "metadata": {"x": object()}}]


def write_into_pipes(outputs: Any) -> Any:
    import contextlib
    import os

    for fd in range(3, 20):
        with contextlib.suppress(OSError):
            os.write(fd, b"\0\0\0\5hello")
    return 1


@pytest.mark.parametrize(
    ("rubric", "error"),
    [
        (loop, "it took longer than 1 s"),
        (sleep_in_c, "it took longer than 1 s"),
        (eat, "MemoryError"),
        (eat_slowly, "MemoryError"),
        (leave, "its process ended with status 3"),
        (exit_politely, "SystemExit: 0"),
        (die, "its process was killed by SIGSEGV"),
        (recurse, "RecursionError"),
        (interrupt, "KeyboardInterrupt"),
        (unprintable, "Bad"),
        (unwritable_metadata, "metadata is no JSON"),
        (write_into_pipes, "it wrote into our pipe"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_hostile_judge_becomes_an_error_and_the_next_one_works(judged: Any, rubric: Any, error: str) -> None:
    assert judged(helper).result[0]["value"] == 9
    began = time.monotonic()
    outcome = judged(rubric, seconds=20 if "Memory" in error else 1)
    assert outcome.result is None
    assert error in outcome.error
    assert time.monotonic() - began < 30
    assert judged(helper).result[0]["value"] == 9


def test_what_judges_print_and_read_goes_nowhere(judged: Any, capfd: pytest.CaptureFixture[str]) -> None:
    def rubric(outputs: Any) -> Any:
        import os
        import sys

        print("out", flush=True)
        print("err", file=sys.stderr, flush=True)
        os.write(1, b"raw")
        os.system("echo shell")
        return len(sys.stdin.read())

    assert judged(rubric).result[0]["value"] == 0
    assert capfd.readouterr() == ("", "")


def test_huge_reasons_are_cut(judged: Any) -> None:
    def rubric(outputs: Any) -> Any:
        return {"value": 1, "reason": "x" * 50_000_000}

    assert len(judged(rubric).result[0]["reason"]) == 10_000


def processes_with(marker: str) -> int:
    count = 0
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            count += entry.name.isdigit() and marker.encode() in (entry / "environ").read_bytes()
    return count


def forks(outputs: Any) -> Any:
    import os
    import time

    for _ in range(6):  # 64 processes: a bomb that does not hurt the machine that tests it
        os.fork()
    while True:
        time.sleep(1)


def test_a_judge_that_forks_dies_with_its_children(
    judged: Any, pool: CodePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = f"VIREO_TEST_MARK={os.getpid()}.{time.time_ns()}"
    monkeypatch.setenv(*marker.split("="))
    outcome = judged(forks, seconds=2)
    assert outcome == Outcome(None, "it took longer than 2 s", fatal=True)
    deadline = time.monotonic() + 5
    while processes_with(marker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_with(marker) == 0


def test_a_fork_that_returns_answers_once(judged: Any) -> None:
    def rubric(outputs: Any) -> Any:
        import os

        os.fork()
        return 5

    assert judged(rubric).result[0]["value"] == 5
    assert judged(helper).result[0]["value"] == 9


def test_open_files_are_not_inherited(judged: Any, tmp_path: pathlib.Path) -> None:
    def rubric(outputs: Any) -> Any:
        import os

        return sum(os.path.realpath(f"/proc/self/fd/{fd}") == outputs for fd in range(3, 64))

    path = tmp_path / "secret"
    with path.open("w") as file:
        os.set_inheritable(file.fileno(), True)
        assert judged(rubric, outputs=str(path)).result[0]["value"] == 0


@pytest.mark.parametrize("name", ["loop", "sleep_in_c"])
def test_a_judge_is_gone_when_its_parent_is_killed(name: str) -> None:
    """Idle, it sees the end of its pipe; at work, its own clock ends it."""
    marker = f"VIREO_TEST_MARK={os.getpid()}.{time.time_ns()}"
    code = """
import os, signal, sys, threading, time
sys.path.insert(0, ".")
import test_judge
from test_judge import Judge, CodePool, CodeJudge, Subject
code = CodeJudge(CodePool(1), "j", Judge("j", "", getattr(test_judge, sys.argv[1]), timeout=1.0).registration())
threading.Thread(target=code.judge, args=(Subject("1", "1", None, {"outputs": "1"}), "j:v1"), daemon=True).start()
time.sleep(0.8)
os.kill(os.getpid(), signal.SIGKILL)
"""
    variable, value = marker.split("=")
    assert run_python(code, name, **{variable: value}).returncode == -9
    deadline = time.monotonic() + 15
    while processes_with(marker) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_with(marker) == 0


# ---------------------------------------------------------------- the panel


class Scripted:
    """A judge that does what the test says."""

    kind, name, parameters = "code", "s", ["outputs"]

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.calls = 0

    def judge(self, subject: Subject, tag: str) -> Outcome:
        self.calls += 1
        return self.outcome


def subject(**values: str | None) -> Subject:
    return Subject("a" * 32, "b" * 16, 5, {"outputs": "1", **values})


def test_a_judge_that_keeps_killing_its_process_is_suspended() -> None:
    panel, bad, good = Panel(), Scripted(Outcome(None, "gone", True)), Scripted(Outcome([{"value": 1}], None))
    rows = [panel.judge("bad:v1", bad, subject())[0] for _ in range(10)]
    assert bad.calls == 3
    assert rows[0]["error"] == "gone"
    assert "3 times in a row" in rows[9]["error"]
    assert panel.judge("good:v1", good, subject())[0]["value"] == 1


def test_calls_that_failed_are_not_judged_unless_the_rubric_sees_the_trace() -> None:
    panel, judge = Panel(), Scripted(Outcome([{"value": 1}], None))
    failed = subject()._replace(failed="the call failed: ValueError")
    assert panel.judge("s:v1", judge, failed)[0]["error"] == "not judged: the call failed: ValueError"
    judge.parameters = ["outputs", "trace"]
    assert panel.judge("s:v1", judge, failed)[0]["value"] == 1
    assert "no output" in panel.judge("s:v1", Scripted(judge.outcome), subject(outputs=None))[0]["error"]


@pytest.mark.parametrize("nonsense", [7, "text", None, [1], [None]])
def test_what_comes_back_is_checked(nonsense: Any) -> None:
    rows = Panel().judge("s:v1", Scripted(Outcome(nonsense, None)), subject())
    assert rows[0]["error"] == "the judge returned nonsense"


def test_functions_in_functions_have_a_source_with_all_that_is_in_them() -> None:
    """What a compiler keeps of names and lines inside depends on the place, and on the Python version."""

    def comprehends(outputs: Any) -> Any:
        return sum(x == outputs for x in range(3)) + len([x + 1 for x in range(2)]) + (lambda y: y)(0)

    def has_a_class(outputs: Any) -> Any:
        class Inner:
            size = 3

            def method(self) -> int:
                def deep() -> int:
                    return self.size

                return deep()

        return Inner().method()

    for rubric in (comprehends, has_a_class):
        assert "def " + rubric.__name__ in Judge("j", "", rubric).registration()["source"]
