// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { SERIES_COLORS, seriesIndex, seriesVar, typeVar } from "../../src/lib/color";

it("gives a name the same of eight colours always, and names spread over them", () => {
  expect(seriesVar("digits")).toBe(seriesVar("digits"));
  const used = new Set(Array.from({ length: 200 }, (_, i) => seriesIndex(`model-${i}`)));
  expect(used.size).toBe(SERIES_COLORS);
});

it("keeps the usual kinds of span apart", () => {
  const types = ["llm", "agent", "retriever", "embedding", "tool", "function"].map(typeVar);
  expect(new Set(types).size).toBe(types.length);
});
