# SPDX-License-Identifier: Apache-2.0
"""Start to ready with an empty and a full store, idle memory, size of binary and page.

python bench/footprint.py [--spans 1000000]
"""

from __future__ import annotations

import argparse
import gzip
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

from ingest import build_load
from servers import BUILD, ROOT, Server, free_port, started, wait_until_ready


def start_ms(directory: pathlib.Path) -> float:
    """Milliseconds from starting the process to the first answer of /readyz."""
    port = free_port()
    begin = time.perf_counter()
    process = subprocess.Popen(
        [str(BUILD / "vireo"), "serve", "--data", str(directory), "--listen", f"127.0.0.1:{port}"],
        stderr=subprocess.DEVNULL,
    )
    wait_until_ready(f"http://127.0.0.1:{port}/readyz", process, 60)
    elapsed = (time.perf_counter() - begin) * 1000
    process.terminate()
    process.wait()
    return elapsed


def settled_rss_mb(server: Server) -> float:
    """Memory once upkeep (compaction, giving memory back) has nothing more to do."""
    last = server.rss_mb()
    for _ in range(12):
        time.sleep(11)
        now = server.rss_mb()
        if abs(now - last) < 1:
            break
        last = now
    return now


def stripped_mb(binary: pathlib.Path) -> float:
    with tempfile.NamedTemporaryFile() as copy:
        subprocess.run(["strip", "-o", copy.name, str(binary)], check=True)
        return pathlib.Path(copy.name).stat().st_size / 1e6


def first_load_kb() -> float:
    """What the browser gets before it can draw: index.html and all that it names, compressed."""
    dist = ROOT / "web" / "dist"
    index = (dist / "index.html").read_text()
    names = re.findall(r'(?:src|href)="/([^"]+\.(?:js|css))"', index)
    files = [dist / "index.html", *(dist / n for n in names)]
    return sum(len(gzip.compress(f.read_bytes(), 9)) for f in files) / 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=1_000_000)
    options = parser.parse_args()
    load = build_load()
    empty = [start_ms(pathlib.Path(tempfile.mkdtemp())) for _ in range(9)]
    with started("vireo") as server:
        idle = settled_rss_mb(server)
    full = pathlib.Path(tempfile.mkdtemp())
    stored = 0
    with started("vireo", full) as server:
        while stored < options.spans:
            out = subprocess.run([str(load), str(server.port), "8", "200", "5"], capture_output=True, check=True).stdout
            stored += int(re.search(rb'"spans": (\d+)', out).group(1))  # type: ignore[union-attr]
        loaded = server.rss_mb()
        server.process.kill()  # so that the next start has a log to replay
    replay = start_ms(full)
    restart = [start_ms(full) for _ in range(5)]
    with started("vireo", full) as server:
        idle_full = settled_rss_mb(server)
    shutil.rmtree(full)
    rows = {
        "start to ready, empty (ms)": statistics.median(empty),
        f"start to ready, {stored} spans (ms)": statistics.median(restart),
        "start to ready after kill -9 under load (ms)": replay,
        "idle RSS, empty (MB)": idle,
        f"idle RSS, {stored} spans (MB)": idle_full,
        "RSS right after ingest (MB)": loaded,
        "binary with page, stripped (MB)": stripped_mb(BUILD / "vireo"),
        "first load of the page, compressed (kB)": first_load_kb(),
    }
    print("| what | measured |\n|---|---|")
    for name, value in rows.items():
        print(f"| {name} | {value:.1f} |")


if __name__ == "__main__":
    main()
