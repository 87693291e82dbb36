# SPDX-License-Identifier: Apache-2.0
"""Results of evaluations: storing them, comparing models, and asking what is left to infer.

A suite of 100 thousand samples, every one of them in 5 cases, 20 metrics, 5 models: ten million values a model, sent
case by case as an evaluator would.  Beside it, on the same values: pandas with a Parquet file a model and SciPy's
paired tests, and rows in SQLite, as a tracking server keeps metrics.

python bench/evaluations.py [--samples 100000] [--cases 5] [--models 5] [--rounds 5]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import pathlib
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from servers import Server, started

METRICS = 20
ROWS = 25_000  # a request
BASE = "/api/v1/projects/default"


class Client:
    def __init__(self, server: Server) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        text = None if body is None else json.dumps(body, separators=(",", ":"))
        self.connection.request(method, BASE + path, text, {"content-type": "application/json"})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return json.loads(content) if content else None


def values_of(model: int, case: int, samples: int) -> dict[str, np.ndarray]:
    """Every fourth metric is a boolean, the others are numbers; later models are a little better."""
    dice = np.random.default_rng((model, case))
    shared = np.random.default_rng(case)
    columns: dict[str, np.ndarray] = {}
    for k in range(METRICS):
        hard = shared.random(samples)
        if k % 4 == 0:
            columns[f"m{k}"] = hard < 0.7 + 0.002 * model + 0.1 * (dice.random(samples) - 0.5)
        else:
            columns[f"m{k}"] = hard + 0.001 * model + 0.1 * dice.random(samples)
    return columns


def make_suite(client: Client, samples: int, cases: int) -> None:
    client.call("POST", "/workflows", {"name": "bench"})
    members = []
    for case in range(cases):
        client.call("POST", "/workflows/bench/cases", {"name": f"case{case}"})
        for first in range(0, samples, ROWS):
            edits = [
                {"op": "add", "input": {"x": i}, "expected": i % 2} for i in range(first, min(samples, first + ROWS))
            ]
            made = client.call("POST", f"/workflows/bench/cases/case{case}/commits", {"edits": edits})
        members.append({"name": f"case{case}", "version": made["version"]})
    client.call("POST", "/workflows/bench/suites", {"name": "suite", "cases": members})


def start(client: Client, model: int) -> int:
    tag = client.call("PUT", f"/workflows/bench/models/model-{model}", {})["tag"]
    body = {"suite": {"workflow": "bench", "name": "suite"}, "model": tag, "evaluator": "bench"}
    return int(client.call("POST", "/evaluations", body)["id"])


def processor(server: Server) -> float:
    """Processor seconds of this process and the server."""
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def store(
    server: Server, client: Client, evaluation: int, model: int, samples: int, cases: int
) -> tuple[float, float, float]:
    """Seconds for all rows; of them those in which the client made JSON; processor seconds of both."""
    prepared = [values_of(model, case, samples) for case in range(cases)]
    encoding = 0.0
    used = processor(server)
    begin = time.perf_counter()
    for case, columns in enumerate(prepared):
        for first in range(0, samples, ROWS):
            last = min(samples, first + ROWS)
            at = time.perf_counter()
            body = json.dumps(
                {
                    "case": f"case{case}",
                    "numbers": list(range(first + 1, last + 1)),
                    "columns": {name: values[first:last].tolist() for name, values in columns.items()},
                },
                separators=(",", ":"),
            )
            encoding += time.perf_counter() - at
            client.connection.request("POST", f"{BASE}/evaluations/{evaluation}/results", body)
            answer = client.connection.getresponse()
            if answer.read() and answer.status != 200:
                raise RuntimeError(str(answer.status))
    return time.perf_counter() - begin, encoding, processor(server) - used


def clock(rounds: int, run: Callable[[], Any]) -> list[float]:
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        run()
        times.append((time.perf_counter() - begin) * 1000)
    return times


def with_pandas(directory: pathlib.Path, samples: int, cases: int, models: int) -> tuple[list[float], float]:
    """Seconds to write each model's file, milliseconds to compare all with the first."""
    writes = []
    for model in range(models):
        frames = [
            pd.DataFrame(values_of(model, c, samples)).assign(case=c, number=np.arange(samples)) for c in range(cases)
        ]
        begin = time.perf_counter()
        pd.concat(frames).to_parquet(directory / f"{model}.parquet")
        writes.append(time.perf_counter() - begin)
    begin = time.perf_counter()
    tables = [pd.read_parquet(directory / f"{m}.parquet").set_index(["case", "number"]) for m in range(models)]
    found = []
    for case in range(cases):
        first = tables[0].loc[case]
        for other in tables[1:]:
            second = other.loc[case]
            for name in first.columns:
                a, b = first[name], second[name]
                if a.dtype == bool:
                    up, down = int((~a & b).sum()), int((a & ~b).sum())
                    found.append(stats.binomtest(up, up + down).pvalue if up + down else 1.0)
                else:
                    found.append(stats.ttest_rel(b, a).pvalue)
    stats.false_discovery_control(found)
    return writes, (time.perf_counter() - begin) * 1000


