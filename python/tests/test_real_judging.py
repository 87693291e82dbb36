# SPDX-License-Identifier: Apache-2.0
"""Judges and scores against the real server; the program of BigHummingbird's users from end to end."""

from __future__ import annotations

import json
import pathlib
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ROOT, Server
from test_real_server import finish, start_program
from vireo import NotFoundError, RefusedError, Vireo
from vireo.judge import Judge, Score

PROGRAM = """
from {package} import {client}
from {package}.judge import Judge

API_KEY = ""
bhb = {client}("Quick Start", API_KEY)

@bhb.trace
def model(input_a, input_b):
  # text generation, summarization, translation, sentiment analysis
  return input_a + input_b

model(1, 2)

@bhb.trace
def model(input_a, input_b):
  return input_a - input_b # addition changed into subtraction
model(1, 2)

def scoring_rubric(outputs):
    # This is important. All necessary imports must be done here.
    import random
    return random.randint(1, 10)

def passing_criteria(score):
    return score > 5

judge = Judge(
    "random-judge",
    "This judge will return a random score between 1 to 10",
    scoring_rubric,
    passing_criteria,
)
judge_tag = bhb.add_judge(judge)

@bhb.assess(judge_tag)
def model(input_a, input_b):
  return input_a + input_b

print(judge_tag, bhb.version_of(model))
for i in range(20):
    model(i, 2)
"""


@pytest.fixture
def vr(server: Server) -> Iterator[Vireo]:
    with Vireo("p", url=server.url) as client:
        yield client


