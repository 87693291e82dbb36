// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  modelPath,
  parseCompare,
  parseRoute,
  settingsPath,
  splitTag,
  tracePath,
  tracesPath,
} from "../../src/lib/route";
import { forSeeds } from "../random";

describe("addresses", () => {
  it("lead to pages", () => {
    expect(parseRoute("/")).toEqual({ page: "home" });
    expect(parseRoute("/parts")).toEqual({ page: "parts" });
    expect(parseRoute("/Concept%20Project")).toEqual({ page: "traces", project: "Concept Project" });
    expect(parseRoute("/p/traces/abc")).toEqual({ page: "trace", project: "p", traceId: "abc" });
    expect(parseRoute("/p/models")).toEqual({ page: "models", project: "p" });
    expect(parseRoute("/p/settings/")).toEqual({ page: "settings", project: "p" });
  });
  it.each(["/p/unknown", "/p/settings/x", "/p/traces/a/b", "/%zz/traces"])("%s is missing", (path) =>
    expect(parseRoute(path).page).toBe("missing"),
  );
  it("of names with any character come back as they were", () => {
    const alphabet = "aß /%?#:.&+=\u{1f600}";
    forSeeds(150, (random) => {
      const letters = Array.from(alphabet);
      const name = `x${Array.from({ length: random(8) }, () => letters[random(letters.length)]).join("")}`;
      for (const url of [
        tracesPath(name),
        modelPath(name, name),
        tracePath(name, "ab"),
        settingsPath(name),
      ]) {
        const route = parseRoute(new URL(url, "http://x").pathname);
        expect("project" in route && route.project).toBe(name);
        if (route.page === "model") expect(route.name).toBe(name);
      }
    });
  });
  it("stay readable", () => {
    expect(tracesPath("p", { q: "model:a:v2", from: "-1h", to: null })).toBe(
      "/p/traces?q=model:a:v2&from=-1h",
    );
  });
});

describe("version tags", () => {
  it("split at the last colon", () => {
    expect(splitTag("a:b:v12")).toEqual({ name: "a:b", version: 12 });
    expect([splitTag("digits"), splitTag(":v1"), splitTag("a:v")]).toEqual([null, null, null]);
  });
  it("are compared in pairs", () => {
    expect(parseCompare("v1..v3")).toEqual({ base: 1, head: 3 });
    expect([parseCompare(null), parseCompare("v1"), parseCompare("1..2")]).toEqual([
      null,
      { base: null, head: 1 },
      null,
    ]);
  });
});
