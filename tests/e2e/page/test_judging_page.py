# SPDX-License-Identifier: Apache-2.0
"""Judging and testing on the page: from a model that got worse to the samples behind it,
from a judge to what it failed, and people who judge."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from vireo_server import ROOT, Server

OpenPage = Callable[..., Page]
TESTS = "/digits-test"
JUDGED = "/judged"

JUDGING = """
import sys
from vireo import Vireo
from vireo.judge import Judge

def short(outputs):
    return len(str(outputs))

vr = Vireo("judged", url=sys.argv[1])
tag = vr.add_judge(Judge("short", "is the answer short?", short, lambda score: score < 3))

@vr.assess(tag)
def model(a, b):
    return a + b

for i in range(40):
    model(i, 80)
sys.exit(0 if vr.flush(60) else "not delivered in time")
"""


def expect_soon(page: Page, read: Callable[[], list[Any]], wanted: list[Any]) -> None:
    """What is on the server: requests follow the keys, the last one may still be on its way."""
    found = read()
    for _ in range(100):
        if found == wanted:
            return
        page.wait_for_timeout(100)
        found = read()
    assert found == wanted


def run_python(code: list[str], server: Server) -> None:
    done = subprocess.run([sys.executable, *code, server.url], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def tested(shared_server: Server) -> Server:
    """Two classifiers of digits on one suite: the newer one is worse at rotated digits."""
    run_python([str(ROOT / "examples" / "digits_test.py"), "--url"], shared_server)
    return shared_server


@pytest.fixture(scope="module")
def judged(shared_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Forty calls, judged; twenty of them fail."""
    program = tmp_path_factory.mktemp("judged") / "judging.py"
    program.write_text(JUDGING)
    run_python([str(program)], shared_server)
    return shared_server


def evaluation_ids(server: Server) -> list[int]:
    url = f"{server.url}/api/v1/projects{TESTS}/evaluations"
    return sorted(e["id"] for e in httpx.get(url).json()["items"])


def test_a_regression_is_found_and_leads_to_its_samples(tested: Server, open_page: OpenPage) -> None:
    page = open_page(tested, f"{TESTS}/evaluations")
    rows = page.get_by_role("grid", name="Evaluations").locator(".object-row")
    expect(rows).to_have_count(2)
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Side by side").click()
    expect(page).to_have_url(re.compile(r"/evaluations/\d+,\d+$"))
    rotated = page.locator("tr", has=page.get_by_role("rowheader", name="rotated", exact=True))
    worse = rotated.locator(".verdict-worse")
    expect(worse.first).to_have_attribute("title", re.compile("significantly worse.*mcnemar"))
    expect(page.locator("tr", has=page.get_by_role("rowheader", name="clean", exact=True))).not_to_contain_text("worse")
    worse.first.click()
    cards = page.locator(".sample-card")
    expect(cards.first).to_be_visible()
    # What the page counts is what the list has.
    label = page.get_by_role("radio", name=re.compile("Got worse"))
    expect(label).to_have_text(re.compile(r"Got worse \d+"))
    wanted = int((label.text_content() or "").split()[-1])
    expect(page.locator(".sample-bar")).to_contain_text(f"{wanted} samples")
    picture = cards.first.locator("img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 8
    cards.first.click()
    panel = page.get_by_role("complementary", name="Sample")
    expect(panel).to_contain_text("rotated")
    expect(panel).to_contain_text("Expected")


def test_cases_are_divided_by_metadata(tested: Server, open_page: OpenPage) -> None:
    page = open_page(tested, f"{TESTS}/evaluations")
    page.get_by_role("grid", name="Evaluations").locator(".object-row").first.click()
    page.get_by_label("Divide the cases by").select_option("metadata.alteration")
    expect(page).to_have_url(re.compile(r"by=metadata\.alteration"))
    expect(page.locator(".stratum").first).to_be_visible()
    expect(page.locator(".case-table")).to_contain_text("noisy")


def test_a_reader_says_which_way_is_better(tested: Server, open_page: OpenPage) -> None:
    first, second = evaluation_ids(tested)
    page = open_page(tested, f"{TESTS}/evaluations/{first},{second}?lower=correct")
    rotated = page.locator("tr", has=page.get_by_role("rowheader", name="rotated", exact=True))
    expect(rotated.locator(".verdict-better")).not_to_have_count(0)
    page.locator(".metric-said").click()
    expect(page).not_to_have_url(re.compile("lower="))
    expect(rotated.locator(".verdict-better")).to_have_count(0)
    expect(rotated.locator(".verdict-worse")).not_to_have_count(0)
    page.get_by_role("button", name="Quality standard").click()
    page.get_by_label("Name of the standard").fill("strict")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile("standard=strict"))
    expect(page.get_by_role("columnheader", name="Metrics", exact=True)).to_be_visible()
    expect(rotated.locator(".verdict-worse")).not_to_have_count(0)
    page.get_by_role("button", name="Quality standard").click()
    page.get_by_role("button", name="Delete strict").click()
    expect(page).not_to_have_url(re.compile("standard="))


