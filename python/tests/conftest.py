# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a client of a fake server, for most tests, and the real server."""

from __future__ import annotations

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator

import pytest
import vireo
from fake_server import FakeServer, Received
from vireo import Vireo

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TESTS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS))


def unlike(source: pathlib.Path, installed: pathlib.Path) -> list[str]:
    """The Python files that are not the same in two folders."""
    texts = [{p.relative_to(f): p.read_bytes() for p in f.rglob("*.py")} for f in (source, installed)]
    return sorted(str(p) for p in texts[0].keys() | texts[1].keys() if texts[0].get(p) != texts[1].get(p))


def pytest_configure() -> None:
    """The installed package is what is tested, so it has to be this tree's."""
    installed = pathlib.Path(vireo.__file__).parent
    found = unlike(ROOT / "python" / "src" / "vireo", installed)
    if found:
        pytest.exit(f"{installed} is not of these sources ({', '.join(found[:3])}): run tools/install_python.sh", 4)


@pytest.fixture(autouse=True)
def own_spool(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """No test reads or fills the user's spool."""
    spool = tmp_path / "spool"
    monkeypatch.setenv("VIREO_SPOOL", str(spool))
    for name in ("VIREO_URL", "VIREO_API_KEY", "VIREO_PROJECT", "VIREO_DISABLED", "TRACEPARENT"):
        monkeypatch.delenv(name, raising=False)
    return spool


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    server = FakeServer()
    yield server
    server.close()


@pytest.fixture
def vr(fake: FakeServer) -> Iterator[Vireo]:
    client = Vireo("test", url=fake.url)
    yield client
    client.close(5)


@pytest.fixture
def spans(vr: Vireo, fake: FakeServer) -> Callable[[], list[Received]]:
    """What arrived so far, in the order of the starts."""

    def arrived() -> list[Received]:
        assert vr.flush(20), vr._client.last_error()
        return sorted(fake.spans, key=lambda s: s.start)

    return arrived


@pytest.fixture
def only(spans: Callable[[], list[Received]]) -> Callable[[], Received]:
    """The one span that arrived."""

    def one() -> Received:
        found = spans()
        assert len(found) == 1, [s.name for s in found]
        return found[0]

    return one


def run_python(code: str, *args: str, timeout: float = 60, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program of its own, from text."""
    return subprocess.run(
        [sys.executable, "-c", code, *args],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **environment},
        cwd=TESTS,
    )


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Server:
    """The real binary on a data directory of its own."""

    def __init__(self, data: pathlib.Path) -> None:
        self.binary = pathlib.Path(os.environ.get("VIREO_BINARY", ROOT / "build" / "vireo"))
        assert self.binary.exists(), f"{self.binary} is missing: run `make build`, or set VIREO_BINARY"
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = (self.data.parent / "server.log").open("ab")
        command = [self.binary, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(command, stdout=log, stderr=log)
        for _ in range(200):
            with contextlib.suppress(OSError), urllib.request.urlopen(self.url + "/readyz", timeout=1):
                return
            assert self.process.poll() is None, (self.data.parent / "server.log").read_text()
            time.sleep(0.05)
        raise AssertionError("the server did not become ready")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            assert self.process.wait(30) == 0
            self.process = None


@pytest.fixture
def server(tmp_path: pathlib.Path) -> Iterator[Server]:
    running = Server(tmp_path / "data")
    running.start()
    yield running
    running.stop()
