# SPDX-License-Identifier: Apache-2.0
"""Workflows against the real binary: cases, suites, models, test runs, and bad days."""

import json
import math
import multiprocessing
import multiprocessing.forkserver
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import pytest
from conftest import TESTS, Server
from vireo import ConflictError, NotFoundError, Vireo
from vireo._errors import UsageError, WorkflowMismatchError
from vireo.annotation import BoundingBox, LabeledBoundingBox, ScoredLabel
from vireo.workflow import (
    ConfusionMatrix,
    EvaluationResults,
    Evaluator,
    EvaluatorConfiguration,
    GroundTruth,
    Image,
    Inference,
    Metadata,
    MetricsTestCase,
    MetricsTestSample,
    MetricsTestSuite,
    Text,
    ThresholdedMetrics,
    _case,
    define_workflow,
    no_op_evaluator,
    test,
)
from vireo.workflow import TestRun as Run


@dataclass(frozen=True)
class Picture(Image):
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True)
class Truth(GroundTruth):
    label: str
    weight: float = 1.0
    boxes: list[LabeledBoundingBox] = field(default_factory=list)


@dataclass(frozen=True)
class Answer(Inference):
    prediction: Optional[ScoredLabel] = None
    value: Optional[float] = None


@dataclass(frozen=True)
class Correct(MetricsTestSample):
    correct: bool
    score: Optional[float] = None


@dataclass(frozen=True)
class Accuracy(MetricsTestCase):
    n: int
    accuracy: float


class Classes:
    """One workflow of a project of its own, and its classes."""

    def __init__(self, server: Server, project: str, name: str = "pictures") -> None:
        self.vr = Vireo(project, url=server.url)
        types = (Picture, Truth, Answer)
        self.workflow, self.TestCase, self.TestSuite, self.Model = define_workflow(name, *types, client=self.vr)

    def suite(self, **cases: Any) -> Any:
        return self.TestSuite("suite", test_cases=[self.TestCase(n, test_samples=p) for n, p in cases.items()])


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests here that do not stop it."""
    running = Server(tmp_path_factory.mktemp("shared") / "data")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests that are made from now on, by method and path."""
    made: list[str] = []
    request = Vireo.request
    monkeypatch.setattr(Vireo, "request", lambda self, *a: made.append(" ".join(a[:2])) or request(self, *a))
    return made


@pytest.fixture
def w(shared: Server, request: pytest.FixtureRequest) -> Iterator[Classes]:
    classes = Classes(shared, request.node.name[:100])
    yield classes
    classes.vr.close(1)


def pairs(*numbers: int, label: str = "") -> list[tuple[Picture, Truth]]:
    return [(Picture(f"s3://p/{i}.png", metadata={"i": i}), Truth(label or "ab"[i % 2])) for i in numbers]


def evaluate(samples: Any, truths: Any, inferences: Any, test_cases: Any) -> EvaluationResults:
    """Share of right answers."""
    rows = [Correct(i.prediction is not None and t.label == i.prediction.label) for t, i in zip(truths, inferences)]
    by_case = [
        (case, Accuracy(len(r), sum(m.correct for m in r) / len(r)))
        for case, _, _, _, r in test_cases.iter(samples, truths, inferences, rows)
    ]
    return EvaluationResults(list(zip(samples, rows)), by_case)


