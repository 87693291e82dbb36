// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { RowPages } from "../../src/lib/rowpages";
import { shellCommand, shellQuote } from "../../src/lib/shell";
import { rowsInSight } from "../../src/parts/virtual";
import { forSeeds } from "../random";

function filled(pages: number, size: number, keep = 6): RowPages<number> {
  const rows = new RowPages<number>(keep);
  for (let p = 0; p < pages; p++) {
    const items = Array.from({ length: size }, (_, i) => p * size + i);
    rows.append(p === 0 ? null : `c${p}`, items, `c${p + 1}`);
  }
  return rows;
}

describe("a list in pages", () => {
  it("finds each row, also after the first page grew", () => {
    const rows = filled(20, 10);
    rows.put(0, [-3, -2, -1, ...(rows.page(0) ?? [])]);
    expect(rows.count).toBe(203);
    for (let i = 0; i < rows.count; i++) expect(rows.at(i)).toBe(i - 3);
    expect([rows.at(-1), rows.at(203)]).toEqual([null, null]);
    expect(rows.findIndex((r) => r === 150)).toBe(153);
  });
  it("keeps what is near and the first page, and says what to ask for again", () => {
    const rows = filled(100, 10);
    rows.evict(500, 520);
    expect(rows.kept().length).toBeLessThanOrEqual(8 * 10);
    expect([rows.at(0), rows.at(505), rows.at(300)]).toEqual([0, 505, null]);
    expect(rows.count).toBe(1000);
    expect(rows.missing(500, 520)).toBeNull();
    expect(rows.missing(300, 320)).toEqual({ page: 30, at: "c30" });
    rows.put(
      30,
      Array.from({ length: 10 }, (_, i) => 300 + i),
    );
    expect(rows.at(305)).toBe(305);
    expect(rows.missing(300, 309)).toBeNull();
  });
  it("is bounded wherever one scrolls, and always comes back to what was asked for", () => {
    forSeeds(100, (random) => {
      const rows = filled(50, 7);
      for (let step = 0; step < 30; step++) {
        const first = random(340);
        const last = Math.min(349, first + random(30));
        for (let m = rows.missing(first, last); m; m = rows.missing(first, last)) {
          const start = m.page * 7;
          rows.put(
            m.page,
            Array.from({ length: 7 }, (_, i) => start + i),
          );
        }
        for (let i = first; i <= last; i++) expect(rows.at(i)).toBe(i);
        rows.evict(first, last);
        for (let i = first; i <= last; i++) expect(rows.at(i)).toBe(i);
        expect(rows.kept().length).toBeLessThanOrEqual((6 + 8) * 7);
      }
    });
  });
});

describe("the rows in sight", () => {
  it("are those of the place and some around it, never beyond the ends", () => {
    expect(rowsInSight(1000, 30, 0, 600, 12)).toEqual({ first: 0, last: 32 });
    expect(rowsInSight(1000, 30, 3000, 600, 12)).toEqual({ first: 88, last: 132 });
    expect(rowsInSight(1000, 30, 1e9, 600, 12)).toEqual({ first: 987, last: 999 });
    expect(rowsInSight(0, 30, 0, 600, 12)).toEqual({ first: 0, last: -1 });
  });
});

describe("the command for the shell", () => {
  it("quotes what the shell would read otherwise", () => {
    expect(shellQuote("a'b $x")).toBe("'a'\\''b $x'");
    expect(
      shellCommand(
        {
          project: "Concept Project",
          query: 'tag.x:"a b" latency>2s',
          bounds: { from: "2026-11-21T00:00:00Z" },
        },
        "http://127.0.0.1:4318",
      ),
    ).toBe(
      "vireo export traces.parquet --url http://127.0.0.1:4318 --project 'Concept Project' --where 'tag.x:\"a b\" latency>2s' --from 2026-11-21T00:00:00Z",
    );
  });
});

describe("pages that are known by rank", () => {
  it("stand behind the first page, all of them at once, and show what was there until it is read again", () => {
    const rows = filled(3, 10);
    rows.rank(1, 1_000_004, 10);
    expect([rows.count, rows.next]).toEqual([1_000_014, null]);
    expect([rows.at(9), rows.at(15), rows.at(29), rows.at(30)]).toEqual([9, 15, 29, null]);
    expect(rows.missing(0, 9)).toBeNull();
    expect(rows.missing(5, 15)).toEqual({ page: 1, at: 0 });
    expect(rows.missing(1_000_000, 1_000_000)).toEqual({ page: 100_000, at: 999_990 });
    rows.put(
      1,
      Array.from({ length: 10 }, (_, i) => 10 + i),
    );
    expect(rows.missing(5, 19)).toBeNull();
    rows.put(100_001, [null, 2, -3, 4]);
    expect([rows.at(1_000_010), rows.at(1_000_011), rows.count]).toEqual([null, 2, 1_000_014]);
    expect(rows.missing(1_000_010, 1_000_013)).toBeNull();
    expect(rows.findIndex((r) => r === -3)).toBe(1_000_012);
  });
  it("go when they are far, however one jumps", () => {
    forSeeds(30, (random) => {
      const rows = filled(1, 10);
      rows.rank(1, 500_000, 10);
      for (let step = 0; step < 40; step++) {
        const first = random(499_980);
        for (let m = rows.missing(first, first + 20); m; m = rows.missing(first, first + 20)) {
          const rank = Number(m.at ?? 0);
          rows.put(
            m.page,
            Array.from({ length: 10 }, (_, i) => rank + 10 + i),
          );
        }
        for (let i = first; i <= first + 20; i++) expect(rows.at(i)).toBe(i);
        rows.evict(first, first + 20);
        expect(rows.kept().length).toBeLessThanOrEqual(80);
      }
    });
  });
});
