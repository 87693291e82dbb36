// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import * as decode from "../../src/api/decode";
import { dependencyChanges, packageChanges } from "../../src/pages/model/compare";
import { checkDrafts, readValue, toDrafts } from "../../src/pages/model/metadata";
import { choosePair } from "../../src/pages/model/model";
import { matchScore } from "../../src/pages/palette";
import { typeOf } from "../../src/pages/trace/attributes";
import { readStack } from "../../src/pages/trace/error";
import { describeReference } from "../../src/pages/trace/references";
import { searchSpans } from "../../src/pages/trace/view";
import { columnOf, COLUMNS } from "../../src/pages/traces/columns";
import { csvHead, csvRows } from "../../src/pages/traces/csv";
import { nextSort } from "../../src/pages/traces/headcell";
import {
  gridTemplate,
  layoutOf,
  moveColumn,
  resetColumns,
  setWidth,
  shownColumns,
  toggleColumn,
} from "../../src/pages/traces/layout";
import { ExactNumber } from "../../src/lib/json";

describe("columns", () => {
  it("are toggled, moved, sized, and reset", () => {
    const layout = layoutOf("p");
    toggleColumn(layout, "user");
    moveColumn(layout, "user", -1);
    setWidth(layout, "time", 9999);
    const { shown, widths } = layout.get();
    expect(shown.at(-2)).toBe("user");
    expect(widths["time"]).toBe(1200);
    expect(gridTemplate(shownColumns(layout.get()), widths).startsWith("1200px ")).toBe(true);
    for (const id of [...shown]) toggleColumn(layout, id);
    expect(layout.get().shown.length).toBe(1);
    resetColumns(layout);
  });
  it("are another project's own", () => {
    toggleColumn(layoutOf("p"), "tag.country");
    expect(layoutOf("p").get().shown).toContain("tag.country");
    expect(layoutOf("q").get().shown).not.toContain("tag.country");
  });
  it("can be any tag", () => {
    const trace = decode.summary({ tags: { country: "DE", "a.b": { c: [1] } } });
    expect(columnOf("tag.country")?.text(trace)).toBe("DE");
    expect(columnOf("tag.a.b")?.text(trace)).toBe('{"c":[1]}');
    expect(columnOf("tag.missing")?.text(trace)).toBe("");
    expect(columnOf("tag.country")).toBe(columnOf("tag.country"));
    expect([columnOf("tag."), columnOf("nothing")]).toEqual([undefined, undefined]);
  });
  it("become CSV that a spreadsheet does not run", () => {
    const trace = decode.summary({ name: '=cmd("x")', input_preview: 'a,"b"\nc', output_preview: "-5" });
    const columns = COLUMNS.filter((c) => ["name", "input", "output"].includes(c.id));
    expect(csvHead(columns)).toBe("Name,Input,Output\r\n");
    expect(csvRows(columns, [trace])).toBe('"\'=cmd(""x"")","a,""b""\nc",-5\r\n');
  });
  it("sort the largest first, then the smallest, then as at first", () => {
    expect(nextSort("-start", "latency")).toBe("-latency");
    expect(nextSort("-latency", "latency")).toBe("latency");
    expect(nextSort("latency", "latency")).toBe("-start");
    expect(nextSort("-start", "start")).toBe("start");
  });
});

describe("versions to compare", () => {
  const versions = [3, 2, 1].map((version) => decode.version({ version, tag: `m:v${version}` }));
  it("are those of the address, if they exist", () => {
    expect(choosePair(versions, "v1..v3", null)).toEqual({ base: 1, head: 3 });
    expect(choosePair(versions, "v7..v3", null)).toEqual({ base: 2, head: 3 });
  });
  it("are else the chosen one, or the latest, with the one before", () => {
    expect(choosePair(versions, null, "v2")).toEqual({ base: 1, head: 2 });
    expect(choosePair(versions, null, "nonsense")).toEqual({ base: 2, head: 3 });
    expect(choosePair(versions, null, "v1")).toEqual({ base: null, head: 1 });
    expect(choosePair([], null, null)).toBeNull();
  });
  it("tell changed dependencies first, and packages both ways", () => {
    const d = (name: string, source: string) => ({ name, kind: "function", source });
    const changes = dependencyChanges(
      [d("same", "1"), d("new", "2"), d("other", "3")],
      [d("same", "1"), d("other", "0"), d("gone", "4")],
    );
    expect(changes.map((c) => `${c.name} ${c.change}`)).toEqual([
      "new added",
      "other changed",
      "gone removed",
      "same same",
    ]);
    expect(packageChanges({ a: "2" }, { a: "1", b: "1" })).toEqual([
      { name: "a", before: "1", after: "2" },
      { name: "b", before: "1", after: "" },
    ]);
  });
});

