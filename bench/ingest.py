# SPDX-License-Identifier: Apache-2.0
"""Durable ingest over HTTP: OTLP spans of 1 kB and of 50 kB.

    python bench/ingest.py [--seconds 8] [--rounds 3] [--alone]

Client and server share the machine; each figure is the median of its rounds, which
go over the cases in turn. Vireo answers after fsync. Told of it: spans and bytes a
second, processor time beside what zstd level 1 alone needs for the same bytes, peak of
resident memory, bytes written for a byte received, bytes of a span on disk beside the
file of a DuckDB database with the same rows (where the module duckdb is there).

Without --alone the spans of 1 kB also go to Phoenix and MLflow, which answer as they
do by default with SQLite. With it this takes two minutes.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass

from servers import PEERS, ROOT, Server, started

TICK = os.sysconf("SC_CLK_TCK")
DUCKDB_BYTES = 60_000_000  # of Parquet that are loaded for comparison


@dataclass(frozen=True)
class Case:
    """Connections and spans a request: what suits the server best among a few that were tried."""

    server: str
    connections: int
    spans: int
    span_bytes: int

    @property
    def title(self) -> str:
        return f"{self.server}, {self.span_bytes // 1000} kB"


OURS = [Case("vireo", 16, 200, 1000), Case("vireo", 8, 20, 50_000)]
OTHERS = [Case("phoenix", 4, 100, 1000), Case("mlflow", 4, 100, 1000)]


def build_load() -> pathlib.Path:
    target = pathlib.Path(tempfile.mkdtemp()) / "ingest_load"
    source = ROOT / "bench" / "ingest_load.c"
    subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", str(source), "-o", str(target), "-lpthread"], check=True)
    return target


def zstd_seconds_per_byte(load: pathlib.Path, case: Case) -> float:
    """Processor time of ZSTD_compress(level 1) for one request of the case, a byte."""
    shape = [str(case.spans), str(case.span_bytes)]
    body = subprocess.run([str(load), "dump", *shape], capture_output=True, check=True).stdout
    zstd = ctypes.CDLL("libzstd.so.1")
    zstd.ZSTD_createCCtx.restype = ctypes.c_void_p
    zstd.ZSTD_compressCCtx.restype = ctypes.c_size_t
    zstd.ZSTD_compressBound.restype = ctypes.c_size_t
    context = ctypes.c_void_p(zstd.ZSTD_createCCtx())
    size = ctypes.c_size_t(len(body))
    room = zstd.ZSTD_compressBound(size)
    out = ctypes.create_string_buffer(room)
    turns = max(1, 200_000_000 // len(body))
    begin = time.process_time()
    for _ in range(turns):
        zstd.ZSTD_compressCCtx(context, out, ctypes.c_size_t(room), body, size, 1)
    return (time.process_time() - begin) / turns / len(body)


def cpu_seconds(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def status_mb(pid: int, field: str) -> float:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def written_bytes(pid: int) -> int:
    lines = pathlib.Path(f"/proc/{pid}/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))


def wait_until_calm(pid: int, seconds: float = 20) -> None:
    """Until the server has merged what it wants to merge, seen by its doing nothing."""
    deadline = time.monotonic() + seconds
    before = -1.0
    while time.monotonic() < deadline and cpu_seconds(pid) - before > 0.02:
        before = cpu_seconds(pid)
        time.sleep(2.5)


def duckdb_ratio(folder: pathlib.Path) -> float:
    """Bytes of our segments for a byte of a DuckDB file with the same rows; 0: no duckdb."""
    try:
        duckdb = importlib.import_module("duckdb")
    except ImportError:
        return 0.0
    files: list[str] = []
    size = 0
    for path in sorted(folder.rglob("segments/*/*.parquet")):
        if size < DUCKDB_BYTES:
            files.append(str(path))
            size += path.stat().st_size
    if not files:
        return 0.0
    target = folder / "compare.duckdb"
    with duckdb.connect(str(target)) as connection:
        connection.execute(f"create table spans as from read_parquet({files!r}, union_by_name = true)")
        connection.execute("checkpoint")
    ratio = size / target.stat().st_size
    target.unlink()
    return ratio


def measure_ours(server: Server, case: Case, result: dict[str, float], cpu_before: float, zstd: float) -> None:
    pid = server.process.pid
    received = result["spans"] * result["bytes_per_span"]
    result["cpu_us"] = (cpu_seconds(pid) - cpu_before) * 1e6 / result["spans"]
    result["peak_mb"] = status_mb(pid, "VmHWM")
    wait_until_calm(pid)
    result["cpu_calm_us"] = (cpu_seconds(pid) - cpu_before) * 1e6 / result["spans"]
    result["zstd_us"] = zstd * result["bytes_per_span"] * 1e6
    result["cpu_ratio"] = result["cpu_us"] / result["zstd_us"]
    result["written"] = written_bytes(pid) / received
    segments = sum(p.stat().st_size for p in server.directory.rglob("segments/*/*.parquet"))
    result["disk_bytes_per_span"] = segments / result["spans"]


def measure(load: pathlib.Path, case: Case, seconds: float, last: bool) -> dict[str, float]:
    zstd = zstd_seconds_per_byte(load, case) if case in OURS else 0.0
    with started(case.server) as server:
        shape = [str(n) for n in (server.port, case.connections, case.spans, case.span_bytes, seconds)]
        cpu_before = cpu_seconds(server.process.pid)
        output = subprocess.run([str(load), *shape, *server.headers], capture_output=True, check=True).stdout
        result: dict[str, float] = json.loads(output)
        if case not in OURS:
            result["peak_mb"] = server.rss_mb()
            result["disk_bytes_per_span"] = server.disk_mb() * 1e6 / max(1, result["spans"])
            return result
        measure_ours(server, case, result, cpu_before, zstd)
        result["duckdb"] = duckdb_ratio(server.directory) if last else 0.0
        return result


COLUMNS = {
    "spans/s": ("spans_per_s", "{:.0f}"),
    "MB/s": ("mb_per_s", "{:.0f}"),
    "p50 ms": ("p50_ms", "{:.1f}"),
    "p99 ms": ("p99_ms", "{:.0f}"),
    "refused": ("refused", "{:.0f}"),
    "peak MB": ("peak_mb", "{:.0f}"),
    "CPU us/span": ("cpu_us", "{:.2f}"),
    "until calm": ("cpu_calm_us", "{:.2f}"),
    "zstd -1 us/span": ("zstd_us", "{:.2f}"),
    "CPU / zstd": ("cpu_ratio", "{:.1f}"),
    "written / received": ("written", "{:.2f}"),
    "disk bytes/span": ("disk_bytes_per_span", "{:.0f}"),
    "of DuckDB": ("duckdb", "{:.2f}"),
}


def summary(rounds: list[dict[str, float]]) -> dict[str, float]:
    result = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
    if "duckdb" in result:
        result["duckdb"] = rounds[-1]["duckdb"]
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help="only Vireo")
    options = parser.parse_args()
    cases = OURS + [c for c in OTHERS if not options.alone and (PEERS / c.server).exists()]
    load = build_load()
    rounds: dict[Case, list[dict[str, float]]] = {c: [] for c in cases}
    for number in range(options.rounds):
        for case in cases:
            rounds[case].append(measure(load, case, options.seconds, number == options.rounds - 1))
    print("| server, span | " + " | ".join(COLUMNS) + " |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for case in cases:
        result = summary(rounds[case])
        cells = [form.format(result[key]) if result.get(key) else "-" for key, form in COLUMNS.values()]
        print(f"| {case.title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
