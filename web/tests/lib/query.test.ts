// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  appendTerm,
  hasTerm,
  makeTerm,
  quoteValue,
  removeTerm,
  tokenize,
  toggleTerm,
} from "../../src/lib/query";
import { forSeeds } from "../random";

const texts = (query: string) => tokenize(query).map((t) => t.text);

describe("tokens", () => {
  it("are terms, words, operators and parentheses", () => {
    expect(tokenize('model:a:v2 (status:error or "two words") -x').map((t) => t.kind)).toEqual([
      "term",
      "open",
      "term",
      "operator",
      "word",
      "close",
      "word",
    ]);
  });
  it("keep lists, quotes and escapes whole", () => {
    expect(texts('type:(llm, "a b") attr."odd key":"x \\" y" z')).toEqual([
      'type:(llm, "a b")',
      'attr."odd key":"x \\" y"',
      "z",
    ]);
  });
  it("keep regular expressions whole, and take paths for words", () => {
    expect(texts("name:/get (a|b)/i x -/two words/ y!=/z \\/ z/")).toEqual([
      "name:/get (a|b)/i",
      "x",
      "-/two words/",
      "y!=/z \\/ z/",
    ]);
    expect(texts("http.route:/api/v1 b /usr/bin c")).toEqual(["http.route:/api/v1", "b", "/usr/bin", "c"]);
  });
  it("of an unclosed quote run to the end", () => expect(texts('a "b c')).toEqual(["a", '"b c']));
  it("never lose text", () => {
    const alphabet = 'ab:"\\ ()-><.*/\n';
    forSeeds(200, (random) => {
      const text = Array.from({ length: random(30) }, () => alphabet[random(alphabet.length)]).join("");
      let at = 0;
      for (const token of tokenize(text)) {
        expect(text.slice(at, token.start).trim()).toBe("");
        expect(text.slice(token.start, token.end)).toBe(token.text);
        at = token.end;
      }
      expect(text.slice(at).trim()).toBe("");
    });
  });
});

describe("terms", () => {
  it("are quoted only where needed, since quotes mean text", () => {
    expect(["digits:v2", "7", "-0.5", "true", "a/b@c"].map(quoteValue)).toEqual([
      "digits:v2",
      "7",
      "-0.5",
      "true",
      "a/b@c",
    ]);
    expect(quoteValue("two words")).toBe('"two words"');
    expect(quoteValue("/api/v1/")).toBe('"/api/v1/"');
    expect(quoteValue('say "hi"\n\\')).toBe('"say \\"hi\\"\\n\\\\"');
    expect(["a*", "1..2", "", "(x)", "a,b", "x>y"].map(quoteValue)).toEqual([
      '"a*"',
      '"1..2"',
      '""',
      '"(x)"',
      '"a,b"',
      '"x>y"',
    ]);
  });
  it("name odd keys in quotes", () => {
    expect(makeTerm("tag.my key", "x")).toBe('tag."my key":x');
    expect(makeTerm("tag.tier", "free", true)).toBe("-tag.tier:free");
  });
  it("are added, taken out, and replace their opposite", () => {
    expect(toggleTerm("", "status:ok")).toBe("status:ok");
    expect(toggleTerm("latency>2s status:ok", "status:ok")).toBe("latency>2s");
    expect(toggleTerm("-status:ok x", "status:ok")).toBe("x status:ok");
    expect(removeTerm("a:1 b:2 c:3", "b:2")).toBe("a:1 c:3");
  });
  it("bind tighter than an or that is there", () => {
    expect(appendTerm("a or b", "c:1")).toBe("(a or b) c:1");
    expect(appendTerm("(a or b) d", "c:1")).toBe("(a or b) d c:1");
  });
  it("toggled twice leave the query as it was", () => {
    const terms = ["status:ok", 'tag."a b":"x y"', "-model:digits:v2", "name:(a,b)", '"free text"'];
    forSeeds(100, (random) => {
      const query = Array.from({ length: random(4) }, () => terms[random(4)] ?? "").join(" ");
      const term = "tag.new:value";
      expect(hasTerm(toggleTerm(query, term), term)).toBe(true);
      expect(toggleTerm(toggleTerm(query, term), term)).toBe(query.trim());
    });
  });
});
