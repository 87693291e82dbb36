// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ScrollMap } from "../../src/lib/scrollmap";
import { forSeeds } from "../random";

const VIEW = 600;

function mapped(full: number, cap: number): ScrollMap {
  const map = new ScrollMap(cap);
  map.measure(full, VIEW);
  return map;
}

/** What a browser does with a wheel: as far as the element goes. */
function wheel(map: ScrollMap, by: number): void {
  const top = map.place - map.shift;
  map.moved(Math.max(0, Math.min(top + by, map.height - VIEW)));
  if (!map.stuck) return;
  const set = map.settle();
  if (set !== null) map.set(set);
}

describe("a list that fits", () => {
  it("is where the scroller is", () => {
    const map = mapped(90_000, 100_000);
    for (const top of [0, 5, 70_000, 89_400, 3]) {
      map.moved(top);
      expect([map.place, map.shift, map.settle()]).toEqual([top, 0, null]);
    }
    expect(map.to(1e9)).toBe(89_400);
  });
});

describe("a list that is higher than an element can be", () => {
  it("has its ends at the scroller's ends, and its middle in the middle", () => {
    const map = mapped(60_000_000, 600_000);
    map.moved(600_000 - VIEW);
    expect(map.place).toBe(60_000_000 - VIEW);
    map.moved((600_000 - VIEW) / 2);
    expect(Math.abs(map.place - (60_000_000 - VIEW) / 2)).toBeLessThan(1);
    map.moved(0);
    expect(map.place).toBe(0);
  });
  it("maps there and back, and never turns round", () => {
    forSeeds(100, (random) => {
      const map = mapped(1_000_000 + random(400_000_000), 100_000 + random(800_000));
      let before = -1;
      for (let part = 0; part <= 50; part++) {
        const place = (map.lastPlace * part) / 50;
        const top = map.fold(place);
        expect(Math.abs(map.unfold(top) - place)).toBeLessThan(1e-3);
        expect(top).toBeGreaterThan(before);
        before = top;
      }
      expect(before).toBeCloseTo(map.height - VIEW, 6);
    });
  });
  it("scrolls pixel by pixel by wheel wherever one is, also after it rested", () => {
    forSeeds(100, (random) => {
      const map = mapped(60_000_000, 600_000);
      map.moved(random(600_000 - VIEW));
      for (let step = 0; step < 300; step++) {
        const place = map.place;
        const by = random(240) - 120;
        wheel(map, by);
        const expected = Math.max(0, Math.min(place + by, map.lastPlace));
        expect(Math.abs(map.place - expected)).toBeLessThanOrEqual(1);
        if (step % 20 === 19) {
          const rested = map.place;
          const set = map.settle();
          if (set !== null) map.set(set);
          expect(Math.abs(map.place - rested)).toBeLessThan(1e-6);
          expect(Math.abs(map.place - map.shift - map.fold(map.place))).toBeLessThanOrEqual(1);
        }
      }
    });
  });
  it("reaches both ends by wheel alone", () => {
    const map = mapped(1_000_000, 100_000);
    map.moved(50_000);
    for (let i = 0; i < 20_000 && map.place < map.lastPlace; i++) wheel(map, 120);
    expect(map.place).toBe(map.lastPlace);
    for (let i = 0; i < 20_000 && map.place > 0; i++) wheel(map, -120);
    expect(map.place).toBe(0);
  });
  it("stays at its rows when the list grows beyond what fits, and within it when it shrinks", () => {
    const map = mapped(12_000, 100_000);
    map.moved(7000);
    map.measure(60_000_000, VIEW);
    expect(map.place).toBe(7000);
    map.to(50_000_000);
    map.measure(2_000_000, VIEW);
    expect(map.place).toBe(2_000_000 - VIEW);
  });
  it("shows rows where the element is, not far outside", () => {
    forSeeds(50, (random) => {
      const map = mapped(300_000_000, 600_000);
      map.set(map.to(random(300_000_000)));
      const row = Math.floor(map.place / 30) * 30 - map.shift;
      expect(row).toBeGreaterThan(-31);
      expect(row).toBeLessThanOrEqual(600_000);
    });
  });
});
