# SPDX-License-Identifier: Apache-2.0
"""The page in a real browser, from the real binary."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import httpx
import pytest
from feed import HOSTILE, PROJECT, Feed
from playwright.sync_api import Page, expect
from vireo_server import Server

P = f"/{quote(PROJECT)}"
OpenPage = Callable[..., Page]


def rows(page: Page):  # type: ignore[no-untyped-def]
    return page.locator(".trace-table:not(.stale) .trace-row")


def test_the_list_shows_traces_with_thumbnails_counts_and_facets(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces")
    expect(page.locator(".summary")).to_contain_text("402 traces")
    expect(rows(page).first).to_be_visible()
    thumb = page.locator("img.thumb").first
    expect(thumb).to_be_visible()
    assert thumb.evaluate("image => image.decode().then(() => image.naturalWidth)") == 8
    expect(page.locator(".facets")).to_contain_text("country")
    expect(page.locator(".histogram-strip canvas")).to_be_visible()


def test_a_facet_narrows_the_list_and_back_returns(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces")
    page.get_by_title("model:casting-defects", exact=True).click()
    expect(page).to_have_url(re.compile(r"q=model:casting-defects"))
    expect(page.locator(".summary")).to_contain_text("80 traces")
    page.go_back()
    expect(page.locator(".summary")).to_contain_text("402 traces")


def test_suggestions_complete_a_search(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces")
    expect(page.locator(".facets")).to_contain_text("channel")
    page.keyboard.press("/")
    page.keyboard.type("tag.chan")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.get_by_role("option", name="chat")).to_be_visible()
    page.keyboard.type("ma")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"q=tag\.channel:mail"))
    expect(page.locator(".cell-tags").first).to_contain_text("mail")


def test_a_wrong_search_is_explained(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces?q=statuss:error")
    expect(page.get_by_text("This search is not understood")).to_be_visible()
    expect(page.locator(".empty")).to_contain_text("status")


def test_dragging_over_the_histogram_zooms_in(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces")
    plot = page.locator(".histogram-strip .u-over")
    box = plot.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.5, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, y, steps=5)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=\d{4}-.*to=\d{4}-"))
    expect(page.locator(".summary")).not_to_contain_text("402 traces")


def test_scrolling_loads_all_traces_but_keeps_few_rows(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces")
    expect(rows(page).first).to_be_visible()
    table = page.locator(".trace-table")
    for _ in range(12):
        table.evaluate("e => e.scrollTop = e.scrollHeight")
        page.wait_for_timeout(100)
        if table.get_attribute("aria-rowcount") == "403":
            break
    expect(table).to_have_attribute("aria-rowcount", "403")
    assert page.locator(".trace-row").count() < 80


def test_the_keyboard_leads_through_list_panel_and_page(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces?q=model:assistant")
    expect(rows(page).first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".side-panel .waterfall-row")).to_have_count(7)
    selected = re.search(r"sel=(\w{32})", page.url)
    assert selected
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/traces/{selected.group(1)}"))
    expect(page.locator(".trace-split .waterfall-row")).to_have_count(7)
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(rf"/traces\?.*sel={selected.group(1)}"))
    page.keyboard.press("Escape")
    expect(page.locator(".side-panel")).to_have_count(0)


def test_a_trace_shows_messages_tables_and_its_attributes_as_sent(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces?q={quote('model:assistant status:ok')}")
    rows(page).nth(1).dblclick()
    expect(page).to_have_url(re.compile(r"/traces/\w{32}"))
    page.locator(".waterfall-row", has_text="chat gpt-5-mini").click()
    page.get_by_role("tab", name="Input & output").click()
    expect(page.locator(".message-user")).to_be_visible()
    expect(page.locator(".tool-call")).to_contain_text("lookup_order")
    page.locator(".waterfall-row", has_text="retrieve").click()
    expect(page.locator(".data-table")).to_contain_text("handbook/section-0.md")
    expect(page.locator(".data-table-info")).to_contain_text("60 rows")


def test_doubles_keep_their_point(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces?q={quote('model:digits')}")
    rows(page).first.dblclick()
    expect(page).to_have_url(re.compile(r"/traces/\w{32}"))
    page.get_by_role("tab", name="Attributes").click()
    ratio = page.locator(".attribute", has=page.get_by_title("ratio", exact=True))
    expect(ratio.locator(".attribute-text")).to_have_text("1.0")
    expect(ratio.locator(".attribute-type")).to_have_text("double")


def test_an_error_is_shown_with_its_stack(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces?q={quote('model:digits status:error')}")
    rows(page).first.dblclick()
    expect(page).to_have_url(re.compile(r"/traces/\w{32}"))
    box = page.locator(".error-box")
    expect(box).to_contain_text("ValueError")
    expect(box.locator(".stack-code").first).to_contain_text("predict_proba")
    expect(box.locator(".stack-foreign").first).to_be_visible()


def test_tiny_images_are_enlarged_with_hard_edges(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces?q=model:digits")
    rows(page).first.dblclick()
    expect(page).to_have_url(re.compile(r"/traces/\w{32}"))
    image = page.locator(".image-sheet img")
    expect(image).to_be_visible()
    expect(image).to_have_css("image-rendering", "pixelated")
    before = image.evaluate("e => e.clientWidth")
    page.get_by_label("Larger").click()
    assert image.evaluate("e => e.clientWidth") > before >= 64


def test_thousands_of_spans_scroll_and_are_searched(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces/{'ff' * 16}")
    expect(page.locator(".trace-title")).to_contain_text("3\u202f000 spans")
    assert page.locator(".waterfall-row").count() < 100
    page.keyboard.press("f")
    page.keyboard.type("step 2999")
    page.keyboard.press("Enter")
    expect(page.locator(".waterfall-row[aria-selected=true]")).to_contain_text("step 2999")
    expect(page).to_have_url(re.compile("span="))


def test_what_users_logged_never_runs(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces?from=all&q={quote('name:hostile*')}")
    expect(rows(page)).to_have_count(1)
    rows(page).first.dblclick()
    expect(page).to_have_url(re.compile(r"/traces/\w{32}"))
    for tab in ["Overview", "Attributes", "Raw", "Events", "Input & output"]:
        page.get_by_role("tab", name=tab).click()
    expect(page.get_by_text(HOSTILE).first).to_be_visible()
    page.get_by_role("button", name="HTML", exact=True).first.click()
    expect(page.locator("iframe")).to_have_attribute("sandbox", "")
    page.wait_for_timeout(300)
    assert "owned" not in page.title()
    assert page.locator("#app img, #app script").count() == 0


def test_models_are_listed_and_lead_to_their_changes(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/models")
    expect(page.locator(".object-row")).to_have_count(3)
    page.get_by_role("link", name="digits", exact=True).click()
    expect(page).to_have_url(re.compile("/models/digits$"))
    diff = page.locator(".diff").first
    expect(diff).to_contain_text("predict_proba")
    expect(diff.locator(".code-mark").first).to_be_visible()
    page.get_by_label("Compare from").select_option("")
    expect(page.get_by_text("Code of v2")).to_be_visible()
    page.get_by_label("Compare from").select_option("1")
    expect(page).to_have_url(re.compile(r"compare=v1\.\.v2"))
    page.get_by_role("radio", name="Unified").click()
    expect(page.locator(".diff-unified").first).to_be_visible()
    expect(page.locator(".packages")).to_contain_text("2.4.6")


def test_metadata_is_edited_and_kept(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/models/digits")
    page.get_by_role("button", name="Add a key").click()
    page.get_by_label("Key", exact=True).last.fill("stage")
    page.get_by_label("Value of stage").fill('{"name": "canary", "share": 0.1}')
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Metadata saved")).to_be_visible()
    metadata = fed.api("/models/digits", PROJECT)["metadata"]
    assert metadata["stage"] == {"name": "canary", "share": 0.1}
    assert metadata["owner"] == "vision team"
    page.reload()
    expect(page.get_by_label("Value of stage")).to_have_value(re.compile("canary"))


def test_a_renamed_model_keeps_its_tags(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/models/casting-defects")
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("New name").fill("castings")
    page.get_by_role("button", name="Rename").click()
    expect(page).to_have_url(re.compile("/models/castings$"))
    expect(page.get_by_text("was casting-defects")).to_be_visible()
    fed.http.patch(f"/api/v1/projects/{PROJECT}/models/castings", json={"name": "casting-defects"}).raise_for_status()


def test_a_key_is_made_shown_once_and_revoked(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/settings")
    page.get_by_label("New key").fill("robot")
    page.get_by_label("Role").select_option("viewer")
    page.get_by_label("New key").press("Enter")
    secret = page.locator(".secret-key")
    expect(secret).to_be_visible()
    text = secret.text_content()
    assert text and len(text) > 20
    page.get_by_role("button", name="I have it").click()
    assert text not in page.content()
    row = page.locator("tr", has_text="robot")
    expect(row).to_contain_text("viewer")
    row.get_by_role("button", name="Revoke").click()
    row.get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)
    assert fed.api("/keys", PROJECT)["items"] == []


def test_an_empty_project_tells_how_to_begin(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/settings")
    page.get_by_label("New project").fill("fresh / one?")
    page.get_by_label("New project").press("Enter")
    expect(page).to_have_url(re.compile("/fresh%20%2F%20one%3F/traces"))
    expect(page.get_by_text("No traces in fresh / one? yet")).to_be_visible()
    expect(page.locator(".starter")).to_contain_text(fed.url)
    page.reload()
    expect(page.get_by_text("No traces in fresh / one? yet")).to_be_visible()


def test_new_traces_appear_live(start_server: Callable[..., Server], open_page: OpenPage) -> None:
    server = start_server()
    feed = Feed(server.url)
    feed.prepare()
    feed.send(feed.traces(5))
    page = open_page(server, f"{P}/traces")
    expect(rows(page)).to_have_count(5)
    page.get_by_role("button", name="Live").click()
    expect(page.locator(".live[data-state=live]")).to_be_visible()
    feed.send(feed.inspector(feed.now_ns))
    expect(rows(page)).to_have_count(6)
    expect(rows(page).first).to_contain_text("inspect")
    feed.close()


def test_a_stopped_server_is_told_and_the_rows_stay(start_server: Callable[..., Server], open_page: OpenPage) -> None:
    server = start_server()
    feed = Feed(server.url)
    feed.prepare()
    feed.send(feed.traces(5))
    feed.close()
    page = open_page(server, f"{P}/traces")
    expect(rows(page)).to_have_count(5)
    expect(page.locator(".histogram-strip canvas")).to_be_visible()
    server.stop()
    page.get_by_label("Ask again, up to now").click()
    expect(page.get_by_role("alert").first).to_contain_text("not reachable")
    expect(page.locator(".trace-row")).to_have_count(5)
    # A page that was not loaded yet says so, and the frame stays.
    page.get_by_role("link", name="Models").click()
    expect(page.get_by_text("This page could not be loaded")).to_be_visible()


def test_dark_and_light_follow_the_system_and_the_switch(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces", color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.get_by_label("Light theme").click()
    light = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == light


def test_the_palette_goes_to_models_and_traces(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces")
    expect(rows(page).first).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_label("Page, model, project or trace id").fill("assist")
    expect(page.locator(".palette-item[aria-selected=true]")).to_contain_text("assistant")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/models/assistant"))
    page.keyboard.press("Control+k")
    page.get_by_label("Page, model, project or trace id").fill("ff" * 16)
    page.keyboard.press("Enter")
    expect(page.locator(".trace-title")).to_contain_text("batch")


def test_everything_is_reached_by_tab_with_a_visible_focus(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/models")
    expect(page.locator(".object-row").first).to_be_visible()
    seen = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate(
                "() => { const e = document.activeElement; const s = getComputedStyle(e);"
                " return [e.tagName, e.className, e.ariaLabel ?? e.textContent.slice(0, 20),"
                " s.outlineStyle !== 'none' || e.closest('.search') !== null].join('|'); }"
            )
        )
    focused = [s for s in seen if not s.startswith("BODY")]
    assert len(focused) > 12
    assert all(s.endswith("true") for s in focused), focused


@pytest.mark.parametrize("path", ["/traces", "/models", "/models/digits", "/settings", f"/traces/{'ff' * 16}"])
def test_controls_have_names(fed: Server, open_page: OpenPage, path: str) -> None:
    page = open_page(fed, f"{P}{path}")
    page.wait_for_load_state("networkidle")
    nameless = page.evaluate(
        "() => [...document.querySelectorAll('button, a[href], input, select, [role=separator]')]"
        ".filter(e => !(e.ariaLabel || e.title || e.textContent.trim() || e.labels?.length)).map(e => e.outerHTML)"
    )
    assert nameless == []


def test_the_first_load_is_small_and_cached_for_ever(fed: Server) -> None:
    page = fed.http.get("/", headers={"accept": "text/html"})
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    total = 0
    for path in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text):
        with httpx.stream("GET", fed.url + path, headers={"accept-encoding": "gzip"}, trust_env=False) as answer:
            total += sum(len(chunk) for chunk in answer.iter_raw())
            assert "immutable" in answer.headers["cache-control"]
    assert 10_000 < total <= 150_000


def test_a_key_opens_a_server_with_accounts(start_server: Callable[..., Server], open_page: OpenPage) -> None:
    first = start_server()
    feed = Feed(first.url)
    feed.prepare()
    feed.send(feed.traces(20))
    key = feed.http.post(f"{feed.api}/keys", json={"name": "me", "role": "admin"}).json()["key"]
    feed.close()
    first.stop()
    server = start_server("--require-key", data=first.data)
    page = open_page(server, f"{P}/traces")
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_role("button", name="Continue").click()
    expect(rows(page).first).to_be_visible()
    thumb = page.locator("img.thumb").first
    expect(thumb).to_have_attribute("src", re.compile("^blob:"))


def test_explore_leads_from_a_number_to_its_traces(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/explore?m=count,p95(latency)")
    expect(page.locator(".explore-told")).to_contain_text("spans matched")
    page.get_by_label("Add to by").fill("mod")
    page.get_by_role("option", name="model", exact=False).first.wait_for()
    page.keyboard.press("Tab")
    expect(page).to_have_url(re.compile(r"by=model"))
    expect(page.locator(".explore-groups tbody tr")).to_have_count(6)  # four versions, none, all together
    expect(page.locator(".explore-charts canvas")).to_have_count(2)
    page.get_by_role("link", name="casting-defects:v1").click()
    expect(page).to_have_url(re.compile(r"/traces\?q=model:casting-defects:v1"))
    expect(page.locator(".summary")).to_contain_text("80 traces")


def test_a_click_into_a_chart_shows_the_traces_of_its_bucket(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/explore?by=name&of=traces&chart=bar")
    plot = page.locator(".explore-charts .u-over")
    plot.wait_for()
    box = plot.bounding_box()
    assert box
    page.wait_for_timeout(300)
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.95)
    expect(page.locator(".plot-tip-row").first).to_be_visible()
    page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.95)
    expect(page).to_have_url(re.compile(r"/traces\?.*from=\d{4}-.*to=\d{4}-"))
    expect(rows(page).first).to_be_visible()


def test_compare_tells_what_differs_and_leads_there(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces?q=model:digits:v2")
    page.get_by_role("button", name="Compare this selection").click()
    page.get_by_text("With the rest", exact=True).click()
    expect(page.locator(".compare-sides")).to_contain_text("Latency, p95")
    differences = page.locator(".compare-table tbody tr")
    expect(differences.first).to_contain_text("100 %")
    expect(differences.filter(has_text="model assistant")).to_contain_text("only in B")
    page.get_by_role("link", name=re.compile(r"^Traces of B with model:assistant$")).click()
    expect(page).to_have_url(re.compile(r"/traces\?q=-model:digits:v2\+model:assistant"))
    expect(page.locator(".summary")).to_contain_text("80 traces")


def test_heads_sort_and_a_view_brings_the_order_back(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces?q=model:assistant")
    page.get_by_title("Sort by Duration").click()
    expect(page).to_have_url(re.compile(r"sort=-latency"))
    expect(rows(page).first).to_be_visible()
    page.get_by_role("button", name="Saved views").click()
    page.get_by_label("Name of the new view").fill("slowest answers")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"view=\d+"))
    other = open_page(fed, f"{P}/traces")
    other.get_by_role("button", name="Saved views").click()
    other.get_by_role("link", name="slowest answers").click()
    expect(other).to_have_url(re.compile(r"q=model:assistant&sort=-latency"))
    expect(other.locator(".head-sorted")).to_contain_text("Duration")


def test_any_tag_can_be_a_column(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces?q=model:digits")
    expect(rows(page).first).to_be_visible()
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Add to tags").fill("coun")
    page.get_by_role("option", name="tag.country").wait_for()
    page.keyboard.press("Tab")
    expect(page.locator(".trace-head")).to_contain_text("country")
    page.reload()
    expect(page.locator(".trace-head")).to_contain_text("country")


def test_the_place_of_an_error_is_underlined(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces?q={quote('model:digits statuss:error')}")
    expect(page.locator(".search-marks .search-wrong")).to_have_text("statuss:error")


def test_a_narrow_page_folds_its_filters_away(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/traces")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".trace-row").first).to_be_visible()
    filters = page.get_by_role("complementary", name="Filter by")
    expect(filters).to_have_count(0)
    # Nothing in the bars reaches beyond the page or over its neighbour.
    boxes = page.locator(":is(.topbar, .summary) :is(button, a, .search, strong)").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(r => [r.left, r.top, r.right, r.bottom])"
    )
    assert all(left >= 52 and right <= 390 for left, _, right, _ in boxes)
    for at, (left, top, right, bottom) in enumerate(boxes):
        for left2, top2, right2, bottom2 in boxes[at + 1 :]:
            assert right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top
    page.get_by_role("button", name="Filters", exact=True).click()
    filters.locator(".facet-pick[title='tag.tier:pro']").click()
    expect(page).to_have_url(re.compile("tier"))
    page.get_by_role("button", name="Filters", exact=True).click()
    expect(filters).to_have_count(0)
    page.locator(".trace-row .status-ok").first.click()
    side = page.get_by_role("complementary", name="Trace")
    expect(side).to_be_in_viewport(ratio=1)
    side.get_by_role("button", name="Close the panel").click()
    expect(side).to_have_count(0)


def test_enter_takes_the_field_that_half_a_name_means(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/explore?of=traces")
    expect(page.locator(".explore-told")).to_contain_text("traces matched")
    page.get_by_label("Add to by").fill("country")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"by=tag\.country"))
    page.get_by_label("Add to measure").fill("p95(lat")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"m=count,p95(\(|%28)latency"))
    expect(page.locator(".explore-groups")).to_contain_text("DE")


def test_a_field_that_is_none_is_told_clearly_over_what_was_shown(fed: Server, open_page: OpenPage) -> None:
    page = open_page(fed, f"{P}/explore?of=traces")
    expect(page.locator(".explore-told")).to_contain_text("traces matched")
    page.get_by_label("Add to by").fill("nowhere")
    page.keyboard.press("Enter")
    told = page.locator(".error-bar")
    expect(told).to_contain_text("unknown field 'nowhere'")
    expect(page.locator(".explore-body")).to_have_css("opacity", "1")
    expect(told.get_by_role("button")).to_have_count(0)  # to ask again would not help
    page.get_by_label("Remove nowhere").click()
    expect(told).to_have_count(0)
