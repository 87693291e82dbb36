# SPDX-License-Identifier: Apache-2.0
"""Disks that are full, that fail, and that hold damage, under evaluations, datasets, judges and blobs.

What was acknowledged is there afterwards, what was not is told clearly, reading goes on, and
writing goes on when the disk is well again."""

from __future__ import annotations

import errno
import hashlib
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from evaluation_support import BASE, call
from test_disk_full import fill, small_disk
from vireo_server import PROTOBUF, SANITIZED, Server, make_request, run

__all__ = ["small_disk"]

SAMPLES = 40
SHIM = pathlib.Path(__file__).with_name("bad_disk.c")


class Work:
    """What a team does all day, and what of it the server acknowledged."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.traces: set[int] = set()
        self.samples: set[str] = {f"s{i}" for i in range(SAMPLES)}
        self.judges: set[str] = set()
        self.blobs: set[bytes] = set()
        self.inferences: dict[int, Any] = {}
        self.results: dict[int, float] = {}
        self.statuses: dict[str, set[int]] = {}
        call(server, "POST", "/datasets", {"name": "d"}, 201)
        first = [{"id": f"s{i}", "input": i, "expected": i % 2} for i in range(SAMPLES)]
        call(server, "POST", "/datasets/d/commits", {"samples": first}, 201)
        call(server, "POST", "/workflows", {"name": "wf"}, 201)
        cases = [{"name": "all", "samples": [{"input": i, "expected": i % 2} for i in range(SAMPLES)]}]
        call(server, "POST", "/workflows/wf/cases/bulk", {"cases": cases})
        call(server, "POST", "/workflows/wf/suites", {"name": "night", "cases": [{"name": "all"}]}, 201)
        self.evaluations = []
        for model in ("new", "old"):
            call(server, "PUT", f"/workflows/wf/models/{model}", {}, 201)
            target = {"workflow": "wf", "name": "night"}
            made = call(server, "POST", "/evaluations", {"suite": target, "model": f"{model}:v1"}, 201)
            self.evaluations.append(made["id"])

    def send(self, method: str, path: str, what: str, **more: Any) -> bool:
        """Was it acknowledged? If not, it says why."""
        answer: httpx.Response = self.server.http.request(method, path, **more)
        self.statuses.setdefault(what, set()).add(answer.status_code)
        if answer.status_code < 300:
            return True
        assert answer.status_code in (500, 503, 507), (what, answer.status_code, answer.text)
        if what != "trace":
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["detail"], answer.text
        return False

    def step(self, n: int) -> None:
        """One of everything; n tells them apart."""
        trace = make_request([(n + 1, 1)], payload="x" * 2000).SerializeToString()
        if self.send("POST", "/v1/traces", "trace", content=trace, headers=PROTOBUF):
            self.traces.add(n + 1)
        added = {"samples": [{"id": f"n{n}", "input": f"{n}" * 500}]}
        if self.send("POST", f"{BASE}/datasets/d/commits", "dataset", json=added):
            self.samples.add(f"n{n}")
        judge = {"fingerprint": f"{n:064x}", "kind": "code", "source": "x" * 1000}
        if self.send("POST", f"{BASE}/judges/j{n}/versions", "judge", json=judge):
            self.judges.add(f"j{n}")
        bytes_ = f"{n}".encode() * 3000
        path = f"{BASE}/blobs/{hashlib.sha256(bytes_).hexdigest()}"
        if self.send("PUT", path, "blob", content=bytes_, headers={"content-type": "text/plain"}):
            self.blobs.add(bytes_)
        number = 1 + n % SAMPLES
        one = f"{BASE}/evaluations/{self.evaluations[0]}"
        inference = {"inferences": [{"number": number, "inference": f"{n}" * 300}], "reset": True}
        if self.send("POST", f"{one}/inferences", "inference", json=inference):
            self.inferences[number] = f"{n}" * 300
        else:
            self.inferences[number] = None  # either is fine
        rows = {"numbers": [number], "columns": {"acc": [float(n)]}}
        if self.send("POST", f"{one}/results", "result", json=rows):
            self.results[number] = float(n)
        else:
            self.results[number] = -1

    def read(self) -> None:
        """Reads answer, whatever the disk does."""
        for path in ("/traces", "/datasets/d/samples", "/judges", "/leaderboard?workflow=wf&suite=night"):
            answer = self.server.http.get(BASE + path)
            assert answer.status_code == 200, (path, answer.text)
        compared = self.server.http.get(
            f"{BASE}/comparisons", params={"evaluations": ",".join(map(str, self.evaluations))}
        )
        assert compared.status_code == 200, compared.text

    def check(self) -> None:
        """All that was acknowledged is there."""
        api = self.server.api
        for trace in self.traces:
            assert api(f"/traces/{trace:032x}")["spans"], trace
        found = {s["id"] for s in api("/datasets/d/samples", limit=1000)["items"]}
        assert self.samples <= found, self.samples - found
        assert self.judges <= {j["name"] for j in api("/judges", limit=1000)["items"]}
        for bytes_ in self.blobs:
            answer = self.server.http.get(f"{BASE}/blobs/{hashlib.sha256(bytes_).hexdigest()}")
            assert answer.content == bytes_
        one = f"/evaluations/{self.evaluations[0]}"
        kept = {i["number"]: i["inference"] for i in api(f"{one}/inferences", limit=1000)["items"]}
        for number, text in self.inferences.items():
            assert text is None or kept[number] == text
        rows = {r["number"]: r["metrics"].get("acc") for r in api(f"{one}/samples", limit=1000)["items"]}
        for number, value in self.results.items():
            assert value == -1 or rows[number] == value, (number, value, rows[number])


def restarts_well(work: Work) -> None:
    """After a kill the same is there, and doctor finds nothing."""
    work.server.stop(signal.SIGKILL)
    work.server.start()
    work.check()
    work.read()
    assert work.server.stop() == 0, work.server.log[-5:]
    assert "all is well" in run("doctor", "--data", work.server.data)


def again_until_well(work: Work, first: int) -> None:
    """Writing goes on, for all that is written."""
    deadline = time.monotonic() + 60
    for n in range(first, first + 1000):
        work.statuses = {}
        work.step(n)
        if all(max(s) < 300 for s in work.statuses.values()):
            return
        assert time.monotonic() < deadline, (work.statuses, work.server.log[-5:])
        time.sleep(0.2)


def test_a_full_disk_loses_nothing_that_was_acknowledged(small_disk: pathlib.Path) -> None:
    server = Server(small_disk / "data", "--flush-after", "1s").start()
    try:
        work = Work(server)
        for n in range(5):
            work.step(n)
        assert all(max(s) < 300 for s in work.statuses.values()), work.statuses
        for round_ in range(2):
            ballast = small_disk / "ballast"
            fill(ballast)
            work.statuses = {}
            deadline = time.monotonic() + 20
            n = 100 * (1 + round_)
            while not all(507 in s for s in work.statuses.values()) and time.monotonic() < deadline:
                work.step(n)
                n += 1
            assert all(507 in s for s in work.statuses.values()), work.statuses
            work.read()
            work.check()
            ballast.unlink()
            again_until_well(work, n)
        work.check()
        restarts_well(work)
    finally:
        server.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    if SANITIZED:
        pytest.skip("a sanitizer wants to be loaded first")
    out = tmp_path_factory.mktemp("shim") / "bad_disk.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", out, SHIM, "-ldl"], check=True)
    return out


@pytest.mark.parametrize(("percent", "error"), [(100, errno.EIO), (20, errno.EIO), (20, errno.ENOSPC)])
def test_a_failing_disk_loses_nothing_that_was_acknowledged(
    tmp_path: pathlib.Path, shim: pathlib.Path, percent: int, error: int
) -> None:
    switch = tmp_path / "switch"
    env = {"LD_PRELOAD": str(shim), "BAD_DISK": str(switch)}
    server = Server(tmp_path / "data", "--flush-after", "300ms", env=env).start()
    try:
        work = Work(server)
        for n in range(3):
            work.step(n)
        switch.write_text(f"{percent} {error}")
        work.statuses = {}
        for n in range(100, 120):
            work.step(n)
        assert any(max(s) >= 500 for s in work.statuses.values()), work.statuses
        if percent == 100:
            assert not any(min(s) < 300 for s in work.statuses.values()), work.statuses
        work.read()
        work.check()
        switch.unlink()
        again_until_well(work, 200)
        work.check()
        restarts_well(work)
    finally:
        server.stop(signal.SIGKILL)


# ---------------------------------------------------------------- damage


def flip(path: pathlib.Path, generator: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(20):
        data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
    path.write_bytes(data)


@pytest.fixture
def worked(start_server: Callable[..., Server]) -> Work:
    """A stopped server with a day's work, all of it in files."""
    server = start_server("--flush-after", "100ms")
    work = Work(server)
    for n in range(SAMPLES):
        work.step(n)
    assert server.stop() == 0
    return work