class Counting:
    """An infer() that notes what it is asked."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, sample: Picture) -> Answer:
        self.seen.append(sample.locator)
        return Answer(ScoredLabel("a", 0.5))


# ---------------------------------------------------------------- cases


def test_a_case_has_versions_and_edits_are_done_in_order(w: Classes) -> None:
    case = w.TestCase("c", description="first")
    assert (case.version, case.load_test_samples(), case.description) == (0, [], "first")
    case = w.TestCase("c", test_samples=pairs(0, 1, 2))
    assert (case.version, case.load_test_samples()) == (1, pairs(0, 1, 2))
    with case.edit() as editor:
        editor.remove(pairs(0)[0][0])
        editor.add(*pairs(3)[0])
        editor.add(*pairs(0, label="z")[0])
        editor.add(*pairs(3, label="y")[0])
        editor.remove(Picture("s3://nowhere"))
        editor.description("second")
    assert case.version == 2
    assert case.load_test_samples() == pairs(1, 2) + pairs(3, label="y") + pairs(0, label="z")
    old = w.TestCase.load("c", version=1)
    assert (old.load_test_samples(), old.description, old.size) == (pairs(0, 1, 2), "second", 3)
    assert w.TestCase("c", version=1) == old
    with pytest.raises(NotFoundError):
        w.TestCase.load("c", version=9)
    with pytest.raises(NotFoundError):
        w.TestCase("c", version=9)
    with pytest.raises(NotFoundError):
        w.TestCase.load("none")


def test_nothing_is_committed_when_nothing_changes_or_the_block_raises(w: Classes) -> None:
    case = w.TestCase("c", test_samples=pairs(0, 1))
    with case.edit():
        pass
    with pytest.raises(RuntimeError), case.edit() as editor:
        editor.add(*pairs(5)[0])
        raise RuntimeError
    assert (w.TestCase("c"), case.version) == (case, 1)


def test_an_edit_that_fits_no_request_is_done_in_parts(w: Classes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_case, "PART_EDITS", 3)
    w.TestCase("c", test_samples=pairs(7))
    case = w.TestCase("c", test_samples=pairs(*range(8)), reset=True, description="d")
    assert (case.load_test_samples(), case.description, case.version) == (pairs(*range(8)), "d", 4)
    monkeypatch.setattr(_case, "PART_BYTES", 100)
    assert w.TestCase("c", test_samples=pairs(2, 3), reset=True).load_test_samples() == pairs(2, 3)


def test_somebody_who_is_quicker_between_two_parts_is_not_overwritten(
    w: Classes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_case, "PART_EDITS", 2)
    mine, theirs = w.TestCase("c", test_samples=pairs(0)), w.TestCase("c")
    commit = w.TestCase._commit

    def watched(case: Any, body: dict[str, Any]) -> None:
        commit(case, body)
        if case is mine and case.version == 2:
            other = w.TestCase.load("c")
            commit(other, {"base_version": 2, "edits": [{"op": "remove", "input": pairs(1)[0][0].to_input()}]})

    monkeypatch.setattr(w.TestCase, "_commit", watched)
    with pytest.raises(ConflictError), mine.edit() as editor:
        for pair in pairs(1, 2, 3, 4):
            editor.add(*pair)
    newest = w.TestCase.load("c")
    assert (newest.version, newest.load_test_samples()) == (3, pairs(0, 2))
    # The object knows the part that was done, and the version that was there before stays.
    assert (mine.version, mine.load_test_samples()) == (2, pairs(0, 1, 2))
    assert (theirs.version, theirs.load_test_samples()) == (1, pairs(0))


def test_a_case_with_samples_keeps_them_unless_reset(w: Classes, caplog: pytest.LogCaptureFixture) -> None:
    w.TestCase("c", test_samples=pairs(0), description="d")
    assert w.TestCase("c", test_samples=pairs(1), description="e").load_test_samples() == pairs(0)
    assert "keeps" in caplog.text
    case = w.TestCase("c", test_samples=pairs(1), reset=True)
    assert (case.version, case.load_test_samples(), case.description) == (2, pairs(1), "d")
    assert w.TestCase("empty", test_samples=[]).version == 0
    with pytest.raises(ConflictError):
        w.TestCase.create("c")
    assert w.TestCase.create("new", "d", pairs(7)).load_test_samples() == pairs(7)
    assert [c.name for c in w.TestCase.load_all()] == ["c", "empty", "new"]


def test_wrong_samples_are_refused_and_named_before_anything_is_sent(w: Classes) -> None:
    for wrong in ([(Image("x"), Truth("a"))], [*pairs(0), (Picture("x"), Answer())], [Picture("x")], [("x", "y")]):
        with pytest.raises(TypeError, match=r"test_samples\["):
            w.TestCase("c", test_samples=wrong)
    with pytest.raises(NotFoundError):
        w.TestCase.load("c")
    case = w.TestCase("c", test_samples=pairs(0))
    with pytest.raises(TypeError), case.edit() as editor:
        editor.add(Picture("x"), None)
    with pytest.raises(TypeError), case.edit() as editor:
        editor.remove("x")
    for name in ("", "  ", "x" * 300):
        with pytest.raises(ValueError):
            w.TestCase(name)


def test_a_sample_that_is_there_twice_counts_once(w: Classes) -> None:
    case = w.TestCase("c", test_samples=[*pairs(0, 1, label="a"), *pairs(0, label="b")])
    assert case.load_test_samples() == [*pairs(0, label="b"), *pairs(1, label="a")]
    assert case.size == 2


def test_metadata_is_no_part_of_a_sample_and_is_merged(w: Classes) -> None:
    w.TestCase("one", test_samples=[(Picture("x", metadata={"a": 1, "b": 1}), Truth("t"))])
    w.TestCase("two", test_samples=[(Picture("x", metadata={"b": 2, "c": None}), Truth("u"))])
    suite = w.suite(one=None, two=None)
    ((_, first), (_, second)) = suite.load_test_samples()
    assert first == second == [Picture("x", metadata={"a": 1, "b": 2, "c": None})]


def test_what_json_lacks_survives(w: Classes) -> None:
    values = [math.nan, math.inf, -math.inf]
    boxes = [LabeledBoundingBox((3, 4), (1, 2), "é", occluded=True)]  # type: ignore[call-arg]
    case = w.TestCase("c", test_samples=[(Picture(f"ü/{v}"), Truth("😀", v, boxes)) for v in values])
    loaded = case.load_test_samples()
    assert [repr(t.weight) for _, t in loaded] == ["nan", "inf", "-inf"]
    assert loaded[0][1].boxes[0].occluded is True
    assert loaded[0][1].boxes == boxes
    answers = dict(zip([s.locator for s, _ in loaded], values))
    model = w.Model("m", infer=lambda s: Answer(value=answers[s.locator]))
    test(model, w.TestSuite("s", test_cases=[case]), no_op_evaluator)
    assert [repr(i.value) for _, _, i in model.load_inferences(case)] == ["nan", "inf", "-inf"]


def test_many_cases_are_made_at_once_or_not_at_all(w: Classes) -> None:
    w.TestCase("there", test_samples=pairs(0))
    made = w.TestCase.init_many([("there", pairs(1)), ("new", pairs(1, 2)), ("empty", [])])
    assert [(c.name, c.version, c.size) for c in made] == [("there", 1, 1), ("new", 1, 2), ("empty", 0, 0)]
    made = w.TestCase.init_many([("there", pairs(1)), ("empty", pairs(3))], reset=True)
    assert [(c.name, c.version) for c in made] == [("there", 2), ("empty", 1)]
    with pytest.raises(UsageError, match="twice"):
        w.TestCase.init_many([("x", pairs(1)), (" x ", pairs(2))])
    with pytest.raises(TypeError):
        w.TestCase.init_many([("x", pairs(1)), ("y", [(1, 2)])])
    with pytest.raises(NotFoundError):
        w.TestCase.load("x")
    assert w.TestCase.init_many([]) == []


# ---------------------------------------------------------------- suites


def test_a_suite_gets_a_version_only_by_other_cases(w: Classes, calls: list[str]) -> None:
    one, two = w.TestCase("one", test_samples=pairs(0, 1)), w.TestCase("two", test_samples=pairs(1, 2))
    suite = w.TestSuite("s", description="d", test_cases=[one, two], tags={"night"})
    assert (suite.version, suite.test_cases, suite.tags, suite.description) == (1, [one, two], {"night"}, "d")
    with suite.edit() as editor:
        editor.tags.add("rain")
        editor.description("e")
    assert (suite.version, suite.tags, suite.description) == (1, {"night", "rain"}, "e")
    assert w.TestSuite("s", test_cases=[one, two], reset=True).version == 1
    assert w.TestSuite("s", test_cases=[two, one], reset=True).version == 2
    with one.edit() as edit:
        edit.add(*pairs(9)[0])
    suite = w.TestSuite("s")
    with suite.edit() as editor:
        editor.add(one)
    assert (suite.version, [c.version for c in suite.test_cases]) == (3, [1, 2])
    with suite.edit() as editor:
        editor.remove(two)
        editor.tags = set()
    assert (suite.version, [c.name for c in suite.test_cases], suite.tags) == (4, ["one"], set())
    old = w.TestSuite.load("s", 1)
    assert ([c.name for c in old.test_cases], old.description) == (["one", "two"], "e")
    assert [len(samples) for _, samples in old.load_test_samples()] == [2, 2]
    with pytest.raises(ConflictError):
        w.TestSuite.create("s")
    with pytest.raises(NotFoundError):
        w.TestSuite("s", version=12)
    w.TestSuite("t", tags={"a", "b"})
    assert w.TestSuite.load_all() == [suite, w.TestSuite("t")]
    assert [s.name for s in w.TestSuite.load_all(tags={"a"})] == ["t"]
    assert w.TestSuite.load_all(tags={"a", "c"}) == []
    calls.clear()
    assert [s.test_cases for s in w.TestSuite.load_all()] == [suite.test_cases, []]
    assert len(calls) == 1


def test_things_of_different_workflows_do_not_go_together(w: Classes, shared: Server) -> None:
    other_types = define_workflow("other", Text, Truth, Answer, client=w.vr)
    case = w.TestCase("c", test_samples=pairs(0))
    _, other_case, other_suite, other_model = other_types
    assert other_case("c", test_samples=[(Text("x"), Truth("a"))]).size == 1  # names are the workflow's own
    with pytest.raises(WorkflowMismatchError):
        other_suite("s", test_cases=[case])
    with pytest.raises(TypeError):
        w.TestSuite("s", test_cases=["c"])
    suite = w.TestSuite("s", test_cases=[case])
    model = other_model("m", infer=lambda s: Answer())
    with pytest.raises(WorkflowMismatchError, match="other"):
        test(model, suite, evaluate)
    with pytest.raises(WorkflowMismatchError):
        model.load_inferences(case)
    with pytest.raises(TypeError):
        test("m", suite, evaluate)  # type: ignore[arg-type]


def test_somebody_who_was_quicker_is_not_overwritten(w: Classes) -> None:
    mine = w.TestCase("c", test_samples=pairs(0))
    theirs = w.TestCase.load("c")
    with theirs.edit() as editor:
        editor.add(*pairs(1)[0])
    with pytest.raises(ConflictError), mine.edit() as editor:
        editor.add(*pairs(2)[0])
    assert w.TestCase.load("c").load_test_samples() == pairs(0, 1)
    suite, stale = w.TestSuite("s", test_cases=[mine]), w.TestSuite("s")
    with suite.edit() as editor:
        editor.add(w.TestCase.load("c"))
    with pytest.raises(ConflictError), stale.edit() as editor:
        editor.remove(mine)
    assert w.TestSuite("s") == suite


def _add_cases(url: str, project: str, who: str, count: int) -> None:
    """Add cases to one suite, again whenever another process was quicker."""
    server: Any = type("Server", (), {"url": url})
    w = Classes(server, project)
    for i in range(count):
        case = w.TestCase(f"{who} {i}", test_samples=pairs(i))
        while True:
            suite = w.TestSuite("s")
            try:
                with suite.edit() as editor:
                    editor.add(case)
                break
            except ConflictError:
                time.sleep(random.random() / 50)
    w.vr.close(1)


def test_two_processes_that_edit_one_suite_lose_nothing(w: Classes, shared: Server) -> None:
    w.TestSuite("s")
    context = multiprocessing.get_context("spawn")
    editors = [context.Process(target=_add_cases, args=(shared.url, w.vr.project, who, 8)) for who in ("a", "b")]
    for process in editors:
        process.start()
    for process in editors:
        process.join(90)
        assert process.exitcode == 0
    suite = w.TestSuite("s")
    assert sorted(c.name for c in suite.test_cases) == sorted(f"{who} {i}" for who in ("a", "b") for i in range(8))
    assert suite.version == 16


# ---------------------------------------------------------------- models


def test_models_keep_free_metadata_and_tags(w: Classes, caplog: pytest.LogCaptureFixture) -> None:
    name = "helpful-meadow-5 (YOLOR-D6, 1280x1280, pytorch-1.7)"
    metadata = {"framework": "pytorch 1.7", "layers": [1, {"a": None}], "lr": 0.1}
    model = w.Model(name, metadata=metadata, tags={"night"})
    assert (model.metadata, model.tags, model.tag) == (metadata, {"night"}, f"{name}:v1")
    again = w.Model(name, metadata={"other": 1})
    assert again == model
    assert "keeps its metadata" in caplog.text
    model.update(metadata={"other": 1}, tags={"day", "x"})
    assert (w.Model.load(name).metadata, w.Model.load(name).tags) == ({"other": 1}, {"day", "x"})
    w.Model("second", tags={"day"})
    assert [m.name for m in w.Model.load_all()] == [name, "second"]
    assert [m.name for m in w.Model.load_all(tags={"day", "x"})] == [name]
    assert w.Model.load_all(tags={"none"}) == []
    with pytest.raises(ConflictError):
        w.Model.create(name)
    with pytest.raises(NotFoundError):
        w.Model.load("none")
    with pytest.raises(TypeError):
        w.Model("third", metadata="text")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        w.Model("third", tags="text")  # type: ignore[arg-type]


def test_versions_of_traced_code_are_tested_each_by_its_tag(w: Classes) -> None:
    for value in (1.0, 2.0):

        @w.vr.trace(name="digits")
        def infer(sample: Picture, value: float = value) -> Answer:
            return Answer(value=value)

        infer(Picture("x"))
        assert w.vr.version_of(infer) == f"digits:v{int(value)}"
    suite = w.suite(one=pairs(0))
    for tag, value in (("digits:v1", 1.0), ("digits:v2", 2.0)):
        run = test(w.Model(tag, infer=lambda s, value=value: Answer(value=value)), suite, evaluate)  # type: ignore[misc]
        assert run.evaluation["model"] == tag
    for tag, value in (("digits:v1", 1.0), ("digits:v2", 2.0)):
        model = w.Model(tag)
        model.update(metadata={"value": value})
        assert (model.tag, model.metadata) == (tag, {"value": value})
        assert [i.value for _, _, i in model.load_inferences(suite.test_cases[0])] == [value]
    assert w.Model.load("digits:v1").metadata == {"value": 1.0}


# ---------------------------------------------------------------- test runs


def cases_of(w: Classes, run: Any, **query: str) -> dict[str, Any]:
    path = f"/evaluations/{run.id}/cases" + "".join(f"?{k}={v}" for k, v in query.items())
    return {item["case"]: item["metrics"] for item in w.vr.request("GET", path)["items"]}


def test_a_sample_is_inferred_once_for_all_cases_and_suites(w: Classes) -> None:
    suite = w.suite(one=pairs(0, 1, 2), two=pairs(2, 3))
    infer = Counting()
    model = w.Model("m", infer=infer)
    run = test(model, suite, evaluate, verify=0)
    assert sorted(infer.seen) == [s.locator for s, _ in pairs(0, 1, 2, 3)]
    assert run.evaluation["status"] == "complete"
    assert cases_of(w, run)["one"] == {"n": 3, "accuracy": pytest.approx(2 / 3)}
    assert cases_of(w, run)["two"] == {"n": 2, "accuracy": 0.5}
    test(w.Model("m"), suite, evaluate)  # nothing is missing: no infer needed
    other = w.TestSuite("other", test_cases=[w.TestCase("three", test_samples=pairs(3, 4))])
    test(model, other, evaluate, verify=0)
    assert len(infer.seen) == 5
    test(model, suite, evaluate, reset=True, verify=0)
    assert len(infer.seen) == 9
    with pytest.raises(UsageError, match="no `infer`"):
        test(w.Model("fresh"), suite, evaluate)
    assert [(s.locator, i) for s, _, i in model.load_inferences(suite.test_cases[1])] == [
        (s.locator, Answer(ScoredLabel("a", 0.5))) for s, _ in pairs(2, 3)
    ]
    assert w.Model("fresh").load_inferences(suite.test_cases[0]) == []


def test_nothing_is_fetched_when_nothing_changed(w: Classes, calls: list[str]) -> None:
    suite = w.suite(one=pairs(*range(20)))
    model = w.Model("m", infer=Counting())
    calls.clear()
    first = test(model, suite, evaluate)
    assert any("/results" in c for c in calls)
    calls.clear()
    assert test(model, suite, evaluate).id == first.id
    assert calls == ["POST /evaluations"]

    def evaluate_anew(samples: Any, truths: Any, inferences: Any, test_cases: Any) -> Any:
        return evaluate(samples, truths, inferences, test_cases)

    evaluate_anew.__name__ = "evaluate"
    test(model, suite, evaluate_anew)
    assert any("/results" in c for c in calls)
    calls.clear()
    # Another suite infers one of the samples anew.
    test(model, w.TestSuite("t", test_cases=[w.TestCase("c", test_samples=pairs(3))]), evaluate, reset=True)
    calls.clear()
    test(model, suite, evaluate_anew)
    assert any("/results" in c for c in calls)


def test_an_inference_is_replaced_only_by_a_reset(w: Classes, calls: list[str]) -> None:
    suite = w.suite(one=pairs(0, 1))
    run = Run(w.Model("m"), suite, evaluate)
    assert run.load_test_samples() == [s for s, _ in pairs(0, 1)]
    calls.clear()
    run.upload_inferences([(pairs(0)[0][0], Answer(value=1.0))])
    assert len(calls) == 2  # lists what is needed, and keeps
    assert run.load_test_samples() == [pairs(1)[0][0]]
    with pytest.raises(ConflictError):
        run.upload_inferences([(pairs(0)[0][0], Answer(value=2.0))])
    with pytest.raises(ConflictError):
        number = w.vr.request("GET", f"/evaluations/{run.id}/inferences")["items"][0]["number"]
        body = {"inferences": [{"number": number, "inference": Answer(value=2.0).to_dict()}]}
        w.vr.request("POST", f"/evaluations/{run.id}/inferences", json.dumps(body).encode())
    with pytest.raises(UsageError, match="no inference"):
        run.evaluate()
    again = Run(w.Model("m"), suite, evaluate, reset=True)
    again.upload_inferences([(s, Answer(value=3.0)) for s, _ in pairs(0, 1)])
    again.evaluate()
    assert [i.value for _, _, i in w.Model("m").load_inferences(suite.test_cases[0])] == [3.0, 3.0]
    with pytest.raises(UsageError):
        again.upload_inferences([(Picture("elsewhere"), Answer())])


def infer_elsewhere(sample: Picture) -> Answer:
    """What a process of its own answers: its number."""
    i = sample.metadata["i"]
    if os.environ.get("VIREO_TEST_CRASH") == str(i):
        os.kill(os.getpid(), signal.SIGKILL)
    if os.environ.get("VIREO_TEST_RAISE") == str(i):
        raise ValueError(f"no {i}")
    return Answer(ScoredLabel("ab"[i % 2], 1.0), value=float(os.getpid()))


def test_processes_infer_side_by_side(w: Classes) -> None:
    suite = w.suite(all=pairs(*range(40)))
    model = w.Model("elsewhere", infer=infer_elsewhere)
    run = test(model, suite, evaluate, workers=2, processes=True, verify=0)
    assert run.evaluation["status"] == "complete"
    by = {inference.value for _, _, inference in model.load_inferences(suite.test_cases[0])}
    assert os.getpid() not in by
    assert len(by) <= 2
    with pytest.raises(UsageError, match="a module has by its name"):
        test(w.Model("lambda", infer=lambda s: Answer()), suite, evaluate, processes=True)


def infer_by_dice(sample: Picture) -> Answer:
    """Another answer each time, of every second sample."""
    return Answer(value=random.random() if sample.metadata["i"] % 2 else 0.5)


def test_processes_are_asked_twice_as_well(w: Classes, caplog: pytest.LogCaptureFixture) -> None:
    suite = w.suite(one=pairs(*range(12)))
    model = w.Model("dice", infer=infer_by_dice)
    run = test(model, suite, evaluate, workers=2, processes=True, verify=1)
    assert sorted(s.metadata["i"] for s in run.differing) == list(range(1, 12, 2))
    assert "is not deterministic" in caplog.text
    items = w.vr.request("GET", f"/evaluations/{run.id}/inferences?differing=true")["items"]
    assert sorted(i["metadata"]["i"] for i in items) == list(range(1, 12, 2))


@pytest.mark.parametrize("how", ["VIREO_TEST_RAISE", "VIREO_TEST_CRASH"])
def test_a_process_that_fails_costs_only_the_rest(w: Classes, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    suite = w.suite(all=pairs(*range(30)))
    model = w.Model("elsewhere", infer=infer_elsewhere)
    monkeypatch.setenv(how, "25")
    # The fork server keeps the environment that it was started with.
    multiprocessing.forkserver._forkserver._stop()  # type: ignore[attr-defined]
    with pytest.raises(ValueError if how == "VIREO_TEST_RAISE" else BrokenProcessPool):
        test(model, suite, evaluate, workers=2, processes=True, verify=0)
    monkeypatch.delenv(how)
    multiprocessing.forkserver._forkserver._stop()  # type: ignore[attr-defined]
    run = Run(model, suite, evaluate)
    assert run.evaluation["remaining"] < 25
    run.run(2, 0, processes=True)
    assert run.evaluation["status"] == "complete"


@pytest.mark.parametrize("workers", [1, 4])
def test_a_model_that_is_not_deterministic_is_told(w: Classes, caplog: pytest.LogCaptureFixture, workers: int) -> None:
    suite = w.suite(one=pairs(*range(40)))
    dice = random.Random(1)
    model = w.Model(f"dice {workers}", infer=lambda s: Answer(value=dice.random() if s.metadata["i"] % 2 else 0.5))
    run = test(model, suite, evaluate, workers=workers, verify=1)
    assert sorted(s.metadata["i"] for s in run.differing) == list(range(1, 40, 2))
    assert "is not deterministic" in caplog.text
    run = test(w.Model(f"honest {workers}", infer=Counting()), suite, evaluate, workers=workers, verify=1)
    assert run.differing == []
    for wrong in ({"verify": 1.5}, {"verify": math.nan}, {"workers": 0}):
        with pytest.raises(UsageError):
            test(model, suite, evaluate, **wrong)  # type: ignore[arg-type]


def test_a_model_that_raises_half_way_keeps_what_is_done(w: Classes) -> None:
    suite = w.suite(one=pairs(*range(10)))
    infer = Counting()

    def fragile(sample: Picture) -> Answer:
        if len(infer.seen) == 6:
            infer.seen.append("failure")
            raise RuntimeError("out of memory")
        return infer(sample)

    with pytest.raises(RuntimeError, match="out of memory"):
        test(w.Model("m", infer=fragile), suite, evaluate)
    run = w.vr.request("GET", "/evaluations")["items"][0]
    assert (run["status"], run["message"]) == ("failed", "RuntimeError: out of memory")
    infer.seen.clear()
    run = test(w.Model("m", infer=infer), suite, evaluate, verify=0)
    assert len(infer.seen) == 4
    assert (run.evaluation["status"], run.evaluation["message"]) in [("complete", ""), ("complete", None)]


def test_an_evaluator_that_raises_half_way_is_told_and_can_run_again(w: Classes) -> None:
    suite = w.suite(one=pairs(0, 1), two=pairs(1, 2))
    infer = Counting()
    model = w.Model("m", infer=infer)

    class Fragile(Steps):
        def compute_test_case_metrics(self, test_case: Any, *rest: Any) -> Any:
            if test_case.name == "two":
                raise ZeroDivisionError("two")
            return super().compute_test_case_metrics(test_case, *rest)

    with pytest.raises(ZeroDivisionError):
        test(model, suite, Fragile(), verify=0)
    assert w.vr.request("GET", "/evaluations?status=failed")["items"][0]["message"] == "ZeroDivisionError: two"
    assert test(model, suite, Steps(), verify=0).evaluation["status"] == "complete"
    assert len(infer.seen) == 3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda s, t, i, c: 5, "EvaluationResults"),
        (lambda s, t, i, c: EvaluationResults([(s[0], 5)], []), "MetricsTestSample"),
        (lambda s, t, i, c: EvaluationResults([(Picture("x"), Correct(True))], []), "not given"),
        (lambda s, t, i, c: EvaluationResults([(s[0], Correct(True))] * 2, []), "twice"),
        (lambda s, t, i, c: EvaluationResults([], [(c, 5)]), "metrics of the test case|attribute"),
        (lambda s, t, i, c: EvaluationResults([], [], [], 5), "MetricsTestSuite"),  # type: ignore[arg-type]
    ],
)
def test_nonsense_of_an_evaluator_is_refused(w: Classes, wrong: Any, message: str) -> None:
    suite = w.suite(one=pairs(0, 1))
    with pytest.raises((TypeError, ValueError, AttributeError), match=message):
        test(w.Model("m", infer=Counting()), suite, wrong)


def test_nonsense_of_a_model_is_refused(w: Classes) -> None:
    suite = w.suite(one=pairs(0, 1))
    for wrong in (None, {"prediction": None}, Truth("a")):
        with pytest.raises(TypeError, match="infer returned"):
            test(w.Model("m", infer=lambda s, wrong=wrong: wrong), suite, evaluate)  # type: ignore[misc]


def test_an_empty_suite_cannot_be_tested_and_an_empty_case_can(w: Classes) -> None:
    with pytest.raises(UsageError, match="no test cases"):
        test(w.Model("m"), w.TestSuite("s"), evaluate)
    suite = w.TestSuite("s", test_cases=[w.TestCase("c", test_samples=pairs(0)), w.TestCase("empty")])
    run = test(w.Model("m", infer=Counting()), suite, no_op_evaluator)
    assert run.evaluation["status"] == "complete"


@dataclass(frozen=True)
class At(EvaluatorConfiguration):
    threshold: float

    def display_name(self) -> str:
        return f"t={self.threshold}"


@dataclass(frozen=True)
class PerLabel(MetricsTestCase):
    label: str
    n: int
    recall: float


@dataclass(frozen=True)
class Detailed(MetricsTestCase):
    accuracy: float
    nothing: Optional[float]
    per_label: list[PerLabel]


@dataclass(frozen=True)
class Swept(ThresholdedMetrics):
    hits: int


@dataclass(frozen=True)
class SampleDetails(MetricsTestSample):
    correct: bool
    weight: float
    box: BoundingBox
    sweep: list[Swept]


@dataclass(frozen=True)
class Worst(MetricsTestSuite):
    worst: float


class Steps(Evaluator):
    """All that an evaluator can compute."""

    def compute_test_sample_metrics(self, test_case: Any, inferences: Any, configuration: Any = None) -> Any:
        t = configuration.threshold if configuration else 0.5
        box = BoundingBox((0, 0), (2, 1))
        return [
            (
                s,
                SampleDetails(
                    i.prediction.label == truth.label and i.prediction.score >= t,
                    truth.weight,
                    box,
                    [Swept(0.1, 1), Swept(0.2, 0)],
                ),
            )
            for s, truth, i in inferences
        ]

    def compute_test_case_metrics(
        self, test_case: Any, inferences: Any, metrics: Any, configuration: Any = None
    ) -> Any:
        share = sum(m.correct for m in metrics) / len(metrics)
        labels = sorted({t.label for _, t, _ in inferences})
        return Detailed(share, math.nan, [PerLabel(label, len(metrics), share) for label in labels])

    def compute_test_case_plots(self, test_case: Any, inferences: Any, metrics: Any, configuration: Any = None) -> Any:
        return [ConfusionMatrix("labels", ["a", "b"], [[1, 2], [3, None]])]

    def compute_test_suite_metrics(self, test_suite: Any, metrics: Any, configuration: Any = None) -> Any:
        return Worst(min(m.accuracy for _, m in metrics))


def test_all_that_an_evaluator_computes_is_kept(w: Classes) -> None:
    suite = w.suite(one=pairs(0, 1), two=pairs(1, 2, label="a"))
    run = test(w.Model("m", infer=Counting()), suite, Steps([At(0.4), At(0.6)]))
    named = {c["display_name"]: c["configuration"] for c in run.evaluation["configurations"]}
    assert named == {"t=0.4": {"threshold": 0.4}, "t=0.6": {"threshold": 0.6}}
    low, high = (cases_of(w, run, configuration=f"t%3D{t}") for t in (0.4, 0.6))
    assert (low["one"]["accuracy"], low["two"]["accuracy"], high["two"]["accuracy"]) == (0.5, 1.0, 0.0)
    assert low["one"]["nothing"] == {"double": "NaN"}
    assert low["one"]["per_label"] == [
        {"label": "a", "n": 2, "recall": 0.5},
        {"label": "b", "n": 2, "recall": 0.5},
    ]
    whole = w.vr.request("GET", f"/evaluations/{run.id}/cases?configuration=t%3D0.4")["whole"]
    assert whole["metrics"]["worst"] == 0.5
    items = w.vr.request("GET", f"/evaluations/{run.id}/cases?configuration=t%3D0.4")["items"]
    assert items[0]["thresholded"] == [
        {"name": "sweep", "threshold": 0.1, "hits": 2},
        {"name": "sweep", "threshold": 0.2, "hits": 0},
    ]
    plots = w.vr.request("GET", f"/evaluations/{run.id}/plots?case=two")["items"]
    assert {p["configuration"] for p in plots} == {"t=0.4", "t=0.6"}
    assert plots[0]["plots"][0]["matrix"] == [[1, 2], [3, None]]
    # The same sample has another ground truth, and so other metrics, in the second case.
    rows = {}
    for case in ("one", "two"):
        path = f"/evaluations/{run.id}/samples?case={case}&configuration=t%3D0.4"
        items = w.vr.request("GET", path)["items"]
        rows[case] = {i["input"]["locator"]: i["metrics"] for i in items}
    shared = pairs(1)[0][0].locator
    assert (rows["one"][shared]["correct"], rows["two"][shared]["correct"]) == (False, True)
    assert rows["one"][shared]["box"]["data_type"] == "ANNOTATION/BOUNDING_BOX"
    assert rows["one"][shared]["sweep"] == [{"threshold": 0.1, "hits": 1}, {"threshold": 0.2, "hits": 0}]


def test_a_configured_function_runs_for_each_configuration(w: Classes) -> None:
    suite = w.suite(one=pairs(0, 1))
    model = w.Model("m", infer=Counting())

    def configured(samples: Any, truths: Any, inferences: Any, test_cases: Any, configuration: At) -> Any:
        if configuration.threshold > 0.8:
            return None
        rows = [Correct(True, configuration.threshold) for _ in samples]
        found = test_cases.iter(samples[::-1], truths, inferences, rows)
        return EvaluationResults(list(zip(samples, rows)), [(c, Accuracy(len(r), 0.5)) for c, *_, r in found])

    with pytest.raises(UsageError, match="configuration"):
        test(model, suite, configured)
    run = test(model, suite, configured, [At(0.2), At(0.9)])
    assert w.vr.request("GET", f"/evaluations/{run.id}/cases?configuration=t%3D0.2")["items"][0]["thresholded"] == []
    assert list(cases_of(w, run, configuration="t%3D0.2")) == ["one"]
    assert {c["display_name"] for c in run.evaluation["configurations"]} == {"t=0.2", "t=0.9"}
    with pytest.raises(UsageError, match="of its own"):
        test(model, suite, Steps([At(0.4)]), [At(0.5)])


@pytest.mark.parametrize("in_steps", [False, True])
def test_one_more_configuration_infers_nothing_anew_and_keeps_the_others(w: Classes, in_steps: bool) -> None:
    suite = w.suite(one=pairs(0, 1))
    model = w.Model("m", infer=Counting())

    def by_function(samples: Any, truths: Any, inferences: Any, test_cases: Any, configuration: At) -> Any:
        rows = [Correct(True, configuration.threshold) for _ in samples]
        found = test_cases.iter(samples, truths, inferences, rows)
        return EvaluationResults(list(zip(samples, rows)), [(c, Accuracy(len(r), 0.5)) for c, *_, r in found])

    def run_with(*thresholds: float) -> Any:
        configurations: list[Any] = [At(t) for t in thresholds]
        if in_steps:
            return test(model, suite, Steps(configurations))
        return test(model, suite, by_function, configurations)

    first = run_with(0.2)
    before = cases_of(w, first, configuration="t%3D0.2")
    model.infer.seen.clear()
    second = run_with(0.2, 0.4)
    assert (second.id, model.infer.seen) == (first.id, [])
    assert {c["display_name"] for c in second.evaluation["configurations"]} == {"t=0.2", "t=0.4"}
    assert cases_of(w, second, configuration="t%3D0.2") == before
    assert list(cases_of(w, second, configuration="t%3D0.4")) == ["one"]
    for t in ("0.2", "0.4"):
        rows = w.vr.request("GET", f"/evaluations/{first.id}/samples?configuration=t%3D{t}")["items"]
        assert [bool(row["metrics"]) for row in rows] == [True, True]


def test_progress_of_a_test_is_shown_on_a_terminal_only(
    w: Classes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = w.suite(one=pairs(0, 1), two=pairs(2))
    test(w.Model("silent", infer=Counting()), suite, evaluate)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    for name, evaluator, cases in (("m", evaluate, 2), ("n", Steps([At(0.4), At(0.6)]), 4)):
        test(w.Model(name, infer=Counting()), suite, evaluator)
        infer, evaluation = capsys.readouterr().err.strip().split("\n")
        assert infer.split("\r")[-1].startswith(f"infer  [{'#' * 30}]  3 of 3  ")
        assert evaluation.split("\r")[-1].startswith(f"evaluate  [{'#' * 30}]  {cases} of {cases}  ")


def test_traced_models_link_inferences_to_their_traces(w: Classes) -> None:
    suite = w.suite(one=pairs(0, 1))

    @w.vr.trace
    def infer(sample: Picture) -> Answer:
        return Answer(ScoredLabel("a", 0.5))

    run = test(w.Model("m", infer=infer), suite, evaluate, verify=0)
    assert w.vr.flush(20)
    for item in w.vr.request("GET", f"/evaluations/{run.id}/inferences")["items"]:
        spans = w.vr.request("GET", f"/traces/{item['trace_id']}")["spans"]
        assert [s["name"] for s in spans] == ["test", spans[1]["name"]]


TRACED = """
import sys
sys.path.insert(0, {tests!r})
from test_workflow_server import Answer, Classes, Picture, ScoredLabel, Truth, evaluate, pairs
from vireo import Vireo
from vireo.workflow import define_workflow, test

