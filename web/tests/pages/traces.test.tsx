// SPDX-License-Identifier: Apache-2.0
// The list of traces against the mock server: sort, filters, saved views, export.
import { fireEvent, screen, waitFor } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { asked, open, P, param, withMock } from "./harness";

withMock(300);

const rows = (page: HTMLElement) => page.querySelectorAll(".trace-table:not(.stale) .trace-row");

async function openTraces(path = `${P}/traces`): Promise<HTMLElement> {
  const page = open(path);
  await waitFor(() => expect(rows(page).length).toBeGreaterThan(1));
  return page;
}

const durations = (page: HTMLElement) =>
  [...rows(page)].map((r) =>
    Number((r.querySelector(".right span") as HTMLElement).title.replace(/\D/g, "")),
  );

describe("a column's head", () => {
  it("sorts by it, the other way, and back", async () => {
    const page = await openTraces();
    const head = screen.getByTitle("Sort by Duration");
    fireEvent.click(head);
    await waitFor(() => expect(param("sort")).toBe("-latency"));
    await waitFor(() => expect(asked.some((p) => p.includes("sort=-latency"))).toBe(true));
    await waitFor(() => {
      const found = durations(page);
      expect(found).toEqual([...found].sort((a, b) => b - a));
    });
    expect(screen.getByRole("columnheader", { name: /Duration/ }).getAttribute("aria-sort")).toBe(
      "descending",
    );
    fireEvent.click(head);
    await waitFor(() => expect(param("sort")).toBe("latency"));
    fireEvent.click(head);
    await waitFor(() => expect(param("sort")).toBeNull());
  });
});

describe("filters", () => {
  it("exclude a value by Alt and a click", async () => {
    await openTraces();
    fireEvent.click(await screen.findByTitle("status:error"), { altKey: true });
    await waitFor(() => expect(param("q")).toBe("-status:error"));
  });
  it("are found by typing", async () => {
    const page = await openTraces();
    await screen.findByTitle("status:error");
    fireEvent.input(screen.getByLabelText("Find a filter"), { target: { value: "count" } });
    await waitFor(() => expect(page.querySelectorAll(".facet").length).toBe(1));
    expect(page.querySelector(".facet-head")?.textContent).toContain("country");
    fireEvent.input(screen.getByLabelText("Find a filter"), { target: { value: "zzz" } });
    await screen.findByText(/No filter has/);
  });
  it("show more values of a key on request", async () => {
    await openTraces();
    await screen.findByTitle("status:error");
    fireEvent.click(screen.getAllByText("More")[0] as HTMLElement);
    await waitFor(() => expect(asked.some((p) => p.includes("keys=") && p.includes("top=100"))).toBe(true));
  });
  it("are those that the reader chose, remembered for the project", async () => {
    const page = await openTraces();
    await screen.findByTitle("status:error");
    fireEvent.click(screen.getByRole("button", { name: "Choose the filters" }));
    fireEvent.click(await screen.findByRole("button", { name: "Remove status" }));
    await waitFor(() => expect(screen.queryByTitle("status:error")).toBeNull());
    expect(localStorage.getItem("vireo.facets/Concept Project")).toContain("model");
    fireEvent.click(screen.getByText("As at first"));
    await screen.findByTitle("status:error");
    expect(page.querySelectorAll(".facet").length).toBeGreaterThan(3);
  });
});

describe("a saved view", () => {
  it("is kept, opened, updated, and deleted", async () => {
    await openTraces(`${P}/traces?q=status:error&sort=-latency`);
    fireEvent.click(screen.getByRole("button", { name: "Saved views" }));
    fireEvent.input(await screen.findByLabelText("Name of the new view"), {
      target: { value: "slow errors" },
    });
    fireEvent.submit(screen.getByLabelText("Name of the new view").closest("form") as HTMLElement);
    await screen.findByText("Saved as “slow errors”");
    await waitFor(() => expect(param("view")).toBe("1"));

    fireEvent.click(await screen.findByLabelText("Clear the search"));
    await waitFor(() => expect(param("q")).toBeNull());
    fireEvent.click(screen.getByRole("button", { name: "Saved views" }));
    fireEvent.click(await screen.findByRole("link", { name: "slow errors" }));
    await waitFor(() => expect(param("q")).toBe("status:error"));
    expect([param("sort"), param("view")]).toEqual(["-latency", "1"]);

    fireEvent.click(screen.getByRole("button", { name: "Saved views" }));
    fireEvent.click(await screen.findByText(/^Update/));
    await screen.findByText("View updated");
    fireEvent.click(screen.getByRole("button", { name: "Saved views" }));
    fireEvent.click(await screen.findByLabelText("Delete slow errors"));
    await screen.findByText("“slow errors” deleted");
    await waitFor(() => expect(screen.queryByRole("link", { name: "slow errors" })).toBeNull());
    expect(param("view")).toBeNull();
  });
});

describe("the export", () => {
  it("writes all rows that match, not only those in sight", async () => {
    const files: Blob[] = [];
    vi.spyOn(URL, "createObjectURL").mockImplementation((b) => (files.push(b as Blob), "blob:x"));
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    await openTraces(`${P}/traces?from=all`);
    await waitFor(() => expect(document.querySelector(".summary")?.textContent).toMatch(/301 traces/));
    fireEvent.click(screen.getByRole("button", { name: "Export" }));
    fireEvent.click(await screen.findByText("301 rows as CSV"));
    await screen.findByText("Exported");
    const text = await (files[0] as Blob).text();
    expect(text.split("\r\n").length).toBe(303);
    expect(text.startsWith("Time,Status,Model")).toBe(true);
  });
});

describe("the entry points", () => {
  it("lead to Explore and to Compare with the same question", async () => {
    await openTraces(`${P}/traces?q=status:error&from=-7d`);
    const link = document.querySelector(".summary a") as HTMLAnchorElement;
    expect(link.getAttribute("href")).toContain("explore?q=status:error&from=-7d");
    fireEvent.click(screen.getByRole("button", { name: "Compare this selection" }));
    fireEvent.click(await screen.findByText("With the rest"));
    await waitFor(() => expect(location.pathname).toBe(`${P}/compare`));
    expect([param("a"), param("b"), param("from")]).toEqual(["status:error", "-status:error", "-7d"]);
  });
});
