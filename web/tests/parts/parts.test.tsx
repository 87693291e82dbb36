// SPDX-License-Identifier: Apache-2.0
import { fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { CurveChart } from "../../src/charts/still";
import { Sparkline } from "../../src/charts/sparkline";
import { ApiError } from "../../src/api/http";
import * as decode from "../../src/api/decode";
import { diffRows } from "../../src/lib/diff";
import { buildTree } from "../../src/lib/tree";
import { Button, CopyButton } from "../../src/parts/button";
import { Chip, ModelTag, StatusMark, Tag } from "../../src/parts/chip";
import { Code } from "../../src/parts/code";
import { Diff } from "../../src/parts/diff";
import { Field, Input, Segmented, Select } from "../../src/parts/form";
import { ImageViewer, isImage, Thumbnail, thumbnailOf } from "../../src/parts/image";
import { JsonTree } from "../../src/parts/jsontree";
import { Link } from "../../src/parts/link";
import { Menu } from "../../src/parts/menu";
import { Messages } from "../../src/parts/message";
import { Splitter } from "../../src/parts/panel";
import { SearchBar } from "../../src/parts/searchbar";
import { starterCode } from "../../src/parts/starter";
import { EmptyState, ErrorState, Skeleton } from "../../src/parts/states";
import { DataTable, tableText } from "../../src/parts/table";
import { Tabs } from "../../src/parts/tabs";
import { Text } from "../../src/parts/text";
import { TimeRange } from "../../src/parts/timerange";
import { Toasts } from "../../src/parts/toast";
import { Tooltip } from "../../src/parts/tooltip";
import { Count, Duration, Time } from "../../src/parts/values";
import { Waterfall } from "../../src/parts/waterfall";
import { makeStore } from "../../src/state/store";
import { showToast, toasts } from "../../src/state/toast";

const HOSTILE = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>';

describe("Button, Link, CopyButton", () => {
  it("a button does what it says, unless it is disabled", () => {
    const run = vi.fn();
    render(
      <Button disabled onClick={run}>
        Go
      </Button>,
    );
    fireEvent.click(screen.getByText("Go"));
    expect(run).not.toHaveBeenCalled();
  });
  it("a link goes on without a reload, but leaves Ctrl-click to the browser", () => {
    render(<Link href="/p/models">Models</Link>);
    expect(fireEvent.click(screen.getByText("Models"), { ctrlKey: true })).toBe(true);
    expect(fireEvent.click(screen.getByText("Models"))).toBe(false);
    expect(location.pathname).toBe("/p/models");
  });
  it("copying tells that it was done", async () => {
    const writeText = vi.fn(() => Promise.resolve());
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    render(<CopyButton text={() => "made late"} />);
    fireEvent.click(screen.getByLabelText("Copy"));
    await waitFor(() => expect(toasts.get().some((t) => t.text === "Copied")).toBe(true));
    expect(writeText).toHaveBeenCalledWith("made late");
    vi.unstubAllGlobals();
  });
});

describe("Chip, Tag, marks", () => {
  it("a status is a sign and a word", () => {
    const { container } = render(<StatusMark status="error" label={false} />);
    expect(container.querySelector("svg")).not.toBeNull();
    expect(container.textContent).toBe("error");
  });
  it("a tag filters by itself", () => {
    const pick = vi.fn();
    render(<Tag name="tier" value="free" onPick={pick} />);
    fireEvent.click(screen.getByRole("button"));
    expect(pick).toHaveBeenCalledWith("tier", "free");
  });
  it("a model tag leads to its version", () => {
    render(<ModelTag tag="a:b:v3" project="p" />);
    expect(screen.getByRole("link").getAttribute("href")).toBe("/p/models/a%3Ab?v=v3");
  });
  it("a chip can be removed", () => {
    const remove = vi.fn();
    render(<Chip onRemove={remove}>x</Chip>);
    fireEvent.click(screen.getByLabelText("Remove"));
    expect(remove).toHaveBeenCalled();
  });
});

describe("Tabs, Menu, Segmented, Select, Field", () => {
  const items = [
    { id: "a", label: "A" },
    { id: "b", label: "B" },
  ];
  it("arrows move through tabs", () => {
    const pick = vi.fn();
    render(
      <Tabs items={items} active="a" label="T" onPick={pick}>
        x
      </Tabs>,
    );
    fireEvent.keyDown(screen.getByRole("tablist"), { key: "ArrowLeft" });
    expect(pick).toHaveBeenCalledWith("b");
    expect(screen.getByRole("tab", { selected: true }).textContent).toBe("A");
  });
  it("a menu opens, picks and closes; Escape closes it too", () => {
    const pick = vi.fn();
    render(<Menu label="M" title="M" items={items} active="a" onPick={pick} />);
    fireEvent.click(screen.getByRole("button", { name: "M" }));
    fireEvent.click(screen.getByRole("menuitemradio", { name: "B" }));
    expect(pick).toHaveBeenCalledWith("b");
    expect(screen.queryByRole("menu")).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "M" }));
    fireEvent.keyDown(screen.getByRole("menu"), { key: "Escape" });
    expect(screen.queryByRole("menu")).toBeNull();
  });
  it("one of a few is checked", () => {
    const pick = vi.fn();
    render(
      <Segmented
        label="S"
        value="a"
        options={[
          { value: "a", label: "A" },
          { value: "b", label: "B" },
        ]}
        onPick={pick}
      />,
    );
    fireEvent.click(screen.getByRole("radio", { name: "B" }));
    expect(pick).toHaveBeenCalledWith("b");
    expect(screen.getByRole("radio", { checked: true }).textContent).toBe("A");
  });
  it("a field is labelled and says what is wrong", () => {
    const type = vi.fn();
    render(
      <Field label="Name" error="It is there already">
        {(id) => <Input id={id} value="" onValue={type} />}
      </Field>,
    );
    fireEvent.input(screen.getByLabelText("Name"), { target: { value: "x" } });
    expect(type).toHaveBeenCalledWith("x");
    expect(screen.getByRole("alert").textContent).toBe("It is there already");
  });
  it("a select tells the choice", () => {
    const pick = vi.fn();
    render(
      <Select
        label="Role"
        value="a"
        options={[
          { value: "a", label: "A" },
          { value: "b", label: "B" },
        ]}
        onPick={pick}
      />,
    );
    const select: HTMLSelectElement = screen.getByLabelText("Role");
    select.value = "b";
    fireEvent(select, new Event("change", { bubbles: true }));
    expect(pick).toHaveBeenCalledWith("b");
  });
  it("a splitter moves with the arrow keys, within its bounds", () => {
    const width = makeStore(100);
    render(<Splitter width={width} side="before" min={90} max={130} label="W" />);
    const handle = screen.getByRole("separator");
    fireEvent.keyDown(handle, { key: "ArrowRight" });
    expect(width.get()).toBe(124);
    fireEvent.keyDown(handle, { key: "ArrowRight" });
    expect(width.get()).toBe(130);
  });
});

