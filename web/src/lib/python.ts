// SPDX-License-Identifier: Apache-2.0
// A light tint for Python: strings, comments, numbers, keywords, definitions.
// Works on single lines with the state of a triple-quoted string carried along,
// so that a diff can tint each side by itself.

export type Tint = "keyword" | "string" | "comment" | "number" | "name" | "decorator" | "plain";

export interface Piece {
  tint: Tint;
  text: string;
}

/** The quote of an open triple-quoted string, or null. */
export type LineState = string | null;

const KEYWORDS = new Set(
  (
    "False None True and as assert async await break case class continue def del elif else except finally for " +
    "from global if import in is lambda match nonlocal not or pass raise return self try while with yield"
  ).split(" "),
);

const TOKEN =
  /(?<comment>#.*)|(?<open>[rbfuRBFU]{0,2}(?:"""|'''))|(?<string>[rbfuRBFU]{0,2}(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?))|(?<decorator>^\s*@[\w.]+)|(?<number>\b(?:0[xob][\da-fA-F_]+|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?j?)\b)|(?<word>[A-Za-z_]\w*)|(?<space>\s+)|(?<other>[^\sA-Za-z_]?)/gy;

export function tintLine(line: string, state: LineState): { pieces: Piece[]; state: LineState } {
  const pieces: Piece[] = [];
  let at = 0;
  if (state !== null) {
    const end = line.indexOf(state);
    if (end < 0) return { pieces: [{ tint: "string", text: line }], state };
    at = end + state.length;
    pieces.push({ tint: "string", text: line.slice(0, at) });
  }
  return tintFrom(line, at, pieces);
}

function tintFrom(line: string, start: number, pieces: Piece[]): { pieces: Piece[]; state: LineState } {
  let at = start;
  let defines = false;
  while (at < line.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(line);
    const text = match?.[0] ?? line.charAt(at);
    const length = Math.max(1, text.length);
    const groups = match?.groups ?? {};
    if (groups["open"] !== undefined) {
      const quote = text.slice(-3);
      const end = line.indexOf(quote, at + length);
      if (end < 0) {
        push(pieces, "string", line.slice(at));
        return { pieces, state: quote };
      }
      push(pieces, "string", line.slice(at, end + 3));
      at = end + 3;
      continue;
    }
    push(pieces, tintOf(groups, text, defines), line.slice(at, at + length));
    if (groups["space"] === undefined) defines = text === "def" || text === "class";
    at += length;
  }
  return { pieces, state: null };
}

function tintOf(groups: Record<string, string | undefined>, text: string, defines: boolean): Tint {
  if (groups["comment"] !== undefined) return "comment";
  if (groups["string"] !== undefined) return "string";
  if (groups["decorator"] !== undefined) return "decorator";
  if (groups["number"] !== undefined) return "number";
  if (groups["word"] === undefined) return "plain";
  if (defines) return "name";
  return KEYWORDS.has(text) ? "keyword" : "plain";
}

function push(pieces: Piece[], tint: Tint, text: string): void {
  const last = pieces.at(-1);
  if (last?.tint === tint) last.text += text;
  else pieces.push({ tint, text });
}

export function tintLines(lines: readonly string[]): Piece[][] {
  let state: LineState = null;
  return lines.map((line) => {
    const result = tintLine(line, state);
    state = result.state;
    return result.pieces;
  });
}

/** Cuts tinted pieces at the bounds of marked ranges. */
export function markPieces(
  pieces: readonly Piece[],
  marks: readonly (readonly [number, number])[],
): (Piece & { marked: boolean })[] {
  const out: (Piece & { marked: boolean })[] = [];
  let at = 0;
  for (const piece of pieces) {
    let from = 0;
    while (from < piece.text.length) {
      const position = at + from;
      const inside = marks.find(([s, e]) => s <= position && position < e);
      const next = inside
        ? inside[1]
        : Math.min(...marks.filter(([s]) => s > position).map(([s]) => s), Infinity);
      const to = Math.min(piece.text.length, next - at);
      out.push({ tint: piece.tint, text: piece.text.slice(from, to), marked: inside !== undefined });
      from = to;
    }
    at += piece.text.length;
  }
  return out;
}
