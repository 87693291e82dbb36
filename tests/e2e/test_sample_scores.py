# SPDX-License-Identifier: Apache-2.0
"""Scores of samples: feedback, expectations that become versions, queues of samples, and how far people agree
with judges."""

from __future__ import annotations

import json
import pathlib
import random
import signal
from collections.abc import Callable
from typing import Any

import pytest
from test_datasets import Project, project
from vireo_server import Server, run

__all__ = ["project"]
FINGERPRINT = "cd" * 32


def fill(project: Project, count: int = 6) -> None:
    """`questions:v1`: q0, q1 ... in two splits."""
    project.post("/datasets", {"name": "questions"})
    samples = [
        {"id": f"q{n}", "input": {"q": n}, "expected": n, "metadata": {"n": n}, "split": ["train", "test"][n % 2]}
        for n in range(count)
    ]
    project.post("/datasets/questions/commits", {"samples": samples})


def give(project: Project, *scores: dict[str, Any], path: str = "/datasets/questions/scores") -> list[int]:
    """Scores that are taken; their ids."""
    answer = project.post(path, {"scores": list(scores)}, 200)
    assert answer["accepted"] == len(scores) and not answer["rejected"], answer
    return list(answer["ids"])


def thumb(sample: str, passed: bool, **more: Any) -> dict[str, Any]:
    return {"sample": sample, "name": "feedback", "value": passed, "passed": passed, "source": "person"} | more


def evaluate(project: Project, answers: dict[int, Any], **columns: list[Any]) -> int:
    """An evaluation of `m:v1` on `questions`: answers by sample number, result columns in that order."""
    project.call("POST", "/models/m/versions", {"fingerprint": FINGERPRINT, "source": "def m(): ..."}, 201)
    e = project.post("/evaluations", {"dataset": {"name": "questions"}, "model": "m:v1", "evaluator": "ev"})["id"]
    sent = [{"number": number, "inference": answer} for number, answer in answers.items()]
    project.post(f"/evaluations/{e}/inferences", {"inferences": sent}, 200)
    if columns:
        rows = {"case": None, "configuration": None, "numbers": list(answers), "columns": columns}
        project.post(f"/evaluations/{e}/results", rows, 200)
    return int(e)


def test_feedback_is_listed_changed_and_deleted(project: Project) -> None:
    fill(project)
    first, second = give(
        project,
        thumb("q1", False, by="ann", reason="ambiguous"),
        {"number": 3, "name": "tone", "value": "rude", "by": "bob", "source": "person", "time": "2026-01-02T03:04:05Z"},
    )
    items = project.get("/datasets/questions/scores")["items"]
    assert [s["id"] for s in items] == [first, second]
    assert {k: items[0][k] for k in ("sample", "number", "kind", "value", "passed", "reason", "by", "model")} == {
        "sample": "q1", "number": 2, "kind": "feedback", "value": False, "passed": False, "reason": "ambiguous",
        "by": "ann", "model": None,
    }  # fmt: skip
    assert (items[1]["sample"], items[1]["value"], items[1]["passed"]) == ("q2", "rude", None)
    assert items[1]["created_at"].startswith("2026-01-02T03:04:05")

    assert give(project, thumb("q1", True, by="ann")) == [first]  # the same giver and name: changed
    assert give(project, thumb("q1", False, by="bob")) != [first]
    shown = project.get("/datasets/questions/samples/q1")["scores"]
    assert [(s["by"], s["passed"], s["reason"]) for s in shown] == [("ann", True, None), ("bob", False, None)]
    assert [s["by"] for s in project.get("/datasets/questions/scores", sample="q1", by="bob")["items"]] == ["bob"]
    assert [s["id"] for s in project.get("/datasets/questions/scores", number=3)["items"]] == [second]
    assert project.get("/datasets/questions/scores", kind="expectation")["items"] == []

    project.call("DELETE", f"/datasets/questions/scores/{first}", None, 204)
    assert project.call("DELETE", f"/datasets/questions/scores/{first}", None, 404)["field"] == "id"
    assert [s["by"] for s in project.get("/datasets/questions/samples/q1")["scores"]] == ["bob"]


