// SPDX-License-Identifier: Apache-2.0
// The shape of a large trace: the depth of each row, parents first, is all that
// folding and moving about need.  A row is known by its position; its subtree is
// the rows behind it up to its end.  Linear in the rows, without recursion.

export interface Outline {
  depths: readonly number[];
  /** Position behind the last row of each subtree. */
  ends: Int32Array;
  /** Position of the parent, -1 for roots. */
  parents: Int32Array;
}

export function makeOutline(depths: readonly number[]): Outline {
  const ends = new Int32Array(depths.length);
  const parents = new Int32Array(depths.length).fill(-1);
  const open: number[] = []; // the rows above, one a level
  for (let at = 0; at < depths.length; at++) {
    const depth = Math.min(depths[at] ?? 0, open.length);
    while (open.length > depth) ends[open.pop() ?? 0] = at;
    parents[at] = open.at(-1) ?? -1;
    open.push(at);
  }
  for (const at of open) ends[at] = depths.length;
  return { depths, ends, parents };
}

export const hasChildren = (outline: Outline, at: number) => (outline.ends[at] ?? 0) > at + 1;

/** Positions that are seen when what is below the folded ones is not; ascending. */
export function visibleRows(outline: Outline, folded: ReadonlySet<number>): Int32Array {
  const rows = new Int32Array(outline.depths.length);
  let count = 0;
  for (let at = 0; at < rows.length; at = folded.has(at) ? (outline.ends[at] ?? rows.length) : at + 1)
    rows[count++] = at;
  return rows.subarray(0, count);
}

/** What to fold so that nothing deeper is seen. */
export function foldBelow(outline: Outline, depth: number): Set<number> {
  const folded = new Set<number>();
  for (let at = 0; at < outline.depths.length; at++)
    if (outline.depths[at] === depth && hasChildren(outline, at)) folded.add(at);
  return folded;
}

/** The rows above a row, top first. */
export function rowsAbove(outline: Outline, at: number): number[] {
  const above: number[] = [];
  for (let up = outline.parents[at] ?? -1; up >= 0; up = outline.parents[up] ?? -1) above.push(up);
  return above.reverse();
}

/** The folded set without what hides the row; the same set when nothing does. */
export function unfoldTo(outline: Outline, folded: ReadonlySet<number>, at: number): ReadonlySet<number> {
  const hiding = rowsAbove(outline, at).filter((up) => folded.has(up));
  if (hiding.length === 0) return folded;
  const rest = new Set(folded);
  for (const up of hiding) rest.delete(up);
  return rest;
}

/** Index of the greatest item that is not above the wanted one, -1 when all are. */
export function lastNotAbove(sorted: ArrayLike<number>, wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Infinity) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** For the last `most` levels of a row: does a line go on downwards there? */
export function guideLines(outline: Outline, at: number, most: number): boolean[] {
  const lines: boolean[] = [];
  for (
    let row = at;
    lines.length < most && (outline.parents[row] ?? -1) >= 0;
    row = outline.parents[row] ?? -1
  ) {
    const end = outline.ends[row] ?? 0;
    lines.push(end < outline.depths.length && outline.parents[end] === outline.parents[row]);
  }
  return lines.reverse();
}

/** A stretch of a trace, in nanoseconds since its start. */
export interface Stretch {
  offset: number;
  length: number;
}

/** "offset-length", as the address has it. */
export function parseStretch(text: string | null): Stretch | null {
  const match = /^(\d{1,19})-(\d{1,19})$/.exec(text ?? "");
  return match && Number(match[2]) > 0 ? { offset: Number(match[1]), length: Number(match[2]) } : null;
}

/** Where a stretch is drawn on an axis that shows another, in shares of that; null: outside. */
export function placeOn(axis: Stretch, { offset, length }: Stretch): { left: number; width: number } | null {
  const left = (offset - axis.offset) / axis.length;
  const right = (offset + length - axis.offset) / axis.length;
  if (right < 0 || left > 1) return null;
  const from = Math.max(0, left);
  return { left: from, width: Math.min(1, right) - from };
}

/** The deepest level, without spreading a hundred thousand arguments. */
export function deepest(outline: Outline): number {
  let most = 0;
  for (const depth of outline.depths) if (depth > most) most = depth;
  return most;
}
