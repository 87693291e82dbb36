// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  describeWindow,
  formatExact,
  formatRelative,
  msToText,
  nsToText,
  parseTime,
  relativeMs,
  resolveWindow,
} from "../../src/lib/time";

describe("times", () => {
  it("keep all nanoseconds", () => {
    expect(parseTime("2026-11-21T14:02:11.123456789Z")).toBe(1795269731123456789n);
    expect(parseTime("2026-11-21T14:02:11Z")).toBe(1795269731000000000n);
    expect(parseTime("2026-11-21T15:02:11.5+01:00")).toBe(1795269731500000000n);
  });
  it("before 1970 and after 2200 are times too", () => {
    expect(parseTime("1969-12-31T23:59:59.999999999Z")).toBe(-1n);
    expect(parseTime("2262-04-11T23:47:16.854775807Z")).toBe(9223372036854775807n);
  });
  it("are written as they are read", () => {
    for (const ns of [-1n, 0n, 1795269731123456789n, 9223372036854775807n])
      expect(parseTime(nsToText(ns))).toBe(ns);
    expect(nsToText(1795269731000000000n)).toBe("2026-11-21T14:02:11.000000000Z");
  });
  it.each(["", "yesterday", "2026-13-01T00:00:00Z", "2026-11-21 14:02:11"])("%j is no time", (text) =>
    expect(parseTime(text)).toBeNull(),
  );
  it("show every digit on hover", () => {
    expect(formatExact(-1n)).toBe("1969-12-31 23:59:59.999999999 +00:00");
  });
  it("are told relative to now", () => {
    const now = 1_000_000_000_000;
    const told = [0, 42e3, 300e3, 7200e3, 3 * 86400e3].map((ago) =>
      formatRelative(now - ago, now).replace("\u202f", " "),
    );
    expect(told).toEqual(["just now", "42 s ago", "5 min ago", "2 h ago", "3 d ago"]);
    expect(formatRelative(now + 7200e3, now)).toBe("in 2\u202fh");
  });
});

describe("a time window", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  it("that is relative starts that long ago and is open towards now", () => {
    expect(resolveWindow({ from: "-1h", to: null }, now)).toEqual({ from: "2026-11-21T11:00:00.000Z" });
  });
  it("of all time has no bounds", () => expect(resolveWindow({ from: "all", to: null }, now)).toEqual({}));
  it("that is absolute passes as it is; nonsense does not", () => {
    const from = msToText(now - 1000);
    expect(resolveWindow({ from, to: msToText(now) }, now)).toEqual({ from, to: msToText(now) });
    expect(resolveWindow({ from: "soon", to: "later" }, now)).toEqual({});
  });
  it("is described in words", () => {
    expect(describeWindow({ from: "-7d", to: null })).toBe("Last 7 d");
    expect(describeWindow({ from: "-3h", to: null })).toBe("Last 3h");
    expect(describeWindow({ from: "2026-11-21T10:00:00Z", to: "2026-11-21T11:30:00Z" })).toBe(
      "2026-11-21 10:00:00 – 11:30:00",
    );
  });
  it("knows minutes, hours and days", () => {
    expect([relativeMs("-15m"), relativeMs("-2h"), relativeMs("-1d"), relativeMs("all")]).toEqual([
      900e3,
      7200e3,
      86400e3,
      null,
    ]);
  });
});
