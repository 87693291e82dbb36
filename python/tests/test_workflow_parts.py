# SPDX-License-Identifier: Apache-2.0
"""Parts of workflows that need no server: names, evaluators, grouping, inferring in parallel, the progress bar."""

import dataclasses
import random
import threading
import time
from typing import Any, List, Optional, Union  # noqa: UP035

import numpy as np
import pytest
from vireo import Vireo
from vireo._errors import FrozenObjectError, UsageError
from vireo._progress import Progress
from vireo.workflow import (
    EvaluationResults,
    Evaluator,
    EvaluatorConfiguration,
    GroundTruth,
    Image,
    Inference,
    MetricsTestSample,
    Text,
    define_workflow,
)
from vireo.workflow import TestCases as Cases
from vireo.workflow._evaluator import fingerprint, is_configured
from vireo.workflow._infer import infer_all
from vireo.workflow._model import Model
from vireo.workflow._upload import CELLS, ROWS, columns_of
from vireo.workflow._workflow import Workflow


@dataclasses.dataclass(frozen=True)
class Threshold(EvaluatorConfiguration):
    t: float

    def display_name(self) -> str:
        return f"t = {self.t}"


# ---------------------------------------------------------------- workflows


@pytest.mark.parametrize("name", ["", "  ", "\n", 5, None, "x" * 201, "é" * 101])
def test_a_workflow_needs_a_name(name: Any) -> None:
    with pytest.raises(ValueError, match="name"):
        define_workflow(name, Text, GroundTruth, Inference)


def test_a_workflows_types_are_checked_and_its_name_is_trimmed() -> None:
    workflow, case, suite, model = define_workflow("  Größe ✅ ", Text, GroundTruth, Inference)
    assert (workflow.name, case.workflow, suite._test_case_type, model.workflow) == (
        "Größe ✅",
        workflow,
        case,
        workflow,
    )
    for types in ((GroundTruth, GroundTruth, Inference), (Text, Inference, Inference), (Text, GroundTruth, int)):
        with pytest.raises(ValueError):
            define_workflow("w", *types)  # type: ignore[arg-type]


def test_the_schema_does_not_depend_on_how_types_are_written() -> None:
    def sample(hint: Any) -> Any:
        made = type("Sample", (Text,), {"__annotations__": {"a": hint}})
        return Workflow("w", dataclasses.dataclass(frozen=True)(made), GroundTruth, Inference).schema()["sample"]

    assert sample(Optional[list[str]])["fields"]["a"] == sample(Union[None, List[str]])["fields"]["a"]  # noqa: UP006
    assert sample(Optional[list[str]])["fields"]["a"] == "list[str] | null"
    assert sample(Image.__annotations__["locator"]) != sample(int)
    assert sample(int)["data_type"] == "TEST_SAMPLE/TEXT"


def test_models_cases_and_suites_belong_to_a_workflow() -> None:
    with pytest.raises(UsageError, match="define_workflow"):
        Model("m")
    with pytest.raises(NotImplementedError, match="workflow"):
        type("Mine", (Model,), {})
    _, _, _, bound = define_workflow("w", Text, GroundTruth, Inference)
    model = bound._of({"name": "m", "tag": "m:v1", "metadata": {"a": 1}})
    assert (
        model
        == bound._of({"name": "m", "tag": "m:v1", "metadata": {"a": 1}})
        != bound._of({"name": "n", "tag": "n:v1"})
    )
    for name in ("name", "infer", "anything"):
        with pytest.raises(FrozenObjectError):
            setattr(model, name, 1)
    with pytest.raises(TypeError):
        model._bind("no function")  # type: ignore[arg-type]


# ---------------------------------------------------------------- evaluators


def test_an_evaluator_needs_configurations_that_differ() -> None:
    assert Evaluator().configurations == []
    for wrong in ([], [Threshold(0.5), Threshold(0.5)]):
        with pytest.raises(ValueError):
            Evaluator(wrong)
    with pytest.raises(TypeError):
        Evaluator([0.5])  # type: ignore[list-item]
    with pytest.raises(NotImplementedError):
        Evaluator().compute_test_sample_metrics(None, [])  # type: ignore[arg-type]


def test_a_function_is_configured_when_its_fifth_parameter_says_so() -> None:
    def plain(a, b, c, d): ...  # type: ignore[no-untyped-def]
    def declared(a, b, c, d, e: Threshold): ...  # type: ignore[no-untyped-def]
    def text(a, b, c, d, e: "Threshold"): ...  # type: ignore[no-untyped-def]
    def optional(a, b, c, d, e: Optional[Threshold] = None): ...  # type: ignore[no-untyped-def]
    def undeclared(a, b, c, d, e): ...  # type: ignore[no-untyped-def]
    def option(a, b, c, d, e=0.5): ...  # type: ignore[no-untyped-def]
    def few(a, b, c): ...  # type: ignore[no-untyped-def]
    def many(a, b, c, d, e, f): ...  # type: ignore[no-untyped-def]

    assert [is_configured(f) for f in (plain, declared, text, optional, undeclared, option)] == [
        *(False, True, True, True, True, False)
    ]
    for wrong in (few, many):
        with pytest.raises(TypeError, match="test_samples"):
            is_configured(wrong)


def test_the_fingerprint_changes_with_code_state_and_configurations() -> None:
    class Scaled(Evaluator):
        def __init__(self, factor: Any) -> None:
            super().__init__()
            self.factor = factor

    def one(a, b, c, d):  # type: ignore[no-untyped-def]
        return 1

    def two(a, b, c, d):  # type: ignore[no-untyped-def]
        return 2

    found = [
        fingerprint(one, []),
        fingerprint(two, []),
        fingerprint(one, [Threshold(0.5)]),
        fingerprint(one, [Threshold(0.6)]),
        fingerprint(Scaled(1), []),
        fingerprint(Scaled(2), []),
        fingerprint(None, []),
    ]
    assert None not in found
    assert len(set(found)) == len(found)
    assert fingerprint(Scaled(1), []) == fingerprint(Scaled(1), [])
    assert fingerprint(Scaled(object()), []) is None


