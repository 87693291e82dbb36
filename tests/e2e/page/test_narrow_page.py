# SPDX-License-Identifier: Apache-2.0
"""Explore, Compare and a trace on a telephone: nothing beyond the edge, nothing on top of another."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from feed import PROJECT
from playwright.sync_api import Page, expect
from vireo_server import Server

OpenPage = Callable[..., Page]
P = f"/{quote(PROJECT)}"
NARROW = {"width": 390, "height": 844}
RAIL = 52


def narrow(open_page: OpenPage, server: Server, path: str) -> Page:
    page = open_page(server, path)
    page.set_viewport_size(NARROW)
    return page


def assert_within(page: Page, where: str) -> None:
    """All of these are on the page, from the rail to the edge, and beside each other."""
    boxes = page.locator(where).evaluate_all(
        """all => all.filter(e => e.checkVisibility()).map(e => {
          const r = e.getBoundingClientRect();
          return [e.textContent || e.ariaLabel, r.left, r.top, r.right, r.bottom];
        })"""
    )
    assert boxes
    for at, (name, left, top, right, bottom) in enumerate(boxes):
        assert left >= RAIL and right <= NARROW["width"], (name, left, right)
        for name2, left2, top2, right2, bottom2 in boxes[at + 1 :]:
            apart = right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top
            assert apart, (name, name2)


def scrolls_sideways(page: Page, where: str) -> bool:
    return bool(page.locator(where).evaluate("e => e.scrollWidth > e.clientWidth"))


def test_explore_fits(fed: Server, open_page: OpenPage) -> None:
    page = narrow(open_page, fed, f"{P}/explore?of=traces&m=count,p95(latency),mean(latency)&by=tag.country")
    expect(page.locator(".explore-charts canvas")).to_have_count(3)
    assert not scrolls_sideways(page, ".explore-body")
    assert_within(page, ".explore-controls > *")
    assert_within(page, ".explore-told > *:not(.grow)")


def test_the_door_to_compare_is_in_sight_without_a_mouse(fed: Server, open_page: OpenPage) -> None:
    page = narrow(open_page, fed, f"{P}/explore?of=traces&m=p95(latency)&by=tag.country")
    compare = page.get_by_role("link", name="Compare").first
    expect(compare).to_have_css("opacity", "1")
    expect(compare).to_be_in_viewport(ratio=1)
    compare.click()
    expect(page).to_have_url(re.compile(r"/compare\?a="))


def test_compare_shows_both_shares_of_a_difference(fed: Server, open_page: OpenPage) -> None:
    page = narrow(open_page, fed, f"{P}/compare?a=model:digits:v2&b=-model:digits:v2")
    difference = page.locator(".compare-table tbody tr").first
    expect(difference).to_be_visible()
    assert not scrolls_sideways(page, ".compare-body")
    assert_within(page, ".compare-sides tr:first-child > *")
    assert_within(page, ".compare-table tbody tr:first-child > *")
    search = page.get_by_label("Search for selection A").bounding_box()
    assert search and search["width"] > 180


def test_a_trace_stands_above_its_details(fed: Server, open_page: OpenPage) -> None:
    page = narrow(open_page, fed, f"{P}/traces/{'ff' * 16}")
    expect(page.locator(".waterfall-row").nth(5)).to_be_visible()
    assert not scrolls_sideways(page, ".waterfall")
    tree = page.locator(".trace-tree").bounding_box()
    details = page.locator(".trace-details").bounding_box()
    assert tree and details
    assert details["y"] >= tree["y"] + tree["height"] and details["width"] == NARROW["width"] - RAIL
    expect(page.locator(".waterfall-row").first.locator(".waterfall-bar")).to_be_in_viewport()