describe("SearchBar and TimeRange", () => {
  const ready = { kind: "field" as const, start: 0, end: 3 };
  it("suggests, completes with the keyboard, and searches", async () => {
    const search = vi.fn();
    const suggest = vi.fn((text: string) =>
      Promise.resolve(
        text.endsWith(":")
          ? {
              kind: "value" as const,
              start: 7,
              end: 7,
              items: [{ label: "error", detail: "3", insert: "error" }],
            }
          : { ...ready, items: [{ label: "status", detail: "string", insert: "status:" }] },
      ),
    );
    render(<SearchBar value="" suggest={suggest} onSearch={search} />);
    const input = screen.getByRole("combobox");
    fireEvent.input(input, { target: { value: "sta" } });
    await screen.findByRole("option", { name: /status/ });
    fireEvent.keyDown(input, { key: "Tab" });
    expect((input as HTMLInputElement).value).toBe("status:");
    await screen.findByRole("option", { name: /error/ });
    fireEvent.keyDown(input, { key: "ArrowDown" });
    fireEvent.keyDown(input, { key: "Enter" });
    expect(search).toHaveBeenCalledWith("status:error");
  });
  it("cancels the question of the letter before", async () => {
    const signals: AbortSignal[] = [];
    const suggest = (_text: string, _caret: number, signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<never>(() => undefined);
    };
    render(<SearchBar value="" suggest={suggest} onSearch={vi.fn()} />);
    const input = screen.getByRole("combobox");
    fireEvent.input(input, { target: { value: "s" } });
    await waitFor(() => expect(signals.length).toBe(1));
    fireEvent.input(input, { target: { value: "st" } });
    await waitFor(() => expect(signals.length).toBe(2));
    expect(signals.map((s) => s.aborted)).toEqual([true, false]);
    fireEvent.keyDown(input, { key: "Escape" });
    expect(signals.every((s) => s.aborted)).toBe(true);
  });
  it("Escape after typing is for suggestions, also where none came: Enter still searches", async () => {
    const search = vi.fn();
    const suggest = vi.fn(() => Promise.resolve({ ...ready, items: [] }));
    render(<SearchBar value="" suggest={suggest} onSearch={search} />);
    const input: HTMLInputElement = screen.getByRole("combobox");
    input.focus();
    fireEvent.input(input, { target: { value: "refund" } });
    await waitFor(() => expect(suggest).toHaveBeenCalledWith("refund", 6, expect.anything()));
    await new Promise((done) => setTimeout(done, 10)); // nothing is on its way any more
    fireEvent.keyDown(input, { key: "Escape" });
    expect(document.activeElement).toBe(input);
    fireEvent.keyDown(input, { key: "Enter" });
    expect(search).toHaveBeenCalledWith("refund");
    fireEvent.keyDown(input, { key: "Escape" });
    expect(document.activeElement).not.toBe(input);
  });
  it("Enter searches what stands in the field, though it was not drawn yet", () => {
    const search = vi.fn();
    render(<SearchBar value="" suggest={() => new Promise(() => undefined)} onSearch={search} />);
    const input: HTMLInputElement = screen.getByRole("combobox");
    input.value = "late";
    fireEvent.keyDown(input, { key: "Enter" });
    expect(search).toHaveBeenCalledWith("late");
  });
  it("searches what is typed on Enter, and marks where the server stopped", () => {
    const search = vi.fn();
    const error = { message: "there is no field", at: 4 };
    const none = () => Promise.resolve({ ...ready, items: [] });
    const { container } = render(
      <SearchBar value="ok: foo:1 x" suggest={none} error={error} onSearch={search} />,
    );
    expect(container.querySelector(".search-wrong")?.textContent).toBe("foo:1");
    expect(screen.getByRole("alert").textContent).toBe("there is no field");
    const input = screen.getByRole("combobox");
    fireEvent.keyDown(input, { key: "Enter" });
    expect(search).toHaveBeenCalledWith("ok: foo:1 x");
    fireEvent.input(input, { target: { value: "ok" } });
    expect(container.querySelector(".search-wrong")).toBeNull();
  });
  it("a time range is picked", () => {
    const pick = vi.fn();
    render(<TimeRange window={{ from: "-1h", to: null }} onPick={pick} />);
    fireEvent.click(screen.getByRole("button", { name: "Time range" }));
    fireEvent.click(screen.getByRole("menuitemradio", { name: "Last 7 d" }));
    expect(pick).toHaveBeenCalledWith({ from: "-7d", to: null });
  });
});

