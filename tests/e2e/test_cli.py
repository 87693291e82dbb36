# SPDX-License-Identifier: Apache-2.0
"""The command line against a running server, and on its folder."""

from __future__ import annotations

import gzip
import json
import pathlib
import shutil
import threading

import duckdb
import pytest
from vireo_server import Server, all_traces, make_request, rejected, run


@pytest.fixture
def filled(server: Server) -> Server:
    for i in range(30):
        request = make_request([(i + 1, n) for n in range(1, 4)], payload=f'{{"question": {i}}}')
        for span in request.resource_spans[0].scope_spans[0].spans:
            span.attributes.add(key="vireo.model.name").value.string_value = "digits"
            span.attributes.add(key="vireo.model.fingerprint").value.string_value = ("ab" if i % 2 else "cd") * 32
            span.attributes.add(key="share").value.double_value = i / 2
        assert rejected(server.send(request)) == 0
    return server


def snapshot(server: Server, project: str = "default") -> dict[str, list]:
    """Every trace with its spans, without what depends on when it was received."""
    traces = {}
    for item in all_traces(server, project):
        spans = server.api(f"/traces/{item['trace_id']}", project)["spans"]
        for span in spans:
            del span["received_time"]
        traces[item["trace_id"]] = sorted(spans, key=lambda s: s["span_id"])
    return traces


def test_help_and_mistakes() -> None:
    text = run("help")
    verbs = [line.split()[0] for line in text.splitlines() if line.startswith("  ")]
    expected = [
        "serve",
        "project",
        "key",
        "model",
        "dataset",
        "judge",
        "score",
        "trace",
        "query",
        "evaluation",
        "gate",
        "import",
        "export",
        "delete",
        "storage",
        "retention",
        "backup",
        "doctor",
        "worker",
        "version",
        "help",
    ]
    assert verbs == expected
    for verb in verbs:
        assert "vireo" in run("help", verb)
        assert run(verb, "--help")
    assert "did you mean `serve`" in run("srve", code=2)
    assert "did you mean `trace list`" in run("trace", "lst", code=2)
    assert "--limit" in run("trace", "list", "--limt", "5", code=2)
    assert "Usage" in run(code=2)
    assert run("version").startswith("vireo ")
    assert run("--version") == run("version")
    assert "no answer from" in run("trace", "list", "--url", "http://127.0.0.1:1", code=1)


def test_projects_models_traces_and_keys(filled: Server) -> None:
    at = ("--url", filled.url)
    assert run("project", "create", "Concept Project", *at).strip() == "Concept Project"
    assert "Concept Project" in run("project", "list", *at)
    listed = run("model", "list", *at)
    assert "digits:v2" in listed
    assert "digits:v1" in run("model", "show", "digits", *at)
    assert "cd" * 32 in run("model", "show", "digits:v1", *at)
    run("model", "rename", "digits", "numbers", *at)
    assert "numbers:v2" in run("model", "list", *at)
    assert "there is no model" in run("model", "rename", "none", "other", *at, code=1)
    lines = run("trace", "list", "--limit", "5", *at).splitlines()
    assert len(lines) == 6
    assert f"{30:032x}" in lines[1]
    assert len(run("trace", "list", "model:numbers:v1", "--limit", "1000", *at).splitlines()) == 16
    assert "query" in run("trace", "list", "status:", *at, code=1)
    shown = run("trace", "show", f"{7:032x}", *at)
    assert '{"question": 6}' in shown
    items = json.loads(run("trace", "list", "--json", *at))["items"]
    assert len(items) == 20
    key = run("key", "create", "ci", "--role", "ingest", *at).strip()
    assert key.startswith("vr_")
    row = next(line for line in run("key", "list", *at).splitlines() if " ci " in line)
    run("key", "revoke", row.split()[0], *at)
    assert " ci " not in run("key", "list", *at)


def test_texts_of_users_cannot_drive_the_terminal(server: Server) -> None:
    assert rejected(server.send(make_request([(1, 1)], name="red \x1b[31m\x07 alert"))) == 0
    output = run("trace", "list", "--url", server.url) + run("trace", "show", f"{1:032x}", "--url", server.url)
    assert "\x1b" not in output
    assert "\x07" not in output


@pytest.mark.parametrize("name", ["t.jsonl", "t.pb", "t.parquet"])
def test_what_is_exported_is_imported_again(filled: Server, tmp_path: pathlib.Path, start_server, name: str) -> None:
    path = tmp_path / name
    run("export", path, "--url", filled.url)
    other = start_server(data=tmp_path / "other")
    run("import", path, "--url", other.url)
    run("import", path, "--url", other.url)  # again: nothing doubles
    before, after = snapshot(filled), snapshot(other)
    # Versions are numbered by who sees them first.
    for traces in (before, after):
        for spans in traces.values():
            for span in spans:
                assert span.pop("model").startswith("digits:v")
    assert after == before


