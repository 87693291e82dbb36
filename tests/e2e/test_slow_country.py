# SPDX-License-Identifier: Apache-2.0
"""The example of the slow country, and that the API leads to its cause as docs/slow-country.md tells."""

from __future__ import annotations

import datetime
import subprocess
import sys
from typing import Any

import pytest
from vireo_server import ROOT, Server, clean_environment

PROJECT = "slow-country"
NOW = datetime.datetime(2026, 11, 20, 15, 30, tzinfo=datetime.UTC)
OPENED = "2026-11-19T06:00:00Z"
DAY_BEFORE = "2026-11-18T06:00:00Z"
END = "2026-11-20T06:00:00Z"
REQUESTS = 6000


@pytest.fixture(scope="module")
def example(shared_server: Server) -> Server:
    script = ROOT / "examples" / "slow_country.py"
    options = ["--url", shared_server.url, "--requests", str(REQUESTS), "--now", str(NOW.timestamp())]
    done = subprocess.run(
        [sys.executable, script, *options], capture_output=True, text=True, timeout=120, env=clean_environment()
    )
    assert done.returncode == 0, done.stderr
    assert "since Thursday 06:00 UTC" in done.stdout
    return shared_server


def groups(server: Server, **params: Any) -> dict[Any, list[float]]:
    answer = server.api("/aggregate", PROJECT, **params)
    return {tuple(g["key"]) if len(g["key"]) > 1 else g["key"][0]: g["values"] for g in answer["groups"]}


def test_every_request_arrived(example: Server) -> None:
    answer = example.api("/aggregate", PROJECT, query="root:true", measure="count")
    assert answer["total"]["values"] == [REQUESTS]
    models = example.api("/models", PROJECT)["items"]
    assert [(m["name"], m["latest"]) for m in models] == [("checkout-ranker", "checkout-ranker:v7")]


def test_one_country_stands_out_since_yesterday(example: Server) -> None:
    measured = {"measure": "p95(latency)", "by": "tag.country", "query": "model:checkout-ranker:v7"}
    after = groups(example, **measured, **{"from": OPENED, "to": END})
    before = groups(example, **measured, **{"from": DAY_BEFORE, "to": OPENED})
    slower = {country: after[country][0] / before[country][0] for country in before}
    assert max(slower, key=slower.__getitem__) == "BR"
    assert slower.pop("BR") > 2
    assert max(slower.values()) < 2
    other = groups(example, **measured | {"query": "model:checkout-ranker:v6"}, **{"from": OPENED, "to": END})
    assert other["BR"][0] < after["BR"][0] / 2


def test_the_comparison_names_region_and_cache(example: Server) -> None:
    query = "model:checkout-ranker:v7 tag.country:BR"
    windows = {"from": OPENED, "to": END, "from_b": DAY_BEFORE, "to_b": OPENED}
    answer = example.api("/compare", PROJECT, query=query, query_b=query, **windows)
    first = [(item["field"], item["value"]) for item in answer["items"][:6]]
    assert ("tag.region", "sa-east") in first
    assert ("tag.cache", "miss") in first
    assert answer["a"]["traces"] > 20
    assert answer["b"]["traces"] > 20


def test_the_slow_step_is_the_embedding(example: Server) -> None:
    query = "name:embed"
    by_cache = groups(example, query=query, measure="p50(latency)", by="tag.cache")
    assert by_cache["miss"][0] > 20 * by_cache["hit"][0]
    trace = example.api("/traces", PROJECT, query="tag.region:sa-east tag.cache:miss", limit=1)["items"][0]
    spans = example.api(f"/traces/{trace['trace_id']}", PROJECT)["spans"]
    inner = [s for s in spans if s["name"] in ("embed", "vector search", "load basket", "score")]
    assert max(inner, key=lambda s: s["duration_ns"])["name"] == "embed"
    root = next(s for s in spans if s["parent_span_id"] is None)
    assert all(root["start_time"] <= s["start_time"] and s["end_time"] <= root["end_time"] for s in spans)
