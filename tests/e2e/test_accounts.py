# SPDX-License-Identifier: Apache-2.0
"""Who may do what: no accounts on loopback, keys and roles otherwise; and pages
in the user's browser may do nothing."""

from __future__ import annotations

import pathlib
import re
import socket
import subprocess

import pytest
from google.rpc.status_pb2 import Status
from vireo_server import BINARY, JSON, Server, clean_environment, make_request, rejected, run


@pytest.fixture
def guarded(start_server, tmp_path: pathlib.Path):
    """A server that needs keys, and an admin's key."""
    data = tmp_path / "data"
    key = run("key", "create", "root", "--role", "admin", "--data", data).strip()
    return start_server("--require-key", data=data), key


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def new_key(server: Server, admin: str, role: str, project: str = "default") -> str:
    path = f"/api/v1/projects/{project}/keys"
    answer = server.http.post(path, json={"name": role, "role": role}, headers=bearer(admin))
    assert answer.status_code == 201, answer.text
    assert re.fullmatch(r"vr_[0-9A-Za-z]{43}", answer.json()["key"])
    return answer.json()["key"]


def test_without_accounts_everything_is_allowed(server: Server) -> None:
    assert server.http.get("/api/v1/info").json()["accounts"] is False
    assert rejected(server.send(make_request([(1, 1)]))) == 0
    assert server.http.get("/api/v1/projects").status_code == 200
    # A key that somebody still has configured does no harm.
    assert server.http.get("/api/v1/projects", headers=bearer("vr_unknown")).status_code == 200


def test_without_a_key_only_health_is_answered(guarded) -> None:
    server, _ = guarded
    for path in ("/healthz", "/readyz", "/api/v1/info", "/"):
        assert server.http.get(path).status_code == 200, path
    assert server.http.get("/api/v1/info").json()["accounts"] is True
    for path in ("/metrics", "/api/v1/projects", "/api/v1/projects/default/traces", "/api/v1/keys"):
        answer = server.http.get(path)
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"].startswith("Bearer")
    answer = server.send(make_request([(1, 1)]))
    assert answer.status_code == 401
    assert Status.FromString(answer.content).code == 16
    for wrong in ("vr_" + "a" * 43, "x", "vr_"):
        assert server.http.get("/api/v1/projects", headers=bearer(wrong)).status_code == 401


REGISTER = ("POST", "/api/v1/projects/default/models/m/versions", {"fingerprint": "ab" * 32})
PATCH = ("PATCH", "/api/v1/projects/default/models/m", {"metadata": {"a": 1}})
READ = ("GET", "/api/v1/projects/default/traces", None)
KEYS = ("GET", "/api/v1/projects/default/keys", None)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("ingest", [REGISTER]),
        ("viewer", [READ]),
        ("editor", [REGISTER, PATCH, READ]),
        ("admin", [REGISTER, PATCH, READ, KEYS]),
    ],
)
def test_roles(guarded, role: str, allowed: list) -> None:
    server, admin = guarded
    key = new_key(server, admin, role)
    assert server.http.request(REGISTER[0], REGISTER[1], json=REGISTER[2], headers=bearer(admin)).status_code == 201
    for call in (REGISTER, PATCH, READ, KEYS):
        answer = server.http.request(call[0], call[1], json=call[2], headers=bearer(key))
        assert (answer.status_code < 300) == (call in allowed), (call, answer.status_code, answer.text)
        assert call in allowed or answer.status_code == 403


def test_a_key_is_for_its_project(guarded) -> None:
    server, admin = guarded
    for name in ("one", "two"):
        assert server.http.post("/api/v1/projects", json={"name": name}, headers=bearer(admin)).status_code == 201
    key = new_key(server, admin, "admin", "one")
    assert server.http.get("/api/v1/projects/one/traces", headers=bearer(key)).status_code == 200
    # What is another's and what does not exist look the same.
    for other in ("two", "none"):
        assert server.http.get(f"/api/v1/projects/{other}/traces", headers=bearer(key)).status_code == 403
    assert server.http.get("/api/v1/keys", headers=bearer(key)).status_code == 403
    listed = server.http.get("/api/v1/projects", headers=bearer(key)).json()["items"]
    assert [p["name"] for p in listed] == ["one"]
    assert server.http.get("/api/v1/projects/none/traces", headers=bearer(admin)).status_code == 404

    ingest = {"x-api-key": new_key(server, admin, "ingest", "one")}
    assert rejected(server.send(make_request([(1, 1)]), **ingest)) == 0
    assert server.send(make_request([(2, 1)]), **ingest, **{"x-vireo-project": "two"}).status_code == 403
    assert server.send(make_request([(3, 1)]), **ingest, **{"x-vireo-project": "none"}).status_code == 403
    items = server.http.get("/api/v1/projects/one/traces", headers=bearer(key)).json()["items"]
    assert [i["trace_id"] for i in items] == [f"{1:032x}"]
    # With accounts nothing makes a project in passing.
    answer = server.send(make_request([(4, 1)], resource={"vireo.project": "new"}), **bearer(admin))
    assert answer.status_code in (200, 404)
    names = [p["name"] for p in server.http.get("/api/v1/projects", headers=bearer(admin)).json()["items"]]
    assert "new" not in names


