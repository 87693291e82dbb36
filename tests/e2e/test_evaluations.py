# SPDX-License-Identifier: Apache-2.0
"""Evaluations end to end: inferences, result rows, case metrics, plots, and what is refused."""

from __future__ import annotations

import math
import pathlib
import random
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from evaluation_support import BASE, call, seed_suite, start
from vireo_server import Server, run

CASES = {
    "rain": [{"input": {"x": i}, "expected": i % 2, "metadata": {"city": ["rome", "oslo"][i % 2]}} for i in range(10)],
    "snow": [{"input": {"x": i}, "expected": "snow"} for i in range(5, 15)],
}


@pytest.fixture
def suite(server: Server) -> Server:
    """A server with the suite `night`: rain has the samples 1..10, snow 6..15."""
    seed_suite(server.data, "wf", "night", CASES)
    return server


def infer(numbers: range, **more: Any) -> dict[str, Any]:
    return {"inferences": [{"number": n, "inference": {"y": float(n)}} for n in numbers], **more}


def refused(server: Server, method: str, path: str, body: Any, status: int = 400) -> tuple[str, str]:
    answer = server.http.request(method, BASE + path, json=body)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    return problem.get("field", ""), problem["detail"]


# ---------------------------------------------------------------- models and evaluations


def test_a_model_is_created_once_and_keeps_what_it_has(suite: Server) -> None:
    path = "/workflows/wf/models/helpful-meadow-5 (YOLOR-D6, 1280x1280)"
    made = call(suite, "PUT", path, {"metadata": {"framework": "pytorch"}, "tags": ["a", "b"]}, 201)
    assert made["tag"] == "helpful-meadow-5 (YOLOR-D6, 1280x1280):v1"
    again = call(suite, "PUT", path, {"metadata": {"framework": "other"}}, 200)
    assert again == made
    call(suite, "PUT", "/workflows/wf/models/second", {"tags": ["b"]}, 201)
    names = [m["name"] for m in call(suite, "GET", "/workflows/wf/models", tags="b")["items"]]
    assert names == ["helpful-meadow-5 (YOLOR-D6, 1280x1280)", "second"]
    assert len(call(suite, "GET", "/workflows/wf/models", tags="a,b")["items"]) == 1
    changed = call(suite, "PATCH", path, {"metadata": {"seed": 7}, "tags": []})
    assert (changed["metadata"], changed["tags"]) == ({"seed": 7}, [])
    call(suite, "PUT", "/workflows/none/models/x", {}, 404)
    assert call(suite, "GET", "/models/second")["latest"] == "second:v1"


def test_a_renamed_model_is_still_found(suite: Server) -> None:
    e = start(suite, "before")
    call(suite, "PATCH", "/models/before", {"name": "after"})
    assert call(suite, "GET", "/workflows/wf/models/before")["name"] == "after"
    assert call(suite, "GET", f"/evaluations/{e['id']}")["model"] == "after:v1"
    assert start(suite, "before")["id"] == e["id"]


def test_an_evaluation_is_found_again_and_configurations_accumulate(suite: Server) -> None:
    first = start(suite, "net", configurations=[{"display_name": "a", "configuration": {"t": 0.5}}])
    again = start(suite, "net", configurations=[{"display_name": "b", "configuration": {"t": 0.7}}])
    assert again["id"] == first["id"]
    assert [c["display_name"] for c in again["configurations"]] == ["a", "b"]
    assert start(suite, "net", evaluator="other")["id"] != first["id"]
    assert first["samples"] == first["remaining"] == 15
    assert first["target"] == {"kind": "suite", "workflow": "wf", "name": "night", "version": 1}
    listed = call(suite, "GET", "/evaluations", suite="night", model="net:v1", limit=1)
    assert listed["next_cursor"] and listed["items"][0]["evaluator"] == "other"
    rest = call(suite, "GET", "/evaluations", suite="night", model="net", cursor=listed["next_cursor"])
    assert [e["id"] for e in rest["items"]] == [first["id"]] and rest["next_cursor"] is None
    assert call(suite, "GET", "/evaluations", workflow="other")["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "suite"),
        ({"suite": {"workflow": "wf", "name": "night"}, "dataset": {"name": "d"}}, "suite"),
        ({"suite": {"workflow": "wf", "name": "day"}}, "suite"),
        ({"suite": {"workflow": "wf", "name": "night", "version": 2}}, "suite"),
        ({"suite": {"workflow": "wf", "name": "night", "version": "x"}}, "suite"),
        ({"dataset": {"name": "none"}}, "dataset"),
        ({"suite": {"workflow": "wf", "name": "night"}}, "model"),
        ({"suite": {"workflow": "wf", "name": "night"}, "model": "net"}, "model"),
        ({"suite": {"workflow": "wf", "name": "night"}, "model": "net:v9"}, "model"),
        ({"suite": {"workflow": "wf", "name": "night"}, "model": "net:v1", "evaluator": "e" * 201}, "evaluator"),
        ({"suite": {"workflow": "wf", "name": "night"}, "model": "net:v1", "judges": [1]}, "judges"),
        ({"suite": {"workflow": "wf", "name": "night"}, "model": "net:v1", "configurations": [{}]}, "configurations"),
    ],
)
def test_a_wrong_start_names_its_field(suite: Server, body: dict[str, Any], field: str) -> None:
    start(suite, "net")
    assert refused(suite, "POST", "/evaluations", body)[0] == field


