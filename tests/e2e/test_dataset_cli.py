# SPDX-License-Identifier: Apache-2.0
"""vireo dataset: import, export, show, diff, list, with files that others write and read."""

from __future__ import annotations

import csv
import json
import pathlib
import sqlite3
from typing import Any

import pandas
import pyarrow.parquet as pq
import pytest
from vireo_server import Server, run


@pytest.fixture
def vireo(shared_server: Server, request: pytest.FixtureRequest) -> Any:
    """vireo("list"): `vireo dataset list` in a project of the test's own."""
    name = request.node.name
    shared_server.http.post("/api/v1/projects", json={"name": name})

    def call(*arguments: str | pathlib.Path, code: int = 0) -> str:
        return run("dataset", *arguments, "--url", shared_server.url, "--project", name, code=code)

    call.api = lambda path, **params: shared_server.api(f"/datasets{path}", project=name, **params)
    return call


def samples(vireo: Any, name: str, **params: Any) -> list[dict[str, Any]]:
    return vireo.api(f"/{name}/samples", limit=5000, **params)["items"]


def test_csv_goes_in_as_asked(vireo: Any, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerows(
            [
                ["key", "question", "answer", "city", "part"],
                ["007", 'say "hi",\nyou', "2.50", "Köln", "train"],
                ["8", "", "[1]", "", ""],
            ]
        )
    text = vireo(
        "import", "q", path, "--input", "question", "--expected", "answer", "--metadata", "city",
        "--split", "part", "--id", "key", "--message", "hello",
    )  # fmt: skip
    assert text == "q:v1: 2 added, 0 changed, 0 removed, 0 unchanged\n"
    assert [{k: v for k, v in s.items() if k != "number"} for s in samples(vireo, "q")] == [
        {"id": "007", "input": 'say "hi",\nyou', "expected": 2.5, "metadata": {"city": "Köln"}, "split": "train"},
        {"id": "8", "input": None, "expected": [1], "metadata": {"city": None}, "split": None},
    ]
    assert vireo.api("/q/commits")["items"][0]["message"] == "hello"
    vireo("import", "whole", path)
    assert samples(vireo, "whole")[1]["input"] == {
        "key": 8,
        "question": None,
        "answer": [1],
        "city": None,
        "part": None,
    }
    vireo("import", "rest", path, "--expected", "answer,city", "--id", "key")
    assert samples(vireo, "rest")[0]["expected"] == {"answer": 2.5, "city": "Köln"}
    assert set(samples(vireo, "rest")[0]["input"]) == {"question", "part"}
    path.write_text("key,question\n7,new\n")
    assert "1 added, 0 changed, 2 removed" in vireo("import", "q", path, "--replace", "--id", "key")


def test_what_was_exported_can_be_imported(vireo: Any, tmp_path: pathlib.Path) -> None:
    items = [
        {"id": "a", "input": {"q": "7", "deep": [{"x": None}]}, "expected": {"double": "NaN"}, "metadata": {"m": 1.0}},
        {"id": "b", "input": "7", "expected": False, "metadata": {}, "split": "train"},
        {"id": "c", "input": None, "expected": None, "metadata": {}, "split": "=SUM(A1)"},
        {"id": "d", "input": [1, 2.5, "ü\u2028"], "expected": 'a,"b"\n', "metadata": {"t": "x"}},
    ]
    source = tmp_path / "source.jsonl"
    source.write_text("\n".join(json.dumps(i) for i in items) + "\n")
    vireo("import", "source", source)
    for name in ("copy.jsonl", "copy.parquet"):
        path = tmp_path / name
        assert vireo("export", "source", path) == "4 samples\n"
        vireo("import", name, path)
        assert samples(vireo, name) == samples(vireo, "source")
    assert vireo("export", "source", "-") == (tmp_path / "copy.jsonl").read_text()
    assert len(vireo("export", "source", "-", "--split", "train").splitlines()) == 1

    # Others read them too.
    table = pq.read_table(tmp_path / "copy.parquet").to_pylist()
    assert [r["id"] for r in table] == ["a", "b", "c", "d"] and json.loads(str(table[0]["input"])) == items[0]["input"]
    text = vireo("export", "source", "-", "--format", "csv", "--spreadsheet")
    rows = list(csv.DictReader(text.splitlines(True)))
    assert rows[2]["split"] == "'=SUM(A1)" and rows[2]["input"] == "" and rows[3]["expected"] == 'a,"b"\n'
    assert json.loads(rows[0]["input"]) == items[0]["input"] and rows[1]["expected"] == "false"


def test_tables_of_pandas_go_in(vireo: Any, tmp_path: pathlib.Path) -> None:
    frame = pandas.DataFrame(
        {
            "q": ["a", None, "007"], "n": [1, 2, 3], "f": [0.5, float("inf"), 2.0], "b": [True, False, True],
            "t": pandas.to_datetime(["2026-01-02", "2026-01-03", None]),
        }
    )  # fmt: skip
    path = tmp_path / "a.parquet"
    frame.to_parquet(path)
    vireo("import", "p", path, "--id", "n")
    found = samples(vireo, "p")
    assert [s["id"] for s in found] == ["1", "2", "3"]
    assert found[0]["input"] == {"q": "a", "f": 0.5, "b": True, "t": "2026-01-02T00:00:00.000000000Z"}
    assert found[1]["input"]["q"] is None and found[1]["input"]["f"] == {"double": "Infinity"}
    assert found[2]["input"]["q"] == "007" and found[2]["input"]["t"] is None


def test_large_files_are_one_commit(vireo: Any, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f'{{"n": {n}, "text": "{"x" * 100}"}}\n' for n in range(45_000)))
    assert vireo("import", "big", path).startswith("big:v1: 45000 added")
    assert vireo("export", "big", tmp_path / "b.jsonl") == "45000 samples\n"
    numbers = [json.loads(line)["input"]["n"] for line in (tmp_path / "b.jsonl").open()]
    assert numbers == list(range(45_000))
    with path.open("a") as file:
        file.write('{"n": \n')
    assert "line 45001" in vireo("import", "big", path, code=1)
    assert vireo.api("/big")["version"] == 1


