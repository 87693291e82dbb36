# SPDX-License-Identifier: Apache-2.0
"""Start, stop, restart: what is promised between two signals."""

from __future__ import annotations

import pathlib
import signal
import socket
import threading
import time

import pytest
from vireo_server import PROTOBUF, SANITIZED, Server, all_traces, make_request, rejected, run


def test_health_before_and_after(server: Server) -> None:
    assert server.http.get("/healthz").status_code == 200
    assert server.http.get("/readyz").status_code == 200
    assert server.http.head("/healthz").status_code == 200


@pytest.mark.skipif(SANITIZED, reason="sanitizers need memory and time of their own")
def test_an_idle_server_is_small_and_starts_fast(tmp_path: pathlib.Path) -> None:
    starts = []
    for _ in range(5):
        server = Server(tmp_path / "data")
        server.start()
        starts.append(int(server.log[-1].split("start_ms=")[1].split()[0]))
        resident = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
        assert int(resident.split("VmRSS:")[1].split()[0]) < 25 * 1024
        assert server.stop() == 0
    assert min(starts) <= 100


def test_two_servers_on_one_folder(server: Server) -> None:
    before = time.monotonic()
    output = run("serve", "--data", server.data, "--listen", "127.0.0.1:0", code=1)
    assert "in use" in output
    assert time.monotonic() - before < 10
    assert server.http.get("/readyz").status_code == 200


def test_a_port_in_use_is_told(server: Server, tmp_path: pathlib.Path) -> None:
    output = run("serve", "--data", tmp_path / "other", "--listen", f"127.0.0.1:{server.port}", code=1)
    assert str(server.port) in output


def test_a_restart_keeps_everything(server: Server) -> None:
    for i in range(20):
        assert rejected(server.send(make_request([(i + 1, n) for n in range(1, 4)], payload=f"input {i}"))) == 0
    sha = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    path = f"/api/v1/projects/default/blobs/{sha}"
    assert server.http.put(path, content=b"hello", headers={"content-type": "text/plain"}).status_code == 201
    register = "/api/v1/projects/default/models/m/versions"
    assert server.http.post(register, json={"fingerprint": "cd" * 32, "source": "x = 1"}).status_code == 201
    before = [server.api(f"/traces/{i + 1:032x}") for i in range(20)]
    counters = server.api("")["counters"]
    for how in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        code = server.stop(how)
        assert code == (-9 if how == signal.SIGKILL else 0)
        server.start()
        assert [server.api(f"/traces/{i + 1:032x}") for i in range(20)] == before
        assert len(all_traces(server)) == 20
        assert server.api("")["counters"] == counters
        assert server.http.get(path).content == b"hello"
        assert server.api("/models/m/versions/1")["source"] == "x = 1"


def test_a_drain_finishes_requests_that_have_begun(server: Server) -> None:
    body = make_request([(1, 1)], payload="x" * 100_000).SerializeToString()
    head = (
        f"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), 30) as s:
        s.sendall(head.encode() + body[:50_000])
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", server.port), 5).close()
        s.sendall(body[50_000:])
        assert b" 200 " in s.recv(4096).split(b"\r\n")[0]
    assert server.process.wait(30) == 0
    server.stop()
    server.start()
    assert len(all_traces(server)) == 1


def test_nothing_acknowledged_is_lost_by_a_drain_under_load(server: Server) -> None:
    acknowledged: list[int] = []
    lock = threading.Lock()
    stopped = threading.Event()

    def send(worker: int) -> None:
        import httpx

        with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as client:
            number = 0
            while not stopped.is_set():
                number += 1
                trace = worker * 1_000_000 + number
                body = make_request([(trace, 1)]).SerializeToString()
                try:
                    answer = client.post("/v1/traces", content=body, headers=PROTOBUF)
                except httpx.HTTPError:
                    return
                if answer.status_code == 200:
                    with lock:
                        acknowledged.append(trace)

    threads = [threading.Thread(target=send, args=(w,)) for w in range(1, 9)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    process = server.process
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    stopped.set()
    for thread in threads:
        thread.join()
    server.stop()
    server.start()
    stored = {int(t["trace_id"], 16) for t in all_traces(server)}
    assert len(acknowledged) > 50
    assert set(acknowledged) <= stored


def test_options_from_file_and_environment(tmp_path: pathlib.Path, start_server) -> None:
    config = tmp_path / "vireo.conf"
    config.write_text('# test\nmax-body = 2KiB\nlog-level = "debug"\n')
    server = start_server("--config", str(config))
    big = make_request([(1, 1)], payload="x" * 5000)
    assert server.send(big).status_code == 413
    deadline = time.monotonic() + 20
    while not any("level=debug" in line for line in server.log):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    other = start_server(data=tmp_path / "other", env={"VIREO_MAX_BODY": "2KiB"})
    assert other.send(big).status_code == 413
    flag = start_server("--max-body", "1MiB", data=tmp_path / "flag", env={"VIREO_MAX_BODY": "2KiB"})
    assert flag.send(big).status_code == 200
    for wrong, told in [("--listn=x", "--listen"), ("--workers=many", "workers"), ("--listen=nowhere", "listen")]:
        assert told in run("serve", wrong, code=2)
    config.write_text("max-boddy = 5\n")
    assert "max-body" in run("serve", "--config", config, code=2)


def test_retention_removes_what_is_old(server: Server) -> None:
    now = time.time_ns()
    assert rejected(server.send(make_request([(1, 1)]))) == 0  # months ago
    server.stop()
    server.options = ("--retention", "30d")
    server.start()
    assert rejected(server.send(make_request([(2, 1)], start_ns=now))) == 0
    deadline = time.monotonic() + 30
    while (left := {int(t["trace_id"], 16) for t in all_traces(server)}) != {2}:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def test_slow_clients_do_not_stop_others(start_server) -> None:
    server = start_server("--max-connections", "50")
    slow = [socket.create_connection(("127.0.0.1", server.port), 10) for _ in range(40)]
    for s in slow:
        s.sendall(b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nx")
    assert rejected(server.send(make_request([(1, 1)]))) == 0
    for s in slow:
        s.close()


def test_two_hundred_clients_at_once(server: Server) -> None:
    import concurrent.futures

    import httpx

    def one(number: int) -> int:
        body = make_request([(number + 1, 1)]).SerializeToString()
        with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
            return client.post("/v1/traces", content=body, headers=PROTOBUF).status_code

    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        assert set(pool.map(one, range(200))) == {200}
    assert len(all_traces(server)) == 200