def test_progress_and_failure_are_noted(suite: Server) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}"
    assert call(suite, "PATCH", path, {"progress": 0.25, "message": "rain"})["progress"] == 0.25
    assert call(suite, "PATCH", path, {"status": "failed", "message": "boom"})["message"] == "boom"
    done = call(suite, "PATCH", path, {"status": "complete", "metadata": {"digest": "x"}})
    assert (done["progress"], done["metadata"]) == (1.0, {"digest": "x"})
    assert refused(suite, "PATCH", path, {"status": "done"})[0] == "status"
    assert refused(suite, "PATCH", path, {"progress": 1.5})[0] == "progress"
    call(suite, "PATCH", "/evaluations/99", {}, 404)
    call(suite, "GET", "/evaluations/x", status=404)


# ---------------------------------------------------------------- inferences


def test_only_what_is_missing_is_asked_for_and_shared_between_evaluations(suite: Server) -> None:
    one = f"/evaluations/{start(suite, 'net')['id']}"
    other = f"/evaluations/{start(suite, 'net', evaluator='other')['id']}"
    assert call(suite, "POST", one + "/inferences", infer(range(1, 11))) == {"added": 10, "unchanged": 0}
    assert call(suite, "POST", one + "/inferences", infer(range(1, 12))) == {"added": 1, "unchanged": 10}
    page = call(suite, "GET", other + "/remaining", limit=3)
    assert ([s["number"] for s in page["items"]], page["total"]) == ([12, 13, 14], 4)
    assert page["items"][0]["input"] == {"x": 11}
    rest = call(suite, "GET", other + "/remaining", cursor=page["next_cursor"])
    assert [s["number"] for s in rest["items"]] == [15] and rest["next_cursor"] is None
    assert call(suite, "GET", other + "/remaining", all="true")["total"] == 15
    assert call(suite, "GET", one)["remaining"] == 4


def test_another_inference_needs_reset(suite: Server) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}"
    call(suite, "POST", path + "/inferences", infer(range(1, 4)))
    before = call(suite, "GET", path)["inferences_digest"]
    body = {"inferences": [{"number": 9, "inference": 1}, {"number": 2, "inference": {"y": 5}}]}
    field, detail = refused(suite, "POST", path + "/inferences", body, 409)
    assert field == "inferences" and "sample 2" in detail
    assert call(suite, "GET", path)["remaining"] == 12, "nothing of the request is kept"
    assert call(suite, "POST", path + "/inferences", body | {"reset": True}) == {"added": 2, "unchanged": 0}
    assert call(suite, "GET", path)["inferences_digest"] != before
    items = call(suite, "GET", path + "/inferences", case="rain", limit=2)["items"]
    assert [i["inference"] for i in items] == [{"y": 1.0}, {"y": 5}]


def test_key_order_and_space_do_not_make_another_inference(suite: Server) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}/inferences"
    send = [
        b'{"inferences":[{"number":1,"inference":{"a":1,"b":{"double":"NaN"}}}]}',
        b'{"inferences":[{"number":1,"inference":{ "b" : {"double":"NaN"}, "a": 1 }}]}',
    ]
    assert suite.http.post(BASE + path, content=send[0]).json()["added"] == 1
    assert suite.http.post(BASE + path, content=send[1]).json() == {"added": 0, "unchanged": 1}


