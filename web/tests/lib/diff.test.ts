// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { countRows, diff, diffRows, foldRows, lineMarks, splitLines } from "../../src/lib/diff";
import { forSeeds } from "../random";

/** The length of the longest common subsequence, by the textbook: the oracle. */
function lcs(a: readonly string[], b: readonly string[]): number {
  const best = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const row = best[i] ?? [];
      row[j] =
        a[i - 1] === b[j - 1]
          ? (best[i - 1]?.[j - 1] ?? 0) + 1
          : Math.max(best[i - 1]?.[j] ?? 0, row[j - 1] ?? 0);
    }
  return best[a.length]?.[b.length] ?? 0;
}

describe("a difference", () => {
  it("turns the old into the new with the fewest edits", () => {
    forSeeds(300, (random) => {
      const make = () => Array.from({ length: random(14) }, () => "abc".charAt(random(3)));
      const [a, b] = [make(), make()];
      const edits = diff(a, b);
      const same = edits.filter((e) => e.op === "same");
      expect(edits.filter((e) => e.op !== "add").map((e) => a[e.a])).toEqual(a);
      expect(edits.filter((e) => e.op !== "del").map((e) => b[e.b])).toEqual(b);
      expect(same.every((e) => a[e.a] === b[e.b])).toBe(true);
      expect(same.length).toBe(lcs(a, b));
    });
  });
  it("of texts with little in common is a replacement, quickly", () => {
    const a = Array.from({ length: 5000 }, (_, i) => `a${i}`);
    const b = Array.from({ length: 5000 }, (_, i) => `b${i}`);
    const edits = diff(["x", ...a], ["x", ...b], 50);
    expect(edits.filter((e) => e.op === "same").length).toBe(1);
    expect(edits.length).toBe(10_001);
  });
});

describe("rows", () => {
  it("hold every line of both sides once, in order", () => {
    forSeeds(200, (random) => {
      const make = () =>
        Array.from({ length: random(12) }, () => `${"xyz".charAt(random(3))} = ${random(3)}`).join("\n");
      const [a, b] = [make(), make()];
      const rows = diffRows(a, b);
      expect(rows.flatMap((r) => (r.left ? [r.left.text] : []))).toEqual(splitLines(a));
      expect(rows.flatMap((r) => (r.right ? [r.right.text] : []))).toEqual(splitLines(b));
      expect(rows.flatMap((r) => (r.left ? [r.left.line] : []))).toEqual(splitLines(a).map((_, i) => i + 1));
    });
  });
  it("put alike lines side by side with the change marked", () => {
    const rows = diffRows("a = 1\nreturn x.reshape(1) / 16\n", "b = 2\nc = 3\nreturn x.reshape(1) / SCALE\n");
    const changed = rows.find((r) => r.left?.text.startsWith("return"));
    expect(changed?.right?.text).toBe("return x.reshape(1) / SCALE");
    expect(changed?.left?.marks).toEqual([[22, 24]]);
    expect(changed?.right?.marks).toEqual([[22, 27]]);
  });
  it("count what was added and removed", () => {
    expect(countRows(diffRows("a\nb\nc", "a\nB\nc\nd"))).toEqual({ added: 2, removed: 1 });
    expect(countRows(diffRows("same\n", "same"))).toEqual({ added: 0, removed: 0 });
  });
  it("that are unchanged fold, but for their neighbours", () => {
    const lines = Array.from({ length: 40 }, (_, i) => `line ${i}`);
    const changed = [...lines];
    changed[20] = "other";
    const rows = diffRows(lines.join("\n"), changed.join("\n"));
    const folded = foldRows(rows, 3, new Set());
    expect(folded.filter((r) => r.op === "fold")).toEqual([
      { op: "fold", from: 0, to: 17 },
      { op: "fold", from: 24, to: 40 },
    ]);
    expect(foldRows(rows, 3, new Set([0])).filter((r) => r.op === "fold").length).toBe(1);
  });
  it("of lines that share little have no marks", () => {
    expect(lineMarks("alpha beta", "9 + 4")).toEqual({ left: [], right: [] });
  });
});
