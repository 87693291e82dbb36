// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { anyNumber, decodeComparison } from "../../src/api/evaluations";
import { gridOf, picturesOf } from "../../src/lib/picture";
import { formatMetric, formatSigned } from "../../src/lib/metric";
import { readPlot, scaleOf, sweepsOf, ticks } from "../../src/lib/plots";
import { parseIds, parseRoute, evaluationPath, suitePath } from "../../src/lib/route";
import { readScore } from "../../src/parts/scoreform";
import { shortText } from "../../src/parts/sample";

describe("metrics as text", () => {
  it.each([
    [0, "0"],
    [0.962, "0.962"],
    [0.5, "0.5"],
    [-0.26, "−0.26"],
    [12345, "12,345"],
    [123.456, "123.5"],
    [1.5e9, "1.50e+9"],
    [0.00001234, "1.23e−5"],
    [NaN, "NaN"],
    [-Infinity, "−∞"],
  ])("%f is %s", (value, text) => expect(formatMetric(value)).toBe(text));

  it("has signs for differences", () => {
    expect(formatSigned(0.1)).toBe("+0.1");
    expect(formatSigned(-0.1)).toBe("−0.1");
    expect(formatSigned(0)).toBe("0");
  });

  it("reads what JSON cannot hold", () => {
    expect(anyNumber({ double: "NaN" })).toBeNaN();
    expect(anyNumber({ double: "-Infinity" })).toBe(-Infinity);
    expect(anyNumber(true)).toBe(1);
    expect(anyNumber("text")).toBe(0);
    expect(anyNumber(null)).toBeNull();
    expect(anyNumber({ a: 1 })).toBeNull();
  });
});

describe("samples", () => {
  it("finds images and grids wherever they are, and nothing in nonsense", () => {
    const sha256 = "ab".repeat(32);
    expect(picturesOf({ a: [{ sha256, media_type: "image/png", name: "x" }] })).toHaveLength(1);
    expect(picturesOf({ sha256, media_type: "text/html" })).toHaveLength(0);
    expect(picturesOf({ sha256: "../../etc", media_type: "image/png" })).toHaveLength(0);
    const rows = Array.from({ length: 8 }, (_, y) => Array.from({ length: 8 }, (__, x) => x + y));
    expect(gridOf({ image: rows })).toMatchObject({ width: 8, height: 8 });
    expect(gridOf({ image: [...rows.slice(1), [1]] })).toBeNull();
    expect(gridOf("text")).toBeNull();
  });

  it("says a value in one line", () => {
    expect(shortText({ question: "why?" })).toBe("why?");
    expect(shortText({ label: "7", score: 0.25 })).toBe("7 0.25");
    expect(shortText({ a: 1, b: 2 })).toBe('{"a":1,"b":2}');
  });
});

describe("plots", () => {
  it("leaves out points that are no numbers", () => {
    const plot = readPlot({
      data_type: "PLOT/CURVE",
      curves: [{ x: [0, 1, 2], y: [1, null, { double: "NaN" }] }],
    });
    expect(plot).toMatchObject({ kind: "curve", curves: [{ x: [0], y: [1] }] });
    expect(readPlot({ data_type: "PLOT/PIE" })).toBeNull();
    expect(readPlot("no")).toBeNull();
  });

  it("has round ticks within the bounds, and places on both scales", () => {
    expect(ticks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(-3, 12)).toEqual([0, 5, 10]);
    expect(ticks(2, 2)).toEqual([2]);
    expect(scaleOf(0, 10, false)(5)).toBe(0.5);
    expect(scaleOf(1, 100, true)(10)).toBeCloseTo(0.5);
    expect(scaleOf(1, 100, true)(-1)).toBe(0);
  });
});

describe("comparisons", () => {
  it("are read even when half is missing", () => {
    const c = decodeComparison({ items: [{ case: "a", metric: "m", values: [{ verdict: "odd" }] }] });
    expect(c.rows[0]?.cells.get("m")?.[0]).toMatchObject({ verdict: "unknown", delta: null, p: null });
  });
});

describe("addresses", () => {
  it("hold several evaluations and the workflow of a suite", () => {
    expect(evaluationPath("p", [3, 1])).toBe("/p/evaluations/3,1");
    expect(parseRoute("/p/evaluations/3,1")).toEqual({ page: "evaluation", project: "p", ids: "3,1" });
    expect(parseIds("3,x,1,")).toEqual([3, 1]);
    expect(parseRoute(suitePath("p", "a/b", "night"))).toMatchObject({
      page: "suite",
      workflow: "a/b",
      name: "night",
    });
    expect(parseRoute("/p/models/a/b")).toMatchObject({ page: "missing" });
  });
});

describe("scores that people type", () => {
  it.each([
    ["yes", true],
    ["False", false],
    ["0.7", 0.7],
    ["0,7", 0.7],
    ["good", "good"],
  ])("%s", (text, value) => expect(readScore(text)).toBe(value));
});

describe("metrics at thresholds", () => {
  it("are lists by name, in the order of the threshold, shares apart from counts", () => {
    const [a, b] = sweepsOf([
      { name: "a", threshold: 0.5, tp: 3, recall: 0.5, note: "x" },
      { name: "b", threshold: 1, ok: true },
      { name: "a", threshold: 0.1, tp: 7, recall: 0.9 },
      "no row",
    ]);
    expect(a?.rows.map((r) => r["threshold"])).toEqual([0.1, 0.5]);
    expect(a?.plots.map((p) => p.curves)).toEqual([
      [{ label: "recall", x: [0.1, 0.5], y: [0.9, 0.5] }],
      [{ label: "tp", x: [0.1, 0.5], y: [7, 3] }],
    ]);
    expect(b?.plots[0]?.curves).toEqual([{ label: "ok", x: [1], y: [1] }]);
    expect(sweepsOf([])).toEqual([]);
  });
});