def test_a_failed_inference_may_be_tried_again(suite: Server) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}"
    call(suite, "POST", path + "/inferences", {"inferences": [{"number": 1, "error": "CUDA"}]})
    assert call(suite, "GET", path)["remaining"] == 15
    item = call(suite, "GET", path + "/inferences", limit=1)["items"][0]
    assert (item["error"], item["inference"], item["inferred"]) == ("CUDA", None, False)
    call(suite, "POST", path + "/inferences", {"inferences": [{"number": 1, "inference": None, "latency_ms": 2.5}]})
    item = call(suite, "GET", path + "/inferences", limit=1)["items"][0]
    assert (item["error"], item["inferred"], item["latency_ms"]) == (None, True, 2.5)


def test_a_second_run_tells_what_is_not_deterministic(suite: Server) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}"
    call(suite, "POST", path + "/inferences", infer(range(1, 6)))
    body = {"inferences": [{"number": n, "inference": {"y": n if n == 3 else float(n)}} for n in range(1, 6)]}
    body["inferences"][2]["inference"] = {"y": 3.0000001}
    assert call(suite, "POST", path + "/verify", body) == {"checked": 5, "differing": [3]}
    told = call(suite, "GET", path)
    assert (told["checked"], told["differing"]) == (5, 1)
    differing = call(suite, "GET", path + "/inferences", differing="true")
    assert ([item["number"] for item in differing["items"]], differing["total"]) == ([3], 1)
    assert call(suite, "GET", path + "/inferences", differing="true", case="snow")["total"] == 0
    call(suite, "POST", path + "/inferences", {"inferences": [{"number": 3, "inference": 1}], "reset": True})
    assert call(suite, "GET", path + "/inferences", differing="true")["items"] == []
    call(suite, "POST", path + "/inferences", {**infer(range(3, 4)), "reset": True})
    assert call(suite, "POST", path + "/inferences", infer(range(1, 6)))["unchanged"] == 5


def test_expected_is_that_of_the_case(suite: Server) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}/inferences"
    shared = call(suite, "GET", path, case="snow", limit=1)["items"][0]
    assert (shared["number"], shared["expected"], shared["cases"]) == (6, "snow", ["rain", "snow"])
    assert call(suite, "GET", path, cursor="5", limit=1)["items"][0]["expected"] == 1
    call(suite, "GET", path, case="hail", status=404)


@pytest.mark.parametrize(
    ("item", "what"),
    [
        ({"inference": 1}, "[0].number"),
        ({"number": 1}, "[0].inference"),
        ({"number": 16, "inference": 1}, "no sample"),
        ({"number": 1, "inference": 1, "trace_id": "xyz"}, "trace_id"),
        (7, "[0]: must be an object"),
    ],
)
def test_a_wrong_inference_is_named(suite: Server, item: Any, what: str) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}/inferences"
    field, detail = refused(suite, "POST", path, {"inferences": [item]})
    assert field == "inferences" and what in detail


# ---------------------------------------------------------------- results


def rows(server: Server, path: str, **params: Any) -> dict[int, dict[str, Any]]:
    page = call(server, "GET", path + "/samples", **({"limit": 1000} | params))
    return {item["number"]: item["metrics"] for item in page["items"]}


def test_values_come_back_as_they_were_sent(suite: Server) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}"
    columns: dict[str, list[Any]] = {
        "truth": [True, False, None],
        "whole": [1, -(2**62), None],
        "number": [1, 0.1, {"double": "NaN"}],
        "infinite": [{"double": "Infinity"}, {"double": "-Infinity"}, 5e-324],
        "text": ['a " \\ \n é', "", None],
        "mixed": [1, "a", {"b": [None, True]}],
        "boxes": [[{"top_left": [1, 2]}], [], None],
        "nothing": [None, None, None],
        "big": [2**53 + 1, 0.5, 1],
    }
    call(suite, "POST", path + "/results", {"numbers": [3, 1, 2], "columns": columns})
    assert rows(suite, path) == {n: {k: v[i] for k, v in columns.items()} for i, n in enumerate([3, 1, 2])}
    kinds = {m["name"]: m["kind"] for m in call(suite, "GET", path + "/samples")["metrics"]}
    assert kinds == {
        "truth": "boolean", "whole": "number", "number": "number", "infinite": "number", "text": "text",
        "mixed": "json", "boxes": "json", "nothing": "none", "big": "json",
    }  # fmt: skip


