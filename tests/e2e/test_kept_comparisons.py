# SPDX-License-Identifier: Apache-2.0
"""What is kept of result rows over a restart: compared pairs, strata, and the metrics of lists."""

from __future__ import annotations

import pathlib
import random
import shutil
import sqlite3
import time
from typing import Any

import pytest
from evaluation_support import BASE, call, seed_suite, start
from vireo_server import Server

SAMPLES = [{"input": i, "metadata": {"city": ["rome", "oslo", "bern"][i % 3]}} for i in range(60)]


def fill(server: Server, workflow: str, models: int) -> list[int]:
    """A suite of two cases, and models with a number and a boolean for each sample."""
    seed_suite(server.data, workflow, "s", {"c": SAMPLES, "d": SAMPLES[:20]})
    dice = random.Random(workflow)
    ids = []
    for model in range(models):
        found = start(server, f"{workflow}{model}", suite="s", workflow=workflow)["id"]
        columns = {"score": [dice.random() + model for _ in SAMPLES], "ok": [dice.random() < 0.6 for _ in SAMPLES]}
        call(server, "POST", f"/evaluations/{found}/results", {"numbers": list(range(1, 61)), "columns": columns})
        ids.append(found)
    return ids


def compare(server: Server, ids: list[int], **more: Any) -> Any:
    return call(server, "GET", "/comparisons", evaluations=",".join(map(str, ids)), **more)["items"]


def headline(server: Server, evaluation: int, **filters: Any) -> tuple[Any, Any]:
    items = call(server, "GET", "/evaluations", include="metrics", **filters)["items"]
    (found,) = [x for x in items if x["id"] == evaluation]
    return found["samples"], found["metrics"]


def leaderboard(server: Server) -> Any:
    params = {"workflow": "restart", "suite": "s", "metrics": "score", "higher": "score"}
    return call(server, "GET", "/leaderboard", **params)["items"]


def test_a_restart_finds_what_was_computed(tmp_path: pathlib.Path) -> None:
    """The proof: the result files are gone, and everything is answered all the same."""
    server = Server(tmp_path).start()
    ids = fill(server, "restart", 3)
    first = compare(server, ids)
    strata = compare(server, ids, stratify="city")
    turned = compare(server, ids, baseline=ids[2])
    shown = headline(server, ids[0])
    one = compare(server, ids[:2], case="d", metrics="ok")
    for e in ids:
        call(server, "PATCH", f"/evaluations/{e}", {"status": "complete"})
    board = leaderboard(server)
    assert [row["model"] for row in board] == ["restart2:v1", "restart1:v1", "restart0:v1"]
    server.stop()
    shutil.rmtree(tmp_path / "results")
    server = Server(tmp_path).start()
    assert compare(server, ids) == first
    assert compare(server, ids, stratify="city") == strata
    assert compare(server, ids, baseline=ids[2]) == turned
    assert compare(server, ids[:2], case="d", metrics="ok") == one
    assert headline(server, ids[0]) == shown
    assert leaderboard(server) == board
    assert server.http.get("/api/v1/projects/default/evaluations/1/samples").status_code >= 400
    server.stop()


def test_strata_are_kept_and_cut_anew_when_metadata_change(shared_server: Server) -> None:
    server = shared_server
    call(server, "POST", "/workflows", {"name": "cut"}, 201)
    call(server, "POST", "/workflows/cut/cases", {"name": "c"}, 201)
    edits = [{"op": "add", "input": i, "metadata": {"city": "rome" if i < 30 else "oslo"}} for i in range(60)]
    made = call(server, "POST", "/workflows/cut/cases/c/commits", {"edits": edits}, 201)
    call(
        server,
        "POST",
        "/workflows/cut/suites",
        {"name": "s", "cases": [{"name": "c", "version": made["version"]}]},
        201,
    )
    ids = [start(server, f"cut{m}", suite="s", workflow="cut")["id"] for m in range(2)]
    for m, e in enumerate(ids):
        body = {"numbers": list(range(1, 61)), "columns": {"score": [i * (1 + 0.1 * m) for i in range(60)]}}
        call(server, "POST", f"/evaluations/{e}/results", body)
    first = compare(server, ids, stratify="city", case="c")
    assert [(x["stratum"], x["values"][0]["n"]) for x in first] == [("oslo", 30), ("rome", 30)]
    assert compare(server, ids, stratify="city", case="c") == first
    assert [x for x in compare(server, ids, stratify="city", correction="none") if x["case"] == "c"] == compare(
        server, ids, stratify="city", correction="none", case="c"
    )
    again = [{"op": "add", "input": i, "metadata": {"city": "bern"}} for i in range(10)]
    server.http.post("/api/v1/projects/default/workflows/cut/cases/c/commits", json={"edits": again}).raise_for_status()
    changed = compare(server, ids, stratify="city", case="c")
    assert [(x["stratum"], x["values"][0]["n"]) for x in changed] == [("bern", 10), ("oslo", 30), ("rome", 20)]