describe("Toast, Tooltip, states", () => {
  it("errors stay until they are closed", () => {
    render(<Toasts />);
    showToast("It failed", "error");
    return waitFor(() => screen.getByText("It failed")).then(() => {
      fireEvent.click(screen.getAllByLabelText("Close the message")[0] as HTMLElement);
      return waitFor(() => expect(screen.queryByText("It failed")).toBeNull());
    });
  });
  it("a tooltip describes its thing", () => {
    render(<Tooltip tip="why">x</Tooltip>);
    const id = screen.getByText("x").getAttribute("aria-describedby");
    expect(document.getElementById(id ?? "")?.textContent).toBe("why");
  });
  it("an error says what happened and can be tried again", () => {
    const retry = vi.fn();
    render(
      <ErrorState
        what="The list could not be read"
        error={new ApiError(500, "Oops", "a segment is damaged")}
        onRetry={retry}
      />,
    );
    fireEvent.click(screen.getByText("Try again"));
    expect(retry).toHaveBeenCalled();
    expect(screen.getByRole("alert").textContent).toContain("a segment is damaged");
  });
  it("waiting and nothing are said", () => {
    render(
      <>
        <Skeleton />
        <EmptyState title="Nothing yet" />
      </>,
    );
    expect(screen.getByLabelText("Loading")).not.toBeNull();
    expect(screen.getByText("Nothing yet")).not.toBeNull();
  });
  it("the code that fills an empty page has the real address and project, escaped", () => {
    expect(starterCode("python", "http://h:1", 'a "b"')).toContain('Vireo("a \\"b\\"", url="http://h:1")');
    expect(starterCode("otel", "http://h:1", "a b")).toContain("x-vireo-project=a%20b");
    expect(starterCode("c", "http://h:1", "p")).toContain('.url = "http://h:1"');
  });
});

