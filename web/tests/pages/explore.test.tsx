// SPDX-License-Identifier: Apache-2.0
// Explore and Compare against the mock server: ask, read, and go to the traces.
import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { asked, key, open, P, param, withMock } from "./harness";

withMock(300);

const groups = (page: HTMLElement) => page.querySelectorAll(".explore-groups tbody tr:not(.explore-total)");

describe("Explore", () => {
  it("counts all spans at first, over time", async () => {
    const page = open(`${P}/explore`);
    await waitFor(() => expect(page.querySelector(".explore-told")?.textContent).toMatch(/spans matched/));
    expect(groups(page).length).toBe(1);
    expect(asked.at(-1)).toMatch(/aggregate\?.*measure=count.*buckets=72/);
  });

  it("adds a key by typing and completing it", async () => {
    const page = open(`${P}/explore`);
    const by = await screen.findByLabelText("Add to by");
    fireEvent.focus(by);
    fireEvent.input(by, { target: { value: "mod" } });
    await screen.findByRole("option", { name: /model/ });
    fireEvent.keyDown(by, { key: "Tab" });
    await waitFor(() => expect(param("by")).toBe("model"));
    await waitFor(() => expect(groups(page).length).toBeGreaterThan(2));
    fireEvent.click(screen.getByRole("button", { name: "Remove model" }));
    await waitFor(() => expect(param("by")).toBeNull());
  });

  it("offers measures, of a field too", async () => {
    open(`${P}/explore`);
    const measure = await screen.findByLabelText("Add to measure");
    fireEvent.input(measure, { target: { value: "p99(lat" } });
    await screen.findByRole("option", { name: /p99\(latency\)/ });
    fireEvent.keyDown(measure, { key: "ArrowDown" });
    fireEvent.keyDown(measure, { key: "Enter" });
    await waitFor(() => expect(param("m")).toBe("count,p99(latency)"));
  });

  it("shows the bound of the error where sketches were used", async () => {
    const page = open(`${P}/explore?m=p95(latency)&by=model`);
    await waitFor(() => expect(page.querySelector(".explore-told")?.textContent).toContain("within 1"));
  });

  it("leads from a group to its traces", async () => {
    open(`${P}/explore?by=model&q=status:error&from=-7d`);
    fireEvent.click(await screen.findByRole("link", { name: "assistant:v3" }));
    await waitFor(() => expect(location.pathname).toBe(`${P}/traces`));
    expect(param("q")).toBe("span(status:error model:assistant:v3)");
    expect(param("from")).toBe("-7d");
  });

  it("leads from a cell of the table to the traces of its bucket", async () => {
    const page = open(`${P}/explore?by=model&chart=table&step=6h`);
    await waitFor(() => expect(page.querySelectorAll(".explore-times tbody tr").length).toBeGreaterThan(2));
    const cell = page.querySelector(".explore-times .text-button") as HTMLElement;
    fireEvent.click(cell);
    await waitFor(() => expect(location.pathname).toBe(`${P}/traces`));
    expect(Date.parse(param("to") ?? "") - Date.parse(param("from") ?? "")).toBe(6 * 3600e3);
  });

  it("sorts groups by a column, and compares one with the rest", async () => {
    const page = open(`${P}/explore?by=model&m=count,mean(latency)`);
    await waitFor(() => expect(groups(page).length).toBeGreaterThan(2));
    const names = () => [...groups(page)].map((r) => r.querySelector("td")?.textContent);
    const before = names();
    fireEvent.click(screen.getByRole("button", { name: "mean(latency)" }));
    await waitFor(() => expect(names()).not.toEqual(before));
    fireEvent.click(screen.getByTitle("Compare assistant:v3 with the rest"));
    await waitFor(() => expect(location.pathname).toBe(`${P}/compare`));
    expect(param("a")).toBe("model:assistant:v3");
    expect(param("b")).toBe("-model:assistant:v3");
  });

  it("ranks groups without a time axis", async () => {
    const page = open(`${P}/explore?by=model&step=none&chart=bar`);
    await waitFor(() => expect(page.querySelectorAll(".rank-row").length).toBeGreaterThan(2));
    expect(asked.some((p) => p.includes("aggregate") && !p.includes("buckets") && !p.includes("step="))).toBe(
      true,
    );
  });

  it("says what is wrong with a search, and with a measure", async () => {
    open(`${P}/explore?q=foo:bar`);
    await screen.findByText("This search is not understood");
    cleanup();
    open(`${P}/explore?m=frobnicate(x)`);
    await screen.findByText(/there is no "frobnicate\(x\)"/);
  });

  it("shows how to begin where there is nothing yet", async () => {
    open("/default/explore?from=all");
    await screen.findByText("No traces in default yet");
  });

  it("is reached by two keys", async () => {
    open(`${P}/models`);
    key("g");
    key("e");
    await waitFor(() => expect(location.pathname).toBe(`${P}/explore`));
  });
});

describe("Compare", () => {
  it("offers what is often compared, then shows what differs most", async () => {
    const page = open(`${P}/compare`);
    fireEvent.click(await screen.findByText("Errors and the rest"));
    await waitFor(() => expect(param("a")).toBe("status:error"));
    await waitFor(() => expect(page.querySelectorAll(".compare-table tbody tr").length).toBeGreaterThan(3));
    const first = page.querySelector(".compare-table tbody tr") as HTMLElement;
    expect(first.textContent).toContain("only in A");
    expect(page.querySelector(".compare-sides")?.textContent).toContain("100\u202f%");
    fireEvent.click(within(first).getByRole("link", { name: /^Traces of A/ }));
    await waitFor(() => expect(location.pathname).toBe(`${P}/traces`));
    expect(param("q")).toBe("status:error");
  });

  it("keeps a window of its own for B", async () => {
    const now = Date.now();
    const at = (hours: number) => new Date(now - hours * 3600e3).toISOString();
    const own = `a=x&b=y&from=${at(1)}&to=${at(0)}&bfrom=${at(2)}&bto=${at(1)}`;
    open(`${P}/compare?${own}`);
    await waitFor(() =>
      expect(
        asked.some((p) => p.includes(`from_b=${encodeURIComponent(at(2))}`) && p.includes("query_b=y")),
      ).toBe(true),
    );
  });
});
