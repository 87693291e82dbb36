# SPDX-License-Identifier: Apache-2.0
"""Durable ingest over HTTP: the same 1 kB OTLP spans to Vireo, Phoenix and MLflow.

    python bench/ingest.py [--seconds 10] [--rounds 3] [--only vireo]

The rounds go over the servers in turn; each figure is the median of its rounds.
Client and server share the machine. Vireo answers after fsync; the others answer
as they do by default with SQLite.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

from servers import PEERS, ROOT, started

# Connections and spans a request: what suits each best among a few that were tried.
SHAPES = {"vireo": (8, 200), "phoenix": (4, 100), "mlflow": (4, 100)}


def build_load() -> pathlib.Path:
    target = pathlib.Path(tempfile.mkdtemp()) / "ingest_load"
    source = ROOT / "bench" / "ingest_load.c"
    subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", str(source), "-o", str(target), "-lpthread"], check=True)
    return target


def measure(load: pathlib.Path, name: str, seconds: float) -> dict[str, float]:
    connections, spans = SHAPES[name]
    with started(name) as server:
        command = [str(load), str(server.port), str(connections), str(spans), str(seconds), *server.headers]
        result: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        result["rss_mb"] = server.rss_mb()
        result["disk_bytes_per_span"] = server.disk_mb() * 1e6 / max(1, result["spans"])
        return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=list(SHAPES))
    options = parser.parse_args()
    names = [n for n in SHAPES if (options.only in (None, n)) and (n == "vireo" or (PEERS / n).exists())]
    load = build_load()
    rounds: dict[str, list[dict[str, float]]] = {n: [] for n in names}
    for _ in range(options.rounds):
        for name in names:
            rounds[name].append(measure(load, name, options.seconds))
    print("| server | spans/s | ratio | p50 ms | p99 ms | RSS MB | disk bytes/span | refused |")
    print("|---|---|---|---|---|---|---|---|")
    medians = {n: {k: statistics.median(r[k] for r in rs) for k in rs[0]} for n, rs in rounds.items()}
    for name, m in medians.items():
        ratio = medians["vireo"]["spans_per_s"] / m["spans_per_s"] if "vireo" in medians and m["spans_per_s"] else 0
        print(
            f"| {name} | {m['spans_per_s']:.0f} | {ratio:.1f} | {m['p50_ms']:.1f} | {m['p99_ms']:.1f} "
            f"| {m['rss_mb']:.0f} | {m['disk_bytes_per_span']:.0f} | {m['refused']:.0f} |"
        )


if __name__ == "__main__":
    main()