def test_a_revoked_key_is_refused_at_once(guarded) -> None:
    server, admin = guarded
    key = new_key(server, admin, "viewer")
    assert server.http.get(READ[1], headers=bearer(key)).status_code == 200
    listed = server.http.get(KEYS[1], headers=bearer(admin)).json()["items"]
    [item] = [k for k in listed if key.startswith(k["prefix"])]
    assert "key" not in item
    assert server.http.delete(f"{KEYS[1]}/{item['id']}", headers=bearer(admin)).status_code == 204
    assert server.http.delete(f"{KEYS[1]}/{item['id']}", headers=bearer(admin)).status_code == 404
    assert server.http.get(READ[1], headers=bearer(key)).status_code == 401


def test_keys_are_kept_as_hashes(guarded) -> None:
    server, admin = guarded
    key = new_key(server, admin, "viewer")
    server.stop()
    for path in server.data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert key.encode() not in content, path
            assert admin.encode() not in content, path


def test_beyond_loopback_an_admin_key_is_needed(tmp_path: pathlib.Path) -> None:
    data = tmp_path / "data"
    output = run("serve", "--data", data, "--listen", "0.0.0.0:0", code=1)
    assert "vireo key create" in output
    assert "admin" in output
    run("key", "create", "root", "--role", "viewer", "--data", data)
    run("serve", "--data", data, "--listen", "[::]:0", code=1)
    run("key", "create", "root", "--role", "admin", "--data", data)
    process = subprocess.Popen(
        [BINARY, "serve", "--data", data, "--listen", "0.0.0.0:0"],
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    assert "accounts=on" in line, line
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 0


# ------------------------------------------------------------ the browser


def test_another_name_in_host_is_refused(server: Server) -> None:
    for host in ("evil.example", f"evil.example:{server.port}", "127.0.0.1.evil.example", "localhost.evil.example"):
        for path in ("/api/v1/projects", "/", "/v1/traces"):
            assert server.http.get(path, headers={"host": host}).status_code == 421, (host, path)
    for host in ("localhost", f"localhost:{server.port}", "127.0.0.1", "[::1]:4318"):
        assert server.http.get("/api/v1/projects", headers={"host": host}).status_code == 200, host
    with socket.create_connection(("127.0.0.1", server.port), 10) as s:
        s.sendall(b"GET /api/v1/projects HTTP/1.0\r\n\r\n")
        assert b" 421 " in s.recv(4096).split(b"\r\n")[0]


def test_allowed_hosts(start_server) -> None:
    server = start_server("--allow-host", "vireo.example, other.example")
    for host in ("vireo.example", "other.example:80"):
        assert server.http.get("/api/v1/projects", headers={"host": host}).status_code == 200


def test_other_pages_change_nothing(server: Server) -> None:
    request = make_request([(9, 1)])
    for headers in (
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": f"http://localhost:{server.port + 1}"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ):
        assert server.send(request, **headers).status_code == 403, headers
        answer = server.http.post("/api/v1/projects", content='{"name": "x"}', headers=JSON | headers)
        assert answer.status_code == 403
    assert server.api("/traces")["items"] == []
    own = {"origin": server.url, "sec-fetch-site": "same-origin"}
    assert server.http.post("/api/v1/projects", content='{"name": "x"}', headers=JSON | own).status_code == 201
    assert "access-control-allow-origin" not in server.http.get("/api/v1/projects", headers=own).headers


def test_security_headers(server: Server) -> None:
    page = server.http.get("/")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    for path in ("/", "/api/v1/projects", "/nothing/here.png"):
        headers = server.http.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