def test_a_score_stays_with_its_sample_over_versions(project: Project) -> None:
    """Another expected value keeps the scores, another input is another sample."""
    fill(project)
    give(project, thumb("q1", False), thumb("q2", False))
    edits = [{"id": "q1", "input": {"q": 1}, "expected": "one"}, {"id": "q2", "input": {"q": "two"}}]
    project.post("/datasets/questions/commits", {"samples": edits})
    of = {s["id"]: len(s["scores"]) for s in project.pages("/datasets/questions/samples", scores="true", limit=2)}
    assert of == {"q0": 0, "q1": 1, "q2": 0, "q3": 0, "q4": 0, "q5": 0}
    old = {s["id"]: len(s["scores"]) for s in project.pages("/datasets/questions/samples", scores="true", version=1)}
    assert old == of | {"q2": 1}
    assert "scores" not in project.get("/datasets/questions/samples")["items"][0]
    project.post("/datasets/questions/commits", {"remove": ["q1"]})
    assert len(project.get("/datasets/questions/scores", sample="q1")["items"]) == 1


def test_samples_are_found_by_their_scores(project: Project) -> None:
    fill(project)
    project.call("POST", "/judges/ann/versions", {"fingerprint": FINGERPRINT, "kind": "person"}, 201)
    give(
        project,
        thumb("q0", True),
        thumb("q1", False),
        {"sample": "q2", "value": 0.5, "judge": "ann:v1"},
        {"sample": "q3", "expected": 33, "name": "expected"},
        {"sample": "q4", "name": "old", "value": False},  # a verdict without `passed`
    )

    def found(**params: Any) -> list[str]:
        return project.ids("/datasets/questions/samples", **params, limit=2)

    assert found(scored="any") == ["q0", "q1", "q2", "q4"]
    assert found(scored="none") == ["q3", "q5"]
    assert found(scored="passed") == ["q0"]
    assert found(scored="failed") == ["q1", "q4"]
    assert found(scored="expectation") == ["q3"]
    assert found(scored="any", judge="ann") == ["q2"]
    assert found(scored="none", judge="ann", split="test") == ["q1", "q3", "q5"]
    project.call("POST", "/judges/ann/versions", {"fingerprint": "b" * 64, "kind": "person"}, 201)
    give(project, {"sample": "q5", "value": 0.5, "judge": "ann:v2"})
    for judge, ids in (("ann", ["q2", "q5"]), ("ann:v1", ["q2"]), ("ann:v2", ["q5"])):
        assert found(scored="any", judge=judge) == ids
        assert found(scored="none", judge=judge) == sorted({f"q{n}" for n in range(6)} - set(ids))
        assert [s["sample"] for s in project.get("/datasets/questions/scores", judge=judge)["items"]] == ids
    refused = project.call("GET", "/datasets/questions/samples", None, 400, scored="maybe")
    assert (refused["field"], refused["detail"]) == (
        "scored", "scored: must be any, none, passed, failed or expectation",
    )  # fmt: skip
    assert project.call("GET", "/datasets/questions/samples", None, 400, scored="any", judge="x")["field"] == "judge"


def test_an_expectation_becomes_a_version(project: Project) -> None:
    fill(project)
    one, two, three = give(
        project,
        {"sample": "q1", "kind": "expectation", "name": "expected", "expected": {"b": 1, "a": [2]}, "by": "ann"},
        {"sample": "q2", "name": "expected", "expected": 2},
        thumb("q3", True),
    )
    made = project.post(f"/datasets/questions/scores/{one}/apply", {"base_version": 1})
    assert (made["version"], made["changed"], made["unchanged"]) == (2, 1, 0)
    sample = project.get("/datasets/questions/samples/q1")
    assert (sample["expected"], sample["metadata"], sample["split"], sample["number"]) == (
        {"b": 1, "a": [2]}, {"n": 1}, "test", 2,
    )  # fmt: skip
    assert len(sample["scores"]) == 1
    assert project.get("/datasets/questions/samples/q1", version=1)["expected"] == 1
    commit = project.get("/datasets/questions/commits")["items"][0]
    assert (commit["by"], commit["message"]) == ("ann", 'Expected value of q1 from "expected"')

    same = project.post(f"/datasets/questions/scores/{two}/apply", {}, 200)  # that it is already
    assert (same["version"], same["created"]) == (2, False)
    stale = project.call("POST", f"/datasets/questions/scores/{one}/apply", {"base_version": 1}, 409)
    assert stale["field"] == "base_version"
    assert project.call("POST", f"/datasets/questions/scores/{three}/apply", {}, 400)["field"] == "id"
    assert project.call("POST", "/datasets/questions/scores/999/apply", {}, 404)["field"] == "id"
    project.post("/datasets/questions/commits", {"remove": ["q1"]})
    gone = project.call("POST", f"/datasets/questions/scores/{one}/apply", {}, 409)
    assert "not in version 3 any more" in gone["detail"]


