// SPDX-License-Identifier: Apache-2.0
// The whole page against the mock server: what the reader sees and does.
import { fireEvent, screen, waitFor } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { setAccessKey } from "../../src/state/auth";
import { key, open, P, withMock } from "./harness";

withMock(300);

async function openTraces(path = `${P}/traces`): Promise<HTMLElement> {
  const page = open(path);
  await waitFor(() => {
    // Not the rows of the question before, which stay until the new are there.
    expect(page.querySelectorAll(".trace-table:not(.stale) .trace-row").length).toBeGreaterThan(1);
  });
  return page;
}

describe("the list of traces", () => {
  it("shows rows, counts and facets", async () => {
    const page = await openTraces();
    await waitFor(() => expect(page.querySelector(".summary")?.textContent).toMatch(/301 traces/));
    await waitFor(() => expect(page.querySelector(".facets")?.textContent).toContain("country"));
  });

  it("goes down by j, opens the panel, and the full page on Enter", async () => {
    const page = await openTraces();
    key("j");
    await waitFor(() => expect(new URLSearchParams(location.search).get("sel")).toMatch(/^[0-9a-f]{32}$/));
    await waitFor(() => expect(page.querySelector(".side-panel .details")).not.toBeNull());
    const first = new URLSearchParams(location.search).get("sel") ?? "";
    key("j");
    await waitFor(() => expect(new URLSearchParams(location.search).get("sel")).not.toBe(first));
    key("k");
    await waitFor(() => expect(new URLSearchParams(location.search).get("sel")).toBe(first));
    key("Escape");
    await waitFor(() => expect(page.querySelector(".side-panel")).toBeNull());
    key("j");
    await waitFor(() => expect(page.querySelector("[aria-selected=true]")).not.toBeNull());
    key("Enter");
    await waitFor(() => expect(location.pathname).toBe(`${P}/traces/${first}`));
  });

  it("puts a facet into the search, and takes it out again", async () => {
    await openTraces();
    fireEvent.click(await screen.findByTitle("status:error"));
    await waitFor(() => expect(new URLSearchParams(location.search).get("q")).toBe("status:error"));
    fireEvent.click(await screen.findByTitle("Remove status:error"));
    await waitFor(() => expect(location.search).toBe(""));
  });

  it("says what is wrong with a search", async () => {
    open(`${P}/traces?q=foo:bar`);
    await screen.findByText("This search is not understood");
  });

  it("shows how to begin where there is nothing yet", async () => {
    const page = open("/default/traces");
    await screen.findByText("No traces in default yet");
    expect(page.textContent).toContain('Vireo("default", url="http://127.0.0.1:4318")');
  });

  it("says when nothing matches", async () => {
    open(`${P}/traces?q=zzzzzz`);
    await screen.findByText("No traces match");
    fireEvent.click(screen.getByText("Clear the search"));
    await waitFor(() => expect(location.search).toBe(""));
  });

  it("remembers chosen columns", async () => {
    const page = await openTraces();
    fireEvent.click(screen.getByRole("button", { name: "Columns" }));
    fireEvent.click(screen.getByLabelText("Session"));
    await waitFor(() => expect(page.querySelector(".trace-head")?.textContent).toContain("Session"));
    expect(localStorage.getItem("vireo.columns/Concept Project")).toContain("session");
    fireEvent.click(screen.getByText("As at first"));
  });
});

describe("a trace", () => {
  it("of ten thousand spans is virtual and can be searched", async () => {
    const page = open(`${P}/traces/${"f".repeat(32)}`);
    await waitFor(() => expect(page.querySelectorAll(".waterfall-row").length).toBeGreaterThan(5));
    expect(page.querySelectorAll(".waterfall-row").length).toBeLessThan(100);
    fireEvent.input(screen.getByLabelText("Search in spans"), { target: { value: "step 9999" } });
    fireEvent.keyDown(screen.getByLabelText("Search in spans"), { key: "Enter" });
    await waitFor(() => expect(page.querySelector(".span-where strong")?.textContent).toBe("step 9999"));
  });

  it("that is not there says so", async () => {
    open(`${P}/traces/${"0".repeat(32)}`);
    await screen.findByText("There is no such trace");
  });

  it("shows its details in tabs, by number keys too", async () => {
    const page = await openTraces(`${P}/traces?q=${encodeURIComponent("model:digits status:error")}`);
    fireEvent.click(page.querySelector(".trace-row") as HTMLElement, { clientX: 9, clientY: 9 });
    fireEvent.pointerDown(page.querySelector(".traces-body") as HTMLElement, { clientX: 9, clientY: 9 });
    await waitFor(() => expect(location.pathname).toMatch(/traces\/[0-9a-f]{32}$/));
    await waitFor(() => expect(page.querySelector(".error-box")?.textContent).toContain("ValueError"));
    expect(page.querySelector(".stack-foreign")).not.toBeNull();
    await waitFor(() => {
      key("3");
      screen.getByText("code.function");
    });
    key("5");
    await waitFor(() => expect(page.querySelector(".json-row")?.textContent).toContain("keys"));
  });
});

