# SPDX-License-Identifier: Apache-2.0
"""Aggregates, span lists, orders of traces, facets and comparisons, against DuckDB over the server's own files."""

from __future__ import annotations

import json
import math
import pathlib
import random
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from vireo_server import JSON, Server

FIRST_NS = 1_790_000_000_000_000_000
MINUTE_NS = 60_000_000_000
COUNTRIES = ["DE", "FR", "IT", "US"]


def attribute(key: str, value: Any) -> dict[str, Any]:
    kind = {str: "stringValue", bool: "boolValue", int: "intValue", float: "doubleValue"}[type(value)]
    return {"key": key, "value": {kind: str(value) if kind == "intValue" else value}}


def make_span(rng: random.Random, trace: int, number: int, again: bool = False) -> dict[str, Any]:
    start = FIRST_NS + trace * MINUTE_NS // 4 + number * 1000
    attributes = [
        attribute("vireo.tag.country", COUNTRIES[trace % 4 if trace % 7 else 0]),
        attribute("vireo.model.name", f"m{trace % 3}"),
        attribute("score", rng.random() * 10 - 5),
        attribute("customer", f"c{rng.randrange(400)}"),
    ]
    return {
        "traceId": f"{trace + 1:032x}",
        "spanId": f"{trace * 10 + number + 1:016x}",
        "parentSpanId": "" if number == 0 else f"{trace * 10 + 1:016x}",
        "name": f"step {number}",
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + int(rng.lognormvariate(18, 1.5))),
        "attributes": attributes,
        "status": {"code": 2 if again or rng.random() < 0.1 else 1},
    }


def send(server: Server, spans: list[dict[str, Any]]) -> None:
    body = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    answer = server.http.post("/v1/traces", content=json.dumps(body), headers=JSON)
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, duckdb.DuckDBPyConnection]]:
    """900 traces of three spans in three segments; some were sent again, as errors. The table `spans`: what counts."""
    rng = random.Random(7)
    data = tmp_path_factory.mktemp("aggregate") / "data"
    batches = [
        [make_span(rng, trace, n) for trace in range(b * 300, b * 300 + 300) for n in range(3)] for b in range(3)
    ]
    batches[2] += [make_span(rng, trace, 1, again=True) for trace in range(100, 700, 11)]
    for batch in batches:
        server = Server(data).start()
        send(server, batch)
        assert server.stop() == 0, server.log
    server = Server(data).start()
    yield server, open_table(data)
    assert server.stop() == 0, server.log


def open_table(data: pathlib.Path) -> duckdb.DuckDBPyConnection:
    db = duckdb.connect()
    files = [str(p) for p in data.glob("segments/*/*.parquet")]
    assert len(files) == 3
    db.execute(
        "CREATE TABLE spans AS SELECT *, epoch_ns(start) AS t FROM read_parquet(?, union_by_name=true) "
        "QUALIFY row_number() OVER (PARTITION BY trace_id, span_id ORDER BY seq DESC) = 1",
        [files],
    )
    assert db.execute("SELECT count(*) FROM spans").fetchone() == (2700,)
    return db


def test_counts_sums_and_distinct_values_are_those_of_duckdb(filled: tuple[Server, duckdb.DuckDBPyConnection]) -> None:
    server, db = filled
    measures = "count,errors,sum(latency),max(attr.score),distinct(attr.customer)"
    answer = server.api("/aggregate", by="tag.country,model", measure=measures, top=100)
    want = db.execute(
        "SELECT \"attr.vireo.tag.country\", model || coalesce(':v' || model_version, ''), count(*), "
        "count(*) FILTER (status = 'error'), "
        'sum(duration), max("attr.score#double"), count(DISTINCT "attr.customer") FROM spans GROUP BY 1, 2'
    ).fetchall()
    got = {tuple(g["key"]): g["values"] for g in answer["groups"]}
    assert len(got) == len(want) and answer["rows"] == 2700 and answer["other"] is None
    for country, model, *values in want:
        assert got[country, model] == pytest.approx([float(v) for v in values])


