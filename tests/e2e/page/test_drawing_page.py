# SPDX-License-Identifier: Apache-2.0
"""Annotations on the page: in texts, along a sound, over pictures, in space; what is pointed
at in the drawing is marked in the table, and the other way round."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from vireo_server import Server

OpenPage = Callable[..., Page]
DRAWN_PIXELS = """e => {
    const data = e.getContext('2d').getImageData(0, 0, e.width, e.height).data;
    return data.filter((v, i) => i % 4 === 3 && v > 0).length;
}"""
PROGRAM = pathlib.Path(__file__).parent / "annotated.py"


@pytest.fixture(scope="module")
def annotated(shared_server: Server) -> Server:
    done = subprocess.run([sys.executable, PROGRAM, shared_server.url], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return shared_server


def open_sample(open_page: OpenPage, server: Server, workflow: str, **options: object) -> tuple[Page, Locator]:
    items = server.api("/evaluations", project="drawn")["items"]
    number = next(e["id"] for e in items if e["target"]["workflow"] == workflow)
    page = open_page(server, f"/drawn/evaluations/{number}", **options)
    page.locator(".sample-card, .sample-line").first.click()
    panel = page.get_by_role("complementary", name="Sample")
    expect(panel.locator(".annotation-table tbody tr").first).to_be_visible()
    return page, panel


def row(panel: Locator, side: str, *words: str) -> Locator:
    found = panel.locator(".annotation-table tbody tr", has_text=side)
    for word in words:
        found = found.filter(has_text=word)
    return found


def test_segments_of_a_text_are_marked_and_linked_with_the_table(annotated: Server, open_page: OpenPage) -> None:
    _, panel = open_sample(open_page, annotated, "text")
    text = panel.locator(".marked-text")
    assert (text.text_content() or "").startswith("Ada Lovelace wrote the first program 😀 for Charles")
    # Behind the emoji places are counted by character, not by half of one.
    expect(row(panel, "expected", "machine")).to_contain_text("“Analytical Engine”")
    expect(row(panel, "text model", "0.93")).to_have_count(2)
    place = text.locator("mark", has_text="Cambridge")
    expect(place).to_have_attribute(
        "title", re.compile("expected: organisation\nexpected: place\ntext model:v1: place")
    )
    text.locator("mark", has_text="Mary Somerville").hover()
    expect(row(panel, "expected", "Mary Somerville")).to_have_class("row-selected")
    row(panel, "expected", "University of Cambridge").hover()
    expect(text.locator(".marked-on")).to_have_text(["University of ", "Cambridge"])
    # By keys as well, and a side can be hidden.
    row(panel, "expected", "machine").get_by_role("button").focus()
    expect(text.locator(".marked-on")).to_have_text(["Analytical", " Engine"])
    panel.get_by_role("checkbox", name=re.compile("^text model")).uncheck()
    expect(row(panel, "text model")).to_have_count(0)
    expect(text.locator("mark")).to_have_count(7)


def test_stretches_of_a_sound_play_from_their_start(annotated: Server, open_page: OpenPage) -> None:
    page, panel = open_sample(open_page, annotated, "sound")
    audio = panel.locator("audio")
    expect(audio).to_be_visible()
    page.wait_for_function("() => document.querySelector('audio').duration === 8")
    expect(panel.locator(".track-name")).to_have_text(
        ["expected · high", "expected · low", "sound model:v1 · high", "sound model:v1 · low"], use_inner_text=False
    )
    # Two of the inferred ones overlap: they lie in two lanes.
    tops = panel.locator(".track").nth(2).locator(".stretch").evaluate_all("all => all.map(e => e.offsetTop)")
    assert len(set(tops)) == 2
    panel.locator(".stretch", has_text="well").first.hover()
    expect(row(panel, "expected", "well")).to_have_class("row-selected")
    row(panel, "expected", "how are you").get_by_role("button").click()
    page.wait_for_function("() => document.querySelector('audio').currentTime >= 4")
    head = panel.locator(".play-head")
    expect(head).to_be_visible()
    assert float(head.evaluate("e => parseFloat(e.style.left)")) >= 50


def test_masks_lines_and_boxes_lie_over_their_picture(annotated: Server, open_page: OpenPage) -> None:
    page, panel = open_sample(open_page, annotated, "street")
    masks = panel.locator("canvas.mask")
    expect(masks).to_have_count(2)
    # Grey 2 of the expected mask is sky: its colour is that of its label, all over.
    pixel = "(e, [x, y]) => [...e.getContext('2d').getImageData(x, y, 1, 1).data]"
    page.wait_for_function(
        "() => [...document.querySelectorAll('.sample-panel canvas.mask')].every(c => c.width === 480)"
    )
    sky = masks.first.evaluate(pixel, [240, 20])
    assert sky[3] == 255
    assert masks.first.evaluate(pixel, [460, 20]) == sky
    assert masks.first.evaluate(pixel, [130, 200]) == [0, 0, 0, 0]
    legend = panel.locator(".mask-legend")
    expect(legend.locator("tr", has_text="sky")).to_contain_text("0.95")
    legend.locator("tr", has_text="road").hover()
    first = "document.querySelector('.sample-panel canvas.mask').getContext('2d')"
    page.wait_for_function(f"() => {first}.getImageData(240, 20, 1, 1).data[3] === 0")
    legend.get_by_role("slider").fill("0")
    expect(masks.first).to_have_css("opacity", "0")
    shapes = panel.locator(".annotations")
    expect(shapes.locator("polygon")).to_have_count(1)
    expect(shapes.locator("polyline")).to_have_count(1)
    expect(shapes.locator("circle")).to_have_count(4)
    # The car 14 m ahead and 3 m to the left, as the camera's matrix has it.
    car = shapes.locator("g:has(> title:text-is('car')) > path").first
    box = car.evaluate("e => { const b = e.getBBox(); return [b.x + b.width / 2, b.y + b.height / 2]; }")
    assert abs(box[0] - (240 - 400 * 3 / 14)) < 8
    assert abs(box[1] - (150 + (600 - 400 * 0.75) / 14)) < 8
    row(panel, "expected", "polygon").hover()
    expect(shapes.locator(".annotation-on polygon")).to_have_count(1)


def test_boxes_stand_in_their_cloud(annotated: Server, open_page: OpenPage) -> None:
    page, panel = open_sample(open_page, annotated, "cloud")
    expect(panel.locator(".scene figcaption, figcaption.faint")).to_contain_text(re.compile(r"26\s000 points"))
    canvas = panel.locator(".scene-canvas")
    page.wait_for_timeout(300)
    before = canvas.evaluate(DRAWN_PIXELS)
    assert before > 3000
    canvas.focus()
    for _ in range(6):
        page.keyboard.press("+")
    page.wait_for_timeout(300)
    assert canvas.evaluate(DRAWN_PIXELS) != before
    panel.get_by_role("button", name="Top", exact=True).click()
    panel.get_by_role("button", name="Fit", exact=True).click()
    page.wait_for_timeout(300)
    assert canvas.evaluate(DRAWN_PIXELS) == before
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 120, steps=4)
    page.mouse.up()
    page.wait_for_timeout(300)
    assert canvas.evaluate(DRAWN_PIXELS) != before


def test_a_review_draws_as_the_other_pages_do(annotated: Server, open_page: OpenPage) -> None:
    page, _ = open_sample(open_page, annotated, "text")
    page.get_by_role("link", name="Review the answers").click()
    page.get_by_label("Name", exact=True).fill("names in texts")
    page.get_by_role("button", name="Create").click()
    shown = page.locator(".review-sample")
    place = shown.locator("mark", has_text="Mary Somerville").first
    expect(place).to_have_attribute("title", re.compile("expected: "))
    place.hover()
    expect(row(shown, "expected", "Mary Somerville")).to_have_class("row-selected")
    expect(row(shown, "text model", "0.93")).to_have_count(2)
