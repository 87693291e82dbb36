// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { asTable, classify, looksLikeHtml, looksLikeMarkdown, recordsTable } from "../../src/lib/shape";

describe("a payload", () => {
  it("of messages is a chat, in every dialect", () => {
    const kinds = [
      '[{"role":"user","content":"hi"}]',
      '{"messages":[{"role":"system","content":[{"type":"text","text":"a"}]}]}',
      '{"choices":[{"message":{"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]}',
      '{"role":"assistant","parts":[{"type":"text","content":"x"}]}',
    ].map((t) => classify(t));
    expect(kinds.map((k) => k.kind)).toEqual(["chat", "chat", "chat", "chat"]);
    const [, system, choice] = kinds;
    expect(system?.kind === "chat" && system.messages[0]?.text).toBe("a");
    expect(choice?.kind === "chat" && choice.messages[0]?.toolCalls).toEqual([{ name: "f", args: "{}" }]);
  });
  it("that only resembles messages is JSON", () => {
    expect(classify('[{"role":"admin"}]').kind).toBe("json");
    expect(classify("[]").kind).toBe("json");
    expect(classify('[{"role":"user","content":"a"}, 3]').kind).toBe("json");
  });
  it("of columns and rows is a table", () => {
    expect(classify('{"columns":["a"],"rows":[[1],[2]]}').kind).toBe("table");
    expect(asTable({ columns: ["a"], rows: [1] })).toBeNull();
    expect(recordsTable([{ a: 1 }, { a: 2, b: 3 }])).toEqual({
      columns: ["a", "b"],
      rows: [
        [1, null],
        [2, 3],
      ],
    });
  });
  it("of one string is its text, and what is no JSON stays as it is", () => {
    expect(classify('"a\\nb"')).toEqual({ kind: "text", text: "a\nb" });
    expect(classify("[oops")).toEqual({ kind: "text", text: "[oops" });
    expect(classify(null)).toEqual({ kind: "none" });
  });
  it("is offered as Markdown or HTML only when it looks so", () => {
    expect([
      looksLikeMarkdown("# Title"),
      looksLikeMarkdown("plain text"),
      looksLikeMarkdown("a **b**"),
    ]).toEqual([true, false, true]);
    expect([looksLikeHtml("<p>x</p>"), looksLikeHtml("a < b")]).toEqual([true, false]);
  });
});