vr = Vireo({project!r}, url={url!r})

@vr.trace
def infer(sample):
    return Answer(ScoredLabel("a", 0.5))

if __name__ == "__main__":
    _, TestCase, TestSuite, Model = define_workflow("pictures", Picture, Truth, Answer, client=vr)
    suite = TestSuite("suite", test_cases=[TestCase("one", test_samples=pairs(*range(6)))])
    print(test(Model("m", infer=infer), suite, evaluate, workers=2, processes=True, verify=0).id)
"""


def test_traces_of_processes_are_named_as_well(w: Classes, shared: Server, tmp_path: Path) -> None:
    script = tmp_path / "traced.py"
    script.write_text(TRACED.format(tests=str(TESTS), url=shared.url, project=w.vr.project))
    ran = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    items = w.vr.request("GET", f"/evaluations/{ran.stdout.strip()}/inferences")["items"]
    assert len({item["trace_id"] for item in items}) == 6
    for item in items:
        spans = w.vr.request("GET", f"/traces/{item['trace_id']}")["spans"]
        assert [s["name"] for s in spans] == ["test", "infer"]
        assert spans[1]["model"] == "infer:v1"


# ---------------------------------------------------------------- bad days

SLOW = """
import sys, time
sys.path.insert(0, {tests!r})
from test_workflow_server import Classes, Answer, Counting, ScoredLabel, evaluate, pairs
from vireo.workflow import test

