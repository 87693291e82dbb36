# SPDX-License-Identifier: Apache-2.0
"""`vireo export` to CSV, read back by pandas, DuckDB and Python's csv module."""

from __future__ import annotations

import csv
import io
import json
import pathlib
import random

import duckdb
import pandas
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from vireo_server import Server, all_traces, rejected, run

ODD = [
    'a "quoted" word',
    "one, two",
    "line\nbreak",
    "\r\n",
    " blanks ",
    "=1+1",
    "-5",
    "@x",
    "'",
    "größe 漢字",
    "",
    "plain",
]
START = 1_790_000_000_000_000_000


def add_text(span, key: str, value: str) -> None:
    span.attributes.add(key=key).value.string_value = value


def odd_request(traces: int, dice: random.Random) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    request.resource_spans[0].resource.attributes.add(key="service.name").value.string_value = "tests"
    for trace in range(1, traces + 1):
        for number in range(1, 4):
            span = scope.spans.add()
            span.trace_id = trace.to_bytes(16, "big")
            span.span_id = (trace * 10 + number).to_bytes(8, "big")
            if number > 1:
                span.parent_span_id = (trace * 10 + 1).to_bytes(8, "big")
            span.name = dice.choice(ODD) or "unnamed"
            span.start_time_unix_nano = START + trace * 10**9
            span.end_time_unix_nano = START + trace * 10**9 + dice.randrange(10**9)
            add_text(span, "vireo.input", " ".join(dice.choices(ODD, k=3)))
            add_text(span, "vireo.tag.country", dice.choice(["DE", "FR", "=cmd|' /C calc'!A0"]))
            add_text(span, "odd, key", dice.choice(ODD))
            span.attributes.add(key="vireo.tag.retries").value.int_value = dice.randrange(5)
            span.attributes.add(key="share").value.double_value = dice.random()
            span.attributes.add(key="fresh").value.bool_value = dice.random() < 0.5
    return request


@pytest.fixture(scope="module")
def odd(shared_server: Server) -> Server:
    assert rejected(shared_server.send(odd_request(150, random.Random(7)))) == 0
    return shared_server


COLUMNS = (
    'trace,span,parent,time,latency,name,input,tag.country,tag.retries,attr.share,fresh.x,attr."odd, key",attr.fresh'
)


def expected(server: Server) -> dict[str, dict]:
    """The spans as the API gives them, by id."""
    return {
        span["span_id"]: span | {"trace_id": item["trace_id"]}
        for item in all_traces(server)
        for span in server.api(f"/traces/{item['trace_id']}")["spans"]
    }


def test_every_value_comes_back_as_it_was(odd: Server, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.csv"
    assert "x.csv" in run("export", path, "--columns", COLUMNS, "--url", odd.url)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    spans = expected(odd)
    assert len(rows) == len(spans) == 450
    for row in rows:
        span = spans[row["span"]]
        assert row["trace"] == span["trace_id"]
        assert row["parent"] == (span["parent_span_id"] or "")
        assert row["name"] == span["name"]
        assert row["input"] == span["input"]
        assert int(row["latency"]) == span["duration_ns"]
        assert row["time"] == span["start_time"]
        assert row["tag.country"] == span["tags"]["country"]
        assert int(row["tag.retries"]) == span["tags"]["retries"]
        assert float(row["attr.share"]) == span["attributes"]["share"]
        assert row['attr."odd, key"'] == span["attributes"]["odd, key"]
        assert row["attr.fresh"] == str(span["attributes"]["fresh"]).lower()
        assert row["fresh.x"] == ""


def test_pandas_and_duckdb_agree_with_the_store(odd: Server, tmp_path: pathlib.Path) -> None:
    path, parquet = tmp_path / "x.csv", tmp_path / "x.parquet"
    run("export", path, "--columns", COLUMNS, "--where", "tag.retries>1", "--url", odd.url)
    run("export", parquet, "--where", "tag.retries>1", "--url", odd.url)
    frame = pandas.read_csv(path)
    table = pandas.read_parquet(parquet)
    assert len(frame) == len(table) > 0
    assert frame["latency"].sum() == table["duration"].sum()
    assert frame["tag.retries"].sum() == table["attr.vireo.tag.retries#int"].sum()
    assert frame["attr.share"].sum() == pytest.approx(table["attr.share#double"].sum(), rel=1e-12)
    counted = f"select count(*), sum(latency), count(distinct trace), count(parent) from read_csv('{path}')"
    of_store = (
        f"select count(*), sum(duration), count(distinct trace_id), count(parent_id) from read_parquet('{parquet}')"
    )
    assert duckdb.sql(counted).fetchall() == duckdb.sql(of_store).fetchall()
    assert duckdb.sql(f"select typeof(time) from read_csv('{path}') limit 1").fetchall() == [
        ("TIMESTAMP WITH TIME ZONE",)
    ]


def test_formulas_are_made_harmless_on_demand_only(odd: Server) -> None:
    at = ("export", "-", "--format", "csv", "--columns", "name,tag.country,tag.retries", "--url", odd.url)
    plain = list(csv.reader(io.StringIO(run(*at), newline="")))
    safe = list(csv.reader(io.StringIO(run(*at, "--spreadsheet"), newline="")))
    assert len(plain) == len(safe) == 451
    changed = 0
    for before, after in zip(plain, safe, strict=True):
        for a, b in zip(before, after, strict=True):
            dangerous = a.strip()[:1] in tuple("=+-@|%") or a[:1] in "\t\r\n"
            assert b == ("'" + a if a and dangerous else a)
            changed += a != b
    assert changed > 50
    assert {row[2] for row in safe[1:]} == {"0", "1", "2", "3", "4"}


def test_the_usual_columns_and_mistakes(odd: Server, tmp_path: pathlib.Path) -> None:
    at = ("--url", odd.url)
    run("export", tmp_path / "usual.csv", f"trace:{7:032x}", *at)
    frame = pandas.read_csv(tmp_path / "usual.csv")
    assert list(frame.columns[:5]) == ["trace", "span", "parent", "time", "latency"]
    assert len(frame) == 3
    run("export", tmp_path / "none.csv", "status:error", *at)
    assert (tmp_path / "none.csv").read_text().startswith("trace,span,")
    assert "did you mean 'latency'" in run("export", tmp_path / "a.csv", "--columns", "latncy", *at, code=2)
    assert "there is no ''" in run("export", tmp_path / "a.csv", "--columns", "name,,time", *at, code=2)
    assert "at most" in run("export", tmp_path / "a.csv", "--columns", ",".join(["name"] * 300), *at, code=2)
    assert "for --format csv" in run("export", tmp_path / "a.jsonl", "--columns", "name", *at, code=2)
    assert "needs a file" in run("export", "-", "--format", "parquet", *at, code=2)
    assert "a query in quotes" in run("export", tmp_path / "a.csv", "name:x", "--where", "name:y", *at, code=2)
    assert "query" in run("export", tmp_path / "a.csv", "--where", "status:", *at, code=1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["none.csv", "usual.csv"]


def test_other_formats_go_to_standard_output_too(odd: Server) -> None:
    lines = run("export", "-", "--where", "tag.retries:4", "--format", "jsonl", "--url", odd.url).splitlines()
    traces = [json.loads(line) for line in lines]
    assert traces
    assert all(any(s["tags"]["retries"] == 4 for s in t["spans"]) for t in traces)