def test_the_newest_row_counts_and_a_case_comes_before_no_case(suite: Server) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}"
    post = lambda **body: call(suite, "POST", path + "/results", body)  # noqa: E731
    post(case="rain", numbers=[6, 7], columns={"m": [1, 1]})
    post(numbers=[6, 7, 8], columns={"m": [2, 2, 2], "extra": ["a", "b", "c"]})
    post(case="rain", numbers=[7], columns={"m": [3]})
    post(numbers=[8], columns={"m": [4]})
    none = {"extra": None}
    assert rows(suite, path, case="rain") == {6: {"m": 1} | none, 7: {"m": 3} | none, 8: {"m": 4} | none}
    assert rows(suite, path, case="snow") == {6: {"m": 2, "extra": "a"}, 7: {"m": 2, "extra": "b"}, 8: {"m": 4} | none}
    assert rows(suite, path, case="all") == rows(suite, path) == rows(suite, path, case="snow")


def test_case_metrics_are_means_unless_the_evaluator_gave_them(suite: Server) -> None:
    path = f"/evaluations/{start(suite, 'net', configurations=[{'display_name': 'c', 'configuration': 1}])['id']}"
    values = [0.5, 1.0, {"double": "NaN"}, None]
    body = {"configuration": "c", "numbers": [1, 2, 3, 4], "columns": {"m": values, "ok": [True, True, False, None]}}
    call(suite, "POST", path + "/results", body)
    given = {"recall": 0.9, "worst": {"double": "NaN"}, "per_class": [{"label": "cat", "n": 3, "ap": 0.5}]}
    metrics = {
        "configuration": "c",
        "cases": {"snow": given},
        "suite": {"recall": 0.8},
        "thresholded": {"snow": [{"name": "tp", "threshold": 0.5, "n": 3}]},
    }
    call(suite, "PUT", path + "/metrics", metrics, 204)
    answer = call(suite, "GET", path + "/cases")
    rain, snow = answer["items"]
    assert answer["configuration"] == "c"
    assert (rain["case"], rain["derived"], rain["samples"], rain["rows"]) == ("rain", True, 10, 4)
    assert rain["metrics"] == {"m": 0.75, "ok": 2 / 3}
    assert rain["means"]["m"] == {"mean": 0.75, "n": 2, "kind": "number"}
    assert (snow["metrics"], snow["derived"], snow["thresholded"][0]["n"]) == (given, False, 3)
    assert answer["whole"]["metrics"] == {"recall": 0.8}
    call(suite, "GET", path + "/cases", configuration="d", status=400)


def test_rows_are_sorted_filtered_and_paged(suite: Server) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}"
    values = [0.3, 0.1, None, 0.9, {"double": "NaN"}, 0.5]
    labels = ["a", "b", "c d", "a", "a", None]
    call(
        suite, "POST", path + "/results", {"numbers": [1, 2, 3, 4, 5, 6], "columns": {"m": values, "my label": labels}}
    )
    page = call(suite, "GET", path + "/samples", sort="m", limit=2)
    assert [i["number"] for i in page["items"]] == [2, 1] and page["total"] == 6
    page = call(suite, "GET", path + "/samples", sort="m", limit=10, cursor=page["next_cursor"])
    assert [i["number"] for i in page["items"]] == [6, 4, 3, 5], "what is missing comes last"
    assert list(rows(suite, path, sort="m", order="desc"))[:3] == [4, 6, 1]
    assert list(rows(suite, path, filter="m>=0.3")) == [1, 4, 6]
    assert list(rows(suite, path, filter='m>=0.3 "my label"=a')) == [1, 4]
    assert list(rows(suite, path, filter='"my label"!="c d"')) == [1, 2, 4, 5, 6]
    assert list(rows(suite, path, filter="m:null")) == [3]
    for wrong in ("m", "m<x", '"m', "other=1", "m<"):
        answer = suite.http.get(BASE + path + "/samples", params={"filter": wrong})
        assert (answer.status_code, answer.json()["field"]) == (400, "filter"), wrong
    assert suite.http.get(BASE + path + "/samples", params={"sort": "x"}).json()["field"] == "sort"
    call(suite, "GET", path + "/samples", case="hail", status=404)