def test_show_list_and_diff(vireo: Any, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a", "input": "first"}\n{"id": "b", "input": "second", "split": "s"}\n')
    vireo("import", "d", path)
    path.write_text('{"id": "a", "input": "changed"}\n{"id": "c", "input": "third"}\n')
    assert json.loads(vireo("import", "d", path, "--json"))["version"] == 2
    text = vireo("list")
    assert "d:v2" in text and "SAMPLES" in text
    text = vireo("show", "d", "--limit", "2")
    assert "d:v2" in text and "changed" in text and "third" not in text
    assert "first" in vireo("show", "d", "--version", "1")
    assert json.loads(vireo("show", "d", "--split", "s", "--json"))["items"][0]["id"] == "b"
    assert "third" in vireo("show", "d", "--search", "thi")
    text = vireo("diff", "d", "1", "2")
    assert text.startswith("v1 to v2: 1 added, 1 changed, 0 removed\n") and text.split()[-4:] == [
        "changed",
        "a",
        "added",
        "c",
    ]
    assert vireo("diff", "d", "v2") == "v2 to v2: 0 added, 0 changed, 0 removed\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b'a,b\n1,"2\n', "line 2: a quote does not end"),
        ("a.csv", b'a,b\n1,"2"3\n', "line 2: text behind a quoted cell"),
        ("a.csv", b"a,b\n1\n", "line 2: 1 cells, the header has 2"),
        ("a.csv", b"a,a\n1,2\n", "twice"),
        ("a.csv", b"a\n\xff\n", "line 2: not UTF-8"),
        ("a.jsonl", b"{}\n[]\n", "line 2"),
        ("a.jsonl", b'{"input": 1, "metadata": 7}\n', "samples[0].metadata"),
        ("a.parquet", b"PAR1PAR1", ""),
        ("nothing.csv", None, "not found"),
    ],
)
def test_a_bad_file_changes_nothing(
    vireo: Any, tmp_path: pathlib.Path, name: str, content: bytes | None, message: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert message in vireo("import", "d", path, code=1)
    assert vireo.api("/d")["version"] == 0


def test_a_large_import_that_fails_leaves_no_stage(vireo: Any, shared_server: Server, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f'{{"input": {i}}}\n' for i in range(25000)) + '{"input": 1, "metadata": 7}\n')
    with sqlite3.connect(shared_server.data / "catalog.db", timeout=30) as catalog:
        before = catalog.execute("SELECT COUNT(*) FROM sample_stages").fetchone()
        assert "metadata" in vireo("import", "d", path, code=1)
        assert catalog.execute("SELECT COUNT(*) FROM sample_stages").fetchone() == before
    catalog.close()


def test_wrong_calls(vireo: Any, tmp_path: pathlib.Path) -> None:
    vireo("import", "d", code=2)
    vireo("import", "d", "a.xlsx", code=2)
    vireo("export", "d", code=2)
    vireo("export", "d", "-", "--format", "xml", code=2)
    vireo("export", "d", "-", "--format", "parquet", code=2)
    vireo("export", "nothing", tmp_path / "x.jsonl", code=1)
    assert not (tmp_path / "x.jsonl").exists()
    vireo("show", code=2)
    vireo("show", "nothing", code=1)
    vireo("diff", "d", code=2)
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    vireo("import", "d", path, "--input", "b", code=1)
