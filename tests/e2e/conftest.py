# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a server with a folder of its own, for one test or for a module."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from vireo_server import BINARY, Server


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    assert BINARY.exists(), f"{BINARY} is missing: run `make build`, or set VIREO_BUILD"


@pytest.fixture
def start_server(tmp_path: pathlib.Path) -> Iterator[Callable[..., Server]]:
    """start_server(*options, data=None): a running server, stopped after the test."""
    started: list[Server] = []

    def start(*options: str, data: pathlib.Path | None = None, env: dict[str, str] | None = None) -> Server:
        server = Server(data or tmp_path / "data", *options, env=env)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    return start_server()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of a module that do not stop it."""
    server = Server(tmp_path_factory.mktemp("shared") / "data").start()
    yield server
    assert server.stop() == 0, server.log