@pytest.mark.parametrize(
    ("body", "field", "what"),
    [
        ({"columns": {}}, "numbers", "list"),
        ({"numbers": [], "columns": {}}, "numbers", "empty"),
        ({"numbers": [1, 1], "columns": {}}, "numbers", "twice"),
        ({"numbers": [3, 1, 3], "columns": {}}, "numbers", "sample 3"),
        ({"numbers": [1, "a"], "columns": {}}, "numbers", "numbers[1]"),
        ({"numbers": [0], "columns": {}}, "numbers", "numbers[0]"),
        ({"numbers": [1.5], "columns": {}}, "numbers", "numbers[0]"),
        ({"numbers": [1, 16], "columns": {}}, "numbers", "16 is no sample"),
        ({"case": "snow", "numbers": [1], "columns": {}}, "numbers", "of this case"),
        ({"case": "hail", "numbers": [1], "columns": {}}, "case", "hail"),
        ({"case": 7, "numbers": [1], "columns": {}}, "case", "text"),
        ({"configuration": "x", "numbers": [1], "columns": {}}, "configuration", "x"),
        ({"numbers": [1]}, "columns", "object"),
        ({"numbers": [1], "columns": []}, "columns", "object"),
        ({"numbers": [1], "columns": {"m": 1}}, "columns", "columns.m: must be a list"),
        ({"numbers": [1], "columns": {"m": []}}, "columns", "0 values"),
        ({"numbers": [1], "columns": {"m": [1, 2]}}, "columns", "more values"),
        ({"numbers": [1], "columns": {"": [1]}}, "columns", "name"),
        ({"numbers": [1], "columns": {"x" * 201: [1]}}, "columns", "name"),
        ([], "", "object"),
    ],
)
def test_wrong_rows_are_refused_and_named(suite: Server, body: Any, field: str, what: str) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}"
    found, detail = refused(suite, "POST", path + "/results", body)
    assert found == field and what in detail
    assert rows(suite, path) == {}


def test_broken_json_is_refused(suite: Server) -> None:
    path = f"{BASE}/evaluations/{start(suite, 'net')['id']}/results"
    good = b'{"case": null, "numbers": [1, 2], "columns": {"m": [1, {"double": "NaN"}], "n": ["a", [1, {}]]}}'
    for cut in range(len(good)):
        answer = suite.http.post(path, content=good[:cut])
        assert answer.status_code == 400, good[:cut]
    for wrong in (
        good + b"{}",
        good.replace(b"1, 2", b"1, NaN"),
        b'{"numbers":[1],"columns":{"m":[' + b"[" * 400 + b"]}}",
    ):
        assert suite.http.post(path, content=wrong).status_code == 400
    doubled = b'{"numbers": [1], "columns": {"m": [1], "m": [2]}}'
    assert "twice" in suite.http.post(path, content=doubled).json()["detail"]
    assert suite.http.post(path, content=good).status_code == 200


def test_ten_thousand_metrics_are_the_limit(suite: Server) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}"
    many = {f"m{i}": [i / 7] for i in range(9997)}
    call(suite, "POST", path + "/results", {"numbers": [1], "columns": many})
    assert rows(suite, path)[1]["m9996"] == 9996 / 7
    field, _ = refused(suite, "POST", path + "/results", {"numbers": [1], "columns": many | {"more": [1]}}, 413)
    assert field == "columns"


TITLES = {"title": "t", "x_label": "x", "y_label": "y"}
PLOTS = {
    "curve": {"data_type": "PLOT/CURVE", **TITLES, "curves": [{"x": [1], "y": [2]}]},
    "histogram": {"data_type": "PLOT/HISTOGRAM", **TITLES, "buckets": [0, 1, 2], "frequency": [3, 4]},
    "bar": {"data_type": "PLOT/BAR", **TITLES, "labels": ["a", 1], "values": [1, None]},
    "matrix": {"data_type": "PLOT/CONFUSION_MATRIX", "title": "t", "labels": ["a", "b"], "matrix": [[1, None], [0, 2]]},
}


def test_plots_are_kept_by_case(suite: Server) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}"
    call(suite, "PUT", path + "/metrics", {"plots": {"rain": list(PLOTS.values()), "snow": []}}, 204)
    found = call(suite, "GET", path + "/plots", case="rain")["items"]
    assert found == [{"case": "rain", "configuration": None, "plots": list(PLOTS.values())}]


