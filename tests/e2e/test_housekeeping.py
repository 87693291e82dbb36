# SPDX-License-Identifier: Apache-2.0
"""Deletion and retention over the API: gone at once, gone after a kill, gone from disk."""

from __future__ import annotations

import pathlib
import random
import signal
import sqlite3
import time
from collections.abc import Callable

import pyarrow.parquet
from vireo_server import PROTOBUF, Server, all_traces, make_request, run

API = "/api/v1/projects/"
SMALL = ("--memtable-bytes", "64KiB", "--flush-after", "1s")


def send(server: Server, first: int, count: int, *, project: str = "default", **more: str) -> None:
    request = make_request([(t, n) for t in range(first, first + count) for n in (1, 2, 3)], payload="x" * 300)
    for span in request.resource_spans[0].scope_spans[0].spans:
        for key, value in more.items():
            span.attributes.add(key=key.replace("_", ".")).value.string_value = value
    headers = PROTOBUF | {"x-vireo-project": project}
    while (answer := server.http.post("/v1/traces", content=request.SerializeToString(), headers=headers)).is_error:
        assert answer.status_code == 429, answer.text
        time.sleep(0.05)


def numbers(server: Server, project: str = "default") -> set[int]:
    return {int(item["trace_id"], 16) for item in all_traces(server, project)}


def delete(server: Server, path: str, code: int = 202) -> int:
    answer = server.http.delete(f"{API}{path}")
    assert answer.status_code == code, (path, answer.status_code, answer.text)
    return answer.json().get("deleted_spans", 0)


def trace(number: int) -> str:
    return f"default/traces/{number:032x}"


def on_disk(server: Server, number: int) -> bool:
    """Has any file of any project a row of that trace, or is anything in the log at all?"""
    for path in server.data.glob("segments/*/*.parquet"):
        try:
            ids = pyarrow.parquet.read_table(path, columns=["trace_id"])["trace_id"].to_pylist()
        except FileNotFoundError:
            continue
        if number.to_bytes(16, "big") in ids:
            return True
    return any(path.stat().st_size > 40 for path in server.data.glob("wal/*.log"))


