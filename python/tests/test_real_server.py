# SPDX-License-Identifier: Apache-2.0
"""Against the real binary: versions, definitions, delivery after an outage, the example programs."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import time
from typing import Any

import pytest
from conftest import ROOT, Server
from vireo import NotFoundError, Vireo

CONCEPT = """
import sys
from {package} import {client}

vr = {client}("Concept Project", "")

@vr.trace
def model(input_a, input_b):
  # addition
  return input_a + input_b

model(1, 2)
first = vr.version_of(model)

@vr.trace
def model(input_a, input_b):
  return input_a - input_b # addition changed into subtraction
model(1, 2)
print(first, vr.version_of(model))
"""


def start_program(path: pathlib.Path, server: Server, *args: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "VIREO_URL": server.url}
    return subprocess.Popen(
        [sys.executable, str(path), *args], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(program: subprocess.Popen[str]) -> str:
    out, err = program.communicate(timeout=60)
    assert program.returncode == 0, err
    return out.strip()


@pytest.mark.parametrize("names", [("vireo", "Vireo"), ("vireo.compat.bighummingbird", "BigHummingbird")])
def test_the_seeds_program_makes_two_versions_from_ten_processes_at_once(
    server: Server, tmp_path: pathlib.Path, names: tuple[str, str]
) -> None:
    path = tmp_path / "model.py"
    path.write_text(CONCEPT.format(package=names[0], client=names[1]))
    assert finish(start_program(path, server)) == "model:v1 model:v2"
    together = [start_program(path, server) for _ in range(10)]
    assert {finish(p) for p in together} == {"model:v1 model:v2"}
    with Vireo("Concept Project", url=server.url) as vr:
        one, two = vr.model("model:v1"), vr.model("model:v2")
        assert vr.model("model").tag == "model:v2"
        assert vr.request("GET", "/models/model")["version_count"] == 2
    assert "return input_a + input_b" in one.source
    assert "return input_a - input_b # addition changed" in two.source
    assert one.signature == "(input_a, input_b)"
    assert (one.runs, two.runs) == (11, 11)
    assert one.first_seen is not None
    assert one.python_version == sys.version.split()[0]
    assert one.load(allow_code=True)(5, 3) == 8
    assert two.load(allow_code=True)(5, 3) == 2


def test_ten_processes_that_are_the_first(server: Server, tmp_path: pathlib.Path) -> None:
    """Nobody ran before: the versions are two and the tags agree, whichever process came first."""
    path = tmp_path / "model.py"
    path.write_text(CONCEPT.format(package="vireo", client="Vireo"))
    together = [start_program(path, server) for _ in range(10)]
    assert {finish(p) for p in together} == {"model:v1 model:v2"}


def test_a_trace_comes_back_as_it_was_recorded(server: Server) -> None:
    with Vireo("p", url=server.url) as vr:

        @vr.trace(tags={"tier": "free"})
        def predict(x: list[float]) -> dict[str, float]:
            with vr.span("look", kind="retriever") as span:
                span.log("page", b"\x89PNG\r\n\x1a\nnot really")
                trace_id.append(span.trace_id)
            vr.current_trace().tag(country="DE", age=3)
            return {"score": 0.5}

        trace_id: list[str] = []
        predict([1.0, float("nan")])
        with pytest.raises(TypeError):
            predict()  # type: ignore[call-arg]
        assert vr.flush(20)
        tag = vr.version_of(predict)
        spans = vr.request("GET", f"/traces/{trace_id[0]}")["spans"]
        with pytest.raises(NotFoundError):
            vr.model("predict:v9")
        items = vr.request("GET", "/traces")["items"]
    root, inner = spans
    assert root["model"] == tag == "predict:v1"
    assert root["input"] == '{"x":[1.0,{"$float":"NaN"}]}'
    assert root["output"] == '{"score":0.5}'
    assert root["tags"] == {"tier": "free", "country": "DE", "age": 3}
    assert root["status"]["code"] == "ok"
    assert (inner["parent_span_id"], inner["type"]) == (root["span_id"], "retriever")
    assert inner["references"][0]["media_type"] == "image/png"
    assert sorted(i["status"] for i in items) == ["error", "ok"]


def test_a_server_that_is_away_for_a_while_loses_nothing(server: Server, tmp_path: pathlib.Path) -> None:
    vr = Vireo("p", url=server.url)

    @vr.trace
    def work(x: int) -> int:
        return x

    slowest = 0.0
    for i in range(3000):
        if i == 1000:
            server.stop()
        if i == 2000:
            server.start()
        before = time.perf_counter()
        work(i)
        slowest = max(slowest, time.perf_counter() - before)
    deadline = time.monotonic() + 60
    while not vr.flush(5) and time.monotonic() < deadline:
        pass
    counters = vr.counters()
    seen: set[int] = set()
    cursor: Any = None
    while True:
        page = vr.request("GET", "/traces?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
        seen.update(int(re.findall(r"\d+", i["input_preview"])[0]) for i in page["items"])
        cursor = page["next_cursor"]
        if not cursor:
            break
    vr.close(5)
    assert len(seen) == 3000, counters
    assert slowest < 0.5


def test_the_examples_run(server: Server, tmp_path: pathlib.Path) -> None:
    examples = ROOT / "examples"
    assert "model:v2" in finish(start_program(examples / "concept.py", server))
    before = time.monotonic()
    out = finish(start_program(examples / "quickstart.py", server, "--url", server.url, "--project", "digits"))
    assert "digits:v1" in out
    assert "digits:v2" in out
    assert time.monotonic() - before < 30
    with Vireo("digits", url=server.url) as vr:
        items = vr.request("GET", "/traces?limit=1000")["items"]
        assert {i["model"] for i in items} >= {"digits:v1", "digits:v2"}
        assert {"ok", "error"} == {i["status"] for i in items}
        assert all(i["references"] for i in items if i["status"] == "ok")
        assert "digits:v2" in vr.model("digits").tag