@pytest.mark.parametrize(
    ("plot", "change", "field"),
    [
        ("curve", {"curves": [{"x": [1], "y": [1, 2]}]}, "y"),
        ("curve", {"curves": [{"x": [None], "y": [1]}]}, "x"),
        ("curve", {"curves": [{"x": [1], "y": [1], "extra": {"t": []}}]}, "extra"),
        ("curve", {"x_config": {"type": "cubic"}}, "x_config"),
        ("histogram", {"buckets": [0]}, "buckets"),
        ("histogram", {"buckets": [0, 0, 1]}, "buckets"),
        ("histogram", {"frequency": [1]}, "frequency"),
        ("histogram", {"frequency": [[1, 2], [3, 4]]}, "labels"),
        ("histogram", {"frequency": [[1, 2], [3]], "labels": ["a", "b"]}, "frequency"),
        ("bar", {"values": [1]}, "values"),
        ("bar", {"labels": [], "values": []}, "labels"),
        ("matrix", {"labels": ["a"]}, "labels"),
        ("matrix", {"matrix": [[1, 2]]}, "matrix"),
        ("matrix", {"matrix": [[1, 2], [3]]}, "matrix"),
        ("matrix", {"title": None}, "title"),
        ("matrix", {"data_type": "PLOT/PIE"}, "data_type"),
    ],
)
def test_a_wrong_plot_is_named(suite: Server, plot: str, change: dict[str, Any], field: str) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}/metrics"
    found, detail = refused(suite, "PUT", path, {"plots": {"rain": [PLOTS["bar"], PLOTS[plot] | change]}})
    assert found == "plots" and f"plots.rain[1].{field}" in detail


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"cases": {"hail": {}}}, "cases"),
        ({"cases": {"rain": []}}, "cases"),
        ({"cases": {"rain": {"m": {"a": 1}}}}, "cases"),
        ({"cases": {"rain": {"m": [{"a": [1]}]}}}, "cases"),
        ({"cases": {"rain": {"m": [1]}}}, "cases"),
        ({"suite": {"m": {"a": 1}}}, "suite"),
        ({"thresholded": {"rain": [{"n": 1}]}}, "thresholded"),
        ({"configuration": "x", "cases": {}}, "configuration"),
    ],
)
def test_wrong_metrics_are_named(suite: Server, body: dict[str, Any], field: str) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}"
    assert refused(suite, "PUT", path + "/metrics", {"cases": {"rain": {"m": 1}}} | body)[0] == field
    assert call(suite, "GET", path + "/cases")["items"][0]["metrics"] == {}


# ---------------------------------------------------------------- files


def results_of(data: pathlib.Path) -> list[pathlib.Path]:
    return sorted((data / "results").rglob("*.parquet"))


def test_other_readers_read_the_files(suite: Server) -> None:
    path = f"/evaluations/{start(suite, 'net')['id']}"
    columns = {
        "m": [0.5, {"double": "NaN"}, None],
        "ok": [True, None, False],
        "label": ["a", "b", "a"],
        "l": [[1], {}, None],
    }
    call(suite, "POST", path + "/results", {"case": "rain", "numbers": [1, 2, 3], "columns": columns})
    (file,) = results_of(suite.data)
    table = pq.read_table(file)
    assert table.column_names == [
        "number",
        "case",
        "configuration",
        "metric.m",
        "metric.ok",
        "metric.label",
        "metric.l",
    ]
    got = table.to_pydict()
    assert (got["number"], got["case"], got["configuration"]) == ([1, 2, 3], ["rain"] * 3, [None] * 3)
    assert got["metric.m"][0] == 0.5 and math.isnan(got["metric.m"][1]) and got["metric.m"][2] is None
    assert got["metric.ok"] == [True, None, False]
    assert got["metric.l"] == ["[1]", "{}", None]
    counted = duckdb.sql(f"SELECT \"metric.label\", count(*) FROM '{file}' GROUP BY 1 ORDER BY 1").fetchall()
    assert counted == [("a", 2), ("b", 1)]