def traces(vr: Vireo, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = vr.request("GET", f"/traces?limit=1000&query={urllib.parse.quote(query)}")["items"]
    return found


@pytest.mark.parametrize("names", [("vireo", "Vireo"), ("vireo.compat.bighummingbird", "BigHummingbird")])
def test_the_seeds_program_traces_and_scores(server: Server, tmp_path: pathlib.Path, names: tuple[str, str]) -> None:
    path = tmp_path / "model.py"
    path.write_text(PROGRAM.format(package=names[0], client=names[1]))
    for _ in range(2):
        assert finish(start_program(path, server)) == "random-judge:v1 model:v1"
    with Vireo("Quick Start", url=server.url) as vr:
        scored = traces(vr, "judge:random-judge:v1")
        assert len(scored) == 40
        assert {t["model"] for t in scored} == {"model:v1"}
        assert {t["model"] for t in traces(vr)} == {"model:v1", "model:v2"}
        for item in scored:
            (score,) = item["scores"]
            assert 1 <= score["value"] <= 10
            assert score["passed"] == (score["value"] > 5)
        means = vr.request("GET", "/aggregate?measure=count,mean(score.random-judge)&by=model")["groups"]
        assert [(g["key"], g["values"][0]) for g in means] == [(["model:v1"], 40)]
        judge = vr.request("GET", "/judges/random-judge/versions/v1")
        assert "return random.randint(1, 10)" in judge["source"]
        assert "score > 5" in judge["source"]
        assert judge["parameters"] == ["outputs"]
        assert vr.request("GET", "/judges/random-judge")["version_count"] == 1


def test_what_a_judge_says_is_stored_with_the_span(vr: Vireo) -> None:
    def rubric(outputs: Any, inputs: Any) -> Any:
        if inputs["a"] == 3:
            raise ValueError("three is not for me")
        return {
            "size": Score(len(outputs), f"{inputs} became {outputs}"),
            "kind": "long" if len(outputs) > 1 else "short",
        }

    tag = vr.add_judge(Judge("several", "", rubric, lambda scores: {"size": scores["size"] > 1}))

    @vr.assess(tag)
    def model(a: int) -> str:
        return "x" * a

    for a in (1, 2, 3):
        model(a)
    assert vr.flush(30)
    assert {s["judge"] for t in traces(vr) for s in t["scores"]} == {tag}
    assert len(traces(vr, "score.size>1")) == 1
    assert len(traces(vr, "score.kind:short")) == 1
    (two,) = traces(vr, "passed.size:true")
    trace = vr.request("GET", f"/traces/{two['trace_id']}")
    size = next(s for s in trace["scores"] if s["name"] == "size")
    assert (size["value"], size["reason"], size["span_id"]) == (2, "{'a': 2} became xx", two["root_span_id"])
    errors = [s["error"] for t in traces(vr) for s in t["scores"] if s["error"]]
    assert errors == ["ValueError: three is not for me (line 3)"]
    assert trace["spans"][0]["attributes"]["vireo.judges"] == json.dumps([tag])


def test_people_change_their_minds_and_expectations_reach_judges(vr: Vireo) -> None:
    def rubric(outputs: Any, expected: Any) -> Any:
        return outputs == expected

    @vr.trace
    def model(a: int) -> int:
        return a * 2

    with vr.span("root") as span:
        model(1)
    model(4)
    assert vr.flush(20)
    vr.score(span, "helpful", 0.25, reason="meh")
    vr.feedback(span, False, user="ann")
    vr.feedback(span, True, "after all", user="ann")
    vr.feedback(span, False, user="bob")
    found = vr.request("GET", f"/traces/{span.trace_id}")["scores"]
    assert sorted((s["name"], s["by"], s["value"]) for s in found if s["by"]) == [
        ("feedback", "ann", True),
        ("feedback", "bob", False),
    ]
    (other,) = traces(vr, "model:model -name:root")
    vr.expect(other["trace_id"], 8, user="ann")

    from vireo.judge._panel import subject_of

    subject = subject_of(vr.request("GET", f"/traces/{other['trace_id']}"))
    assert subject is not None
    assert (subject.values["expected"], subject.values["outputs"]) == ("8", "8")


def test_spans_score_themselves_without_waiting(vr: Vireo) -> None:
    with vr.span("work") as span:
        span.score("bleu", 0.5, passed=True, reason="close", by="me", metadata={"n": 4})
        span.score("odd", float("nan"))  # no score: noted, never raised
    span.score("late", "good", source="person")
    assert vr.flush(20)
    detail = vr.request("GET", f"/traces/{span.trace_id}")
    found = {s["name"]: s for s in detail["scores"]}
    assert set(found) == {"bleu", "late"}
    assert [found["bleu"][k] for k in ("value", "passed", "reason", "by", "source", "span_id", "metadata")] == [
        0.5, True, "close", "me", "code", span.span_id, {"n": 4},
    ]  # fmt: skip
    assert (found["late"]["value"], found["late"]["source"]) == ("good", "person")
    assert "NoScore" in detail["spans"][0]["attributes"]["vireo.dropped.score.odd"]
    vr.current_span().score("nothing", 1)  # where there is no span, nothing happens


def test_samples_are_scored_and_expectations_become_versions(vr: Vireo) -> None:
    dataset = vr.dataset("questions").add([{"id": f"q{n}", "input": n, "expected": n} for n in range(4)])
    sample = dataset.sample("q1")
    vr.score(sample, "length", 0.25, reason="short")
    vr.feedback(sample, False, "ambiguous", user="ann")
    vr.feedback(sample, True, "on second thoughts", user="ann")
    vr.feedback(dataset.sample("q2"), False, user="bob")
    vr.expect(sample, {"sum": 2}, user="ann")
    told = [(s["kind"], s["name"], s["value"], s["passed"], s["by"], s["source"]) for s in dataset.scores("q1")]
    assert told == [
        ("feedback", "length", 0.25, None, None, "code"),
        ("feedback", "feedback", True, True, "ann", "person"),
        ("expectation", "expected", None, None, "ann", "person"),
    ]
    assert [s.id for s in dataset.samples(scored="failed")] == ["q2"]
    assert [s.id for s in dataset.samples(scored="none")] == ["q0", "q3"]

    (expectation,) = dataset.scores(sample, kind="expectation")
    assert dataset.apply(expectation).version == 2
    assert dataset.sample("q1").expected == {"sum": 2} and dataset.sample("q1", 1).expected == 1
    assert next(dataset.commits()).by == "ann"
    assert len(dataset.scores(dataset.sample("q1"))) == 3  # another expected value is the same sample
    dataset.remove_score(dataset.scores(by="bob")[0])
    assert dataset.scores(by="bob") == []

    vr.evaluate(lambda value: value * 2, dataset, name="doubles")
    model = vr.request("GET", "/evaluations")["items"][0]["model"]
    vr.feedback(sample, False, user="ann", model=model)
    (of_answer,) = dataset.scores(model=model)
    assert (of_answer["sample"], of_answer["passed"], of_answer["outdated"]) == ("q1", False, False)
    with pytest.raises(RefusedError, match="there is no version"):
        vr.feedback(sample, True, model="nobody:v1")
    with pytest.raises(ValueError, match="has no spans"):
        vr.score(sample, "x", 1, span_id="ab" * 8)
    with pytest.raises(ValueError, match="knows its model"):
        vr.score("ab" * 16, "x", 1, model=model)


def test_unknown_judges_are_not_found(vr: Vireo) -> None:
    with pytest.raises(NotFoundError):
        vr.request("GET", "/judges/nobody")


def test_the_example_runs(server: Server) -> None:
    out = finish(start_program(ROOT / "examples" / "judging.py", server, "--url", server.url))
    assert "classify:v1: 0." in out
    assert "improved" in next(line for line in out.split("\n") if " right " in line and "all" in line)
    with Vireo("digits", url=server.url) as vr:
        assert len(traces(vr, "judge:sure")) == 620
