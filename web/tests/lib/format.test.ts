// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  compactCount,
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  groupThousands,
  plural,
  significant,
} from "../../src/lib/format";
import { forSeeds } from "../random";

const plain = (text: string) => text.replaceAll("\u202f", " ");

describe("numbers", () => {
  it("keep three significant digits", () => {
    expect([0.0012345, 1.5, 12.345, 123.45, 1234.5].map(significant)).toEqual([
      "0.00123",
      "1.5",
      "12.3",
      "123",
      "1235",
    ]);
  });
  it("that are not finite are said so", () => {
    expect([NaN, Infinity, -Infinity].map(significant)).toEqual(["NaN", "∞", "−∞"]);
  });
  it("are grouped by thousands", () => {
    expect(plain(groupThousands(1234567.5))).toBe("1 234 567.5");
    expect(plain(groupThousands(-1000))).toBe("−1 000");
  });
});

describe("durations", () => {
  it.each([
    [0, "0 ms"],
    [412, "412 ns"],
    [1230, "1.23 µs"],
    [45_600_000, "45.6 ms"],
    [999_999_999, "1 s"],
    [1_230_000_000, "1.23 s"],
    [89e9, "89 s"],
    [125e9, "2.08 min"],
    [4.5e12, "1.25 h"],
    [3 * 86400e9, "3 d"],
    [-1500, "−1.5 µs"],
  ])("%d ns is %s", (ns, text) => expect(plain(formatDuration(ns))).toBe(text));
  it("never show a number of four digits below two days", () => {
    forSeeds(200, (random) => {
      const ns = 10 ** (random(140) / 10) * (1 + random(100) / 100);
      const number = Number(/^[\d.]+/.exec(formatDuration(ns))?.[0]);
      if (ns < 48 * 3600e9) expect(number).toBeLessThan(1000);
    });
  });
});

describe("counts, bytes and shares", () => {
  it("are exact while they are small", () => {
    expect([formatCount(12480), formatCount(1_250_000), formatBytes(1536)].map(plain)).toEqual([
      "12 480",
      "1.25 M",
      "1.54 kB",
    ]);
    expect([compactCount(999), compactCount(12480)]).toEqual(["999", "12.5k"]);
  });
  it("a share that is something never reads as nothing, nor as all", () => {
    expect(plain(formatPercent(1, 1_000_000))).toBe("< 0.01 %");
    expect(plain(formatPercent(999_999, 1_000_000))).toBe("> 99.9 %");
    expect(plain(formatPercent(0, 0))).toBe("0 %");
    expect(plain(formatPercent(97, 12480))).toBe("0.777 %");
  });
  it("agree with their noun", () => {
    expect([plural(1, "span"), plural(2, "span")]).toEqual(["1 span", "2 spans"]);
  });
});