def test_what_the_evaluator_drew_is_shown(tested: Server, open_page: OpenPage) -> None:
    page = open_page(tested, f"{TESTS}/evaluations")
    page.get_by_role("grid", name="Evaluations").locator(".object-row").first.click()
    page.get_by_role("tab", name="Plots").click()
    expect(page.locator(".confusion").first.locator("tbody tr")).to_have_count(10)
    page.get_by_role("tab", name="What the evaluator said").click()
    expect(page.get_by_text("per_digit").first).to_be_visible()


def test_a_suite_ranks_models_and_shows_its_samples(tested: Server, open_page: OpenPage) -> None:
    page = open_page(tested, f"{TESTS}/suites")
    page.get_by_role("link", name="digits", exact=True).click()
    expect(page.get_by_text("Models on this suite")).to_be_visible()
    expect(page.locator(".table").first.locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name=re.compile("^rotated")).click()
    expect(page).to_have_url(re.compile("case=rotated"))
    expect(page.locator(".sample-table img").first).to_be_visible()
    # All of them, as one scrolls, of which few exist.
    table = page.get_by_role("grid", name="Samples")
    for _ in range(100):
        table.evaluate("e => e.scrollTop = e.scrollHeight")
        page.wait_for_timeout(100)
        if table.get_attribute("aria-rowcount") == "361":
            break
    expect(page.get_by_text("360 samples", exact=True)).to_be_visible()
    table.evaluate("e => e.scrollTop = e.scrollHeight")
    expect(page.locator("[aria-rowindex='361']")).to_be_visible()
    assert page.locator(".sample-row").count() < 80
    wanted = page.locator(".sample-row").last.locator("[title]").first.get_attribute("title") or ""
    page.get_by_label("Find in the samples").fill(wanted[:20])
    expect(page.get_by_text("1 sample", exact=True)).to_be_visible()
    page.get_by_label("Find in the samples").blur()
    page.keyboard.press("j")
    expect(page.get_by_role("complementary", name="Sample")).to_contain_text(wanted)


def test_a_judge_tells_what_passes_and_leads_to_what_failed(judged: Server, open_page: OpenPage) -> None:
    page = open_page(judged, f"{JUDGED}/judges")
    expect(page.get_by_role("grid", name="Judges")).to_contain_text("50 %")
    page.get_by_role("link", name="short", exact=True).click()
    expect(page.get_by_text("def short(outputs):")).to_be_visible()
    expect(page.locator(".judge-versions tbody tr")).to_contain_text(["v1"])
    # How its scores lie over time: the highest of them, the newest of it, on keys.
    lie = page.get_by_role("button", name=re.compile("How scores lie, short:v1"))
    lie.focus()
    said = page.locator(".heat-said")
    expect(said).to_have_text(re.compile(r"^2\.95 to 3: \d+ scores?, "))
    count = (said.text_content() or "").split()[3]
    page.keyboard.press("Enter")
    expect(page.locator(".summary")).to_contain_text(f"{count} trace")
    page.go_back()
    page.get_by_role("link", name="What failed").click()
    expect(page.locator(".summary")).to_contain_text("20 traces")
    expect(page.locator(".trace-row .score-failed").first).to_contain_text("short")


