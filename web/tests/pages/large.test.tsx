// SPDX-License-Identifier: Apache-2.0
// A trace of ten thousand spans, looked at through windows.
import { fireEvent, screen, waitFor } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { hitText } from "../../src/pages/trace/largehead";
import { setParams } from "../../src/state/location";
import { asked, key, open, P, param, withMock } from "./harness";

const HUGE = `${P}/traces/${"f".repeat(32)}`;

withMock(20);

const selected = (page: HTMLElement) =>
  page.querySelector('.waterfall-row[aria-selected="true"]')?.textContent;

const details = (page: HTMLElement) => page.querySelector(".span-where strong")?.textContent;

async function openHuge(path = HUGE): Promise<HTMLElement> {
  const page = open(path);
  await waitFor(() => expect(page.querySelectorAll(".waterfall-name").length).toBeGreaterThan(10));
  await screen.findByLabelText("Unfold down to");
  return page;
}

describe("a large trace", () => {
  it("is shown without ever being asked for whole", async () => {
    asked.length = 0;
    const page = await openHuge();
    expect(page.querySelector(".trace-facts")?.textContent).toMatch(/10.000 spans/);
    expect(page.querySelectorAll(".waterfall-row").length).toBeLessThan(100);
    await waitFor(() => expect(page.querySelector(".details")?.textContent).toContain("batch"));
    expect(asked.some((path) => path.endsWith("f".repeat(32)))).toBe(false);
  });
  it("is walked with keys, and folds", async () => {
    const page = await openHuge();
    key("j");
    await waitFor(() => expect(selected(page)).toContain("step 1"));
    expect(param("span")).not.toBeNull();
    key("k");
    await waitFor(() => expect(selected(page)).toContain("batch"));
    key("ArrowLeft");
    await waitFor(() => expect(page.querySelectorAll(".waterfall-row").length).toBe(1));
    expect(page.querySelector(".count-mark")?.textContent).toBe("9999");
    key("ArrowRight");
    await waitFor(() => expect(page.querySelectorAll(".waterfall-row").length).toBeGreaterThan(10));
  });
  it("unfolds down to a depth, which the address holds", async () => {
    const page = await openHuge();
    setParams({ depth: "0" });
    await waitFor(() => expect(page.querySelectorAll(".waterfall-row").length).toBe(1));
  });
  it("is searched, from one that was found to the next", async () => {
    const page = await openHuge();
    fireEvent.input(screen.getByLabelText("Search in spans"), { target: { value: "step 77" } });
    await waitFor(() => expect(page.querySelector(".span-hits")?.textContent).toBe("111"));
    fireEvent.click(screen.getByLabelText("Next found (n)"));
    await waitFor(() => expect(page.querySelector(".span-hits")?.textContent).toBe("1 of 111"));
    await waitFor(() => expect(details(page)).toMatch(/^step 77/));
    key("N");
    await waitFor(() => expect(page.querySelector(".span-hits")?.textContent).toBe("111 of 111"));
  });
  it("opens at the span of a link, and at its root when there is no such span", async () => {
    const page = await openHuge();
    fireEvent.input(screen.getByLabelText("Search in spans"), { target: { value: "step 9000" } });
    await waitFor(() => expect(page.querySelector(".span-hits")?.textContent).toBe("1"));
    key("n");
    await waitFor(() => expect(details(page)).toBe("step 9000"));
    await waitFor(() => expect(param("span")).toMatch(/^[0-9a-f]{16}$/));
    const link = `${HUGE}?span=${param("span")}`;
    page.remove();
    const again = open(link);
    await waitFor(() => expect(again.querySelector(".details")?.textContent).toContain("step 9000"));
  });
  it("zooms to the time of the selected span and back", async () => {
    const page = await openHuge();
    key("j");
    await waitFor(() => expect(details(page)).toBe("step 1"));
    key("z");
    await waitFor(() => expect(param("zoom")).toMatch(/^[0-9]+-[0-9]+$/));
    const count = (what: string) => page.querySelectorAll(what).length;
    await waitFor(() => expect(count(".waterfall-bar")).toBeLessThan(count(".waterfall-row")));
    key("z");
    await waitFor(() => expect(param("zoom")).toBeNull());
  });
  it("marks the critical path, and tells where the time went", async () => {
    const page = await openHuge();
    fireEvent.click(screen.getByText("Critical path"));
    await waitFor(() => expect(page.querySelectorAll(".waterfall-critical").length).toBeGreaterThan(0));
    expect(page.querySelectorAll(".off-path").length).toBeGreaterThan(0);
    fireEvent.click(screen.getByText("Where the time went"));
    await waitFor(() => expect(page.querySelectorAll(".share-part").length).toBe(8));
    expect(param("time")).toBe("1");
    fireEvent.click(screen.getByText("any llm"));
    expect(screen.getByLabelText<HTMLInputElement>("Search in spans").value).toBe("any llm");
  });
});

describe("a small trace", () => {
  it("comes whole, and has its critical path and its time too", async () => {
    asked.length = 0;
    const page = open(`${P}/traces?q=${encodeURIComponent("model:assistant")}`);
    await waitFor(() => expect(page.querySelectorAll(".trace-row").length).toBeGreaterThan(0));
    key("j");
    key("Enter");
    await waitFor(() => expect(page.querySelectorAll(".waterfall-row").length).toBeGreaterThan(2));
    expect(asked.some((path) => /traces\/[0-9a-f]{32}$/.test(path))).toBe(true);
    fireEvent.click(screen.getByText("Critical path"));
    await waitFor(() => expect(page.querySelectorAll(".waterfall-critical").length).toBeGreaterThan(0));
    fireEvent.click(screen.getByText("Where the time went"));
    await waitFor(() => expect(page.querySelectorAll(".share-part").length).toBeGreaterThan(0));
    fireEvent.click(screen.getByLabelText("Close"));
    await waitFor(() => expect(page.querySelector(".details")).not.toBeNull());
  });
});

describe("what was found", () => {
  it("is counted, and the selected one numbered", () => {
    expect(hitText({ count: 0, positions: [] }, 3)).toBe("nothing found");
    expect(hitText({ count: 2, positions: [3, 9] }, 9)).toBe("2 of 2");
    expect(hitText({ count: 2, positions: [3, 9] }, 5)).toBe("2");
  });
});
