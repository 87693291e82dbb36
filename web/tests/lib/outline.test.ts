// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  deepest,
  foldBelow,
  guideLines,
  hasChildren,
  lastNotAbove,
  makeOutline,
  parseStretch,
  placeOn,
  rowsAbove,
  unfoldTo,
  visibleRows,
} from "../../src/lib/outline";
import { buildTree, treeRows, type TreeSpan } from "../../src/lib/tree";
import { forSeeds } from "../random";

/** Random depths as a preorder has them: each at most one below the one before. */
function randomDepths(random: (below: number) => number): number[] {
  const depths = [0];
  while (depths.length < 1 + random(40)) depths.push(random((depths.at(-1) ?? 0) + 2));
  return depths;
}

describe("the outline of a trace", () => {
  it("finds parents and ends as they are read off the depths", () => {
    forSeeds(200, (random) => {
      const depths = randomDepths(random);
      const outline = makeOutline(depths);
      depths.forEach((depth, at) => {
        let end = at + 1;
        while (end < depths.length && (depths[end] ?? 0) > depth) end++;
        let parent = at - 1;
        while (parent >= 0 && (depths[parent] ?? 0) >= depth) parent--;
        expect([outline.ends[at], outline.parents[at]]).toEqual([end, parent]);
        expect(rowsAbove(outline, at).length).toBe(depth);
        expect(hasChildren(outline, at)).toBe(end > at + 1);
      });
      expect(deepest(outline)).toBe(Math.max(...depths));
    });
  });
  it("shows, folds and draws lines as the tree in memory does", () => {
    forSeeds(200, (random) => {
      const depths = randomDepths(random);
      const outline = makeOutline(depths);
      const spans: TreeSpan[] = depths.map((_, at) => ({
        span_id: String(at),
        parent_span_id: (outline.parents[at] ?? -1) < 0 ? null : String(outline.parents[at]),
        startNs: BigInt(at),
        endNs: BigInt(at + 1),
      }));
      const folded = new Set(
        depths.map((_, at) => at).filter((at) => random(4) === 0 && hasChildren(outline, at)),
      );
      const rows = treeRows(buildTree(spans), new Set([...folded].map(String)));
      expect([...visibleRows(outline, folded)]).toEqual(rows.map((r) => Number(r.span.span_id)));
      for (const row of rows)
        expect(guideLines(outline, Number(row.span.span_id), 5)).toEqual(row.lines.slice(-5));
    });
  });
  it("folds to a depth, and unfolds just what hides a row", () => {
    const outline = makeOutline([0, 1, 2, 3, 2, 1, 2]);
    const folded = foldBelow(outline, 1);
    expect([...folded]).toEqual([1, 5]);
    expect([...visibleRows(outline, folded)]).toEqual([0, 1, 5]);
    expect([...unfoldTo(outline, folded, 3)]).toEqual([5]);
    expect(unfoldTo(outline, folded, 5)).toBe(folded);
  });
  it("finds places in sorted lists", () => {
    expect([0, 2, 3, 9].map((wanted) => lastNotAbove([2, 4, 8], wanted))).toEqual([-1, 0, 0, 2]);
    expect(lastNotAbove([], 5)).toBe(-1);
  });
  it("places stretches on a zoomed axis, cut at its ends", () => {
    const axis = { offset: 100, length: 200 };
    expect(placeOn(axis, { offset: 150, length: 50 })).toEqual({ left: 0.25, width: 0.25 });
    expect(placeOn(axis, { offset: 0, length: 1000 })).toEqual({ left: 0, width: 1 });
    expect(placeOn(axis, { offset: 0, length: 99 })).toBeNull();
    expect(placeOn(axis, { offset: 301, length: 5 })).toBeNull();
    expect(parseStretch("5-7")).toEqual({ offset: 5, length: 7 });
    expect([parseStretch(null), parseStretch("5-0"), parseStretch("-5-7"), parseStretch("x")]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
  it("of a line or a forest of a hundred thousand rows is quick", () => {
    const line = makeOutline(Array.from({ length: 100_000 }, (_, i) => i));
    expect(line.ends[0]).toBe(100_000);
    expect(rowsAbove(line, 99_999).length).toBe(99_999);
    expect(visibleRows(line, foldBelow(line, 3)).length).toBe(4);
    expect(guideLines(line, 99_999, 14)).toEqual(Array.from({ length: 14 }, () => false));
    const forest = makeOutline(Array.from({ length: 100_000 }, () => 0));
    expect(visibleRows(forest, new Set()).length).toBe(100_000);
  });
  it("bears depths that no server would send", () => {
    expect([...makeOutline([5, 9, 0, 7]).parents]).toEqual([-1, 0, -1, 2]);
    expect([...visibleRows(makeOutline([]), new Set())]).toEqual([]);
  });
});
