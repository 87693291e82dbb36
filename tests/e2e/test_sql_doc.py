# SPDX-License-Identifier: Apache-2.0
"""Every snippet of docs/sql.md, run over a data folder while its server runs."""

from __future__ import annotations

import contextlib
import io
import os
import pathlib
import random
import re
import time

import duckdb
import pandas
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from vireo_server import BUILD, ROOT, Server, all_traces, rejected

PAGE = (ROOT / "docs" / "sql.md").read_text()
SQL = re.findall(r"```sql\n(.*?)```", PAGE, re.S)
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.S)
START = 1_790_000_000_000_000_000
TRACES = 240


def request_of(first: int, count: int, dice: random.Random, *, with_retries: bool) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for trace in range(first, first + count):
        country = dice.choice(["DE", "FR", "US"])
        for number in (1, 2):
            span = scope.spans.add(trace_id=trace.to_bytes(16, "big"), span_id=(trace * 2 + number).to_bytes(8, "big"))
            span.name = "answer" if number == 1 else "look up"
            if number == 2:
                span.parent_span_id = (trace * 2 + 1).to_bytes(8, "big")
            span.start_time_unix_nano = START + trace * 10**12
            span.end_time_unix_nano = span.start_time_unix_nano + dice.randrange(10**6, 10**9)
            span.status.code = 2 if dice.random() < 0.1 else 1
            texts = {
                "country": country,
                "vireo.model.name": ["writer", "ranker"][number - 1],
                "vireo.input": dice.choice(["Where is my REFUND?", "Hello", "größer"]),
            }
            for key, value in texts.items():
                span.attributes.add(key=key).value.string_value = value
            if with_retries:
                span.attributes.add(key="retries").value.int_value = 1
            span.events.add(name="cache miss", time_unix_nano=span.start_time_unix_nano)
    return request


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory):
    """A server whose spans are in two files with different columns, one span of them sent twice."""
    folder = tmp_path_factory.mktemp("sql")
    server = Server(folder / "vireo-data", "--flush-after", "1s").start()
    dice = random.Random(3)
    first = request_of(1, TRACES // 2, dice, with_retries=False)
    for request in (first, request_of(TRACES // 2 + 1, TRACES // 2, dice, with_retries=True)):
        assert rejected(server.send(request)) == 0
        wait_for_files(server)
    yield server, folder
    assert server.stop() == 0


def wait_for_files(server: Server) -> None:
    deadline = time.monotonic() + 30
    while server.api("")["storage"]["memtable_bytes"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert server.api("")["storage"]["memtable_bytes"] == 0


def run_sql(folder: pathlib.Path) -> list[pandas.DataFrame]:
    with contextlib.chdir(folder), duckdb.connect() as connection:
        return [connection.execute(text).df() for text in SQL]


def run_python(text: str, folder: pathlib.Path) -> tuple[dict, str]:
    names: dict = {}
    out = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):
        exec(compile(text, "docs/sql.md", "exec"), names)
    return names, out.getvalue()


def test_the_page_has_its_snippets() -> None:
    assert len(SQL) == 5
    assert len(PYTHON) == 4


def test_duckdb(filled: tuple[Server, pathlib.Path]) -> None:
    server, folder = filled
    _, latency, errors, slowest, found = run_sql(folder)
    assert dict(zip(latency.model, latency.spans, strict=True)) == {"writer": TRACES, "ranker": TRACES}
    traces = all_traces(server)
    assert errors.traces.sum() == len(traces) == TRACES
    assert (errors.traces * errors.failed).sum() == pytest.approx(
        len(all_traces(server, query="status:error")), abs=1e-6
    )
    longest = max(traces, key=lambda t: t["duration_ns"])
    assert set(slowest.trace) == {longest["trace_id"]}
    assert list(slowest.name) == ["answer", "look up"]
    assert slowest.ms.max() == pytest.approx(longest["duration_ns"] / 1e6)
    assert len(found) == 20
    assert set(found.first_event) == {"cache miss"}


def test_pandas_and_polars(filled: tuple[Server, pathlib.Path]) -> None:
    server, folder = filled
    names, out = run_python(PYTHON[0], folder)
    assert len(names["spans"]) == 2 * TRACES
    assert "95%" in out
    names, out = run_python(PYTHON[1], folder)
    assert set(names["failed"].trace) == {t["trace_id"] for t in all_traces(server, query="status:error")}
    assert "DE" in out
    names, _ = run_python(PYTHON[2], folder)
    with contextlib.chdir(folder):
        assert names["by_hour"].collect()["spans"].sum() == 2 * TRACES


def test_the_command_line(filled: tuple[Server, pathlib.Path], monkeypatch: pytest.MonkeyPatch) -> None:
    server, folder = filled
    monkeypatch.setenv("VIREO_URL", server.url)
    monkeypatch.setenv("PATH", f"{BUILD}:{os.environ['PATH']}")
    lines = run_python(PYTHON[3], folder)[1].split()
    assert lines[0] == "model,count,p95(latency)"
    assert sorted(line.split(",")[1] for line in lines[1:]) == [str(TRACES)] * 2
