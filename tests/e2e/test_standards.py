# SPDX-License-Identifier: Apache-2.0
"""Quality standards, the leaderboard, and result rows in bulk."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow.parquet as pq
import pytest
from evaluation_support import BASE, call, seed_suite, start
from vireo_server import Server

STANDARD: dict[str, Any] = {
    "target": {"workflow": "wf"},
    "metric_groups": [
        {"name": "quality", "metrics": [{"label": "Recall", "metric": "recall", "higher_is_better": True}]},
        {"name": "speed", "metrics": [{"label": "Steps", "metric": "steps", "higher_is_better": False}]},
    ],
    "strata": ["city"],
}


@pytest.fixture(scope="module")
def board(shared_server: Server) -> tuple[Server, list[int]]:
    """Three models: recall 0.2, 0.6, 0.4; steps 1, 2, 3."""
    samples = [{"input": i, "metadata": {"city": ["rome", "oslo"][i % 2]}} for i in range(40)]
    seed_suite(shared_server.data, "wf", "night", {"rain": samples[:30], "snow": samples[10:]})
    ids = []
    for model, recall in enumerate([0.2, 0.6, 0.4]):
        found = start(shared_server, f"m{model}")["id"]
        columns = {
            "recall": [recall + 0.1 * (i % 2) - 0.05 for i in range(40)],
            "steps": [model + 1 + i % 2 for i in range(40)],
            "tag": ["a", None] * 20,
        }
        body = {"numbers": list(range(1, 41)), "columns": columns}
        call(shared_server, "POST", f"/evaluations/{found}/results", body)
        call(shared_server, "PATCH", f"/evaluations/{found}", {"status": "complete"})
        ids.append(found)
    return shared_server, ids


def test_a_standard_is_kept_replaced_listed_and_deleted(board: tuple[Server, list[int]]) -> None:
    server, _ = board
    assert call(server, "PUT", "/standards/driving", STANDARD)["standard"] == STANDARD
    call(server, "PUT", "/standards/driving", STANDARD | {"strata": []})
    assert call(server, "GET", "/standards/driving")["standard"]["strata"] == []
    assert "driving" in [s["name"] for s in call(server, "GET", "/standards")["items"]]
    call(server, "DELETE", "/standards/driving", status=204)
    call(server, "GET", "/standards/driving", status=404)
    call(server, "DELETE", "/standards/driving", status=404)


def test_a_copy_takes_what_is_asked_for(board: tuple[Server, list[int]]) -> None:
    server, _ = board
    call(server, "PUT", "/standards/from", STANDARD)
    call(server, "PUT", "/standards/to", {"target": 1, "metric_groups": [], "strata": ["age"]})
    copied = call(server, "POST", "/standards/from/copy", {"to": "to", "strata": False})["standard"]
    assert copied == {"target": 1, "metric_groups": STANDARD["metric_groups"], "strata": ["age"]}
    fresh = call(server, "POST", "/standards/from/copy", {"to": "new"})["standard"]
    assert fresh == STANDARD
    for body, field in (
        ({}, "to"),
        ({"to": "from"}, "to"),
        ({"to": "x", "strata": False, "metric_groups": False}, "metric_groups"),
    ):
        answer = server.http.post(f"{BASE}/standards/from/copy", json=body)
        assert (answer.status_code, answer.json()["field"]) == (400, field)
    call(server, "POST", "/standards/none/copy", {"to": "x"}, 404)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"metric_groups": 1}, "metric_groups"),
        ({"metric_groups": [1]}, "metric_groups"),
        ({"metric_groups": [{"name": "a"}]}, "metric_groups"),
        ({"metric_groups": [{"name": "a", "metrics": [{"label": "x"}]}]}, "metric_groups"),
        ({"metric_groups": [{"name": "a", "metrics": [{"label": "x", "metric": "a,b"}]}]}, "metric_groups"),
        ({"metric_groups": [{"name": "a", "metrics": [{"label": "x", "metric": "m"}] * 2}]}, "metric_groups"),
        ({"strata": [1]}, "strata"),
        ({"strata": ["x"] * 51}, "strata"),
    ],
)
def test_a_wrong_standard_names_its_field(board: tuple[Server, list[int]], change: dict[str, Any], field: str) -> None:
    answer = board[0].http.put(f"{BASE}/standards/wrong", json=STANDARD | change)
    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text


def test_a_result_compares_by_the_standard(board: tuple[Server, list[int]]) -> None:
    server, ids = board
    call(server, "PUT", "/standards/s", STANDARD)
    result = call(server, "GET", "/standards/s/result", evaluations=",".join(map(str, ids)), case="all")
    whole, by_city = result["results"]
    assert (whole["stratify"], by_city["stratify"]) == (None, "city")
    assert [(x["metric"], x["direction"]) for x in whole["items"]] == [("recall", "higher"), ("steps", "lower")]
    assert [v.get("verdict") for v in whole["items"][0]["values"]] == [None, "improved", "improved"]
    assert [v.get("verdict") for v in whole["items"][1]["values"]] == [None, "regressed", "regressed"]
    assert {x["stratum"] for x in by_city["items"]} == {"rome", "oslo"}
    assert result["baseline"] == ids[0]
    open_group = {"name": "open", "metrics": [{"label": "R", "metric": "recall", "higher_is_better": None}]}
    call(server, "PUT", "/standards/open", STANDARD | {"metric_groups": [open_group], "strata": []})
    result = call(server, "GET", "/standards/open/result", evaluations=",".join(map(str, ids)), case="all")
    (line,) = result["results"][0]["items"]
    assert line["direction"] is None
    assert [v.get("verdict") for v in line["values"]] == [None, "unknown", "unknown"]
    call(server, "GET", "/standards/none/result", status=404)
    assert server.http.get(f"{BASE}/standards/s/result").json()["field"] == "evaluations"


def test_the_leaderboard_ranks_by_standardised_scores(board: tuple[Server, list[int]]) -> None:
    server, ids = board
    answer = call(server, "GET", "/leaderboard", workflow="wf", suite="night", lower="steps")
    recall, steps = [0.2, 0.6, 0.4], [1.5, 2.5, 3.5]
    scores = [((r - 0.4) / 0.4 + (2.5 - s) / 2.0) / 2 for r, s in zip(recall, steps, strict=True)]
    order = sorted(range(3), key=lambda i: -scores[i])
    assert [x["evaluation"] for x in answer["items"]] == [ids[i] for i in order]
    assert [x["score"] for x in answer["items"]] == pytest.approx([scores[i] for i in order])
    assert answer["items"][0]["metrics"]["steps"] == pytest.approx(steps[order[0]])
    assert answer["version"] == 1 and {m["name"] for m in answer["metrics"]} == {"recall", "steps"}
    only = call(server, "GET", "/leaderboard", workflow="wf", suite="night", metrics="recall")
    assert [x["evaluation"] for x in only["items"]] == [ids[1], ids[2], ids[0]]
    assert call(server, "GET", "/leaderboard", workflow="wf", suite="day")["items"] == []
    for params in ({}, {"suite": "night"}, {"suite": "a", "dataset": "b"}):
        assert server.http.get(f"{BASE}/leaderboard", params=params).json()["field"] == "suite"


def test_scores_that_cancel_out_share_a_rank(shared_server: Server) -> None:
    """One is better in recall by what it is worse in precision: rounding must not tell them apart."""
    seed_suite(shared_server.data, "ties", "even", {"c": [{"input": 1}]})
    given = [(0.1, 0.3), (0.3, 0.1), (0.2, 0.2), (0.0, 0.0), (None, None)]
    for i, (recall, precision) in enumerate(given):
        found = start(shared_server, f"tie{i}", suite="even", workflow="ties")["id"]
        values = {} if recall is None else {"recall": recall, "precision": precision}
        call(shared_server, "PUT", f"/evaluations/{found}/metrics", {"suite": values}, 204)
        call(shared_server, "PATCH", f"/evaluations/{found}", {"status": "complete"})
    items = call(shared_server, "GET", "/leaderboard", workflow="ties", suite="even")["items"]
    assert [(x["rank"], x["model"]) for x in items] == [
        (1, "tie2:v1"), (1, "tie1:v1"), (1, "tie0:v1"), (4, "tie3:v1"), (5, "tie4:v1"),
    ]  # fmt: skip
    assert len({x["score"] for x in items[:3]}) == 1 and items[0]["score"] == pytest.approx(1 / 6)
    even = call(shared_server, "GET", "/leaderboard", workflow="ties", suite="even", neither="recall,precision")
    assert [(x["rank"], x["score"]) for x in even["items"]] == [(1, None)] * 5


def export(server: Server, path: str, **params: Any) -> list[bytes]:
    """The bodies of all pages."""
    pages = []
    cursor = None
    while True:
        answer = server.http.get(BASE + path, params=params | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        pages.append(answer.content)
        cursor = answer.headers.get("x-vireo-next-cursor")
        if cursor is None:
            return pages


def test_rows_are_exported_as_lines_and_as_parquet(board: tuple[Server, list[int]]) -> None:
    server, ids = board
    path = f"/evaluations/{ids[0]}"
    first = call(server, "GET", f"{path}/samples", limit=1, case="snow")["items"][0]
    score = {"number": first["number"], "name": "looks", "value": "odd \u00e4", "source": "person", "by": "ann"}
    assert call(server, "POST", "/workflows/wf/scores", {"scores": [score]})["accepted"] == 1
    shown = call(server, "GET", f"{path}/samples", limit=1000, case="snow")["items"]
    assert [x["scores"] != [] for x in shown] == [x["number"] == first["number"] for x in shown]
    pages = export(server, f"{path}/export", case="snow", limit=7)
    assert len(pages) == 5
    assert [json.loads(line) for page in pages for line in page.splitlines()] == shown
    (file,) = export(server, f"{path}/export", case="snow", format="parquet")
    table = pq.read_table(io.BytesIO(file)).to_pydict()
    assert table["number"] == [x["number"] for x in shown]
    assert table["metric.recall"] == [x["metrics"]["recall"] for x in shown]
    assert table["metric.tag"] == [x["metrics"]["tag"] for x in shown]
    assert [json.loads(t) for t in table["input"]] == [x["input"] for x in shown]
    assert [json.loads(t) for t in table["metadata"]] == [x["metadata"] for x in shown]
    assert [json.loads(t or "[]") for t in table["scores"]] == [x["scores"] for x in shown]
    filtered = export(server, f"{path}/export", filter="recall>0.2", format="parquet")
    assert all(v > 0.2 for v in pq.read_table(io.BytesIO(filtered[0])).to_pydict()["metric.recall"])
    call(server, "GET", f"{path}/export", case="hail", status=404)
    call(server, "GET", f"{path}/export", format="xml", status=400)
