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
from vireo import NotFoundError, Vireo
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


def test_unknown_judges_are_not_found(vr: Vireo) -> None:
    with pytest.raises(NotFoundError):
        vr.request("GET", "/judges/nobody")


def test_the_example_runs(server: Server) -> None:
    out = finish(start_program(ROOT / "examples" / "judging.py", server, "--url", server.url))
    assert "classify:v1: 0." in out
    assert "improved" in next(line for line in out.split("\n") if " right " in line and "all" in line)
    with Vireo("digits", url=server.url) as vr:
        assert len(traces(vr, "judge:sure")) == 620
