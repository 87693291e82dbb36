// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { byteOffset, charIndex } from "../../src/lib/bytes";
import { applySuggestion, carryOver, type Completion, markAt } from "../../src/lib/completion";
import { forSeeds } from "../random";

const item = (label: string) => ({ label, insert: label, detail: "" });
const fields: Completion = {
  kind: "field",
  start: 2,
  end: 3,
  items: [item("status"), item("session"), item("tag.s")],
};

describe("bytes and characters", () => {
  it("go there and back", () => {
    const letters = ["a", "ü", "€", "😀", " "];
    forSeeds(100, (random) => {
      const parts = Array.from({ length: random(12) }, () => letters[random(4)] ?? "");
      const text = parts.join("");
      let index = 0;
      for (const part of parts) {
        expect(charIndex(text, byteOffset(text, index))).toBe(index);
        index += part.length;
      }
      expect(charIndex(text, 1000)).toBe(text.length);
    });
  });
});

describe("suggestions", () => {
  it("stay while one types on in their word, and are narrowed", () => {
    const next = carryOver(fields, "x s tail", "x st tail");
    expect(next.items.map((i) => i.label)).toEqual(["status"]);
    expect([next.start, next.end]).toEqual([2, 4]);
  });
  it("go when something else changed", () => {
    expect(carryOver(fields, "x s tail", "y s tail").items).toEqual([]);
    expect(carryOver(fields, "x s tail", "x s tail2").items).toEqual([]);
    expect(carryOver(fields, "x s tail", "x s: tail").items).toEqual([]);
  });
  it("replace their range; a value ends its term", () => {
    expect(applySuggestion("x s tail", fields, 0)).toEqual({ text: "x status tail", caret: 8, whole: false });
    const value: Completion = { kind: "value", start: 7, end: 9, items: [item("error")] };
    expect(applySuggestion("status:er x", value, 0)).toEqual({
      text: "status:error x",
      caret: 13,
      whole: true,
    });
    expect(applySuggestion("x", fields, 9)).toBeNull();
  });
});

describe("the mark of an error", () => {
  it("goes to the end of the token", () =>
    expect(markAt("a foo:1 b", 2)).toEqual({ before: "a ", wrong: "foo:1", after: " b" }));
  it("stands behind the text when that ended too early", () =>
    expect(markAt("(a", 2)).toEqual({ before: "(a", wrong: "\u00a0", after: "" }));
});
