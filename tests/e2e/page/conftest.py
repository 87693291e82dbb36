# SPDX-License-Identifier: Apache-2.0
"""A real browser, and a server with plausible traces."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from browser import ARGUMENTS, CHROMIUM
from feed import Feed
from vireo_server import Server

OpenPage = Callable[..., Page]

# A busy machine is slow, not wrong.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def fed(shared_server: Server) -> Server:
    """The server with 400 traces, one of 3000 spans, and a hostile one."""
    feed = Feed(shared_server.url)
    feed.prepare()
    feed.send(feed.traces(400))
    feed.send(feed.hostile())
    feed.send(feed.large(3000))
    feed.close()
    return shared_server


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """open_page(server, path, **context): a page that must not log errors."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(server: Server, path: str, **options: object) -> Page:
        context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900}, **options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if "Content Security Policy" in message.text or "Refused to" in message.text
                else None
            ),
        )
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
