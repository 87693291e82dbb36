// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import * as decode from "../../src/api/decode";
import { takeEvents } from "../../src/api/live";
import { mergeNewest } from "../../src/api/tracelist";
import { ExactNumber } from "../../src/lib/json";
import { forSeeds } from "../random";

describe("answers", () => {
  it("of nothing, or of odd types, become empty values", () => {
    for (const odd of [
      null,
      [],
      "x",
      3,
      { start_time: 7, tags: [], references: {}, error: 1, status: 9, llm: [] },
    ]) {
      expect(decode.summary(odd).trace_id).toBe("");
      expect(decode.span(odd).status.code).toBe("unset");
      expect(decode.versionDetail(odd).dependencies).toEqual([]);
      expect(decode.model(odd).versions).toEqual([]);
      expect(decode.project(odd).counters.received).toBe(0);
      expect(decode.histogram(odd).items).toEqual([]);
    }
  });
  it("of a span without an end get it from the duration", () => {
    const span = decode.span({ start_time: "2026-11-21T00:00:00Z", duration_ns: new ExactNumber("1500.0") });
    expect(span.endNs - span.startNs).toBe(1500n);
  });
});

describe("live events", () => {
  it("are taken whole from whatever pieces the stream comes in", () => {
    const stream =
      'event: ready\ndata: {"count":0}\n\n: comment\n\nevent: traces\r\ndata: {"count":2}\r\n\r\nevent: tr';
    forSeeds(100, (random) => {
      const events: string[] = [];
      let rest = "";
      for (let at = 0; at < stream.length;) {
        const size = 1 + random(9);
        const taken = takeEvents(rest + stream.slice(at, at + size));
        rest = taken.rest;
        events.push(...taken.events.map((e) => e.event));
        at += size;
      }
      expect(events).toEqual(["ready", "traces"]);
    });
  });
});

describe("new traces", () => {
  it("come on top, each once, newest first", () => {
    const make = (id: string, start: number) => ({
      ...decode.summary({ trace_id: id }),
      startNs: BigInt(start),
    });
    const merged = mergeNewest([make("b", 2), make("a", 1)], [make("c", 3), make("b", 2)]);
    expect(merged.map((t) => t.trace_id)).toEqual(["c", "b", "a"]);
  });
});
