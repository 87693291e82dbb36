// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { FIRST_ASK, readAsk, splitList, writeAsk } from "../../src/lib/ask";
import { drillQuery, groupName, keyTerm } from "../../src/lib/drill";
import { addsUp, formatMeasure, unitOf } from "../../src/lib/measure";
import { seriesLooks } from "../../src/lib/palette";
import { negate, withThePeriodBefore } from "../../src/lib/selection";
import { forSeeds } from "../random";

const read = (text: string) => {
  const params = new URLSearchParams(text);
  return readAsk((name) => params.get(name));
};

describe("the question of Explore", () => {
  it("comes back from the address as it went", () => {
    const measures = ["count", "p95(latency)", "p(99.5,latency)", 'sum(tag."a,b")'];
    const fields = ["model", "tag.country", 'attr."odd, key"'];
    forSeeds(100, (random) => {
      const ask = {
        of: random(2) ? ("traces" as const) : ("spans" as const),
        measures: measures.slice(0, 1 + random(4)),
        by: fields.slice(0, random(4)),
        step: ["auto", "none", "1h"][random(3)] ?? "auto",
        top: 1 + random(99),
        chart: (["line", "bar", "table"] as const)[random(3)] ?? ("line" as const),
      };
      const params = new URLSearchParams();
      for (const [k, v] of Object.entries(writeAsk(ask))) if (v) params.set(k, v);
      expect(read(params.toString())).toEqual(ask);
    });
  });
  it("has a plain address at first, and mends what is odd", () => {
    expect(Object.values(writeAsk(FIRST_ASK)).every((v) => v === null)).toBe(true);
    expect(read("top=0&step=5parsecs&chart=pie&m=,,&of=x")).toEqual(FIRST_ASK);
    expect(read("by=a,b,c,d").by).toEqual(["a", "b", "c"]);
  });
  it("cuts lists outside of quotes and parentheses", () =>
    expect(splitList('a,"b,c",p(9,x), d ')).toEqual(["a", '"b,c"', "p(9,x)", "d"]));
});

describe("the traces behind a number", () => {
  const by = ["model", "tag.country"];
  it("have one span with the query and the keys", () => {
    expect(drillQuery("", "spans", ["model"], ["digits:v2"])).toBe("model:digits:v2");
    expect(drillQuery("status:error", "spans", by, ["digits:v2", "New Zealand"])).toBe(
      'span(status:error model:digits:v2 tag.country:"New Zealand")',
    );
    expect(drillQuery("a or b", "spans", ["name"], ["x"])).toBe("span((a or b) name:x)");
  });
  it("are asked by their root span when traces were counted", () =>
    expect(drillQuery("latency>1s", "traces", ["name"], ["x"])).toBe("latency>1s span(root:true name:x)"));
  it("keep what groups spans itself", () =>
    expect(drillQuery("span(a:1 b:2)", "spans", ["name"], ["x"])).toBe("span(a:1 b:2) name:x"));
  it("lack a key that was absent", () => {
    expect(drillQuery("", "spans", ["tag.tier"], [null])).toBe("span(-has:tag.tier)");
    expect(groupName([null, "", 3])).toBe("(none) · (empty) · 3");
  });
  it("tell a number from its text", () => {
    expect(keyTerm("tag.zip", "07030")).toBe('tag.zip:"07030"');
    expect(keyTerm("tag.age", 7)).toBe("tag.age:7");
    expect(keyTerm("tag.on", true)).toBe("tag.on:true");
  });
});

describe("measures", () => {
  it("know their unit", () => {
    const units = [
      "count",
      "rate",
      "error_rate",
      "p95(latency)",
      "p(99.5,latency)",
      "sum(cost)",
      "mean(tag.x)",
    ];
    expect(units.map(unitOf)).toEqual(["count", "rate", "share", "duration", "duration", "money", "number"]);
    expect(unitOf("distinct(latency)")).toBe("count");
    expect(["sum(cost)", "mean(latency)", "rate"].map(addsUp)).toEqual([true, false, true]);
  });
  it("read with their unit and three digits", () => {
    expect(formatMeasure("p95(latency)", 1.2345e9)).toBe("1.23\u202fs");
    expect(formatMeasure("error_rate", 0.01234)).toBe("1.23\u202f%");
    expect(formatMeasure("error_rate", 0.00001)).toBe("<\u202f0.01\u202f%");
    expect(formatMeasure("rate", 0.5)).toBe("0.5\u202f/s");
    expect(formatMeasure("sum(cost)", 0.00123)).toBe("$0.00123");
    expect(formatMeasure("count", null)).toBe("–");
  });
});

describe("colours of groups", () => {
  it("differ among eight, and do not depend on the order", () => {
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const looks = seriesLooks(names);
    expect(new Set([...looks.values()].map((l) => l.color)).size).toBe(8);
    expect(seriesLooks([...names].reverse())).toEqual(looks);
  });
  it("are told apart by dashes beyond that", () => {
    const looks = [...seriesLooks(Array.from({ length: 16 }, (_, i) => `n${i}`)).values()];
    expect(new Set(looks.map((l) => `${l.color}${l.dashed}`)).size).toBe(16);
  });
});

describe("two selections", () => {
  it("are what a query selects, and the rest", () => {
    expect(negate("status:error")).toBe("-status:error");
    expect(negate("-status:error")).toBe("status:error");
    expect(negate("a:1 b:2")).toBe("-(a:1 b:2)");
    expect(negate("(a:1 or b:2)")).toBe("-((a:1 or b:2))");
  });
  it("are a period and the one before it, as long", () => {
    const now = Date.parse("2026-11-21T12:00:00Z");
    expect(withThePeriodBefore("x", { from: "-1h", to: null }, now)).toEqual({
      a: "x",
      b: "x",
      from: "2026-11-21T11:00:00.000Z",
      to: "2026-11-21T12:00:00.000Z",
      bfrom: "2026-11-21T10:00:00.000Z",
      bto: "2026-11-21T11:00:00.000Z",
    });
    expect(withThePeriodBefore("x", { from: "all", to: null }, now)).toBeNull();
  });
});