def test_wide_tables_do_not_widen_a_narrow_page(tested: Server, judged: Server, open_page: OpenPage) -> None:
    """Nor does what only readers hear in them."""
    first, second = evaluation_ids(tested)
    for path in (f"{TESTS}/evaluations/{first},{second}", f"{TESTS}/suites/Digits/digits", f"{JUDGED}/judges/short"):
        page = open_page(judged, path)
        page.set_viewport_size({"width": 390, "height": 844})
        expect(page.locator("table").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path


def test_a_rule_of_workers_is_made_paused_and_deleted(judged: Server, open_page: OpenPage) -> None:
    def rules() -> list[tuple[str, str, float, bool]]:
        items = httpx.get(f"{judged.url}/api/v1/projects/judged/rules").json()["items"]
        return [(r["judge"], r["where"], r["sample"], r["enabled"]) for r in items]

    page = open_page(judged, f"{JUDGED}/judges")
    page.get_by_role("button", name="New rule").click()
    page.get_by_label("Judge", exact=True).select_option("short:v1")
    where = page.get_by_label("Search of the rule")
    where.fill("latency>")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("alert")).to_contain_text("where:")
    where.fill("stat")
    page.get_by_role("option", name=re.compile("^status")).first.click()
    page.get_by_role("option", name=re.compile("^ok")).first.click()
    expect(where).to_have_value("status:ok")
    page.get_by_label("Share, %").fill("50")
    page.get_by_role("button", name="Create").click()
    row = page.locator("tr", has_text="status:ok")
    expect(row).to_contain_text("50")
    assert rules() == [("short:v1", "status:ok", 0.5, True)]
    # All forty were judged a moment ago; nothing waits. A count that failed is asked for again after 30 s.
    expect(row.locator(".number-link")).to_have_text(["40", "0"], timeout=60_000)
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("paused")
    assert rules() == [("short:v1", "status:ok", 0.5, False)]
    row.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No rules.")).to_be_visible()
    assert rules() == []


def test_a_person_scores_a_trace_and_makes_it_a_test(judged: Server, open_page: OpenPage) -> None:
    page = open_page(judged, f"{JUDGED}/traces")
    page.locator(".trace-row").first.click()
    page.get_by_role("button", name="Good").click()
    scores = page.locator(".score-list")
    expect(scores).to_contain_text("feedback")
    expect(scores).to_contain_text("short:v1")
    page.get_by_role("button", name="Take this score back").click()
    expect(scores).not_to_contain_text("feedback")
    page.get_by_text("Make it a test").click()
    page.get_by_label("New dataset").fill("from the page")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("A new sample of from the page:v1")
    page.goto(f"{JUDGED}/datasets/from%20the%20page")
    expect(page.locator(".sample-row")).to_have_count(1)
    page.get_by_role("tab", name="History").click()
    page.locator("tbody tr").first.click()
    expect(page.get_by_label("From version")).to_have_value("v0")


def test_a_queue_is_reviewed_on_keys(judged: Server, open_page: OpenPage) -> None:
    page = open_page(judged, f"{JUDGED}/review")
    page.get_by_label("Name").fill("long answers")
    page.get_by_label("Traces", exact=True).fill("passed.short:false")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".topbar [role=status]")).to_contain_text("20 left")
    expect(page.locator(".trace-title")).to_be_visible()
    page.keyboard.press("y")
    page.keyboard.press("n")
    page.keyboard.press("s")
    expect(page.locator(".topbar [role=status]")).to_have_text("18 left · 2 done · 1 skipped")

    def verdicts() -> list[bool]:
        traces = httpx.get(f"{judged.url}/api/v1/projects/judged/traces", params={"query": "has:score.human"}).json()
        return sorted(s["passed"] for t in traces["items"] for s in t["scores"] if s["name"] == "human")

    expect_soon(page, verdicts, [False, True])


