#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How evenly the list of traces scrolls, by the clock: the times between frames and the long
tasks while it is scrolled and jumped in, from the top and in the middle of all rows of a large
store, and how long a jump waits for its rows.  On a machine that does nothing else:
tests/e2e/page/scroll_frames.py DATA [PROJECT] [SECONDS]

DATA is a server's folder; a server of its own reads it (and may compact it)."""

from __future__ import annotations

import pathlib
import sys
from urllib.parse import quote

from playwright.sync_api import Page, sync_playwright

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
    const start = list.scrollTop;
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
            done({ frames, long, rows: Math.round((list.scrollTop - start) / 30) });
        }
    };
    requestAnimationFrame(step);
})"""
SPEEDS = {"reading": 900, "fast": 6000, "flung": 30_000}  # pixels a second
STARTS = {"from the top": 0.0, "from the middle": 0.5}
# Every half a second to another place of all, as who drags the thumb; what waits is a row.
JUMP = """([seconds]) => new Promise((done) => {
    const list = document.querySelector('.trace-table');
    const frames = [];
    const waits = [];
    let before = 0;
    let jumped = 0;
    let waiting = false;
    const begin = performance.now();
    const step = (now) => {
        if (before) frames.push(now - before);
        before = now;
        if (waiting && now > jumped && !document.querySelector('.trace-absent')) {
            waits.push(now - jumped);
            waiting = false;
        }
        if (now - jumped > 500) {
            list.scrollTop = Math.random() * (list.scrollHeight - list.clientHeight);
            jumped = now;
            waiting = true;
        }
        if (now - begin < 1000 * seconds) requestAnimationFrame(step);
        else done({ frames, waits, missed: waiting });
    };
    requestAnimationFrame(step);
})"""


def share(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def told_of(frames: list[float], seconds: float) -> str:
    late = sum(f > 25 for f in frames)  # at 60 a second one was left out
    return (
        f"{len(frames) / seconds:.1f} frames/s, between frames median {share(frames, 0.5):.1f} ms, "
        f"99 % {share(frames, 0.99):.1f} ms, longest {max(frames):.1f} ms; {late} late"
    )


def open_list(page: Page, project: str) -> None:
    """The list, when the server has ranked it and the rest of the page is there."""
    page.goto(f"/{quote(project)}/traces?from=all")
    page.locator(".trace-row").first.wait_for(timeout=120_000)
    page.locator(".trace-table:not([aria-rowcount='-1'])").wait_for(timeout=120_000)
    page.wait_for_timeout(3000)


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
            open_list(page, project)
            table = page.locator(".trace-table")
            print(f"{int(table.get_attribute('aria-rowcount') or 0) - 1} rows")
            for where, part in STARTS.items():
                for name, speed in SPEEDS.items():
                    table.evaluate(f"e => {{ e.scrollTop = {part} * (e.scrollHeight - e.clientHeight) }}")
                    page.wait_for_timeout(1000)
                    told = page.evaluate(MEASURE, [seconds, speed])
                    print(
                        f"{name} {where}: {told_of(told['frames'], seconds)}; {told['rows']} rows; "
                        f"{len(told['long'])} long tasks, longest {max(told['long'], default=0):.0f} ms"
                    )
            told = page.evaluate(JUMP, [seconds])
            waits = told["waits"]
            print(
                f"jumping: {told_of(told['frames'], seconds)}; {len(waits)} jumps, their rows after median "
                f"{share(waits, 0.5):.0f} ms, longest {max(waits):.0f} ms"
            )
            browser.close()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
