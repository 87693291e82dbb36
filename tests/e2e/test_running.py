# SPDX-License-Identifier: Apache-2.0
"""Questions that take long: told, stopped, ended by their client's leaving or by the clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from test_api import attribute
from vireo_server import Server, make_request, rejected

# Each pattern takes thousands of steps on each span, and a question looks up between two.
SLOW = {"query": " or ".join(["child(input:/(a+)+$/)"] * 16), "limit": 1}


@pytest.fixture(scope="module")
def filled(shared_server: Server) -> Server:
    request = make_request([(trace, 1) for trace in range(1, 501)])
    for span in request.resource_spans[0].scope_spans[0].spans:
        attribute(span, "vireo.input", "a" * 14 + "!")
    assert rejected(shared_server.send(request)) == 0
    return shared_server


def running(server: Server) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = server.api("/running")["items"]
    return items


def wait_for(condition: Callable[[], Any], seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("it did not come")


def test_long_questions_are_told_and_can_be_stopped(filled: Server) -> None:
    answers: list[httpx.Response] = []
    url = f"{filled.url}/api/v1/projects/default/traces"
    asking = threading.Thread(target=lambda: answers.append(httpx.get(url, params=SLOW, timeout=60, trust_env=False)))
    asking.start()
    [told] = wait_for(lambda: [r for r in running(filled) if r["steps"] > 1])
    assert told["path"] == "/api/v1/projects/default/traces"
    assert told["parameters"]["query"] == SLOW["query"]
    assert told["state"] == "running"
    assert told["steps_expected"] >= told["steps"]
    one = f"/api/v1/projects/default/running/{told['id']}"
    assert filled.http.delete(one).status_code == 204
    asking.join(20)
    assert answers[0].status_code == 503
    assert "stopped" in answers[0].json()["detail"]
    assert filled.http.delete(one).status_code == 404
    assert running(filled) == []


def test_nobody_works_for_a_client_that_left(filled: Server) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{filled.url}/api/v1/projects/default/traces", params=SLOW, timeout=0.3, trust_env=False)
    assert len(running(filled)) == 1
    began = time.monotonic()
    wait_for(lambda: not running(filled))
    assert time.monotonic() - began < 3


def test_what_takes_too_long_is_ended(start_server: Callable[..., Server]) -> None:
    server = start_server("--query-timeout", "1us")
    assert rejected(server.send(make_request([(1, 1)]))) == 0
    for path in ("/traces", "/spans", "/aggregate", "/traces/histogram", "/traces/facets"):
        answer = server.http.get(f"/api/v1/projects/default{path}")
        assert answer.status_code == 504, (path, answer.text)
        assert "--query-timeout" in answer.json()["detail"]
