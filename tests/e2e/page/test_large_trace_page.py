# SPDX-License-Identifier: Apache-2.0
"""A trace of a hundred thousand spans in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from playwright.sync_api import Page, expect
from vireo_server import Server

OpenPage = Callable[..., Page]
LARGE = 100_000
BASE_NS = 1_790_000_000_000_000_000
TRACE = f"{7:032x}"
ADDRESS = f"/default/traces/{TRACE}"
HERE = ".waterfall-row:not(.waterfall-awaited)"


def feed(server: Server) -> None:
    """A root with 99 steps, then 999 cases below it one behind the other, 99 steps in each."""
    for batch in range(0, LARGE, 10_000):
        request = ExportTraceServiceRequest()
        scope = request.resource_spans.add().scope_spans.add()
        for number in range(batch, batch + 10_000):
            case, place = divmod(number, 100)
            span = scope.spans.add()
            span.trace_id = bytes.fromhex(TRACE)
            span.span_id = (number + 1).to_bytes(8, "big")
            if number == 0:
                span.name, start, length = "evaluation", 0, 1000 * LARGE
            elif place == 0 and case:
                span.name, start, length = f"case {case}", case * 100_000, 99_000
                span.parent_span_id = (1).to_bytes(8, "big")
            else:
                span.name, start, length = f"step {place}", case * 100_000 + place * 900, 500
                span.parent_span_id = (case * 100 + 1).to_bytes(8, "big")
            span.start_time_unix_nano = BASE_NS + start
            span.end_time_unix_nano = BASE_NS + start + length
            span.attributes.add(key="vireo.input").value.string_value = f"question {number}"
            span.status.code = 2 if number % 1000 == 777 else 1  # type: ignore[assignment]
        assert server.send(request).status_code == 200


@pytest.fixture(scope="module")
def large(shared_server: Server) -> Server:
    feed(shared_server)
    return shared_server


def test_it_is_usable_at_once(large: Server, open_page: OpenPage) -> None:
    page = open_page(large, ADDRESS)
    expect(page.locator(HERE).first).to_be_visible()
    took = []
    for _ in range(3):
        page.goto("about:blank")
        begin = time.perf_counter()
        page.goto(ADDRESS, wait_until="commit")
        page.locator(HERE).nth(10).wait_for()
        took.append(time.perf_counter() - begin)
    assert min(took) < 2, took  # 0.5 s on a quiet machine
    assert page.locator(".waterfall-row").count() < 100
    expect(page.locator(".trace-facts")).to_contain_text("100 failed")
    expect(page.locator(".details")).to_contain_text("question 0")


def test_scrolling_anywhere_loads_what_is_there(large: Server, open_page: OpenPage) -> None:
    page = open_page(large, ADDRESS)
    expect(page.locator(HERE).nth(10)).to_be_visible()
    page.locator(".waterfall").evaluate("tree => tree.scrollTop = 50000 * 28")
    expect(page.locator(HERE, has_text="case 500")).to_be_visible()
    expect(page.locator(".waterfall-awaited")).to_have_count(0)
    page.locator(HERE, has_text="step 5").first.click()
    expect(page.locator(".span-where")).to_contain_text("case")
    expect(page).to_have_url(re.compile("span=[0-9a-f]{16}"))


def test_keys_walk_fold_and_find(large: Server, open_page: OpenPage) -> None:
    page = open_page(large, f"{ADDRESS}?depth=1")
    expect(page.locator(HERE).nth(10)).to_contain_text("step 10")
    page.keyboard.press("j")
    expect(page.locator("[aria-selected=true].waterfall-row")).to_contain_text("step 1")
    page.keyboard.press("f")
    page.keyboard.type("question 7777")
    page.keyboard.press("Enter")
    expect(page.locator(".span-hits")).to_contain_text("1 of 11")
    page.keyboard.press("Escape")
    expect(page.locator(".span-where strong")).to_have_text("step 77")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".span-where strong")).to_have_text("case 77")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[aria-selected=true].waterfall-row .count-mark")).to_have_text("99")


def test_levels_critical_path_and_time(large: Server, open_page: OpenPage) -> None:
    page = open_page(large, ADDRESS)
    page.get_by_label("Unfold down to").select_option("0")
    expect(page.locator(".waterfall-row")).to_have_count(1)
    expect(page).to_have_url(re.compile("depth=0"))
    page.get_by_label("Unfold down to").select_option("1")
    expect(page.locator(HERE).nth(10)).to_be_visible()
    page.get_by_text("Critical path", exact=True).click()
    expect(page.locator(".waterfall-critical").first).to_be_visible()
    page.get_by_role("button", name="Where the time went").click()
    expect(page.locator(".time-panel tbody tr").first).to_be_visible()
    page.reload()
    expect(page.locator(".time-panel tbody tr").first).to_be_visible()
    expect(page.locator(".waterfall-critical").first).to_be_visible()


def test_a_link_opens_at_its_span(large: Server, open_page: OpenPage) -> None:
    page = open_page(large, f"{ADDRESS}?span={54_322:016x}")
    expect(page.locator(".waterfall-row[aria-selected=true]")).to_contain_text("step 21")
    expect(page.locator(".details")).to_contain_text("question 54321")
