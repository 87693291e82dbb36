# SPDX-License-Identifier: Apache-2.0
"""One evaluation on the page: the plots that an evaluator sent, drawn where their numbers
are; answers that a second run gave otherwise; two evaluations side by side."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from sklearn.metrics import precision_recall_curve, roc_curve
from vireo_server import ROOT, Server

OpenPage = Callable[..., Page]
PROJECT = "plotted"
# The inner frame of a plot within its view box.
LEFT, TOP, WIDTH, HEIGHT = 52, 8, 358, 218


def curves() -> dict[str, Any]:
    """Of scores that tell right from wrong with some doubt."""
    draw = random.Random(3)
    truth = [draw.random() < 0.5 for _ in range(60)]
    scores = [min(1.0, max(0.0, draw.gauss(0.65 if right else 0.4, 0.2))) for right in truth]
    precision, recall, _ = precision_recall_curve(truth, scores)
    false, true, _ = roc_curve(truth, scores)
    return {
        "Precision and recall": (recall.tolist(), precision.tolist()),
        "ROC": (false.tolist(), true.tolist()),
    }


CURVES = curves()
FREQUENCIES = [[1, 4, 9, 2], [3, 0, 5, 8]]
MATRIX = [[30, 2, 0], [1, 27, 4], [0, 5, 31]]


def plots() -> list[dict[str, Any]]:
    labels = {"x_label": "across", "y_label": "up"}
    drawn = [
        {"data_type": "PLOT/CURVE", "title": title, **labels, "curves": [{"label": "digits", "x": x, "y": y}]}
        for title, (x, y) in CURVES.items()
    ]
    histogram = {"title": "Confidence", "buckets": [0, 0.25, 0.5, 0.75, 1], "labels": ["right", "wrong"], **labels}
    matrix = {"title": "Confused", "labels": ["a", "b", "c"], "matrix": MATRIX}
    return [
        *drawn,
        {"data_type": "PLOT/HISTOGRAM", "frequency": FREQUENCIES, **histogram},
        {"data_type": "PLOT/CONFUSION_MATRIX", **matrix},
    ]


@pytest.fixture(scope="module")
def api(shared_server: Server) -> httpx.Client:
    """Two classifiers on one suite: the first with plots, and with answers of a second run."""
    program = [sys.executable, str(ROOT / "examples" / "digits_test.py"), "--project", PROJECT]
    done = subprocess.run([*program, "--url", shared_server.url], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    http = httpx.Client(base_url=f"{shared_server.url}/api/v1/projects/{PROJECT}", trust_env=False)
    first = f"/evaluations/{numbers(http)[0]}"
    http.put(f"{first}/metrics", json={"plots": {"clean": plots()}}).raise_for_status()
    kept = http.get(f"{first}/inferences", params={"limit": 6}).json()["items"]
    again = [
        {"number": item["number"], "inference": {"digit": "none"} if at in (1, 4) else item["inference"]}
        for at, item in enumerate(kept)
    ]
    told = http.post(f"{first}/verify", json={"inferences": again}).json()
    assert (told["checked"], len(told["differing"])) == (6, 2)
    return http


def numbers(api: httpx.Client) -> list[int]:
    """Of the evaluations, the oldest first."""
    return sorted(e["id"] for e in api.get("/evaluations").json()["items"])


def figure(page: Page, title: str) -> Locator:
    return page.locator("figure.still").filter(has=page.get_by_text(title, exact=True))


def test_plots_stand_where_their_numbers_are(api: httpx.Client, shared_server: Server, open_page: OpenPage) -> None:
    page = open_page(shared_server, f"/{PROJECT}/evaluations/{numbers(api)[0]}?tab=plots&case=clean")
    for title, (x, y) in CURVES.items():
        line = figure(page, title).locator("polyline")
        expect(line).to_have_count(1)
        points = [tuple(map(float, p.split(","))) for p in (line.get_attribute("points") or "").split()]
        wanted = [(LEFT + WIDTH * a, TOP + HEIGHT * (1 - b)) for a, b in zip(x, y, strict=True)]
        assert len(points) == len(wanted)
        assert all(abs(a - c) <= 0.051 and abs(b - d) <= 0.051 for (a, b), (c, d) in zip(points, wanted, strict=True))
    bars = figure(page, "Confidence")
    expect(bars.locator(".legend-item")).to_have_text(["right", "wrong"])
    for series, frequency in zip(("right", "wrong"), FREQUENCIES, strict=True):
        for at, count in enumerate(frequency):
            name = f"{at / 4:g}–{(at + 1) / 4:g} {series}: {count}"
            bar = bars.locator("rect").filter(has=page.locator("title", has_text=re.compile(f"^{re.escape(name)}$")))
            expect(bar).to_have_count(1)
            assert abs(float(bar.get_attribute("height") or 0) - max(0.5, HEIGHT * count / 9)) < 0.01
    cells = figure(page, "Confused").locator("tbody td")
    expect(cells).to_have_text([str(count) for row in MATRIX for count in row])
    expect(cells.nth(4)).to_have_attribute("title", "84.4 % of the row")


def test_a_second_run_that_differs_is_told_and_leads_to_its_samples(
    api: httpx.Client, shared_server: Server, open_page: OpenPage
) -> None:
    first, second = numbers(api)
    page = open_page(shared_server, f"/{PROJECT}/evaluations/{first},{second}")
    # The example itself runs some samples again.
    mark = page.get_by_role("button", name=re.compile(r"^2 of \d+ samples inferred again differ$"))
    expect(mark).to_have_count(1)
    mark.click()
    expect(page).to_have_url(re.compile("show=differing"))
    expect(page.locator(".sample-card")).to_have_count(2)
    expect(page.locator(".sample-bar")).to_contain_text("2 samples")


def test_two_evaluations_stand_side_by_side(api: httpx.Client, shared_server: Server, open_page: OpenPage) -> None:
    first, second = numbers(api)
    right = [
        {c["case"]: c["metrics"]["accuracy"] for c in api.get(f"/evaluations/{e}/cases").json()["items"]}
        for e in (first, second)
    ]
    page = open_page(shared_server, f"/{PROJECT}/evaluations/{first}")
    page.get_by_role("button", name="Put another evaluation beside it").click()
    page.get_by_role("menuitemradio").first.click()
    expect(page).to_have_url(re.compile(rf"/evaluations/{first},{second}$"))
    for case, look, says in (
        ("clean", "better", "significantly better"),
        ("rotated", "worse", "significantly worse"),
        ("all", "same", "no significant difference"),
    ):
        row = page.locator("tr", has=page.get_by_role("rowheader", name=case, exact=True))
        verdict = row.locator(".verdict").first
        expect(verdict).to_have_class(f"verdict verdict-{look}")
        expect(verdict).to_have_attribute(
            "title", re.compile(rf"^{says} · .* · p [<=] [01]\.\d+ · mcnemar.* · \d+ samples$")
        )
        shown = re.search(r"[+−][\d.]+(e-\d+)?", verdict.inner_text())
        assert shown
        assert abs(float(shown[0].replace("−", "-")) - (right[1][case] - right[0][case])) < 0.0006
    # The other way round what was better is worse.
    page.get_by_role("button", name="Make it the baseline").click()
    expect(page).to_have_url(re.compile(f"base={second}"))
    rotated = page.locator("tr", has=page.get_by_role("rowheader", name="rotated", exact=True))
    expect(rotated.locator(".verdict").first).to_have_class("verdict verdict-better")