def test_what_was_answered_survives_kill_and_backup(
    start_server: Callable[..., Server], tmp_path: pathlib.Path
) -> None:
    server = start_server()
    seed_suite(server.data, "wf", "night", CASES)
    path = f"/evaluations/{start(server, 'net')['id']}"
    call(server, "POST", path + "/inferences", infer(range(1, 16)))
    call(server, "POST", path + "/results", {"numbers": [1, 2], "columns": {"m": [1, 2]}})
    run("backup", tmp_path / "copy", "--data", server.data)
    server.stop(signal.SIGKILL)
    stray = server.data / "results" / "1" / "1" / ("0" * 32 + ".parquet")
    stray.write_bytes(b"half a fi")
    server.start()
    assert rows(server, path) == {1: {"m": 1}, 2: {"m": 2}}
    assert call(server, "GET", path)["remaining"] == 0
    assert not stray.exists(), "what no answer promised is swept away"
    server.stop()
    assert "1 files of results" in run("doctor", "--data", tmp_path / "copy")
    copy = start_server(data=tmp_path / "copy")
    assert rows(copy, path) == {1: {"m": 1}, 2: {"m": 2}}
    copy.stop()
    (file,) = results_of(tmp_path / "copy")
    file.write_bytes(file.read_bytes()[:-1])
    assert "not those that were written" in run("doctor", "--data", tmp_path / "copy", code=1)
    file.unlink()
    assert "its file is missing" in run("doctor", "--data", tmp_path / "copy", code=1)


def test_a_lost_file_takes_its_own_evaluation_along_and_no_other(suite: Server) -> None:
    found = []
    for model in ("kept", "lost"):
        found.append(start(suite, model)["id"])
        body = {"numbers": [1, 2], "columns": {"recall": [0.25, 0.75]}}
        call(suite, "POST", f"/evaluations/{found[-1]}/results", body)
    (file,) = (suite.data / "results").glob(f"*/{found[1]}/*.parquet")
    file.unlink()
    problem = call(suite, "GET", f"/evaluations/{found[1]}/cases", status=500)
    assert "vireo doctor" in problem["detail"]
    lost, kept = call(suite, "GET", "/evaluations", include="metrics")["items"]
    assert lost["metrics"] is None and lost["samples"] is None
    assert kept["metrics"] == {"recall": 0.5} and kept["samples"] == 15
    for evaluation in found:
        call(suite, "PATCH", f"/evaluations/{evaluation}", {"status": "complete"})
    board = call(suite, "GET", "/leaderboard", workflow="wf", suite="night")["items"]
    assert [(row["evaluation"], row["metrics"]) for row in board] == [
        (found[0], {"recall": 0.5}),
        (found[1], {"recall": None}),
    ]


def test_deleting_takes_the_files_along(suite: Server) -> None:
    for model in ("a", "b"):
        path = f"/evaluations/{start(suite, model)['id']}"
        call(suite, "POST", path + "/inferences", infer(range(1, 3)))
        call(suite, "POST", path + "/results", {"numbers": [1], "columns": {"m": [1]}})
    call(suite, "DELETE", "/evaluations/1", status=204)
    assert len(results_of(suite.data)) == 1
    call(suite, "GET", "/evaluations/1", status=404)
    assert start(suite, "a")["remaining"] == 13, "inferences stay"
    assert suite.http.delete(BASE).status_code == 202
    assert results_of(suite.data) == []
    assert call(suite, "GET", "/evaluations")["items"] == []


def test_a_full_disk_refuses_rows_and_keeps_what_is_there(tmp_path: pathlib.Path) -> None:
    mount = tmp_path / "small"
    mount.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", mount], capture_output=True)
    if done.returncode:
        pytest.skip("needs the right to mount a small file system")
    server = Server(mount / "data").start()
    try:
        seed_suite(server.data, "wf", "night", {"rain": [{"input": i} for i in range(10_000)]})
        path = f"/evaluations/{start(server, 'net')['id']}"
        call(server, "POST", path + "/results", {"numbers": [1], "columns": {"m": [1]}})
        noise = random.Random(1)
        columns = {f"m{k}": [noise.random() for _ in range(9_999)] for k in range(60)}
        body = {"numbers": list(range(2, 10_001)), "columns": columns}
        codes = [server.http.post(f"{BASE}{path}/results", json=body).status_code for _ in range(20)]
        stored = codes.index(507)
        assert set(codes[:stored]) <= {200} and set(codes[stored:]) == {507}
        assert rows(server, path, limit=1)[1]["m"] == 1
        assert len(results_of(server.data)) == 1 + stored, "nothing half is left"
    finally:
        server.stop()
        subprocess.run(["umount", mount], check=True)