describe("values", () => {
  it("have their exact form on hover", () => {
    render(
      <>
        <Duration ns={1_234_567} />
        <Count value={1_234_567} />
        <Time ns={0n} />
      </>,
    );
    expect(screen.getByText("1.23 ms").title).toBe("1\u202f234\u202f567\u202fns");
    expect(screen.getByText("1.23 M").title).toBe("1\u202f234\u202f567");
    expect(document.querySelector("time")?.title).toMatch(/^1970-01-01 .*\.000000000/);
  });
});

describe("Code and Diff", () => {
  it("code keeps its text", () => {
    const { container } = render(<Code text={"def f():\n    return 1\n"} language="python" />);
    const lines = [...container.querySelectorAll(".code-text")].map((l) => l.textContent);
    expect(lines).toEqual(["def f():", "    return 1"]);
  });
  it("a diff marks what changed, unfolds what did not, and says when nothing did", () => {
    const old = Array.from({ length: 30 }, (_, i) => `line ${i}`).join("\n");
    const now = old.replace("line 15", "line 15 changed");
    expect(diffRows(old, now).length).toBe(30);
    const { container, rerender } = render(<Diff oldText={old} newText={now} oldLabel="v1" newLabel="v2" />);
    expect(container.querySelector(".code-mark")?.textContent).toBe(" changed");
    fireEvent.click(screen.getAllByText(/unchanged lines/)[0] as HTMLElement);
    expect(container.textContent).toContain("line 0");
    rerender(<Diff oldText={old} newText={now} oldLabel="v1" newLabel="v2" layout="unified" />);
    expect(container.querySelectorAll(".diff-add").length).toBe(1);
    rerender(<Diff oldText="a" newText="a" oldLabel="v1" newLabel="v2" />);
    expect(container.textContent).toContain("The same in v1 and v2");
  });
});

describe("Json tree, Table, Message, Text", () => {
  it("a tree folds and unfolds", () => {
    const { container } = render(<JsonTree value={{ a: { b: 1 } }} label="x" />);
    expect(container.querySelectorAll("[role=treeitem]").length).toBe(3);
    fireEvent.click(container.querySelector('[aria-level="2"]') as HTMLElement);
    expect(container.querySelectorAll("[role=treeitem]").length).toBe(2);
  });
  it("a table of many rows has only those in sight, and sorts", () => {
    const rows = Array.from({ length: 5000 }, (_, i) => [4999 - i, `n${i}`]);
    const { container } = render(<DataTable table={{ columns: ["x", "name"], rows }} label="t" />);
    expect(container.querySelectorAll(".data-table-row").length).toBeLessThan(80);
    fireEvent.click(screen.getByRole("columnheader", { name: "x" }));
    expect(container.querySelector(".data-table-row")?.textContent).toBe("0n4999");
    expect(tableText({ columns: ["a"], rows: [["x\ty\nz"]] })).toBe("a\nx y z");
  });
  it("messages read like a conversation", () => {
    render(
      <Messages messages={[{ role: "user", text: "hi", toolCalls: [{ name: "f", args: "not json" }] }]} />,
    );
    expect(screen.getByText("user")).not.toBeNull();
    expect(screen.getByText("not json")).not.toBeNull();
  });
  it("what was logged is never markup", () => {
    const { container } = render(<Text text={HOSTILE} />);
    expect(container.querySelector("img, script")).toBeNull();
    expect(container.textContent).toContain("onerror");
  });
  it("HTML is shown only on request, in a frame without rights", () => {
    const { container } = render(<Text text={`<p>${HOSTILE}</p>`} />);
    fireEvent.click(screen.getByText("HTML"));
    expect(container.querySelector("iframe")?.getAttribute("sandbox")).toBe("");
  });
  it("Markdown is rendered on request, its HTML as text", async () => {
    const { container } = render(<Text text={`# T\n\n${HOSTILE} [x](javascript:alert(1))`} />);
    fireEvent.click(screen.getByText("Markdown"));
    await waitFor(() => expect(container.querySelector(".markdown h3")?.textContent).toBe("T"));
    expect(container.querySelector("img, script, a")).toBeNull();
  });
  it("long text is cut until it is asked for", () => {
    const { container } = render(<Text text={"x".repeat(10_000)} />);
    expect(container.querySelector("pre")?.textContent.length).toBe(4000);
    fireEvent.click(screen.getByText(/Show all/));
    expect(container.querySelector("pre")?.textContent.length).toBe(10_000);
  });
});