describe("metadata", () => {
  it("reads JSON where it is meant, and text else", () => {
    expect([readValue("7"), readValue("true"), readValue("plain text"), readValue('"7"')]).toEqual([
      { value: 7 },
      { value: true },
      { value: "plain text" },
      { value: "7" },
    ]);
    expect(readValue("{broken")).toEqual({ error: "This is not valid JSON yet" });
  });
  it("comes back as it was through the editor", () => {
    const metadata = {
      text: "a",
      number: 1.5,
      looksLike: "7",
      quoted: '"x"',
      open: "{x",
      list: [1, { a: null }],
      yes: true,
      empty: "",
    };
    expect(checkDrafts(toDrafts(metadata)).metadata).toEqual(metadata);
  });
  it("wants keys, each once, and takes odd ones as they are", () => {
    const { errors, metadata } = checkDrafts([
      { key: "a", value: "1" },
      { key: "a", value: "2" },
      { key: " ", value: "3" },
      { key: "__proto__", value: "4" },
    ]);
    expect(errors.map((e) => e.key ?? "")).toEqual(["", "This key is there already", "A key is needed", ""]);
    expect(Object.entries(metadata)).toEqual([
      ["a", 1],
      ["__proto__", 4],
    ]);
  });
});

describe("details of a trace", () => {
  it("a stack tells the reader's own frames from those of libraries", () => {
    const lines = readStack(
      'Traceback:\n  File "app.py", line 1, in f\n    g()\n  File "/usr/lib/python3.11/json.py", line 2, in g\n    h()\nValueError: x\n',
    );
    expect(lines.map((l) => `${l.kind}${l.foreign ? "!" : ""}`)).toEqual([
      "other",
      "frame",
      "code",
      "frame!",
      "code!",
      "other",
    ]);
  });
  it("attribute types are those that were sent", () => {
    expect(
      [1, 1.5, "x", true, null, [1], { a: 1 }, { double: "NaN" }, { bytes: "" }].map((v) => typeOf(v)),
    ).toEqual(["int", "double", "string", "bool", "null", "list", "map", "double", "bytes"]);
    expect([typeOf(new ExactNumber("1.0")), typeOf(new ExactNumber("9007199254740993"))]).toEqual([
      "double",
      "int",
    ]);
  });
  it("a reference tells what the client knew", () => {
    const reference = decode.reference({
      name: "x",
      media_type: "image/png",
      size: 138,
      meta: { shape: [8, 8], dtype: "float64" },
    });
    expect(describeReference(reference)).toBe("8 × 8 · float64 · image/png · 138\u202fB");
  });
  it("spans are found by name, payload, tag and error", () => {
    const spans = [
      decode.span({ span_id: "a", name: "Chat", output: "Paris" }),
      decode.span({ span_id: "b", tags: { tier: "free" }, error: { type: "ValueError", message: "x" } }),
    ];
    const find = (text: string) => [...(searchSpans(spans, text) ?? ["all"])];
    expect([find("chat"), find("PARIS"), find("free"), find("valueerror"), find("zzz"), find(" ")]).toEqual([
      ["a"],
      ["a"],
      ["b"],
      ["b"],
      [],
      ["all"],
    ]);
  });
});

it("the palette prefers starts of words", () => {
  const score = (text: string) => matchScore(text, "cd") ?? 999;
  expect(score("casting-defects")).toBeLessThan(score("decode-x"));
  expect(matchScore("abc", "x")).toBeNull();
});
