# SPDX-License-Identifier: Apache-2.0
"""Suites and datasets for the tests of evaluations, and calls that they all make."""

from __future__ import annotations

import hashlib
import json
import pathlib
import sqlite3
from typing import Any

import httpx
from vireo_server import Server

BASE = "/api/v1/projects/default"


def seed_suite(data: pathlib.Path, workflow: str, suite: str, cases: dict[str, list[dict[str, Any]]]) -> None:
    """Version 1 of a suite: {"input", "expected", "metadata"} by case."""
    db = sqlite3.connect(data / "catalog.db", timeout=30, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    project = db.execute("SELECT id FROM projects WHERE name = 'default'").fetchone()[0]
    top = db.execute("SELECT COALESCE(MAX(id), 0) FROM sample_spaces").fetchone()[0]
    space = top + 1
    db.execute(
        "INSERT INTO sample_spaces VALUES (?, ?, 'workflow', ?, '', '{}', '[]', '[]', 1, 1, 0)",
        (space, project, workflow),
    )
    suite_id = db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM suites").fetchone()[0]
    db.execute("INSERT INTO suites VALUES (?, ?, ?, '', '[]', 1, 1)", (suite_id, space, suite))
    db.execute("INSERT INTO suite_versions VALUES (?, 1, 1, '', '')", (suite_id,))
    numbers: dict[str, int] = {}
    for position, (name, samples) in enumerate(cases.items()):
        list_id = db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM sample_lists").fetchone()[0]
        db.execute("INSERT INTO sample_lists VALUES (?, ?, ?, '', 1, 1, ?, ?)", (list_id, space, name, len(samples), 0))
        db.execute("INSERT INTO suite_cases VALUES (?, 1, ?, ?, 1)", (suite_id, position, list_id))
        rows = []
        inputs = []
        for at, sample in enumerate(samples):
            text = json.dumps(sample["input"], sort_keys=True)
            if text not in numbers:
                numbers[text] = len(numbers) + 1
                digest = hashlib.sha256(text.encode()).hexdigest()
                inputs.append((space, numbers[text], digest, "", text, json.dumps(sample.get("metadata", {}))))
            rows.append((list_id, at, 1, 2**63 - 1, numbers[text], "", json.dumps(sample.get("expected")), "{}", ""))
        db.executemany("INSERT INTO sample_inputs VALUES (?, ?, ?, ?, ?, ?)", inputs)
        db.executemany("INSERT INTO sample_rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    db.execute("COMMIT")
    db.close()


def call(server: Server, method: str, path: str, body: Any = None, status: int = 200, **params: Any) -> Any:
    """One request below the project; its JSON (or None)."""
    answer: httpx.Response = server.http.request(method, BASE + path, json=body, params=params)
    assert answer.status_code == status, (method, path, answer.status_code, answer.text)
    return answer.json() if answer.content else None


def start(server: Server, model: str, suite: str = "night", workflow: str = "wf", **more: Any) -> Any:
    """A model of the workflow and its evaluation on the suite."""
    made = server.http.put(f"{BASE}/workflows/{workflow}/models/{model}", json={})
    assert made.status_code in (200, 201), made.text
    body = {"suite": {"workflow": workflow, "name": suite}, "model": made.json()["tag"], "evaluator": "ev", **more}
    answer = server.http.post(f"{BASE}/evaluations", json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()