@pytest.mark.parametrize("seed", range(100))
def test_cases_find_their_samples_in_any_order(seed: int) -> None:
    rng = random.Random(seed)
    samples = [Text(str(i)) for i in range(rng.randrange(12))]
    membership = [(case, [i for i in range(len(samples)) if rng.random() < 0.5]) for case in ("a", "b", "c")]
    order = rng.sample(range(len(samples)), len(samples))
    rows = [(Text(str(i)), f"truth {i}", f"inference {i}", f"metrics {i}") for i in order]
    columns: Any = [[row[k] for row in rows] for k in range(4)]
    done: list[Any] = []
    found = list(Cases(membership, samples, done.append).iter(*columns))  # type: ignore[arg-type]
    assert done == ["a", "b", "c"]
    for (case, members), (found_case, *lists) in zip(membership, found):
        assert case == found_case
        assert [s.text for s in lists[0]] == [str(i) for i in members]
        assert [lists[k] for k in (1, 2, 3)] == [
            [f"{what} {i}" for i in members] for what in ("truth", "inference", "metrics")
        ]


def test_cases_tell_when_a_sample_is_missing() -> None:
    cases = Cases([("a", [0])], [Text("x"), Text("y")])  # type: ignore[list-item]
    for lists in ([[Text("x")]] * 4, [[Text("x"), Text("z")]] * 4, [[Text("x"), Text("y")], [], [], []]):
        with pytest.raises(UsageError, match=r"test_cases\.iter"):
            list(cases.iter(*lists))  # type: ignore[arg-type]


def test_results_are_kept_as_they_are() -> None:
    assert EvaluationResults([], []).plots_test_case == []


# ---------------------------------------------------------------- inferring


def samples_of(count: int) -> list[tuple[int, Text]]:
    return [(i, Text(str(i))) for i in range(count)]


@pytest.mark.parametrize("workers", [1, 3])
def test_all_samples_are_inferred_once(vr: Vireo, workers: int) -> None:
    answers = list(infer_all(lambda s: int(s.text) * 2, samples_of(50), workers, vr))
    assert sorted((a.number, a.inference) for a in answers) == [(i, 2 * i) for i in range(50)]
    assert all(a.seconds >= 0 and a.trace_id is None for a in answers)


def test_workers_infer_side_by_side(vr: Vireo) -> None:
    barrier = threading.Barrier(4, timeout=20)
    assert len(list(infer_all(lambda s: barrier.wait(), samples_of(8), 4, vr))) == 8


@pytest.mark.parametrize("workers", [1, 4])
def test_what_was_begun_is_kept_when_one_sample_fails(vr: Vireo, workers: int) -> None:
    begun = []

    def infer(sample: Text) -> str:
        begun.append(sample.text)
        if sample.text == "5":
            raise RuntimeError("five")
        time.sleep(0.002)
        return sample.text

    answers = []
    with pytest.raises(RuntimeError, match="five"):
        for answer in infer_all(infer, samples_of(1000), workers, vr):
            answers.append(answer.inference)
    assert len(begun) < 100
    assert sorted(answers) == sorted(b for b in begun if b != "5")


def test_a_traced_model_leaves_a_trace_for_each_sample(vr: Vireo) -> None:
    @vr.trace
    def infer(sample: Text) -> str:
        return sample.text

    answers = list(infer_all(infer, samples_of(3), 1, vr))
    assert len({a.trace_id for a in answers}) == 3
    assert all(a.trace_id and len(a.trace_id) == 32 for a in answers)


# ---------------------------------------------------------------- columns


@dataclasses.dataclass(frozen=True)
class Row(MetricsTestSample):
    ok: bool
    score: Optional[float] = None


def test_rows_become_columns_in_parts_that_fit_a_request() -> None:
    rows = [Row(i % 2 == 0, None if i % 3 else i).to_dict() for i in range(2 * ROWS + 5)]
    bodies = list(columns_of(list(range(len(rows))), rows))
    assert [len(b["numbers"]) for b in bodies] == [ROWS, ROWS, 5]
    assert [ok for b in bodies for ok in b["columns"]["ok"]] == [r["ok"] for r in rows]
    wide = [{f"m{i}": 1 for i in range(CELLS // 2)}] * 5
    assert [len(b["numbers"]) for b in columns_of(list(range(5)), wide)] == [2, 2, 1]
    assert list(columns_of([], [])) == []
    assert list(columns_of([7], [{}])) == [{"numbers": [7], "columns": {}}]
    ragged = list(columns_of([1, 2], [{"a": 1}, {"b": np.float64(2).item()}]))
    assert ragged == [{"numbers": [1, 2], "columns": {"a": [1, None], "b": [None, 2.0]}}]


# ---------------------------------------------------------------- progress


def test_the_progress_bar_writes_only_to_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("infer", 10) as bar:
        bar.advance(10)
    assert capsys.readouterr().err == ""
    with Progress("infer", 10, shown=True) as bar:
        bar.advance(4)
        assert bar.line(60) == "infer  [############..................]  4 of 10  1 min 30 s left"
        bar.advance(6)
    assert bar.line(3700).endswith("10 of 10  1 h 01 min")
    assert capsys.readouterr().err.endswith("]  10 of 10  0 s\n")
    assert Progress("infer", 0).line(1).endswith("0 of 0  1 s")
