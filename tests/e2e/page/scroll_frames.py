#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How evenly the list of traces scrolls, by the clock: the times between frames and the long
tasks while it is scrolled over a large store.  On a machine that does nothing else:
tests/e2e/page/scroll_frames.py DATA [PROJECT] [SECONDS]

DATA is a server's folder; a server of its own reads it (and may compact it)."""

from __future__ import annotations

import pathlib
import sys
from urllib.parse import quote

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from browser import ARGUMENTS, CHROMIUM
from vireo_server import Server

MEASURE = """([seconds, speed]) => new Promise((done) => {
    const list = document.querySelector('.trace-table');
    const frames = [];
    const long = [];
    const observer = new PerformanceObserver((all) => long.push(...all.getEntries().map((e) => e.duration)));
    observer.observe({ entryTypes: ['longtask'] });
    let before = 0;
    const begin = performance.now();
    const step = (now) => {
        if (before) {
            frames.push(now - before);
            list.scrollTop += (speed * (now - before)) / 1000;
        }
        before = now;
        if (now - begin < 1000 * seconds) requestAnimationFrame(step);
        else {
            observer.disconnect();
            done({ frames, long, rows: Math.round(list.scrollTop / 30) });
        }
    };
    requestAnimationFrame(step);
})"""
SPEEDS = {"reading": 900, "fast": 6000, "flung": 30_000}  # pixels a second


def share(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    project = sys.argv[2] if len(sys.argv) > 2 else "default"
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 10.0
    server = Server(pathlib.Path(sys.argv[1])).start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            page = browser.new_page(base_url=server.url, viewport={"width": 1440, "height": 900})
            for name, speed in SPEEDS.items():
                page.goto(f"/{quote(project)}/traces?from=all")
                page.locator(".trace-row").first.wait_for(timeout=120_000)
                page.wait_for_timeout(3000)
                told = page.evaluate(MEASURE, [seconds, speed])
                frames = told["frames"]
                late = sum(f > 25 for f in frames)  # at 60 a second one was left out
                print(
                    f"{name}: {len(frames) / seconds:.1f} frames/s over {told['rows']} rows; between frames median "
                    f"{share(frames, 0.5):.1f} ms, 99 % {share(frames, 0.99):.1f} ms, longest {max(frames):.1f} ms; "
                    f"{late} late; {len(told['long'])} long tasks, longest {max(told['long'], default=0):.0f} ms"
                )
            browser.close()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