@pytest.mark.parametrize("seed", range(4))
def test_damaged_result_rows_are_told_and_the_rest_answers(worked: Work, seed: int) -> None:
    server = worked.server
    parts = sorted(p for p in server.data.glob("results/**/*") if p.is_file())
    assert parts
    hit = random.Random(seed).choice(parts)
    flip(hit, random.Random(seed))
    server.start()
    answer = server.http.get(f"{BASE}/evaluations/{worked.evaluations[0]}/samples", params={"limit": 1000})
    assert answer.status_code in (200, 500), answer.text  # a flipped padding byte hurts nobody
    if answer.status_code == 500:
        assert "doctor" in answer.json()["detail"], answer.text
    worked.results.clear()
    kept = server.api("/datasets/d/samples", limit=1000)["items"]
    assert worked.samples <= {s["id"] for s in kept}
    for path in ("/traces", "/judges", "/evaluations", f"/evaluations/{worked.evaluations[1]}/samples"):
        server.api(path)
    assert server.stop() == 0
    assert hit.stem in run("doctor", "--data", server.data, code=1)


def test_a_damaged_blob_is_told_and_the_others_are_there(worked: Work) -> None:
    server = worked.server
    blobs = sorted(p for p in server.data.glob("blobs/**/*") if p.is_file())
    hit = blobs[3]
    flip(hit, random.Random(1))
    server.start()
    bad = 0
    for bytes_ in worked.blobs:
        answer = server.http.get(f"{BASE}/blobs/{hashlib.sha256(bytes_).hexdigest()}")
        bad += answer.status_code != 200 or answer.content != bytes_
    assert bad == 1
    assert server.stop() == 0
    assert hit.stem in run("doctor", "--data", server.data, code=1)