def test_percentiles_are_within_the_stated_error(filled: tuple[Server, duckdb.DuckDBPyConnection]) -> None:
    server, db = filled
    answer = server.api("/aggregate", by="name", measure="p50(latency),p95(latency),p(99.5,latency),p50(attr.score)")
    for group in answer["groups"]:
        for value, q, column in zip(
            group["values"], [0.5, 0.95, 0.995, 0.5], ["duration"] * 3 + ['"attr.score#double"'], strict=True
        ):
            (n,) = db.execute("SELECT count(*) FROM spans WHERE name = ?", group["key"]).fetchone()  # type: ignore[misc]
            rank = max(1, math.ceil(q * n))
            (want,) = db.execute(  # type: ignore[misc]
                f"SELECT {column} FROM spans WHERE name = ? ORDER BY 1 LIMIT 1 OFFSET {rank - 1}", group["key"]
            ).fetchone()
            assert value == pytest.approx(want, rel=answer["error_bound"])


def test_time_buckets_add_up(filled: tuple[Server, duckdb.DuckDBPyConnection]) -> None:
    server, db = filled
    for query, where in [("", "true"), ("status:error latency>10ms", "status = 'error' AND duration > 10000000")]:
        for _ in range(2):  # the second time from what was kept
            answer = server.api("/aggregate", query=query, step="10m", by="tag.country", top=2)
            assert answer["step_ns"] == 10 * MINUTE_NS
            first = int(db.execute("SELECT min(t) FROM spans").fetchone()[0]) // (10 * MINUTE_NS)  # type: ignore[index]
            series = [sum(x) for x in zip(*[g["series"][0] for g in answer["groups"] + [answer["other"]]], strict=True)]
            want = [0] * len(answer["times"])
            for bucket, count in db.execute(
                f"SELECT t // {10 * MINUTE_NS} - {first}, count(*) FROM spans WHERE {where} GROUP BY 1"
            ).fetchall():
                want[int(bucket)] = count
            assert series == want
    assert server.api("/aggregate", by="name")["cached"] is False


def test_a_window_cuts_and_traces_count_once(filled: tuple[Server, duckdb.DuckDBPyConnection]) -> None:
    server, db = filled
    low, high = FIRST_NS + 17 * MINUTE_NS + 500, FIRST_NS + 93 * MINUTE_NS
    answer = server.api("/aggregate", **{"from": str(low), "to": str(high)})
    want = db.execute("SELECT count(*) FROM spans WHERE t >= ? AND t < ?", [low, high]).fetchone()
    assert (answer["total"]["values"][0],) == want
    traces = server.api("/aggregate", of="traces", by="name", measure="count")
    assert traces["groups"][0]["key"] == ["step 0"] and traces["groups"][0]["values"] == [900]


def test_the_memtable_counts_and_a_span_sent_again_counts_once(tmp_path: pathlib.Path) -> None:
    rng = random.Random(1)
    server = Server(tmp_path / "data").start()
    spans = [make_span(rng, trace, 0) for trace in range(50)]
    send(server, spans)
    for path in ["/aggregate", "/traces/histogram", "/traces/facets", "/compare"]:
        first = server.api(path)
        assert first == server.api(path) | ({"cached": False} if path == "/aggregate" else {})
    assert server.api("/aggregate")["cached"] is True
    send(server, [make_span(rng, 60, 0)])
    assert server.api("/aggregate")["total"]["values"] == [51]
    assert server.api("/traces/histogram")["total"] == 51
    assert server.stop() == 0
    server.start()
    for span in spans[:20]:
        span["status"] = {"code": 2}
    send(server, spans[:20] + [make_span(rng, 77, 0)])
    answer = server.api("/aggregate", measure="count,errors", query="")
    assert answer["total"]["values"][0] == 52
    assert server.api("/aggregate", query="status:error")["total"]["values"][0] == answer["total"]["values"][1] >= 20
    listed = server.api("/spans", limit=100)["items"]
    assert len(listed) == 52 and sum(s["status"] == "error" for s in listed) == answer["total"]["values"][1]
    assert server.stop() == 0