def test_samples_of_cases(project: Project) -> None:
    """Cases share samples: one score stands in all of them, and is applied to one."""
    project.post("/workflows", {"name": "wf"})
    for case in ("rain", "night"):
        samples = [{"input": {"url": n}, "expected": n, "metadata": {"k": n}} for n in range(3)]
        project.post("/workflows/wf/cases", {"name": case, "samples": samples})
    (first,) = give(project, {"number": 2, "name": "expected", "expected": "car"}, path="/workflows/wf/scores")
    give(project, thumb(project.get("/workflows/wf/cases/rain/samples")["items"][0]["id"], False),
         path="/workflows/wf/scores")  # fmt: skip
    for case in ("rain", "night"):
        assert (
            project.ids(f"/workflows/wf/cases/{case}/samples", scored="failed")
            == project.ids("/workflows/wf/cases/rain/samples")[:1]
        )
    assert project.call("POST", f"/workflows/wf/scores/{first}/apply", {}, 400)["field"] == "case"
    assert project.post(f"/workflows/wf/scores/{first}/apply", {"case": "night"})["version"] == 2
    night, rain = (project.get(f"/workflows/wf/cases/{c}/samples", scores="true")["items"] for c in ("night", "rain"))
    assert [s["expected"] for s in night] == [0, "car", 2] and [s["expected"] for s in rain] == [0, 1, 2]
    assert night[1]["metadata"] == {"k": 1} and len(rain[1]["scores"]) == 1
    suite = {"name": "s", "cases": [{"name": "rain", "version": 1}, {"name": "night", "version": 2}]}
    project.post("/workflows/wf/suites", suite)
    told = list(project.pages("/workflows/wf/suites/s/samples", scores="true", limit=2))
    assert [(s["number"], len(s["scores"]), s["expected"]) for s in told] == [
        (1, 1, [0, 0]), (2, 1, [1, "car"]), (3, 0, [2, 2]),
    ]  # fmt: skip
    assert told[0]["scores"][0]["passed"] is False and told[1]["scores"][0]["expected"] == "car"
    assert "scores" not in project.get("/workflows/wf/suites/s/samples")["items"][0]


def test_what_is_wrong_refuses_that_score_only(project: Project) -> None:
    fill(project)
    wrong: list[tuple[Any, str]] = [
        (thumb("nope", True), "sample"),
        ({"number": 77, "name": "x", "value": 1}, "number"),
        ({"name": "x", "value": 1}, "sample"),
        ({"sample": "q1", "value": 1}, "name"),
        ({"sample": "q1", "name": "x"}, "value"),
        ({"sample": "q1", "name": "x", "value": [1]}, "value"),
        ({"sample": "q1", "value": 1, "judge": "nobody:v1"}, "judge"),
        ({"sample": "q1", "name": "x", "value": 1, "model": "m:v1"}, "model"),
        ({"sample": "q1", "name": "x", "value": 1, "trace_id": "ab" * 16}, "trace_id"),
        ({"sample": "q1", "name": "x", "kind": "expectation", "reason": "so"}, "expected"),
        ({"sample": "q1", "name": "x", "kind": "expectation", "expected": 1, "passed": True}, "value"),
        ({"sample": "q1", "name": "x", "kind": "feedback", "expected": 1}, "expected"),
        ({"sample": "q1", "name": "x", "kind": "praise", "value": 1}, "kind"),
        ({"sample": "q1", "name": "x", "expected": "x" * 65536}, "expected"),
        (7, ""),
    ]
    good = thumb("q1", True)
    answer = project.post("/datasets/questions/scores", {"scores": [*(w for w, _ in wrong), good]}, 200)
    assert answer["accepted"] == 1
    assert [(r["index"], r["field"]) for r in answer["rejected"]] == list(enumerate(f for _, f in wrong))
    assert answer["ids"][:-1] == [None] * len(wrong) and answer["ids"][-1]
    assert rejected_field(project, {"scores": 1}) == "scores"
    assert project.call("GET", "/datasets/none/scores", None, 404)["field"] == "dataset"
    assert project.call("GET", "/datasets/questions/scores", None, 400, kind="x")["field"] == "kind"
    assert project.call("GET", "/datasets/questions/scores", None, 404, sample="x")["field"] == "sample"


