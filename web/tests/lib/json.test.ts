// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  ExactNumber,
  inlineText,
  jsonRows,
  parseJson,
  parseStructure,
  specialText,
  stringify,
  toNumber,
} from "../../src/lib/json";
import { completeJson, previewLine } from "../../src/lib/preview";

// The engine of the tests may be older than browsers: then numbers are plain.
const exact = parseJson("1.0") instanceof ExactNumber;

describe("JSON", () => {
  it("keeps the text of large integers and whole doubles, where the engine tells it", () => {
    const text = '{"big":9007199254740993,"one":1.0,"small":7}';
    if (exact) expect(stringify(parseJson(text))).toBe(text);
    expect(stringify({ big: new ExactNumber("9007199254740993"), nested: [new ExactNumber("1.0")] })).toBe(
      '{"big":9007199254740993,"nested":[1.0]}',
    );
    expect(toNumber(new ExactNumber("1.5"))).toBe(1.5);
  });
  it("is only tried where text looks like a structure", () => {
    expect(parseStructure("7")).toBeUndefined();
    expect(parseStructure("[1")).toBeUndefined();
    expect(parseStructure(' {"a": 1}')).toEqual({ a: 1 });
  });
  it("shows the API's marks for what JSON cannot hold", () => {
    expect(specialText({ double: "NaN" })).toBe("NaN");
    expect(specialText({ double: "x" })).toBeNull();
    expect(inlineText({ bytes: "AAAA" })).toBe("3 bytes");
  });
});

describe("rows of a tree", () => {
  it("show what is open, in order, with paths", () => {
    const rows = jsonRows({ a: [1, { "odd key": 2 }], b: {} }, () => true);
    expect(rows.map((r) => r.path)).toEqual(["$", "$.a", "$.a[0]", "$.a[1]", '$.a[1]["odd key"]', "$.b"]);
    expect(jsonRows({ a: [1] }, (_, depth) => depth === 0).length).toBe(2);
  });
  it("of a very deep value do not exhaust the stack", () => {
    let value: unknown = 1;
    for (let i = 0; i < 20_000; i++) value = [value];
    expect(jsonRows(value as never, () => true).length).toBe(20_001);
  });
});

describe("a preview", () => {
  it("says keys and values without the punctuation", () => {
    expect(previewLine('{"question": "Where?", "k": 3, "ok": true}')).toBe(
      "question: Where?, k: 3, ok: true",
    );
    expect(previewLine('"plain"')).toBe("plain");
    expect(previewLine("free text")).toBe("free text");
  });
  it("describes arrays by type and shape", () => {
    expect(previewLine('{"x": {"$type": "numpy.ndarray", "shape": [8, 8], "values": [[0')).toBe(
      "x: ndarray 8×8",
    );
  });
  it("of JSON that was cut anywhere still reads as JSON", () => {
    const whole = '{"a": [1, {"b": "text \\" }"}], "c": {"d": null, "e": "f"}}';
    for (let cut = 1; cut < whole.length; cut++) {
      const value = completeJson(whole.slice(0, cut));
      expect(typeof value, whole.slice(0, cut)).toBe("object");
    }
  });
});
