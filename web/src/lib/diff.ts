// SPDX-License-Identifier: Apache-2.0
// Line differences after Myers: the fewest deletions and insertions, in
// O((n + m) d) time where d is their number.  d is bounded: two texts that have
// little in common are shown as replaced, because nobody reads such a diff.

export type Op = "same" | "del" | "add";

export interface Edit {
  op: Op;
  a: number; // index in the old text; for an addition where it would stand
  b: number;
}

const MAX_EDITS = 2000;

/** Edits that turn `a` into `b`, in order. */
export function diff<T>(a: readonly T[], b: readonly T[], maxEdits = MAX_EDITS): Edit[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  )
    tail++;
  const edits: Edit[] = [];
  for (let i = 0; i < head; i++) edits.push({ op: "same", a: i, b: i });
  const aEnd = a.length - tail;
  const bEnd = b.length - tail;
  for (const e of middle(a.slice(head, aEnd), b.slice(head, bEnd), maxEdits))
    edits.push({ op: e.op, a: e.a + head, b: e.b + head });
  for (let i = 0; i < tail; i++) edits.push({ op: "same", a: aEnd + i, b: bEnd + i });
  return edits;
}

function middle<T>(a: readonly T[], b: readonly T[], maxEdits: number): Edit[] {
  const trace = search(a, b, Math.min(maxEdits, a.length + b.length));
  return trace ? backtrack(trace, a.length, b.length) : replaced(a.length, b.length);
}

function replaced(n: number, m: number): Edit[] {
  const edits: Edit[] = [];
  for (let i = 0; i < n; i++) edits.push({ op: "del", a: i, b: 0 });
  for (let j = 0; j < m; j++) edits.push({ op: "add", a: n, b: j });
  return edits;
}

/** Per d the furthest x on every diagonal k; null when more than `limit` edits are needed. */
function search<T>(a: readonly T[], b: readonly T[], limit: number): Int32Array[] | null {
  const trace: Int32Array[] = [];
  const v = new Int32Array(2 * limit + 3);
  const zero = limit + 1;
  for (let d = 0; d <= limit; d++) {
    trace.push(v.slice(zero - d - 1, zero + d + 2));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(v, zero + k - 1) < at(v, zero + k + 1));
      let x = down ? at(v, zero + k + 1) : at(v, zero + k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      v[zero + k] = x; // diagonals of this round's parity only: the others still hold the last round
      if (x >= a.length && x - k >= b.length) return trace;
    }
  }
  return null;
}

const at = (v: Int32Array, i: number): number => v[i] ?? 0;

function backtrack(trace: Int32Array[], n: number, m: number): Edit[] {
  const edits: Edit[] = [];
  let x = n;
  let y = m;
  for (let d = trace.length - 1; d >= 0; d--) {
    const v = trace[d] ?? new Int32Array(0);
    const zero = d + 1; // the saved slice starts at diagonal -d - 1
    const k = x - y;
    const down = k === -d || (k !== d && at(v, zero + k - 1) < at(v, zero + k + 1));
    const fromK = down ? k + 1 : k - 1;
    const fromX = at(v, zero + fromK);
    const fromY = fromX - fromK;
    while (x > fromX && y > fromY && x > 0 && y > 0) edits.push({ op: "same", a: --x, b: --y });
    if (d === 0) break;
    if (down) edits.push({ op: "add", a: x, b: --y });
    else edits.push({ op: "del", a: --x, b: y });
  }
  return edits.reverse();
}

export interface Side {
  line: number; // 1-based
  text: string;
  marks: readonly (readonly [number, number])[]; // what differs within the line
}

export interface DiffRow {
  op: "same" | "change" | "del" | "add";
  left: Side | null;
  right: Side | null;
}