def test_a_long_queue_is_reviewed_to_its_end(judged: Server, open_page: OpenPage) -> None:
    """120 samples, of which 60 are skipped, and traces: what is taken back is gone from the server."""
    http = httpx.Client(base_url=f"{judged.url}/api/v1/projects/judged")
    http.post("/datasets", json={"name": "many"})
    http.post("/datasets/many/commits", json={"samples": [{"id": f"s{n}", "input": n} for n in range(120)]})
    made = http.post("/queues", json={"name": "many", "judge": "bob", "dataset": {"name": "many"}})
    page = open_page(judged, f"{JUDGED}/review/{made.json()['id']}")
    told = page.locator(".topbar [role=status]")
    shown = page.locator(".review-sample .mono").first
    first = [f"s{n}" for n in range(120)]

    def press(key: str, names: list[str]) -> None:
        for name in names:
            expect(shown).to_have_text(name)
            page.keyboard.press(key)

    def kept() -> list[str]:
        items = http.get("/datasets/many/scores", params={"judge": "bob", "limit": 1000}).json()["items"]
        return sorted(s["sample"] for s in items)

    press("s", first[:60])
    expect(told).to_have_text("120 left · 0 done · 60 skipped")
    press("y", first[60:])
    expect(page.get_by_text("60 things skipped")).to_be_visible()
    expect(told).to_have_text("60 left · 60 done · 60 skipped")
    page.keyboard.press("u")
    expect(shown).to_have_text("s119")
    expect(told).to_have_text("61 left · 59 done · 60 skipped")
    expect_soon(page, kept, sorted(first[60:119]))
    page.keyboard.press("n")
    page.get_by_role("button", name="Go through them").click()
    press("y", first[:60])
    expect(page.get_by_text("All of it is reviewed")).to_be_visible()
    expect(told).to_have_text("0 left · 120 done")
    expect_soon(page, kept, sorted(first))

    made = http.post("/queues", json={"name": "some traces", "judge": "cara", "where": "passed.short:true"})
    page.goto(f"{JUDGED}/review/{made.json()['id']}")
    expect(page.locator(".trace-title")).to_be_visible()
    for key, text in [("n", "19 left · 1 done"), ("u", "20 left · 0 done"), ("y", "19 left · 1 done")]:
        page.keyboard.press(key)
        expect(told).to_have_text(text)

    def said_of_traces() -> list[bool]:
        traces = http.get("/traces", params={"query": "judge:cara"}).json()["items"]
        return [s["passed"] for t in traces for s in t["scores"] if s["name"] == "cara"]

    expect_soon(page, said_of_traces, [True])


def answers(server: Server) -> int:
    """Eight questions, answered by a model of which three answers are wrong; its evaluation's number."""
    http = httpx.Client(base_url=f"{server.url}/api/v1/projects/asked")
    httpx.post(f"{server.url}/api/v1/projects", json={"name": "asked"})
    samples = [
        {"id": f"q{n}", "input": {"question": f"What is {n} + {n}?"}, "expected": str(n + n), "metadata": {"n": n}}
        for n in range(8)
    ]
    http.post("/datasets", json={"name": "sums"})
    http.post("/datasets/sums/commits", json={"samples": samples})
    http.post("/models/adder/versions", json={"fingerprint": "ef" * 32, "source": "def adder(): ..."})
    made = http.post(
        "/evaluations",
        json={"dataset": {"name": "sums"}, "model": "adder:v1", "evaluator": "by hand", "judges": []},
    )
    e = int(made.json()["id"])
    said = [str(n + n) if n % 3 else "many" for n in range(8)]
    sent = [{"number": n + 1, "inference": text} for n, text in enumerate(said)]
    assert http.post(f"/evaluations/{e}/inferences", json={"inferences": sent}).status_code == 200
    columns = {"right": [bool(n % 3) for n in range(8)]}
    rows = {"case": None, "configuration": None, "numbers": list(range(1, 9)), "columns": columns}
    assert http.post(f"/evaluations/{e}/results", json=rows).status_code == 200
    assert http.patch(f"/evaluations/{e}", json={"status": "complete"}).status_code == 200
    return e


