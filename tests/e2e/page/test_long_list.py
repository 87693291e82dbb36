# SPDX-License-Identifier: Apache-2.0
"""The list of traces where it is higher than an element can be: all rows, each at its place."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from browser import ARGUMENTS, CHROMIUM
from playwright.sync_api import Browser, Page, expect
from vireo_server import Server, make_request, rejected

COUNT = 100_000
BATCH = 5000
ROW = 30
LOWERED = 300_000  # pixels, a tenth of what the rows take
SIGHT = """() => {
    const list = document.querySelector('.trace-table');
    const sight = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll('.trace-row')].map((row) => [row, row.getBoundingClientRect()]);
    return rows
        .filter(([, at]) => at.top >= sight.top + 29 && at.bottom <= sight.top + list.clientHeight + 1)
        .sort(([, a], [, b]) => a.top - b.top)
        .map(([row, at]) => [Number(row.getAttribute('aria-rowindex')) - 2, row.id, at.top - sight.top]);
}"""


def send(server: Server, numbers: range, **options: Any) -> None:
    assert rejected(server.send(make_request([(n, 1) for n in numbers], **options))) == 0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("long") / "data").start()
    for first in range(1, COUNT, BATCH):
        send(server, range(first, first + BATCH), name=("even", "odd")[first // BATCH % 2])
    yield server
    assert server.stop() == 0, server.log


@pytest.fixture(scope="module")
def with_scrollbars(browser: Browser) -> Iterator[Browser]:
    """Another one beside that of all tests, of the same Playwright: a process can have but one."""
    shown = browser.browser_type.launch(
        executable_path=CHROMIUM, args=ARGUMENTS, ignore_default_args=["--hide-scrollbars"]
    )
    yield shown
    shown.close()


@pytest.fixture
def page(server: Server, with_scrollbars: Browser) -> Iterator[Page]:
    context = with_scrollbars.new_context(base_url=server.url, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    yield page
    context.close()


def open_list(page: Page, rows: int = COUNT, question: str = "") -> None:
    """The list in elements of the lowered height, ranked."""
    page.goto("/default/models")
    page.evaluate(f"document.documentElement.style.setProperty('--list-height', '{LOWERED}')")
    page.evaluate(
        """(address) => {
            history.pushState(null, '', address);
            dispatchEvent(new PopStateEvent('popstate'));
        }""",
        f"/default/traces?from=all{question}",
    )
    expect(page.locator(".trace-table")).to_have_attribute("aria-rowcount", str(rows + 1))


def in_sight(page: Page) -> list[tuple[int, int]]:
    """(rank, number of the trace) of the rows in sight, once they are there; they are neighbours."""
    page.wait_for_function(
        f"() => {{ const rows = ({SIGHT})(); return rows.length > 15 && rows.every(([, id]) => id); }}"
    )
    rows = page.evaluate(SIGHT)
    assert [rank for rank, *_ in rows] == list(range(rows[0][0], rows[0][0] + len(rows)))
    for (_, _, above), (_, _, top) in zip(rows, rows[1:], strict=False):
        assert abs(top - above - ROW) < 0.1
    return [(rank, int(id.removeprefix("trace-"), 16)) for rank, id, _ in rows]


def expect_newest_first(page: Page, count: int = COUNT) -> int:
    """The rank at the top; each row is the trace that belongs there."""
    rows = in_sight(page)
    assert rows == [(rank, count - rank) for rank, _ in rows]
    return rows[0][0]


def rest(page: Page) -> None:
    page.wait_for_timeout(400)


def drag(page: Page, x: float, y: float) -> None:
    """Chromium scrolls by a held thumb once a frame, and one time in thirty leaves out the last move of a
    quick row: a hand makes another."""
    page.mouse.move(x, y, steps=5)
    page.wait_for_timeout(100)
    page.mouse.move(x, y + 1)
    rest(page)


def test_the_thumb_and_the_keys_reach_all_rows(page: Page) -> None:
    open_list(page)
    assert page.locator(".trace-table").evaluate("e => e.scrollHeight") == LOWERED
    assert expect_newest_first(page) == 0
    page.keyboard.press("End")
    assert expect_newest_first(page) > COUNT - 30
    assert in_sight(page)[-1] == (COUNT - 1, 1)
    page.keyboard.press("Home")
    assert expect_newest_first(page) == 0
    box = page.locator(".trace-table").bounding_box()
    assert box
    x = box["x"] + box["width"] - 5
    page.mouse.move(x, box["y"] + 16)  # the thumb, under an arrow
    page.mouse.down()
    drag(page, x, box["y"] + box["height"] / 2)
    top = expect_newest_first(page)
    assert abs(top - COUNT / 2) < COUNT / 20
    told = [f"{rank:,} of {COUNT:,}".replace(",", "\u202f") for rank in (top, top + 1)]  # the first may be cut
    assert page.locator(".trace-place").text_content() in told
    rest(page)
    assert expect_newest_first(page) == top
    drag(page, x, box["y"] + box["height"] + 40)
    assert in_sight(page)[-1] == (COUNT - 1, 1)
    page.mouse.up()


def test_the_wheel_goes_row_by_row_wherever_one_is(page: Page) -> None:
    open_list(page)
    box = page.locator(".trace-table").bounding_box()
    assert box
    page.mouse.move(box["x"] + 400, box["y"] + 300)
    for part in (0.02, 0.31, 0.9, 0.995):
        page.locator(".trace-table").evaluate(f"e => {{ e.scrollTop = {part} * (e.scrollHeight - e.clientHeight) }}")
        rest(page)
        top = expect_newest_first(page)
        for turn in range(1, 13):
            page.mouse.wheel(0, 4 * ROW)
            if turn % 4 == 0:
                rest(page)
                assert expect_newest_first(page) == top + 4 * turn
        for _ in range(12):
            page.mouse.wheel(0, -4 * ROW)
        rest(page)
        assert expect_newest_first(page) == top


def test_rows_that_were_flung_by_are_drawn_in_full_when_they_rest(page: Page) -> None:
    open_list(page)
    fewest = page.evaluate("""() => new Promise((done) => {
        const list = document.querySelector('.trace-table');
        let fewest = 1000;
        let left = 40;
        const step = () => {
            list.scrollTop += 1200;
            const cells = [...list.querySelectorAll('[role=row][aria-rowindex]')].map(
                (row) => [...row.children].filter((cell) => cell.childNodes.length).length,
            );
            fewest = Math.min(fewest, ...cells);
            if (--left) setTimeout(step, 20);
            else done(fewest);
        };
        step();
    })""")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.trace-row')].every((row) => row.id && row.querySelector('svg'))"
    )
    assert fewest == 3
    expect_newest_first(page)


def test_filters_and_orders_have_all_their_rows(page: Page) -> None:
    open_list(page, COUNT // 2, "&q=name:odd")
    page.keyboard.press("End")
    assert in_sight(page)[-1] == (COUNT // 2 - 1, BATCH + 1)
    open_list(page, COUNT, "&sort=start")
    page.locator(".trace-table").evaluate("e => { e.scrollTop = 100_000 }")
    rows = in_sight(page)
    assert rows[0][0] > 30_000 and rows == [(rank, rank + 1) for rank, _ in rows]


def test_what_arrives_does_not_move_the_rows(page: Page, server: Server, tmp_path: pathlib.Path) -> None:
    open_list(page)
    page.locator(".trace-table").evaluate("e => { e.scrollTop = 150_000 }")
    before = in_sight(page)
    send(server, range(COUNT + 1, COUNT + 1001))
    send(server, range(1, 500), start_ns=1_790_000_000_050_000_500)
    page.locator(".trace-table").evaluate("e => { e.scrollTop = 0 }")
    assert expect_newest_first(page) == 0
    page.locator(".trace-table").evaluate("e => { e.scrollTop = 150_000 }")
    assert in_sight(page) == before
    page.keyboard.press("End")
    assert in_sight(page)[-1] == (COUNT - 1, 1)
