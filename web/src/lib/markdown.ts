// SPDX-License-Identifier: Apache-2.0
// The part of Markdown that models write, into a small tree that the page turns
// into elements.  Never into markup text: HTML in it stays text, and only http,
// https and mailto addresses become links.

export type Inline =
  | { kind: "text" | "code" | "strong" | "em" | "strike"; text: string }
  | { kind: "link"; text: string; href: string };

export type Block =
  | { kind: "heading"; level: number; content: Inline[] }
  | { kind: "paragraph"; content: Inline[] }
  | { kind: "quote"; content: Inline[] }
  | { kind: "code"; language: string; text: string }
  | { kind: "list"; ordered: boolean; items: { depth: number; content: Inline[] }[] }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][] }
  | { kind: "rule" };

const ITEM = /^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;

export function parseMarkdown(text: string): Block[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) at = parseBlock(lines, at, blocks);
  return blocks;
}

/** Adds the block that starts at a line; answers the line after it. */
function parseBlock(lines: readonly string[], at: number, out: Block[]): number {
  const line = lines[at] ?? "";
  if (line.trim() === "") return at + 1;
  const fence = /^\s*(```+|~~~+)\s*([\w+-]*)/.exec(line);
  if (fence) return parseFence(lines, at, fence[1] ?? "```", fence[2] ?? "", out);
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading) {
    out.push({ kind: "heading", level: heading[1]?.length ?? 1, content: parseInline(heading[2] ?? "") });
    return at + 1;
  }
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
    out.push({ kind: "rule" });
    return at + 1;
  }
  if (line.startsWith(">")) return parseQuote(lines, at, out);
  if (ITEM.test(line)) return parseList(lines, at, out);
  if (line.includes("|") && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[at + 1] ?? ""))
    return parseTable(lines, at, out);
  return parseParagraph(lines, at, out);
}

function parseFence(
  lines: readonly string[],
  at: number,
  fence: string,
  language: string,
  out: Block[],
): number {
  let end = at + 1;
  while (end < lines.length && !(lines[end] ?? "").trim().startsWith(fence)) end++;
  out.push({ kind: "code", language, text: lines.slice(at + 1, end).join("\n") });
  return end + 1;
}

function parseQuote(lines: readonly string[], at: number, out: Block[]): number {
  let end = at;
  while ((lines[end] ?? "").startsWith(">")) end++;
  const text = lines.slice(at, end).map((l) => l.replace(/^>\s?/, ""));
  out.push({ kind: "quote", content: parseInline(text.join("\n")) });
  return end;
}

function parseList(lines: readonly string[], at: number, out: Block[]): number {
  const ordered = /^\s*\d/.test(lines[at] ?? "");
  const items: { depth: number; text: string }[] = [];
  let end = at;
  for (; end < lines.length; end++) {
    const line = lines[end] ?? "";
    const match = ITEM.exec(line);
    const last = items.at(-1);
    if (match)
      items.push({ depth: Math.min(8, Math.floor((match[1] ?? "").length / 2)), text: match[3] ?? "" });
    else if (last && /^\s{2,}\S/.test(line)) last.text += `\n${line.trim()}`;
    else break;
  }
  out.push({
    kind: "list",
    ordered,
    items: items.map((i) => ({ depth: i.depth, content: parseInline(i.text) })),
  });
  return end;
}

function parseTable(lines: readonly string[], at: number, out: Block[]): number {
  const cells = (line: string) =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split("|")
      .map((c) => parseInline(c.trim()));
  let end = at + 2;
  while ((lines[end] ?? "").includes("|")) end++;
  out.push({ kind: "table", head: cells(lines[at] ?? ""), rows: lines.slice(at + 2, end).map(cells) });
  return end;
}

function parseParagraph(lines: readonly string[], at: number, out: Block[]): number {
  let end = at + 1;
  while (
    end < lines.length &&
    !/^\s*($|#{1,6}\s|>|```|~~~)/.test(lines[end] ?? "") &&
    !ITEM.test(lines[end] ?? "")
  )
    end++;
  out.push({ kind: "paragraph", content: parseInline(lines.slice(at, end).join("\n")) });
  return end;
}

const INLINE =
  /(?<code>`[^`\n]+`)|(?<strong>\*\*[^*\n]+\*\*|__[^_\n]+__)|(?<strike>~~[^~\n]+~~)|(?<em>\*[^*\s][^*\n]*\*|\b_[^_\s][^_\n]*_\b)|\[(?<label>[^\]\n]*)\]\((?<href>[^)\s]+)\)|(?<url>https?:\/\/[^\s<>)]+)/g;

export function parseInline(text: string): Inline[] {
  const out: Inline[] = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > last) out.push({ kind: "text", text: text.slice(last, match.index) });
    out.push(inlineOf(match[0], match.groups ?? {}));
    last = match.index + match[0].length;
  }
  if (last < text.length) out.push({ kind: "text", text: text.slice(last) });
  return out;
}

function inlineOf(whole: string, groups: Record<string, string | undefined>): Inline {
  if (groups["code"] !== undefined) return { kind: "code", text: whole.slice(1, -1) };
  if (groups["strong"] !== undefined) return { kind: "strong", text: whole.slice(2, -2) };
  if (groups["strike"] !== undefined) return { kind: "strike", text: whole.slice(2, -2) };
  if (groups["em"] !== undefined) return { kind: "em", text: whole.slice(1, -1) };
  const href = groups["href"] ?? groups["url"] ?? "";
  if (!/^(https?:\/\/|mailto:)/i.test(href)) return { kind: "text", text: whole };
  return { kind: "link", text: groups["label"] ?? href, href };
}