def with_sqlite(directory: pathlib.Path, samples: int, cases: int) -> float:
    """Seconds to store one model's values, a row a sample and metric."""
    db = sqlite3.connect(directory / "rows.db")
    db.execute("CREATE TABLE metrics (run TEXT, kase INTEGER, number INTEGER, key TEXT, value REAL)")
    prepared = [values_of(0, case, samples) for case in range(cases)]
    begin = time.perf_counter()
    for case, columns in enumerate(prepared):
        for name, values in columns.items():
            rows = (("run", case, i, name, v) for i, v in enumerate(values.tolist()))
            db.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?)", rows)
        db.commit()
    db.execute("CREATE INDEX metrics_key ON metrics (run, kase, key, number)")
    db.commit()
    return time.perf_counter() - begin


def median(times: list[float]) -> str:
    return f"{statistics.median(times):.3g} ({min(times):.3g} .. {max(times):.3g})"


def measure(arguments: argparse.Namespace, scratch: pathlib.Path) -> None:
    samples, cases, models = arguments.samples, arguments.cases, arguments.models
    with started("vireo") as server:
        client = Client(server)
        make_suite(client, samples, cases)
        ids = [start(client, m) for m in range(models)]
        stored = [store(server, client, e, m, samples, cases) for m, e in enumerate(ids)]
        path = "/comparisons?evaluations=" + ",".join(map(str, ids))
        used = processor(server)
        first = clock(1, lambda: client.call("GET", path))
        used = (processor(server) - used) * 1000
        for e in ids:
            client.call("PATCH", f"/evaluations/{e}", {"status": "complete"})
        again = clock(arguments.rounds, lambda: client.call("GET", path))
        one = clock(arguments.rounds, lambda: client.call("GET", f"{path}&case=case0&metrics=m1&test=t"))
        for begin in range(0, samples, 10_000):
            made = [{"number": i + 1, "inference": {"y": i}} for i in range(begin, min(samples, begin + 10_000))]
            client.call("POST", f"/evaluations/{ids[0]}/inferences", {"inferences": made})
        left = clock(arguments.rounds, lambda: client.call("GET", f"/evaluations/{ids[0]}/remaining"))
        megabytes = server.disk_mb()
    writes, compared = with_pandas(scratch, samples, cases, models)
    rows = with_sqlite(scratch, samples, cases)
    print(f"{samples} samples x {cases} cases x {METRICS} metrics, {models} models\n")
    print(f"storing a model's values, seconds        {median([s[0] for s in stored])}")
    print(f"  of that making JSON in the client      {median([s[1] for s in stored])}")
    print(f"  processor time of client and server    {median([s[2] for s in stored])}")
    print(f"  pandas, a Parquet file                 {median(writes)}")
    print(f"  SQLite, a row a value                  {rows:.3g}")
    print(f"comparing all models, ms, first time     {median(first)}")
    print(f"  processor time of it                   {used:.4g}")
    print(f"  after they are complete                {median(again)}")
    print(f"  one metric of one case, from files     {median(one)}")
    print(f"  pandas and SciPy, no intervals         {compared:.4g}")
    print(f"remaining with nothing missing, ms       {median(left)}")
    print(f"data folder, MB                          {megabytes:.0f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--cases", type=int, default=5)
    parser.add_argument("--models", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    with tempfile.TemporaryDirectory() as scratch:
        measure(parser.parse_args(), pathlib.Path(scratch))


if __name__ == "__main__":
    main()
