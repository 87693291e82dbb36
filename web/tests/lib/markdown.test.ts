// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { parseInline, parseMarkdown } from "../../src/lib/markdown";
import { forSeeds } from "../random";

describe("Markdown", () => {
  it("has headings, lists, code, quotes, tables and rules", () => {
    const kinds = parseMarkdown(
      "# T\n\ntext\nmore\n\n- a\n- b\n\n1. c\n\n```py\nx\n```\n> q\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n---\n",
    );
    expect(kinds.map((b) => b.kind)).toEqual([
      "heading",
      "paragraph",
      "list",
      "list",
      "code",
      "quote",
      "table",
      "rule",
    ]);
  });
  it("marks words, code and links", () => {
    expect(parseInline("a **b** `c` [d](https://e.f) _g_").map((i) => i.kind)).toEqual([
      "text",
      "strong",
      "text",
      "code",
      "text",
      "link",
      "text",
      "em",
    ]);
  });
  it.each(["javascript:alert(1)", "data:text/html,x", "vbscript:x", "/relative"])(
    "makes no link to %s",
    (href) => {
      expect(parseInline(`[x](${href})`).every((i) => i.kind === "text")).toBe(true);
    },
  );
  it("keeps HTML as text", () => {
    expect(parseInline("<img onerror=x>")).toEqual([{ kind: "text", text: "<img onerror=x>" }]);
  });
  it("ends on any text", () => {
    const parts = ["#", "-", "|", "`", "```", "> ", "\n", "1.", "*", "_", "a", " ", "[", "](", ")", "---"];
    forSeeds(300, (random) => {
      const text = Array.from({ length: random(40) }, () => parts[random(parts.length)]).join("");
      expect(Array.isArray(parseMarkdown(text))).toBe(true);
    });
  });
});