def wait_until(check: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_a_deleted_trace_is_gone_at_once_and_after_a_kill(start_server: Callable[..., Server]) -> None:
    server = start_server()
    send(server, 1, 20)
    assert delete(server, trace(7)) == 3
    assert numbers(server) == set(range(1, 21)) - {7}
    assert server.http.get(f"{API}{trace(7)}").status_code == 404
    delete(server, trace(7), 404)
    delete(server, "default/traces/xyz", 400)
    server.stop(signal.SIGKILL)
    server.start()
    assert numbers(server) == set(range(1, 21)) - {7}
    # What comes later under the same id is new.
    send(server, 7, 1)
    assert numbers(server) == set(range(1, 21))


def test_deleted_rows_leave_the_disk(start_server: Callable[..., Server]) -> None:
    server = start_server("--purge-after", "200ms")
    send(server, 1, 50)
    send(server, 77, 1)
    assert on_disk(server, 77)
    assert delete(server, trace(77)) == 3
    wait_until(lambda: not on_disk(server, 77))
    assert numbers(server) == set(range(1, 51))
    wait_until(lambda: tombstones(server) == 0)


def tombstones(server: Server) -> int:
    with sqlite3.connect(server.data / "catalog.db") as db:
        return db.execute("SELECT COUNT(*) FROM tombstones").fetchone()[0]


def test_the_data_of_a_user_goes_with_whole_traces(start_server: Callable[..., Server]) -> None:
    server = start_server()
    send(server, 1, 10, user_id="anna")
    send(server, 11, 10, user_id="ben & co/1")
    send(server, 21, 10)
    late = make_request([(3, 9)])  # of anna's trace, without her name
    assert server.send(late).status_code == 200
    assert delete(server, "default/users/anna") == 31
    assert numbers(server) == set(range(11, 31))
    assert delete(server, "default/users/ben%20%26%20co%2F1") == 30
    assert delete(server, "default/users/nobody") == 0
    assert numbers(server) == set(range(21, 31))


def test_a_deleted_project_is_gone_with_all_it_had(start_server: Callable[..., Server]) -> None:
    server = start_server(*SMALL)
    for first in range(1, 400, 50):
        send(server, first, 50, project="gone")
    send(server, 1, 5, project="kept")
    blob = server.http.put(
        f"{API}gone/blobs/{'2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae'}", content=b"foo"
    )
    assert blob.status_code in (200, 201)
    key = server.http.post(f"{API}gone/keys", json={"name": "ci", "role": "viewer"}).json()
    assert key["key"]
    assert delete(server, "gone") >= 1200
    assert server.http.get(f"{API}gone").status_code == 404
    assert numbers(server, "kept") == set(range(1, 6))
    wait_until(lambda: not on_disk(server, 77))
    server.stop(signal.SIGKILL)
    server.start()
    assert server.http.get(f"{API}gone").status_code == 404
    send(server, 1000, 2, project="gone")
    assert numbers(server, "gone") == {1000, 1001}
    assert numbers(server, "kept") == set(range(1, 6))
    assert server.stop() == 0
    assert "all is well" in run("doctor", "--data", server.data)


def test_the_default_project_is_made_again_when_it_is_deleted(start_server: Callable[..., Server]) -> None:
    server = start_server()
    send(server, 1, 5)
    assert delete(server, "default") == 15
    assert numbers(server) == set()
    send(server, 8, 1)
    assert numbers(server) == {8}


def test_retention_is_set_read_and_refused(start_server: Callable[..., Server]) -> None:
    server = start_server()
    path = f"{API}default/retention"
    assert server.api("/retention") == {"max_age_days": None, "max_bytes": None}
    assert server.http.patch(path, json={"max_age_days": 30}).json() == {"max_age_days": 30, "max_bytes": None}
    assert server.http.patch(path, json={"max_bytes": 10**9}).json() == {"max_age_days": 30, "max_bytes": 10**9}
    assert server.http.patch(path, json={"max_age_days": None}).json()["max_age_days"] is None
    for bad, field in [
        ({"max_age_days": 0}, "max_age_days"),
        ({"max_age_days": "x"}, "max_age_days"),
        ({"max_age_days": 1e9}, "max_age_days"),
        ({"max_bytes": -1}, "max_bytes"),
        ({"max_bytes": 1.5}, "max_bytes"),
    ]:
        answer = server.http.patch(path, json=bad)
        assert answer.status_code == 400, answer.text
        assert answer.json()["field"] == field
    assert server.http.patch(path, json={}).status_code == 400
    assert server.api("/retention") == {"max_age_days": None, "max_bytes": 10**9}


def test_retention_by_age_removes_old_segments_only(start_server: Callable[..., Server]) -> None:
    server = start_server("--flush-after", "100ms")
    old = make_request([(1, 1)], start_ns=time.time_ns() - 10 * 86_400 * 10**9)
    assert server.send(old).status_code == 200
    wait_until(lambda: server.api("/storage")["segments"] == 1)
    assert server.send(make_request([(2, 1)], start_ns=time.time_ns())).status_code == 200
    wait_until(lambda: server.api("/storage")["segments"] == 2)
    assert server.http.patch(f"{API}default/retention", json={"max_age_days": 5}).status_code == 200
    server.stop()
    server.start()
    wait_until(lambda: numbers(server) == {2})


def test_a_kill_at_any_moment_of_deleting_undeletes_nothing(tmp_path: pathlib.Path) -> None:
    generator = random.Random(3)
    server = Server(tmp_path / "data", *SMALL, "--purge-after", "50ms")
    alive: set[int] = set()
    dead: set[int] = set()
    last = 1
    try:
        for _ in range(8):
            server.start()
            send(server, last, 40)
            alive |= set(range(last, last + 40))
            last += 40
            for number in generator.sample(sorted(alive), 10):
                assert delete(server, trace(number)) == 3
                alive.remove(number)
                dead.add(number)
            time.sleep(generator.uniform(0, 0.3))
            server.stop(signal.SIGKILL)
        server.start()
        assert numbers(server) == alive
        assert server.stop() == 0
    finally:
        server.stop()
    assert "all is well" in run("doctor", "--data", server.data)


def test_the_command_line_deletes_and_reports(start_server: Callable[..., Server]) -> None:
    server = start_server("--flush-after", "100ms")
    at = ("--url", server.url)
    send(server, 1, 20, user_id="anna")
    send(server, 21, 20)
    send(server, 1, 5, project="the second")
    wait_until(lambda: server.api("/storage")["memtable_spans"] == 0)
    report = run("storage", *at)
    assert "span_id" in report and "segment_bytes" in report
    assert "--yes" in run("delete", "trace", f"{1:032x}", *at, code=2)
    assert "3 spans deleted" in run("delete", "trace", f"{21:032x}", "--yes", *at)
    assert "no such trace" in run("delete", "trace", f"{21:032x}", "--yes", *at, code=1)
    assert "60 spans deleted" in run("delete", "user", "anna", "--yes", *at)
    assert "15 spans deleted" in run("delete", "project", "the second", "--yes", *at)
    assert numbers(server) == set(range(22, 41))
    assert run("retention", *at).split() == ["max_age_days", "-", "max_bytes", "-"]
    assert run("retention", "--max-age", "36h", "--max-bytes", "2GiB", *at).split()[1::2] == ["1.5", "2147483648"]
    assert run("retention", "--any-age", *at).split()[1::2] == ["-", "2147483648"]


def test_storage_by_column_comes_from_the_files(start_server: Callable[..., Server]) -> None:
    server = start_server("--flush-after", "100ms")
    send(server, 1, 100, tier="gold")
    wait_until(lambda: server.api("/storage")["memtable_spans"] == 0)
    report = server.api("/storage")
    columns = {column["column"]: column for column in report["columns"]}
    files = list(server.data.glob("segments/*/*.parquet"))
    assert sum(path.stat().st_size for path in files) == report["segment_bytes"]
    assert sum(column["bytes"] for column in columns.values()) + report["index_bytes"] == report["segment_bytes"]
    real: dict[str, int] = {}
    for path in files:
        metadata = pyarrow.parquet.ParquetFile(path).metadata
        for g in range(metadata.num_row_groups):
            for c in range(metadata.num_columns):
                chunk = metadata.row_group(g).column(c)
                real[chunk.path_in_schema] = real.get(chunk.path_in_schema, 0) + chunk.total_compressed_size
    assert {name: column["bytes"] for name, column in columns.items()} == real
    assert columns["attr.tier"]["rows"] == 300
    assert columns["attr.tier"]["distinct"] == 1
    assert report["limits"]["key_columns_per_segment"] == 1000
    assert [c["bytes"] for c in report["columns"]] == sorted((c["bytes"] for c in report["columns"]), reverse=True)


def test_very_many_keys_are_bounded_and_told(start_server: Callable[..., Server]) -> None:
    server = start_server("--flush-after", "200ms")
    for first in range(0, 30000, 1000):
        request = make_request([(first + n + 1, 1) for n in range(50)])
        for i, span in enumerate(request.resource_spans[0].scope_spans[0].spans):
            for k in range(20):
                span.attributes.add(key=f"key.{first + i * 20 + k}").value.string_value = "v"
        assert server.send(request).status_code == 200
    wait_until(lambda: server.api("/storage")["memtable_spans"] == 0)
    report = server.api("/storage", limit=10000)
    assert report["column_count"] < 1100 * report["segments"]
    assert report["keys_in_rest"] > 0
    assert report["keys"] == report["keys_in_columns"] + report["keys_in_rest"]
    assert {item["trace_id"] for item in all_traces(server, query="attr.key.29007:v")} == {f"{29001:032x}"}


def test_damaged_files_are_told_and_the_rest_answers(start_server: Callable[..., Server]) -> None:
    generator = random.Random(5)
    server = start_server("--flush-after", "100ms")
    for first in range(1, 400, 100):
        send(server, first, 100)
        wait_until(lambda: server.api("/storage")["memtable_spans"] == 0)
    before = numbers(server)
    server.stop()
    path = max(server.data.glob("segments/*/*.parquet"), key=lambda p: p.stat().st_size)
    for _ in range(6):
        data = bytearray(path.read_bytes())
        data[generator.randrange(4, len(data))] ^= 1 << generator.randrange(8)
        path.write_bytes(data)
        server.start()
        left = numbers(server)
        assert left <= before
        for facet in server.api("/traces/facets")["items"]:
            assert facet["values"] is not None
        assert server.api("/traces/histogram")["total"] <= len(before)
        assert server.stop() == 0
    assert len(left) < len(before), "some page was hit"
    assert any("damaged rows set aside" in line or "cannot be read" in line for line in server.log)
    assert path.name in run("doctor", "--data", server.data, code=1)


def test_damage_under_a_running_server_is_counted(start_server: Callable[..., Server]) -> None:
    server = start_server("--flush-after", "100ms")
    send(server, 1, 100)
    wait_until(lambda: server.api("/storage")["memtable_spans"] == 0)
    path = next(server.data.glob("segments/*/*.parquet"))
    file = pyarrow.parquet.ParquetFile(path)
    chunk = file.metadata.row_group(0).column(file.schema.names.index("trace_id"))
    assert numbers(server) == set(range(1, 101))
    with path.open("r+b") as damaged:
        damaged.seek(chunk.data_page_offset + chunk.total_compressed_size // 2)
        byte = damaged.read(1)[0]
        damaged.seek(-1, 1)
        damaged.write(bytes([byte ^ 4]))
    send(server, 1001, 3)
    assert numbers(server) == {1001, 1002, 1003}
    assert "vireo_damaged_blocks 1\n" in server.http.get("/metrics").text
    assert server.api("/storage")["damaged_blocks"] == 1


def test_a_file_that_cannot_be_opened_is_counted(start_server: Callable[..., Server]) -> None:
    server = start_server("--flush-after", "100ms")
    send(server, 1, 100)
    wait_until(lambda: server.api("/storage")["memtable_spans"] == 0)
    assert server.stop() == 0
    path = next(server.data.glob("segments/*/*.parquet"))
    data = bytearray(path.read_bytes())
    data[-20] ^= 1  # in the footer
    path.write_bytes(data)
    server.start()
    send(server, 1001, 3)
    assert numbers(server) == {1001, 1002, 1003}
    assert "vireo_damaged_blocks 1\n" in server.http.get("/metrics").text
    assert server.api("/storage")["damaged_segments"] == 1