def test_exports_choose_by_query_and_format(filled: Server, tmp_path: pathlib.Path) -> None:
    at = ("--url", filled.url)
    path = tmp_path / "some.traces.jsonl"
    run("export", path, "model:digits:v1", *at)
    traces = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(traces) == 15
    assert {s["model"] for t in traces for s in t["spans"]} == {"digits:v1"}
    parquet = tmp_path / "some.parquet"
    run("export", parquet, "model:digits:v2", *at)
    rows = duckdb.sql(f"select count(*), min(model_version), max(model) from read_parquet('{parquet}')").fetchall()
    assert rows == [(45, 2, "digits")]
    assert "no trace matches" in run("export", tmp_path / "none.parquet", "status:error", *at, code=1)
    assert "query" in run("export", tmp_path / "bad.jsonl", "status:", *at, code=1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "some.parquet", "some.traces.jsonl"]


def test_imports_of_folders_and_of_what_is_no_trace(filled: Server, tmp_path: pathlib.Path, start_server) -> None:
    folder = tmp_path / "in"
    (folder / "deep" / "er").mkdir(parents=True)
    run("export", folder / "a.jsonl", "--url", filled.url)
    packed = gzip.compress((folder / "a.jsonl").read_bytes())
    (folder / "a.jsonl").unlink()
    (folder / "deep" / "er" / "a.jsonl.gz").write_bytes(packed)
    (folder / "README.txt").write_text("not a trace")
    other = start_server(data=tmp_path / "other")
    assert "1 files" in run("import", folder, "--url", other.url, "--project", "über all")
    assert snapshot(other, "%C3%BCber%20all").keys() == snapshot(filled).keys()
    for name, content in [
        ("x.jsonl", b"{nonsense"),
        ("x.parquet", b"PAR1 no"),
        ("x.pb", b"\xff\xff"),
        ("x.json.gz", b"x"),
    ]:
        (tmp_path / name).write_bytes(content)
        assert run("import", tmp_path / name, "--url", other.url, code=1)
    assert "unknown kind of file" in run("import", folder / "README.txt", "--url", other.url, code=1)
    assert run("import", tmp_path / "missing.jsonl", "--url", other.url, code=1)


def test_a_backup_under_load_is_whole(filled: Server, tmp_path: pathlib.Path, start_server) -> None:
    stop = threading.Event()
    sent: list[int] = []

    def load() -> None:
        import httpx

        with httpx.Client(base_url=filled.url, timeout=30, trust_env=False) as client:
            number = 1000
            while not stop.is_set():
                number += 1
                body = make_request([(number, 1)], payload="x" * 2000).SerializeToString()
                headers = {"content-type": "application/x-protobuf"}
                if client.post("/v1/traces", content=body, headers=headers).status_code == 200:
                    sent.append(number)

    thread = threading.Thread(target=load)
    thread.start()
    try:
        copies = []
        for i in range(3):
            before = len(sent)
            target = tmp_path / f"backup{i}"
            run("backup", "--data", filled.data, "--to", target)
            copies.append((target, set(range(1, 31)) | set(sent[:before])))
    finally:
        stop.set()
        thread.join()
    for target, acknowledged in copies:
        copy = start_server(data=target)
        stored = {int(t["trace_id"], 16) for t in all_traces(copy)}
        assert acknowledged <= stored
        assert snapshot(copy)[f"{5:032x}"] == snapshot(filled)[f"{5:032x}"]
        assert copy.stop() == 0
        assert "all is well" in run("doctor", "--data", target)
    assert "not empty" in run("backup", copies[0][0], "--data", filled.data, code=1)
    assert "no data" in run("backup", tmp_path / "b", "--data", tmp_path / "none", code=1)


def test_doctor_tells_what_is_wrong(filled: Server, tmp_path: pathlib.Path) -> None:
    content = b"hello"
    sha = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    filled.http.put(f"/api/v1/projects/default/blobs/{sha}", content=content, headers={"content-type": "text/plain"})
    filled.stop()
    assert "all is well" in run("doctor", "--data", filled.data)

    def broken(change) -> str:
        copy = tmp_path / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(filled.data, copy)
        change(copy)
        output = run("doctor", "--data", copy, code=1)
        assert "wrong" in output
        return output

    def flip(path: pathlib.Path, offset: int) -> None:
        data = bytearray(path.read_bytes())
        data[offset] ^= 0x55
        path.write_bytes(data)

    segment = next(filled.data.rglob("*.parquet")).relative_to(filled.data)
    assert segment.stem in broken(lambda copy: flip(copy / segment, 200))
    assert segment.stem in broken(lambda copy: (copy / segment).unlink())
    blob = next(p for p in (filled.data / "blobs").rglob(sha)).relative_to(filled.data)
    assert sha in broken(lambda copy: flip(copy / blob, 1))
    assert "missing" in broken(lambda copy: (copy / blob).unlink())
    assert "no data" in run("doctor", "--data", tmp_path / "none", code=1)


def test_doctor_says_that_a_folder_is_in_use(server: Server) -> None:
    import subprocess

    from vireo_server import BINARY, clean_environment

    done = subprocess.run(
        [BINARY, "doctor", "--data", server.data], capture_output=True, text=True, env=clean_environment()
    )
    assert "in use" in done.stderr
    assert "all is well" in done.stdout
    assert done.returncode == 0
