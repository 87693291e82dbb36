# SPDX-License-Identifier: Apache-2.0
"""The page as the binary serves it, and the tool that embeds it."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

from vireo_server import ROOT, Server


def test_the_page_and_its_deep_links(shared_server: Server) -> None:
    get = shared_server.http.get
    page = get("/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-cache"
    assert "<html" in page.text
    assert get("/p/default/traces").text == page.text
    assert get("/p/x/models/net.v1", headers={"accept": "text/html"}).text == page.text
    assert get("/", headers={"if-none-match": page.headers["etag"]}).status_code == 304
    for missing in ("/assets/none-12345678.js", "/none.png", "/api/none"):
        assert get(missing).status_code == 404
    for asset in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text):
        answer = get(asset)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] == "gzip"
    # Nothing inline, since the policy forbids it.
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=", page.text)


def embed(dist: pathlib.Path, out: pathlib.Path) -> str:
    subprocess.run([sys.executable, ROOT / "tools" / "embed_page.py", dist, out], check=True)
    return out.read_text()


def test_embedding_gives_c_that_compiles(tmp_path: pathlib.Path) -> None:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html>" + "x" * 1000)
    (dist / "assets" / "a-B1c2D3e4.js").write_text("let a = 1;" * 500)
    (dist / "assets" / 'odd "name\\.txt').write_bytes(b"\x00\xff")
    (dist / "assets" / "a-B1c2D3e4.js.map").write_text("not embedded")
    (dist / "empty.txt").write_bytes(b"")
    text = embed(dist, tmp_path / "page.c")
    assert text == embed(dist, tmp_path / "page.c")
    rows = re.findall(r'^    \{"((?:\\.|[^"\\])*)", .*?, (\d+), (true|false), (true|false)\},$', text, re.M)
    assert [r[0] for r in rows] == sorted(r[0] for r in rows)
    found = {r[0]: (r[2], r[3]) for r in rows}
    assert found["/assets/a-B1c2D3e4.js"] == ("true", "true")
    assert found["/index.html"] == ("true", "false")
    assert len(found) == 4
    for source in (tmp_path / "page.c", tmp_path / "none.c"):
        if source.name == "none.c":
            embed(tmp_path / "missing", source)
        flags = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]
        subprocess.run(["cc", *flags, f"-I{ROOT / 'src'}", source], check=True)
