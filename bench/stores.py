# SPDX-License-Identifier: Apache-2.0
"""Stores of generated spans, and the same spans where others look for them."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import duckdb
from servers import ROOT, started

# What the SQLite table holds of a span: its name there, and where it is in the segments.
COLUMNS = {
    "trace_id": "trace_id", "span_id": "span_id", "parent_id": "parent_id", "trace_start": "epoch_ns(trace_start)",
    "start": "epoch_ns(start)", "duration": "duration", "name": "name", "type": "type", "status": "status",
    "model": "model || ':v' || model_version", "service": "service", "error_type": "error_type",
    "llm_model": "llm_model", "input_tokens": "input_tokens", "output_tokens": "output_tokens",
    "input": "input", "output": "output",
    "country": '"attr.country"', "tier": '"attr.tier"', "version": '"attr.version"', "region": '"attr.region"',
    "route": '"attr.http.route"', "customer": '"attr.customer.id"', "retries": '"attr.retries#int"',
    "queue_depth": '"attr.queue.depth#int"', "temperature": '"attr.temperature#double"',
    "confidence": '"attr.confidence#double"', "cache_hit": '"attr.cache.hit#bool"', "stream": '"attr.stream#bool"',
}  # fmt: skip

INDEXES = (
    "trace on spans(trace_id)",
    "failed on spans(status, country, trace_start)",
    "model on spans(model, duration)",
    *(f"facet_{c} on spans({c}, trace_id)" for c in ("country", "tier", "version", "region", "route", "customer")),
)


def build_generator() -> pathlib.Path:
    target = pathlib.Path(tempfile.mkdtemp()) / "generate"
    source = ROOT / "bench" / "generate.c"
    subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", str(source), "-o", str(target), "-lpthread", "-lm"], check=True)
    return target


def segments(store: pathlib.Path) -> list[pathlib.Path]:
    return sorted((store / "segments").rglob("*.parquet"))


def make_store(store: pathlib.Path, spans: int) -> None:
    """Generate `spans` into a data folder that does not exist yet, through a server."""
    if segments(store):
        return
    generator = build_generator()
    part = store.with_name(store.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with started("vireo", part) as server:
        done = subprocess.run([generator, str(server.port), str(spans)], capture_output=True, check=True)
        print(f"{store}: {json.loads(done.stdout)}", file=sys.stderr)
        settle(part)
    shutil.rmtree(generator.parent)
    part.rename(store)


def settle(store: pathlib.Path, seconds: float = 3600) -> None:
    """Until compaction has left the segments alone for a while; a file that it is writing counts."""
    deadline = time.monotonic() + seconds
    before: list[pathlib.Path] = []
    calm = 0
    while calm < 5 and time.monotonic() < deadline:
        time.sleep(3)
        now = sorted((store / "segments").rglob("*"))
        calm = calm + 1 if now == before and not any(path.suffix == ".tmp" for path in now) else 0
        before = now


def forget_pages(store: pathlib.Path) -> None:
    """Drop the segments from the page cache, as far as nobody has them mapped."""
    for path in segments(store):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def parquet(store: pathlib.Path) -> str:
    return f"read_parquet('{store}/segments/*/*.parquet', union_by_name = true)"


def connect_duckdb(store: pathlib.Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"create view spans as select * from {parquet(store)}")
    return connection


def make_sqlite(store: pathlib.Path, path: pathlib.Path) -> sqlite3.Connection:
    """The same spans as rows of one table with indexes, made once."""
    if not path.exists():
        part = path.with_name(path.name + ".part")
        part.unlink(missing_ok=True)
        target = sqlite3.connect(part)
        target.executescript("pragma journal_mode = off; pragma synchronous = off; pragma page_size = 8192;")
        target.execute(f"create table spans ({', '.join(COLUMNS)})")
        rows = connect_duckdb(store).execute(f"select {', '.join(COLUMNS.values())} from spans")
        insert = f"insert into spans values ({', '.join('?' * len(COLUMNS))})"
        while batch := rows.fetchmany(20000):
            target.executemany(insert, batch)
        for index in INDEXES:
            target.execute(f"create index {index}")
        target.execute("analyze")
        target.commit()
        target.close()
        part.rename(path)
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.executescript("pragma cache_size = -262144; pragma mmap_size = 34359738368; pragma threads = 2;")
    return connection


def duckdb_file_bytes(store: pathlib.Path, folder: pathlib.Path) -> int:
    """Size of a DuckDB database that holds the segments' rows with all their columns."""
    path = folder / "spans.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("set threads = 2")
        connection.execute(f"create table spans as select * from {parquet(store)}")
        connection.execute("checkpoint")
    size = path.stat().st_size
    path.unlink()
    return size
