#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Walk through docs/slow-country.md as its reader does, and take its pictures:
tests/e2e/page/slow_country.py [FOLDER]. Fails where a step does not show what the page says."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile

from playwright.sync_api import Page, expect, sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from browser import ARGUMENTS, CHROMIUM
from vireo_server import ROOT, Server, clean_environment

SIZE = {"width": 1280, "height": 760}


def shoot(page: Page, path: pathlib.Path) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(700)
    page.mouse.move(5, 740)
    page.screenshot(path=path)


def search(page: Page, text: str) -> None:
    bar = page.get_by_role("combobox").first
    bar.fill(text)
    bar.press("Enter")
    page.wait_for_url("**q=**")


def choose(page: Page, box: str, text: str, instead_of: str = "") -> None:
    """Type a measure or a key into the box, and take another one out."""
    field = page.get_by_label(f"Add to {box}", exact=True)
    field.fill(text)
    field.press("Enter")
    if instead_of:
        page.get_by_label(f"Remove {instead_of}", exact=True).click()


def first_row(page: Page, text: str) -> None:
    expect(page.get_by_role("row").nth(1)).to_contain_text(text)


def walk(page: Page, folder: pathlib.Path) -> None:
    page.goto("/slow-country/explore")
    search(page, "model:checkout-ranker:v7")
    page.get_by_text("Traces", exact=True).last.click()
    choose(page, "measure", "p95(latency)", "count")
    choose(page, "by", "tag.country")
    page.get_by_text("Last 24 h").first.click()
    page.get_by_text("Last 7 d").last.click()
    first_row(page, "BR")
    shoot(page, folder / "slow-country-1.png")

    page.get_by_title("Compare BR with the rest").click()
    expect(page.get_by_text("sa-east", exact=True).first).to_be_visible()
    shoot(page, folder / "slow-country-2.png")

    page.goto("/slow-country/traces")
    search(page, "tag.region:sa-east latency>500ms")
    row = page.locator(".trace-row").first
    expect(row).to_contain_text("v7")
    row.dblclick()
    page.get_by_text("embed", exact=True).first.click()
    expect(page.locator("body")).to_contain_text("cache")
    shoot(page, folder / "slow-country-3.png")


def main() -> None:
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots"
    with tempfile.TemporaryDirectory() as data, sync_playwright() as p:
        server = Server(pathlib.Path(data) / "data").start()
        script = [sys.executable, str(ROOT / "examples" / "slow_country.py"), "--url", server.url]
        subprocess.run(script, check=True, env=clean_environment())
        browser = p.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE, base_url=server.url)
        page.set_default_timeout(10_000)
        try:
            walk(page, folder)
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