describe("Image", () => {
  const reference = decode.reference({
    name: "i",
    media_type: "image/png",
    sha256: "ab",
    size: 100,
    meta: { width: 8 },
  });
  it("only safe types are images", () => {
    expect([
      isImage("image/png"),
      isImage("IMAGE/JPEG; q=1"),
      isImage("image/svg+xml"),
      isImage("text/html"),
    ]).toEqual([true, true, false, false]);
    expect(thumbnailOf({ ...reference, size: 10_000_000 })).toBeNull();
    expect(thumbnailOf({ ...reference, thumb: "cd" })).toBe("cd");
  });
  it("tiny ones are shown with hard edges", () => {
    const { container } = render(<Thumbnail project="p" reference={reference} />);
    expect(container.querySelector("img")?.className).toContain("pixelated");
  });
  it("has overlays, and says when it is broken", () => {
    const { container } = render(
      <ImageViewer src="/x" name="i" overlays={[{ x: 1, y: 1, width: 2, height: 2, label: "box" }]} />,
    );
    const img = container.querySelector("img") as HTMLImageElement;
    Object.defineProperty(img, "naturalWidth", { value: 8 });
    Object.defineProperty(img, "naturalHeight", { value: 8 });
    fireEvent.load(img);
    expect(screen.getByText("box")).not.toBeNull();
    fireEvent.error(img);
    expect(container.textContent).toContain("could not be shown");
  });
});

describe("what an evaluator drew", () => {
  it("has as many points as it has, and each series its colour, whatever they are called", () => {
    const axis = { label: "", log: false };
    const x = Array.from({ length: 200_000 }, (_, i) => i);
    const curves = ["", "same", "same"].map((label) => ({ label, x, y: x }));
    const { container } = render(
      <CurveChart plot={{ kind: "curve", title: "many", x: axis, y: axis, curves }} />,
    );
    const lines = [...container.querySelectorAll("polyline")].map((l) => l.getAttribute("stroke"));
    const legend = [...container.querySelectorAll<HTMLElement>(".dot")].map((d) => d.style.background);
    expect(legend).toEqual(lines.slice(1));
    expect(new Set(lines).size).toBe(3);
  });
});

describe("Waterfall and Sparkline", () => {
  const spans = Array.from({ length: 3000 }, (_, i) =>
    decode.span({
      span_id: `s${i}`,
      parent_span_id: i ? "s0" : null,
      name: `step ${i}`,
      start_time: "2026-11-21T00:00:00Z",
      duration_ns: 1000 + i,
      status: { code: i === 2 ? "error" : "ok" },
    }),
  );
  it("has only the spans in sight, selects and folds", () => {
    const select = vi.fn();
    const toggle = vi.fn();
    const { container } = render(
      <Waterfall
        tree={buildTree(spans)}
        closed={new Set()}
        selected="s0"
        found={null}
        onSelect={select}
        onToggle={toggle}
      />,
    );
    expect(container.querySelectorAll(".waterfall-row").length).toBeLessThan(100);
    fireEvent.click(screen.getByText("step 2"));
    expect(select).toHaveBeenCalledWith("s2");
    fireEvent.click(screen.getByLabelText("Fold"));
    expect(toggle).toHaveBeenCalledWith("s0");
  });
  it("a sparkline is said in words", () => {
    render(<Sparkline values={[1, null, 3]} label="Runs" />);
    expect(screen.getByRole("img").getAttribute("aria-label")).toBe("Runs: at most 3");
    render(<Sparkline values={[]} label="Errors" kind="line" />);
    expect(screen.getByLabelText("Errors: nothing")).not.toBeNull();
  });
});
