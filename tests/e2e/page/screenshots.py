#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Take the pictures of docs/screenshots from the real binary with plausible
traces: tests/e2e/page/screenshots.py [FOLDER]."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile
from urllib.parse import quote

import httpx
from PIL import Image
from playwright.sync_api import BrowserContext, Page, sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from browser import ARGUMENTS, CHROMIUM
from feed import PROJECT, Feed
from vireo_server import ROOT, Server

P = f"/{quote(PROJECT)}"
TESTS = "/digits-test"
JUDGED = "/digits"
SIZE = {"width": 1440, "height": 900}


def settle(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)


def open_traces(page: Page) -> None:
    page.goto(f"{P}/traces")
    settle(page)


def open_trace(page: Page) -> None:
    page.goto(f"{P}/traces?q={quote('model:assistant')}")
    page.locator(".trace-row", has=page.locator(".status-ok")).nth(1).dblclick()
    page.locator(".waterfall-row", has_text="chat gpt-5-mini").click()
    page.get_by_role("tab", name="Input & output").click()
    settle(page)


def open_panel(page: Page) -> None:
    page.goto(f"{P}/traces?q={quote('model:digits status:error')}")
    page.locator(".trace-row").nth(2).click()
    settle(page)


def open_explore(page: Page) -> None:
    page.goto(f"{P}/explore?by=model&m=count,p95(latency)&q={quote('has:model')}")
    page.locator(".explore-charts canvas").nth(1).wait_for()
    settle(page)


def open_compare(page: Page) -> None:
    page.goto(f"{P}/compare?a={quote('model:digits:v2')}&b={quote('model:digits:v1')}")
    page.locator(".compare-table").wait_for()
    settle(page)


def open_models(page: Page) -> None:
    page.goto(f"{P}/models")
    settle(page)


def open_model(page: Page) -> None:
    page.goto(f"{P}/models/digits")
    settle(page)


def open_settings(page: Page) -> None:
    page.goto(f"{P}/settings")
    settle(page)


def open_evaluations(page: Page) -> None:
    page.goto(f"{TESTS}/evaluations/1,2?case=rotated&metric=correct&show=worse")
    page.locator(".sample-card img").nth(6).wait_for()
    settle(page)


def open_plots(page: Page) -> None:
    page.goto(f"{TESTS}/evaluations/2?tab=plots&case=rotated")
    page.locator(".confusion").wait_for()
    settle(page)


def open_suite(page: Page) -> None:
    page.goto(f"{TESTS}/suites/Digits/digits?case=rotated")
    page.locator(".sample-table img").nth(6).wait_for()
    settle(page)


def open_judges(page: Page) -> None:
    page.goto(f"{JUDGED}/judges")
    settle(page)


def open_judge(page: Page) -> None:
    page.goto(f"{JUDGED}/judges/sure")
    settle(page)


def open_review(page: Page) -> None:
    page.goto(f"{JUDGED}/review/1")
    page.locator(".trace-title").wait_for()
    settle(page)


def score_samples(url: str) -> None:
    """A dataset of questions, of which people said something."""
    http = httpx.Client(base_url=f"{url}/api/v1/projects/questions")
    cities = {"Rome": "Italy", "Oslo": "Norway", "Lima": "Chile", "Bern": "Switzerland", "Cairo": "Egypt"}
    samples = [
        {"id": f"q{n}", "input": {"question": f"Which country is {city} the capital of?"}, "expected": country}
        | {"metadata": {"hard": n % 3 == 0}, "split": "test" if n % 2 else "train"}
        for n, (city, country) in enumerate(cities.items())
    ]
    given = [
        {"sample": "q2", "name": "feedback", "value": False, "passed": False, "reason": "not Chile", "by": "ann"},
        {"sample": "q2", "name": "feedback", "value": False, "passed": False, "by": "bob"},
        {"sample": "q2", "name": "difficulty", "value": 0.3, "by": "ann"},
        {"sample": "q2", "name": "expected", "expected": "Peru", "reason": "capital since 1821", "by": "ann"},
        {"sample": "q4", "name": "feedback", "value": True, "passed": True, "by": "bob"},
    ]
    httpx.post(f"{url}/api/v1/projects", json={"name": "questions"})
    http.post("/datasets", json={"name": "capitals"}).raise_for_status()
    http.post("/datasets/capitals/commits", json={"samples": samples}).raise_for_status()
    scores = [{"source": "person", **score} for score in given]
    http.post("/datasets/capitals/scores", json={"scores": scores}).raise_for_status()


def open_sample(page: Page) -> None:
    page.goto("/questions/datasets/capitals")
    page.get_by_role("button", name="q2", exact=True).click()
    page.get_by_text("capital since 1821").wait_for()
    settle(page)


VIEWS = {
    "traces": open_traces,
    "panel": open_panel,
    "trace": open_trace,
    "explore": open_explore,
    "compare": open_compare,
    "models": open_models,
    "model": open_model,
    "settings": open_settings,
    "evaluations": open_evaluations,
    "plots": open_plots,
    "suite": open_suite,
    "judges": open_judges,
    "judge": open_judge,
    "review": open_review,
    "sample": open_sample,
}


def take(context: BrowserContext, theme: str, folder: pathlib.Path) -> None:
    page = context.new_page()
    for name, show in VIEWS.items():
        show(page)
        path = folder / f"{name}-{theme}.png"
        page.screenshot(path=path)
        with Image.open(path) as image:
            image.convert("RGB").save(path, optimize=True)
        print(f"{path.name}: {path.stat().st_size // 1000} kB")


def main() -> None:
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        server = Server(pathlib.Path(data) / "data").start()
        feed = Feed(server.url)
        feed.prepare()
        feed.send(feed.traces(4000))
        feed.http.post(f"{feed.api}/keys", json={"name": "ci", "role": "ingest"}).raise_for_status()
        feed.close()
        for example in ("digits_test.py", "judging.py"):
            subprocess.run([sys.executable, ROOT / "examples" / example, "--url", server.url], check=True)
        queue = {
            "name": "unsure",
            "where": "passed.sure:false",
            "judge": "human",
            "instructions": "Is the digit right?",
        }
        httpx.post(f"{server.url}/api/v1/projects/digits/queues", json=queue).raise_for_status()
        score_samples(server.url)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            for theme in ("light", "dark"):
                context = browser.new_context(base_url=server.url, viewport=SIZE, color_scheme=theme)
                take(context, theme, folder)
                context.close()
            browser.close()
        server.stop()


if __name__ == "__main__":
    main()
