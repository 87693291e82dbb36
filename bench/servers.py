# SPDX-License-Identifier: Apache-2.0
"""Start Vireo and what it is compared with, each on a free port with an empty directory."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("VIREO_BUILD", ROOT / "build"))
PEERS = ROOT / ".venv-bench" / "bin"


@dataclass
class Server:
    name: str
    port: int
    directory: pathlib.Path
    process: subprocess.Popen[bytes]
    headers: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def rss_mb(self) -> float:
        """Resident memory of the server and its children."""
        tree = subprocess.run(
            ["ps", "-o", "rss=", "-g", str(os.getpgid(self.process.pid))], capture_output=True, text=True
        ).stdout
        return sum(map(int, tree.split())) / 1024

    def disk_mb(self) -> float:
        return sum(f.stat().st_size for f in self.directory.rglob("*") if f.is_file()) / 1e6


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def wait_until_ready(url: str, process: subprocess.Popen[bytes], seconds: float) -> float:
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} stopped with {process.returncode}")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=1).read()
            return time.perf_counter() - begin
        time.sleep(0.002)
    raise RuntimeError(f"{url} did not answer in {seconds} s")


@contextlib.contextmanager
def started(name: str, directory: pathlib.Path | None = None) -> Iterator[Server]:
    """`name`: vireo, phoenix or mlflow. The directory is removed unless it was given."""
    folder = directory or pathlib.Path(tempfile.mkdtemp(prefix=f"bench-{name}-"))
    port = free_port()
    address = f"127.0.0.1:{port}"
    commands: dict[str, tuple[list[str], str, tuple[str, ...]]] = {
        "vireo": ([str(BUILD / "vireo"), "serve", "--data", str(folder), "--listen", address], "/readyz", ()),
        "phoenix": ([str(PEERS / "phoenix"), "serve"], "/healthz", ()),
        "mlflow": (
            [
                str(PEERS / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port),
                "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
                "--artifacts-destination", str(folder / "artifacts"),
            ],
            "/health",
            ("x-mlflow-experiment-id: 0",),
        ),
    }  # fmt: skip
    command, ready, headers = commands[name]
    environment = os.environ | {
        "PHOENIX_WORKING_DIR": str(folder),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_TELEMETRY_ENABLED": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PATH": f"{PEERS}:{os.environ['PATH']}",
    }
    with (folder / "server.txt").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True, cwd=folder)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}{ready}", process, 120)
            yield Server(name, port, folder, process, headers)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if directory is None:
                shutil.rmtree(folder, ignore_errors=True)