def rejected_field(project: Project, body: Any) -> Any:
    return project.call("POST", "/datasets/questions/scores", body, 400)["field"]


def test_scores_of_a_model_s_answers(project: Project) -> None:
    """They show in the evaluation, and are outdated when the model answers otherwise."""
    fill(project)
    e = evaluate(project, {1: "a", 2: "b"}, right=[True, False])
    answer, sample = give(project, thumb("q1", False, model="m:v1"), thumb("q1", True))
    give(project, {"sample": "q0", "name": "expected", "expected": "A"})
    rows = {row["id"]: row["scores"] for row in project.get(f"/evaluations/{e}/samples")["items"]}
    assert [(s["id"], s["model"], s["outdated"]) for s in rows["q1"]] == [
        (answer, "m:v1", False), (sample, None, False),
    ]  # fmt: skip
    assert [s["expected"] for s in rows["q0"]] == ["A"]
    assert [s["id"] for s in project.get("/datasets/questions/samples/q1")["scores"]] == [sample]
    assert [s["id"] for s in project.get("/datasets/questions/scores", model="m:v1")["items"]] == [answer]
    no_answer = project.post("/datasets/questions/scores", {"scores": [thumb("q2", True, model="m:v1")]}, 200)
    assert no_answer["rejected"][0]["detail"] == "model: has no answer to this sample"

    other = {"inferences": [{"number": 2, "inference": "c"}], "reset": True}
    project.post(f"/evaluations/{e}/inferences", other, 200)
    rows = {row["id"]: row["scores"] for row in project.get(f"/evaluations/{e}/samples")["items"]}
    assert [s["id"] for s in rows["q1"]] == [sample]
    assert project.get("/datasets/questions/scores", model="m:v1")["items"][0]["outdated"]


def test_a_queue_of_a_dataset(project: Project) -> None:
    fill(project, 7)
    queue = project.post(
        "/queues", {"name": "fresh", "judge": "ann", "dataset": {"name": "questions", "split": "train"}}
    )
    assert (queue["source"], queue["dataset"], queue["evaluation"], queue["left"], queue["done"]) == (
        "dataset", {"name": "questions", "version": None, "split": "train"}, None, 4, 0,
    )  # fmt: skip
    page = project.get(f"/queues/{queue['id']}/next", limit=2)
    assert ([s["id"] for s in page["items"]], page["left"], page["version"]) == (["q0", "q2"], 4, 1)
    give(project, thumb("q0", True, judge=queue["tag"]), thumb("q2", True), thumb("q4", True, judge="ann:v1"))
    page = project.get(f"/queues/{queue['id']}/next", limit=2)
    assert ([s["id"] for s in page["items"]], page["left"], page["done"]) == (["q2", "q6"], 2, 2)
    assert [s["passed"] for s in page["items"][0]["scores"]] == [True]

    # The newest version, unless the queue names one.
    fixed = project.post("/queues", {"name": "v1", "judge": "ann", "dataset": {"name": "questions", "version": 1}})
    project.post("/datasets/questions/commits", {"samples": [{"id": "q8", "input": 8, "split": "train"}]})
    assert project.get(f"/queues/{queue['id']}/next")["left"] == 3
    assert project.get(f"/queues/{fixed['id']}/next")["left"] == 5
    renamed = project.call("PATCH", f"/queues/{queue['id']}", {"where": '"q": 6'})
    assert (renamed["left"], renamed["source"]) == (1, "dataset")
    project.call("PATCH", "/datasets/questions", {"name": "asked"})
    assert project.get(f"/queues/{queue['id']}/next")["left"] == 1
    project.call("DELETE", "/datasets/asked", None, 204)
    assert project.call("GET", f"/queues/{queue['id']}/next", None, 404)["field"] == "dataset"
    assert {q["name"]: q["left"] for q in project.get("/queues")["items"]} == {"fresh": None, "v1": None}


def test_a_queue_keeps_nothing_of_another_source(project: Project) -> None:
    fill(project)
    e = evaluate(project, {1: "a"}, right=[True])
    part = {"name": "questions", "version": 1, "split": "train"}
    queue = f"/queues/{project.post('/queues', {'name': 'q', 'judge': 'ann', 'dataset': part})['id']}"
    assert project.call("PATCH", queue, {"instructions": "x"})["dataset"] == part
    whole = {"name": "questions", "version": None, "split": None}
    assert project.call("PATCH", queue, {"dataset": {"name": "questions"}})["dataset"] == whole
    project.call("PATCH", queue, {"dataset": part})
    project.call("PATCH", queue, {"evaluation": e})
    assert project.call("PATCH", queue, {"dataset": {"name": "questions"}})["dataset"] == whole