def pages(server: Server, path: str, **params: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = server.api(path, cursor=cursor, **params)
        items += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            return items


def test_spans_are_listed_in_order(filled: tuple[Server, duckdb.DuckDBPyConnection]) -> None:
    server, db = filled
    items = pages(server, "/spans", query="tag.country:DE status:error", sort="-latency", limit=17)
    want = db.execute(
        "SELECT duration FROM spans WHERE \"attr.vireo.tag.country\" = 'DE' AND status = 'error' ORDER BY 1 DESC"
    ).fetchall()
    assert [s["duration_ns"] for s in items] == [d for (d,) in want]
    assert items[0].keys() >= {"trace_id", "span_id", "parent_span_id", "name", "type", "model", "status", "start_time"}


@pytest.mark.parametrize("sort", ["latency", "-latency", "start", "-start", "spans", "-tag.country"])
def test_traces_are_listed_in_order(filled: tuple[Server, duckdb.DuckDBPyConnection], sort: str) -> None:
    server, _ = filled
    items = pages(server, "/traces", sort=sort, limit=101)
    assert len({t["trace_id"] for t in items}) == len(items) == 900
    key = {"latency": "duration_ns", "start": "start_time", "spans": "span_count"}.get(sort.strip("-"))
    values = [t[key] if key else t["tags"]["country"] for t in items]
    assert values == sorted(values, reverse=sort.startswith("-"))


def test_facets_of_chosen_fields(filled: tuple[Server, duckdb.DuckDBPyConnection]) -> None:
    server, db = filled
    items = server.api("/traces/facets", keys="tag.country,attr.customer", top=2)["items"]
    assert [f["field"] for f in items] == ["tag.country", "attr.customer"]
    (want,) = db.execute(  # type: ignore[misc]
        "SELECT count(DISTINCT trace_id) FROM spans WHERE \"attr.vireo.tag.country\" = 'DE'"
    ).fetchone()
    # A trace that is spread over segments may count in each.
    assert items[0]["values"][0]["value"] == "DE" and want <= items[0]["values"][0]["count"] <= want + 55


def test_a_comparison_finds_what_differs(filled: tuple[Server, duckdb.DuckDBPyConnection]) -> None:
    server, _ = filled
    answer = server.api("/compare", query="tag.country:DE", query_b="-tag.country:DE", keys="tag.country,model")
    assert answer["a"]["traces"] + answer["b"]["traces"] == 900
    first = answer["items"][0]
    assert (first["field"], first["value"], first["share_a"], first["share_b"]) == ("tag.country", "DE", 1, 0)
    assert first["p_value"] < 1e-20 and first["lift"] is None
    same = server.api("/compare", keys="model")
    assert same["a"] == same["b"] and all(i["p_value"] == 1 for i in same["items"])


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        ("/aggregate", {"measure": "speed"}, "measure"),
        ("/aggregate", {"measure": "p95(model)"}, "measure"),
        ("/aggregate", {"by": "modl"}, "by"),
        ("/aggregate", {"by": "input"}, "by"),
        ("/aggregate", {"order": "errors"}, "order"),
        ("/aggregate", {"step": "1"}, "step"),
        ("/aggregate", {"step": "soon"}, "step"),
        ("/aggregate", {"step": "-5"}, "step"),
        ("/aggregate", {"of": "things"}, "of"),
        ("/aggregate", {"top": "0"}, "top"),
        ("/aggregate", {"buckets": "1001"}, "buckets"),
        ("/spans", {"sort": "model"}, "sort"),
        ("/spans", {"cursor": "1.2.3"}, "cursor"),
        ("/traces", {"sort": "weight"}, "sort"),
        ("/traces", {"sort": "latency", "cursor": "x"}, "cursor"),
        ("/traces/facets", {"keys": "a"}, "keys"),
        ("/traces/facets", {"top": "101"}, "top"),
        ("/compare", {"query_b": "("}, "query_b"),
        ("/compare", {"from_b": "monday"}, "from_b"),
    ],
)
def test_what_is_wrong_is_named(
    filled: tuple[Server, duckdb.DuckDBPyConnection], path: str, params: dict[str, str], field: str
) -> None:
    server, _ = filled
    answer = server.http.get(f"/api/v1/projects/default{path}", params=params)
    assert answer.status_code == 400 and answer.json()["field"] == field
