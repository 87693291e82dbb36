// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { markPieces, tintLine, tintLines } from "../../src/lib/python";
import { forSeeds } from "../random";

const tints = (line: string) => tintLine(line, null).pieces.map((p) => [p.tint, p.text.trim()]);

describe("the tint of Python", () => {
  it("knows definitions, keywords, strings, numbers and comments", () => {
    expect(tints("def f(x=1.5):  # why")).toEqual([
      ["keyword", "def"],
      ["plain", ""],
      ["name", "f"],
      ["plain", "(x="],
      ["number", "1.5"],
      ["plain", "):"],
      ["comment", "# why"],
    ]);
    expect(tints("@vr.trace")).toEqual([["decorator", "@vr.trace"]]);
    expect(tints('f"a # b"')).toEqual([["string", 'f"a # b"']]);
  });
  it("carries a triple-quoted string over lines", () => {
    const lines = tintLines(['x = """one', "two # not a comment", 'three""" + y']);
    expect(lines[1]).toEqual([{ tint: "string", text: "two # not a comment" }]);
    expect(lines[2]?.[0]).toEqual({ tint: "string", text: 'three"""' });
  });
  it("never changes the text, whatever it is, and ends", () => {
    const alphabet = "ab1 #\"'\\@()=.é\u{1f600}\t_";
    forSeeds(300, (random) => {
      const letters = Array.from(alphabet);
      const line = Array.from({ length: random(25) }, () => letters[random(letters.length)]).join("");
      const { pieces } = tintLine(line, [null, '"""', "'''"][random(3)] ?? null);
      expect(pieces.map((p) => p.text).join("")).toBe(line);
      const marks: [number, number][] = [[random(5), 5 + random(10)]];
      expect(
        markPieces(pieces, marks)
          .map((p) => p.text)
          .join(""),
      ).toBe(line);
    });
  });
  it("is cut at the bounds of marks", () => {
    const pieces = markPieces([{ tint: "plain", text: "abcdef" }], [[2, 4]]);
    expect(pieces.map((p) => [p.text, p.marked])).toEqual([
      ["ab", false],
      ["cd", true],
      ["ef", false],
    ]);
  });
});