describe("models", () => {
  it("are listed with their numbers", async () => {
    const page = open(`${P}/models`);
    await waitFor(() => expect(page.querySelectorAll(".object-row").length).toBe(3));
    expect(page.textContent).toContain("was helper");
  });

  it("show what changed between versions, and edit metadata", async () => {
    const page = open(`${P}/models/digits`);
    await waitFor(() => expect(page.querySelectorAll(".diff").length).toBeGreaterThan(0));
    expect(page.textContent).toContain("predict_proba");
    expect(page.querySelector(".packages")?.textContent).toContain("2.4.5");
    fireEvent.click(screen.getByText("Add a key"));
    const keys = screen.getAllByLabelText("Key");
    fireEvent.input(keys.at(-1) as HTMLElement, { target: { value: "stage" } });
    fireEvent.input(screen.getByLabelText("Value of stage"), { target: { value: '{"broken"' } });
    await screen.findByText("This is not valid JSON yet");
    fireEvent.input(screen.getByLabelText("Value of stage"), { target: { value: '{"a": 1}' } });
    fireEvent.click(screen.getByText("Save"));
    await screen.findByText("Metadata saved");
  });
});

describe("settings", () => {
  it("make a key, show it once, and revoke it", async () => {
    const page = open(`${P}/settings`);
    fireEvent.input(await screen.findByLabelText("New key"), { target: { value: "robot" } });
    fireEvent.submit(screen.getByLabelText("New key").closest("form") as HTMLElement);
    await screen.findByText(/made-up-secret/);
    fireEvent.click(screen.getByText("I have it"));
    expect(page.textContent).not.toContain("made-up-secret");
    await waitFor(() => expect(screen.getAllByRole("button", { name: "Revoke" }).length).toBe(2));
    fireEvent.click(screen.getAllByRole("button", { name: "Revoke" }).at(-1) as HTMLElement);
    await screen.findByText("Clients with it stop at once.");
  });

  it("make a project and go there", async () => {
    open(`${P}/settings`);
    fireEvent.input(await screen.findByLabelText("New project"), { target: { value: "fresh one" } });
    fireEvent.submit(screen.getByLabelText("New project").closest("form") as HTMLElement);
    await waitFor(() => expect(location.pathname).toBe("/fresh%20one/traces"));
  });
});

describe("the frame", () => {
  it("goes to pages by two keys", async () => {
    await openTraces();
    key("g");
    key("m");
    await waitFor(() => expect(location.pathname).toBe(`${P}/models`));
  });

  it("goes anywhere from the palette", async () => {
    await openTraces();
    key("k", { ctrlKey: true });
    const field = await screen.findByLabelText("Page, model, project or trace id");
    fireEvent.input(field, { target: { value: "cast" } });
    await waitFor(() =>
      expect(screen.getByRole("option", { selected: true }).textContent).toContain("casting-defects"),
    );
    fireEvent.keyDown(field, { key: "Enter" });
    await waitFor(() => expect(location.pathname).toBe(`${P}/models/casting-defects`));
  });

  it("tells its keys", async () => {
    await openTraces();
    key("?");
    await screen.findByText("Next row");
    fireEvent.keyDown(screen.getByRole("dialog"), { key: "Escape" });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("does not take keys from fields", async () => {
    await openTraces();
    fireEvent.keyDown(screen.getByRole("combobox"), { key: "?", bubbles: true });
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("asks for a key when the server wants one", async () => {
    const stubbed = globalThis.fetch;
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("{}", { status: 401 })));
    open(`${P}/models`);
    await screen.findByText(/This server has accounts/);
    vi.stubGlobal("fetch", stubbed);
    fireEvent.input(screen.getByLabelText("Key"), { target: { value: "secret" } });
    fireEvent.submit(screen.getByLabelText("Key").closest("form") as HTMLElement);
    await waitFor(() => expect(screen.queryByText(/This server has accounts/)).toBeNull());
    setAccessKey(null);
  });

  it("shows every part on one page", async () => {
    const page = open("/parts");
    await waitFor(() => expect(page.querySelectorAll(".panel").length).toBeGreaterThan(5));
  });

  it("says when there is no such page", async () => {
    open("/p/nowhere");
    await screen.findByText("There is no such page");
  });
});