def test_a_damaged_catalogue_is_told(worked: Work) -> None:
    data = worked.server.data
    path = data / "catalog.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    whole = data.with_name("whole")
    shutil.copytree(data, whole)
    for seed in range(6):
        generator = random.Random(seed)
        size = path.stat().st_size
        with path.open("r+b") as f:
            f.seek(generator.randrange(1, size // 4096) * 4096)
            f.write(generator.randbytes(4096))
        output = run("doctor", "--data", data, code=None)
        assert "all is well" not in output, seed
        damaged = Server(data)
        damaged.spawn()
        assert damaged.process is not None
        deadline = time.monotonic() + 30
        while not damaged.url and damaged.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        if damaged.url:  # what is whole answers, what is not is an error and no crash
            for what in ("/traces", "/judges", "/datasets/d/samples", "/evaluations", "/models"):
                answer = damaged.http.get(BASE + what)
                assert answer.status_code in (200, 404, 500, 503), (seed, what, answer.text)
            assert damaged.process.poll() is None, (seed, damaged.log[-5:])
            damaged.stop()
        else:
            code = damaged.process.poll()
            assert code == 1, (seed, code, damaged.log[-5:])
            assert any("catalog" in line for line in damaged.log), (seed, damaged.log)
        shutil.rmtree(data)
        shutil.copytree(whole, data)