class Server:
    url = {url!r}

w = Classes(Server, {project!r})
suite = w.suite(one=pairs(*range(200)))
calls = open({calls!r}, "a", buffering=1)

def infer(sample):
    calls.write(sample.locator + "\\n")
    time.sleep(0.02)
    return Answer(ScoredLabel("a", 0.5))

test(w.Model("m", infer=infer), suite, evaluate, verify=0)
print("complete")
"""


def test_a_killed_test_goes_on_where_its_last_checkpoint_was(w: Classes, shared: Server, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    code = SLOW.format(tests=str(TESTS), url=shared.url, project=w.vr.project, calls=str(calls))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    first = subprocess.Popen([sys.executable, "-c", code], env=environment)
    deadline = time.monotonic() + 60
    while not (calls.exists() and calls.read_text().count("\n") >= 130) and time.monotonic() < deadline:
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait(20)
    begun = calls.read_text().split()
    started = w.vr.request("GET", "/evaluations")["items"][0]["id"]
    kept = 200 - w.vr.request("GET", f"/evaluations/{started}")["remaining"]
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=100)
    assert "complete" in done.stdout, done.stderr
    again = calls.read_text().split()[len(begun) :]
    assert kept > 0
    assert len(again) == 200 - kept
    assert set(begun) | set(again) == {s.locator for s, _ in pairs(*range(200))}


def test_a_server_that_is_away_for_a_while_stops_no_test(server: Server) -> None:
    w = Classes(server, "p")
    suite = w.suite(one=pairs(*range(60)))
    infer = Counting()

    def slow(sample: Picture) -> Answer:
        time.sleep(0.05)
        return infer(sample)

    restart = threading.Timer(1.0, lambda: (server.stop(), time.sleep(2), server.start()))
    restart.start()
    run = test(w.Model("m", infer=slow), suite, evaluate, verify=0)
    restart.join()
    assert run.evaluation["status"] == "complete"
    assert len(infer.seen) == 60
    w.vr.close(1)
