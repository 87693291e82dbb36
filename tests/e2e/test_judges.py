# SPDX-License-Identifier: Apache-2.0
"""Judges and their versions, as a client of the API sees them."""

from __future__ import annotations

import json
from typing import Any

import httpx
from test_scores import filled, found, of_trace, score
from vireo_server import JSON, Server

PROJECT = "/api/v1/projects/default"

__all__ = ["filled"]


def register(server: Server, name: str, print_: str, **more: Any) -> httpx.Response:
    body = {"fingerprint": print_ * 64, "kind": "code", "source": f"def rubric(): {print_!r}"} | more
    return server.http.post(f"{PROJECT}/judges/{name}/versions", content=json.dumps(body), headers=JSON)


def test_versions_by_fingerprint(server: Server) -> None:
    first = register(server, "good", "a", parameters=["outputs"], definition={"rubric": "x"}, description="first")
    assert first.status_code == 201, first.text
    assert first.json() == {"tag": "good:v1", "name": "good", "number": 1, "created": True}
    assert register(server, "good", "b").json()["tag"] == "good:v2"
    again = register(server, "good", "a")
    assert (again.status_code, again.json()["created"], again.json()["number"]) == (200, False, 1)
    (judge,) = server.api("/judges")["items"]
    assert (judge["latest"], judge["version_count"], judge["kind"]) == ("good:v2", 2, "code")
    versions = server.api("/judges/good/versions")["items"]
    assert [v["tag"] for v in versions] == ["good:v2", "good:v1"]
    assert "source" not in versions[0]
    one = server.api("/judges/good/versions/v1")
    assert (one["source"], one["parameters"], one["definition"]) == ("def rubric(): 'a'", ["outputs"], {"rubric": "x"})
    page = server.api("/judges/good/versions", limit=1)
    assert server.api("/judges/good/versions", cursor=page["next_cursor"])["items"][0]["tag"] == "good:v1"


def test_what_is_wrong_is_named(server: Server) -> None:
    answer = register(server, "good", "a", kind="cat")
    assert (answer.status_code, answer.json()["field"]) == (400, "kind")
    assert register(server, "good", "?").json()["field"] == "fingerprint"
    for path in ("/judges/none", "/judges/none/versions", "/judges/none/versions/1"):
        assert server.http.get(PROJECT + path).status_code == 404, path
    assert server.http.get(f"{PROJECT}/judges/none/versions/x").status_code == 400


def test_a_renamed_judge_keeps_its_scores(filled: Server) -> None:
    register(filled, "good", "a")
    change = {"name": "better", "description": "is it good?", "metadata": {"owner": "ann"}}
    answer = filled.http.patch(f"{PROJECT}/judges/good", content=json.dumps(change), headers=JSON)
    assert answer.status_code == 200, answer.text
    assert answer.json()["former_names"] == ["good"]
    assert filled.api("/judges/good")["name"] == "better"
    assert score(filled, of_trace(9, 1, name="good", judge="better:v1"))["accepted"] == 1
    assert found(filled, "judge:better") == set(range(1, 10))
    assert found(filled, "judge:better:v1") == set(range(1, 10))
    assert found(filled, "judge:better:v2") == set()
