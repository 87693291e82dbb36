# SPDX-License-Identifier: Apache-2.0
"""Judges and their versions, as a client of the API sees them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from test_scores import filled, found, of_trace, score
from vireo_server import JSON, Server, run

PROJECT = "/api/v1/projects/default"

__all__ = ["filled"]


def register(server: Server, name: str, print_: str, **more: Any) -> httpx.Response:
    body = {"fingerprint": print_ * 64, "kind": "code", "source": f"def rubric(): {print_!r}"} | more
    return server.http.post(f"{PROJECT}/judges/{name}/versions", content=json.dumps(body), headers=JSON)


def test_versions_by_fingerprint(server: Server) -> None:
    first = register(server, "good", "a", parameters=["outputs"], definition={"rubric": "x"}, description="first")
    assert first.status_code == 201, first.text
    assert first.json() == {"tag": "good:v1", "name": "good", "number": 1, "created": True}
    assert register(server, "good", "b").json()["tag"] == "good:v2"
    again = register(server, "good", "a")
    assert (again.status_code, again.json()["created"], again.json()["number"]) == (200, False, 1)
    (judge,) = server.api("/judges")["items"]
    assert (judge["latest"], judge["version_count"], judge["kind"]) == ("good:v2", 2, "code")
    versions = server.api("/judges/good/versions")["items"]
    assert [v["tag"] for v in versions] == ["good:v2", "good:v1"]
    assert "source" not in versions[0]
    one = server.api("/judges/good/versions/v1")
    assert (one["source"], one["parameters"], one["definition"]) == ("def rubric(): 'a'", ["outputs"], {"rubric": "x"})
    page = server.api("/judges/good/versions", limit=1)
    assert server.api("/judges/good/versions", cursor=page["next_cursor"])["items"][0]["tag"] == "good:v1"


def test_what_is_wrong_is_named(server: Server) -> None:
    answer = register(server, "good", "a", kind="cat")
    assert (answer.status_code, answer.json()["field"]) == (400, "kind")
    assert register(server, "good", "?").json()["field"] == "fingerprint"
    for path in ("/judges/none", "/judges/none/versions", "/judges/none/versions/1"):
        assert server.http.get(PROJECT + path).status_code == 404, path
    assert server.http.get(f"{PROJECT}/judges/none/versions/x").status_code == 400


def test_a_renamed_judge_keeps_its_scores(filled: Server) -> None:
    register(filled, "good", "a")
    change = {"name": "better", "description": "is it good?", "metadata": {"owner": "ann"}}
    answer = filled.http.patch(f"{PROJECT}/judges/good", content=json.dumps(change), headers=JSON)
    assert answer.status_code == 200, answer.text
    assert answer.json()["former_names"] == ["good"]
    assert filled.api("/judges/good")["name"] == "better"
    assert score(filled, of_trace(9, 1, name="good", judge="better:v1"))["accepted"] == 1
    assert found(filled, "judge:better") == set(range(1, 10))
    assert found(filled, "judge:better:v1") == set(range(1, 10))
    assert found(filled, "judge:better:v2") == set()


def call(server: Server, method: str, path: str, body: Any = None) -> httpx.Response:
    return server.http.request(method, PROJECT + path, content=None if body is None else json.dumps(body), headers=JSON)


def test_what_judges_said_is_counted(filled: Server) -> None:
    register(filled, "good", "a")
    register(filled, "silent", "a")
    assert score(filled, of_trace(9, None, name="good", judge="good:v2", error="timed out"))["accepted"] == 1
    assert score(filled, of_trace(2, 0.4, judge="good:v1", passed=False))["accepted"] == 1  # instead of 0.2
    judges = {j["name"]: j for j in filled.api("/judges")["items"]}
    good = judges["good"]
    assert (good["scores"], good["passed"], good["failed"], good["errors"]) == (9, 4, 4, 1)
    assert good["last_scored"] is not None
    assert (judges["silent"]["scores"], judges["silent"]["last_scored"]) == (0, None)
    assert filled.api("/judges/good")["versions"][0]["tag"] == "good:v1"

    first = filled.api("/judges/good/stats", buckets=500)["times"][0]
    assert [j["scores"] for j in filled.api("/judges", to=first)["items"]] == [0, 0]
    assert filled.api("/judges/good", to=first)["scores"] == 0
    assert filled.api("/judges/good", **{"from": first})["scores"] == 9

    stats = filled.api("/judges/good/stats", buckets=6)
    assert [(i["judge"], i["model"], i["name"], i["count"]) for i in stats["items"]] == [
        ("good:v1", "m0:v1", "helpful", 4),
        ("good:v1", "m1:v1", "helpful", 4),
        ("good:v2", "m1:v1", "good", 1),
    ]
    even = stats["items"][0]
    assert (even["passed"], even["failed"], even["min"], even["max"]) == (2, 2, 0.4, 0.8)
    assert even["mean"] == pytest.approx(0.55)
    assert (even["histogram"]["low"], even["histogram"]["high"]) == (0.1, 0.8)
    assert sum(even["histogram"]["counts"]) == 4
    assert stats["items"][2]["histogram"] is None
    (series, failed) = stats["series"]
    assert (sum(series["count"]), sum(series["passed"]), sum(failed["errors"])) == (8, 4, 1)
    assert len(series["mean"]) == len(stats["times"])
    over_time = series["histogram"]
    assert (over_time["low"], over_time["high"]) == (0.1, 0.8)
    assert [sum(bins) for bins in over_time["counts"]] == series["count"]
    halves = zip(*(item["histogram"]["counts"] for item in stats["items"][:2]), strict=True)
    assert [sum(bins) for bins in zip(*over_time["counts"], strict=True)] == [sum(both) for both in halves]
    assert failed["histogram"] is None
    assert call(filled, "GET", "/judges/nobody/stats").status_code == 404


def test_labels_are_counted(filled: Server) -> None:
    register(filled, "tone", "a")
    given = [of_trace(n, "rude" if n % 3 else "kind", name="tone", judge="tone:v1") for n in range(1, 10)]
    assert score(filled, *given)["accepted"] == 9
    items = filled.api("/judges/tone/stats")["items"]
    labels: dict[str, int] = {}
    for item in items:
        for entry in item["labels"]:
            labels[entry["label"]] = labels.get(entry["label"], 0) + entry["count"]
    assert labels == {"rude": 6, "kind": 3}


def test_agreement_is_what_the_textbook_says(server: Server) -> None:
    # Cohen's example of two readers of 50 proposals: 20 both yes, 5 and 10 apart, 15 both no; kappa 0.4.
    said = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    given = []
    for n, (a, b) in enumerate(said, start=1):
        given.append(of_trace(n, float(n), name="a", judge="a:v1", passed=a))
        given.append(of_trace(n, float(n * n), name="b", judge="b:v1", passed=b))
    given.append(of_trace(99, 1.0, name="a", judge="a:v1", passed=True))
    given += [of_trace(n, "x" if n < 40 else "y", name="c", judge="c:v1") for n in range(1, 51)]
    assert score(server, *given)["accepted"] == 151
    pairs = {(p["a"], p["b"]): p for p in server.api("/judges/agreement", judges="a,b:v1,c")["items"]}
    ab = pairs["a", "b:v1"]
    assert (ab["n"], ab["compared"], ab["agreed"]) == (50, 50, 35)
    assert ab["kappa"] == pytest.approx(0.4)
    assert ab["spearman"] == pytest.approx(1)
    assert ab["pearson"] == pytest.approx(0.9695, abs=1e-3)
    ac = pairs["a", "c"]
    assert (ac["n"], ac["compared"], ac["kappa"], ac["pearson"]) == (50, 0, None, None)
    few = call(server, "GET", "/judges/agreement?judges=a")
    assert (few.status_code, few.json()["field"]) == (400, "judges")


def test_rules_are_kept_and_checked(filled: Server) -> None:
    register(filled, "good", "a")
    made = call(filled, "POST", "/rules", {"judge": "good", "where": "type:agent", "sample": 0.25})
    assert made.status_code == 201, made.text
    rule = made.json()
    assert (rule["tag"], rule["sample"], rule["enabled"]) == ("good:v1", 0.25, True)
    register(filled, "good", "b")
    assert filled.api("/rules")["items"][0]["tag"] == "good:v2"
    changed = call(filled, "PATCH", f"/rules/{rule['id']}", {"enabled": False, "judge": "good:v1"}).json()
    assert (changed["enabled"], changed["tag"], changed["where"]) == (False, "good:v1", "type:agent")
    for body, field in [
        ({}, "judge"),
        ({"judge": "nobody"}, "judge"),
        ({"judge": "good:v9"}, "judge"),
        ({"judge": "good", "where": "staus:ok"}, "where"),
        ({"judge": "good", "sample": 2}, "sample"),
        ({"judge": "good", "enabled": 1}, "enabled"),
    ]:
        refused = call(filled, "POST", "/rules", body)
        assert (refused.status_code, refused.json()["field"]) == (400, field), body
    assert call(filled, "DELETE", f"/rules/{rule['id']}").status_code == 204
    assert call(filled, "DELETE", f"/rules/{rule['id']}").status_code == 404
    assert filled.api("/rules")["items"] == []


def test_a_review_queue_empties(filled: Server) -> None:
    body = {"name": "low", "where": "score.helpful<0.45", "judge": "ann's review", "instructions": "read it"}
    made = call(filled, "POST", "/queues", body)
    assert made.status_code == 201, made.text
    queue = made.json()
    assert (queue["tag"], queue["left"], queue["done"]) == ("ann's review:v1", 4, 0)
    assert filled.api("/judges/ann's review")["kind"] == "person"
    left = filled.api(f"/queues/{queue['id']}/next", limit=2)
    assert ([int(t["trace_id"], 16) for t in left["items"]], left["left"], left["done"]) == ([4, 3], 4, 0)
    score(filled, of_trace(4, True, name="ok", judge=queue["tag"], source="person", by="ann"))
    left = filled.api(f"/queues/{queue['id']}/next")
    assert ([int(t["trace_id"], 16) for t in left["items"]], left["left"], left["done"]) == ([3, 2, 1], 3, 1)
    (listed,) = filled.api("/queues")["items"]
    assert (listed["left"], listed["done"]) == (3, 1)
    assert call(filled, "POST", "/queues", body).status_code == 409
    register(filled, "code", "a")
    refused = call(filled, "POST", "/queues", body | {"name": "x", "judge": "code"})
    assert (refused.status_code, refused.json()["field"]) == (400, "judge")
    changed = call(filled, "PATCH", f"/queues/{queue['id']}", {"where": ""}).json()
    assert (changed["where"], changed["left"], changed["name"]) == ("", 11, "low")
    assert call(filled, "DELETE", f"/queues/{queue['id']}").status_code == 204
    assert call(filled, "GET", f"/queues/{queue['id']}/next").status_code == 404


def test_scores_of_a_large_trace_come_without_its_spans(filled: Server) -> None:
    scores = filled.api(f"/traces/{3:032x}/scores")["items"]
    assert sorted(s["name"] for s in scores) == ["helpful", "short"]
    assert filled.api(f"/traces/{99:032x}/scores")["items"] == []
    root = filled.api(f"/traces/{3:032x}/spans/{30:016x}")
    assert [(s["name"], s["reason"]) for s in root["scores"]] == [("helpful", "because 3")]
    child = filled.api(f"/traces/{3:032x}/spans/{31:016x}")
    assert [s["name"] for s in child["scores"]] == ["short"]


def test_the_command_line_scores_and_lists(filled: Server) -> None:
    at = f"--url={filled.url}"
    register(filled, "good", "a", description="is it good?")
    run(
        "score", f"{10:032x}", "good", "0.25", at, "--passed=false", "--judge=good:v1", "--reason=too short", "--by=bob"
    )
    (given,) = filled.api(f"/traces/{10:032x}")["scores"]
    assert (given["value"], given["passed"], given["reason"], given["by"]) == (0.25, False, "too short", "bob")
    run("score", f"{11:032x}", "tone", "rude", at, f"--span={111:016x}")
    assert found(filled, "score.tone:rude") == {11}
    assert "32 hex digits" in run("score", "12", "x", "1", at, code=1)
    run("score", "12", "x", at, code=2)
    table = run("judge", "list", at).splitlines()
    assert table[0].split() == ["NAME", "KIND", "LATEST", "SCORES", "PASSED", "FAILED", "ERRORS", "LAST"]
    assert table[1].split()[:7] == ["good", "code", "good:v1", "9", "4", "5", "0"]
    assert "is it good?" in run("judge", "show", "good", at)
    assert "def rubric()" in run("judge", "show", "good:v1", at)
    assert "too short" in run("trace", "show", f"{10:032x}", at)
    assert filled.api("/storage")["scores"] == 13
    assert filled.api("/storage")["spans"] == 24
