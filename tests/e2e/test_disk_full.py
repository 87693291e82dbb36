# SPDX-License-Identifier: Apache-2.0
"""A full disk: 507, reads go on, writing resumes when there is room."""

from __future__ import annotations

import os
import pathlib
import subprocess
import time
from collections.abc import Iterator

import pytest
from google.rpc.status_pb2 import Status
from vireo_server import Server, all_traces, make_request

SIZE = "24m"


@pytest.fixture
def small_disk(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    mount = tmp_path / "disk"
    mount.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", mount], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")
    yield mount
    for _ in range(50):
        if subprocess.run(["umount", mount], capture_output=True).returncode == 0:
            break
        time.sleep(0.1)


def fill(path: pathlib.Path) -> None:
    with path.open("wb", buffering=0) as f:
        for size in (1 << 20, 4096):
            try:
                while True:
                    f.write(bytes(size))
            except OSError:
                pass


def test_full_disk(small_disk: pathlib.Path) -> None:
    server = Server(small_disk / "data", "--flush-after", "2s")
    server.start()
    try:
        assert server.send(make_request([(1, 1)], payload="first")).status_code == 200
        ballast = small_disk / "ballast"
        fill(ballast)
        statuses = []
        acknowledged = {1}
        for trace in range(2, 60):
            answer = server.send(make_request([(trace, 1)], payload=os.urandom(100_000).hex()))
            statuses.append(answer.status_code)
            if answer.status_code == 200:
                acknowledged.add(trace)
            else:
                assert answer.status_code == 507, answer.content
                assert Status.FromString(answer.content).message
                assert "retry-after" in answer.headers
        assert 507 in statuses
        # Reads go on, and so does the process, also past the next flush.
        time.sleep(3)
        assert {int(t["trace_id"], 16) for t in all_traces(server)} == acknowledged
        assert server.api(f"/traces/{1:032x}")["spans"][0]["input"] == "first"
        assert server.http.get("/readyz").status_code == 200
        ballast.unlink()
        deadline = time.monotonic() + 30
        while server.send(make_request([(100, 1)])).status_code != 200:
            assert time.monotonic() < deadline, server.log[-5:]
            time.sleep(0.2)
        acknowledged.add(100)
        assert {int(t["trace_id"], 16) for t in all_traces(server)} == acknowledged
        assert server.stop() == 0
        server.start()
        assert {int(t["trace_id"], 16) for t in all_traces(server)} == acknowledged
    finally:
        server.stop()