def test_a_list_tells_samples_and_metrics_when_asked(shared_server: Server) -> None:
    server = shared_server
    one, two = fill(server, "listed", 2)
    plain = call(server, "GET", "/evaluations", workflow="listed")["items"]
    assert all("metrics" not in x for x in plain)
    samples, metrics = headline(server, one, workflow="listed")
    rows = call(server, "GET", f"/evaluations/{one}/cases")["whole"]["means"]
    assert samples == 60 and metrics == {k: pytest.approx(v["mean"]) for k, v in rows.items()}
    given = {"suite": {"score": 7, "f1": 0.5, "table": [{"a": 1}], "nothing": {"double": "NaN"}}}
    call(server, "PUT", f"/evaluations/{one}/metrics", given, 204)
    assert headline(server, one, workflow="listed")[1] == {"score": 7, "ok": metrics["ok"], "f1": 0.5}
    call(server, "POST", f"/evaluations/{two}/results", {"numbers": [1], "columns": {"score": [1000]}})
    assert headline(server, two, workflow="listed")[1]["score"] > 17
    assert server.http.get("/api/v1/projects/default/evaluations?include=x").json()["field"] == "include"


def test_a_list_of_large_evaluations_is_quick_from_the_second_time_on(shared_server: Server) -> None:
    server = shared_server
    ids = fill(server, "quick", 4)
    for e in ids:
        call(server, "PATCH", f"/evaluations/{e}", {"status": "complete"})
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        items = call(server, "GET", "/evaluations", include="metrics", workflow="quick")["items"]
        if all(x["samples"] == 60 for x in items):
            break
    assert [set(x["metrics"]) for x in items] == [{"score", "ok"}] * 4


def test_who_reads_does_not_wait_for_who_writes(shared_server: Server) -> None:
    server = shared_server
    ids = fill(server, "busy", 2)
    writer = sqlite3.connect(server.data / "catalog.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        began = time.monotonic()
        assert headline(server, ids[0], workflow="busy")[0] == 60
        assert compare(server, ids)
        assert time.monotonic() - began < 2
    finally:
        writer.execute("ROLLBACK")
        writer.close()


def test_files_of_many_small_requests_become_few(shared_server: Server) -> None:
    server = shared_server
    seed_suite(server.data, "small", "s", {"c": [{"input": i} for i in range(200)]})
    found = start(server, "small", suite="s", workflow="small")["id"]
    for i in range(200):
        body = {"numbers": [i + 1], "columns": {"score": [i / 4], "word": [f"w{i}"], "ok": [i % 3 == 0]}}
        call(server, "POST", f"/evaluations/{found}/results", body)
    rows = call(server, "GET", f"/evaluations/{found}/samples", limit=1000)["items"]
    assert [r["metrics"] for r in rows] == [{"score": i / 4, "word": f"w{i}", "ok": i % 3 == 0} for i in range(200)]
    call(server, "PATCH", f"/evaluations/{found}", {"status": "complete"})
    (folder,) = (server.data / "results").glob(f"*/{found}")
    deadline = time.monotonic() + 20
    while len(list(folder.iterdir())) > 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(list(folder.iterdir())) <= 4  # a large one is not written again for few rows
    assert call(server, "GET", f"/evaluations/{found}/samples", limit=1000)["items"] == rows


def test_rows_are_filtered_by_metadata_too(shared_server: Server) -> None:
    server = shared_server
    samples = [
        {"input": i, "metadata": {"city": ["rome", "oslo"][i % 2], "age": i, "at": {"night": i % 3 == 0}}}
        for i in range(2100)
    ]
    seed_suite(server.data, "meta", "s", {"c": [*samples, {"input": "none"}]})
    found = start(server, "meta", suite="s", workflow="meta")["id"]
    columns = {"score": list(range(2101)), "metadata.odd": [i % 2 == 1 for i in range(2101)]}
    call(server, "POST", f"/evaluations/{found}/results", {"numbers": list(range(1, 2102)), "columns": columns})

    def numbers(text: str) -> set[int]:
        answer = call(server, "GET", f"/evaluations/{found}/samples", filter=text, limit=1000)
        assert len(answer["items"]) == min(answer["total"], 1000)
        return {r["number"] - 1 for r in answer["items"]} if answer["total"] <= 1000 else {answer["total"]}

    assert numbers("metadata.city:oslo score<100") == {i for i in range(100) if i % 2}
    assert numbers("metadata.age>=2095") == set(range(2095, 2100))
    assert numbers("metadata.at.night:true metadata.age<30") == {i for i in range(30) if i % 3 == 0}
    assert numbers("metadata.city=null") == {2100}
    assert numbers("metadata.none=null") == {2101}
    assert numbers("metadata.odd:true") == {1050}  # a metric of that name comes first
    assert (
        server.http.get(f"{BASE}/evaluations/{found}/samples", params={"filter": "meta:1"}).json()["field"] == "filter"
    )
