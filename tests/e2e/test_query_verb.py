# SPDX-License-Identifier: Apache-2.0
"""`vireo query`: lists and aggregates as tables, JSON and CSV, beside DuckDB over an export."""

from __future__ import annotations

import csv
import io
import json
import pathlib
import random
import subprocess

import duckdb
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from vireo_server import BINARY, Server, all_traces, clean_environment, rejected, run

HOUR = 3_600_000_000_000
START = 1_790_000_000_000_000_000 // HOUR * HOUR
TRACES = 300


@pytest.fixture(scope="module")
def filled(shared_server: Server) -> Server:
    dice = random.Random(11)
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for trace in range(1, TRACES + 1):
        span = scope.spans.add(trace_id=trace.to_bytes(16, "big"), span_id=trace.to_bytes(8, "big"), name="answer")
        span.start_time_unix_nano = START + dice.randrange(6 * HOUR)
        span.end_time_unix_nano = span.start_time_unix_nano + dice.randrange(1, 10**9)
        span.status.code = 2 if dice.random() < 0.2 else 1
        if trace % 10:
            country = dice.choice(["DE", "FR", "IT", "=1+1", 'a "b", c'])
            span.attributes.add(key="vireo.tag.country").value.string_value = country
        span.attributes.add(key="vireo.model.name").value.string_value = dice.choice(["writer", "ranker"])
    assert rejected(shared_server.send(request)) == 0
    return shared_server


def rows_of(*arguments: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(run("query", *arguments, "--format", "csv"), newline="")))


@pytest.fixture(scope="module")
def table(filled: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: pathlib.Path = tmp_path_factory.mktemp("query") / "all.parquet"
    run("export", path, "--url", filled.url)
    return f"read_parquet('{path}')"


def test_groups_agree_with_duckdb(filled: Server, table: str) -> None:
    measures = "count,errors,mean(latency),max(latency),p95(latency),distinct(model)"
    rows = rows_of("--aggregate", measures, "--by", "tag.country", "--url", filled.url)
    assert list(rows[0]) == ["tag.country", *measures.split(",")]
    exact = duckdb.sql(
        "select coalesce(\"attr.vireo.tag.country\", ''), count(*), count(*) filter (status = 'error'), avg(duration), "
        f"max(duration), quantile_disc(duration, 0.95), count(distinct model) from {table} group by 1"
    ).fetchall()
    mine = {row["tag.country"]: [float(v) for v in list(row.values())[1:]] for row in rows}
    assert mine.keys() == {row[0] for row in exact}
    for country, count, errors, mean, highest, p95, distinct in exact:
        assert mine[country][:2] == [count, errors]
        assert mine[country][2:4] == pytest.approx([mean, highest], rel=1e-6)
        assert mine[country][4] == pytest.approx(p95, rel=0.05)
        assert mine[country][5] == distinct


def test_buckets_of_time_are_rows(filled: Server, table: str) -> None:
    rows = rows_of("--aggregate", "count", "--by", "model", "--step", "1h", "--url", filled.url)
    assert list(rows[0]) == ["model", "time", "count"]
    exact = duckdb.sql(
        f"select model, epoch_ns(start) // {HOUR}, count(*) from {table} group by all order by all"
    ).fetchall()
    mine: dict[tuple[str, int], int] = {}
    for row in rows:
        if float(row["count"]):
            hour = duckdb.execute("select epoch_ns(?::timestamptz::timestamp_ns)", [row["time"]]).fetchall()[0][0]
            mine[row["model"].split(":")[0], hour // HOUR] = int(float(row["count"]))
    assert mine == {(model, hour): count for model, hour, count in exact}


def test_a_table_also_tells_the_others_and_all(filled: Server) -> None:
    lines = run("query", "--aggregate", "count", "--by", "tag.country", "--top", "2", "--url", filled.url).splitlines()
    assert lines[0].split() == ["tag.country", "count"]
    assert len(lines) == 5
    assert lines[3].startswith("(other)")
    assert lines[4].split() == ["(all)", str(TRACES)]
    assert sum(float(line.split()[-1]) for line in lines[1:4]) == TRACES
    command = [BINARY, "query", "--aggregate", "count", "--by", "tag.country", "--top", "2", "--format", "csv"]
    done = subprocess.run([*command, "--url", filled.url], capture_output=True, text=True, env=clean_environment())
    assert len(done.stdout.splitlines()) == 3
    assert "4 more groups are left out" in done.stderr
    only = run("query", "status:error", "--aggregate", "count", "--url", filled.url).splitlines()
    assert only == ["count", str(len(all_traces(filled, query="status:error")))]


def test_lists_of_traces_and_spans(filled: Server) -> None:
    at = ("--url", filled.url)
    longest = max(all_traces(filled), key=lambda t: t["duration_ns"])
    assert rows_of("--sort", "-latency", "--limit", "1", *at)[0]["trace_id"] == longest["trace_id"]
    rows = rows_of("--limit", "1000", *at)
    assert {r["trace_id"] for r in rows} == {t["trace_id"] for t in all_traces(filled)}
    spans = rows_of("status:error", "--spans", "--limit", "1000", *at)
    assert {s["status"] for s in spans} == {"error"}
    assert len(spans) == len(all_traces(filled, query="status:error"))
    assert len(run("query", "--limit", "7", *at).splitlines()) == 8
    assert len(json.loads(run("query", "--limit", "7", "--format", "json", *at))["items"]) == 7


def test_formulas_and_mistakes(filled: Server) -> None:
    at = ("--url", filled.url)
    by = ("--aggregate", "count", "--by", "tag.country", *at)
    assert "=1+1" in {r["tag.country"] for r in rows_of(*by)}
    assert "'=1+1" in {r["tag.country"] for r in rows_of(*by, "--spreadsheet")}
    assert "for --aggregate" in run("query", "--by", "model", *at, code=2)
    assert "not for --aggregate" in run("query", "--aggregate", "count", "--sort", "latency", *at, code=2)
    assert "format: must be" in run("query", "--format", "xml", *at, code=2)
    assert "1 to 1000" in run("query", "--limit", "0", *at, code=2)
    assert "one query" in run("query", "a", "b", *at, code=2)
    assert "measure" in run("query", "--aggregate", "median", *at, code=1)
    assert "query" in run("query", "status:", *at, code=1)