def test_a_queue_that_is_refused_makes_no_judge(project: Project) -> None:
    made = project.post("/queues", {"name": "one", "judge": "ann"})
    project.call("POST", "/queues", {"name": "one", "judge": "bob"}, 409)
    project.post("/queues", {"name": "two", "judge": "ann"})
    project.call("PATCH", f"/queues/{made['id']}", {"name": "two", "judge": "cid"}, 409)
    assert [j["name"] for j in project.get("/judges")["items"]] == ["ann"]
    assert project.call("PATCH", f"/queues/{made['id']}", {"judge": "cid"})["tag"] == "cid:v1"


def test_a_queue_of_answers_that_failed(project: Project) -> None:
    fill(project)
    e = evaluate(project, {n: f"a{n}" for n in range(1, 6)}, right=[True, False, False, True, False])
    queue = project.post("/queues", {"name": "wrong", "judge": "ann", "evaluation": e, "where": "right:false"})
    assert (queue["source"], queue["evaluation"], queue["left"]) == ("evaluation", e, 3)
    page = project.get(f"/queues/{queue['id']}/next", limit=2)
    assert [(s["number"], s["inference"], s["metrics"]) for s in page["items"]] == [
        (2, "a2", {"right": False}), (3, "a3", {"right": False}),
    ]  # fmt: skip
    assert (page["model"], page["left"]) == ("m:v1", 3)
    give(project, thumb("q1", True, judge="ann:v1", model="m:v1"), thumb("q2", True, judge="ann:v1"))
    page = project.get(f"/queues/{queue['id']}/next")
    assert ([s["number"] for s in page["items"]], page["left"], page["done"]) == ([3, 5], 2, 1)

    # Another answer is to be looked at again; without a filter all answers are, not what is unanswered.
    again = {"inferences": [{"number": 2, "inference": "other"}], "reset": True}
    project.post(f"/evaluations/{e}/inferences", again, 200)
    assert project.get(f"/queues/{queue['id']}/next")["left"] == 3
    every = project.post("/queues", {"name": "all", "judge": "bob", "evaluation": e})
    assert every["left"] == 5
    for body, field in [
        ({"evaluation": 99}, "evaluation"), ({"evaluation": "x"}, "evaluation"), ({"dataset": "questions"}, "dataset"),
        ({"dataset": {"name": "no"}}, "dataset"), ({"dataset": {"name": "questions", "version": 9}}, "version"),
        ({"evaluation": e, "dataset": {"name": "questions"}}, "evaluation"), ({"evaluation": e, "where": "<"}, "where"),
    ]:  # fmt: skip
        refused = project.call("POST", "/queues", {"name": "x", "judge": "ann"} | body, 400)
        assert refused["field"] == field, refused
    unknown = project.post("/queues", {"name": "metric", "judge": "ann", "evaluation": e, "where": "nothing:1"})
    assert unknown["left"] is None
    assert project.call("GET", f"/queues/{unknown['id']}/next", None, 400)["field"] == "filter"


def kappa(pairs: list[tuple[bool, bool]]) -> float:
    """Cohen's, straight from the definition."""
    n = len(pairs)
    agreed = sum(a == b for a, b in pairs) / n
    chance = sum(sum(a == v for a, _ in pairs) * sum(b == v for _, b in pairs) for v in (True, False)) / n**2
    return (agreed - chance) / (1 - chance)


