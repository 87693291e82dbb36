// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ancestors, axisTicks, barExtent, buildTree, treeRows, type TreeSpan } from "../../src/lib/tree";
import { forSeeds } from "../random";

const span = (span_id: string, parent_span_id: string | null, start = 0, end = 10): TreeSpan => ({
  span_id,
  parent_span_id,
  startNs: BigInt(start),
  endNs: BigInt(end),
});
const ids = (spans: readonly TreeSpan[], closed = new Set<string>()) =>
  treeRows(buildTree(spans), closed).map((r) => `${"·".repeat(r.depth)}${r.span.span_id}`);

describe("a tree of spans", () => {
  it("is ordered by start, children beneath their parent", () => {
    expect(ids([span("c", "a", 5), span("a", null, 1), span("b", "a", 2), span("d", "b", 3)])).toEqual([
      "a",
      "·b",
      "··d",
      "·c",
    ]);
  });
  it("hides what is closed", () => {
    expect(ids([span("a", null), span("b", "a"), span("c", "b")], new Set(["b"]))).toEqual(["a", "·b"]);
  });
  it("shows spans without their parent, and cycles, exactly once", () => {
    expect(ids([span("a", "gone"), span("b", "c"), span("c", "b"), span("d", "d")]).length).toBe(4);
  });
  it("shows every span once, whatever the parents are", () => {
    forSeeds(200, (random) => {
      const n = 1 + random(20);
      const spans = Array.from({ length: n }, (_, i) =>
        span(`s${i}`, random(4) === 0 ? null : `s${random(n + 2)}`, random(50), 50 + random(50)),
      );
      const rows = treeRows(buildTree(spans), new Set());
      expect(rows.map((r) => r.span.span_id).sort()).toEqual(spans.map((s) => s.span_id).sort());
    });
  });
  it("of ten thousand spans in one chain, or under one parent, is quick", () => {
    const chain = Array.from({ length: 10_000 }, (_, i) => span(`s${i}`, i ? `s${i - 1}` : null, i, i + 1));
    const star = Array.from({ length: 10_000 }, (_, i) => span(`s${i}`, i ? "s0" : null, i, i + 1));
    expect(treeRows(buildTree(chain), new Set()).length).toBe(10_000);
    expect(treeRows(buildTree(star), new Set()).length).toBe(10_000);
  });
  it("tells the way down to a span, also through cycles", () => {
    const tree = buildTree([span("a", null), span("b", "a"), span("c", "b")]);
    expect(ancestors(tree, "c").map((s) => s.span_id)).toEqual(["a", "b"]);
    expect(ancestors(buildTree([span("x", "y"), span("y", "x")]), "x").length).toBe(1);
  });
});

describe("bars and the axis", () => {
  it("are shares of the whole, within it", () => {
    expect(barExtent(span("a", null, 25, 75), 0n, 100n)).toEqual({ left: 0.25, width: 0.5 });
    expect(barExtent(span("a", null, 5, 5), 5n, 5n)).toEqual({ left: 0, width: 1 });
    expect(barExtent(span("a", null, -10, 500), 0n, 100n)).toEqual({ left: 0, width: 1 });
  });
  it("have round ticks", () => {
    expect(axisTicks(1_740_000_000, 4)).toEqual([0, 500_000_000, 1_000_000_000, 1_500_000_000]);
    expect(axisTicks(0, 4)).toEqual([0]);
  });
});
