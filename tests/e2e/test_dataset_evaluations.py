# SPDX-License-Identifier: Apache-2.0
"""Evaluations on datasets: one case, `all`; versions and splits are other evaluations of the same samples."""

from __future__ import annotations

import json
from typing import Any

import pytest
from evaluation_support import BASE, call
from vireo_server import Server, run

FINGERPRINT = "ab" * 32


@pytest.fixture(scope="module")
def questions(shared_server: Server) -> Server:
    """`questions:v1` has 12 samples in two splits; v2 lacks one and has one more.  Two models of code."""
    server = shared_server
    call(server, "POST", "/datasets", {"name": "questions"}, 201)
    samples = [
        {
            "id": f"q{i}",
            "input": {"text": f"{i}?"},
            "expected": i,
            "split": ["train", "test"][i % 2],
            "metadata": {"n": i},
        }
        for i in range(12)
    ]
    call(server, "POST", "/datasets/questions/commits", {"mode": "upsert", "samples": samples}, 201)
    change = {"mode": "upsert", "samples": [{"id": "q99", "input": "new", "split": "test"}], "remove": ["q0"]}
    call(server, "POST", "/datasets/questions/commits", change, 201)
    for model in ("old", "new"):
        body = {"fingerprint": FINGERPRINT, "source": "def m(): ..."}
        assert server.http.post(f"{BASE}/models/{model}/versions", json=body).status_code in (200, 201)
    return server


def begin(server: Server, model: str, **dataset: Any) -> Any:
    body = {
        "dataset": {"name": "questions"} | dataset,
        "model": f"{model}:v1",
        "evaluator": "judges",
        "judges": ["j:v1"],
    }
    answer = server.http.post(f"{BASE}/evaluations", json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def numbers(server: Server, evaluation: int) -> dict[str, int]:
    items = call(server, "GET", f"/evaluations/{evaluation}/remaining", all="true", limit=1000)["items"]
    return {item["id"]: item["number"] for item in items}


def test_versions_and_splits_are_evaluations_of_their_own(questions: Server) -> None:
    newest = begin(questions, "old")
    assert newest["target"] == {"kind": "dataset", "name": "questions", "version": 2, "split": None}
    assert newest["judges"] == ["j:v1"] and newest["samples"] == 12
    first = begin(questions, "old", version="v1")
    half = begin(questions, "old", version=1, split="test")
    assert len({newest["id"], first["id"], half["id"]}) == 3
    assert (half["samples"], half["target"]["split"]) == (6, "test")
    assert begin(questions, "old", version=1, split="test")["id"] == half["id"]
    assert set(numbers(questions, first["id"])) - set(numbers(questions, newest["id"])) == {"q0"}
    body = {"inferences": [{"number": n, "inference": n} for n in numbers(questions, half["id"]).values()]}
    call(questions, "POST", f"/evaluations/{half['id']}/inferences", body)
    assert call(questions, "GET", f"/evaluations/{half['id']}")["remaining"] == 0
    assert call(questions, "GET", f"/evaluations/{first['id']}")["remaining"] == 6, "shared with the other versions"
    assert call(questions, "GET", "/evaluations", dataset="questions", version="v1", model="old:v1")["items"]


def test_rows_metrics_and_comparison_have_the_one_case_all(questions: Server) -> None:
    ids = []
    for model, shift in (("old", 0.0), ("new", 0.25)):
        evaluation = begin(questions, model)
        by_id = numbers(questions, evaluation["id"])
        where = {"case": "all"} if model == "old" else {}
        body = {
            "numbers": list(by_id.values()),
            "columns": {"helpful": [0.5 + shift + n % 3 / 10 for n in by_id.values()]},
        }
        call(questions, "POST", f"/evaluations/{evaluation['id']}/results", body | where)
        given = {"cases": {"all": {"f1": 0.5 + shift}}} if model == "old" else {"suite": {"f1": 0.5 + shift}}
        call(questions, "PUT", f"/evaluations/{evaluation['id']}/metrics", given, 204)
        call(questions, "PATCH", f"/evaluations/{evaluation['id']}", {"status": "complete"})
        cases = call(questions, "GET", f"/evaluations/{evaluation['id']}/cases")
        assert [c["case"] for c in cases["items"]] == ["all"]
        assert cases["items"][0]["metrics"] == cases["whole"]["metrics"] == {"f1": 0.5 + shift}
        assert cases["items"][0]["rows"] == 12
        ids.append(evaluation["id"])
    answer = call(questions, "GET", "/comparisons", evaluations=f"{ids[0]},{ids[1]}", higher="helpful")
    lines = {x["metric"]: x for x in answer["items"]}
    assert {x["case"] for x in answer["items"]} == {"all"} and len(lines) == len(answer["items"]) == 2
    assert lines["helpful"]["values"][1]["delta"] == pytest.approx(0.25)
    assert lines["helpful"]["values"][1]["verdict"] == "improved"
    assert lines["f1"]["values"][1]["delta"] == pytest.approx(0.25)
    split = call(questions, "GET", "/comparisons", evaluations=f"{ids[0]},{ids[1]}", stratify="split")["items"]
    assert [x["stratum"] for x in split] == ["test", "train"]
    assert [x["values"][0]["n"] for x in split] == [7, 5]
    board = call(questions, "GET", "/leaderboard", dataset="questions", higher="helpful")
    assert [x["model"] for x in board["items"]] == ["new:v1", "old:v1"]
    rows = call(questions, "GET", f"/evaluations/{ids[0]}/samples", filter="helpful>=0.6")
    assert rows["total"] and all(x["metrics"]["helpful"] >= 0.6 for x in rows["items"])
    whole = {x["number"]: x for x in call(questions, "GET", f"/evaluations/{ids[1]}/samples")["items"]}
    some = sorted(whole)[1::3]
    asked = ",".join(map(str, [*some, 100_000]))
    told = call(questions, "GET", f"/evaluations/{ids[1]}/samples", numbers=asked, limit=1)
    assert told["items"] == [whole[n] for n in some] and told["next_cursor"] is None
    for wrong in ("2,1", "1,1", "1,", "x", "", ",".join(map(str, range(1, 1002)))):
        answer = questions.http.get(f"{BASE}/evaluations/{ids[1]}/samples", params={"numbers": wrong})
        assert (answer.status_code, answer.json()["field"]) == (400, "numbers"), wrong
    at = ("--url", questions.url, "--dataset", "questions", "--model", "new", "--baseline", "old")
    run("gate", *at, "--require", "helpful > baseline + 0.2", code=0)
    told = json.loads(run("gate", *at, "--require", "f1 >= 0.9", "--json", code=1).splitlines()[0])
    assert told["target"] == "questions v2"


def test_evaluations_go_with_their_dataset(questions: Server) -> None:
    call(questions, "POST", "/datasets", {"name": "short"}, 201)
    call(questions, "POST", "/datasets/short/commits", {"mode": "upsert", "samples": [{"input": 1}]}, 201)
    made = questions.http.post(f"{BASE}/evaluations", json={"dataset": {"name": "short"}, "model": "old:v1"}).json()
    call(questions, "POST", f"/evaluations/{made['id']}/inferences", {"inferences": [{"number": 1, "inference": 1}]})
    call(questions, "POST", f"/evaluations/{made['id']}/results", {"numbers": [1], "columns": {"m": [1]}})
    assert questions.http.delete(f"{BASE}/datasets/short").status_code in (200, 202, 204)
    call(questions, "GET", f"/evaluations/{made['id']}", status=404)