def test_people_score_samples_and_say_what_is_expected(shared_server: Server, open_page: OpenPage) -> None:
    answers(shared_server)
    page = open_page(shared_server, "/asked/datasets/sums")
    page.get_by_role("button", name="q3", exact=True).click()
    side = page.get_by_role("complementary", name="Sample")
    side.get_by_role("button", name="Bad").click()
    expect(side.get_by_text("failed")).to_have_count(1)
    side.get_by_role("button", name="Expect", exact=True).click()
    side.get_by_label("What the output should be").fill('{"sum": 6, "unit": "apples"}')
    side.get_by_label("Why").fill("of apples")
    side.get_by_role("button", name="Store").click()
    expect(side.get_by_text("of apples")).to_be_visible()
    side.get_by_role("button", name="Make it the expected value").click()
    expect(page.get_by_text("Expected from v2 on")).to_be_visible()
    expect(side.get_by_text("expected now")).to_be_visible()
    page.get_by_label("By feedback").select_option("failed")
    expect(page.get_by_text("1 sample", exact=True)).to_be_visible()
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_text('Expected value of q3 from "expected"')).to_be_visible()
    page.reload()
    expect(page.get_by_text('Expected value of q3 from "expected"')).to_be_visible()


def test_people_review_a_models_answers_on_keys(shared_server: Server, open_page: OpenPage) -> None:
    """The queue of what failed, to the agreement of the person with the evaluator."""
    e = answers(shared_server)
    page = open_page(shared_server, f"/asked/evaluations/{e}?filter=right%3Afalse")
    page.get_by_role("link", name="Review the answers").click()
    expect(page.get_by_label("Evaluation")).to_have_value(str(e))
    expect(page.get_by_label("Answers")).to_have_value("right:false")
    page.get_by_label("Name", exact=True).fill("wrong sums")
    page.get_by_label("Judge").fill("ann")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("3 left · 0 done")).to_be_visible()
    shown = page.locator(".review-sample")
    expect(shown).to_contain_text("What is 0 + 0?")
    expect(shown).to_contain_text("adder:v1")
    page.keyboard.press("n")
    expect(shown).to_contain_text("What is 3 + 3?")
    page.keyboard.press("c")
    page.keyboard.type("many is no number")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(shown).to_contain_text("What is 6 + 6?")
    page.keyboard.press("u")
    expect(shown).to_contain_text("What is 3 + 3?")
    page.keyboard.press("y")
    expect(shown).to_contain_text("What is 6 + 6?")
    page.keyboard.press("n")
    expect(page.get_by_text("All of it is reviewed")).to_be_visible()
    url = f"{shared_server.url}/api/v1/projects/asked/datasets/sums/scores"

    def said() -> list[tuple[str, bool, str]]:
        items = httpx.get(url, params={"judge": "ann"}).json()["items"]
        return [(s["sample"], s["passed"], s["model"]) for s in items]

    expect_soon(page, said, [("q0", False, "adder:v1"), ("q3", True, "adder:v1"), ("q6", False, "adder:v1")])
    page.goto(page.url.split("/review")[0] + f"/evaluations/{e}")
    agreement = page.locator(".panel", has=page.get_by_role("heading", name=re.compile("How far people")))
    expect(agreement).to_contain_text("ann and right")
    expect(agreement).to_contain_text(re.compile("66.7"))