export function splitLines(text: string): string[] {
  if (text === "") return [];
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Rows for two columns: deletions stand beside the additions that replace them. */
export function diffRows(oldText: string, newText: string): DiffRow[] {
  const a = splitLines(oldText);
  const b = splitLines(newText);
  const rows: DiffRow[] = [];
  let dels: number[] = [];
  let adds: number[] = [];
  const flush = () => {
    rows.push(...pairRows(a, b, dels, adds));
    dels = [];
    adds = [];
  };
  for (const edit of diff(a, b)) {
    if (edit.op === "del") dels.push(edit.a);
    else if (edit.op === "add") adds.push(edit.b);
    else {
      flush();
      const text = a[edit.a] ?? "";
      rows.push({
        op: "same",
        left: { line: edit.a + 1, text, marks: [] },
        right: { line: edit.b + 1, text, marks: [] },
      });
    }
  }
  flush();
  return rows;
}

/** Lines that became others stand side by side with the change marked; the rest just side by side. */
function pairRows(a: readonly string[], b: readonly string[], dels: number[], adds: number[]): DiffRow[] {
  const rows: DiffRow[] = [];
  let i = 0;
  let j = 0;
  const fill = (toI: number, toJ: number) => {
    while (i < toI || j < toJ)
      rows.push(plainRow(a, b, i < toI ? dels[i++] : undefined, j < toJ ? adds[j++] : undefined));
  };
  for (const [x, y] of matchLines(
    dels.map((d) => a[d] ?? ""),
    adds.map((d) => b[d] ?? ""),
  )) {
    fill(x, y);
    const [old, now] = [dels[i++] ?? 0, adds[j++] ?? 0];
    const marks = lineMarks(a[old] ?? "", b[now] ?? "");
    rows.push({
      op: "change",
      left: { line: old + 1, text: a[old] ?? "", marks: marks.left },
      right: { line: now + 1, text: b[now] ?? "", marks: marks.right },
    });
  }
  fill(dels.length, adds.length);
  return rows;
}

function plainRow(a: readonly string[], b: readonly string[], old?: number, now?: number): DiffRow {
  const left = old === undefined ? null : { line: old + 1, text: a[old] ?? "", marks: [] };
  const right = now === undefined ? null : { line: now + 1, text: b[now] ?? "", marks: [] };
  return { op: left && right ? "change" : left ? "del" : "add", left, right };
}

const MAX_PAIRED = 60;
const ALIKE = 0.55;

/** Pairs of alike lines, in order, so that their likeness in sum is greatest. */
function matchLines(a: readonly string[], b: readonly string[]): [number, number][] {
  if (a.length === 0 || b.length === 0 || a.length > MAX_PAIRED || b.length > MAX_PAIRED) return [];
  const width = b.length + 1;
  const best = new Float64Array((a.length + 1) * width);
  const like = a.map((x) => b.map((y) => likeness(x, y)));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) {
      const pair = like[i]?.[j] ?? 0;
      const paired = pair >= ALIKE ? pair + (best[(i + 1) * width + j + 1] ?? 0) : 0;
      best[i * width + j] = Math.max(paired, best[(i + 1) * width + j] ?? 0, best[i * width + j + 1] ?? 0);
    }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const here = best[i * width + j] ?? 0;
    if (here === 0) break;
    if (here === (best[(i + 1) * width + j] ?? 0)) i++;
    else if (here === (best[i * width + j + 1] ?? 0)) j++;
    else pairs.push([i++, j++]);
  }
  return pairs;
}

/** The share of words that two lines have in common, 0 to 1. */
function likeness(x: string, y: string): number {
  const a: string[] = x.slice(0, MAX_LINE).match(/\w+/gu) ?? [];
  const b: string[] = y.slice(0, MAX_LINE).match(/\w+/gu) ?? [];
  if (a.length + b.length === 0) return x.trim() === y.trim() ? 1 : 0;
  const common = diff(a, b, 100).filter((e) => e.op === "same").length;
  return (2 * common) / (a.length + b.length);
}

const WORDS = /\w+|\s+|[^\w\s]/gu;
const MAX_LINE = 2000;

/** Ranges that differ within a changed line, by words; none if the lines have too little in common. */
export function lineMarks(
  oldLine: string,
  newLine: string,
): { left: [number, number][]; right: [number, number][] } {
  if (oldLine.length > MAX_LINE || newLine.length > MAX_LINE) return { left: [], right: [] };
  const a: string[] = oldLine.match(WORDS) ?? [];
  const b: string[] = newLine.match(WORDS) ?? [];
  const edits = diff(a, b, 200);
  const kept = edits.reduce((sum, e) => sum + (e.op === "same" ? (a[e.a]?.trim().length ?? 0) : 0), 0);
  if (kept * 4 < Math.min(oldLine.trim().length, newLine.trim().length)) return { left: [], right: [] };
  const pick = (op: Op, words: string[], side: "a" | "b") =>
    mergeRanges(words, new Set(edits.filter((e) => e.op === op).map((e) => e[side])));
  return { left: pick("del", a, "a"), right: pick("add", b, "b") };
}

function mergeRanges(words: readonly string[], chosen: ReadonlySet<number>): [number, number][] {
  const ranges: [number, number][] = [];
  let at = 0;
  words.forEach((word, i) => {
    const last = ranges.at(-1);
    if (chosen.has(i)) {
      if (last?.[1] === at) last[1] = at + word.length;
      else ranges.push([at, at + word.length]);
    }
    at += word.length;
  });
  return ranges;
}

export type FoldedRow = DiffRow | { op: "fold"; from: number; to: number };

/** Hides runs of unchanged rows except `context` around changes; `open` holds starts of opened folds. */
export function foldRows(rows: readonly DiffRow[], context: number, open: ReadonlySet<number>): FoldedRow[] {
  const out: FoldedRow[] = [];
  let i = 0;
  while (i < rows.length) {
    if (rows[i]?.op !== "same") {
      out.push(...rows.slice(i, i + 1));
      i++;
      continue;
    }
    let end = i;
    while (end < rows.length && rows[end]?.op === "same") end++;
    const from = i === 0 ? 0 : i + context;
    const to = end === rows.length ? end : end - context;
    if (to - from < 3 || open.has(from)) out.push(...rows.slice(i, end));
    else out.push(...rows.slice(i, from), { op: "fold", from, to }, ...rows.slice(to, end));
    i = end;
  }
  return out;
}

export interface DiffCounts {
  added: number;
  removed: number;
}

export function countRows(rows: readonly DiffRow[]): DiffCounts {
  let added = 0;
  let removed = 0;
  for (const row of rows) {
    if (row.op === "same") continue;
    if (row.left) removed++;
    if (row.right) added++;
  }
  return { added, removed };
}