@pytest.mark.parametrize("seed", range(3))
def test_people_and_judges_agree_as_far_as_kappa_says(project: Project, seed: int) -> None:
    rng = random.Random(seed)
    n = 40
    fill(project, n)
    judged = [rng.random() < 0.6 for _ in range(n)]
    numbers = [round(rng.random(), 3) for _ in range(n)]
    e = evaluate(project, {i + 1: i for i in range(n)}, good=numbers, good_passed=judged, plain=[not j for j in judged])
    said = {i: judged[i] if rng.random() < 0.8 else not judged[i] for i in rng.sample(range(n), 25)}
    for name, turned in (("hasty", True), ("quality", False)):  # of one person the newest counts
        give(
            project,
            *(thumb(f"q{i}", passed != turned, by="ann", model="m:v1", name=name) for i, passed in said.items()),
        )
    give(project, *(thumb(f"q{i}", True, by="bob", model="m:v1") for i in list(said)[:3]))
    give(project, *(thumb(f"q{i}", False, by="eve") for i in range(n)))  # of the samples, not of answers
    found = {(a["a"], a["b"]): a for a in project.get(f"/evaluations/{e}/agreement")["items"]}
    assert set(found) == {("ann", "good"), ("ann", "plain"), ("bob", "good"), ("bob", "plain"), ("ann", "bob")}
    pairs = [(passed, judged[i]) for i, passed in said.items()]
    ann = found["ann", "good"]
    assert (ann["n"], ann["compared"], ann["agreed"], ann["people"]) == (
        25, 25, sum(a == b for a, b in pairs), False,
    )  # fmt: skip
    assert ann["kappa"] == pytest.approx(kappa(pairs), abs=1e-12)
    assert found["ann", "plain"]["kappa"] == pytest.approx(kappa([(a, not b) for a, b in pairs]), abs=1e-12)
    assert found["ann", "bob"]["n"] == 3 and found["ann", "bob"]["people"]


def test_scores_survive_a_kill(start_server: Callable[..., Server], tmp_path: pathlib.Path) -> None:
    server = start_server(data=tmp_path / "data")
    project = Project(server)
    fill(project)
    ids = give(project, thumb("q1", False, reason="no"), {"sample": "q2", "name": "expected", "expected": [1]})
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    project = Project(start_server(data=tmp_path / "data"))
    items = project.get("/datasets/questions/scores")["items"]
    assert [(s["id"], s["reason"], s["expected"]) for s in items] == [(ids[0], "no", None), (ids[1], None, [1])]


def test_a_sample_does_not_collect_scores_without_end(project: Project) -> None:
    fill(project)
    answer = project.post(
        "/datasets/questions/scores", {"scores": [thumb("q1", True, by=f"p{i}") for i in range(502)]}, 200
    )
    assert (answer["accepted"], [r["index"] for r in answer["rejected"]]) == (500, [500, 501])
    assert give(project, thumb("q1", False, by="p3")) == [answer["ids"][3]]
    assert len(list(project.pages("/datasets/questions/scores", limit=100))) == 500


def test_who_may_score_and_who_may_commit(start_server: Callable[..., Server], tmp_path: pathlib.Path) -> None:
    """Giving scores takes what sending traces takes, changing a dataset an editor."""
    data = tmp_path / "data"
    admin = run("key", "create", "root", "--role", "admin", "--data", str(data)).strip()
    server = start_server("--require-key", data=data)
    server.http.headers["x-api-key"] = admin
    project = Project(server)
    fill(project)
    keys = {r: project.post("/keys", {"name": r, "role": r})["key"] for r in ("viewer", "ingest", "editor")}
    (expectation,) = give(project, {"sample": "q1", "name": "expected", "expected": 7})

    def status(role: str, method: str, path: str, body: Any = None) -> int:
        url = f"{project.base}/datasets/questions/scores{path}"
        return int(server.http.request(method, url, json=body, headers={"x-api-key": keys[role]}).status_code)

    sent = {"scores": [thumb("q1", True)]}
    assert [status(r, "GET", "") for r in ("viewer", "ingest", "editor")] == [200, 403, 200]
    assert [status(r, "POST", "", sent) for r in ("viewer", "ingest", "editor")] == [403, 200, 200]
    assert [status(r, "POST", f"/{expectation}/apply") for r in ("viewer", "ingest", "editor")] == [403, 403, 201]
    assert [status(r, "DELETE", f"/{expectation}") for r in ("viewer", "ingest")] == [403, 204]


def test_the_command_line_lists_scores(shared_server: Server, project: Project) -> None:
    fill(project)
    give(project, thumb("q1", False, by="ann", reason="no"), {"sample": "q2", "name": "expected", "expected": [1]})
    at = ["--url", shared_server.url, "--project", project.base.rsplit("/", 1)[1]]
    table = run("dataset", "scores", "questions", "--by", "ann", *at)
    assert "q1" in table and "no" in table and "q2" not in table
    told = json.loads(run("dataset", "scores", "questions", "--kind", "expectation", "--json", *at))
    assert [s["expected"] for s in told["items"]] == [[1]]
